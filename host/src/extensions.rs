//! The extension service as every command sets it up.

use std::fmt::Display;
use std::path::Path;

use isapi_axum::{AllowedModule, Builder, Handler, IsapiService};
use isapi_core::url_map::Access;

use crate::beneath::Beneath;
use crate::config::{Configuration, HandlerMapping};
use crate::failure::StartFailure;
use crate::files::StaticFiles;
use crate::hidden::HiddenFiles;
use crate::settings::Settings;
use crate::site::{Front, Site};

/// A builder with this platform's backend and the settings that hold for every command.
///
/// # Errors
///
/// The platform's backend cannot be had.
pub(crate) fn builder(settings: &Settings) -> Result<Builder, StartFailure> {
    let mut builder = IsapiService::builder(backend(settings)?)
        .limits(settings.limits.request)
        .session_config(settings.session_config())
        .dispatch(settings.modules.dispatch);
    if let Some(timeout) = settings.modules.idle_timeout {
        builder = builder.idle_timeout(timeout);
    }
    Ok(builder)
}

/// The site that a configuration file describes.
///
/// # Errors
///
/// Something in it cannot be had, or does not go together.
pub(crate) fn configured(
    configuration: &Configuration,
    settings: &Settings,
) -> Result<Site, StartFailure> {
    let files = static_files(configuration, settings)?;
    let mut builder = builder(settings)?
        .server_info(configuration.server.clone())
        .default_documents(&settings.default_document)
        .fallback(Front::files(files));
    for directory in &configuration.virtual_directories {
        builder = builder.virtual_directory(&directory.url, &directory.path, directory.access);
    }
    for module in &configuration.modules {
        builder = builder.module(&module.url, &module.path);
        if module.preload {
            builder = builder.preload_module(&module.path);
        }
        if let Some(mode) = module.dispatch {
            builder = builder.dispatch_module(&module.path, mode);
        }
    }
    for mapping in &configuration.handlers {
        builder = builder.handler(handler(mapping));
    }
    if let Some(allowed) = &configuration.allowed {
        builder = builder.allow_modules(allowed.iter().map(|module| AllowedModule {
            path: module.path.clone(),
            sha256: module.sha256,
        }));
    }
    for page in &configuration.error_pages {
        builder = builder.error_page(page.status, page.sub_status, &page.path);
    }
    builder.build().map_err(refusal)
}

fn handler(mapping: &HandlerMapping) -> Handler {
    let mut handler = Handler::module(mapping.pattern.as_str(), &mapping.script_processor)
        .verbs(mapping.verbs.to_string().split(", "))
        .resource_type(mapping.resource_type)
        .allow_path_info(mapping.allow_path_info)
        .require_access(mapping.require_access)
        .preload(mapping.preload);
    if let Some(limit) = mapping.response_buffer_limit {
        handler = handler.response_buffer_limit(limit);
    }
    if let Some(mode) = mapping.dispatch {
        handler = handler.dispatch(mode);
    }
    handler
}

/// The files of the virtual directories that allow reading.
fn static_files(
    configuration: &Configuration,
    settings: &Settings,
) -> Result<StaticFiles, StartFailure> {
    let hidden = hidden(Some(&configuration.file), settings);
    let mut files = StaticFiles::default();
    for directory in &configuration.virtual_directories {
        if !directory.access.allows(Access::READ) {
            // Its URLs must not fall to a directory with a shorter one.
            files.add_hidden(&directory.url).map_err(refusal)?;
            continue;
        }
        let root = Beneath::new(&directory.path, hidden.clone()).map_err(|error| {
            let shown = directory.path.display();
            StartFailure::new(format!("cannot serve {shown}: {error}"))
        })?;
        files.add(&directory.url, root).map_err(refusal)?;
    }
    Ok(files)
}

/// Files that are never sent, wherever they lie: the configuration, and the key of its certificate.
/// Modules need not be listed, as their names tell.
pub(crate) fn hidden(configuration: Option<&Path>, settings: &Settings) -> HiddenFiles {
    let key = settings.tls.as_ref().map(|files| files.key.as_path());
    HiddenFiles::new([configuration, key].into_iter().flatten())
}

/// The failure of a service that could not be built.
pub(crate) fn refusal(error: impl Display) -> StartFailure {
    StartFailure::new(error.to_string())
}

#[cfg(windows)]
fn backend(settings: &Settings) -> Result<isapi_win_backend::Native, StartFailure> {
    let native = isapi_win_backend::Native::new().map_err(refusal)?;
    Ok(native.with_unload(settings.modules.unload_library))
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "on Windows it can fail")]
fn backend(settings: &Settings) -> Result<isapi_emu_loader::Portable, StartFailure> {
    Ok(isapi_emu_loader::Portable::new().with_unload(settings.modules.unload_library))
}
