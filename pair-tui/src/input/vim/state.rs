//! The state of the vim key map, and how a key goes through it.

use super::{
    command::Command,
    ex::Confirm,
    insert::Insert,
    macros::{Macros, Queue, Source},
    marks::Marks,
    options::Options,
    parse::{self, Parsed},
    prompt::Prompt,
    register::Registers,
    search::Searches,
    undo::UndoPlaces,
    visual::Extent,
    work::Work,
};
use crate::{
    editor::{
        EditorCommand,
        commands::Clip,
        layout::TabWidth,
        motion::find::FindCharacter,
        position::Cells,
        search::{MatchCount, Pattern},
        selection::{Selection, SelectionKind},
        syntax::Language,
        text::Text,
        viewport::Viewport,
    },
    input::{Command as ProgramCommand, Key, command::WriteRequest},
};
use protocol::{ByteOffset, DocumentPath, text::TextDelta};
use std::collections::HashMap;

/// What the keys mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Keys are commands.
    #[default]
    Normal,
    /// Keys are typed into the text.
    Insert,
    /// Keys are typed over the text.
    Replace,
    /// Characters are selected.
    Visual,
    /// Whole lines are selected.
    VisualLine,
    /// Columns are selected.
    VisualBlock,
}

/// What the key map sees of the editor.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The text.
    pub text: &'a Text,
    /// Whose text.
    pub document: &'a DocumentPath,
    /// The language it is in; none: plain text.
    pub language: Option<&'static Language>,
    /// The selection; the cursor is its head.
    pub selection: Selection,
    /// The part of the text that is on the screen, and how it is laid out.
    pub viewport: Viewport,
    /// What was copied last: the registers `+` and `*`.
    pub clip: Option<&'a Clip>,
}

/// What is asked of a switch of the program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// To be so.
    Assign(bool),
    /// To be the other way round.
    Toggle,
    /// To tell how it is.
    Tell,
}

/// What the key map asks for. Effects are carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A command of the editor.
    Editor(EditorCommand),
    /// A place whose row is to be shown at the top.
    ScrollTo(ByteOffset),
    /// A text for the system clipboard.
    Copy(Clip),
    /// A command of the program.
    Run(ProgramCommand),
    /// To write files.
    Write(WriteRequest),
    /// The room's document of this path, or whose path ends so.
    Open(String),
    /// To leave without asking.
    QuitAtOnce,
    /// Another key map.
    UseKeymap(String),
    /// Another distance of tab stops.
    SetTab(TabWidth),
    /// Line numbers or none.
    ShowNumbers(Setting),
    /// Whether long lines go on in the next row.
    Wrap(Setting),
    /// A line for the person.
    Say(String),
    /// A line for the person: something did not work.
    Fail(String),
}

/// A change that `.` repeats.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeat {
    pub keys: Vec<Key>,
    pub count: Option<usize>,
    pub register: Option<char>,
    /// What was selected.
    pub extent: Option<Extent>,
}

/// The vim key map with all it remembers.
#[derive(Debug, Default)]
pub struct Vim {
    pub(super) mode: Mode,
    /// Keys of a command that is not complete.
    pub(super) keys: Vec<Key>,
    pub(super) queue: Queue,
    pub(super) registers: Registers,
    pub(super) marks: HashMap<DocumentPath, Marks>,
    pub(super) undo: HashMap<DocumentPath, UndoPlaces>,
    /// How this participant likes it.
    pub options: Options,
    pub(super) prompt: Option<Prompt>,
    pub(super) insert: Option<Insert>,
    /// Whether the open undo step has a change already; none where no step is open.
    pub(super) open_step: Option<bool>,
    pub(super) searches: Searches,
    pub(super) find: Option<FindCharacter>,
    /// What is marked in the text, compiled.
    pub(super) highlight: Option<Pattern>,
    pub(super) macros: Macros,
    pub(super) recorded: Option<Repeat>,
    pub(super) last_change: Option<Repeat>,
    /// Count and register of a repetition, for the command that comes out of its keys.
    pub(super) replayed: Option<Repeat>,
    pub(super) confirm: Option<Confirm>,
    pub(super) ex: super::ex::Memory,
    /// An operator whose search is being typed.
    pub(super) waiting: Option<Command>,
    /// The half screen that was asked for by a count.
    pub(super) half_screen: Option<usize>,
    /// The column of the row that `gj` and `gk` aim at, and where they left the cursor: it counts only from there on.
    pub(super) row_goal: Option<(ByteOffset, Cells)>,
    /// How many columns a repeated change selects, where its lines are too short to tell.
    pub(super) block_width: Option<usize>,
    /// Which match the last search came to.
    pub(super) match_count: Option<MatchCount>,
}

impl Vim {
    /// The key map at its start, as this participant likes it.
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// What the keys mean now.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The keys of the command that is being typed, as people write them.
    pub fn pending(&self) -> String {
        self.keys.iter().map(ToString::to_string).collect()
    }

    /// The line that is being typed at the bottom.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.prompt.as_ref()
    }

    /// Which match the last search came to, and how many there are; none where something else was done since.
    pub fn match_count(&self) -> Option<MatchCount> {
        self.match_count
    }

    /// The register that is being recorded into.
    pub fn recording(&self) -> Option<char> {
        self.macros.recording()
    }

    /// The question that waits for an answer.
    pub fn question(&self) -> Option<String> {
        self.confirm.as_ref().map(Confirm::question)
    }

    /// Whether a key would begin a command, in normal mode with nothing pending.
    pub fn is_at_rest(&self) -> bool {
        self.mode == Mode::Normal && self.keys.is_empty() && self.prompt.is_none() && self.confirm.is_none()
    }

    /// A register's content.
    pub fn register(&self, name: char) -> Option<super::Register> {
        self.registers.get(name)
    }

    /// What the selection takes in, in this mode.
    pub fn selection_kind(&self) -> SelectionKind {
        match self.mode {
            Mode::Normal => SelectionKind::On,
            Mode::Insert | Mode::Replace => SelectionKind::Between,
            Mode::Visual => SelectionKind::Characters,
            Mode::VisualLine => SelectionKind::Lines,
            Mode::VisualBlock => SelectionKind::Block,
        }
    }

    /// Whether the key map has a use for a key; others are the program's.
    pub fn wants(&self, key: Key) -> bool {
        let key = key.normalized();
        if self.prompt.is_some() || self.confirm.is_some() || !self.keys.is_empty() {
            return !matches!(key.code, crate::input::KeyCode::F(_));
        }
        match self.mode {
            Mode::Insert | Mode::Replace => super::insert::wants(key, self.insert.as_ref()),
            _ => key.typed().is_some() || parse::parse(&[key], self.is_visual()) != Parsed::Invalid,
        }
    }

    /// Whether normal mode has a use of its own for a key, so that the default map's does not come about.
    pub fn has(key: Key) -> bool {
        let key = key.normalized();
        key.typed().is_some() || parse::parse(&[key], false) != Parsed::Invalid
    }

    /// Takes a key that was pressed. [`Vim::step`] carries it out.
    pub fn press(&mut self, key: Key) {
        self.macros.record(key.normalized());
        self.queue.push(key.normalized(), Source::Typed);
    }

    /// Takes the next key there is, from the keyboard, a macro or a repetition, and says what it asks for; none where no key is
    /// left. The effects are carried out before the next step.
    pub fn step(&mut self, view: &View<'_>) -> Option<Vec<Effect>> {
        let (key, source) = self.queue.next()?;
        let mut work = Work::new(view, source);
        self.key(key, &mut work);
        if work.has_failed() {
            self.queue.drop_played();
            self.replayed = None;
        }
        Some(self.finish(work, view))
    }

    /// Keeps places on their text after somebody else, or something else here, changed it.
    pub fn map(&mut self, document: &DocumentPath, delta: &TextDelta) {
        let changes = delta.splices.iter().map(|splice| (splice.at, splice.removed, splice.inserted.len()));
        for (at, removed, inserted) in changes {
            if let Some(marks) = self.marks.get_mut(document) {
                marks.map(at, removed, inserted);
            }
            if let Some(insert) = &mut self.insert {
                insert.map(at, removed, inserted);
            }
            if let Some(confirm) = &mut self.confirm {
                confirm.map(at, removed, inserted);
            }
        }
        if !delta.is_empty() {
            self.undo.entry(document.clone()).or_default().others_edited();
        }
    }

    /// The mouse has put the cursor somewhere; `selects`: with a selection.
    pub fn pointed(&mut self, selects: bool) {
        self.keys.clear();
        match (self.mode, selects) {
            (Mode::Normal, true) => self.mode = Mode::Visual,
            (Mode::Visual | Mode::VisualLine | Mode::VisualBlock, false) => self.mode = Mode::Normal,
            _ => {}
        }
    }

    /// Gives up what is pending: the text has lost the keyboard, or another one is shown.
    pub fn reset(&mut self) {
        self.keys.clear();
        self.queue = Queue::default();
        (self.prompt, self.insert, self.confirm, self.waiting) = (None, None, None, None);
        self.mode = Mode::Normal;
    }

    pub(super) fn is_visual(&self) -> bool {
        matches!(self.mode, Mode::Visual | Mode::VisualLine | Mode::VisualBlock)
    }

    pub(super) fn marks_of(&mut self, document: &DocumentPath) -> &mut Marks {
        self.marks.entry(document.clone()).or_default()
    }

    fn key(&mut self, key: Key, work: &mut Work<'_>) {
        if self.confirm.is_some() {
            return self.answer(key, work);
        }
        if self.prompt.is_some() {
            return self.prompt_key(key, work);
        }
        if matches!(self.mode, Mode::Insert | Mode::Replace) {
            return self.insert_key(key, work);
        }
        let ends_recording = self.keys.is_empty() && key.typed() == Some('q') && self.macros.recording().is_some();
        if ends_recording && work.source == Source::Typed {
            return self.end_recording();
        }
        self.keys.push(key);
        match parse::parse(&self.keys, self.is_visual()) {
            Parsed::Incomplete if is_escape(key) && self.keys.len() > 1 => self.keys.clear(),
            Parsed::Incomplete => {}
            Parsed::Invalid => {
                let is_escape = is_escape(key);
                self.keys.clear();
                if !is_escape {
                    work.fail();
                }
            }
            Parsed::Complete(command) => {
                self.keys.clear();
                self.carry_out(*command, work);
            }
        }
    }

    /// Turns what was worked out into effects.
    fn finish(&mut self, work: Work<'_>, view: &View<'_>) -> Vec<Effect> {
        let document = view.document.clone();
        for change in work.changes() {
            self.marks_of(&document).map(change.at, change.removed, change.inserted.len());
        }
        if let Some(place) = work.undo_place() {
            let is_pushed = self.open_step.replace(true).unwrap_or(false);
            if !is_pushed {
                self.undo.entry(document.clone()).or_default().push(place);
            }
        }
        if self.insert.is_none() {
            self.open_step = None;
        }
        for (name, at) in work.new_marks() {
            self.marks_of(&document).set(name, at);
        }
        self.highlight_matches();
        work.into_effects(view, self.mode)
    }
}

pub(super) fn is_escape(key: Key) -> bool {
    use crate::input::KeyCode;
    matches!(key.code, KeyCode::Esc) || (key.ctrl && matches!(key.code, KeyCode::Char('[' | 'c')))
}
