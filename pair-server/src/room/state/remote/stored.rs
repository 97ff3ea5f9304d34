//! Who stores what: the node that took an edit, and it says how far it is. Until then the others keep the edit, and store it themselves
//! where that node is gone, or where the edit's author comes to them: what is called durable is then in storage, whoever dies.

use super::super::RoomState;
use crate::{
    fanout::NodeId,
    room::effect::{Effect, Persist, Version},
};
use bytes::Bytes;
use protocol::{ClientId, DocumentPath, ParticipantId};

/// Bytes of another node's edits that may wait for its word that they are stored. When they are more, this node stores the oldest.
const UNCONFIRMED_BYTES_MAX: usize = 4 << 20;

/// Edits of this node that may wait one by one for storage. From there on the newest one stands for the one before it too.
const UNSTORED_MAX: usize = 4_096;

/// Another node's edit that may not be stored yet.
#[derive(Debug, Clone)]
pub(super) struct Unconfirmed {
    /// The number of the envelope that it came in.
    pub(super) number: u64,
    pub(super) participant: ParticipantId,
    pub(super) document: DocumentPath,
    pub(super) update: Bytes,
    pub(super) author: Option<String>,
    pub(super) client: ClientId,
    pub(super) at_ms: u64,
}

impl RoomState {
    /// An edit of this node was said under the number of the last envelope, and is stored with a version.
    pub(super) fn said_unstored(&mut self, version: Version) {
        let Some(nodes) = &mut self.nodes else { return };
        if nodes.unstored.len() >= UNSTORED_MAX {
            nodes.unstored.pop_back();
        }
        nodes.unstored.push_back((version, nodes.sent));
    }

    /// The number of the last envelope before which all edits of this node are stored.
    pub(super) fn stored_number(&self) -> u64 {
        let Some(nodes) = &self.nodes else { return 0 };
        nodes.unstored.front().map_or(nodes.sent, |(_, number)| number.saturating_sub(1))
    }

    /// Everything up to a version is stored.
    pub(in crate::room::state) fn stored_for_nodes(&mut self, version: Version) {
        let Some(nodes) = &mut self.nodes else { return };
        while nodes.unstored.front().is_some_and(|(waiting, _)| *waiting <= version) {
            nodes.unstored.pop_front();
        }
    }

    /// Keeps another node's edit until that says that it is stored.
    pub(super) fn keep_unconfirmed(&mut self, of: NodeId, edit: Unconfirmed) {
        let peer = self.nodes.as_mut().and_then(|nodes| nodes.peers.get_mut(&of));
        let Some(peer) = peer else { return self.store_for(edit) };
        peer.unconfirmed_bytes += edit.update.len();
        peer.unconfirmed.push_back(edit);
        let oldest = if peer.unconfirmed_bytes > UNCONFIRMED_BYTES_MAX { peer.unconfirmed.pop_front() } else { None };
        if let Some(oldest) = oldest {
            peer.unconfirmed_bytes -= oldest.update.len();
            self.store_for(oldest);
        }
    }

    /// Another node stored its edits up to an envelope.
    pub(super) fn confirm(&mut self, of: NodeId, stored: u64) {
        let peer = self.nodes.as_mut().and_then(|nodes| nodes.peers.get_mut(&of));
        let Some(peer) = peer else { return };
        while let Some(edit) = peer.unconfirmed.front().filter(|edit| edit.number <= stored) {
            peer.unconfirmed_bytes -= edit.update.len();
            peer.unconfirmed.pop_front();
        }
    }

    /// A participant comes here: what they wrote elsewhere, and may not be stored, is stored here before anything of theirs is called durable.
    pub(in crate::room::state) fn store_unconfirmed_by(&mut self, who: [Option<ParticipantId>; 2]) {
        let Some(nodes) = &mut self.nodes else { return };
        let mut taken = Vec::new();
        for peer in nodes.peers.values_mut() {
            let (theirs, others): (Vec<_>, Vec<_>) = std::mem::take(&mut peer.unconfirmed)
                .into_iter()
                .partition(|edit| who.contains(&Some(edit.participant)));
            peer.unconfirmed = others.into();
            peer.unconfirmed_bytes -= theirs.iter().map(|edit| edit.update.len()).sum::<usize>();
            taken.extend(theirs);
        }
        for edit in taken {
            self.store_for(edit);
        }
    }

    /// A node is gone without a word: this one stores what that may not have stored.
    pub(super) fn store_unconfirmed_of(&mut self, node: NodeId) {
        let peer = self.nodes.as_mut().and_then(|nodes| nodes.peers.get_mut(&node));
        let Some(peer) = peer else { return };
        peer.unconfirmed_bytes = 0;
        let taken = std::mem::take(&mut peer.unconfirmed);
        for edit in taken {
            self.store_for(edit);
        }
    }

    /// Stores an edit that another node took. Stored twice it is still there once.
    pub(super) fn store_for(&mut self, edit: Unconfirmed) {
        let Unconfirmed { document, update, author, client, at_ms, .. } = edit;
        self.content.version = Version(self.content.version.0 + 1);
        let version = self.content.version;
        self.effects.push(Effect::Persist(Persist { version, document, update, author, client, at_ms }));
    }
}
