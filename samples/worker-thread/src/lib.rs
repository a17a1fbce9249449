//! Hands the request to a thread of its own and ends it from there.
