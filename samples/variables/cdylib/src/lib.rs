//! Dumps the server variables of the request, as a module file.
