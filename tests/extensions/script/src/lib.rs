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
//! | `return N` | returns N from `HttpExtensionProc` |
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
//! | `read_async N`, `read_async_flags N\|FLAGS` | `HSE_REQ_ASYNC_READ_CLIENT` |
//! | `io_completion`, `io_completion NULL` | `HSE_REQ_IO_COMPLETION` |
//! | `open PATH`, `seek N`, `position`, `read_file N` | a file of the extension |
//! | `transmit KEY=VALUE\|...` | `HSE_REQ_TRANSMIT_FILE`: `file`, `own`, `flags`, `offset`, `bytes`, `status`, `head`, `tail` |
//! | `done`, `done N` | `HSE_REQ_DONE_WITH_SESSION` |
//! | `redirect URL`, `send_url URL` | request codes 1 and 2 |
//! | `append_log TEXT`, `log_data TEXT`, `http_status N` | what goes to the log |
//! | `is_keep_conn`, `is_connected`, `close` | request codes 1008, 1018, 1017 |
//! | `support N` | request code N, all pointers null |
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
mod fill;
pub mod journal;
mod operations;
mod program;
mod run;
mod section;
mod variables;

pub use entry_points::entry;
pub use fill::{describe, fill};
pub use program::encode;
