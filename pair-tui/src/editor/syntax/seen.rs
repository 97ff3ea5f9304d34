//! The kinds of the part of a text that was looked at last, moved along with each edit: a key needs the syntax trees only for the lines
//! that it changed, and what stands in other lines keeps its look until somebody asks for all of it again. Knows no tree.

use super::highlight::{Highlight, Highlights};
use protocol::ByteOffset;
use std::ops::Range;
use tree_sitter::InputEdit;

/// Longer ranges than this, in bytes, are not remembered.
const REMEMBERED_MAX: usize = 64 * 1024;

/// An edit, and what is to be known of it to move kinds along.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    /// Where.
    pub edit: InputEdit,
    /// Whether what was inserted goes on with the word before it.
    pub continues_word: bool,
    /// Whether it stands at the end of its line, and breaks none.
    pub ends_line: bool,
}

/// The kinds of a range.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    range: Range<usize>,
    highlights: Highlights,
    /// What edits have touched since the kinds were asked for; none: nothing.
    touched: Option<Range<usize>>,
}

impl Seen {
    /// What was found in a range; none where it is too long to be remembered.
    pub fn new(range: Range<usize>, highlights: Highlights) -> Option<Self> {
        (range.len() <= REMEMBERED_MAX).then_some(Self { range, highlights, touched: None })
    }

    /// The kinds of a part of the range; none where it is not all in it.
    pub fn part(&self, part: &Range<usize>) -> Option<Highlights> {
        self.covers(part).then(|| self.highlights.within(part))
    }

    /// Whether all of a part is in the range.
    pub fn covers(&self, part: &Range<usize>) -> bool {
        self.range.start <= part.start && part.end <= self.range.end
    }

    /// What edits have touched, as far as it is in the range. It stays so until [`Seen::settle`].
    pub fn touched(&self) -> Option<Range<usize>> {
        let touched = self.touched.as_ref()?;
        let within = self.clip(touched);
        (within.start <= within.end).then_some(within)
    }

    /// A part as far as it is in the range.
    pub fn clip(&self, part: &Range<usize>) -> Range<usize> {
        part.start.max(self.range.start)..part.end.min(self.range.end)
    }

    /// Puts what was found in a part of the range into its place.
    pub fn put(&mut self, part: &Range<usize>, found: &Highlights) {
        let (before, after) = (self.range.start..part.start, part.end..self.range.end);
        self.highlights =
            Highlights::joined([self.highlights.within(&before), found.within(part), self.highlights.within(&after)]);
    }

    /// Everything that was touched has been looked at again.
    pub fn settle(&mut self) {
        self.touched = None;
    }

    /// Moves everything along with an edit. What is inserted inside of a piece belongs to it, as does what goes on with its last word, or
    /// with a comment at its line's end; anything else is plain.
    pub fn follow(&mut self, moved: Moved) -> bool {
        let Moved { edit, continues_word, ends_line } = moved;
        let (start, new_end) = (edit.start_byte, edit.new_end_byte);
        self.highlights.each_range(|range, kind| {
            let goes_on = range.end.0 == start && (continues_word || (kind == Highlight::Comment && ends_line));
            let end = if goes_on { new_end } else { place(range.end.0, &edit, Beside::Before, start) };
            ByteOffset(place(range.start.0, &edit, Beside::Behind, new_end))..ByteOffset(end)
        });
        // What is inserted right before or behind a range belongs to it.
        let widened = |range: &Range<usize>| {
            place(range.start, &edit, Beside::Before, start)..place(range.end, &edit, Beside::Behind, start)
        };
        let before = self.touched.as_ref().map_or(start..new_end, widened);
        self.touched = Some(before.start.min(start)..before.end.max(new_end));
        self.range = widened(&self.range);
        self.range.len() <= REMEMBERED_MAX
    }
}

/// On which side of an edit a place stays that is where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Before,
    Behind,
}

/// Where a place is after an edit; one in what was removed goes to `inside`.
fn place(at: usize, edit: &InputEdit, beside: Beside, inside: usize) -> usize {
    match () {
        () if at < edit.start_byte || (at == edit.start_byte && beside == Beside::Before) => at,
        () if at >= edit.old_end_byte => at - edit.old_end_byte + edit.new_end_byte,
        () => inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, removed: usize, inserted: usize) -> Moved {
        let edit = InputEdit {
            start_byte: start,
            old_end_byte: start + removed,
            new_end_byte: start + inserted,
            start_position: tree_sitter::Point::default(),
            old_end_position: tree_sitter::Point::default(),
            new_end_position: tree_sitter::Point::default(),
        };
        Moved { edit, continues_word: false, ends_line: false }
    }

    fn seen(spans: &[(Range<usize>, Highlight)]) -> Seen {
        let spans = spans.iter().map(|(range, kind)| (ByteOffset(range.start)..ByteOffset(range.end), *kind));
        Seen::new(10..60, Highlights::of_spans(spans.collect())).unwrap()
    }

    fn ranges(seen: &Seen) -> Vec<Range<usize>> {
        seen.highlights.spans().iter().map(|(range, _)| range.start.0..range.end.0).collect()
    }

    const SPANS: &[(Range<usize>, Highlight)] = &[(20..24, Highlight::Keyword), (30..40, Highlight::Comment)];

    #[test]
    fn pieces_move_along_and_grow_by_what_is_typed_into_them() {
        for (moved, expected) in [
            (edit(0, 0, 5), vec![25..29, 35..45]),
            (edit(22, 0, 1), vec![20..25, 31..41]),
            (edit(20, 0, 1), vec![21..25, 31..41]),
            (edit(24, 0, 1), vec![20..24, 31..41]),
            (Moved { continues_word: true, ..edit(24, 0, 1) }, vec![20..25, 31..41]),
            (Moved { ends_line: true, ..edit(40, 0, 1) }, vec![20..24, 30..41]),
            (edit(22, 10, 0), vec![20..22, 22..30]),
            (edit(31, 20, 0), vec![20..24, 30..31]),
            (edit(50, 5, 5), vec![20..24, 30..40]),
        ] {
            let mut seen = seen(SPANS);
            assert!(seen.follow(moved));
            assert_eq!(ranges(&seen), expected, "{moved:?}");
        }
    }

    #[test]
    fn what_is_touched_is_asked_for_again_and_the_rest_stays() {
        let mut seen = seen(SPANS);
        seen.follow(edit(21, 0, 1));
        seen.follow(edit(36, 0, 2));
        assert_eq!(seen.touched(), Some(21..38));
        let found = Highlights::of_spans(vec![(ByteOffset(15)..ByteOffset(33), Highlight::String)]);
        seen.put(&(18..33), &found);
        assert_eq!(ranges(&seen), [18..33, 33..43]);
        seen.settle();
        assert_eq!((seen.touched(), seen.part(&(5..20))), (None, None));
        assert_eq!(seen.part(&(20..63)).map(|part| part.spans().len()), Some(2));
    }

    #[test]
    fn a_range_that_grows_too_long_is_forgotten() {
        assert!(!seen(SPANS).follow(edit(30, 0, REMEMBERED_MAX)));
        assert!(seen(SPANS).follow(edit(0, 0, REMEMBERED_MAX)), "what is before the range does not count");
    }
}
