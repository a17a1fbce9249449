//! The processing of a request, step by step.

mod async_read;
mod async_transmit_file;
mod async_write_client;
mod environment;
mod event_order;
mod image_server;
mod processing;
