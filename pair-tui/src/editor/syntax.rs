//! What the language of a text tells the editor: its syntax trees, moved along with each edit and read anew by a worker elsewhere, and
//! from them the kinds of what is shown. At most one [`ParseJob`] is out at a time, always for the newest text; the edits made meanwhile are
//! told to its result. Knows no worker, no clock and no colours.

pub mod brackets;
pub mod grammar;
pub mod highlight;
pub mod language;
pub mod parse;
#[cfg(test)]
mod property_tests;
mod seen;
#[cfg(test)]
mod tests;

pub use highlight::{Highlight, Highlights};
pub use language::Language;
pub use parse::{ParseJob, Parsed};

use super::text::Text;
use parse::Layers;
use protocol::{ByteOffset, DocumentPath, text::Splice};
use seen::{Moved, Seen};
use std::ops::Range;
use tree_sitter::{InputEdit, Point};

/// So many edits are remembered while a job is out. Beyond that its result is dropped, and the text read from scratch.
const EDITS_REMEMBERED: usize = 4_096;

/// Which job of a text, counted from its first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct JobId(u64);

/// How much of what is shown takes the look that new trees give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recolor {
    /// All of it.
    All,
    /// The lines that were edited. What is incomplete while somebody types (a quote, a brace, a comment) changes what everything below it
    /// is, back and forth: that waits until they rest.
    Edited,
}

/// How a text stands with its parser.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that may have happened to the text")]
pub struct Syntax {
    language: Option<&'static Language>,
    /// The trees of the last result, moved along with the edits since.
    layers: Option<Layers>,
    /// Whether the text changed since the last result's.
    is_stale: bool,
    /// The kinds of what was shown last.
    seen: Option<Seen>,
    /// Whether trees have come since all of what is shown was asked for.
    is_unsettled: bool,
    /// The job that is out, and the edits since it was handed out; none where they were too many, or the language changed.
    out: Option<(JobId, Option<Vec<Moved>>)>,
    last_job: JobId,
    /// Whether the parser took too long: the text stays plain.
    gave_up: bool,
    /// Whether there may be line breaks that a rope counts and tree-sitter does not.
    has_odd_breaks: bool,
}

/// An edit of which the new end is not known yet.
#[derive(Debug)]
pub(super) struct Begun(Moved);

impl Syntax {
    /// The language.
    pub fn language(&self) -> Option<&'static Language> {
        self.language
    }

    /// Reads the text in another language from now on. The same one again gives a text that took too long another try.
    pub(super) fn set_language(&mut self, language: Option<&'static Language>) {
        self.gave_up = false;
        if self.language != language {
            self.language = language;
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.layers = None;
        self.seen = None;
        self.is_stale = true;
        if let Some((_, edits)) = &mut self.out {
            *edits = None;
        }
    }

    /// To be called with the text before a splice; what it gives goes to [`Syntax::end_edit`].
    pub(super) fn begin_edit(&mut self, text: &Text, splice: &Splice) -> Begun {
        // A rope also breaks lines at these, and at "\r" alone.
        let is_odd = |c: char| matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        self.has_odd_breaks |= splice.inserted.contains(is_odd);
        let range = splice.range();
        let edit = InputEdit {
            start_byte: range.start.0,
            old_end_byte: range.end.0,
            new_end_byte: range.start.0 + splice.inserted.len(),
            start_position: self.point(text, range.start),
            old_end_position: self.point(text, range.end),
            new_end_position: Point::default(),
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let inserts_word = splice.inserted.chars().next().is_some_and(is_word) && splice.inserted.chars().all(is_word);
        let continues_word = inserts_word && text.character_before(range.start).is_some_and(is_word);
        let breaks = |c: char| matches!(c, '\n' | '\r');
        let ends_line = text.character_at(range.end).is_none_or(breaks) && !splice.inserted.contains(breaks);
        Begun(Moved { edit, continues_word, ends_line })
    }

    /// To be called with the text after the splice.
    pub(super) fn end_edit(&mut self, Begun(mut moved): Begun, text: &Text) {
        self.is_stale = true;
        moved.edit.new_end_position = self.point(text, ByteOffset(moved.edit.new_end_byte));
        if let Some(layers) = &mut self.layers {
            layers.edit(&moved.edit);
        }
        self.seen.take_if(|seen| !seen.follow(moved));
        if let Some((_, edits)) = &mut self.out {
            if let Some(known) = edits.as_mut().filter(|known| known.len() < EDITS_REMEMBERED) {
                known.push(moved);
            } else {
                *edits = None;
            }
        }
    }

    /// A place as tree-sitter counts: rows are what `\n` ends, columns are bytes.
    fn point(&self, text: &Text, at: ByteOffset) -> Point {
        if self.language.is_none_or(|language| language.grammar.is_none()) {
            return Point::default();
        }
        if self.has_odd_breaks {
            return text.newlines_before(at);
        }
        let line = text.line_of(at);
        Point { row: line.0, column: at.0 - text.line_start(line).0 }
    }

    /// What a worker should read now, if anything; `visible` is the part of the text that is shown.
    pub(super) fn job(&mut self, document: &DocumentPath, text: &Text, visible: Range<ByteOffset>) -> Option<ParseJob> {
        let grammar = self.language?.grammar?;
        let is_fresh = !self.is_stale && self.layers.is_some();
        let covers = self.layers.as_ref().is_some_and(|layers| layers.covers(&visible, text));
        if self.gave_up || self.out.is_some() || (is_fresh && covers) {
            return None;
        }
        self.last_job = JobId(self.last_job.0 + 1);
        self.out = Some((self.last_job, Some(Vec::new())));
        self.is_stale = false;
        let (document, text, old) = (document.clone(), text.clone(), self.layers.clone());
        Some(ParseJob { id: self.last_job, document, grammar, text, old, is_fresh, visible })
    }

    /// Takes what a worker has read; `visible` is the part of the text that is shown. Gives whether the parser has just given up on this
    /// text.
    pub(super) fn take(&mut self, parsed: Parsed, text: &Text, visible: Range<ByteOffset>, recolor: Recolor) -> bool {
        let Some((_, edits)) = self.out.take_if(|(id, _)| *id == parsed.id) else { return false };
        let Some(edits) = edits else {
            // The result belongs to another language, or to a text that is too far away. The old trees are moved along as before.
            self.is_stale = true;
            return false;
        };
        self.gave_up = parsed.layers.is_none();
        self.layers = parsed.layers;
        if let Some(layers) = &mut self.layers {
            for moved in &edits {
                layers.edit(&moved.edit);
            }
        }
        let is_seen = self.seen.as_ref().is_some_and(|seen| seen.covers(&(visible.start.0..visible.end.0)));
        match (recolor, parsed.seen.filter(|(range, _)| edits.is_empty() && *range == visible)) {
            (Recolor::Edited, _) if is_seen => self.recolor_edited(text, edits.is_empty()),
            (_, Some((range, highlights))) => {
                self.seen = Seen::new(range.start.0..range.end.0, highlights);
                self.is_unsettled = false;
            }
            _ => self.recolor(text, visible),
        }
        self.gave_up
    }

    /// Asks the trees for the lines that were edited, and leaves the others as they are. `is_settled`: the trees know of all edits.
    fn recolor_edited(&mut self, text: &Text, is_settled: bool) {
        self.is_unsettled = true;
        let (Some(seen), Some(layers)) = (&mut self.seen, &self.layers) else { return self.seen = None };
        if let Some(touched) = seen.touched() {
            let (first, last) = (text.line_of(ByteOffset(touched.start)), text.line_of(ByteOffset(touched.end)));
            let lines = seen.clip(&(text.line_start(first).0..text.next_line_start(last).0));
            let found = Highlights::of(layers, text, ByteOffset(lines.start)..ByteOffset(lines.end));
            seen.put(&lines, &found);
        }
        if is_settled {
            seen.settle();
        }
    }

    /// What edits have touched of what is shown, since it was read; none where nothing was, or nothing of what is shown is known.
    pub(super) fn touched(&self) -> Option<Range<ByteOffset>> {
        let touched = self.seen.as_ref()?.touched()?;
        Some(ByteOffset(touched.start)..ByteOffset(touched.end))
    }

    /// Whether what is shown may look otherwise than the trees say.
    pub(super) fn is_unsettled(&self) -> bool {
        self.is_unsettled
    }

    /// Asks the trees for all of what is shown.
    pub(super) fn recolor(&mut self, text: &Text, visible: Range<ByteOffset>) {
        let found = self.layers.as_ref().map(|layers| Highlights::of(layers, text, visible.clone()));
        self.seen = found.and_then(|found| Seen::new(visible.start.0..visible.end.0, found));
        self.is_unsettled = false;
    }

    /// The kinds of a range of the text.
    pub fn highlights(&self, text: &Text, range: Range<ByteOffset>) -> Highlights {
        let seen = self.seen.as_ref().and_then(|seen| seen.part(&(range.start.0..range.end.0)));
        let asked = || self.layers.as_ref().map(|layers| Highlights::of(layers, text, range));
        seen.or_else(asked).unwrap_or_default()
    }

    /// The syntax tree of the text, moved along with the edits since it was read.
    pub(super) fn tree(&self) -> Option<&tree_sitter::Tree> {
        self.layers.as_ref().map(|layers| &layers.tree)
    }
}
