//! The life of one ISAPI request as a state machine without I/O.
