//! A copy of the text that one key's worth of work is tried on: changes are made here at once, so that each step sees the one
//! before, and handed to the editor in the end.

use super::{
    macros::Source,
    state::{Effect, Mode, View},
};
use crate::editor::{
    EditorCommand,
    commands::{Change, Rewrite},
    indent::{IndentStyle, levels::Levels},
    layout::TabWidth,
    lines::Lines,
    position::{Cells, LineIndex},
    selection::Selection,
    syntax::Language,
    text::Text,
    viewport::Viewport,
    wrap::Rows,
};
use protocol::{ByteOffset, DocumentPath, text::Splice};
use std::ops::Range;

/// A cursor as a line and a byte in it, which stays right while the text around it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UndoPlace {
    pub line: LineIndex,
    pub byte: usize,
}

/// More runs of characters than this are replaced as one, with what is between them.
const RUNS_MAX: usize = 2_000;

/// One key's work on a copy of the text.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the work")]
pub(super) struct Work<'a> {
    text: Text,
    pub document: &'a DocumentPath,
    pub language: Option<&'static Language>,
    /// The cursor.
    pub cursor: ByteOffset,
    /// Where the selection was begun; only counts in visual mode.
    pub anchor: ByteOffset,
    /// The column that vertical moves aim at; `usize::MAX` cells: the end of each line.
    pub goal: Option<Cells>,
    pub tab: TabWidth,
    pub top: LineIndex,
    pub height: usize,
    pub viewport: Viewport,
    pub source: Source,
    pub clip: Option<&'a crate::editor::commands::Clip>,
    changes: Vec<Change>,
    effects: Vec<Effect>,
    new_marks: Vec<(char, ByteOffset)>,
    undo_place: Option<UndoPlace>,
    begins_step: bool,
    ends_step: bool,
    restarts_step: bool,
    failed: bool,
}

impl<'a> Work<'a> {
    pub fn new(view: &View<'a>, source: Source) -> Self {
        Self {
            text: view.text.clone(),
            document: view.document,
            language: view.language,
            cursor: view.selection.head,
            anchor: view.selection.anchor,
            goal: view.selection.goal,
            tab: view.viewport.tab,
            top: view.viewport.top,
            height: view.viewport.height,
            viewport: view.viewport,
            source,
            clip: view.clip,
            changes: Vec::new(),
            effects: Vec::new(),
            new_marks: Vec::new(),
            undo_place: None,
            begins_step: false,
            ends_step: false,
            restarts_step: false,
            failed: false,
        }
    }

    pub fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text)
    }

    /// The rows of the screen that the text takes.
    pub fn rows(&self) -> Rows<'_> {
        self.viewport.rows(&self.text)
    }

    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The line that the cursor is in.
    pub fn line(&self) -> LineIndex {
        self.lines().of(self.cursor)
    }

    /// Says that what was asked for can't be done: macros end.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Says why it can't be done.
    pub fn fail_with(&mut self, why: impl Into<String>) {
        self.failed = true;
        self.effects.push(Effect::Fail(why.into()));
    }

    pub fn has_failed(&self) -> bool {
        self.failed
    }

    pub fn say(&mut self, what: impl Into<String>) {
        self.effects.push(Effect::Say(what.into()));
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Puts the cursor somewhere; vertical moves aim at where that is.
    pub fn go(&mut self, at: ByteOffset) {
        self.cursor = at;
        self.goal = None;
    }

    /// Sets a mark once all changes are made.
    pub fn mark(&mut self, name: char, at: ByteOffset) {
        self.new_marks.push((name, at));
    }

    /// Replaces a range of the lines; the cursor stays on its text. Where the text has no line break at its very end and its last
    /// line becomes empty, one is added: without it the empty line would be none.
    pub fn replace(&mut self, range: Range<ByteOffset>, inserted: &str) {
        let end = self.lines().text_end();
        let range = range.start.min(end)..range.end.min(end);
        if range.is_empty() && inserted.is_empty() {
            return;
        }
        if self.undo_place.is_none() {
            self.undo_place = Some(self.place());
        }
        let had_break = end < self.text.len();
        let at = range.start;
        self.change(Change { at, removed: range.end.0 - at.0, inserted: inserted.to_owned() });
        let is_empty_line = self.text.character_before(self.text.len()) == Some('\n');
        if !had_break && is_empty_line {
            let at = self.text.len();
            self.change(Change { at, removed: 0, inserted: "\n".to_owned() });
        }
    }

    /// Replaces a range by a text character by character, and only those that differ: what others do to the rest meanwhile stays.
    /// Takes each character's own replacement; one that has none stays.
    pub fn replace_each(&mut self, range: Range<ByteOffset>, replacement: impl Fn(char) -> Option<String>) {
        let mut runs: Vec<(Range<ByteOffset>, String)> = Vec::new();
        let mut at = range.start;
        for c in self.text.slice(range).chars() {
            let behind = ByteOffset(at.0 + c.len_utf8());
            if let Some(new) = replacement(c).filter(|new| !new.chars().eq([c])) {
                match runs.last_mut() {
                    Some((run, inserted)) if run.end == at => {
                        run.end = behind;
                        inserted.push_str(&new);
                    }
                    _ => runs.push((at..behind, new)),
                }
            }
            at = behind;
        }
        if runs.len() > RUNS_MAX
            && let Some((first, last)) = runs.first().zip(runs.last())
        {
            let whole = first.0.start..last.0.end;
            let text = self.text.slice(whole.clone());
            let new = text.chars().map(|c| replacement(c).unwrap_or_else(|| c.to_string())).collect();
            runs = vec![(whole, new)];
        }
        // From behind, so that the places before stay what they are.
        for (run, inserted) in runs.into_iter().rev() {
            self.replace(run, &inserted);
        }
    }

    fn change(&mut self, change: Change) {
        let splice = Splice { at: change.at, removed: change.removed, inserted: change.inserted.clone() };
        self.text.splice(&splice);
        let keep = |place| splice.map(place, true);
        (self.cursor, self.anchor) = (keep(self.cursor), keep(self.anchor));
        self.new_marks.iter_mut().for_each(|(_, at)| *at = splice.map(*at, true));
        self.changes.push(change);
    }

    /// Inserts at a place; the cursor stays before what comes exactly there.
    pub fn insert(&mut self, at: ByteOffset, inserted: &str) {
        self.replace(at..at, inserted);
    }

    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub fn new_marks(&self) -> Vec<(char, ByteOffset)> {
        self.new_marks.clone()
    }

    /// The cursor before the first change.
    pub fn undo_place(&self) -> Option<UndoPlace> {
        self.undo_place
    }

    /// Says where the cursor goes after an undo of what follows.
    pub fn set_undo_line(&mut self, line: LineIndex) {
        self.undo_place = Some(UndoPlace { line, ..self.place() });
    }

    fn place(&self) -> UndoPlace {
        let line = self.line();
        UndoPlace { line, byte: self.cursor.0.saturating_sub(self.lines().start(line).0) }
    }

    pub fn begin_undo_step(&mut self) {
        self.begins_step = true;
    }

    pub fn end_undo_step(&mut self) {
        self.ends_step = true;
    }

    /// Ends the open step and begins another one.
    pub fn restart_undo_step(&mut self) {
        self.restarts_step = true;
    }

    /// What the language says of indentation.
    pub fn levels(&self) -> Levels<'_> {
        Levels { text: &self.text, language: self.language }
    }

    /// What one level of indentation is: as set, else as the text has it, else as the language is written.
    pub fn indent_style(&self, options: &super::Options) -> IndentStyle {
        let found = self.levels().style();
        let width = options.shift_width.unwrap_or(match found {
            IndentStyle::Tab => self.tab.0,
            IndentStyle::Spaces(width) => width,
        });
        if options.expand_tab.unwrap_or(found != IndentStyle::Tab) {
            IndentStyle::Spaces(width)
        } else {
            IndentStyle::Tab
        }
    }

    pub fn into_effects(self, view: &View<'_>, mode: Mode) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.restarts_step {
            effects.push(Effect::Editor(EditorCommand::EndUndoStep));
        }
        if self.begins_step {
            effects.push(Effect::Editor(EditorCommand::BeginUndoStep));
        }
        let is_visual = matches!(mode, Mode::Visual | Mode::VisualLine | Mode::VisualBlock);
        let anchor = if is_visual { self.anchor } else { self.cursor };
        let selection = Selection { anchor, head: self.cursor, goal: self.goal };
        if let Some(typed) = self.typed(view, mode) {
            effects.push(Effect::Editor(EditorCommand::Insert(typed)));
        } else if !self.changes.is_empty() || selection != view.selection {
            let rewrite = Rewrite { changes: self.changes, selection };
            effects.push(Effect::Editor(EditorCommand::Rewrite(rewrite)));
        }
        if self.ends_step {
            effects.push(Effect::Editor(EditorCommand::EndUndoStep));
        }
        effects.extend(self.effects);
        effects
    }

    /// The text that was simply typed at the cursor, if that is all: a suggestion may be typed along.
    fn typed(&self, view: &View<'_>, mode: Mode) -> Option<String> {
        let [change] = self.changes.as_slice() else { return None };
        let is_plain = mode == Mode::Insert
            && !self.begins_step
            && change.removed == 0
            && view.selection.is_cursor()
            && change.at == view.selection.head
            && self.cursor.0 == change.at.0 + change.inserted.len();
        is_plain.then(|| change.inserted.clone())
    }
}
