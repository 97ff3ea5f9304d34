//! The promise of the viewport: whoever edits whatever, the cursor, the selection and the first row on the screen stand on the text
//! they stood on, with lines wrapped and not. Only this participant's own commands scroll, and only as far as the cursor wants to be
//! seen. Each byte of the text has a number of its own, so that "the same text" is not told by how places move.

use crate::editor::{
    Editor, EditorCommand, Motion, Unit,
    buffer::Buffer,
    selection::{Selection, SelectionKind},
    wrap::Row,
};
use proptest::prelude::*;
use protocol::{ByteOffset, ClientId, DocumentPath, text::Splice};
use std::{collections::HashMap, ops::RangeInclusive};

#[derive(Debug, Clone)]
enum Step {
    Local(EditorCommand),
    /// Somebody else replaces a part (from and length in thousandths of the text).
    Remote(usize, usize, String),
    /// The wheel.
    Scroll(isize),
    /// A click, with a selection so long (in bytes) behind it.
    Click(usize, usize, usize),
    Resize(usize, usize),
    Wrap(bool),
}

fn text(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let some =
        vec!["a", "word ", "\n", "\t", "é", "日本", "- ", "    ", "some longer words of a paragraph ", "\n\n", "👩‍👩‍👧"];
    prop::collection::vec(prop::sample::select(some), pieces).prop_map(|pieces| pieces.concat())
}

fn command() -> impl Strategy<Value = EditorCommand> {
    let moves = [Motion::Left, Motion::Up, Motion::Down, Motion::LineStart, Motion::LineEnd, Motion::DocumentEnd];
    let mut some: Vec<_> = moves.map(|motion| EditorCommand::Move { motion, extend: false }).to_vec();
    some.extend([
        EditorCommand::Move { motion: Motion::Down, extend: true },
        EditorCommand::Newline,
        EditorCommand::Tab,
        EditorCommand::DeleteBackward(Unit::Word),
        EditorCommand::DeleteForward(Unit::Grapheme),
        EditorCommand::Cut,
        EditorCommand::MoveLinesUp,
        EditorCommand::MoveLinesDown,
        EditorCommand::DuplicateLines,
        EditorCommand::Undo,
        EditorCommand::Redo,
    ]);
    prop_oneof![2 => text(1..4).prop_map(EditorCommand::Insert), 5 => prop::sample::select(some)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => command().prop_map(Step::Local),
        8 => (0..1000_usize, prop_oneof![Just(0), 0..80_usize], text(0..5)).prop_map(|(at, length, text)| Step::Remote(at, length, text)),
        2 => (-9..9_isize).prop_map(Step::Scroll),
        1 => (0..8_usize, 0..30_usize, prop_oneof![Just(0), 0..40_usize]).prop_map(|(row, column, length)| Step::Click(row, column, length)),
        1 => (1..9_usize, 2..40_usize).prop_map(|(height, width)| Step::Resize(height, width)),
        1 => any::<bool>().prop_map(Step::Wrap),
    ]
}

/// The bytes of a text by numbers that are never used again.
#[derive(Debug, Default)]
struct Bytes {
    numbers: Vec<u64>,
    used: u64,
}

impl Bytes {
    fn splice(&mut self, splice: &Splice) {
        let range = splice.range();
        let first = self.used;
        self.used += splice.inserted.len() as u64;
        self.numbers.splice(range.start.0..range.end.0, first..self.used);
    }

    /// Where a place may stand now that stood somewhere in `before`: behind what was before it, and before what was behind it.
    fn places(&self, before: &[u64], was: ByteOffset) -> RangeInclusive<ByteOffset> {
        let now: HashMap<u64, usize> = self.numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
        let (ahead, behind) = before.split_at(was.0);
        let first = ahead.iter().filter_map(|number| now.get(number)).max().map_or(0, |at| at + 1);
        let last = behind.iter().filter_map(|number| now.get(number)).min().map_or(self.numbers.len(), |at| *at);
        ByteOffset(first)..=ByteOffset(last)
    }
}

/// What is looked at.
#[derive(Debug, Clone)]
struct Looked {
    bytes: Vec<u64>,
    selection: Selection,
    held: ByteOffset,
    top: Row,
    top_text: String,
}

struct Pair {
    editor: Editor,
    other: Buffer,
    bytes: Bytes,
    now: u64,
}

impl Pair {
    fn new(text: &str, kind: SelectionKind, wraps: bool) -> Self {
        let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(1));
        let mut other = Buffer::new(ClientId::from_random_32(2));
        editor.resize(5, 24);
        editor.set_wrap(wraps);
        let first = editor.replace(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
        editor.set_selection_kind(kind);
        editor.stop_undo_group();
        other.apply(&first.update).unwrap();
        let mut bytes = Bytes::default();
        first.delta.splices.iter().for_each(|splice| bytes.splice(splice));
        Self { editor, other, bytes, now: 0 }
    }

    fn look(&self) -> Looked {
        let (text, top) = (self.editor.text(), self.editor.viewport().top_row(self.editor.text()));
        Looked {
            bytes: self.bytes.numbers.clone(),
            selection: self.editor.selection(),
            held: self.editor.viewport().hold(text),
            top,
            top_text: text.slice(top.start..top.end),
        }
    }

    fn play(&mut self, step: Step) -> Result<(), TestCaseError> {
        self.now += 300;
        match step {
            Step::Local(command) => self.local(&command)?,
            Step::Remote(at, length, text) => self.remote(at, length, &text)?,
            Step::Scroll(rows) => self.editor.scroll(rows),
            Step::Click(row, column, length) => {
                let at = self.editor.place_on_screen(row, column);
                let head = self.editor.text().clamp(ByteOffset(at.0 + length));
                self.editor.select(Selection::new(at, head));
            }
            Step::Resize(height, width) => self.editor.resize(height, width),
            Step::Wrap(wraps) => self.editor.set_wrap(wraps),
        }
        prop_assert_eq!(self.editor.text().to_string(), self.other.text().to_string());
        Ok(())
    }

    fn remote(&mut self, at: usize, length: usize, text: &str) -> Result<(), TestCaseError> {
        let end = self.other.text().len().0;
        let start = self.other.text().clamp(ByteOffset(end * at / 1000));
        let stop = self.other.text().clamp(ByteOffset((start.0 + end * length / 1000).min(end)));
        if start == stop && text.is_empty() {
            return Ok(());
        }
        let (was, left) = (self.look(), self.editor.viewport().left);
        // What is in the line at the top decides where its rows begin; an edit elsewhere changes nothing of what it shows.
        let line = self.other.text().line_start(was.top.line)..self.other.text().line_end(was.top.line);
        let is_line_above = start == stop && stop == line.start && text.ends_with('\n');
        let is_elsewhere = stop < line.start || is_line_above || start > line.end;
        let edit = self.other.edit(start..stop, text, 0).unwrap();
        self.editor.apply_remote(&edit.update).unwrap();
        edit.delta.splices.iter().for_each(|splice| self.bytes.splice(splice));
        let is = self.look();
        let stands = |old, new| self.bytes.places(&was.bytes, old).contains(&new);
        prop_assert!(stands(was.selection.head, is.selection.head), "cursor {:?} {:?}", was, is);
        prop_assert!(stands(was.selection.anchor, is.selection.anchor), "anchor {:?} {:?}", was, is);
        prop_assert!(self.keeps_top(&was, &is), "top {:?} {:?}", was, is);
        prop_assert_eq!(self.editor.viewport().left, left);
        if is_elsewhere {
            prop_assert_eq!(&was.top_text, &is.top_text);
            prop_assert!(stands(was.top.start, is.top.start), "row {:?} {:?}", was, is);
        }
        Ok(())
    }

    /// Whether the first row still shows the place it showed. Rows that are whole lines can begin nowhere else than their line.
    fn keeps_top(&self, was: &Looked, is: &Looked) -> bool {
        let places = self.bytes.places(&was.bytes, was.held);
        if self.editor.viewport().wraps {
            places.contains(&is.held)
        } else {
            *places.start() <= is.top.end && *places.end() >= is.top.start
        }
    }

    fn local(&mut self, command: &EditorCommand) -> Result<(), TestCaseError> {
        let was = self.look();
        let outcome = self.editor.execute(command, self.now).unwrap();
        outcome.delta.splices.iter().for_each(|splice| self.bytes.splice(splice));
        for update in outcome.updates {
            self.other.apply(&update).unwrap();
        }
        let is = self.look();
        let (editor, height) = (&self.editor, self.editor.viewport().height);
        let rows = editor.rows();
        let cursor = rows.of(is.selection.head);
        let shown: Vec<Row> = editor.viewport().shown(editor.text()).collect();
        let Some(row) = shown.iter().position(|row| *row == cursor) else {
            return Err(TestCaseError::fail(format!("the cursor is not seen: {cursor:?} in {shown:?}")));
        };
        // Where the top was scrolled, the cursor is as far from an edge as it wants to be; or in the middle, after an undo.
        let margin = 3.min((height - 1) / 2);
        let is_at_edge =
            row == margin || row + margin + 1 == height || (row < margin && is.top.start == ByteOffset::START);
        let is_middle = matches!(command, EditorCommand::Undo | EditorCommand::Redo) && row == height / 2;
        prop_assert!(
            self.keeps_top(&was, &is) || is_at_edge || is_middle,
            "scrolled without need: row {} of {}; {:?} {:?}",
            row,
            height,
            was,
            is
        );
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_looked_at_stays(
        start in text(10..60),
        kind in prop::sample::select(vec![SelectionKind::Between, SelectionKind::On, SelectionKind::Characters, SelectionKind::Lines]),
        wraps in any::<bool>(),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        // A key map that selects characters has its own commands; the default one's are played with its own kind only.
        let mut pair = Pair::new(&start, kind, wraps);
        for step in steps {
            if kind == SelectionKind::Between || !matches!(step, Step::Local(_)) {
                pair.play(step)?;
            }
        }
    }
}
