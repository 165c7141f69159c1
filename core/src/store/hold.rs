//! Tiles that nothing names yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::TileStore;

/// Keeps a tile, or a [`super::TileFolder`] of them, that the catalog does not name, or not yet, out of the sweep's way.
/// When the last copy of this goes and nobody has called [`Hold::keep`], what it holds goes too.
///
/// Two holds are equal whatever they are of: who holds a tile says nothing about what is in it.
#[derive(Clone, Debug, Default)]
pub struct Hold(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    store: Arc<TileStore>,
    /// Of a tile; with a slash at its end, of a folder.
    path: String,
    sealed: AtomicBool,
    kept: AtomicBool,
}

impl Hold {
    /// A hold on a tile or a folder that is going to be at `path`.
    pub(super) fn of(store: &Arc<TileStore>, path: &str) -> Self {
        store.held().insert(path.to_owned());
        let (store, path) = (Arc::clone(store), path.to_owned());
        Self(Some(Arc::new(Held { store, path, sealed: AtomicBool::default(), kept: AtomicBool::default() })))
    }

    /// The tile, or one of the folder, is there, and nobody else's.
    pub(super) fn sealed(&self) {
        if let Some(held) = &self.0 {
            held.sealed.store(true, Ordering::Relaxed);
        }
    }

    /// Something names what is held from now on: it outlives this.
    pub fn keep(&self) {
        if let Some(held) = &self.0 {
            held.kept.store(true, Ordering::Relaxed);
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
        match (*self.sealed.get_mut() && !*self.kept.get_mut(), self.path.ends_with('/')) {
            (true, true) => self.store.remove_folder(&self.path),
            (true, false) => self.store.remove(&self.path),
            // A folder may have been made for a tile that then could not be named in it.
            (false, _) => self.store.remove_if_empty(&self.path),
        }
        self.store.held().remove(&self.path);
    }
}
