//! The allow list of modules, IIS's `isapiCgiRestriction`.

use std::fs;

use isapi_axum::AllowedModule;
use isapi_test_support::{Extension, TempDir, TestServer, logs, module_file, module_name};

/// A site with two modules of the same content, and the server that has only these allowed.
fn site(allowed: impl FnOnce(&TempDir) -> Vec<AllowedModule>) -> (TempDir, TestServer) {
    let site = TempDir::new();
    site.copy(&module_file("hello"), &module_name("listed"));
    site.copy(&module_file("hello"), &module_name("other"));
    let server = TestServer::builder()
        .directory("/", site.path())
        .allow_modules(allowed(&site))
        .start();
    (site, server)
}

#[test]
fn a_module_that_is_not_listed_is_never_loaded() {
    let (_site, server) = site(|_| Vec::new());
    server.get("/listed.dll").expect_status(404);
    server.get("/other.dll").expect_status(404);
    logs::expect_line(&[&module_name("other"), "allow"]);
}

mod linked {
    use super::*;

    /// It is not a file that somebody could have put there.
    #[test]
    fn what_is_linked_in_needs_no_listing() {
        let server = TestServer::builder()
            .entry("/linked.dll", Extension::Hello.entry())
            .allow_modules(Vec::new())
            .start();
        server.get("/linked.dll").expect_status(200);
    }
}

#[test]
fn a_listed_module_runs() {
    let (_site, server) =
        site(|site| vec![AllowedModule::new(site.path().join(module_name("listed")))]);
    server.get("/listed.dll").expect_status(200);
    server.get("/other.dll").expect_status(404);
}

/// A link to it is the same file.
#[cfg(unix)]
#[test]
fn a_listed_module_runs_by_its_canonical_path() {
    let (_site, server) = site(|site| {
        let link = site.path().join(module_name("link"));
        std::os::unix::fs::symlink(site.path().join(module_name("listed")), &link)
            .expect("a link can be made");
        vec![AllowedModule::new(link)]
    });
    server.get("/listed.dll").expect_status(200);
    server.get("/other.dll").expect_status(404);
}

#[test]
fn a_module_with_another_digest_is_never_loaded() {
    let digest = sha256(&fs::read(module_file("hello")).expect("the module can be read"));
    let listed = |digest| {
        site(move |site| {
            vec![AllowedModule::new(site.path().join(module_name("listed"))).sha256(digest)]
        })
    };
    let (_site, server) = listed(digest);
    server.get("/listed.dll").expect_status(200);

    let mut other = digest;
    other[31] ^= 1;
    let (_site, server) = listed(other);
    server.get("/listed.dll").expect_status(404);
}

fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(data).into()
}
