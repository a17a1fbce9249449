//! Binds ISAPI extensions to the session: control block, callbacks, lifecycle, dispatch.
