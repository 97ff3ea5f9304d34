//! The tally against a count of the whole text.

use super::*;
use crate::editor::search::SearchRules;
use proptest::prelude::*;
use protocol::text::Splice;

fn pattern(source: &str, is_regex: bool) -> Pattern {
    Pattern::plain(source, SearchRules { is_regex, ..SearchRules::default() }).unwrap()
}

fn all(pattern: &Pattern, text: &Text) -> Vec<ByteOffset> {
    let lines = Lines::new(text);
    pattern.matches(&lines, LineIndex::FIRST..lines.last().down(1)).into_iter().map(|range| range.start).collect()
}

fn complete(tally: &mut Tally, pattern: &Pattern, text: &Text) {
    while !tally.is_complete() {
        tally.advance(pattern, text);
    }
}

#[test]
fn a_long_text_is_counted_step_by_step() {
    let text = Text::new(&"let x = 1;\n".repeat(50_000));
    let (literal, regex) = (pattern("x =", false), pattern("x\\s=", true));
    for (pattern, steps) in [(literal, 9), (regex, 17)] {
        let mut tally = Tally::new();
        let counted = (0..99).take_while(|_| {
            let goes_on = !tally.is_complete();
            tally.advance(&pattern, &text);
            goes_on
        });
        assert_eq!(counted.count(), steps);
        assert_eq!(tally.total(), 50_000);
        assert_eq!(tally.number(ByteOffset(11 * 16 + 4)), Some(17));
        assert_eq!(tally.nearest(ByteOffset(5), Direction::Forward), Some(ByteOffset(15)));
        assert_eq!(tally.nearest(ByteOffset(4), Direction::Backward), Some(ByteOffset(11 * 49_999 + 4)));
    }
    let mut tally = Tally::new();
    complete(&mut tally, &pattern("\n", false), &Text::new(&"\n".repeat(MATCHES_MAX + 5)));
    assert!(tally.is_full() && tally.total() == MATCHES_MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_count_stays_right_while_the_text_changes(
        start in "[ab\n]{0,60}",
        edits in prop::collection::vec((0..100_usize, 0..8_usize, "[ab\n]{0,6}", any::<bool>()), 1..20),
        which in 0..4_usize, begun in any::<bool>(),
    ) {
        let pattern = [pattern("ab", false), pattern("a+b?", true), pattern("b\\na", true), pattern("^", true)][which].clone();
        let mut text = Text::new(&start);
        let mut tally = Tally::new();
        if begun {
            complete(&mut tally, &pattern, &text);
        }
        let mut splices = Vec::new();
        for (at, removed, inserted, waits) in edits {
            let at = at * text.len().0 / 100;
            let splice = Splice { at: ByteOffset(at), removed: removed.min(text.len().0 - at), inserted };
            text.splice(&splice);
            splices.push(splice);
            if !waits {
                // Several at once, as an edit of many places is.
                tally.follow(&TextDelta { splices: std::mem::take(&mut splices) }, &pattern, &text);
                let mut done = tally.clone();
                complete(&mut done, &pattern, &text);
                prop_assert_eq!(&done.starts, &all(&pattern, &text), "{:?}", text.to_string());
            }
        }
    }
}
