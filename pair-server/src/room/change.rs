//! Changes of a text as lists of insertions and deletions, and how two changes of the same text are carried past each other
//! (operational transformation; Ellis and Gibbs 1989, with deletions that split around the other's insertions, so that a
//! deletion never takes text that its author had not seen). Knows no room and no CRDT.

use protocol::{ByteOffset, text::TextDelta};

/// One primitive change, in bytes of the text as the changes before it left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Primitive {
    /// `length` bytes come at `at`. The text is kept only where somebody needs it later.
    Insert { at: usize, length: usize, text: Option<String> },
    /// `length` bytes go from `at` on.
    Delete { at: usize, length: usize },
}

/// A change of a text: primitives, one after the other.
pub(super) type Change = Vec<Primitive>;

/// A delta as primitives. `keep_text` says whether the inserted texts are kept, or only their lengths.
pub(super) fn from_delta(delta: &TextDelta, keep_text: bool) -> Change {
    let mut change = Change::with_capacity(delta.splices.len());
    for splice in &delta.splices {
        if splice.removed > 0 {
            change.push(Primitive::Delete { at: splice.at.0, length: splice.removed });
        }
        if !splice.inserted.is_empty() {
            let text = keep_text.then(|| splice.inserted.clone());
            change.push(Primitive::Insert { at: splice.at.0, length: splice.inserted.len(), text });
        }
    }
    change
}

/// Two changes of the same text, carried past each other: the first as it must be applied after the second, and the second as it
/// must be applied after the first. Both orders give the same text. Where both insert at one place, `mine` comes first.
pub(super) fn transform(mine: Change, theirs: Change) -> (Change, Change) {
    let mut theirs = theirs;
    let mut mine_after = Change::with_capacity(mine.len());
    for one in mine {
        let mut parts = vec![one];
        let mut theirs_after = Change::with_capacity(theirs.len());
        for other in theirs {
            let (parts_after, others_after) = match <[Primitive; 1]>::try_from(parts) {
                Ok([only]) => pair(only, other),
                Err(parts) => transform(parts, vec![other]),
            };
            parts = parts_after;
            theirs_after.extend(others_after);
        }
        mine_after.extend(parts);
        theirs = theirs_after;
    }
    (mine_after, theirs)
}

/// The stretch of the text that a primitive touches.
fn extent(primitive: &Primitive) -> (usize, usize) {
    match primitive {
        Primitive::Insert { at, .. } => (*at, *at),
        Primitive::Delete { at, length } => (*at, at + length),
    }
}

/// By how many bytes a primitive moves what lies behind it.
fn growth(primitive: &Primitive) -> isize {
    let (Primitive::Insert { length, .. } | Primitive::Delete { length, .. }) = primitive;
    let length = isize::try_from(*length).unwrap_or(isize::MAX);
    if matches!(primitive, Primitive::Insert { .. }) { length } else { -length }
}

fn moved(primitive: &Primitive, by: isize) -> Primitive {
    let mut primitive = primitive.clone();
    let (Primitive::Insert { at, .. } | Primitive::Delete { at, .. }) = &mut primitive;
    *at = at.saturating_add_signed(by);
    primitive
}

/// Carries two primitives past each other.
fn pair(mine: Primitive, theirs: Primitive) -> (Change, Change) {
    use Primitive::{Delete, Insert};
    match (mine, theirs) {
        (mine @ Insert { .. }, theirs @ Insert { .. }) => {
            if extent(&mine).0 <= extent(&theirs).0 {
                let theirs_after = moved(&theirs, growth(&mine));
                (vec![mine], vec![theirs_after])
            } else {
                (vec![moved(&mine, growth(&theirs))], vec![theirs])
            }
        }
        (insert @ Insert { .. }, delete @ Delete { .. }) => insert_and_delete(insert, delete),
        (delete @ Delete { .. }, insert @ Insert { .. }) => {
            let (insert_after, delete_after) = insert_and_delete(insert, delete);
            (delete_after, insert_after)
        }
        (Delete { at, length }, Delete { at: other_at, length: other_length }) => {
            let mine = remaining((at, length), (other_at, other_length));
            let theirs = remaining((other_at, other_length), (at, length));
            (mine.into_iter().collect(), theirs.into_iter().collect())
        }
    }
}

/// What is left of a deletion, and where, after another deletion was applied.
fn remaining((at, length): (usize, usize), (other_at, other_length): (usize, usize)) -> Option<Primitive> {
    let (end, other_end) = (at + length, other_at + other_length);
    let overlap = end.min(other_end).saturating_sub(at.max(other_at));
    let before = at.min(other_end).saturating_sub(other_at.min(at));
    (length > overlap).then_some(Primitive::Delete { at: at - before, length: length - overlap })
}

/// Carries an insertion and a deletion past each other; a deletion around the insertion splits, so that the insertion stays.
fn insert_and_delete(insert: Primitive, delete: Primitive) -> (Change, Change) {
    let (at, _) = extent(&insert);
    let (start, end) = extent(&delete);
    let length = growth(&insert).unsigned_abs();
    if at <= start {
        let delete_after = moved(&delete, growth(&insert));
        (vec![insert], vec![delete_after])
    } else if at >= end {
        (vec![moved(&insert, growth(&delete))], vec![delete])
    } else {
        let first = Primitive::Delete { at: start, length: at - start };
        let second = Primitive::Delete { at: start + length, length: end - at };
        (vec![moved(&insert, -growth_of(at - start))], vec![first, second])
    }
}

fn growth_of(length: usize) -> isize {
    isize::try_from(length).unwrap_or(isize::MAX)
}

/// How many bytes a text of `size` bytes has after a change.
pub(super) fn size_after(size: usize, change: &Change) -> usize {
    change.iter().fold(size, |size, primitive| size.saturating_add_signed(growth(primitive)))
}

/// The range that a primitive replaces, and by what; an insertion without its text (only its length was kept) gives none.
pub(super) fn as_edit(primitive: &Primitive) -> (std::ops::Range<ByteOffset>, &str) {
    match primitive {
        Primitive::Insert { at, text, .. } => (ByteOffset(*at).span(0), text.as_deref().unwrap_or_default()),
        Primitive::Delete { at, length } => (ByteOffset(*at).span(*length), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::text::difference;

    fn apply(text: &str, change: &Change) -> String {
        let mut text = text.to_owned();
        for primitive in change {
            let (range, inserted) = as_edit(primitive);
            text.replace_range(range.start.0..range.end.0, inserted);
        }
        text
    }

    fn change(old: &str, new: &str) -> Change {
        from_delta(&difference(old, new, None), true)
    }

    #[test]
    fn a_deletion_leaves_what_was_inserted_meanwhile() {
        let deletion = vec![Primitive::Delete { at: 0, length: 6 }];
        let (deletion, _) = transform(deletion, change("abcdef", "abcXYdef"));
        assert_eq!(apply("abcXYdef", &deletion), "XY");
    }

    fn primitives() -> impl Strategy<Value = Vec<(bool, usize, usize)>> {
        proptest::collection::vec((any::<bool>(), 0_usize..40, 1_usize..8), 0..12)
    }

    /// A change of a text of the given length from random numbers.
    fn change_of(length: usize, random: &[(bool, usize, usize)], letter: &str) -> Change {
        let mut end = length;
        let mut change = Change::new();
        for (insert, at, length) in random {
            let at = at % (end + 1);
            if *insert {
                change.push(Primitive::Insert { at, length: *length, text: Some(letter.repeat(*length)) });
                end += length;
            } else if at < end {
                let length = (*length).min(end - at);
                change.push(Primitive::Delete { at, length });
                end -= length;
            }
        }
        change
    }

    proptest! {
        #[test]
        fn both_orders_give_the_same_text(length in 0_usize..30, mine in primitives(), theirs in primitives()) {
            let text = "0123456789abcdefghijklmnopqrst".get(..length).unwrap();
            let (mine, theirs) = (change_of(length, &mine, "M"), change_of(length, &theirs, "T"));
            let (mine_after, theirs_after) = transform(mine.clone(), theirs.clone());
            let one = apply(&apply(text, &mine), &theirs_after);
            let other = apply(&apply(text, &theirs), &mine_after);
            prop_assert_eq!(one, other);
        }
    }
}
