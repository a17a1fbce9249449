//! `[server]`: what server variables say about the server.

use std::path::Path;

use isapi_axum::ServerInfo;

use super::section::Section;

pub(super) fn read(section: Option<Section<'_>>, file: &Path) -> ServerInfo {
    let mut server = ServerInfo {
        app_pool_config: file.display().to_string(),
        ..ServerInfo::default()
    };
    let Some(mut section) = section else {
        return server;
    };
    let keys = [
        ("software", &mut server.software),
        ("app_pool_id", &mut server.app_pool_id),
        ("instance_id", &mut server.instance_id),
        ("instance_meta_path", &mut server.instance_meta_path),
        ("instance_name", &mut server.instance_name),
    ];
    for (key, variable) in keys {
        let Some(value) = section.take(key) else {
            continue;
        };
        let Some(text) = value.text("a text") else {
            continue;
        };
        if text.contains(|character: char| character.is_control()) {
            value.unexpected("a text of one line, without control characters");
            continue;
        }
        *variable = text.to_owned();
    }
    section.finish();
    server
}
