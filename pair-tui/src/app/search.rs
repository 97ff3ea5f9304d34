//! The search of the default key map: what is searched for and by which rules, where its matches are, and the prompt while it is open.
//! Knows no keys, no drawing and changes no text.

use crate::{
    editor::{
        Editor,
        lines::Lines,
        motion::Direction,
        search::{Found, Pattern, PatternError, Replacement, SearchRules, Tally},
        selection::{Selection, SelectionKind},
    },
    input::History,
};
use protocol::{ByteOffset, DocumentPath, text::TextDelta};
use ratatui_textarea::TextArea;
use std::ops::Range;

/// Lines that are looked through at once for the next match; what is further away is found with the count.
const LINES_AT_ONCE: usize = 3_000;

/// Where this participant was before a prompt took them elsewhere; stays on its text.
#[derive(Debug, Clone)]
pub struct Origin {
    document: DocumentPath,
    selection: Selection,
    /// Where the first row shown starts.
    top: ByteOffset,
}

impl Origin {
    /// Where this participant is.
    pub fn of(editor: &Editor) -> Self {
        Self {
            document: editor.path().clone(),
            selection: editor.selection(),
            top: editor.viewport().hold(editor.text()),
        }
    }

    /// The place that searches begin at: the start of what was selected.
    pub fn start(&self) -> ByteOffset {
        self.selection.range().start
    }

    /// Keeps the place on its text after a change of a document.
    pub fn map(&mut self, document: &DocumentPath, delta: &TextDelta) {
        if self.document == *document {
            self.selection = self.selection.mapped(delta);
            self.top = delta.map(self.top, false);
        }
    }

    /// Puts everything back as it was, if that document is shown.
    pub fn restore(&self, editor: &mut Editor) {
        if *editor.path() == self.document {
            editor.select(self.selection);
            editor.scroll_to_place(self.top);
        }
    }
}

/// Which line of the prompt has the keyboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field {
    /// What is searched for.
    #[default]
    Pattern,
    /// What comes in its place.
    Replacement,
}

/// Going from match to match, asking at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// Where it began; it ends there after it went on at the other end.
    pub from: ByteOffset,
    /// Whether it went on at the start of the text.
    pub is_wrapped: bool,
    /// How many matches were replaced.
    pub replaced: usize,
}

/// The prompt, while it is open.
#[derive(Debug, Clone)]
pub struct SearchPrompt {
    /// The line for what is searched for.
    pub pattern: TextArea<'static>,
    /// The line for what comes in its place; none: nothing is to be replaced.
    pub replacement: Option<TextArea<'static>>,
    /// Which of them has the keyboard.
    pub field: Field,
    /// Whether each match is asked about now.
    pub asking: Option<Asking>,
    /// Where Esc goes back to: where this participant was, or the match they took last.
    pub origin: Origin,
    /// Whether the match that is shown was taken.
    pub is_taken: bool,
    /// Which line of the history is shown.
    pub browsed: Option<usize>,
}

impl SearchPrompt {
    /// The line that has the keyboard.
    pub fn field_mut(&mut self) -> &mut TextArea<'static> {
        match (&mut self.replacement, self.field) {
            (Some(replacement), Field::Replacement) => replacement,
            _ => &mut self.pattern,
        }
    }

    /// What is searched for, as it stands there.
    pub fn source(&self) -> String {
        self.pattern.lines().concat()
    }
}

/// A field with a text in it; what is typed comes in its place.
pub fn field(text: &str) -> TextArea<'static> {
    let mut field = TextArea::from([text]);
    field.select_all();
    field
}

/// A match to go to as soon as it is known where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Awaited {
    from: ByteOffset,
    direction: Direction,
}

/// What is searched for.
#[derive(Debug, Default)]
pub struct Search {
    /// The prompt.
    pub prompt: Option<Box<SearchPrompt>>,
    /// How it is meant.
    pub rules: SearchRules,
    /// What was searched for before.
    pub patterns: History,
    /// What was put in place of it.
    pub replacements: History,
    pattern: Option<Result<Pattern, PatternError>>,
    tally: Tally,
    /// Which document the tally is of.
    document: Option<DocumentPath>,
    awaited: Option<Awaited>,
}

impl Search {
    /// The compiled pattern; none where nothing is searched for or it is wrong.
    pub fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()?.as_ref().ok()
    }

    /// The pattern whose matches are to be marked: while the prompt is open.
    pub fn marked(&self) -> Option<&Pattern> {
        self.pattern().filter(|_| self.prompt.is_some())
    }

    /// What is wrong with the pattern.
    pub fn problem(&self) -> Option<String> {
        let error = self.pattern.as_ref()?.as_ref().err()?;
        Some(match error {
            PatternError::Malformed { reason, .. } => reason.clone(),
            PatternError::Unsupported { .. } => error.to_string(),
        })
    }

    /// What comes in place of matches, as the prompt has it.
    pub fn replacement(&self) -> Option<Replacement> {
        let text = self.prompt.as_ref()?.replacement.as_ref()?.lines().concat();
        Some(if self.rules.is_regex { Replacement::regex(&text) } else { Replacement::literal(&text) })
    }

    /// Takes a pattern; an empty one is none. Counts anew if it is another one than before.
    pub fn set_pattern(&mut self, source: &str) {
        let pattern = (!source.is_empty()).then(|| Pattern::plain(source, self.rules));
        self.pattern = pattern;
        self.awaited = None;
        self.count_anew();
    }

    /// Begins to count.
    fn count_anew(&mut self) {
        (self.tally, self.document) = (Tally::new(), None);
    }

    /// Keeps the count right after a change of a document, and the place to go back to.
    pub fn follow(&mut self, editor: &Editor, delta: &TextDelta) {
        if let Some(prompt) = &mut self.prompt {
            prompt.origin.map(editor.path(), delta);
            if let Some(asking) = &mut prompt.asking {
                asking.from = delta.map(asking.from, true);
            }
        }
        if let Some(awaited) = &mut self.awaited {
            awaited.from = delta.map(awaited.from, true);
        }
        if self.document.as_ref() != Some(editor.path()) {
            return;
        }
        match &self.pattern {
            Some(Ok(pattern)) if self.prompt.is_some() => self.tally.follow(delta, pattern, editor.text()),
            _ => self.count_anew(),
        }
    }

    /// Counts a little further in the document that is shown. Gives where to go, if a match was waited for and is known now.
    pub fn advance(&mut self, editor: &Editor) -> Option<Range<ByteOffset>> {
        let Some(Ok(pattern)) = &self.pattern else { return None };
        if self.document.as_ref() != Some(editor.path()) {
            self.tally = Tally::new();
            self.document = Some(editor.path().clone());
        }
        self.tally.advance(pattern, editor.text());
        let Awaited { from, direction } = self.awaited.filter(|_| self.tally.is_complete())?;
        self.awaited = None;
        let start = self.tally.nearest(from, direction)?;
        pattern.match_at(&Lines::new(editor.text()), start)
    }

    /// Whether matches are still being counted.
    pub fn is_counting(&self) -> bool {
        self.prompt.is_some() && matches!(self.pattern, Some(Ok(_))) && !self.tally.is_complete()
    }

    /// The next match from a place on; where it is too far away to be found at once, [`Search::advance`] gives it later.
    pub fn nearest(&mut self, editor: &Editor, from: ByteOffset, direction: Direction) -> Option<Found> {
        let Some(Ok(pattern)) = &self.pattern else { return None };
        let found = pattern.nearest(&Lines::new(editor.text()), from, direction, LINES_AT_ONCE);
        self.awaited = (found.is_none() && !self.tally.is_complete()).then_some(Awaited { from, direction });
        found.or_else(|| {
            // The count knows what is further away.
            let start = self.tally.nearest(from, direction).filter(|_| self.tally.is_complete())?;
            let range = pattern.match_at(&Lines::new(editor.text()), start)?;
            let is_wrapped = (range.start < from) == (direction == Direction::Forward);
            Some(Found { range, is_wrapped })
        })
    }

    /// How many matches there are and which of them is selected, in words; none while nothing is searched for.
    pub fn count(&self, editor: &Editor) -> Option<String> {
        self.pattern()?;
        let total = self.tally.total();
        let more = if self.tally.is_full() || !self.tally.is_complete() { "+" } else { "" };
        let selected = editor.selection().range();
        let number = self.tally.number(selected.start).filter(|_| self.is_match(editor, &selected));
        Some(match (number, total) {
            (_, 0) if self.tally.is_complete() => "nothing found".to_owned(),
            (_, 0) => "searching…".to_owned(),
            (Some(number), _) => format!("{number} of {total}{more}"),
            (None, _) => format!("{total}{more} found"),
        })
    }

    /// Whether a range is a match.
    pub fn is_match(&self, editor: &Editor, range: &Range<ByteOffset>) -> bool {
        let found = self.pattern().and_then(|pattern| pattern.match_at(&Lines::new(editor.text()), range.start));
        found.as_ref() == Some(range) || (found.is_some() && editor.selection_kind() != SelectionKind::Between)
    }
}
