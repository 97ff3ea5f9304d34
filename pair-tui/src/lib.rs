//! The pair terminal client.

pub mod editor;
pub mod input;
