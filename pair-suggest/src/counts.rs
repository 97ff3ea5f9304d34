//! How often which token stood after which context, in one document. Everything that was counted can be taken back exactly, so that
//! an edit costs what it touches. Knows numbers only.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Keys are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A map whose keys need no hashing.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<AsItIs>>;

/// What stood after a context, and how often. Most contexts have one follower, which then takes no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::box_collection, reason = "the common case stays at 16 bytes")]
pub(crate) enum Followers {
    One(u32, u32),
    Many(Box<Vec<(u32, u32)>>),
}

impl Followers {
    /// Each follower with its count, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let (one, many) = match self {
            Self::One(follower, count) => (Some((*follower, *count)), [].as_slice()),
            Self::Many(many) => (None, many.as_slice()),
        };
        one.into_iter().chain(many.iter().copied())
    }

    /// All counts together, and the number of followers.
    pub(crate) fn sums(&self) -> (u32, u32) {
        self.iter().fold((0, 0), |(total, different), (_, count)| (total + count, different + 1))
    }

    fn add(&mut self, follower: u32) {
        match self {
            Self::One(known, count) if *known == follower => *count += 1,
            Self::One(known, count) => *self = Self::Many(Box::new(vec![(*known, *count), (follower, 1)])),
            Self::Many(many) => match many.iter_mut().find(|(known, _)| *known == follower) {
                Some((_, count)) => *count += 1,
                None => many.push((follower, 1)),
            },
        }
    }

    /// Takes one away; gives whether none is left.
    fn remove(&mut self, follower: u32) -> bool {
        match self {
            Self::One(known, count) => {
                if *known == follower {
                    *count -= 1;
                }
                *count == 0
            }
            Self::Many(many) => {
                if let Some(at) = many.iter().position(|(known, _)| *known == follower)
                    && let Some((_, count)) = many.get_mut(at)
                {
                    *count -= 1;
                    if *count == 0 {
                        many.swap_remove(at);
                    }
                }
                if let [(follower, count)] = many.as_slice() {
                    *self = Self::One(*follower, *count);
                }
                false
            }
        }
    }
}

/// The counts of a document.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    followers: Map<u64, Followers>,
    /// How often each token stands in the document at all.
    tokens: Map<u32, u32>,
    total: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, context: u64, follower: u32) {
        use std::collections::hash_map::Entry;
        match self.followers.entry(context) {
            Entry::Vacant(place) => {
                place.insert(Followers::One(follower, 1));
            }
            Entry::Occupied(mut place) => place.get_mut().add(follower),
        }
    }

    pub(crate) fn remove(&mut self, context: u64, follower: u32) {
        if self.followers.get_mut(&context).is_some_and(|followers| followers.remove(follower)) {
            self.followers.remove(&context);
        }
    }

    pub(crate) fn add_token(&mut self, token: u32) {
        *self.tokens.entry(token).or_default() += 1;
        self.total += 1;
    }

    pub(crate) fn remove_token(&mut self, token: u32) {
        if let Some(count) = self.tokens.get_mut(&token) {
            *count -= 1;
            self.total -= 1;
            if *count == 0 {
                self.tokens.remove(&token);
            }
        }
    }

    /// What stood after a context.
    pub(crate) fn after(&self, context: u64) -> Option<&Followers> {
        self.followers.get(&context)
    }

    /// How often a token stands in the document.
    pub(crate) fn of_token(&self, token: u32) -> u32 {
        self.tokens.get(&token).copied().unwrap_or_default()
    }

    /// Tokens in all, and different ones.
    pub(crate) fn totals(&self) -> (u64, usize) {
        (self.total, self.tokens.len())
    }

    /// About how many bytes the counts take.
    pub(crate) fn bytes(&self) -> usize {
        let contexts = self.followers.capacity() * (size_of::<(u64, Followers)>() + 1);
        let many = self.followers.values().map(|followers| match followers {
            Followers::One(..) => 0,
            Followers::Many(many) => size_of::<Vec<(u32, u32)>>() + many.capacity() * size_of::<(u32, u32)>() + 16,
        });
        contexts + many.sum::<usize>() + self.tokens.capacity() * (size_of::<(u32, u32)>() + 1)
    }

    /// Everything that is counted, in order: context, follower, count. Tokens without context come under 0.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(u64, u32, u32)> {
        let followers = self.followers.iter();
        let mut all = followers
            .flat_map(|(context, followers)| followers.iter().map(|(follower, count)| (*context, follower, count)))
            .chain(self.tokens.iter().map(|(token, count)| (0, *token, *count)))
            .collect::<Vec<_>>();
        assert_eq!(self.total, self.tokens.values().map(|count| u64::from(*count)).sum::<u64>());
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_leaves_nothing() {
        let mut counts = Counts::default();
        for (context, follower) in [(1, 7), (1, 8), (1, 7), (2, 7), (1, 9)] {
            counts.add(context, follower);
        }
        let many = counts.after(1).unwrap().iter().collect::<Vec<_>>();
        assert_eq!(many, [(7, 2), (8, 1), (9, 1)]);
        for (context, follower) in [(1, 8), (1, 9), (1, 7)] {
            counts.remove(context, follower);
        }
        assert_eq!(counts.after(1), Some(&Followers::One(7, 1)));
        counts.remove(1, 7);
        counts.remove(2, 7);
        assert_eq!(counts.all(), Counts::default().all());
    }
}
