//! The pair terminal client.
