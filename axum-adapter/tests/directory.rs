//! Modules in mounted directories: found by their URLs, never outside.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;

use common::extension::Scripted;
use common::modules::{Anything, Site};
use common::{get_request, text, unload_all};
use isapi_axum::{Access, IsapiService};
use isapi_emu_loader::Portable;
use tower::ServiceExt;

/// The service of a site. A macro, because every use of `entry!` is an extension of its own, which the
/// end of its service terminates.
macro_rules! service {
    ($site:expr) => {
        IsapiService::builder(Anything::new(isapi_sdk::entry!(Scripted)))
            .directory("/scripts", &$site.0)
            .build()
            .unwrap()
    };
}

async fn status(service: &IsapiService, url: &str) -> u16 {
    service
        .clone()
        .oneshot(get_request(url))
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_url_names_a_module_with_any_modules_ending() {
    let site = Site::new("endings");
    site.file("app/scripted.so");
    site.file("libother.so");
    let service = service!(site);
    for url in [
        "/scripts/app/scripted.dll/variables",
        "/scripts/app/scripted.so/variables",
        "/scripts/app/scripted.DLL/variables",
        "/SCRIPTS/app/scripted.dylib/variables",
        "/scripts/other.dll/variables",
    ] {
        let response = service.clone().oneshot(get_request(url)).await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        let text = text(response).await;
        let script_name = url.trim_end_matches("/variables");
        assert!(
            text.contains(&format!("SCRIPT_NAME={script_name}\n")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_no_module_is_not_found() {
    let site = Site::new("missing");
    site.file("page.html");
    fs::create_dir(site.0.join("folder.so")).unwrap();
    let service = service!(site);
    for url in [
        "/scripts/hello.dll",
        "/scripts/page.html",
        "/scripts/folder.dll",
        "/scripts",
        "/",
    ] {
        assert_eq!(status(&service, url).await, 404, "{url}");
    }
}

#[tokio::test]
async fn hidden_names_are_not_found() {
    let site = Site::new("hidden");
    site.file(".hidden.so");
    site.file(".git/hook.so");
    let service = service!(site);
    for url in ["/scripts/.hidden.dll", "/scripts/.git/hook.dll"] {
        assert_eq!(status(&service, url).await, 404, "{url}");
    }
    assert!(service.modules().is_empty());
}

#[tokio::test]
async fn a_link_that_leaves_the_directory_is_not_followed() {
    let outside = Site::new("outside");
    let target = outside.file("evil.so");
    let site = Site::new("links");
    symlink(&target, site.0.join("evil.so")).unwrap();
    symlink(&outside.0, site.0.join("away")).unwrap();
    let inside = site.file("real/good.so");
    symlink(inside, site.0.join("good.so")).unwrap();
    let service = service!(site);
    assert_eq!(status(&service, "/scripts/evil.dll/variables").await, 404);
    assert_eq!(
        status(&service, "/scripts/away/evil.dll/variables").await,
        404
    );
    assert_eq!(status(&service, "/scripts/good.dll/variables").await, 200);
}

#[tokio::test]
async fn a_path_that_leaves_the_directory_is_refused() {
    let site = Site::new("escape/inner");
    site.file("../evil.so");
    let service = service!(site);
    for url in [
        "/scripts/../evil.dll/variables",
        "/scripts/..%2fevil.dll/variables",
        "/scripts/%2e%2e/evil.dll/variables",
        "/scripts/..%5cevil.dll/variables",
        "/scripts/%252e%252e/evil.dll/variables",
    ] {
        let status = status(&service, url).await;
        assert!(matches!(status, 400 | 404), "{url}: {status}");
    }
}

#[tokio::test]
async fn a_module_is_loaded_once_however_it_is_named() {
    let site = Site::new("once");
    let file = site.file("one.so");
    symlink(&file, site.0.join("two.so")).unwrap();
    let service = service!(site);
    for url in [
        "/scripts/one.dll/variables",
        "/scripts/one.so/variables",
        "/scripts/two.dll/variables",
    ] {
        assert_eq!(status(&service, url).await, 200, "{url}");
    }
    // A second load of the same entry would be a second extension to shut down.
    let names: std::collections::BTreeSet<_> = service
        .modules()
        .into_iter()
        .map(|module| module.source)
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[tokio::test]
async fn a_new_module_needs_no_restart() {
    let site = Site::new("new");
    let service = service!(site);
    assert_eq!(status(&service, "/scripts/late.dll/variables").await, 404);
    site.file("late.so");
    assert_eq!(status(&service, "/scripts/late.dll/variables").await, 200);
}

#[tokio::test]
async fn modules_are_listed_with_the_urls_they_are_reached_at() {
    let site = Site::new("listing");
    site.file("b.so");
    site.file("deep/er/a.so");
    site.file("page.html");
    let service = service!(site);
    let urls: Vec<String> = service
        .modules()
        .into_iter()
        .map(|module| module.url)
        .collect();
    assert_eq!(urls, ["/scripts/b.dll", "/scripts/deep/er/a.dll"]);
    for url in urls {
        assert_eq!(
            status(&service, &format!("{url}/variables")).await,
            200,
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_module_in_nested_directories_is_listed_once() {
    let site = Site::new("listing-nested");
    site.file("scripts/in.so");
    site.file("out.so");
    let service = IsapiService::builder(Anything::new(isapi_sdk::entry!(Scripted)))
        .directory("/", &site.0)
        .directory("/apps/run", site.0.join("scripts"))
        .build()
        .unwrap();
    let urls: Vec<String> = service
        .modules()
        .into_iter()
        .map(|module| module.url)
        .collect();
    assert_eq!(urls, ["/apps/run/in.dll", "/out.dll"]);
}

#[tokio::test]
async fn a_module_that_was_unloaded_is_looked_for_anew() {
    let outside = Site::new("unloaded-outside");
    let site = Site::new("unloaded");
    let file = site.file("gone.so");
    let service = service!(site);
    let url = "/scripts/gone.dll/variables";
    // The first request loads it, the second one finds it loaded.
    for _ in 0..2 {
        assert_eq!(status(&service, url).await, 200);
    }
    // While it is loaded it stays, whatever becomes of its file.
    fs::remove_file(&file).unwrap();
    assert_eq!(status(&service, url).await, 200);

    unload_all(&service).await;
    assert_eq!(status(&service, url).await, 404);
    symlink(outside.file("other.so"), &file).unwrap();
    assert_eq!(status(&service, url).await, 404);
}

#[tokio::test]
async fn nothing_is_looked_for_below_what_is_no_folder() {
    let site = Site::new("bottom");
    site.file("folder.dll/inner.dll/module.so");
    let backend = Anything::new(isapi_sdk::entry!(Scripted));
    let lookups = backend.lookups();
    let service = IsapiService::builder(backend)
        .directory("/", &site.0)
        .build()
        .unwrap();
    let url = "/folder.dll/inner.dll/module.dll/variables";
    assert_eq!(status(&service, url).await, 200);
    assert_eq!(lookups(), 3);

    let url = format!("/folder.dll{}", "/missing.dll".repeat(300));
    assert_eq!(status(&service, &url).await, 404);
    assert_eq!(lookups(), 5);
}

#[tokio::test]
async fn only_modules_that_a_client_can_run_are_listed_and_loaded_ahead() {
    let site = Site::new("listing-reach");
    let inner = Site::new("listing-reach-inner");
    let own = site.file("own.so");
    site.file("mounted.so");
    // Of these, one lies behind another directory's URL, and one has a name that is refused.
    site.file("inner/behind.so");
    site.file("short~1.so");
    inner.file("read.so");
    let backend = Anything::new(isapi_sdk::entry!(Scripted));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/", &site.0)
        .virtual_directory("/inner", &inner.0, Access::READ | Access::SCRIPT)
        .extension("/mounted.dll", isapi_sdk::entry!(Scripted))
        .module("/own.dll", &own)
        .build()
        .unwrap();
    let urls: Vec<String> = service
        .modules()
        .into_iter()
        .map(|module| module.url)
        .collect();
    assert_eq!(urls, ["/mounted.dll", "/own.dll"]);
    assert_eq!(service.preload().await.len(), 2);
    assert_eq!(opened(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_module_of_another_platform_says_so_and_stands_back_behind_ours() {
    let site = Site::new("foreign");
    fs::write(site.0.join("hello.dll"), b"MZ\x90\0").unwrap();
    let service = IsapiService::builder(Portable::new())
        .directory("/scripts", &site.0)
        .build()
        .unwrap();
    let error = service
        .try_call(get_request("/scripts/hello.dll"))
        .await
        .unwrap_err();
    assert_eq!(error.status(), 500);
    assert!(error.to_string().contains("Windows"), "{error}");

    // The file of our own beside it is taken although the other one was tried before.
    fs::write(site.0.join("hello.so"), b"not a module").unwrap();
    let error = service
        .try_call(get_request("/scripts/hello.dll"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("hello.so"), "{error}");
}
