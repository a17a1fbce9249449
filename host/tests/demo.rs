//! `isapi` without a command.

mod support;

use support::Server;

const SAMPLES: [&str; 5] = [
    "/hello.dll",
    "/variables.dll",
    "/image-server.dll",
    "/upload-echo.dll",
    "/worker-thread.dll",
];

#[test]
fn the_page_links_to_every_sample_and_shows_the_image() {
    let server = Server::start(&[]);
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
    for sample in SAMPLES {
        assert!(page.text().contains(&format!("=\"{sample}")), "{sample}");
    }
    let (_, after) = page.text().split_once("<img src=\"").expect("an image");
    let (source, _) = after.split_once('"').unwrap();
    let image = server.get(source);
    assert_eq!(image.status, 200);
    let content_type = image.field("content-type").unwrap_or_default();
    assert!(content_type.starts_with("image/"), "{content_type}");
    assert_ne!(image.body, b"");
}

#[test]
fn every_link_of_the_page_works() {
    let server = Server::start(&[]);
    let page = server.get("/");
    let links: Vec<String> = page
        .text()
        .split("href=\"/")
        .skip(1)
        .map(|rest| format!("/{}", rest.split('"').next().unwrap().replace("&amp;", "&")))
        .collect();
    assert!(links.len() == SAMPLES.len(), "{links:?}");
    for link in links {
        let answer = server.get(&link);
        assert_eq!(
            answer.status,
            200,
            "{link}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_ne!(answer.body, b"", "{link}");
    }
}

#[test]
fn the_page_of_the_image_server_points_at_an_image_it_sends() {
    let server = Server::start(&[]);
    let page = server.get("/image-server.dll");
    let (_, after) = page.text().split_once("src=\"").expect("an image");
    let source = after.split('"').next().unwrap().replace("&amp;", "&");
    let image = server.get(&source);
    assert_eq!(image.status, 200, "{source}");
    assert!(
        image
            .field("content-type")
            .is_some_and(|kind| kind.starts_with("image/"))
    );
}

#[test]
fn the_upload_echo_sends_a_body_back() {
    let server = Server::start(&[]);
    let body = "0123456789".repeat(20_000);
    let answer = server.send(&format!(
        "POST /upload-echo.dll HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains(&body));
}

#[test]
fn the_samples_are_loaded_at_start_and_described() {
    let server = Server::start(&[]);
    let mut in_order = SAMPLES;
    in_order.sort_unstable();
    for sample in in_order {
        server.expect_line(&format!("{sample} runs "));
    }
}

#[test]
fn any_other_path_is_404_and_any_other_method_405() {
    let server = Server::start(&[]);
    assert_eq!(server.get("/nothing").status, 404);
    assert_eq!(server.get("/nothing.dll").status, 404);
    assert_eq!(server.get("/index.html").status, 404);
    let post = server.request("POST", "/", "Content-Length: 0\r\n");
    assert_eq!((post.status, post.field("allow")), (405, Some("GET, HEAD")));
    assert_eq!(server.request("HEAD", "/", "").status, 200);
}
