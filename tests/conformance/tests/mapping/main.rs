//! Which extension a URL leads to, and what the extension is told about it.

mod access;
mod allow_list;
mod handlers;
mod interceptors;
mod path_info;
