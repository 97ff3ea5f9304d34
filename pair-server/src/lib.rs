//! The pair room server.
