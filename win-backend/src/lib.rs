//! Windows backend: native extension DLLs; off Windows its constructors answer Unsupported.
