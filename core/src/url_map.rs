//! From URL paths to extensions: which part names the module, and what is mounted where.

mod access;
mod handler_index;
mod handlers;
mod letter_case;
mod mounts;
mod names;
mod pattern;
#[cfg(test)]
mod tests;
mod verbs;

use crate::url_path::UrlPath;

pub use access::Access;
pub use handlers::{
    Found, Handled, HandlerError, Handlers, Interceptor, ResourceType, Rule, Split,
};
pub use letter_case::eq_ignore_case;
pub use mounts::{MountError, Mounted, Mounts};
pub use names::{has_module_ending, is_never_served};
pub use pattern::Pattern;
pub use verbs::Verbs;

/// Splits a path into SCRIPT_NAME and PATH_INFO.
///
/// From left to right, the first segment that ends like a module and for which `is_module` says
/// yes ends SCRIPT_NAME. `is_module` is asked about the path so far (`"/dir/hello.dll"`). What
/// follows is PATH_INFO, `""` when there is nothing. `None` when no segment names a module.
///
/// ```
/// use isapi_core::url_map::split_module;
/// use isapi_core::url_path::UrlPath;
///
/// let path = UrlPath::parse("/scripts/hello.dll/extra/path")?;
/// let split = split_module(&path, |module| module == "/scripts/hello.dll");
/// assert_eq!(split, Some(("/scripts/hello.dll".into(), "/extra/path".into())));
/// # Ok::<(), isapi_core::url_path::UrlError>(())
/// ```
pub fn split_module(
    path: &UrlPath,
    mut is_module: impl FnMut(&str) -> bool,
) -> Option<(String, String)> {
    let decoded = path.decoded();
    let slashes = decoded.match_indices('/').map(|(index, _)| index).skip(1);
    for end in slashes.chain([decoded.len()]) {
        let (script_name, path_info) = decoded.split_at(end);
        let name = script_name.rsplit('/').next().unwrap_or_default();
        if has_module_ending(name) && is_module(script_name) {
            return Some((script_name.to_owned(), path_info.to_owned()));
        }
    }
    None
}
