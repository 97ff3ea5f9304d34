//! The pair room protocol.
