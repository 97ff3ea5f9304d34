//! How the tree gets more and fewer leaves. Knows nothing of what the leaves hold but their sums.

use super::{CHILDREN_MAX, Child, LeafId, Node, NodeId, Tree};
use crate::document::engine::{arena::Handle, leaf::Leaf, sums::Sums};

impl Tree {
    /// Moves the runs of a leaf from `slot` on into a new leaf right of it, and gives that.
    pub(in crate::document::engine) fn split_leaf(&mut self, left: LeafId, slot: usize) -> LeafId {
        let mut leaf = self.leaf_mut(left).split_off(slot);
        let moved = leaf.sums();
        let next = self.leaf(left).next;
        (leaf.prev, leaf.next) = (Some(left), next);
        let right = LeafId(self.leaves.add(leaf));
        self.leaf_mut(left).next = Some(right);
        if let Some(next) = next {
            self.leaf_mut(next).prev = Some(right);
        }
        let parent = self.leaf(left).parent;
        let parent = self.add_sibling(parent, left.0, right.0, moved, 1);
        self.adopt(parent, 1);
        right
    }

    /// Removes a leaf that has no runs, unless it is the only one.
    pub(in crate::document::engine) fn remove_empty(&mut self, id: LeafId) {
        let Leaf { parent: Some(parent), prev, next, .. } = *self.leaf(id) else { return };
        if !self.leaf(id).runs().is_empty() {
            return;
        }
        match (prev, next) {
            (None, None) => return,
            (None, Some(next)) => self.first = next,
            (Some(prev), _) => self.leaf_mut(prev).next = next,
        }
        if let Some(next) = next {
            self.leaf_mut(next).prev = prev;
        }
        self.leaves.remove(id.0);
        let (mut below, mut above) = (id.0, Some(parent));
        while let Some(node_id) = above {
            let node = self.nodes.get_mut(node_id.0);
            node.children.retain(|child| child.handle != below);
            if !node.children.is_empty() {
                break;
            }
            (below, above) = (node_id.0, node.parent);
            self.nodes.remove(node_id.0);
        }
    }

    /// Puts a new child behind `left` in their parent on `level`, taking `moved` from `left`'s sums; makes a root where there is no
    /// parent yet. Gives the parent, which now may have too many children.
    fn add_sibling(&mut self, parent: Option<NodeId>, left: Handle, right: Handle, moved: Sums, level: u32) -> NodeId {
        let Some(id) = parent else {
            let mut rest = self.total;
            rest -= moved;
            let children = vec![Child { handle: left, sums: rest }, Child { handle: right, sums: moved }];
            let root = NodeId(self.nodes.add(Node { parent: None, children }));
            self.root = Some(root);
            self.height = level;
            return root;
        };
        let node = self.nodes.get_mut(id.0);
        let at = node.position_of(left);
        node.children[at].sums -= moved;
        node.children.insert(at + 1, Child { handle: right, sums: moved });
        id
    }

    /// Tells the children of a node on `level` who their parent is, and divides it and those above where they have too many.
    fn adopt(&mut self, node: NodeId, level: u32) {
        let (mut node, mut level) = (node, level);
        loop {
            self.claim_children(node, level);
            let full = self.nodes.get_mut(node.0);
            if full.children.len() <= CHILDREN_MAX {
                return;
            }
            let parent = full.parent;
            let children = full.children.split_off(CHILDREN_MAX / 2);
            let moved = children.iter().fold(Sums::default(), |sums, child| sums + child.sums);
            let right = NodeId(self.nodes.add(Node { parent, children }));
            self.claim_children(right, level);
            level += 1;
            node = self.add_sibling(parent, node.0, right.0, moved, level);
        }
    }

    fn claim_children(&mut self, node: NodeId, level: u32) {
        let Self { leaves, nodes, .. } = self;
        for at in 0..nodes.get(node.0).children.len() {
            let child = nodes.get(node.0).children[at].handle;
            if level == 1 {
                leaves.get_mut(child).parent = Some(node);
            } else {
                nodes.get_mut(child).parent = Some(node);
            }
        }
    }
}
