//! `isapi check-config FILE`: says what a configuration file means.

use std::fmt::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::config::{Configuration, HandlerMapping};
use crate::console;
use crate::extensions;
use crate::failure::{StartFailure, Stop};
use crate::listen;
use crate::serve;
use crate::settings::Settings;

/// Makes everything that can be made without loading a module, and prints what it comes to.
///
/// # Errors
///
/// What `serve` would not start with either; standard output cannot be written.
pub(crate) fn run(
    configuration: &Configuration,
    settings: &Settings,
) -> Result<Stop, StartFailure> {
    if !serve::is_configuration(&configuration.file) {
        let shown = shown(&configuration.file);
        return Err(StartFailure::new(format!(
            "{shown} is a configuration, but `isapi serve` knows one by its name; call it FILE.toml"
        )));
    }
    if let Some(files) = &settings.tls {
        files.load()?;
    }
    extensions::configured(configuration, settings)?;
    let summary = Summary {
        configuration,
        settings,
    };
    console::show(summary.to_string().trim_end())
        .map_err(|error| StartFailure::new(format!("cannot write to standard output: {error}")))?;
    Ok(Stop::Clean)
}

/// A configuration in words.
struct Summary<'a> {
    configuration: &'a Configuration,
    settings: &'a Settings,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} can be served", shown(&self.configuration.file))?;
        self.listeners(f)?;
        self.virtual_directories(f)?;
        self.handlers(f)?;
        self.modules(f)?;
        self.allow_list(f)?;
        self.error_pages(f)?;
        self.server(f)?;
        self.limits(f)
    }
}

impl Summary<'_> {
    fn listeners(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nlisteners")?;
        let scheme = self.settings.scheme();
        for address in &self.settings.listen {
            writeln!(f, "  {scheme}://{address}/")?;
        }
        if self.settings.listen.is_empty() {
            let address = listen::DEFAULT;
            writeln!(
                f,
                "  {scheme}://{address}/, or another free port if that is taken"
            )?;
        }
        let Some(tls) = &self.settings.tls else {
            return Ok(());
        };
        writeln!(f, "  certificate {}", shown(&tls.certificate))?;
        writeln!(f, "  key {}", shown(&tls.key))?;
        match &tls.client_ca {
            Some(path) => writeln!(f, "  clients' certificates are issued by {}", shown(path)),
            None => writeln!(f, "  clients are asked for no certificate"),
        }
    }

    fn virtual_directories(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nvirtual directories")?;
        for directory in &self.configuration.virtual_directories {
            let path = shown(&directory.path);
            writeln!(f, "  {} is {path}: {}", directory.url, directory.access)?;
        }
        none(f, self.configuration.virtual_directories.is_empty())?;
        let documents = &self.settings.default_document;
        match documents.is_empty() {
            true => writeln!(f, "  a folder shows no document"),
            false => writeln!(f, "  a folder shows the first of {}", documents.join(", ")),
        }
    }

    fn handlers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nhandlers, the first that fits")?;
        for handler in &self.configuration.handlers {
            writeln!(f, "  {}", self.handler(handler)?)?;
        }
        none(f, self.configuration.handlers.is_empty())
    }

    fn handler(&self, handler: &HandlerMapping) -> Result<String, fmt::Error> {
        let mut line = format!("{}", handler.pattern);
        write!(line, " runs {}", shown(&handler.script_processor))?;
        write!(line, "; verbs {}", handler.verbs)?;
        write!(line, "; requires {}", handler.require_access)?;
        write!(
            line,
            "; {}",
            match handler.resource_type {
                isapi_core::url_map::ResourceType::File => "the file must exist",
                isapi_core::url_map::ResourceType::Unspecified => "no file need exist",
            }
        )?;
        line.push_str(match handler.allow_path_info {
            true => "; PATH_INFO is what follows the script",
            false => "; PATH_INFO is the whole path",
        });
        if let Some(limit) = handler.response_buffer_limit {
            write!(line, "; response_buffer_limit {limit}")?;
        }
        if let Some(mode) = handler.dispatch {
            write!(line, "; dispatch {mode}")?;
        }
        line.push_str(self.loaded(handler.preload));
        Ok(line)
    }

    fn loaded(&self, preload: bool) -> &'static str {
        match preload || self.settings.modules.preload {
            true => "; loaded at start",
            false => "; loaded at its first request",
        }
    }

    fn modules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nmodules at URLs of their own")?;
        for module in &self.configuration.modules {
            write!(f, "  {} runs {}", module.url, shown(&module.path))?;
            if let Some(mode) = module.dispatch {
                write!(f, "; dispatch {mode}")?;
            }
            writeln!(f, "{}", self.loaded(module.preload))?;
        }
        none(f, self.configuration.modules.is_empty())?;
        writeln!(f, "  dispatch {}", self.settings.modules.dispatch)?;
        match self.settings.modules.idle_timeout {
            Some(time) => writeln!(
                f,
                "  a module without requests for {time:?} is offered to unload"
            )?,
            None => writeln!(f, "  modules stay loaded")?,
        }
        match self.settings.modules.unload_library {
            true => writeln!(f, "  the file of an unloaded module is unmapped"),
            false => Ok(()),
        }
    }

    fn allow_list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nallow list")?;
        let Some(allowed) = &self.configuration.allowed else {
            return writeln!(f, "  none: every module may run");
        };
        for module in allowed {
            let digest = match module.sha256 {
                Some(_) => ", with the SHA-256 given",
                None => "",
            };
            writeln!(f, "  {}{digest}", shown(&module.path))?;
        }
        writeln!(f, "  every other module is refused with 404")
    }

    fn error_pages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nerror pages")?;
        for page in &self.configuration.error_pages {
            let status = page.status.as_u16();
            let sub_status = page
                .sub_status
                .map_or(String::new(), |number| format!(".{number}"));
            writeln!(f, "  {status}{sub_status} shows {}", shown(&page.path))?;
        }
        none(f, self.configuration.error_pages.is_empty())
    }

    fn server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.configuration.server;
        writeln!(f, "\nserver variables")?;
        for (name, value) in [
            ("SERVER_SOFTWARE", &server.software),
            ("APP_POOL_ID", &server.app_pool_id),
            ("APP_POOL_CONFIG", &server.app_pool_config),
            ("INSTANCE_ID", &server.instance_id),
            ("INSTANCE_META_PATH", &server.instance_meta_path),
            ("INSTANCE_NAME", &server.instance_name),
        ] {
            writeln!(f, "  {name} {value}")?;
        }
        Ok(())
    }

    fn limits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = &self.settings.limits;
        let deadlines = &self.settings.deadlines;
        writeln!(f, "\nlimits")?;
        writeln!(f, "  max_connections {}", limits.max_connections)?;
        writeln!(f, "  max_request_head {}", limits.max_request_head)?;
        writeln!(f, "  max_request_fields {}", limits.max_request_fields)?;
        writeln!(
            f,
            "  max_allowed_content_length {}",
            limits.request.max_allowed_content_length
        )?;
        writeln!(f, "  max_url {}", limits.request.max_url)?;
        writeln!(f, "  max_query_string {}", limits.request.max_query_string)?;
        writeln!(
            f,
            "  upload_read_ahead_size {}",
            limits.upload_read_ahead_size
        )?;
        writeln!(
            f,
            "  response_buffer_limit {}",
            limits.response_buffer_limit
        )?;
        writeln!(
            f,
            "  header_wait_timeout {:?}",
            deadlines.header_wait_timeout
        )?;
        writeln!(f, "  connection_timeout {:?}", deadlines.connection_timeout)?;
        writeln!(f, "  read_timeout {:?}", deadlines.read_timeout)?;
        writeln!(f, "  write_timeout {:?}", deadlines.write_timeout)?;
        writeln!(f, "  drain_timeout {:?}", deadlines.drain_timeout)
    }
}

fn none(f: &mut fmt::Formatter<'_>, is_empty: bool) -> fmt::Result {
    if is_empty {
        f.write_str("  none\n")?;
    }
    Ok(())
}

/// A path without steps to and fro. Where links lead elsewhere on such a way it is not the same, so it
/// is only for showing.
fn shown(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for step in path.components() {
        match step {
            Component::ParentDir => drop(clean.pop()),
            step => clean.push(step),
        }
    }
    clean.display().to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_detours() {
        for (path, expected) in [
            ("/q/site/.", "/q/site"),
            ("/q/tls/../site", "/q/site"),
            ("/q/./a/../../b/", "/b"),
            ("/../q", "/q"),
        ] {
            assert_eq!(shown(Path::new(path)), expected, "{path}");
        }
    }
}
