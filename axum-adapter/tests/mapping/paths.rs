//! What a script is told about its path, and which scripts there must be.

use std::os::unix::fs::symlink;

use axum::Router;
use http::Method;
use isapi_axum::{Handler, IsapiService, ResourceType};
use isapi_emu_loader::Portable;
use tower::ServiceExt;

use crate::common::extension::{Scripted, watch};
use crate::common::modules::Site;
use crate::common::{get_request, text};
use crate::{Told, answerer};

#[tokio::test]
async fn a_script_sees_its_whole_path_or_what_follows_it() {
    let site = Site::new("path-info");
    let root = Site::new("path-info-root");
    site.file("p.x");
    let service = IsapiService::builder(Portable::new())
        .directory("/v", &site.0)
        .document_root(&root.0)
        .handler(Handler::extension("*.x", "x", teller!('x')))
        .handler(Handler::extension("*.y", "y", teller!('y')).allow_path_info(true))
        .build()
        .unwrap();
    let (site, root) = (site.0.display(), root.0.display());
    for (url, script_name, path_info, path_translated) in [
        ("/v/p.x", "/v/p.x", "/v/p.x", format!("{site}/p.x")),
        (
            "/v/p.x/zip",
            "/v/p.x",
            "/v/p.x/zip",
            format!("{site}/p.x/zip"),
        ),
        ("/v/p.y", "/v/p.y", "", format!("{root}")),
        ("/v/p.y/zip", "/v/p.y", "/zip", format!("{root}/zip")),
        ("/v/p.y/v/q", "/v/p.y", "/v/q", format!("{site}/q")),
    ] {
        let told = Told::by(&service, url).await;
        assert_eq!(told.variable("SCRIPT_NAME"), script_name, "{url}");
        assert_eq!(told.variable("PATH_INFO"), path_info, "{url}");
        assert_eq!(told.variable("PATH_TRANSLATED"), path_translated, "{url}");
        assert_eq!(told.variable("URL"), url, "{url}");
        assert!(
            told.variable("SCRIPT_TRANSLATED")
                .ends_with(&format!("{site}/{}", &script_name[3..])),
            "{url}: {}",
            told.0
        );
    }
}

#[tokio::test]
async fn a_script_may_lie_in_folders_that_are_called_like_scripts() {
    let site = Site::new("folders-like-scripts");
    site.file("a.x/b.x/p.x");
    site.file("mounted/p.x");
    let service = IsapiService::builder(Portable::new())
        .directory("/", &site.0)
        .directory("/none.x/dir.x", site.0.join("mounted"))
        .handler(Handler::extension("*.x", "x", teller!('x')).allow_path_info(true))
        .build()
        .unwrap();
    for (url, script_name) in [
        ("/a.x/b.x/p.x/q.x/r.x", "/a.x/b.x/p.x"),
        ("/none.x/dir.x/p.x/q.x", "/none.x/dir.x/p.x"),
        ("/none.x/q.x", "/none.x/q.x"),
    ] {
        let told = Told::by(&service, url).await;
        assert_eq!(told.variable("SCRIPT_NAME"), script_name, "{url}");
    }
}

#[tokio::test]
async fn a_script_sees_the_path_that_is_configured_where_links_lead_to_it() {
    let real = Site::new("linked-root");
    let links = Site::new("linked-root-links");
    real.file("p.x");
    let link = links.0.join("site");
    symlink(&real.0, &link).unwrap();
    let service = IsapiService::builder(Portable::new())
        .directory("/", &link)
        .handler(Handler::extension("*.x", "x", teller!('x')).resource_type(ResourceType::File))
        .build()
        .unwrap();
    let told = Told::by(&service, "/p.x").await;
    let link = link.display();
    assert_eq!(told.variable("PATH_TRANSLATED"), format!("{link}/p.x"));
    assert_eq!(told.variable("DOCUMENT_ROOT"), format!("{link}/"));
}

#[tokio::test]
async fn a_nested_script_sees_the_paths_its_client_knows() {
    let service = IsapiService::builder(Portable::new())
        .handler(Handler::extension("*.x", "x", teller!('x')))
        .build()
        .unwrap();
    let app = Router::new().nest_service("/legacy", service);
    let response = app.oneshot(get_request("/legacy/p.x")).await.unwrap();
    let told = Told(text(response).await);
    assert_eq!(told.variable("SCRIPT_NAME"), "/legacy/p.x");
    assert_eq!(told.variable("PATH_INFO"), "/legacy/p.x");
}

#[tokio::test]
async fn a_missing_script_is_not_found_before_its_extension_is_asked() {
    let site = Site::new("resource-type");
    site.file("there.x");
    site.file("dir.x/inner");
    let mut events = watch("resource");
    let build = |pattern: &str, resource_type, allow_path_info| {
        let handler = Handler::extension(pattern, "scripted", isapi_sdk::entry!(Scripted))
            .resource_type(resource_type)
            .allow_path_info(allow_path_info);
        IsapiService::builder(Portable::new())
            .directory("/", &site.0)
            .handler(handler)
            .build()
            .unwrap()
    };
    let rows = [
        ("*.x", ResourceType::File, false, "/there.x", true),
        ("*.x", ResourceType::File, false, "/there.x/head", false),
        ("*.x", ResourceType::File, false, "/missing.x", false),
        ("*.x", ResourceType::File, false, "/dir.x", false),
        ("*.x", ResourceType::File, true, "/there.x/head", true),
        ("*.x", ResourceType::File, true, "/missing.x/head", false),
        ("*", ResourceType::File, false, "/missing", false),
        ("*", ResourceType::File, false, "/there.x", true),
        ("*.x", ResourceType::Unspecified, false, "/missing.x", true),
        ("*", ResourceType::Unspecified, false, "/missing", true),
    ];
    for (pattern, resource_type, allow_path_info, url, is_asked) in rows {
        let service = build(pattern, resource_type, allow_path_info);
        let called = service
            .try_call(get_request(&format!("{url}?resource")))
            .await;
        assert_eq!(called.is_ok(), is_asked, "{pattern} {url}");
        assert_eq!(events.try_recv().is_ok(), is_asked, "{pattern} {url}");
        if let Err(error) = called {
            assert_eq!((error.status().as_u16(), error.sub_status()), (404, 0));
            let text = error.to_string();
            assert!(text.contains("wants a file"), "{text}");
            let cures = ["allow_path_info = true", r#"resource_type = "unspecified""#];
            let expected = [url == "/there.x/head", url != "/there.x/head"];
            assert_eq!(cures.map(|cure| text.contains(cure)), expected, "{text}");
        }
    }
}

#[tokio::test]
async fn a_script_that_a_link_brings_in_from_outside_is_not_found() {
    let outside = Site::new("script-outside");
    let site = Site::new("script-links");
    symlink(outside.file("p.x"), site.0.join("out.x")).unwrap();
    symlink(&outside.0, site.0.join("away")).unwrap();
    symlink(site.file("real.x"), site.0.join("in.x")).unwrap();
    for resource_type in [ResourceType::File, ResourceType::Unspecified] {
        let service = IsapiService::builder(Portable::new())
            .directory("/", &site.0)
            .handler(Handler::extension("*.x", "x", teller!('x')).resource_type(resource_type))
            .build()
            .unwrap();
        for (url, expected) in [("/out.x", "404"), ("/away/p.x", "404"), ("/in.x", "x")] {
            assert_eq!(
                answerer(&service, Method::GET, url).await,
                expected,
                "{url}"
            );
        }
    }
}
