//! What virtual directories allow.

use http::Method;
use isapi_axum::{Access, Handler, IsapiService};
use isapi_emu_loader::Portable;
use tower::service_fn;

use crate::common::get_request;
use crate::common::modules::{Anything, Site};
use crate::{answerer, say_fallback};

#[tokio::test]
async fn a_directory_gives_only_what_its_access_allows() {
    let site = Site::new("access");
    site.file("module.so");
    site.file("page.html");
    let rows = [
        (Access::NONE, [Err(1), Err(1), Err(2)]),
        (Access::READ, [Err(1), Err(1), Ok(())]),
        (Access::SCRIPT, [Err(1), Ok(()), Err(2)]),
        (Access::EXECUTE, [Ok(()), Ok(()), Err(2)]),
        (
            Access::READ | Access::SCRIPT | Access::EXECUTE,
            [Ok(()), Ok(()), Ok(())],
        ),
    ];
    for (access, expected) in rows {
        let service = IsapiService::builder(Anything::new(teller!('m')))
            .virtual_directory("/v", &site.0, access)
            .handler(Handler::extension("*.x", "x", teller!('x')))
            .fallback(service_fn(say_fallback))
            .build()
            .unwrap();
        let urls = ["/v/module.so/extra", "/v/p.x", "/v/page.html"];
        for (url, expected) in urls.into_iter().zip(expected) {
            let answer = service.try_call(get_request(url)).await;
            let refusal = answer.as_ref().map(|_| ()).map_err(|error| {
                assert_eq!(error.status(), 403, "{access} {url}");
                error.sub_status()
            });
            assert_eq!(refusal, expected, "{access} {url}");
        }
        // Nobody learns here which modules there are.
        assert_eq!(
            answerer(&service, Method::GET, "/v/none.dll").await,
            match access.contains(Access::READ) {
                true => "fallback",
                false => "404",
            },
            "{access}"
        );
        assert_eq!(
            answerer(&service, Method::GET, "/outside").await,
            "fallback"
        );
    }
}

#[tokio::test]
async fn a_handler_may_require_another_access() {
    let site = Site::new("require-access");
    let service = IsapiService::builder(Portable::new())
        .virtual_directory("/read", &site.0, Access::READ)
        .virtual_directory("/script", &site.0, Access::SCRIPT)
        .handler(Handler::extension("*.e", "e", teller!('e')).require_access(Access::EXECUTE))
        .handler(
            Handler::extension("*.r", "r", teller!('r'))
                .require_access(Access::READ | Access::SCRIPT),
        )
        .handler(Handler::extension("*.n", "n", teller!('n')).require_access(Access::NONE))
        .build()
        .unwrap();
    for (url, expected) in [
        ("/script/p.e", Some((403, 1))),
        ("/outside/p.e", None),
        ("/script/p.r", Some((403, 2))),
        ("/read/p.r", Some((403, 1))),
        ("/read/p.n", None),
    ] {
        let refusal = service.try_call(get_request(url)).await.err();
        let refusal = refusal.map(|error| (error.status().as_u16(), error.sub_status()));
        assert_eq!(refusal, expected, "{url}");
    }
}
