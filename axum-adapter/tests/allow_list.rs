//! Which module files may be loaded.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use common::extension::Scripted;
use common::get_request;
use common::modules::{Anything, Site};
use isapi_axum::{AllowedModule, Handler, IsapiService};

/// SHA-256 of "module", which is what [`Site::file`] writes (`printf module | sha256sum`).
const MODULE: [u8; 32] = [
    0x12, 0x09, 0x70, 0xd8, 0x12, 0x83, 0x6f, 0x19, 0x88, 0x86, 0x25, 0x58, 0x7a, 0x46, 0x06, 0xa5,
    0xad, 0x23, 0xce, 0xf3, 0x1c, 0x86, 0x84, 0xe6, 0x01, 0x77, 0x15, 0x52, 0x54, 0x8f, 0xc6, 0xb9,
];

/// Status and sub status.
async fn status(service: &IsapiService, url: &str) -> (u16, u16) {
    match service.try_call(get_request(url)).await {
        Ok(response) => (response.status().as_u16(), 0),
        Err(error) => (error.status().as_u16(), error.sub_status()),
    }
}

#[tokio::test]
async fn a_module_that_is_not_listed_is_never_loaded() {
    let site = Site::new("allow-path");
    let listed = site.file("listed.so");
    site.file("other.so");
    let outside = Site::new("allow-path-outside");
    let mounted = outside.file("mounted.so");
    let mapped = outside.file("mapped.so");
    let backend = Anything::new(isapi_sdk::entry!(Scripted));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/v", &site.0)
        .module("/mounted", mounted)
        .handler(Handler::module("*.x", mapped).allow_path_info(true))
        .extension("/linked", isapi_sdk::entry!(Scripted))
        .allow_modules([&listed])
        .build()
        .unwrap();
    for url in ["/v/other.dll/head", "/mounted/head", "/p.x/head"] {
        assert_eq!(status(&service, url).await, (404, 2), "{url}");
    }
    assert_eq!(opened(), 0);
    assert_eq!(status(&service, "/linked/head").await, (200, 0));
    assert_eq!(status(&service, "/v/listed.dll/head").await, (200, 0));
    assert_eq!(opened(), 1);

    let error = service
        .try_call(get_request("/v/other.dll"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("other.so"), "{error}");
    assert!(error.contains("add its path"), "{error}");
}

#[tokio::test]
async fn an_empty_list_allows_no_module() {
    let site = Site::new("allow-none");
    site.file("a.so");
    let service = IsapiService::builder(Anything::new(isapi_sdk::entry!(Scripted)))
        .directory("/v", &site.0)
        .allow_modules(Vec::<AllowedModule>::new())
        .build()
        .unwrap();
    assert_eq!(status(&service, "/v/a.dll/head").await, (404, 2));
}

#[tokio::test]
async fn a_module_is_the_same_however_its_path_is_written() {
    let site = Site::new("allow-canonical");
    let real = site.file("real/module.so");
    symlink(site.0.join("real"), site.0.join("link")).unwrap();
    let written = [
        real.clone(),
        site.0.join("link/module.so"),
        site.0.join("real/../real/./module.so"),
    ];
    for listed in &written {
        for mounted in &written {
            let service = IsapiService::builder(Anything::new(isapi_sdk::entry!(Scripted)))
                .module("/m", mounted)
                .allow_modules([listed])
                .build()
                .unwrap();
            assert_eq!(
                status(&service, "/m/head").await,
                (200, 0),
                "{listed:?} {mounted:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_with_another_content_than_the_listed_one_is_not_loaded() {
    let site = Site::new("allow-hash");
    let right = site.file("right.so");
    let wrong = site.file("wrong.so");
    let either = site.file("either.so");
    fs::write(&wrong, "modulf").unwrap();
    let backend = Anything::new(isapi_sdk::entry!(Scripted));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/v", &site.0)
        .allow_modules([
            AllowedModule::new(&right).sha256(MODULE),
            AllowedModule::new(&wrong).sha256(MODULE),
            AllowedModule::new(&either).sha256([0; 32]),
        ])
        .allow_modules([AllowedModule::new(&either).sha256(MODULE)])
        .build()
        .unwrap();
    assert_eq!(status(&service, "/v/wrong.dll/head").await, (404, 2));
    assert_eq!(opened(), 0);
    assert_eq!(status(&service, "/v/right.dll/head").await, (200, 0));
    assert_eq!(status(&service, "/v/either.dll/head").await, (200, 0));

    let error = service
        .try_call(get_request("/v/wrong.dll"))
        .await
        .unwrap_err()
        .to_string();
    // printf modulf | sha256sum
    assert!(
        error.contains("0754dbd6e992229c8a1948f28010c3915e2c0bd5a4955b6d236d306f56568513"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_changed_is_denied_when_it_is_to_be_loaded_again() {
    let site = Site::new("allow-changed");
    let file = site.file("a.so");
    let backend = Anything::new(isapi_sdk::entry!(Scripted));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/v", &site.0)
        .allow_modules([AllowedModule::new(&file).sha256(MODULE)])
        .build()
        .unwrap();
    assert_eq!(status(&service, "/v/a.dll/head").await, (200, 0));

    fs::write(&file, "another module").unwrap();
    // It runs on: what is loaded was checked.
    assert_eq!(status(&service, "/v/a.dll/head").await, (200, 0));
    assert_eq!(common::unload_all(&service).await, 1);
    assert_eq!(status(&service, "/v/a.dll/head").await, (404, 2));
    assert_eq!(opened(), 1);
    service.shutdown(Duration::from_secs(10)).await.unwrap();
}
