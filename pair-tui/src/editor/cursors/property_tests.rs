//! Random selections, random edits by this participant at all of them and by somebody else anywhere: every selection stands on the text
//! it stood on. Which characters are before a cursor, and which are in a selection, is told by the characters, not by how places move.

use crate::editor::{Editor, EditorCommand, Unit, buffer::Buffer, selection::Selection};
use proptest::prelude::*;
use protocol::{ByteOffset, ClientId, DocumentPath};
use std::ops::Range;

/// Somebody else's edit of a text: from and length in thousandths of it, and what comes.
type Theirs = (usize, usize, String);

fn text(pieces: Range<usize>) -> impl Strategy<Value = String> {
    let some = vec!["a", "word ", "\n", "\t", "é", "日", "{", "    ", "b\n", "\n\n", "fn x"];
    prop::collection::vec(prop::sample::select(some), pieces).prop_map(|pieces| pieces.concat())
}

fn theirs() -> impl Strategy<Value = Theirs> {
    (0..1000_usize, prop_oneof![Just(0), 0..80_usize], text(0..4))
}

fn selections() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..1000_usize, prop_oneof![Just(0), 0..40_usize]), 1..8)
}

fn command() -> impl Strategy<Value = EditorCommand> {
    let fixed = vec![
        EditorCommand::Newline,
        EditorCommand::Tab,
        EditorCommand::Outdent,
        EditorCommand::DeleteBackward(Unit::Grapheme),
        EditorCommand::DeleteForward(Unit::Word),
        EditorCommand::MoveLinesUp,
        EditorCommand::MoveLinesDown,
        EditorCommand::DuplicateLines,
        EditorCommand::JoinLines,
        EditorCommand::Cut,
        EditorCommand::Undo,
        EditorCommand::Redo,
        EditorCommand::AddNextMatch,
        EditorCommand::ToggleComment,
    ];
    prop_oneof![3 => text(1..3).prop_map(EditorCommand::Insert), 4 => prop::sample::select(fixed)]
}

/// An editor on a text with selections, and somebody else's copy of the text.
fn pair(text: &str, selections: &[(usize, usize)]) -> (Editor, Buffer) {
    let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(1));
    editor.set_language(crate::editor::syntax::language::named("rust"));
    let mut other = Buffer::new(ClientId::from_random_32(2));
    let first = editor.replace(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
    editor.stop_undo_group();
    other.apply(&first.update).unwrap();
    let ranges = selections.iter().map(|part| place(&other, *part)).collect();
    editor.execute(&EditorCommand::SelectRanges(ranges), 0).unwrap();
    (editor, other)
}

fn place(buffer: &Buffer, (at, length): (usize, usize)) -> Range<ByteOffset> {
    let end = buffer.text().len().0;
    let start = buffer.text().clamp(ByteOffset(end * at / 1000));
    start..buffer.text().clamp(ByteOffset((start.0 + end * length / 1000).min(end)))
}

/// Where each character of a text is that an edit of a range leaves, before and after it.
fn survivors(before: &str, range: &Range<ByteOffset>, inserted: usize) -> Vec<(usize, usize)> {
    let left = before.char_indices().map(|(at, _)| at).filter(|at| !(range.start.0..range.end.0).contains(at));
    left.map(|at| (at, if at < range.start.0 { at } else { at + inserted - (range.end.0 - range.start.0) })).collect()
}

fn is_selected(selections: &[Selection], at: usize) -> bool {
    selections.iter().any(|one| (one.range().start.0..one.range().end.0).contains(&at))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn others_edits_leave_every_selection_on_its_text(
        start in text(0..40), places in selections(), edits in prop::collection::vec(theirs(), 1..12),
    ) {
        let (mut editor, mut other) = pair(&start, &places);
        for (at, length, inserted) in edits {
            let (before, was) = (editor.text().to_string(), editor.selections().collect::<Vec<_>>());
            let range = place(&other, (at, length));
            if range.is_empty() && inserted.is_empty() {
                continue;
            }
            let edit = other.edit(range.clone(), &inserted, 0).unwrap();
            editor.apply_remote(&edit.update).unwrap();
            let now: Vec<Selection> = editor.selections().collect();
            let left = survivors(&before, &range, inserted.len());
            for (old, new) in &left {
                prop_assert_eq!(is_selected(&was, *old), is_selected(&now, *new), "{:?} at {}: {:?} {:?}", &before, old, was, now);
            }
            for cursor in was.iter().filter(|one| one.is_cursor()) {
                // A cursor that met a selection is in it now.
                let stands = |one: &Selection| left.iter().all(|(old, new)| (*old < cursor.head.0) == (*new < one.head.0));
                let meets = |one: &Selection| !one.is_cursor();
                prop_assert!(now.iter().any(|one| stands(one) || meets(one)), "{:?}: {:?} {:?}", &before, was, now);
            }
            // The main one is the one it was, if it has any text left.
            let main: Vec<_> = left.iter().filter(|(old, _)| is_selected(&was[..1], *old)).collect();
            prop_assert!(main.iter().all(|(_, new)| is_selected(&now[..1], *new)));
        }
    }

    #[test]
    fn typing_at_several_cursors_is_typing_at_each(start in text(0..30), places in selections(), typed in "[a-z\n]{1,3}") {
        let (mut editor, _) = pair(&start, &places);
        let mut was: Vec<Selection> = editor.selections().collect();
        was.sort_by_key(|one| std::cmp::Reverse(one.range().start));
        let mut wanted = editor.text().to_string();
        for selection in &was {
            wanted.replace_range(selection.range().start.0..selection.range().end.0, &typed);
        }
        editor.execute(&EditorCommand::Insert(typed.clone()), 9_000).unwrap();
        prop_assert_eq!(editor.text().to_string(), wanted);
        let behind = |at: ByteOffset| editor.text().slice(ByteOffset(at.0 - typed.len())..at) == typed;
        prop_assert_eq!(editor.selections().count(), was.len());
        prop_assert!(editor.selections().all(|one| one.is_cursor() && behind(one.head)));
        let before = editor.text().to_string();
        editor.execute(&EditorCommand::Undo, 20_000).unwrap();
        prop_assert_eq!(editor.text().to_string(), start, "one undo takes all of it back, {}", before);
    }

    #[test]
    fn whatever_is_done_at_several_cursors_both_have_one_text(
        start in text(0..30), places in selections(), steps in prop::collection::vec((command(), theirs()), 1..14),
    ) {
        let (mut editor, mut other) = pair(&start, &places);
        for (now, (command, (at, length, inserted))) in steps.into_iter().enumerate() {
            // Both at once: the other's edit is made before this one's has come.
            let range = place(&other, (at, length));
            let theirs = (!range.is_empty() || !inserted.is_empty()).then(|| other.edit(range, &inserted, 0).unwrap());
            let outcome = editor.execute(&command, 10_000 * (now as u64 + 1)).unwrap();
            prop_assert!(outcome.updates.len() <= 1);
            for update in outcome.updates {
                other.apply(&update).unwrap();
            }
            if let Some(theirs) = theirs {
                editor.apply_remote(&theirs.update).unwrap();
            }
            prop_assert!(editor.buffer().is_consistent());
            prop_assert_eq!(editor.text().to_string(), other.text().to_string());
            let mut all: Vec<Selection> = editor.selections().collect();
            all.sort_by_key(|one| (one.range().start, one.range().end));
            let is_place = |at: ByteOffset| editor.text().clamp(at) == at;
            prop_assert!(all.iter().all(|one| is_place(one.anchor) && is_place(one.head)));
            prop_assert!(all.windows(2).all(|two| !super::meet(two[0], two[1])), "{:?}: {:?}", command, all);
        }
    }
}
