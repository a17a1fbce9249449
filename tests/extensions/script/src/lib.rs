//! A test extension that makes exactly the ISAPI calls its query lists.
//!
//! It speaks the C interface directly, because most of what a host must refuse cannot be said
//! through a safe one: a foreign `ConnID`, a null pointer, a second head. A test writes the calls
//! down where it asserts their results:
//!
//! ```text
//! io_completion
//! write_async hello
//! return 3
//! [completion]
//! done
//! ```
//!
//! What each call answered goes to a [journal] with a name, which another request
//! fetches, while the script still runs or after its end.
//!
//! # Steps
//!
//! A step is a name, a space, and arguments with `|` between them. Steps before the first
//! `[section]` run inside `HttpExtensionProc`; `[completion]` holds what the next completion
//! callback does (`[completion 5]`: the next five), `[thread]` what a thread of the extension's own
//! does that `spawn` starts.
//!
//! | step | what it does |
//! |---|---|
//! | `return N`, `return_if_refused N` | returns N from `HttpExtensionProc`; if the call before answered FALSE |
//! | `header KEEP\|STATUS\|HEADERS` | `HSE_REQ_SEND_RESPONSE_HEADER_EX`; `NULL` for a null pointer |
//! | `header_length STATUS\|HEADERS\|N` | the same with `cchHeader` N |
//! | `old_header STATUS\|HEADERS` | `HSE_REQ_SEND_RESPONSE_HEADER` |
//! | `write TEXT`, `write_fill N` | synchronous `WriteClient`; N bytes of [`fill()`] |
//! | `write_flags FLAGS\|TEXT` | `WriteClient` with these flags |
//! | `write_repeat TEXT\|N` | synchronous `WriteClient` of N times TEXT |
//! | `write_null N`, `write_no_size` | `WriteClient` of N bytes at a null pointer, and without a size |
//! | `read_null buffer`, `read_null size` | `ReadClient` with that null pointer |
//! | `write_async TEXT`, `write_async_fill N` | asynchronous `WriteClient` from memory that is overwritten in the callback |
//! | `read N`, `read_all N` | `ReadClient` with a buffer of N bytes, once or to the end |
//! | `read_exact N` | `ReadClient` until N bytes are there |
//! | `read_async N`, `read_async_flags N\|FLAGS` | `HSE_REQ_ASYNC_READ_CLIENT` |
//! | `io_completion`, `io_completion NULL` | `HSE_REQ_IO_COMPLETION` |
//! | `open PATH`, `seek N`, `position`, `read_file N` | a file of the extension |
//! | `transmit KEY=VALUE\|...` | `HSE_REQ_TRANSMIT_FILE`: `file`, `own`, `flags`, `offset`, `bytes`, `status`, `head`, `head_length`, `tail` |
//! | `vector KEY=VALUE\|...` | `HSE_REQ_VECTOR_SEND`: `flags`, `status`, `headers` (NULL where they are not named), `count`, and in their order the elements `memory=TEXT`, `memory_at=TEXT` (behind an offset), `memory_fill=N`, `memory_null=N`, `file=OFFSET,SIZE`, `file_invalid`, `unknown_type=N` |
//! | `exec_url KEY=VALUE\|...`, `exec_unicode_url KEY=VALUE\|...` | `HSE_REQ_EXEC_URL` and its form in UTF-16: `url`, `method`, `headers`, `entity` (NULL where they are not named), `entity_null=N`, `user`, `auth`, `token`, `flags` |
//! | `exec_url_status` | `HSE_REQ_GET_EXEC_URL_STATUS`: status, sub-status, error |
//! | `custom_error STATUS\|SUB`, `custom_error STATUS\|SUB\|1` | `HSE_REQ_SEND_CUSTOM_ERROR`, and asynchronously |
//! | `map_url URL`, `map_url URL\|N`, `map_unicode_url ...` | `HSE_REQ_MAP_URL_TO_PATH` in a buffer of N bytes, and its form in UTF-16 |
//! | `map_url_ex URL`, `map_unicode_url_ex URL` | the same with access flags |
//! | `normalize URL` | `HSE_REQ_NORMALIZE_URL` |
//! | `flush 0`, `flush 1`, `cancel_io` | request codes 1043 and 1049 |
//! | `is_in_process`, `trace_info`, `cache_callback` | request codes 1030, 1042, 1040 with their answers |
//! | `cert_info N` | `HSE_REQ_GET_CERT_INFO_EX` with room for N bytes |
//! | `report_unhealthy TEXT`, `refresh_acl TEXT`, `abortive_close` | request codes 1032, 1007, 1014; `NULL` for a null pointer |
//! | `sspi`, `anonymous_token PATH`, `unicode_anonymous_token PATH`, `out N` | request codes 1002, 1038, 1041, and any N that writes a pointer to its first argument |
//! | `done`, `done N` | `HSE_REQ_DONE_WITH_SESSION` |
//! | `redirect URL`, `send_url URL` | request codes 1 and 2 |
//! | `append_log TEXT`, `log_data TEXT`, `http_status N` | what goes to the log |
//! | `is_keep_conn`, `is_connected`, `close` | request codes 1008, 1018, 1017 |
//! | `support N` | request code N, all pointers null |
//! | `wild N` | request code N with pointers that lead nowhere |
//! | `variable NAME`, `variable_into NAME\|N`, `variable_null NAME` | `GetServerVariable`: the whole value, into N bytes, with null pointers |
//! | `field NAME` | a field of the control block |
//! | `scribble` | overwrites the strings and the data of the control block |
//! | `conn forged`, `conn null`, `conn own` | which `ConnID` the next calls pass |
//! | `conn publish`, `conn NAME` | lets other scripts use it; use that of the script NAME |
//! | `enter`, `leave` | a critical section that all scripts share |
//! | `spawn` | starts the next `[thread]` |
//! | `mark TEXT` | writes TEXT to the journal |
//! | `await LINE` | waits until the journal has LINE |
//! | `await_client_gone` | asks `HSE_REQ_IS_CONNECTED` until it answers no |
//! | `post NAME\|LINE` | writes to another journal |
//! | `dump NAME\|LINE`, `dump_settled NAME\|LINE` | sends another journal once it has LINE, and once nothing of its script is running |

mod calls;
pub mod entry_points;
mod exec_url;
mod fill;
pub mod journal;
mod lifecycle;
mod operations;
mod program;
mod queries;
mod run;
mod section;
mod steps;
mod url_map;
mod variables;
mod vector;
mod wide;

pub use entry_points::entry;
pub use fill::{describe, fill};
pub use program::encode;
