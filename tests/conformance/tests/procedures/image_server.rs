//! I: ImageServer, the broker of images.

use std::fs;
use std::path::PathBuf;

use isapi_test_support::{
    Build, Extension, TempDir, TestServer, conformance, describe, module_name, workspace_dir,
};

conformance! {
    tests: [],
    also_in_c: [
        i_the_page_points_back_at_the_extension_for_its_image,
        i_many_pages_and_images_at_once,
        i_no_path_of_a_url_leads_out_of_the_image_folder,
    ],
}

/// A server and the folder it lives in.
struct Site {
    server: TestServer,
    _directory: TempDir,
}

fn site(build: Build) -> Site {
    let directory = TempDir::new();
    let builder = TestServer::builder();
    let server = match build {
        Build::C => {
            // The C twin takes its images from the folder beside its module.
            let module = Extension::ImageServer.module(build);
            let module = directory.copy(&module, &module_name("imageserver"));
            directory.copy(&image(), "images/isapi.png");
            builder.module("/imageserver.dll", &module)
        }
        build => builder.extension("/imageserver.dll", build, Extension::ImageServer),
    };
    Site {
        server: server.start(),
        _directory: directory,
    }
}

/// The image that every build sends.
fn image() -> PathBuf {
    workspace_dir().join("samples/image-server/images/isapi.png")
}

/// What the first `src="..."` of a page names.
fn source(page: &str) -> &str {
    let start = page.find("src=\"").expect("the page has an image") + "src=\"".len();
    let length = page[start..].find('"').expect("the attribute ends");
    &page[start..start + length]
}

fn i_the_page_points_back_at_the_extension_for_its_image(build: Build) {
    let site = site(build);
    let mut client = site.server.connect();
    let page = client
        .expect_reusable("/imageserver.dll")
        .expect_status(200);
    assert!(
        page.field("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    let source = source(page.text());
    assert!(source.starts_with("/imageserver.dll/"), "{source}");

    let sent = client.expect_reusable(source).expect_status(200);
    let expected = fs::read(image()).expect("the sample has its image");
    assert_eq!(sent.field("content-type").as_deref(), Some("image/png"));
    assert_eq!(describe(&sent.body), describe(&expected));
}

fn i_many_pages_and_images_at_once(build: Build) {
    let site = site(build);
    let expected = describe(&fs::read(image()).expect("the sample has its image"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = site.server.connect();
                for _ in 0..10 {
                    let page = client
                        .expect_reusable("/imageserver.dll")
                        .expect_status(200);
                    let sent = client
                        .expect_reusable(source(page.text()))
                        .expect_status(200);
                    assert_eq!(describe(&sent.body), expected);
                }
            });
        }
    });
}

fn i_no_path_of_a_url_leads_out_of_the_image_folder(build: Build) {
    let site = site(build);
    let module = module_name("imageserver");
    for path in [
        "/imageserver.dll/image/",
        &format!("/imageserver.dll/image/../{module}"),
        &format!("/imageserver.dll/image/%2e%2e/{module}"),
        &format!("/imageserver.dll/image/..%2f{module}"),
        &format!("/imageserver.dll/image/..%5c{module}"),
        "/imageserver.dll/image//etc/passwd",
        "/imageserver.dll/image/missing.png",
        "/imageserver.dll/elsewhere",
    ] {
        let status = site.server.get(path).status();
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
}
