//! How extensions are loaded, how requests end, and what happens to who breaks the rules.

mod bad_modules;
mod blocking;
mod concurrency;
mod done_with_session;
mod ended_while_pending;
mod idle_unload;
mod instance_life;
mod one_operation;
mod panics;
mod pending_for_ever;
mod stale_connection;
mod unknown_requests;
mod version_refused;
