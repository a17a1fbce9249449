//! Who says where calls run.

use isapi_axum::DispatchMode::{Inline, Pool};
use isapi_axum::{DispatchMode, Handler, IsapiService};

use crate::common::modules::{Anything, Site};
use crate::extension::Placed;
use crate::server::{INLINE, Server, WORKER};

#[test]
fn the_mode_of_a_handler_goes_before_that_of_the_service() {
    let handler = |pattern: &str, mode: DispatchMode| {
        Handler::extension(pattern, "placed", isapi_sdk::entry!(Placed))
            .allow_path_info(true)
            .dispatch(mode)
    };
    let service = IsapiService::builder(isapi_emu_loader::Portable::new())
        .extension("/placed.dll", isapi_sdk::entry!(Placed))
        .handler(handler("*.inline", Inline))
        .handler(handler("*.pool", Pool))
        .dispatch(Inline)
        .build()
        .unwrap();
    let server = Server::of(2, service);
    assert_eq!(server.get("/placed.dll/thread"), INLINE);
    assert_eq!(server.get("/a.inline/thread"), INLINE);
    assert_eq!(server.get("/a.pool/thread"), WORKER);
}

#[test]
fn the_mode_of_a_module_holds_wherever_it_is_mounted() {
    let site = Site::new("dispatch");
    let (one, other) = (site.file("scripts/one.so"), site.file("scripts/other.so"));
    let service = IsapiService::builder(Anything::new(isapi_sdk::entry!(Placed)))
        .directory("/scripts", site.0.join("scripts"))
        .module("/one", &one)
        .handler(Handler::module("*.one", &one).allow_path_info(true))
        .handler(
            Handler::module("*.pool", &one)
                .allow_path_info(true)
                .dispatch(Pool),
        )
        .dispatch_module(&other, Inline)
        .dispatch_module(&one, Inline)
        .dispatch_module(&other, Pool)
        .build()
        .unwrap();
    let server = Server::of(2, service);
    for inline in ["/scripts/one.dll/thread", "/one/thread", "/a.one/thread"] {
        assert_eq!(server.get(inline), INLINE, "{inline}");
    }
    for worker in ["/scripts/other.dll/thread", "/a.pool/thread"] {
        assert_eq!(server.get(worker), WORKER, "{worker}");
    }
}
