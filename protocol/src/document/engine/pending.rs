//! What came before the things it needs: structs whose neighbours or predecessors are missing, deletions of units that are not here.
//! Knows what each waits for; `deliver` tries again when that has come.

use super::Refusal;
use crate::{
    document::update::{
        IdRange,
        decode::{Content, Struct},
        encode::put_varint,
        merge, ranges,
    },
    ids::ClientId,
    position::ItemId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most memory that what waits may take, in bytes. An update is refused that would have to wait and has no room.
pub const PENDING_BYTES_MAX: usize = 32 << 20;

/// What a waiting struct takes beside its text, and what it waits for; a waiting deletion takes less. An estimate on the safe side.
const STRUCT_BYTES: usize = 256;
/// What a waiting deletion takes.
const DELETION_BYTES: usize = 128;

/// A struct that owns its text.
#[derive(Debug)]
struct Waiting {
    len: u32,
    origin: Option<ItemId>,
    right_origin: Option<ItemId>,
    content: WaitingContent,
}

#[derive(Debug)]
enum WaitingContent {
    Text(Box<str>),
    Deleted,
    Collected,
}

/// The rest of one writer's structs in an update, and the unit that the first of them waits for.
#[derive(Debug)]
pub(super) struct Stranded<'u> {
    pub(super) client: ClientId,
    pub(super) structs: &'u [Struct<'u>],
    pub(super) needs: ItemId,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Per writer the waiting structs by clock.
    queues: BTreeMap<ClientId, BTreeMap<u32, Waiting>>,
    /// Whose first structs wait for which unit.
    wanted: BTreeMap<ItemId, BTreeSet<ClientId>>,
    /// Ends of waiting deletions by start. They don't overlap.
    deletions: BTreeMap<ClientId, BTreeMap<u32, u32>>,
    bytes: usize,
}

impl Pending {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.deletions.is_empty()
    }

    /// Whether there is room for what an update leaves over.
    ///
    /// # Errors
    /// [`Refusal::TooMuchPending`].
    pub(super) fn check_room(&self, stranded: &[Stranded<'_>], deletions: usize) -> Result<(), Refusal> {
        let structs: usize = stranded.iter().flat_map(|rest| rest.structs).map(size_of_struct).sum();
        let needed = structs + deletions * DELETION_BYTES;
        if needed > 0 && self.bytes + needed > PENDING_BYTES_MAX { Err(Refusal::TooMuchPending) } else { Ok(()) }
    }

    /// Keeps what an update leaves over.
    pub(super) fn keep(&mut self, rest: &Stranded<'_>) {
        let queue = self.queues.entry(rest.client).or_default();
        for one in rest.structs {
            if queue.get(&one.clock).is_some_and(|waiting| waiting.len >= one.len) {
                continue;
            }
            self.bytes += size_of_struct(one);
            if let Some(shorter) = queue.insert(one.clock, Waiting::new(one)) {
                self.bytes -= size_of_struct(&shorter.as_struct(one.clock));
            }
        }
        self.want(rest.needs, rest.client);
    }

    /// Notes that the first struct of `client` waits for a unit.
    pub(super) fn want(&mut self, unit: ItemId, client: ClientId) {
        self.wanted.entry(unit).or_default().insert(client);
    }

    /// Takes note of the clock that a writer has reached, and gives those whose first structs waited for the writer's units.
    pub(super) fn woken(&mut self, writer: ClientId, clock: u32) -> BTreeSet<ClientId> {
        let mut woken = BTreeSet::new();
        let from = ItemId { client: writer, clock: 0 };
        while let Some((&unit, _)) = self.wanted.range(from..ItemId { client: writer, clock }).next() {
            woken.extend(self.wanted.remove(&unit).unwrap_or_default());
        }
        woken
    }

    /// Lets `use_it` see the first waiting struct of a writer, and forgets it if that returns true.
    pub(super) fn offer(&mut self, client: ClientId, use_it: impl FnOnce(&Struct<'_>) -> bool) -> bool {
        let Some(queue) = self.queues.get_mut(&client) else { return false };
        let Some(first) = queue.first_entry() else { return false };
        let one = first.get().as_struct(*first.key());
        if !use_it(&one) {
            return false;
        }
        self.bytes -= size_of_struct(&one);
        first.remove();
        if queue.is_empty() {
            self.queues.remove(&client);
        }
        true
    }

    /// Forgets all waiting structs of a writer.
    pub(super) fn drop_queue(&mut self, client: ClientId) {
        for (clock, waiting) in self.queues.remove(&client).unwrap_or_default() {
            self.bytes -= size_of_struct(&waiting.as_struct(clock));
        }
    }

    /// Keeps a deletion of units that are not here.
    pub(super) fn keep_deletion(&mut self, mut range: IdRange) {
        let waiting = self.deletions.entry(range.client).or_default();
        // What overlaps or touches the range becomes part of it.
        while let Some((&start, &end)) = waiting.range(..=range.end).next_back().filter(|(_, end)| **end >= range.start)
        {
            waiting.remove(&start);
            self.bytes -= DELETION_BYTES;
            (range.start, range.end) = (range.start.min(start), range.end.max(end));
        }
        waiting.insert(range.start, range.end);
        self.bytes += DELETION_BYTES;
    }

    /// Takes the waiting deletions of a writer's units below a clock.
    pub(super) fn take_deletions(&mut self, client: ClientId, clock: u32) -> Vec<IdRange> {
        let mut taken = Vec::new();
        let Some(waiting) = self.deletions.get_mut(&client) else { return taken };
        while let Some(first) = waiting.first_entry().filter(|first| *first.key() < clock) {
            let (start, end) = first.remove_entry();
            self.bytes -= DELETION_BYTES;
            taken.push(IdRange { client, start, end: end.min(clock) });
            if end > clock {
                waiting.insert(clock, end);
                self.bytes += DELETION_BYTES;
            }
        }
        if waiting.is_empty() {
            self.deletions.remove(&client);
        }
        taken
    }

    /// The deletions that wait.
    pub(super) fn deletions(&self) -> impl Iterator<Item = IdRange> {
        self.deletions.iter().flat_map(|(client, waiting)| {
            waiting.iter().map(|(start, end)| IdRange { client: *client, start: *start, end: *end })
        })
    }

    /// Everything that waits, as one update: of the writers whose first structs `waits` says to be waiting still, what lies beyond
    /// the clock that is `known` of each. A waiting struct may begin with units that are known, and must not speak for them.
    pub(super) fn to_update(
        &self,
        known: impl Fn(ClientId) -> u32,
        waits: impl Fn(ClientId, &Struct<'_>) -> bool,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let beyond = |(client, queue): (&ClientId, &BTreeMap<u32, Waiting>)| {
            let (client, from) = (*client, known(*client));
            let mut first = queue.iter().map(|(clock, waiting)| waiting.as_struct(*clock));
            first.find(|one| one.end() > from).is_some_and(|one| waits(client, &one)).then_some((client, from))
        };
        let waiting: Vec<_> = self.queues.iter().rev().filter_map(beyond).collect();
        put_varint(&mut out, waiting.len() as u64);
        for (client, from) in waiting {
            let structs = self.queues.get(&client).into_iter().flatten();
            let structs = structs.map(|(clock, waiting)| waiting.as_struct(*clock)).collect();
            merge::write_client(client, structs, from, &mut out);
        }
        let mut deletions: Vec<IdRange> = self.deletions().collect();
        ranges::normalize(&mut deletions);
        ranges::write(&deletions, &mut out);
        out
    }
}

impl Waiting {
    fn new(one: &Struct<'_>) -> Self {
        let content = match one.content {
            Content::Text(text) => WaitingContent::Text(text.into()),
            Content::Deleted => WaitingContent::Deleted,
            Content::Collected => WaitingContent::Collected,
        };
        Self { len: one.len, origin: one.origin, right_origin: one.right_origin, content }
    }

    fn as_struct(&self, clock: u32) -> Struct<'_> {
        let content = match &self.content {
            WaitingContent::Text(text) => Content::Text(text),
            WaitingContent::Deleted => Content::Deleted,
            WaitingContent::Collected => Content::Collected,
        };
        Struct { clock, len: self.len, origin: self.origin, right_origin: self.right_origin, content }
    }
}

fn size_of_struct(one: &Struct<'_>) -> usize {
    STRUCT_BYTES + if let Content::Text(text) = one.content { text.len() } else { 0 }
}
