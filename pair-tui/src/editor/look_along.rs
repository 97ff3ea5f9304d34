//! Looking along with somebody else: the viewport shows what theirs shows, as far as it fits, and the cursor stays where it is.

use super::{
    Editor,
    position::{Cells, LineIndex},
    viewport::Viewport,
};
use protocol::ByteOffset;
use std::ops::Range;

impl Editor {
    /// Shows what somebody else sees: the rows of `seen` from the first on. Where they have more rows than fit here, it scrolls among
    /// them as little as possible, so that their cursor at `head` is shown; one that they themselves don't see is not looked for.
    pub fn look_along(&mut self, seen: &Range<ByteOffset>, head: Option<ByteOffset>) {
        let text = self.buffer.text();
        let rows = self.viewport.rows(text);
        let (first, last) = (rows.of(seen.start), rows.of(seen.end));
        let head = head.filter(|head| (first.line..=last.line).contains(&text.line_of(*head)));
        let lowest = rows.up(last, self.viewport.height.saturating_sub(1)).start.max(first.start);
        // One who sees no more than is shown here is followed to the row; otherwise this view has some room within theirs.
        let within = |viewport: &Viewport| viewport.top_row(text).start.clamp(first.start, lowest);
        let top = if head.is_some() { within(&self.viewport) } else { first.start };
        self.viewport.show_at_top(top, text);
        self.viewport.left = Cells::LEFT;
        if let Some(head) = head {
            self.viewport.reveal(head, text);
            let top = within(&self.viewport);
            self.viewport.show_at_top(top, text);
        }
    }

    /// Shows the surroundings of a place whose owner does not say what they see.
    pub fn look_at(&mut self, at: ByteOffset) {
        self.viewport.centre(at, self.buffer.text());
    }

    /// Shows the surroundings of the cursor again, after the view was elsewhere.
    pub fn look_back(&mut self) {
        self.viewport.centre(self.selection.head, self.buffer.text());
        self.reveal();
    }

    /// Takes the cursor along to what is shown, unless it is there: to the start of the code in the line of `at` where that is shown,
    /// else in the middle.
    pub fn take_cursor_along(&mut self, at: Option<ByteOffset>) {
        let shown = self.viewport.lines(self.text());
        if shown.contains(&self.cursor_line()) {
            return;
        }
        let middle = LineIndex(usize::midpoint(shown.start.0, shown.end.0)).min(self.text().last_line());
        let line = at.map(|at| self.text().line_of(at)).filter(|line| shown.contains(line)).unwrap_or(middle);
        let indented = self.text().line(line).chars().take_while(|c| *c == ' ' || *c == '\t').count();
        let held = self.viewport;
        self.select(super::selection::Selection::cursor(ByteOffset(self.text().line_start(line).0 + indented)));
        self.viewport = held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{ClientId, DocumentPath};

    /// An editor on 100 lines, `height` of which are shown.
    fn editor(height: usize) -> Editor {
        let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(1));
        editor.resize(height, 40);
        let text = (1..=100).fold(String::new(), |text, line| text + &format!("  line {line}\n"));
        editor.replace(ByteOffset(0)..ByteOffset(0), &text, 0).unwrap();
        editor.jump(ByteOffset(0));
        editor
    }

    /// Lines from and to, both from 0, as a range of the text.
    fn lines(editor: &Editor, from: usize, to: usize) -> Range<ByteOffset> {
        editor.text().line_start(LineIndex(from))..editor.text().line_end(LineIndex(to))
    }

    fn look_along(editor: &mut Editor, seen: (usize, usize), head: usize) -> usize {
        let range = lines(editor, seen.0, seen.1);
        let head = editor.text().line_start(LineIndex(head));
        editor.look_along(&range, Some(head));
        assert_eq!(editor.selection().head, ByteOffset(0), "the own cursor stays");
        editor.viewport().top.0
    }

    #[test]
    fn a_screen_of_the_same_size_or_a_smaller_one_is_followed_to_the_row() {
        for height in [20, 30] {
            let mut editor = editor(height);
            assert_eq!(look_along(&mut editor, (40, 59), 40), 40);
            assert_eq!(look_along(&mut editor, (30, 49), 49), 30);
            // At the end of the text they see few lines.
            assert_eq!(look_along(&mut editor, (95, 99), 96), 95);
            // Their cursor is off their own screen.
            assert_eq!(look_along(&mut editor, (10, 29), 80), 10);
        }
    }

    #[test]
    fn in_a_bigger_screen_their_cursor_is_kept_in_view() {
        let mut editor = editor(10);
        for (seen, head) in
            [((40, 79), 40), ((40, 79), 60), ((40, 79), 79), ((40, 79), 45), ((20, 59), 59), ((0, 39), 0)]
        {
            let top = look_along(&mut editor, seen, head);
            assert!((top..top + 10).contains(&head), "{seen:?} {head}: {top}");
            assert!(seen.0 <= top && top + 10 <= seen.1 + 1, "{seen:?} {head}: {top}");
        }
        let top = look_along(&mut editor, (40, 79), 60);
        assert_eq!(look_along(&mut editor, (40, 79), 58), top, "a move within the view scrolls nothing");
        assert_eq!(look_along(&mut editor, (40, 79), 99), 40, "what they don't see themselves is not looked for");
    }

    #[test]
    fn where_lines_are_wrapped_their_cursor_is_kept_in_view() {
        let mut editor = editor(10);
        let start = editor.text().line_start(LineIndex(50));
        editor.replace(start..start, &"long ".repeat(200), 0).unwrap();
        editor.viewport.wraps = true;
        let seen = lines(&editor, 40, 59);
        for place in [0, 400, 999] {
            let head = ByteOffset(start.0 + place);
            editor.look_along(&seen, Some(head));
            let row = editor.viewport.rows(editor.text()).of(head);
            assert!(editor.viewport.shown(editor.text()).any(|shown| shown == row), "{place}");
        }
        editor.look_along(&seen, None);
        assert_eq!((editor.viewport.top, editor.viewport.within.0), (LineIndex(40), 0));
    }

    #[test]
    fn the_cursor_comes_along_only_from_elsewhere() {
        let mut editor = editor(10);
        editor.take_cursor_along(None);
        assert_eq!(editor.selection().head, ByteOffset(0));
        let head = editor.text().line_start(LineIndex(42));
        editor.look_along(&lines(&editor, 40, 49), Some(head));
        editor.take_cursor_along(Some(head));
        assert_eq!((editor.cursor_line(), editor.place(editor.selection().head).column), (LineIndex(42), 3));
        assert_eq!(editor.viewport().top, LineIndex(40));
        editor.look_along(&lines(&editor, 70, 79), None);
        editor.look_back();
        assert!(editor.viewport().lines(editor.text()).contains(&LineIndex(42)));
    }
}
