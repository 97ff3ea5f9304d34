//! The runs in document order: a B-tree whose leaves hold them, whose nodes sum up the visible text below, and whose parts know
//! their parents, so that the place of a run is found upwards as well as downwards. Knows no clocks and no rules of merging.

use super::{
    arena::{Arena, Handle},
    leaf::Leaf,
    run::Run,
    sums::Sums,
};
use std::cmp::Ordering;

mod grow;
mod seek;

/// Names a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeafId(Handle);

/// Names a node above leaves or other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(Handle);

/// Most children of one node.
const CHILDREN_MAX: usize = 24;

/// A node above leaves or other nodes.
#[derive(Debug, Default)]
struct Node {
    parent: Option<NodeId>,
    children: Vec<Child>,
}

/// A leaf or a node, whichever the level says, and the visible text below it.
#[derive(Debug, Clone, Copy)]
struct Child {
    handle: Handle,
    sums: Sums,
}

/// Where a run is. Any change of the tree may move runs, so a place is good only until the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The leaf.
    pub(super) leaf: LeafId,
    /// The run's place in the leaf.
    pub(super) slot: usize,
}

/// All runs of a document.
#[derive(Debug)]
pub(super) struct Tree {
    leaves: Arena<Leaf>,
    nodes: Arena<Node>,
    first: LeafId,
    /// The node above all; none while there is only one leaf.
    root: Option<NodeId>,
    /// How many levels of nodes there are.
    height: u32,
    total: Sums,
}

impl Node {
    fn position_of(&self, handle: Handle) -> usize {
        self.children.iter().position(|child| child.handle == handle).unwrap_or(0)
    }
}

impl Tree {
    /// A tree of one empty leaf.
    pub(super) fn new() -> Self {
        let mut leaves = Arena::new();
        let first = LeafId(leaves.add(Leaf::default()));
        Self { leaves, nodes: Arena::new(), first, root: None, height: 0, total: Sums::default() }
    }

    /// The lengths of the whole visible text.
    pub(super) fn total(&self) -> Sums {
        self.total
    }

    /// The first leaf.
    pub(super) fn first(&self) -> LeafId {
        self.first
    }

    /// A leaf.
    pub(super) fn leaf(&self, id: LeafId) -> &Leaf {
        self.leaves.get(id.0)
    }

    /// A leaf, to be changed; whoever changes its visible text tells [`Tree::grow`] or [`Tree::shrink`].
    pub(super) fn leaf_mut(&mut self, id: LeafId) -> &mut Leaf {
        self.leaves.get_mut(id.0)
    }

    /// All leaves in document order.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves_from(self.first)
    }

    /// The leaves from one on.
    pub(super) fn leaves_from(&self, id: LeafId) -> impl Iterator<Item = &Leaf> {
        std::iter::successors(Some(self.leaf(id)), |leaf| leaf.next.map(|next| self.leaf(next)))
    }

    /// The run at a place, which must be one.
    pub(super) fn run(&self, place: Place) -> &Run {
        &self.leaf(place.leaf).runs()[place.slot]
    }

    /// The run right of a place, the first of all right of `None`.
    pub(super) fn right_of(&self, place: Option<Place>) -> Option<Place> {
        let mut next = match place {
            Some(Place { leaf, slot }) => Place { leaf, slot: slot + 1 },
            None => Place { leaf: self.first, slot: 0 },
        };
        loop {
            let leaf = self.leaf(next.leaf);
            if next.slot < leaf.runs().len() {
                return Some(next);
            }
            next = Place { leaf: leaf.next?, slot: 0 };
        }
    }

    /// The run left of a place.
    pub(super) fn left_of(&self, place: Place) -> Option<Place> {
        let mut at = place;
        loop {
            if let Some(slot) = at.slot.checked_sub(1) {
                return Some(Place { leaf: at.leaf, slot });
            }
            let leaf = self.leaf(at.leaf).prev?;
            at = Place { leaf, slot: self.leaf(leaf).runs().len() };
        }
    }

    /// Which of two places comes first. Takes O(log n).
    pub(super) fn compare(&self, one: Place, other: Place) -> Ordering {
        if one.leaf == other.leaf {
            return one.slot.cmp(&other.slot);
        }
        let mut below = (one.leaf.0, other.leaf.0);
        let mut above = (self.leaf(one.leaf).parent, self.leaf(other.leaf).parent);
        // All leaves are equally deep, so both ways up reach the common node at the same step.
        while let (Some(left), Some(right)) = above {
            let (left_node, right_node) = (self.nodes.get(left.0), self.nodes.get(right.0));
            if left == right {
                return left_node.position_of(below.0).cmp(&left_node.position_of(below.1));
            }
            below = (left.0, right.0);
            above = (left_node.parent, right_node.parent);
        }
        Ordering::Equal
    }

    /// The visible text before a leaf. Takes O(log n).
    pub(super) fn before(&self, leaf: LeafId) -> Sums {
        let mut sums = Sums::default();
        let (mut below, mut above) = (leaf.0, self.leaf(leaf).parent);
        while let Some(id) = above {
            let node = self.nodes.get(id.0);
            for child in node.children.iter().take_while(|child| child.handle != below) {
                sums += child.sums;
            }
            (below, above) = (id.0, node.parent);
        }
        sums
    }

    /// Says that a leaf has more visible text.
    pub(super) fn grow(&mut self, leaf: LeafId, by: Sums) {
        self.total += by;
        self.climb(leaf, |child| child.sums += by);
    }

    /// Says that a leaf has less visible text.
    pub(super) fn shrink(&mut self, leaf: LeafId, by: Sums) {
        self.total -= by;
        self.climb(leaf, |child| child.sums -= by);
    }

    fn climb(&mut self, leaf: LeafId, mut change: impl FnMut(&mut Child)) {
        let (mut below, mut above) = (leaf.0, self.leaf(leaf).parent);
        while let Some(id) = above {
            let node = self.nodes.get_mut(id.0);
            if let Some(child) = node.children.iter_mut().find(|child| child.handle == below) {
                change(child);
            }
            (below, above) = (id.0, node.parent);
        }
    }
}
