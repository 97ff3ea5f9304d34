//! Real editing traces for tests and benchmarks, from the folder that `PAIR_TRACES` names (`../shared/traces` beside the repository when
//! it is not set), and a generator of bursty typing with a fixed seed for where they are absent. Knows no document.

use super::random::Random;
use flate2::read::GzDecoder;
use ropey::Rope;
use serde::Deserialize;
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// One change of a text: so much goes at a place, and a text comes.
#[derive(Debug, Clone)]
pub struct Patch {
    /// The place in bytes.
    pub at: usize,
    /// How many bytes go.
    pub removed: usize,
    /// The place and how many go in characters, as other engines count.
    pub characters: (usize, usize),
    pub inserted: String,
}

/// Changes that one writer made to what the parents (numbers of transactions) make together.
#[derive(Debug, Clone)]
pub struct Transaction {
    pub agent: usize,
    pub parents: Vec<usize>,
    pub patches: Vec<Patch>,
}

/// A history of a text.
#[derive(Debug, Clone)]
pub struct Trace {
    pub name: String,
    pub agents: usize,
    pub transactions: Vec<Transaction>,
    /// The text at the end; none where nobody knows it (generated, with several writers).
    pub end: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(default)]
    start_content: String,
    end_content: String,
    #[serde(default)]
    num_agents: Option<usize>,
    txns: Vec<FileTransaction>,
}

#[derive(Deserialize)]
struct FileTransaction {
    #[serde(default)]
    agent: usize,
    parents: Option<Vec<usize>>,
    patches: Vec<(usize, usize, String)>,
}

/// Where the traces are, if they are there.
pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared/traces"));
    let named = std::env::var_os("PAIR_TRACES").map(PathBuf::from);
    named.into_iter().chain(beside).find(|folder| folder.is_dir())
}

/// The traces of one writer, or generated ones.
pub fn sequential() -> Vec<Trace> {
    match folder() {
        Some(folder) => ["sveltecomponent", "rustcode", "automerge-paper"].map(|name| load(&folder, name)).into(),
        None => vec![generated("generated", 1, 40_000)],
    }
}

/// The trace of several writers at once, or a generated one.
pub fn concurrent() -> Trace {
    match folder() {
        Some(folder) => load(&folder, "friendsforever-concurrent"),
        None => generated("generated-concurrent", 2, 10_000),
    }
}

fn load(folder: &Path, name: &str) -> Trace {
    let path = folder.join(format!("{name}.json.gz"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Stored = serde_json::from_reader(GzDecoder::new(file)).unwrap();
    assert_eq!(file.start_content, "", "the traces begin with an empty text");
    let mut rope = Rope::new();
    let several = file.num_agents.unwrap_or(1) > 1;
    let transactions = file.txns.into_iter().enumerate().map(|(number, transaction)| {
        let patches = transaction.patches.into_iter().map(|(at, removed, inserted)| {
            if several {
                // The text at each place is only known while it is replayed, so it must not matter.
                assert!(inserted.is_ascii());
                return Patch { at, removed, characters: (at, removed), inserted };
            }
            to_patch(&mut rope, at, removed, inserted)
        });
        let patches = patches.collect();
        let before = number.checked_sub(1).into_iter().collect();
        Transaction { agent: transaction.agent, parents: transaction.parents.unwrap_or(before), patches }
    });
    let transactions = transactions.collect();
    Trace { name: name.to_owned(), agents: file.num_agents.unwrap_or(1), transactions, end: Some(file.end_content) }
}

/// Turns characters into bytes, and carries the change out.
fn to_patch(rope: &mut Rope, at: usize, removed: usize, inserted: String) -> Patch {
    let (start, end) = (rope.char_to_byte(at), rope.char_to_byte(at + removed));
    rope.remove(at..at + removed);
    rope.insert(at, &inserted);
    Patch { at: start, removed: end - start, characters: (at, removed), inserted }
}

/// Writers who type in bursts, delete a little, and jump about; with several, each goes on from what it saw of the others now and
/// then.
pub fn generated(name: &str, agents: usize, count: usize) -> Trace {
    let mut random = Random(42);
    let mut texts: Vec<Rope> = vec![Rope::new(); agents];
    let mut cursors = vec![0; agents];
    let mut last: Vec<Option<usize>> = vec![None; agents];
    let mut transactions: Vec<Transaction> = Vec::new();
    for number in 0..count {
        let agent = random.below(agents);
        let rope = &mut texts[agent];
        if random.below(25) == 0 {
            cursors[agent] = random.below(rope.len_chars() + 1);
        }
        let at = cursors[agent].min(rope.len_chars());
        let backwards = at > 0 && random.below(6) == 0;
        let patch = if backwards {
            to_patch(rope, at - 1, 1, String::new())
        } else {
            let letter = char::from(b"etaoin shrdlu\n"[random.below(14)]);
            to_patch(rope, at, 0, letter.to_string())
        };
        cursors[agent] = if backwards { at - 1 } else { at + 1 };
        // Several writers stay apart: what the others make of it is only known to a document.
        let parents = last[agent].into_iter().collect();
        transactions.push(Transaction { agent, parents, patches: vec![patch] });
        last[agent] = Some(number);
    }
    let end = (agents == 1).then(|| texts[0].to_string());
    Trace { name: name.to_owned(), agents, transactions, end }
}
