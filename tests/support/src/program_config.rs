//! The `isapi.toml` of a server program under test.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use isapi_axum::{Access, AllowedModule, Limits, ResourceType};
use isapi_core::session::SessionConfig;

use crate::description::Description;
use crate::handler::{Handler, Processor};
use crate::platform::shown_path;
use crate::tls;

/// The configuration that asks for what is described.
///
/// # Panics
///
/// When no configuration can ask for it; says for what.
#[track_caller]
pub(crate) fn toml(description: &Description) -> String {
    refuse_linked_in(description);
    let mut toml = Toml::default();
    if let Some(names) = &description.default_documents {
        let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        toml.value("default_document", format_args!("[{}]", names.join(", ")));
    }
    limits(&mut toml, description);
    modules(&mut toml, description);
    if description.speaks_tls {
        toml.section("[tls]");
        toml.path("certificate", &tls::server_certificate_file());
        toml.path("key", &tls::server_key_file());
        toml.path("client_ca", &tls::authority_file());
    }
    directories(&mut toml, description);
    for (url, path) in &description.modules {
        toml.section("[[module]]");
        toml.text("url", url);
        toml.path("path", path);
    }
    for handler in &description.handlers {
        self::handler(&mut toml, handler);
    }
    for page in &description.error_pages {
        toml.section("[[http_error]]");
        toml.value("status", page.status.as_u16());
        if let Some(sub_status) = page.sub_status {
            toml.value("sub_status", sub_status);
        }
        toml.path("path", &page.path);
    }
    toml.0
}

#[track_caller]
fn refuse_linked_in(description: &Description) {
    if let Some((url, _)) = description.entries.first() {
        panic!(
            "a server program has no linked-in test extension for {url}: move the test to a module \
             `linked`, or give it a module file"
        );
    }
}

#[track_caller]
fn limits(toml: &mut Toml, description: &Description) {
    let usual = Limits::default();
    let limits = description.limits;
    toml.section("[limits]");
    toml.time("drain_timeout", description.drain_timeout);
    if limits.max_url != usual.max_url {
        toml.value("max_url", limits.max_url);
    }
    if limits.max_query_string != usual.max_query_string {
        toml.value("max_query_string", limits.max_query_string);
    }
    if limits.max_allowed_content_length != usual.max_allowed_content_length {
        let length = limits.max_allowed_content_length;
        toml.value("max_allowed_content_length", length);
    }
    if let Some(bytes) = description.max_request_head {
        toml.value("max_request_head", bytes);
    }
    session(toml, &description.session_config);
}

#[track_caller]
fn session(toml: &mut Toml, config: &SessionConfig) {
    let usual = SessionConfig::default();
    if config.read_ahead != usual.read_ahead {
        toml.value("upload_read_ahead_size", config.read_ahead);
    }
    if config.response_buffer_limit != usual.response_buffer_limit {
        toml.value("response_buffer_limit", config.response_buffer_limit);
    }
    if config.read_timeout != usual.read_timeout {
        toml.time("read_timeout", config.read_timeout);
    }
    if config.write_timeout != usual.write_timeout {
        toml.time("write_timeout", config.write_timeout);
    }
    let expressed = SessionConfig {
        read_ahead: config.read_ahead,
        response_buffer_limit: config.response_buffer_limit,
        read_timeout: config.read_timeout,
        write_timeout: config.write_timeout,
        ..usual
    };
    assert_eq!(
        *config, expressed,
        "a server program's configuration has no keys for the other fields of SessionConfig: move the \
         test to a module `linked`"
    );
}

fn modules(toml: &mut Toml, description: &Description) {
    toml.section("[modules]");
    if let Some(timeout) = description.idle_timeout {
        toml.time("idle_timeout", timeout);
    }
    if let Some(modules) = &description.allowed_modules {
        let modules: Vec<_> = modules.iter().map(allowed).collect();
        toml.value("allowed", format_args!("[{}]", modules.join(", ")));
    }
}

fn allowed(module: &AllowedModule) -> String {
    let path = quoted(&shown_path(&module.path));
    match module.sha256 {
        None => format!("{{ path = {path} }}"),
        Some(digest) => {
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{{ path = {path}, sha256 = \"{digest}\" }}")
        }
    }
}

fn directories(toml: &mut Toml, description: &Description) {
    for directory in &description.virtual_directories {
        self::directory(toml, &directory.url, &directory.path, directory.access);
    }
    let is_mounted = |url: &str| {
        let mut directories = description.virtual_directories.iter();
        directories.any(|directory| directory.url == url)
    };
    // The document root is what lies at `/`.
    if let Some(root) = description
        .document_root
        .as_ref()
        .filter(|_| !is_mounted("/"))
    {
        let access = match description.sends_files {
            true => Access::READ | Access::SCRIPT,
            false => Access::SCRIPT,
        };
        directory(toml, "/", root, access);
    }
}

fn directory(toml: &mut Toml, url: &str, path: &Path, access: Access) {
    let rights: Vec<_> = [
        (Access::READ, "\"read\""),
        (Access::SCRIPT, "\"script\""),
        (Access::EXECUTE, "\"execute\""),
    ]
    .into_iter()
    .filter(|(right, _)| access.contains(*right))
    .map(|(_, name)| name)
    .collect();
    toml.section("[[virtual_directory]]");
    toml.text("url", url);
    toml.path("path", path);
    toml.value("access", format_args!("[{}]", rights.join(", ")));
}

#[track_caller]
fn handler(toml: &mut Toml, handler: &Handler) {
    let Processor::Module(module) = &handler.processor else {
        panic!(
            "a server program has no linked-in test extension for {}: move the test to a module \
             `linked`, or give it a module file",
            handler.pattern
        );
    };
    toml.section("[[handler]]");
    toml.text("path", &handler.pattern);
    toml.path("script_processor", module);
    if let Some(verbs) = &handler.verbs {
        toml.text("verb", &verbs.join(","));
    }
    if handler.resource_type == ResourceType::File {
        toml.text("resource_type", "file");
    }
    if handler.allow_path_info {
        toml.value("allow_path_info", true);
    }
}

/// The text of a configuration file, written from top to bottom.
#[derive(Debug, Default)]
struct Toml(String);

impl Toml {
    /// Begins a section.
    fn section(&mut self, title: &str) {
        self.line(format_args!("\n{title}"));
    }

    /// A key with a value as it is written.
    fn value(&mut self, key: &str, value: impl std::fmt::Display) {
        self.line(format_args!("{key} = {value}"));
    }

    fn text(&mut self, key: &str, text: &str) {
        self.value(key, quoted(text));
    }

    fn path(&mut self, key: &str, path: &Path) {
        self.text(key, &shown_path(path));
    }

    fn time(&mut self, key: &str, time: Duration) {
        self.text(key, &format!("{}ms", time.as_millis()));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a String takes everything");
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
