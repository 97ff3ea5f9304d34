//! What the room's task does for Yjs clients. Knows the state machine's answers, no frames.

use super::RoomTask;
use crate::room::{
    effect::{ConnectionId, Now},
    handle::yjs::YjsInput,
    outbox::outbox,
};

impl RoomTask {
    /// Handles what a Yjs client asks or says; the caller does what follows from it.
    pub(super) fn yjs(&mut self, input: YjsInput, now: Now) {
        match input {
            YjsInput::Join(join, answer) => {
                let id = join.participant;
                let joined = self.state.join_yjs(join);
                self.perform();
                let joined = joined.map(|welcome| {
                    let (ours, theirs) = outbox();
                    self.outboxes.insert(id, ours);
                    self.connections.insert(ConnectionId::of(id), id);
                    (welcome, theirs)
                });
                // A client that went away while it joined is found by its closed outbox.
                drop(answer.send(joined));
            }
            YjsInput::Difference(from, known, answer) => drop(answer.send(self.state.yjs_difference(from, &known))),
            YjsInput::StateVector(of, answer) => drop(answer.send(self.state.yjs_state_vector(of))),
            YjsInput::Update(from, update, everything, answer) => {
                drop(answer.send(self.state.yjs_update(from, update, everything, now)));
            }
            YjsInput::Awareness(from, entries) => self.state.set_awareness(from, entries),
        }
    }
}
