//! The pair terminal client.

pub mod app;
pub mod editor;
pub mod input;
pub mod ui;
