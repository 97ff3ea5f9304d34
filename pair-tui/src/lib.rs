//! The pair terminal client, as a library: the program's state and loop run on any terminal, many times in one process.

pub mod app;
pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod editor;
pub mod host;
pub mod input;
pub mod local_file;
pub mod log_file;
pub mod named;
pub mod put;
pub mod recent;
pub mod source_file;
pub mod terminal;
pub mod ui;
