//! The program's state and what changes it. [`App`] holds all of it; [`update::update`] is the only way to change it, by an
//! [`event::Event`] and the time, and gives the [`effect::Effect`]s that the world outside must carry out.

use crate::{
    editor::{Editor, commands::Clip, selection::SelectionKind, syntax::ParseJob},
    input::{Keymap, KeymapName, Vim, vim::Mode},
    ui::bars,
    ui::theme::{Ground, TerminalColors, Theme, color::Rgb},
};
use protocol::{ClientId, DocumentPath, message::DocumentState, presence::Color};
use ratatui_textarea::TextArea;
use std::path::PathBuf;

pub mod chat;
pub mod effect;
pub mod event;
pub mod files;
pub mod go_to;
pub mod keeping;
pub mod layout;
pub mod outside;
pub mod palette;
pub mod parse_worker;
pub mod preferences;
pub mod receipts;
pub mod room;
pub mod run;
pub mod search;
pub mod start;
pub mod suggestion;
pub mod together;
pub mod update;
pub mod whereabouts;

use files::{FileConflict, Files, OpenedFile, SaveAs};
use go_to::GoTo;
use keeping::Keeping;
use layout::{Areas, Wanted};
use outside::CursorShape;
use palette::Palette;
use preferences::{Preferences, ThemeName};
use room::{Identity, Room};
use search::Search;
use start::StartScreen;
use suggestion::Suggestions;
use together::Together;

/// The language whose long lines are paragraphs.
const PROSE: &str = "markdown";

/// How long a notice stays, in milliseconds.
pub const NOTICE_MS: u64 = 6_000;

/// What the program starts with.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Display name.
    pub name: String,
    /// Wished colour; none: the server chooses.
    pub color: Option<Color>,
    /// The CRDT client id of this process.
    pub client: ClientId,
    /// The size of the terminal in cells: columns, rows.
    pub size: (u16, u16),
    /// What the terminal can show.
    pub colors: TerminalColors,
    /// How this person likes it.
    pub preferences: Preferences,
    /// What a friend needs to join, shown and copied on request; one line per way.
    pub invitation: Vec<String>,
    /// A text for the room's first document, put in once, if that document is empty after the first Welcome.
    pub seed: Option<Seed>,
    /// The file that the room was begun with.
    pub file: Option<OpenedFile>,
    /// What a `~` at the start of a path stands for.
    pub home: Option<PathBuf>,
    /// Whether to begin with the start screen; otherwise a room is being joined already.
    pub start: Option<StartScreen>,
}

/// A text for a new room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The document it goes to; the room's first one where none is named.
    pub document: Option<DocumentPath>,
    /// The text.
    pub text: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What concerns nobody in particular, such as who comes and goes; it covers nothing that does.
    Quiet,
    /// Good to know.
    Info,
    /// Something did not work.
    Error,
}

/// One line that says what happened and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The line.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// When it goes away, in milliseconds.
    pub until_ms: u64,
}

/// What lies over the text and has the keyboard.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// All keys, scrolled down by this many lines.
    Help(usize),
    /// The command palette.
    Palette(Box<Palette>),
    /// Who is here, with this row chosen.
    Participants(usize),
    /// What became of suggestions before, scrolled back by this many.
    PastSuggestions(usize),
    /// A file that is not as it was expected.
    FileConflict(Box<FileConflict>),
    /// Asks for a file's name.
    SaveAs(Box<SaveAs>),
    /// Asks whether to quit although files were not written.
    Unwritten,
    /// Waits until all edits are durable, and quits then; asks whether to quit before that, or to stay.
    Quit,
}

/// Where the keyboard goes when nothing lies over the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Focus {
    /// To the text.
    #[default]
    Text,
    /// To the chat's composer.
    Chat,
}

/// Which lines go on in the next row where they do not fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// Those of prose: of documents in Markdown.
    #[default]
    Prose,
    /// All.
    On,
    /// None: the text scrolls sideways.
    Off,
}

/// How the text is drawn, beyond its characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewOptions {
    /// A thin line at each level of indentation.
    pub indent_guides: bool,
    /// Signs in place of spaces and tabs.
    pub white_space: bool,
    /// Whether long lines go on in the next row.
    pub wrap: Wrap,
}

/// Everything the program knows.
#[derive(Debug)]
pub struct App {
    /// Who this is.
    pub identity: Identity,
    /// Colours.
    pub theme: Theme,
    /// What the terminal can show.
    pub colors: TerminalColors,
    /// Keys.
    pub keymap: Keymap,
    /// The room.
    pub room: Room,
    /// This client's journal.
    pub keeping: Keeping,
    /// What a friend needs to join.
    pub invitation: Vec<String>,
    /// What this participant has to do with the others.
    pub together: Together,
    /// The suggestions of the room.
    pub suggestions: Suggestions,
    /// The start screen, until a room is chosen.
    pub start: Option<StartScreen>,
    /// What lies over the text.
    pub overlay: Option<Overlay>,
    /// Where the keyboard goes.
    pub focus: Focus,
    /// Whether the side pane is open; none: if there is room beside the text.
    pub side: Option<bool>,
    /// The chat's composer.
    pub composer: TextArea<'static>,
    /// What is searched for, and the prompt for it.
    pub search: Box<Search>,
    /// The prompt for a line to go to, while it is open.
    pub go_to: Option<Box<GoTo>>,
    /// The vim key map, while it is in use.
    pub vim: Option<Box<Vim>>,
    /// Whether lines have their numbers beside them.
    pub numbers: bool,
    /// The files of the documents.
    pub files: Files,
    /// What was copied last.
    pub clip: Option<Clip>,
    /// How the text is drawn, beyond its characters.
    pub view: ViewOptions,
    /// How this person likes it, as it was at the start where it is not changed here.
    pub preferences: Preferences,
    /// The time of the last event, in milliseconds.
    pub now_ms: u64,
    editors: Vec<Editor>,
    shown: usize,
    notice: Option<Notice>,
    size: (u16, u16),
    seed: Option<Seed>,
    pending: update::Pending,
}

impl App {
    /// The program at its start. A room's documents come with its Welcome.
    pub fn new(options: AppOptions) -> Self {
        let AppOptions { name, color, client, size, colors, preferences, invitation, seed, file, home, start } =
            options;
        let keys = preferences.keys;
        let mut composer = TextArea::default();
        composer.set_placeholder_text("Write to the room, Enter sends");
        let mut app = Self {
            identity: Identity { name, color, client },
            theme: Theme::chosen(preferences.theme, colors),
            colors,
            keymap: Keymap::default(),
            room: Room::default(),
            keeping: Keeping::default(),
            invitation,
            together: Together::default(),
            suggestions: Suggestions::default(),
            start,
            overlay: None,
            focus: Focus::default(),
            side: preferences.side.wish(),
            composer,
            search: Box::default(),
            go_to: None,
            vim: None,
            numbers: preferences.numbers,
            files: Files::new(file, home),
            clip: None,
            view: preferences.view,
            preferences,
            now_ms: 0,
            editors: Vec::new(),
            shown: 0,
            notice: None,
            size,
            seed,
            pending: update::Pending::default(),
        };
        app.use_keymap(keys);
        app.fit();
        app
    }

    /// Takes a key map.
    pub fn use_keymap(&mut self, name: KeymapName) {
        self.keymap.name = name;
        if (name == KeymapName::Vim) != self.vim.is_some() {
            self.vim = (name == KeymapName::Vim).then(|| Box::new(Vim::new(self.preferences.vim.clone())));
        }
        let kind = self.vim.as_ref().map_or(SelectionKind::Between, |vim| vim.selection_kind());
        self.editors.iter_mut().for_each(|editor| {
            editor.end_undo_step();
            editor.set_selection_kind(kind);
        });
    }

    /// Takes a theme.
    pub fn use_theme(&mut self, name: ThemeName) {
        self.preferences.theme = name;
        self.theme = Theme::chosen(name, self.colors);
    }

    /// The terminal's background is known now, or is not waited for any more.
    fn learn_ground(&mut self, color: Option<Rgb>) {
        self.colors.ground = match (color, self.colors.ground) {
            (Some(color), _) => Ground::Known(color),
            (None, Ground::Asked) => Ground::Unknown,
            (None, known) => known,
        };
        self.theme = Theme::chosen(self.preferences.theme, self.colors);
    }

    /// The document that is shown; none before the first Welcome.
    pub fn editor(&self) -> Option<&Editor> {
        self.editors.get(self.shown)
    }

    /// All documents of the room, the default one first.
    pub fn editors(&self) -> &[Editor] {
        &self.editors
    }

    /// What the client has of each document: for the Hello of the next connection.
    pub fn document_states(&self) -> Vec<DocumentState> {
        let state = |editor: &Editor| DocumentState {
            document: editor.path().clone(),
            state_vector: editor.buffer().state_vector().into(),
        };
        self.editors.iter().map(state).collect()
    }

    /// What the cursor looks like: it stands on a character only where the keys are commands for the text.
    pub fn cursor_shape(&self) -> CursorShape {
        let vim = self.vim.as_ref().filter(|vim| vim.prompt().is_none());
        let is_in_text = self.start.is_none() && self.overlay.is_none() && self.focus == Focus::Text;
        match vim.filter(|_| is_in_text).map(|vim| vim.mode()) {
            None | Some(Mode::Insert) => CursorShape::Bar,
            Some(Mode::Replace) => CursorShape::Underline,
            Some(_) => CursorShape::Block,
        }
    }

    /// The notice to show.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Columns and rows of the screen.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Whether the side pane is open: as wished, else where it has room beside the text.
    pub fn side_is_open(&self) -> bool {
        self.side.unwrap_or(self.size.0 >= layout::WIDE)
    }

    /// Where everything is on the screen.
    pub fn areas(&self) -> Areas {
        let lines = self.editor().map_or(1, |editor| editor.text().last_line().number());
        let digits = if self.numbers { u16::try_from(lines.to_string().len()).unwrap_or(u16::MAX) } else { 0 };
        let hint = !self.side_is_open() && self.suggestions.shown().is_some();
        let prompts = self.vim.as_ref().is_some_and(|vim| vim.prompt().is_some() || vim.question().is_some());
        let others = u16::from(self.together.summons.is_some() || hint || prompts);
        let notice =
            self.notice.as_ref().filter(|_| !prompts).map(|notice| bars::notice_lines(notice, self.size.0).len());
        let notices = notice.and_then(|rows| u16::try_from(rows).ok()).unwrap_or(others);
        let crowd = self.room.others().count() > 1;
        layout::areas(
            self.size.0,
            self.size.1,
            Wanted { crowd, side: self.side_is_open(), notice_rows: self.prompt_rows().max(notices), digits },
        )
    }

    /// How many rows the prompts for searching and for going to a line take.
    fn prompt_rows(&self) -> u16 {
        match &self.search.prompt {
            Some(prompt) if prompt.replacement.is_some() => 2,
            Some(_) => 1,
            None => u16::from(self.go_to.is_some()),
        }
    }

    /// What a worker should read now, so that the highlights of what is shown are right; none while one is at it.
    pub fn parse_job(&mut self) -> Option<ParseJob> {
        self.editor_mut().and_then(Editor::parse_job)
    }

    /// The shown document is drawn as it is now.
    pub fn drawn(&mut self) {
        if let Some(editor) = self.editor_mut() {
            editor.drawn();
        }
    }

    /// Gives all of the shown document the look that was read last, where only its edited lines have it.
    pub fn recolor(&mut self) {
        if let Some(editor) = self.editor_mut().filter(|editor| editor.is_unsettled()) {
            editor.recolor();
        }
    }

    fn editor_mut(&mut self) -> Option<&mut Editor> {
        self.editors.get_mut(self.shown)
    }

    fn editor_of(&mut self, document: &DocumentPath) -> Option<&mut Editor> {
        self.editors.iter_mut().find(|editor| editor.path() == document)
    }

    fn notify(&mut self, severity: Severity, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), severity, until_ms: self.now_ms + NOTICE_MS });
    }

    /// Whether long lines of the shown document go on in the next row.
    pub fn wraps(&self) -> bool {
        let language = self.editor().and_then(Editor::language);
        match self.view.wrap {
            Wrap::Prose => language.is_some_and(|language| language.name == PROSE),
            Wrap::On => true,
            Wrap::Off => false,
        }
    }

    /// Tells the editor how much of it is shown, and how.
    fn fit(&mut self) {
        let (area, wraps) = (self.areas().text, self.wraps());
        if let Some(editor) = self.editor_mut() {
            editor.set_wrap(wraps);
            editor.resize(usize::from(area.height).max(1), usize::from(area.width).max(1));
        }
    }
}
