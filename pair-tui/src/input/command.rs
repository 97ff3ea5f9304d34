//! Everything that a person can tell the program to do, in one table: the command, its name, what it does in words, its group
//! and its keys. The key map, the help screen and the command palette are made from it. Knows no state.

use super::keymap::KeymapName;
use crate::{
    app::preferences::ThemeName,
    editor::{ColumnStep, EditorCommand, Motion, Side, Unit, position::LineIndex},
};

/// What a key, a palette entry or a click asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Command {
    /// Something for the editor.
    Editor(EditorCommand),
    /// Pastes what was copied last.
    Paste,
    /// Searches.
    Search,
    /// Searches, and puts something else in place of what is found.
    Replace,
    /// Goes to the next match of what was searched for.
    NextMatch,
    /// Goes to the match before.
    PreviousMatch,
    /// Goes to a line.
    GoToLine,
    /// Leaves the program; asks first if something would be lost.
    Quit,
    /// Goes back: closes what is open, or gives up the selection.
    Back,
    /// Shows or hides the help.
    Help,
    /// Shows or hides the command palette.
    Palette,
    /// Chooses the room's language.
    Language,
    /// Shows or hides who is here.
    Participants,
    /// Follows somebody, or stops.
    Follow,
    /// Asks the others to come.
    Summon,
    /// Goes along with who asks to come.
    Come,
    /// Tells where everybody is.
    Where,
    /// Goes back to where this participant was before they went to somebody.
    Return,
    /// Goes to the chat, or back from it.
    Chat,
    /// Shows or hides the side pane.
    SidePane,
    /// Goes to the next document of the room.
    NextDocument,
    /// Copies what to send to a friend.
    CopyInvitation,
    /// Writes the document to its file; without one, says how safe the text is in the room.
    Save,
    /// Writes the document to a file whose name is asked for.
    SaveAs,
    /// Shows or hides indent guides.
    IndentGuides,
    /// Shows or hides white space.
    WhiteSpace,
    /// Lets long lines go on in the next row, or not.
    Wrap,
    /// Scrolls up one line without moving the cursor.
    ScrollUp,
    /// Scrolls down one line without moving the cursor.
    ScrollDown,
    /// Draws the whole screen anew.
    Redraw,
    /// Stops the program and goes to the shell.
    Suspend,
    /// Asks for a suggestion at the cursor.
    RequestSuggestion,
    /// Takes the shown suggestion.
    AcceptSuggestion,
    /// Takes the first word of the shown suggestion.
    AcceptWord,
    /// Takes the first line of the shown suggestion.
    AcceptLine,
    /// Shows the next suggestion, or asks for another one.
    NextSuggestion,
    /// Shows the suggestion before.
    PreviousSuggestion,
    /// Shows what became of suggestions before.
    PastSuggestions,
    /// Lets the room's text be sent to models, or forbids it.
    ToggleModels,
    /// Puts the shown suggestion away.
    DismissSuggestion,
    /// Takes another key map.
    UseKeymap(KeymapName),
    /// Takes another theme.
    UseTheme(ThemeName),
}

/// A wish to write documents to files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own: :w!, :up, :wa, :saveas")]
pub struct WriteRequest {
    /// The file; none: the document's own.
    pub path: Option<String>,
    /// Whether the file is written whatever it has, a read-only one too.
    pub forces: bool,
    /// Only these lines, the first and the last.
    pub lines: Option<(LineIndex, LineIndex)>,
    /// Only if the document's own file has another text.
    pub only_if_changed: bool,
    /// Every document that has a file.
    pub everything: bool,
    /// Whether the file becomes the document's own.
    pub links: bool,
}

/// What a command is about; the help has one block per group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// The room and the program.
    Room,
    /// Suggestions.
    Suggestion,
    /// Changing the text.
    Edit,
    /// Searching and replacing.
    Search,
    /// Moving about.
    Move,
    /// Selecting.
    Select,
    /// Several cursors.
    Cursors,
}

impl Group {
    /// The heading of the group.
    pub fn title(self) -> &'static str {
        match self {
            Self::Room => "Room",
            Self::Suggestion => "Suggestions",
            Self::Edit => "Editing",
            Self::Search => "Searching",
            Self::Move => "Moving",
            Self::Select => "Selecting",
            Self::Cursors => "Several cursors",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandInfo {
    /// The command.
    pub command: Command,
    /// What it does, in words, for help and palette.
    pub title: &'static str,
    /// What it is about.
    pub group: Group,
    /// Its keys in the default key map, the one to be shown first.
    pub keys: &'static [&'static str],
}

/// How the vim key map says what the default one has keys for that vim uses otherwise; shown in its place.
pub static VIM_KEYS: &[(Command, &str)] = &[
    (Command::Save, ":w"),
    (Command::SaveAs, ":w FILE"),
    (Command::Quit, ":q"),
    (Command::Paste, "\"+p"),
    (Command::Search, "/"),
    (Command::Replace, ":%s"),
    (Command::NextMatch, "n"),
    (Command::PreviousMatch, "N"),
    (Command::GoToLine, ":12"),
    (Command::NextDocument, ":n"),
    (Command::Wrap, ":set wrap"),
    (Command::Suspend, "Ctrl-Z"),
    (Command::ScrollUp, "Ctrl-Y"),
    (Command::ScrollDown, "Ctrl-E"),
    (Command::Editor(EditorCommand::Undo), "u"),
    (Command::Editor(EditorCommand::Redo), "Ctrl-R"),
    (Command::Editor(EditorCommand::Cut), "d"),
    (Command::Editor(EditorCommand::Copy), "y"),
    (Command::Editor(EditorCommand::Newline), "o"),
    (Command::Editor(EditorCommand::Tab), ">"),
    (Command::Editor(EditorCommand::Outdent), "<"),
    (Command::Editor(EditorCommand::DeleteBackward(Unit::Grapheme)), "X"),
    (Command::Editor(EditorCommand::DeleteForward(Unit::Grapheme)), "x"),
    (Command::Editor(EditorCommand::DeleteBackward(Unit::Word)), "db"),
    (Command::Editor(EditorCommand::DeleteForward(Unit::Word)), "de"),
    (Command::Editor(EditorCommand::DuplicateLines), "yyp"),
    (Command::Editor(EditorCommand::JoinLines), "J"),
    (Command::Editor(EditorCommand::Move { motion: Motion::Bracket, extend: false }), "%"),
    (Command::Editor(EditorCommand::SelectAll), "ggVG"),
    (Command::Editor(EditorCommand::Move { motion: Motion::Left, extend: false }), "h"),
    (Command::Editor(EditorCommand::Move { motion: Motion::Right, extend: false }), "l"),
    (Command::Editor(EditorCommand::Move { motion: Motion::Up, extend: false }), "k"),
    (Command::Editor(EditorCommand::Move { motion: Motion::Down, extend: false }), "j"),
    (Command::Editor(EditorCommand::Move { motion: Motion::WordLeft, extend: false }), "b"),
    (Command::Editor(EditorCommand::Move { motion: Motion::WordRight, extend: false }), "e"),
    (Command::Editor(EditorCommand::Move { motion: Motion::LineStart, extend: false }), "^"),
    (Command::Editor(EditorCommand::Move { motion: Motion::LineEnd, extend: false }), "$"),
    (Command::Editor(EditorCommand::Move { motion: Motion::PageUp, extend: false }), "Ctrl-B"),
    (Command::Editor(EditorCommand::Move { motion: Motion::PageDown, extend: false }), "Ctrl-F"),
    (Command::Editor(EditorCommand::Move { motion: Motion::DocumentStart, extend: false }), "gg"),
    (Command::Editor(EditorCommand::Move { motion: Motion::DocumentEnd, extend: false }), "G"),
];

const fn row(command: Command, group: Group, title: &'static str, keys: &'static [&'static str]) -> CommandInfo {
    CommandInfo { command, title, group, keys }
}

const fn go(motion: Motion, title: &'static str, keys: &'static [&'static str]) -> CommandInfo {
    row(Command::Editor(EditorCommand::Move { motion, extend: false }), Group::Move, title, keys)
}

const fn select(motion: Motion, title: &'static str, keys: &'static [&'static str]) -> CommandInfo {
    row(Command::Editor(EditorCommand::Move { motion, extend: true }), Group::Select, title, keys)
}

const fn edit(command: EditorCommand, title: &'static str, keys: &'static [&'static str]) -> CommandInfo {
    row(Command::Editor(command), Group::Edit, title, keys)
}

const fn cursors(command: EditorCommand, title: &'static str, keys: &'static [&'static str]) -> CommandInfo {
    row(Command::Editor(command), Group::Cursors, title, keys)
}

/// Every command that has a name. What is typed needs none.
pub static COMMANDS: &[CommandInfo] = &[
    row(Command::Help, Group::Room, "Help: all keys", &["f1"]),
    row(Command::Palette, Group::Room, "Commands: find one by name", &["c-p"]),
    row(Command::Participants, Group::Room, "Participants: who is here; Alt-1…9 goes there", &["f2"]),
    row(Command::Follow, Group::Room, "Follow somebody, or stop", &["f5"]),
    row(Command::Summon, Group::Room, "Come to me: ask the others", &["f9"]),
    row(Command::Come, Group::Room, "Go along with who asks you to come", &["f8"]),
    row(Command::Where, Group::Room, "Where is everybody?", &["a-0"]),
    row(Command::Return, Group::Room, "Back from whom you went to", &["a-'"]),
    row(Command::Chat, Group::Room, "Chat: write to the room", &["f3"]),
    row(Command::SidePane, Group::Room, "Side pane: suggestion and chat", &["f4"]),
    row(Command::Language, Group::Room, "Language…: what the room is written in", &[]),
    row(Command::NextDocument, Group::Room, "Next document of the room", &["f6"]),
    row(Command::CopyInvitation, Group::Room, "Copy what to send to a friend", &["f7"]),
    row(Command::Save, Group::Room, "Save: write the file", &["c-s"]),
    row(Command::SaveAs, Group::Room, "Save as…: write another file", &[]),
    row(Command::IndentGuides, Group::Room, "Indent guides: show or hide", &[]),
    row(Command::WhiteSpace, Group::Room, "White space: show or hide", &[]),
    row(Command::Wrap, Group::Room, "Wrap long lines, or not", &["a-z"]),
    row(Command::Redraw, Group::Room, "Draw the screen anew", &["c-l"]),
    row(Command::UseKeymap(KeymapName::Vim), Group::Room, "Key map: vim", &[]),
    row(Command::UseKeymap(KeymapName::Default), Group::Room, "Key map: default", &[]),
    row(Command::UseTheme(ThemeName::Auto), Group::Room, "Theme: as the terminal's background is", &[]),
    row(Command::UseTheme(ThemeName::Dark), Group::Room, "Theme: dark", &[]),
    row(Command::UseTheme(ThemeName::Light), Group::Room, "Theme: light", &[]),
    row(Command::UseTheme(ThemeName::HighContrast), Group::Room, "Theme: high contrast", &[]),
    row(Command::UseTheme(ThemeName::Sixteen), Group::Room, "Theme: sixteen, the terminal's 16 colours", &[]),
    row(Command::Suspend, Group::Room, "To the shell; fg there comes back", &[]),
    row(Command::Back, Group::Room, "Back, close, give up the selection", &["esc"]),
    row(Command::Quit, Group::Room, "Quit", &["c-q"]),
    row(Command::RequestSuggestion, Group::Suggestion, "Ask for a suggestion", &["c-space", "a-/"]),
    row(Command::AcceptSuggestion, Group::Suggestion, "Take the suggestion (Tab at its place)", &["a-cr"]),
    row(Command::AcceptWord, Group::Suggestion, "Take one word of it (Alt-→ at its place)", &[]),
    row(Command::AcceptLine, Group::Suggestion, "Take one line of it (Alt-↓ at its place)", &["a-l"]),
    row(Command::NextSuggestion, Group::Suggestion, "Next suggestion", &["a-]", "a-n"]),
    row(Command::PreviousSuggestion, Group::Suggestion, "Suggestion before", &["a-p"]),
    row(Command::PastSuggestions, Group::Suggestion, "What became of suggestions before", &["a-h"]),
    row(Command::ToggleModels, Group::Suggestion, "Models: let this room's text be sent to them, or not", &[]),
    row(Command::DismissSuggestion, Group::Suggestion, "Put the suggestion away (Esc)", &[]),
    edit(EditorCommand::Undo, "Undo my last edit", &["c-z"]),
    edit(EditorCommand::Redo, "Redo", &["c-y"]),
    edit(EditorCommand::Cut, "Cut the selection, or the line", &["c-x"]),
    edit(EditorCommand::Copy, "Copy the selection, or the line", &["c-c"]),
    row(Command::Paste, Group::Edit, "Paste", &["c-v"]),
    edit(EditorCommand::Newline, "New line", &["cr"]),
    edit(EditorCommand::Tab, "Tab, or indent the selected lines", &["tab"]),
    edit(EditorCommand::Outdent, "Outdent the line or the selected lines", &["s-tab"]),
    edit(EditorCommand::DeleteBackward(Unit::Grapheme), "Delete backward", &["bs", "c-h", "s-bs"]),
    edit(EditorCommand::DeleteForward(Unit::Grapheme), "Delete forward", &["del"]),
    edit(EditorCommand::DeleteBackward(Unit::Word), "Delete the word before", &["c-w", "a-bs", "c-bs"]),
    edit(EditorCommand::DeleteForward(Unit::Word), "Delete the word after", &["a-d", "c-del", "a-del"]),
    edit(EditorCommand::MoveLinesUp, "Move the lines up", &["a-up"]),
    edit(EditorCommand::MoveLinesDown, "Move the lines down", &["a-down"]),
    edit(EditorCommand::DuplicateLines, "Repeat the lines below", &["a-r", "c-s-a-down"]),
    edit(EditorCommand::JoinLines, "Join the lines, or this one and the next", &["a-j"]),
    edit(EditorCommand::ToggleComment, "Comment the lines, or bring them back", &["c-/", "c-_", "c-7"]),
    row(Command::Search, Group::Search, "Search", &["c-f"]),
    row(Command::Replace, Group::Search, "Search and replace", &["c-r", "c-\\", "c-4"]),
    row(Command::NextMatch, Group::Search, "Next match", &["a-."]),
    row(Command::PreviousMatch, Group::Search, "Match before", &["a-,"]),
    go(Motion::Left, "Left", &["left", "c-b"]),
    go(Motion::Right, "Right", &["right"]),
    go(Motion::Up, "Up", &["up"]),
    go(Motion::Down, "Down", &["down"]),
    go(Motion::WordLeft, "To the start of the word", &["c-left", "a-left", "a-b"]),
    go(Motion::WordRight, "To the end of the word", &["c-right", "a-right", "a-f"]),
    go(Motion::LineStart, "To the start of the line", &["home"]),
    go(Motion::LineEnd, "To the end of the line", &["end", "c-e"]),
    go(Motion::PageUp, "Page up", &["pageup"]),
    go(Motion::PageDown, "Page down", &["pagedown"]),
    go(Motion::DocumentStart, "To the start of the text", &["c-home", "a-lt"]),
    go(Motion::DocumentEnd, "To the end of the text", &["c-end", "a-gt"]),
    row(Command::GoToLine, Group::Move, "To a line: 12, 12:5, +3, -3", &["c-g"]),
    go(Motion::Bracket, "To the matching bracket, or to the one that is open here", &["c-]", "c-5"]),
    row(Command::ScrollUp, Group::Move, "Scroll up, the cursor stays", &["c-up"]),
    row(Command::ScrollDown, Group::Move, "Scroll down, the cursor stays", &["c-down"]),
    row(Command::Editor(EditorCommand::SelectAll), Group::Select, "Select everything", &["c-a"]),
    select(Motion::Left, "Select to the left", &["s-left"]),
    select(Motion::Right, "Select to the right", &["s-right"]),
    select(Motion::Up, "Select up", &["s-up"]),
    select(Motion::Down, "Select down", &["s-down"]),
    select(Motion::WordLeft, "Select to the start of the word", &["c-s-left"]),
    select(Motion::WordRight, "Select to the end of the word", &["c-s-right"]),
    select(Motion::LineStart, "Select to the start of the line", &["s-home"]),
    select(Motion::LineEnd, "Select to the end of the line", &["s-end"]),
    select(Motion::PageUp, "Select a page up", &["s-pageup"]),
    select(Motion::PageDown, "Select a page down", &["s-pagedown"]),
    select(Motion::DocumentStart, "Select to the start of the text", &["c-s-home"]),
    select(Motion::DocumentEnd, "Select to the end of the text", &["c-s-end"]),
    select(Motion::Bracket, "Select to the matching bracket", &[]),
    cursors(EditorCommand::AddNextMatch, "Select the word, then add its next match", &["c-d"]),
    cursors(EditorCommand::AddAllMatches, "Select every match of the word or selection", &["a-a"]),
    cursors(EditorCommand::AddCursor(Side::Above), "Add a cursor above", &["c-a-up", "c-s-up"]),
    cursors(EditorCommand::AddCursor(Side::Below), "Add a cursor below", &["c-a-down", "c-s-down"]),
    cursors(EditorCommand::SelectColumns(ColumnStep::Up), "Select columns: up (Alt-drag)", &["s-a-up"]),
    cursors(EditorCommand::SelectColumns(ColumnStep::Down), "Select columns: down", &["s-a-down"]),
    cursors(EditorCommand::SelectColumns(ColumnStep::Left), "Select columns: left", &["s-a-left"]),
    cursors(EditorCommand::SelectColumns(ColumnStep::Right), "Select columns: right", &["s-a-right"]),
    cursors(EditorCommand::OneCursor, "Back to one cursor (Esc)", &[]),
];
