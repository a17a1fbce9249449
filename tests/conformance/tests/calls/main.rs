//! The requests of `ServerSupportFunction` that have no other place: what they answer, and with
//! which error they are refused.

mod answers;
mod arguments;
mod cancel_io;
mod certificates;
mod custom_error;
mod exec_url;
mod exec_url_ends;
mod exec_url_flags;
mod exec_url_parts;
mod flush;
mod normalize_url;
mod sdk_calls;
mod unhealthy;
mod url_map;
mod vector_files;
mod vector_send;
mod windows_only;
