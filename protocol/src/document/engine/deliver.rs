//! The order in which an update's structs are brought in: each after what it needs, as far as that is there. What is refused is
//! undone; what waits for something goes to `pending`, and comes back when that has come. Knows no places in the text.

use super::{
    Engine, Refusal, TEXT_BYTES_MAX,
    changes::Changes,
    integrate::{SCAN_STEPS_MAX, SCAN_STEPS_PER_STRUCT},
    pending::Stranded,
    run::Writer,
    sums::index,
};
use crate::{
    document::update::{
        IdRange,
        decode::{Content, Section, Struct, Update},
    },
    ids::ClientId,
    position::ItemId,
    text::TextDelta,
};
use std::collections::BTreeMap;

/// How far one writer's part of an update has come.
#[derive(Debug)]
struct Part<'u> {
    client: ClientId,
    rest: &'u [Struct<'u>],
    state: PartState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartState {
    /// May go on.
    Ready,
    /// Is being brought in, or waits for another part that is.
    Running,
    /// Waits for something that is not in the update.
    Stranded(ItemId),
}

/// All parts of an update.
struct Parts<'u> {
    all: Vec<Part<'u>>,
    by_client: BTreeMap<ClientId, usize>,
}

impl Engine {
    /// Applies an update, and says what changed in the text. Where parts of it would have to wait, `may_wait` says whether they may.
    ///
    /// # Errors
    /// [`Refusal`]; the document is unchanged.
    pub(in crate::document) fn apply(&mut self, update: &Update<'_>, may_wait: bool) -> Result<TextDelta, Refusal> {
        self.apply_within(update, may_wait, SCAN_STEPS_MAX + SCAN_STEPS_PER_STRUCT * update.structs.len() as u64)
    }

    /// As [`Engine::apply`], with the work of finding places bounded by so many steps.
    ///
    /// # Errors
    /// [`Refusal`]; the document is unchanged.
    pub(in crate::document) fn apply_within(
        &mut self,
        update: &Update<'_>,
        may_wait: bool,
        mut steps: u64,
    ) -> Result<TextDelta, Refusal> {
        self.check_size(update)?;
        let writers = self.sequence.writers.len();
        self.sequence.changes.watch(self.sequence.tree.total().bytes == 0);
        let outcome = self.bring_in(update, &mut steps).and_then(|stranded| {
            let unknown = self.count_unknown(&update.deletions);
            if !may_wait && (unknown > 0 || !stranded.is_empty()) {
                return Err(Refusal::Incomplete);
            }
            self.pending.check_room(&stranded, unknown).map(|()| stranded)
        });
        match outcome {
            Ok(stranded) => {
                // What waits comes and goes in many ways: a revision too many does no harm.
                self.waits += u64::from(!stranded.is_empty() || !self.pending.is_empty());
                for rest in &stranded {
                    self.pending.keep(rest);
                }
            }
            Err(refusal) => {
                self.sequence.take_back(writers);
                return Err(refusal);
            }
        }
        if !self.pending.is_empty() {
            self.retry_pending(&mut steps);
        }
        for range in &update.deletions {
            self.delete_range(*range);
        }
        let delta = Changes::finish(&mut self.sequence);
        self.sequence.writers.settle();
        Ok(delta)
    }

    fn check_size(&self, update: &Update<'_>) -> Result<(), Refusal> {
        let text = |one: &Struct<'_>| if let Content::Text(text) = one.content { text.len() } else { 0 };
        let bytes = update.structs.iter().map(text).sum::<usize>() + index(self.sequence.tree.total().bytes);
        if bytes > TEXT_BYTES_MAX { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// Brings in what can be, and gives the rest.
    fn bring_in<'u>(&mut self, update: &'u Update<'u>, steps: &mut u64) -> Result<Vec<Stranded<'u>>, Refusal> {
        if let [section] = update.sections.as_slice() {
            return self.bring_in_alone(section.client, update.of(section), steps);
        }
        let mut parts = Parts::new(update);
        for at in 0..parts.all.len() {
            self.bring_in_part(&mut parts, at, steps)?;
        }
        let stranded = parts.all.into_iter().filter_map(|part| match part.state {
            PartState::Stranded(needs) => Some(Stranded { client: part.client, structs: part.rest, needs }),
            PartState::Ready | PartState::Running => None,
        });
        Ok(stranded.collect())
    }

    /// Brings in the structs of an update by one writer, as keystrokes are: nothing in it can wait for anything else in it.
    fn bring_in_alone<'u>(
        &mut self,
        client: ClientId,
        structs: &'u [Struct<'u>],
        steps: &mut u64,
    ) -> Result<Vec<Stranded<'u>>, Refusal> {
        for (at, one) in structs.iter().enumerate() {
            if let Some(needs) = self.missing(client, one) {
                return Ok(vec![Stranded { client, structs: structs.get(at..).unwrap_or_default(), needs }]);
            }
            let writer = self.sequence.writers.intern(client);
            self.sequence.integrate(writer, one, steps)?;
        }
        Ok(Vec::new())
    }

    /// Brings in one part, and of other parts what it needs first.
    fn bring_in_part(&mut self, parts: &mut Parts<'_>, at: usize, steps: &mut u64) -> Result<(), Refusal> {
        // Each entry is a part and the unit for whose sake it runs; a part is in the stack once at most.
        let mut stack: Vec<(usize, Option<ItemId>)> = vec![(at, None)];
        while let Some(&(top, goal)) = stack.last() {
            let part = &mut parts.all[top];
            if matches!(part.state, PartState::Stranded(_)) {
                stack.pop();
                continue;
            }
            part.state = PartState::Running;
            let one = part.rest.first().filter(|_| goal.is_none_or(|goal| self.sequence.writers.unit(goal).is_none()));
            let Some(one) = one else {
                part.state = PartState::Ready;
                stack.pop();
                continue;
            };
            let client = part.client;
            match self.missing(client, one) {
                None => {
                    let writer = self.sequence.writers.intern(client);
                    self.sequence.integrate(writer, one, steps)?;
                    part.rest = part.rest.get(1..).unwrap_or_default();
                }
                Some(unit) => match parts.provider(unit) {
                    Some(provider) => stack.push((provider, Some(unit))),
                    None => parts.all[top].state = PartState::Stranded(unit),
                },
            }
        }
        Ok(())
    }

    /// A unit that must be known before a struct can be brought in, and is not.
    pub(super) fn missing(&self, client: ClientId, one: &Struct<'_>) -> Option<ItemId> {
        let writers = &self.sequence.writers;
        let known = writers.find(client).map_or(0, |writer| writers.clock(writer));
        if one.clock > known {
            return Some(ItemId { client, clock: one.clock - 1 });
        }
        if one.end() <= known {
            return None;
        }
        // What goes on behind known text has that as its left neighbour.
        let origin = one.origin.filter(|_| one.clock == known);
        let neighbours = [origin, one.right_origin].into_iter().flatten();
        // What its own writer wrote earlier is known.
        neighbours.filter(|id| id.client != client).find(|id| writers.unit(*id).is_none())
    }

    /// Brings in what has waited for the units that came just now, and what waited for that.
    fn retry_pending(&mut self, steps: &mut u64) {
        let mut advanced: Vec<Writer> = self.sequence.writers.fresh().map(|(writer, _)| writer).collect();
        // What was written here since the last update may be waited for too, if only by forgeries.
        advanced.push(self.me);
        while let Some(writer) = advanced.pop() {
            let (client, clock) = (self.sequence.writers.client(writer), self.sequence.writers.clock(writer));
            let mut woken = self.pending.woken(client, clock);
            woken.insert(client);
            for waiting in woken {
                if self.retry(waiting, steps) {
                    advanced.push(self.sequence.writers.intern(waiting));
                }
            }
        }
        let fresh: Vec<Writer> = self.sequence.writers.fresh().map(|(writer, _)| writer).collect();
        for writer in fresh.into_iter().chain([self.me]) {
            let (client, clock) = (self.sequence.writers.client(writer), self.sequence.writers.clock(writer));
            for range in self.pending.take_deletions(client, clock) {
                self.delete_range(range);
            }
        }
    }

    /// Brings in one writer's waiting structs as far as that goes, and says whether any was.
    fn retry(&mut self, client: ClientId, steps: &mut u64) -> bool {
        let mut pending = std::mem::take(&mut self.pending);
        let (mut needs, mut refused, mut any) = (None, false, false);
        while pending.offer(client, |one| {
            needs = self.missing(client, one);
            if needs.is_some() {
                return false;
            }
            let writer = self.sequence.writers.intern(client);
            refused = self.sequence.integrate(writer, one, steps).is_err();
            !refused
        }) {
            any = true;
        }
        if refused {
            // It could never be applied here or anywhere. What follows it needs it.
            pending.drop_queue(client);
        } else if let Some(unit) = needs {
            pending.want(unit, client);
        }
        self.pending = pending;
        any
    }

    /// Deletes what is known of a range; the rest waits.
    fn delete_range(&mut self, range: IdRange) {
        let writers = &self.sequence.writers;
        let writer = writers.find(range.client);
        let known = writer.map_or(0, |writer| writers.clock(writer));
        if range.end > known {
            self.waits += 1;
            self.pending.keep_deletion(IdRange { start: range.start.max(known), ..range });
        }
        if let Some(writer) = writer {
            let Self { sequence, kept, .. } = self;
            sequence.delete(writer, range.start..range.end.min(known), |run, text| kept.keep(run, text));
        }
    }

    /// How many of some deletions will have to wait, at most.
    fn count_unknown(&self, deletions: &[IdRange]) -> usize {
        let writers = &self.sequence.writers;
        let known = |client| writers.find(client).map_or(0, |writer| writers.clock(writer));
        deletions.iter().filter(|range| range.end > known(range.client)).count()
    }
}

impl<'u> Parts<'u> {
    fn new(update: &'u Update<'u>) -> Self {
        let part =
            |section: &Section| Part { client: section.client, rest: update.of(section), state: PartState::Ready };
        let all: Vec<Part<'u>> = update.sections.iter().map(part).collect();
        // One part needs nobody else's.
        let indexed = if all.len() > 1 { all.as_slice() } else { &[] };
        let by_client = indexed.iter().enumerate().map(|(at, part)| (part.client, at)).collect();
        Self { all, by_client }
    }

    /// The part that will bring a unit, if it may run.
    fn provider(&self, unit: ItemId) -> Option<usize> {
        let at = *self.by_client.get(&unit.client)?;
        let part = self.all.get(at).filter(|part| part.state == PartState::Ready)?;
        let brings = part.rest.first()?.clock <= unit.clock && unit.clock < part.rest.last()?.end();
        brings.then_some(at)
    }
}
