//! A network of replicas that carries out a plan, and checks after every step what must always hold. Knows documents from
//! outside only, so that any engine can stand behind them.

use super::plan::{Plan, Step};
use protocol::{ByteOffset, ClientId, Document, document::update::StateVector, text::TextDelta};
use std::collections::VecDeque;

/// What the checks found.
pub type Outcome = Result<(), String>;

/// One replica, and the text as its deltas alone tell it.
struct Replica {
    document: Document,
    replayed: String,
    now_ms: u64,
}

/// All replicas, and the updates under way between each two of them.
pub struct Network {
    replicas: Vec<Replica>,
    /// `under_way[from][to]`.
    under_way: Vec<Vec<VecDeque<Vec<u8>>>>,
}

impl Network {
    /// A network of empty documents.
    pub fn new(replicas: usize) -> Self {
        let replica = |number: usize| Replica {
            // Client ids of different lengths on the wire.
            document: Document::new(ClientId::new((number as u64 + 1) << (number * 9)).unwrap()),
            replayed: String::new(),
            now_ms: 0,
        };
        Self {
            replicas: (0..replicas).map(replica).collect(),
            under_way: vec![vec![VecDeque::new(); replicas]; replicas],
        }
    }

    /// Carries out a plan, brings all replicas together, and checks that they agree.
    pub fn run(plan: &Plan) -> Outcome {
        let mut network = Self::new(plan.replicas);
        network.run_steps(plan)?;
        network.heal()?;
        network.agree()
    }

    /// Carries out a plan's steps, and leaves the replicas as they are.
    pub fn run_steps(&mut self, plan: &Plan) -> Outcome {
        for (number, step) in plan.steps.iter().enumerate() {
            self.step(step).map_err(|why| format!("step {number} ({step:?}): {why}"))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match *step {
            Step::Edit { replica, at, remove, ref text } => self.edit(replica, at, remove, text),
            Step::Undo { replica } => self.undo(replica, Document::undo),
            Step::Redo { replica } => self.undo(replica, Document::redo),
            Step::Pause { replica } => {
                self.replicas[replica].now_ms += 10_000;
                Ok(())
            }
            Step::Deliver { from, to, which } => self.take(from, to, which).map_or(Ok(()), |u| self.apply(to, &u)),
            Step::Duplicate { from, to, which } => {
                let queue = &self.under_way[from][to];
                let update = queue.get(which % queue.len().max(1)).cloned();
                update.map_or(Ok(()), |update| self.apply(to, &update))
            }
            Step::Drop { from, to, which } => {
                self.take(from, to, which);
                Ok(())
            }
            Step::Reconnect { one, other } => self.reconnect(one, other),
        }
    }

    fn take(&mut self, from: usize, to: usize, which: usize) -> Option<Vec<u8>> {
        let queue = &mut self.under_way[from][to];
        queue.remove(which % queue.len().max(1))
    }

    fn edit(&mut self, replica: usize, at: usize, remove: usize, text: &str) -> Outcome {
        let this = &mut self.replicas[replica];
        let bounds: Vec<usize> =
            this.replayed.char_indices().map(|(byte, _)| byte).chain([this.replayed.len()]).collect();
        let first = at % bounds.len();
        let range = bounds[first]..bounds[(first + remove).min(bounds.len() - 1)];
        if range.is_empty() && text.is_empty() {
            return Ok(());
        }
        let update = this
            .document
            .edit(ByteOffset(range.start)..ByteOffset(range.end), text, this.now_ms)
            .map_err(|error| error.to_string())?;
        this.replayed.replace_range(range, text);
        self.check(replica)?;
        self.send(replica, &update);
        Ok(())
    }

    fn undo(
        &mut self,
        replica: usize,
        undo: fn(&mut Document, u64) -> Option<protocol::document::UndoneEdit>,
    ) -> Outcome {
        let this = &mut self.replicas[replica];
        let Some(undone) = undo(&mut this.document, this.now_ms) else {
            return self.check(replica);
        };
        undone.delta.apply_to(&mut this.replayed);
        self.check(replica)?;
        self.send(replica, &undone.update);
        Ok(())
    }

    fn send(&mut self, from: usize, update: &[u8]) {
        for (to, queue) in self.under_way[from].iter_mut().enumerate() {
            if to != from {
                queue.push_back(update.to_vec());
            }
        }
    }

    fn apply(&mut self, to: usize, update: &[u8]) -> Outcome {
        let this = &mut self.replicas[to];
        let delta: TextDelta = this.document.apply(update).map_err(|error| error.to_string())?;
        delta.apply_to(&mut this.replayed);
        self.check(to)
    }

    /// What must hold at a replica after every step.
    fn check(&self, replica: usize) -> Outcome {
        let Replica { document, replayed, .. } = &self.replicas[replica];
        let text = document.text();
        if &text != replayed {
            return Err(format!("the deltas of replica {replica} give {replayed:?}, its text is {text:?}"));
        }
        let units = text.encode_utf16().count();
        if (document.len().0, document.len_utf16().0) != (text.len(), units) {
            return Err(format!("replica {replica} miscounts its text {text:?}"));
        }
        Ok(())
    }

    fn reconnect(&mut self, one: usize, other: usize) -> Outcome {
        self.under_way[one][other].clear();
        self.under_way[other][one].clear();
        for (from, to) in [(one, other), (other, one)] {
            let known = self.replicas[to].document.state_vector();
            let difference = self.replicas[from].document.difference(&known).map_err(|error| error.to_string())?;
            self.apply(to, &difference)?;
        }
        Ok(())
    }

    /// Brings everybody together: each reconnects with the first, twice, so that the first one's last news reach everybody.
    pub fn heal(&mut self) -> Outcome {
        for _ in 0..2 {
            for other in 1..self.replicas.len() {
                self.reconnect(0, other)?;
            }
        }
        Ok(())
    }

    /// What must hold when everybody has everything.
    pub fn agree(&self) -> Outcome {
        let first = &self.replicas[0].document;
        for (number, Replica { document, .. }) in self.replicas.iter().enumerate() {
            if document.has_pending() {
                return Err(format!("replica {number} still waits for updates"));
            }
            if document.text() != first.text() {
                return Err(format!("replica 0 has {:?}, replica {number} has {:?}", first.text(), document.text()));
            }
            // Bytes may list the writers in any order; what they say must be the same.
            let state = |document: &Document| StateVector::read(&document.state_vector());
            if state(document).is_err() || state(document) != state(first) {
                return Err(format!("replica {number} and replica 0 have different state vectors"));
            }
            let newcomer = ClientId::new(77).unwrap();
            let loaded = Document::from_snapshot(newcomer, &document.snapshot()).map_err(|error| error.to_string())?;
            if loaded.text() != first.text() || loaded.has_pending() {
                return Err(format!("the snapshot of replica {number} gives {:?}", loaded.text()));
            }
        }
        Ok(())
    }
}
