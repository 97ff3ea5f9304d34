//! Storage of the tree's nodes, which refer to each other by number. Knows nothing of what it stores.

use std::num::NonZeroU32;

/// Names a stored item: four bytes, also where there may be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle(NonZeroU32);

/// Items that are named by handles. A handle that was removed is given again, so nothing may keep one longer than its item.
#[derive(Debug)]
pub(super) struct Arena<T> {
    items: Vec<T>,
    free: Vec<Handle>,
}

impl Handle {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index).ok().and_then(|index| NonZeroU32::new(index.wrapping_add(1)));
        Self(number.unwrap_or(NonZeroU32::MAX))
    }

    fn index(self) -> usize {
        super::sums::index(self.0.get() - 1)
    }
}

impl<T: Default> Arena<T> {
    /// An empty arena.
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }

    /// Stores an item.
    pub(super) fn add(&mut self, item: T) -> Handle {
        if let Some(handle) = self.free.pop() {
            *self.get_mut(handle) = item;
            return handle;
        }
        self.items.push(item);
        Handle::at(self.items.len() - 1)
    }

    /// Forgets an item and frees what it held.
    pub(super) fn remove(&mut self, handle: Handle) {
        *self.get_mut(handle) = T::default();
        self.free.push(handle);
    }

    /// The item of a handle.
    pub(super) fn get(&self, handle: Handle) -> &T {
        &self.items[handle.index()]
    }

    /// The item of a handle.
    pub(super) fn get_mut(&mut self, handle: Handle) -> &mut T {
        &mut self.items[handle.index()]
    }
}
