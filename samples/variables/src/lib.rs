//! Dumps the server variables of the request.
