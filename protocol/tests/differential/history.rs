//! Random histories, many side by side: in each round every replica edits, some get others' updates, and two at a time exchange what
//! they are missing. Knows replicas by what they answer only.

use super::{
    node::{Node, Order},
    random::Random,
    replica::{Kind, Replica, Reply, What, state_of},
    texts::TEXTS,
};
use protocol::{
    ClientId,
    document::update::{StateVector, UpdateSummary},
};

/// Which engines take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    OursAndYrs,
    OursAndYjs,
    All,
}

/// One network of replicas.
pub struct History {
    seed: u64,
    random: Random,
    rounds: usize,
    members: Vec<Member>,
    /// What each has sent to each other one and not arrived: `under_way[from][to]`.
    under_way: Vec<Vec<Vec<Sent>>>,
    /// Whether updates may come before what they need. Replicas of yrs 0.28 that get such ones end with different texts now and then,
    /// also if all are yrs.
    overtaking: bool,
}

/// An update, and what its sender knew when it was made.
#[derive(Debug, Clone)]
struct Sent {
    update: Vec<u8>,
    needs: StateVector,
}

/// One replica, and what it said last.
struct Member {
    kind: Kind,
    client: u64,
    here: Option<Replica>,
    last: Reply,
}

/// A command for a member of a history.
struct Task {
    history: usize,
    member: usize,
    what: What,
}

/// The number under which newcomers that only read a snapshot follow the members, in node's list.
const MEMBERS_MAX: u64 = 16;

impl History {
    /// The history of a seed, before it begins.
    pub fn random(seed: u64, kinds: Kinds) -> Self {
        let mut random = Random(seed);
        let count = 2 + random.below(7);
        let others: &[Kind] = match kinds {
            Kinds::OursAndYrs => &[Kind::Yrs],
            Kinds::OursAndYjs => &[Kind::Yjs],
            Kinds::All => &[Kind::Yrs, Kind::Yjs],
        };
        let members = (0..count).map(|number| {
            let kind = match number {
                // At least one of ours and one of each other engine, as far as there is room.
                0 => Kind::Ours,
                _ if number <= others.len() => others[number - 1],
                _ => [Kind::Ours, Kind::OursKeeping, others[random.below(others.len())]][random.below(3)],
            };
            // Ids of different lengths in bytes, in no order, and none twice.
            let client = (random.below(1 << 20) as u64) << random.below(30) | 1;
            Member { kind, client: client * MEMBERS_MAX + number as u64, here: None, last: Reply::default() }
        });
        let members: Vec<Member> = members.collect();
        let rounds = 2 + random.below(5);
        let under_way = vec![vec![Vec::new(); count]; count];
        Self { seed, random, rounds, members, under_way, overtaking: kinds == Kinds::OursAndYjs }
    }

    fn edits(&mut self, history: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        for member in 0..self.members.len() {
            for _ in 0..self.random.below(5) {
                let what = if self.random.below(12) == 0 {
                    What::Undo { redo: self.random.below(3) == 0 }
                } else {
                    // Many edits at few places, so that they meet.
                    let at = if self.random.below(2) == 0 { self.random.below(3) } else { self.random.below(1_000) };
                    let remove = [0, 0, 0, 1, 2, 7][self.random.below(6)];
                    let text = if self.random.below(6) == 0 { "" } else { TEXTS[self.random.below(TEXTS.len())] };
                    What::Edit { at, remove, text: text.to_owned() }
                };
                tasks.push(Task { history, member, what });
            }
        }
        tasks
    }

    fn deliveries(&mut self, history: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        for from in 0..self.members.len() {
            for to in 0..self.members.len() {
                let queue = &mut self.under_way[from][to];
                if queue.is_empty() || self.random.below(3) > 0 {
                    continue;
                }
                let count = if self.overtaking {
                    1 + self.random.below(queue.len())
                } else {
                    let known = state_of(&self.members[to].last.state);
                    usize::from(queue[0].needs.iter().all(|(client, clock)| clock <= known.clock(client)))
                };
                let mut updates: Vec<Sent> = queue.drain(..count).collect();
                if self.random.below(2) == 0 {
                    updates.reverse();
                }
                let apply = |sent: Sent| Task { history, member: to, what: What::Apply { update: sent.update } };
                tasks.extend(updates.into_iter().map(apply));
            }
        }
        tasks
    }

    /// Some pairs of members, each member in one pair at most.
    fn pairs(&mut self) -> Vec<(usize, usize)> {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, self.random.below(at + 1));
        }
        order.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }

    fn send(&mut self, from: usize, update: &[u8], needs: &StateVector) {
        for (to, queue) in self.under_way[from].iter_mut().enumerate() {
            if to != from {
                queue.push(Sent { update: update.to_vec(), needs: needs.clone() });
            }
        }
    }

    fn check_pair(&self, one: usize, other: usize) {
        let (left, right) = (&self.members[one], &self.members[other]);
        let who = format!("history {}: replica {one} ({:?}) and {other} ({:?})", self.seed, left.kind, right.kind);
        assert_eq!(left.last.text, right.last.text, "{who}");
        assert_eq!(state_of(&left.last.state), state_of(&right.last.state), "{who}");
    }
}

/// Carries out commands, those of node in one message, and keeps what each member said last.
fn carry_out(histories: &mut [History], node: &mut Option<Node>, tasks: &[Task]) -> Vec<Reply> {
    let remote = |task: &&Task| histories[task.history].members[task.member].kind == Kind::Yjs;
    let order = |task: &'_ Task| task.history as u64 * MEMBERS_MAX + task.member as u64;
    let orders: Vec<Order<'_>> =
        tasks.iter().filter(remote).map(|task| Order { replica: order(task), what: &task.what }).collect();
    let mut from_node = node.as_mut().map(|node| node.carry_out(&orders)).unwrap_or_default().into_iter();
    let mut replies = Vec::new();
    for task in tasks {
        let member = &mut histories[task.history].members[task.member];
        let reply = if member.kind == Kind::Yjs {
            from_node.next().unwrap()
        } else {
            let replica = member.here.get_or_insert_with(|| Replica::start(member.kind, member.client));
            replica.carry_out(&task.what)
        };
        member.last = Reply { bytes: Vec::new(), ..reply.clone() };
        replies.push(reply);
    }
    replies
}

/// Runs histories from start to end.
pub fn run(histories: &mut [History], node: &mut Option<Node>) {
    if let Some(node) = node {
        node.reset();
    }
    let start = for_all(histories, |number, history| {
        let of = |(member, one): (usize, &Member)| Task {
            history: number,
            member,
            what: What::Start { client: one.client },
        };
        history.members.iter().enumerate().map(of).collect()
    });
    carry_out(histories, node, &start);
    for round in 0..histories.iter().map(|history| history.rounds).max().unwrap_or(0) {
        let goes_on = |history: &History| round < history.rounds;
        let edits = for_all(histories, |number, h| if goes_on(h) { h.edits(number) } else { Vec::new() });
        let known: Vec<StateVector> =
            edits.iter().map(|task| state_of(&histories[task.history].members[task.member].last.state)).collect();
        for ((task, reply), mut needs) in edits.iter().zip(carry_out(histories, node, &edits)).zip(known) {
            // Of its own text it needs what it wrote before, which the edits of this round are.
            let history = &mut histories[task.history];
            let own = ClientId::new(history.members[task.member].client).unwrap();
            let inserted = UpdateSummary::read(&reply.bytes).unwrap().inserted;
            needs.set(own, inserted.first().map_or(state_of(&reply.state).clock(own), |range| range.start));
            history.send(task.member, &reply.bytes, &needs);
        }
        let deliveries = for_all(histories, |number, h| if goes_on(h) { h.deliveries(number) } else { Vec::new() });
        carry_out(histories, node, &deliveries);
        let pairs = histories.iter_mut().map(|h| if goes_on(h) { h.pairs() } else { Vec::new() }).collect();
        exchange(histories, node, pairs);
    }
    bring_together(histories, node);
    read_snapshots(histories, node);
}

fn for_all(histories: &mut [History], tasks: impl Fn(usize, &mut History) -> Vec<Task>) -> Vec<Task> {
    histories.iter_mut().enumerate().flat_map(|(number, history)| tasks(number, history)).collect()
}

/// Lets the pairs of each history exchange what they are missing, and compares them.
fn exchange(histories: &mut [History], node: &mut Option<Node>, pairs: Vec<Vec<(usize, usize)>>) {
    let (mut questions, mut receivers) = (Vec::new(), Vec::new());
    for (history, pairs) in pairs.iter().enumerate() {
        for &(one, other) in pairs {
            for (from, to) in [(one, other), (other, one)] {
                let state = histories[history].members[to].last.state.clone();
                questions.push(Task { history, member: from, what: What::Difference { state } });
                receivers.push(to);
            }
        }
    }
    let answers = carry_out(histories, node, &questions);
    let apply = |((question, answer), to): ((&Task, Reply), &usize)| Task {
        history: question.history,
        member: *to,
        what: What::Apply { update: answer.bytes },
    };
    let applications: Vec<Task> = questions.iter().zip(answers).zip(&receivers).map(apply).collect();
    carry_out(histories, node, &applications);
    for (history, pairs) in pairs.into_iter().enumerate() {
        for (one, other) in pairs {
            histories[history].check_pair(one, other);
        }
    }
}

/// Lets everybody exchange with the first, twice, and compares all.
fn bring_together(histories: &mut [History], node: &mut Option<Node>) {
    let most = histories.iter().map(|history| history.members.len()).max().unwrap_or(0);
    for _ in 0..2 {
        for other in 1..most {
            let pair = |history: &History| if other < history.members.len() { vec![(0, other)] } else { Vec::new() };
            let pairs = histories.iter().map(pair).collect();
            exchange(histories, node, pairs);
        }
    }
    for history in histories {
        for other in 1..history.members.len() {
            history.check_pair(0, other);
        }
    }
}

/// Lets a newcomer of every engine in the history read the snapshot of every member.
fn read_snapshots(histories: &mut [History], node: &mut Option<Node>) {
    let questions = for_all(histories, |number, history| {
        let of = |member| Task { history: number, member, what: What::Difference { state: vec![0] } };
        (0..history.members.len()).map(of).collect()
    });
    let snapshots = carry_out(histories, node, &questions);
    let mut reading = Vec::new();
    for (task, snapshot) in questions.iter().zip(snapshots) {
        let history = &histories[task.history];
        let apply = What::Apply { update: snapshot.bytes };
        let mut kinds: Vec<Kind> = history.members.iter().map(|member| member.kind).collect();
        kinds.dedup();
        for kind in kinds.into_iter().filter(|kind| *kind != Kind::Yjs) {
            let read = Replica::start(kind, 1).carry_out(&apply);
            let who = format!("history {}: {kind:?} reads the snapshot of replica {}", history.seed, task.member);
            assert_eq!(read.text, history.members[0].last.text, "{who}");
            assert_eq!(state_of(&read.state), state_of(&history.members[0].last.state), "{who}");
        }
        if history.members.iter().any(|member| member.kind == Kind::Yjs) {
            reading.push((task.history, apply));
        }
    }
    let Some(node) = node else { return };
    let newcomer = What::Start { client: 1 };
    let number = |at: usize| u64::MAX >> 12 & !0xFFFF | at as u64;
    let orders: Vec<Order<'_>> = reading
        .iter()
        .enumerate()
        .flat_map(|(at, (_, apply))| [&newcomer, apply].map(|what| Order { replica: number(at), what }))
        .collect();
    for (replies, (history, _)) in node.carry_out(&orders).chunks_exact(2).zip(&reading) {
        let history = &histories[*history];
        assert_eq!(replies[1].text, history.members[0].last.text, "history {}: yjs reads a snapshot", history.seed);
        assert_eq!(state_of(&replies[1].state), state_of(&history.members[0].last.state), "history {}", history.seed);
    }
}
