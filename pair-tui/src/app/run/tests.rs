//! The loop on a test backend.
