//! Which file of this machine each document is written to, what that file is known to have, and what is asked while that is not clear.
//! Plain state: knows no disk.

use crate::{
    editor::text::Text,
    local_file::{
        difference::DiffLine,
        format::{DiskText, FileFormat},
        write::{Expected, Written},
    },
};
use protocol::DocumentPath;
use ratatui_textarea::TextArea;
use std::path::{Path, PathBuf};

/// A file that a room was begun with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it had when it was read.
    pub disk: DiskText,
}

/// A document's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedFile {
    /// Which document.
    pub document: DocumentPath,
    /// Where the file is.
    pub path: PathBuf,
    /// What it had when it was last read or written from here.
    pub disk: DiskText,
}

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOrder {
    /// Whose text it is.
    pub document: DocumentPath,
    /// The file.
    pub path: PathBuf,
    /// The text.
    pub text: String,
    /// How the file has it.
    pub format: FileFormat,
    /// What is expected to be there.
    pub expected: Expected,
    /// Whether it is all of the document, and the file becomes, or is, the document's file.
    pub links: bool,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteReport {
    /// What was to be written.
    pub order: WriteOrder,
    /// How it went; an error is a sentence for people that names the file.
    pub result: Result<Written, String>,
}

/// A file that is not as it was expected, until it is decided what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileConflict {
    /// What was to be written.
    pub order: WriteOrder,
    /// What the file has.
    pub disk: DiskText,
    /// What differs.
    pub lines: Vec<DiffLine>,
    /// The first line of it that is shown.
    pub top: usize,
}

/// A file's name while it is typed.
#[derive(Debug, Clone)]
pub struct SaveAs {
    /// The name.
    pub field: TextArea<'static>,
}

impl SaveAs {
    /// Asks for a name, with one to begin with.
    pub fn new(proposed: &str) -> Self {
        let mut field = TextArea::default();
        field.set_placeholder_text("a file of this machine");
        field.insert_str(proposed);
        Self { field }
    }
}

/// The files of this participant's documents.
#[derive(Debug, Clone, Default)]
pub struct Files {
    linked: Vec<LinkedFile>,
    /// What a `~` at the start of a path stands for.
    pub home: Option<PathBuf>,
    /// The file that the room was begun with, until its document is there.
    pub opened: Option<OpenedFile>,
    /// How many orders are under way.
    pub under_way: usize,
    /// Whether the person leaves once these are done.
    pub quits: bool,
}

impl Files {
    /// The files of a room that was begun with this one, or with none.
    pub fn new(opened: Option<OpenedFile>, home: Option<PathBuf>) -> Self {
        Self { home, opened, ..Self::default() }
    }

    /// The file of a document.
    pub fn of(&self, document: &DocumentPath) -> Option<&LinkedFile> {
        self.linked.iter().find(|linked| linked.document == *document)
    }

    /// Links a document with a file, and says what that has now.
    pub fn link(&mut self, document: &DocumentPath, path: &Path, disk: DiskText) {
        self.linked.retain(|linked| linked.document != *document);
        self.linked.push(LinkedFile { document: document.clone(), path: path.to_owned(), disk });
    }

    /// Whether a document's file has its text; none where it has no file. An empty text needs no file that is not there yet.
    pub fn is_written(&self, document: &DocumentPath, text: &Text) -> Option<bool> {
        let disk = self.of(document)?.disk.text.as_deref();
        Some(disk.map_or_else(|| text.is_empty(), |disk| text.is(disk)))
    }
}
