//! Support for the tests: a running host, a raw HTTP client.
