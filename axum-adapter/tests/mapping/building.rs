//! What a builder refuses.

use isapi_axum::{Handler, IsapiService};
use isapi_emu_loader::Portable;

#[test]
fn handlers_that_cannot_be_are_refused_when_the_service_is_built() {
    let build = |handler: Handler| {
        let error = IsapiService::builder(Portable::new())
            .handler(handler)
            .build()
            .unwrap_err();
        error.to_string()
    };
    let module = |pattern: &str| Handler::module(pattern, "x.so");
    for (handler, expected) in [
        (module("app/*.x"), "handler \"app/*.x\": "),
        (module(""), "it is empty"),
        (module("asp"), "did you mean \"*.asp\"?"),
        (
            module("*.x").verbs(["GET,POST"]),
            "\"GET,POST\" is no method",
        ),
        (
            module("*.x").verbs(Vec::<String>::new()),
            "list of verbs is empty",
        ),
    ] {
        let error = build(handler);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn documents_and_error_pages_that_cannot_be_are_refused() {
    let documents = |name: &str| {
        IsapiService::builder(Portable::new())
            .default_documents([name])
            .build()
    };
    for name in ["a:b", "..", ".", "", "a/b", "aux"] {
        let error = documents(name).map(drop);
        assert!(
            error.is_err_and(|error| error.to_string().contains("default document")),
            "{name}"
        );
    }
    let pages = |statuses: &[u16]| {
        let builder = IsapiService::builder(Portable::new());
        statuses
            .iter()
            .fold(builder, |builder, status| {
                builder.error_page(status.to_owned().try_into().unwrap(), None, "page.html")
            })
            .build()
    };
    assert!(pages(&[404, 500]).is_ok());
    let error = pages(&[200]).unwrap_err().to_string();
    assert!(error.contains("from 400 to 599"), "{error}");
    let error = pages(&[404, 404]).unwrap_err().to_string();
    assert!(error.contains("two of them"), "{error}");
}
