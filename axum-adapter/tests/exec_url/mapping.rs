//! Where a child's URL leads.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use isapi_axum::{Access, Handler, IsapiService, Limits, ReplaceableError};
use isapi_emu_loader::Portable;
use script_extension::{encode, entry, journal};
use tower::{ServiceExt, service_fn};

use crate::common::{get_request, text};
use crate::{ending, parent, script, site};

#[tokio::test]
async fn another_extension_answers() {
    let service = site!(100).build().unwrap();
    let url = parent("other extension", "url=/scripted.dll/variables?a=1");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 200);
    let length = response.headers()["content-length"].clone();
    let text = text(response).await;
    assert_eq!(length, text.len().to_string());
    for line in [
        "SCRIPT_NAME=/scripted.dll",
        "PATH_INFO=/variables",
        "QUERY_STRING=a=1",
        "HTTP_URL=/scripted.dll/variables?a=1",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} in {text}");
    }
    let (completion, status) = ending("other extension").await;
    assert_eq!(completion, format!("{} 0", text.len()));
    assert_eq!(status, "TRUE 200 0 0");
}

/// Answers with the path, as a static file's server would with a file.
async fn page(request: Request) -> Result<Response, Infallible> {
    let path = request.uri().path().to_owned();
    let mut response = Response::new(Body::from(path));
    let tag = http::HeaderValue::from_static("\"a\"");
    response.headers_mut().insert("etag", tag);
    Ok(response)
}

#[tokio::test]
async fn what_is_no_extensions_the_fallback_answers() {
    let service = site!(101).fallback(service_fn(page)).build().unwrap();
    let url = parent("fallback", "url=/page.txt");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.headers()["etag"], "\"a\"");
    assert_eq!(response.headers()["content-length"], "9");
    assert_eq!(text(response).await, "/page.txt");
    let (completion, status) = ending("fallback").await;
    assert_eq!(completion, "9 0");
    assert_eq!(status, "TRUE 200 0 0");
}

#[tokio::test]
async fn urls_begin_at_the_root_of_the_site_wherever_the_service_is_nested() {
    let app = Router::new().nest_service("/legacy", site!(102).build().unwrap());
    let inside = parent("nested inside", "url=/legacy/scripted.dll/variables");
    let response = app
        .clone()
        .oneshot(get_request(&format!("/legacy{inside}")))
        .await
        .unwrap();
    let text = text(response).await;
    assert!(
        text.contains("SCRIPT_NAME=/legacy/scripted.dll\n"),
        "{text}"
    );

    let outside = parent("nested outside", "url=/scripted.dll/variables");
    let response = app
        .oneshot(get_request(&format!("/legacy{outside}")))
        .await
        .unwrap();
    assert_eq!(response.status(), 404);
}

#[tokio::test]
async fn wildcard_handlers_hand_a_request_on_to_one_another() {
    let service = IsapiService::builder(Portable::new())
        .handler(Handler::extension("*", "first", entry::<103>()))
        .handler(Handler::extension("*", "second", entry::<104>()))
        .handler(Handler::extension("*", "third", entry::<105>()))
        .fallback(service_fn(page))
        .build()
        .unwrap();
    let steps = [
        "io_completion",
        "write x",
        "exec_url flags=4",
        "return 3",
        "[completion]",
        "done",
    ];
    let url = format!("/page.txt?{}", encode("wildcard chain", &steps));
    let response = service.clone().oneshot(get_request(&url)).await.unwrap();
    assert_eq!(text(response).await, "xxx/page.txt");
    for lifecycle in ["lifecycle 103", "lifecycle 104", "lifecycle 105"] {
        assert_eq!(journal::lines(lifecycle), ["GetExtensionVersion"]);
    }
}

#[tokio::test]
async fn children_of_children_end_at_the_twelfth() {
    let service = site!(106).build().unwrap();
    // Without a URL, a child is its parent again.
    let url = script(
        "recursion",
        &[
            "conn publish",
            "io_completion",
            "exec_url",
            "return 3",
            "[completion]",
            "exec_url_status",
            "done",
        ],
    );
    let response = tokio::spawn(service.clone().oneshot(get_request(&url)));
    crate::journal("recursion", "exec_url FALSE 1001").await;
    // The last of them waits for a completion that will not come.
    let end = script("recursion's end", &["conn recursion", "done", "conn own"]);
    service.oneshot(get_request(&end)).await.unwrap();
    assert_eq!(response.await.unwrap().unwrap().status(), 200);

    let lines = crate::whole_journal("recursion").await;
    let count = |line: &str| lines.iter().filter(|have| *have == line).count();
    assert_eq!(count("HttpExtensionProc"), 13);
    assert_eq!(count("exec_url TRUE"), 12);
    assert_eq!(count("exec_url FALSE 1001"), 1);
}

#[tokio::test]
async fn a_child_that_is_refused_is_answered_as_its_url_would_be() {
    let limits = Limits {
        max_url: 40,
        ..Limits::default()
    };
    let service = site!(107)
        .module("/broken.dll", "/nonexistent/broken.so")
        .limits(limits)
        .build()
        .unwrap();
    let long = format!("url=/{}", "x".repeat(40));
    for (name, child, status) in [
        ("refused 404", "url=/nowhere.dll", 404),
        ("refused device", "url=/aux.dll", 404),
        ("refused 414", &*long, 414),
        ("refused 500", "url=/broken.dll", 500),
    ] {
        let request = get_request(&parent(name, child));
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{child}");
        let text = text(response).await;
        assert!(text.starts_with(&status.to_string()), "{text}");
        let (completion, said) = ending(name).await;
        assert_eq!(completion, format!("{} 0", text.len()), "{child}");
        assert!(said.starts_with(&format!("TRUE {status} ")), "{said}");
    }
}

#[tokio::test]
async fn a_refusal_says_its_sub_status() {
    let service = site!(108)
        .virtual_directory("/closed", env!("CARGO_TARGET_TMPDIR"), Access::SCRIPT)
        .fallback(service_fn(page))
        .build()
        .unwrap();
    let url = parent("refused 403.2", "url=/closed/page.txt");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 403);
    assert!(text(response).await.starts_with("403 "));
    assert_eq!(ending("refused 403.2").await.1, "TRUE 403 2 0");
}

#[tokio::test]
async fn an_error_page_is_a_childs_as_well_unless_it_is_told_not_to() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("exec-url-404.txt");
    std::fs::write(&file, "not here").unwrap();
    let service = site!(109)
        .error_page(http::StatusCode::NOT_FOUND, None, &file)
        .build()
        .unwrap();
    let with_fallback = site!(110)
        .fallback(service_fn(not_here))
        .error_page(http::StatusCode::NOT_FOUND, None, &file)
        .build()
        .unwrap();
    for (service, name, child, expected) in [
        (&service, "error page", "url=/nowhere", "not here"),
        (
            &service,
            "no error page",
            "url=/nowhere|flags=32",
            "404 Not Found\n",
        ),
        (
            &with_fallback,
            "page for a file",
            "url=/nowhere",
            "not here",
        ),
        (
            &with_fallback,
            "no page for a file",
            "url=/nowhere|flags=32",
            "no such file",
        ),
        (
            &with_fallback,
            "no head for a file",
            "url=/nowhere|flags=2",
            "",
        ),
    ] {
        let request = get_request(&parent(name, child));
        let response = (*service).clone().oneshot(request).await.unwrap();
        let is_headless = child.ends_with("flags=2");
        assert_eq!(response.status() == 404, !is_headless, "{child}");
        assert_eq!(text(response).await, expected, "{child}");
    }
    for name in [
        "page for a file",
        "no page for a file",
        "no head for a file",
    ] {
        assert_eq!(ending(name).await.1, "TRUE 404 8 0", "{name}");
    }
}

/// Answers as a static file's server would for a file that is hidden.
async fn not_here(_: Request) -> Result<Response, Infallible> {
    let mut response = Response::new(Body::from("no such file"));
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    let mark = ReplaceableError { sub_status: 8 };
    response.extensions_mut().insert(mark);
    Ok(response)
}
