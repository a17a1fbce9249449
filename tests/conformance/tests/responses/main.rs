//! What an extension may answer, and what of it goes over the wire.

mod bodyless;
mod client_gone;
mod extension_chunking;
mod framing;
mod head_calls;
mod head_requests;
mod http_1_0;
mod http_2;
mod keep_alive;
mod kinds;
mod log;
mod nothing_sent;
mod pipelining;
mod raw_heads;
mod redirects;
mod return_values;
mod transmit_file;
mod transmit_file_sources;
mod write_client;
