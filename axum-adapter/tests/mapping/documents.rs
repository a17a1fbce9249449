//! What stands for a directory.

use isapi_axum::{Handler, IsapiService};
use tower::service_fn;

use crate::common::modules::{Anything, Site};
use crate::common::text;
use crate::{Told, get, say_fallback};

#[tokio::test]
async fn a_directorys_url_stands_for_the_first_document_that_is_there() {
    let site = Site::new("documents");
    site.file("plain/second one.html");
    site.file("script/first.x");
    site.file("script/second one.html");
    site.file("module/third.so");
    site.file("none/other");
    site.file("folder/first.x/inner");
    let service = IsapiService::builder(Anything::new(teller!('m')))
        .directory("/v", &site.0)
        .default_documents(["first.x", "second one.html", "third.dll"])
        .handler(Handler::extension("*.x", "x", teller!('x')))
        .fallback(service_fn(say_fallback))
        .build()
        .unwrap();
    for (url, expected) in [
        ("/v/plain/?q=1", "fallback\n/v/plain/second%20one.html?q=1"),
        ("/v/plain/.", "fallback\n/v/plain/./second%20one.html"),
        ("/v/plain", "fallback\n/v/plain"),
        ("/v/none/", "fallback\n/v/none/"),
        ("/v/folder/", "fallback\n/v/folder/"),
        ("/v/script/", "x"),
        ("/v/module/", "m"),
    ] {
        let response = get(&service, url).await;
        let text = text(response).await;
        assert!(text.starts_with(expected), "{url}: {text}");
    }
    let told = Told::by(&service, "/v/script/?q=1").await;
    assert_eq!(told.variable("SCRIPT_NAME"), "/v/script/first.x");
    assert_eq!(told.variable("URL"), "/v/script/first.x");
    assert_eq!(told.variable("QUERY_STRING"), "q=1");
}
