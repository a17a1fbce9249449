//! ISAPI extensions as a tower service for axum.
