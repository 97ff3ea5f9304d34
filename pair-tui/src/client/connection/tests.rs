//! The connection against a server of the test's own.
