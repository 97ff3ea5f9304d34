//! Random commands here and random edits by somebody else: document and text stay the same, places stay on characters, and the
//! first line on the screen stays the line it was.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Local(EditorCommand),
    /// Somebody else replaces a part (from and length in thousandths of the text).
    Remote(usize, usize, String),
    Scroll(isize),
}

fn motion() -> impl Strategy<Value = EditorCommand> {
    let motions = vec![
        Motion::Left,
        Motion::Right,
        Motion::WordLeft,
        Motion::WordRight,
        Motion::Up,
        Motion::Down,
        Motion::PageUp,
        Motion::PageDown,
        Motion::LineStart,
        Motion::LineEnd,
        Motion::DocumentStart,
        Motion::DocumentEnd,
        Motion::Bracket,
    ];
    (prop::sample::select(motions), any::<bool>()).prop_map(|(motion, extend)| EditorCommand::Move { motion, extend })
}

fn text() -> impl Strategy<Value = String> {
    let pieces = vec!["a", "word ", "\n", "\r\n", "\t", "é", "e\u{301}", "日", "👩‍👩‍👧", "{", "    ", "\u{301}", "\r"];
    prop::collection::vec(prop::sample::select(pieces), 0..8).prop_map(|pieces| pieces.concat())
}

fn command() -> impl Strategy<Value = EditorCommand> {
    let others = vec![
        EditorCommand::SelectAll,
        EditorCommand::Newline,
        EditorCommand::Tab,
        EditorCommand::Outdent,
        EditorCommand::DeleteBackward(Unit::Grapheme),
        EditorCommand::DeleteBackward(Unit::Word),
        EditorCommand::DeleteForward(Unit::Grapheme),
        EditorCommand::DeleteForward(Unit::Word),
        EditorCommand::Cut,
        EditorCommand::MoveLinesUp,
        EditorCommand::MoveLinesDown,
        EditorCommand::DuplicateLines,
        EditorCommand::JoinLines,
        EditorCommand::AddCursor(Side::Above),
        EditorCommand::AddCursor(Side::Below),
        EditorCommand::AddNextMatch,
        EditorCommand::AddAllMatches,
        EditorCommand::SelectColumns(ColumnStep::Down),
        EditorCommand::SelectColumns(ColumnStep::Right),
        EditorCommand::OneCursor,
        EditorCommand::Undo,
        EditorCommand::Redo,
    ];
    prop_oneof![
        4 => motion(),
        3 => text().prop_map(EditorCommand::Insert),
        1 => text().prop_map(EditorCommand::Paste),
        3 => prop::sample::select(others),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => command().prop_map(Step::Local),
        3 => (0..1000_usize, 0..60_usize, text()).prop_map(|(at, length, text)| Step::Remote(at, length, text)),
        1 => (-9..9_isize).prop_map(Step::Scroll),
    ]
}

fn is_boundary(editor: &Editor, at: ByteOffset) -> bool {
    editor.text().clamp(at) == at
}

/// Lets somebody else edit, and checks that what this participant looks at stays.
fn remote(
    editor: &mut Editor,
    other: &mut Buffer,
    (at, length, text): (usize, usize, &str),
) -> Result<(), TestCaseError> {
    let end = other.text().len().0;
    let start = other.text().clamp(ByteOffset(end * at / 1000));
    let stop = other.text().clamp(ByteOffset((start.0 + end * length / 1000).min(end)));
    if start == stop && text.is_empty() {
        return Ok(());
    }
    let edit = other.edit(start..stop, text, 0).unwrap();

    let top = editor.viewport().top;
    let shown = editor.text().line_start(top)..editor.text().next_line_start(top);
    // Elsewhere: the other's edit neither touches the first line shown, nor what decides where that line starts.
    let is_line_start = |at| editor.text().character_before(at) == Some('\n');
    let is_above = stop < shown.start && is_line_start(shown.start);
    let is_below = start >= shown.end && is_line_start(shown.end);
    let is_elsewhere = is_above || is_below;
    let before = editor.text().line(top).into_owned();
    editor.apply_remote(&edit.update).unwrap();
    if is_elsewhere {
        let after = editor.text().line(editor.viewport().top).into_owned();
        prop_assert_eq!(before, after);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn nothing_comes_apart(start in text(), steps in prop::collection::vec(step(), 1..40)) {
        let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(1));
        let mut other = Buffer::new(ClientId::from_random_32(2));
        editor.resize(4, 20);
        let first = editor.replace(ByteOffset(0)..ByteOffset(0), &format!("first\n{}", start.repeat(5)), 0).unwrap();
        other.apply(&first.update).unwrap();
        for (now, step) in steps.into_iter().enumerate() {
            match step {
                Step::Local(command) => {
                    let outcome = editor.execute(&command, now as u64 * 300).unwrap();
                    for update in outcome.updates {
                        other.apply(&update).unwrap();
                    }
                    let line = editor.cursor_line();
                    let shown = editor.viewport().lines(editor.text());
                    prop_assert!(command == EditorCommand::SelectAll || shown.contains(&line), "{:?} {:?}", line, shown);
                }
                Step::Remote(at, length, text) => remote(&mut editor, &mut other, (at, length, &text))?,
                Step::Scroll(lines) => editor.scroll(lines),
            }
            prop_assert!(editor.buffer().is_consistent());
            prop_assert_eq!(editor.text().to_string(), other.text().to_string());
            for selection in editor.selections() {
                prop_assert!(is_boundary(&editor, selection.anchor) && is_boundary(&editor, selection.head));
            }
            prop_assert!(editor.viewport().top <= editor.text().last_line());
        }
    }
}
