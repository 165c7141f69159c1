//! Folders of tiles that are one thing, as the shards of an array are: held together, and gone together.

use std::path::Path;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;
use uuid::Uuid;

use super::tiles::Place;
use super::{Error, Hold, TileStore, TileWriter};

/// What the name of such a folder ends with.
const ENDING: &str = ".zarr/";

/// A new folder of tiles. What lies in it goes when the last [`Hold`] on it goes, unless something has named it by
/// then: all tiles have one hold.
#[derive(Clone, Debug)]
pub struct TileFolder {
    store: Arc<TileStore>,
    path: String,
    hold: Hold,
}

impl TileFolder {
    /// A new tile of that name in the folder, which is made, durably, when the first of them is sealed.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn create(&self, name: &str) -> Result<TileWriter, Error> {
        self.store.begin(format!("{}{name}", self.path), self.hold.clone())
    }

    /// Removes the tile of that name, where there is one, which nothing names. Blocks.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Remote`].
    pub(crate) fn clear(&self, name: &str) -> Result<(), Error> {
        let path = format!("{}{name}", self.path);
        match self.store.place() {
            Place::Local { root } => match std::fs::remove_file(root.join(&path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Error::file("to remove", root.join(path), error))
                }
                _ => Ok(()),
            },
            Place::Remote { runtime, .. } => runtime.block_on(self.store.delete(&path)),
        }
    }

    /// The UUID that its name is.
    pub(crate) fn uuid(&self) -> Uuid {
        uuid_of(&self.path).unwrap_or_default()
    }

    /// Where it lies, relative to the store's root, with a slash at its end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Keeps all that is in it until something names it.
    pub fn hold(&self) -> Hold {
        self.hold.clone()
    }
}

impl TileStore {
    /// A folder that nobody has, to be at `path`: its name is a UUID of now and the ending `.zarr`, with a slash.
    pub fn folder(self: &Arc<Self>, path: String) -> TileFolder {
        TileFolder { store: Arc::clone(self), hold: Hold::of(self, &path), path }
    }

    /// Removes a folder that nothing names, as well as that can be done now: what stays are orphans.
    pub(super) fn remove_folder(&self, folder: &str) {
        match self.place() {
            Place::Local { root } => {
                remove_apart(&root.join(folder), self.staging());
            }
            Place::Remote { store, runtime } => {
                let (store, prefix) = (Arc::clone(store), object_store::path::Path::from(folder));
                runtime.spawn(async move {
                    let listed = store.list(Some(&prefix)).map_ok(|meta| meta.location).boxed();
                    if let Err(error) = store.delete_stream(listed).try_for_each(|_| async { Ok(()) }).await {
                        tracing::debug!(%prefix, %error, "a folder of tiles was left to the sweep");
                    }
                });
            }
        }
    }

    /// Removes the folder of a tile that is gone, where that was the last one in it.
    pub(super) fn remove_if_empty(&self, path: &str) {
        // Other folders stay: a tile may be on its way into one of them.
        if let (Place::Local { root }, Some(folder)) = (self.place(), folder_of(path)) {
            remove_empty(&root.join(folder));
        }
    }
}

/// The folder that the tile of that path is a part of, with a slash at its end.
pub(crate) fn folder_of(path: &str) -> Option<&str> {
    let end = path.find(ENDING)?;
    path.get(..end.saturating_add(ENDING.len()))
}

/// The UUID that a folder's name is.
pub(crate) fn uuid_of(folder: &str) -> Option<Uuid> {
    Uuid::parse_str(folder.strip_suffix(ENDING)?.rsplit('/').next()?).ok()
}

/// Removes a folder: out of sight in one step, whatever its size, and then on a thread of its own. Whoever lets go of it may be
/// the catalog's thread, which is not to wait until hundreds of large files are gone; the next start removes what is left.
pub(super) fn remove_apart(folder: &Path, staging: &Path) {
    let gone = staging.join(format!("gone-{}", Uuid::now_v7()));
    if let Err(error) = std::fs::rename(folder, &gone) {
        tracing::debug!(folder = %folder.display(), %error, "a folder was left to the sweep");
        return;
    }
    let remove = move || {
        if let Err(error) = std::fs::remove_dir_all(&gone) {
            tracing::debug!(%error, "a folder was left to the next start");
        }
    };
    let thread = std::thread::Builder::new().name("pantile-remove".to_owned());
    if let Err(error) = thread.spawn(remove) {
        tracing::debug!(folder = %folder.display(), %error, "a folder was left to the next start");
    }
}

fn remove_empty(folder: &Path) {
    // It fails while there are others, which is as it should be.
    let _ = std::fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use object_store::memory::InMemory;
    use tokio::runtime::Handle;

    use super::*;
    use crate::store::Home;

    fn name() -> String {
        format!("main/{}.zarr/", Uuid::now_v7())
    }

    #[test]
    fn a_tile_is_a_part_of_a_folder_or_stands_alone() {
        let folder = name();
        assert_eq!(folder_of(&format!("{folder}c.0.0")), Some(folder.as_str()));
        assert_eq!(folder_of("main/0/a.parquet"), None);
        assert_eq!(folder_of("main/a.zarr"), None);
        assert!(uuid_of(&folder).is_some());
        assert!(uuid_of("main/mine.zarr/").is_none());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_goes_with_its_last_hold_and_stays_when_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let remote = TileStore::remote(&home, Arc::new(InMemory::new()), Handle::current());
        for store in [TileStore::local(&home).unwrap(), remote] {
            let write = |folder: TileFolder| {
                let written = tokio::task::spawn_blocking(move || {
                    for tile in ["c.0", "zarr.json"] {
                        let mut writer = folder.create(tile).unwrap();
                        writer.write_all(tile.as_bytes()).unwrap();
                        writer.seal().unwrap();
                    }
                    folder
                });
                async move { written.await.unwrap() }
            };
            let kept = write(store.folder(name())).await;
            let lost = write(store.folder(name())).await;
            let shard = format!("{}c.0", lost.path());
            assert!(store.holds(&shard) && store.holds(lost.path()));
            kept.hold().keep();
            let path = kept.path().to_owned();
            drop((kept, lost));
            assert!(!store.holds(&shard));
            let mut listed: Vec<String> = Vec::new();
            for _ in 0..200 {
                listed = store.list().await.unwrap().into_iter().map(|stored| stored.path).collect();
                if listed.len() <= 2 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            listed.sort();
            assert_eq!(listed, [format!("{path}c.0"), format!("{path}zarr.json")]);
            for tile in listed {
                store.delete(&tile).await.unwrap();
            }
            assert_eq!(store.list().await.unwrap(), []);
            if let Some(left) = store.local_path(&path) {
                assert!(!left.exists(), "the empty folder is gone too");
            }
        }
    }
}
