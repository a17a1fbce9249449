//! For authors of ISAPI extensions: a safe trait, asynchronous operations, the C headers.
