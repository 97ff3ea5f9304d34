//! The part of a Welcome that may travel apart from it: differences that are large. Pure: knows no transport.

use protocol::message::server::{Missing, Welcome};

/// Bytes of differences that a Welcome may carry itself; what is beyond is worth a stream of its own.
const INLINE_BYTES_MAX: usize = 16 << 10;

/// Takes the large differences out of a Welcome, the first document's first; the Welcome says that they follow.
pub(super) fn take(welcome: &mut Welcome) -> Vec<Missing> {
    let mut inline = 0;
    let mut apart = Vec::new();
    for one in &mut welcome.documents {
        if inline + one.difference.len() <= INLINE_BYTES_MAX {
            inline += one.difference.len();
        } else {
            one.snapshot = true;
            apart.push(Missing { document: one.document.clone(), update: std::mem::take(&mut one.difference) });
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        Limits, ParticipantId,
        message::server::{DocumentWelcome, StorageState},
        presence::Role,
    };

    fn welcome(sizes: &[usize]) -> Welcome {
        let document = |(at, size): (usize, &usize)| DocumentWelcome {
            document: at.to_string().parse().unwrap(),
            difference: vec![1; *size].into(),
            snapshot: false,
            state_vector: vec![2].into(),
        };
        Welcome {
            version: 1,
            server: String::new(),
            room: "room".parse().unwrap(),
            participant: ParticipantId::from_random(1),
            role: Role::Editor,
            limits: Limits::default(),
            language: String::new(),
            participants: Vec::new(),
            documents: sizes.iter().enumerate().map(document).collect(),
            chat: Vec::new(),
            storage: StorageState::default(),
        }
    }

    #[test]
    fn small_differences_stay_and_large_ones_go_apart() {
        let mut small = welcome(&[INLINE_BYTES_MAX - 1, 1]);
        assert!(take(&mut small).is_empty() && small.documents.iter().all(|one| !one.snapshot));
        let mut mixed = welcome(&[INLINE_BYTES_MAX, 1, 0, INLINE_BYTES_MAX + 1]);
        let apart: Vec<_> = take(&mut mixed).iter().map(|one| (one.document.to_string(), one.update.len())).collect();
        assert_eq!(apart, [("1".to_owned(), 1), ("3".to_owned(), INLINE_BYTES_MAX + 1)]);
        let kept: Vec<_> = mixed.documents.iter().map(|one| (one.snapshot, one.difference.len())).collect();
        assert_eq!(kept, [(false, INLINE_BYTES_MAX), (true, 0), (false, 0), (true, 0)]);
    }
}
