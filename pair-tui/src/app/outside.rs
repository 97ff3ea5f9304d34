//! What the program asks of whoever runs it, beyond the terminal and the room: the clipboard, files, the memory of rooms. A run in
//! somebody's own terminal has all of it, a guest who came in by ssh has less. Knows no way to do any of it.

use super::files::{OpenedFile, WriteOrder, WriteReport};
use crate::client::RoomAddress;
use futures::future::BoxFuture;
use std::path::Path;

/// A file as a room begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// What the document is called, such as `src/main.rs`.
    pub name: String,
    /// The text.
    pub text: String,
    /// The language, where the file's name tells it.
    pub language: Option<String>,
    /// The file, where the text may be written back to it.
    pub file: Option<OpenedFile>,
}

/// A stay in a room, for the list of recent ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Where.
    pub address: RoomAddress,
    /// The others who were there, by name.
    pub people: Vec<String>,
}

/// What the terminal's cursor looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CursorShape {
    /// Between two characters.
    #[default]
    Bar,
    /// On a character.
    Block,
    /// Below a character that will be overwritten.
    Underline,
}

/// Carries out what the program can't do by itself.
pub trait Outside {
    /// Puts a text into the system clipboard. Called between two repaints.
    ///
    /// # Errors
    /// A sentence for people.
    fn copy(&mut self, text: &str) -> Result<(), String>;

    /// Gives the terminal's cursor a shape, where it has several.
    fn shape_cursor(&mut self, shape: CursorShape);

    /// Stops the program until the shell continues it, with the terminal put back meanwhile.
    ///
    /// # Errors
    /// A sentence for people, where it can't be stopped here.
    fn suspend(&mut self) -> Result<(), String>;

    /// Reads a file that a room is to be created from.
    ///
    /// # Errors
    /// A sentence for people that names the file.
    fn read(&mut self, file: &Path) -> Result<SourceText, String>;

    /// Writes a text to a file, outside of this thread; what is waited for is how it went. Begins when it is first waited for.
    fn write(&mut self, order: WriteOrder) -> BoxFuture<'static, WriteReport>;

    /// Remembers a stay; called when a room was entered and when it is left.
    fn visited(&mut self, visit: Visit);
}
