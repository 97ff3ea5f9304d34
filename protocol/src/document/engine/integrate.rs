//! Where a run goes among runs that were inserted at the same place by others: the YATA rule, as Yjs applies it. Knows one run at
//! a time; `deliver` brings them in an order in which their neighbours are there.
//!
//! The rule is that of "Near Real-Time Peer-to-Peer Shared Editing on Extensible Data Types" (P. Nicolaescu, K. Jahns, M. Derntl,
//! R. Klamma, GROUP 2016) in the form of `Item.integrate` in Yjs: see `INTERNALS.md` and `src/structs/Item.js` of
//! github.com/yjs/yjs. All runs between the two neighbours of the new one were inserted by somebody who did not know it, and
//! are looked at one by one, so the work is in proportion to them; [`SCAN_STEPS_MAX`] bounds it.

use super::{
    Refusal,
    run::{Run, Unit, Writer},
    sequence::{NewText, Sequence},
    tree::Place,
};
use crate::document::units::{Landing, byte_of_utf16};
use crate::document::update::decode::{Content, Struct};
use std::{borrow::Cow, cmp::Ordering};

/// How many runs may be looked at to find the places of one update's runs, beside [`SCAN_STEPS_PER_STRUCT`] for each of its structs.
/// Whoever makes an update that needs more has not typed it: a thousand writers at one place, each with a thousand runs there, stay
/// below. It takes about a fifth of a second.
pub(super) const SCAN_STEPS_MAX: u64 = 1 << 22;
/// See [`SCAN_STEPS_MAX`].
pub(super) const SCAN_STEPS_PER_STRUCT: u64 = 32;

/// A run that is new in part or as a whole, in this document's numbers.
struct Incoming<'a> {
    writer: Writer,
    origin: Option<Unit>,
    right_origin: Option<Unit>,
    text: Option<Cow<'a, str>>,
    len: u32,
}

/// What the neighbours of a run say about where it goes.
enum Between {
    /// Behind this run, at the start for `None`.
    Behind(Option<Place>),
    /// A neighbour is known only as deleted, so the place is not known either.
    Nowhere,
}

impl Sequence {
    /// Brings a struct of `writer` in, whose neighbours and predecessors are known. What is known already is skipped. `steps` is the
    /// number of runs that may still be looked at.
    ///
    /// # Errors
    /// [`Refusal`] where its neighbours can't have been neighbours, or the steps are used up; nothing was inserted then.
    pub(super) fn integrate(&mut self, writer: Writer, one: &Struct<'_>, steps: &mut u64) -> Result<(), Refusal> {
        let known = self.writers.clock(writer);
        let Some(skipped) = known.checked_sub(one.clock).filter(|skipped| *skipped < one.len) else { return Ok(()) };
        if one.content == Content::Collected {
            self.writers.push(writer, one.len - skipped, None, true);
            return Ok(());
        }
        let incoming = self.incoming(writer, one, skipped);
        let Between::Behind(left) = self.find_place(&incoming, steps)? else {
            self.writers.push(writer, incoming.len, None, true);
            return Ok(());
        };
        let text = incoming.text.as_deref().map_or(NewText::Deleted(incoming.len), NewText::Visible);
        self.insert(left, writer, (incoming.origin, incoming.right_origin), text);
        Ok(())
    }

    fn incoming<'a>(&self, writer: Writer, one: &Struct<'a>, skipped: u32) -> Incoming<'a> {
        let unit = |id: Option<_>| id.and_then(|id| self.writers.unit(id));
        let origin = if skipped > 0 { Some(Unit { writer, clock: one.clock + skipped - 1 }) } else { unit(one.origin) };
        let text = match one.content {
            Content::Text(text) => Some(rest_of(text, skipped)),
            Content::Deleted | Content::Collected => None,
        };
        Incoming { writer, origin, right_origin: unit(one.right_origin), text, len: one.len - skipped }
    }

    /// Splits runs only where the run will be inserted, since that can be seen where it cuts a surrogate pair.
    fn find_place(&mut self, incoming: &Incoming<'_>, steps: &mut u64) -> Result<Between, Refusal> {
        let (origin, right_origin) = (incoming.origin, incoming.right_origin);
        let left = origin.and_then(|unit| self.locate(unit));
        if origin.is_some() && left.is_none() {
            return Ok(Between::Nowhere);
        }
        if self.is_followed_by(origin.zip(left), right_origin) {
            return Ok(Between::Behind(origin.zip(left).map(|(unit, place)| self.end_at(place, unit))));
        }
        if right_origin.is_some_and(|unit| self.locate(unit).is_none()) {
            return Ok(Between::Nowhere);
        }
        if !self.can_have_been_neighbours(origin, right_origin) {
            let clock = self.writers.clock(incoming.writer);
            return Err(Refusal::Neighbours { client: self.writers.client(incoming.writer), clock });
        }
        if let Some(unit) = right_origin {
            self.starting_with(unit);
        }
        let left = origin.and_then(|origin| self.ending_with(origin));
        self.scan(incoming, left, steps).map(Between::Behind)
    }

    /// Whether the unit right of `left` with its place (`None`: the start) is `right` (`None`: the end).
    fn is_followed_by(&self, left: Option<(Unit, Place)>, right: Option<Unit>) -> bool {
        if let Some((unit, place)) = left
            && self.tree.run(place).last() != unit
        {
            return right == Some(Unit { clock: unit.clock + 1, ..unit });
        }
        self.tree.right_of(left.map(|(_, place)| place)).map(|place| self.tree.run(place).first) == right
    }

    /// Whether two units (`None`: the start, the end) can have been side by side before anybody: only if the right one was not
    /// inserted behind something that lies between them, nor the left one before such a thing. What was inserted between any other
    /// two could end up in different orders in different replicas.
    fn can_have_been_neighbours(&self, left: Option<Unit>, right: Option<Unit>) -> bool {
        let run_of = |unit: Unit| self.locate(unit).map(|place| self.tree.run(place));
        let behind = right.and_then(|unit| match run_of(unit)? {
            run if run.first == unit => run.origin,
            _ => Some(Unit { clock: unit.clock - 1, ..unit }),
        });
        let before = left.and_then(|unit| run_of(unit)?.right_origin);
        let in_order = |one: Unit, other: Option<Unit>| other.is_some_and(|other| self.order(one, other).is_le());
        let ordered = left.zip(right).is_none_or(|(left, right)| self.order(left, right).is_lt());
        ordered
            && behind.is_none_or(|behind| in_order(behind, left))
            && before.is_none_or(|before| right.is_some_and(|right| in_order(right, Some(before))))
    }

    /// Which of two units comes first in the document; units without a place come nowhere, which is the same place.
    fn order(&self, one: Unit, other: Unit) -> Ordering {
        match (self.locate(one), self.locate(other)) {
            (Some(left), Some(right)) if left == right => one.clock.cmp(&other.clock),
            (Some(left), Some(right)) => self.tree.compare(left, right),
            _ => Ordering::Equal,
        }
    }

    /// Goes through the runs behind `left` up to the right neighbour, and gives the last one that the new run belongs behind.
    fn scan(&self, incoming: &Incoming<'_>, left: Option<Place>, steps: &mut u64) -> Result<Option<Place>, Refusal> {
        let client = self.writers.client(incoming.writer);
        let mut behind = left;
        let mut next = self.tree.right_of(left);
        while let Some(place) = next {
            let other = self.tree.run(place);
            if Some(other.first) == incoming.right_origin {
                break;
            }
            *steps = steps.checked_sub(1).ok_or(Refusal::TooManyConcurrent)?;
            if other.origin == incoming.origin {
                if self.writers.client(other.first.writer) < client {
                    behind = Some(place);
                } else if other.right_origin == incoming.right_origin {
                    break;
                }
            } else {
                match self.position_of_origin(other, place, left) {
                    // It belongs to something left of the new run.
                    None => break,
                    Some(origin) if !is_after(self, origin, behind) => behind = Some(place),
                    Some(_) => {}
                }
            }
            next = self.tree.right_of(Some(place));
        }
        Ok(behind)
    }

    /// Where the origin of a run at `place` is, if that is behind `left`.
    fn position_of_origin(&self, run: &Run, place: Place, left: Option<Place>) -> Option<Place> {
        let origin = run.origin?;
        // Mostly it is the run just before.
        let before = self.tree.left_of(place).filter(|before| self.tree.run(*before).contains(origin));
        let at = before.or_else(|| self.locate(origin))?;
        is_after(self, at, left).then_some(at)
    }
}

fn is_after(sequence: &Sequence, place: Place, other: Option<Place>) -> bool {
    other.is_none_or(|other| sequence.tree.compare(place, other) == Ordering::Greater)
}

/// The text without its first units. Half a pair that is left becomes U+FFFD, as in Yjs.
fn rest_of(text: &str, skipped: u32) -> Cow<'_, str> {
    let tail = |byte| text.get(byte..).unwrap_or_default();
    match byte_of_utf16(text, super::sums::index(skipped)) {
        Landing::Boundary(byte) => Cow::Borrowed(tail(byte)),
        Landing::InsidePair(byte) => Cow::Owned(format!("\u{FFFD}{}", tail(byte + 4))),
        Landing::Beyond => Cow::Borrowed(""),
    }
}
