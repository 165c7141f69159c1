//! Tiles that nothing names yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::TileStore;

/// Keeps a tile that the catalog does not name, or not yet, out of the sweep's way. When the last copy of this goes and
/// nobody has called [`Hold::keep`], the tile goes too.
///
/// Two holds are equal whatever they are of: who holds a tile says nothing about what is in it.
#[derive(Clone, Debug, Default)]
pub struct Hold(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    store: Arc<TileStore>,
    path: String,
    removes: AtomicBool,
}

impl Hold {
    /// A hold on a tile that is going to be at `path`.
    pub(super) fn of(store: &Arc<TileStore>, path: &str) -> Self {
        store.held().insert(path.to_owned());
        let held = Held { store: Arc::clone(store), path: path.to_owned(), removes: AtomicBool::new(false) };
        Self(Some(Arc::new(held)))
    }

    /// The tile is there, and nobody else's.
    pub(super) fn sealed(&self) {
        self.removes(true);
    }

    /// Something names the tile from now on: it outlives this.
    pub fn keep(&self) {
        self.removes(false);
    }

    fn removes(&self, removes: bool) {
        if let Some(held) = &self.0 {
            held.removes.store(removes, Ordering::Relaxed);
        }
    }
}

impl PartialEq for Hold {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Hold {}

impl Drop for Held {
    fn drop(&mut self) {
        if *self.removes.get_mut() {
            self.store.remove(&self.path);
        }
        self.store.held().remove(&self.path);
    }
}
