//! Tiles: files written once. In the data folder, or below a prefix of a bucket.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use parking_lot::{Mutex, MutexGuard};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::durable::{make_folder, sync_file, sync_folder};
use super::folder::folder_of;
use super::{Error, Hold, Home};

/// Objects up to this size are put in one request, which can refuse to replace; larger ones in parts.
const ONE_PUT_BYTES: u64 = 64 << 20;

/// Where tiles lie.
#[derive(Debug)]
pub struct TileStore {
    staging: PathBuf,
    place: Place,
    reader: Arc<dyn ObjectStore>,
    held: Mutex<HashSet<String>>,
}

#[derive(Debug)]
pub(super) enum Place {
    Local { root: PathBuf },
    Remote { store: Arc<dyn ObjectStore>, runtime: Handle },
}

/// A tile that lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where, relative to the root.
    pub path: String,
    /// How large it is.
    pub bytes: u64,
}

/// A tile that has become durable under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Where it lies.
    pub path: String,
    /// How large it is.
    pub bytes: u64,
    /// BLAKE3 of it.
    pub hash: [u8; 32],
    /// Keeps it until something names it.
    pub hold: Hold,
}

impl TileStore {
    /// Tiles in the data folder.
    ///
    /// # Errors
    /// [`Error::Remote`] where the folder cannot be opened for reading.
    pub fn local(home: &Home) -> Result<Arc<Self>, Error> {
        let root = home.data();
        let reader = LocalFileSystem::new_with_prefix(&root).map_err(|source| Error::Remote {
            doing: "to open",
            path: "data".to_owned(),
            source,
        })?;
        Ok(Arc::new(Self::at(home, Place::Local { root }, Arc::new(reader))))
    }

    /// Tiles in an object store, already rooted at the prefix that is ours. `runtime` carries the
    /// requests of [`TileWriter::seal`], which is called from the pool.
    pub fn remote(home: &Home, store: Arc<dyn ObjectStore>, runtime: Handle) -> Arc<Self> {
        let reader = Arc::clone(&store);
        Arc::new(Self::at(home, Place::Remote { store, runtime }, reader))
    }

    fn at(home: &Home, place: Place, reader: Arc<dyn ObjectStore>) -> Self {
        Self { staging: home.staging(), place, reader, held: Mutex::default() }
    }

    /// The tiles for reading: a partition's path is a path in it.
    pub fn reader(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.reader)
    }

    /// The file of a tile, where tiles are files.
    pub fn local_path(&self, path: &str) -> Option<PathBuf> {
        match &self.place {
            Place::Local { root } => Some(root.join(path)),
            Place::Remote { .. } => None,
        }
    }

    /// A new tile that will lie at `path`. Nobody sees it before [`TileWriter::seal`].
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn create(self: &Arc<Self>, path: String) -> Result<TileWriter, Error> {
        let hold = Hold::of(self, &path);
        self.begin(path, hold)
    }

    /// The same of a tile that is held already.
    pub(super) fn begin(self: &Arc<Self>, path: String, hold: Hold) -> Result<TileWriter, Error> {
        let staged = self.staging.join(format!("tile-{}", Uuid::now_v7()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&staged)
            .map_err(|source| Error::file("to make", &staged, source))?;
        let store = Arc::clone(self);
        Ok(TileWriter { store, path, staged, file, hash: blake3::Hasher::new(), bytes: 0, hold })
    }

    /// Whether somebody holds the tile of that path, or the folder that it is a part of: it may be named soon, whatever
    /// its age.
    pub fn holds(&self, path: &str) -> bool {
        let held = self.held();
        held.contains(path) || folder_of(path).is_some_and(|folder| held.contains(folder))
    }

    pub(super) fn held(&self) -> MutexGuard<'_, HashSet<String>> {
        self.held.lock()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn staging(&self) -> &Path {
        &self.staging
    }

    /// Removes a tile that nothing names, as well as that can be done now: what stays is an orphan.
    pub(super) fn remove(&self, path: &str) {
        match &self.place {
            Place::Local { root } => {
                if let Err(error) = std::fs::remove_file(root.join(path)) {
                    tracing::debug!(path, %error, "a tile was left to the sweep");
                }
            }
            Place::Remote { store, runtime } => {
                let (store, path) = (Arc::clone(store), object_store::path::Path::from(path));
                runtime.spawn(async move {
                    if let Err(error) = store.delete(&path).await {
                        tracing::debug!(%path, %error, "a tile was left to the sweep");
                    }
                });
            }
        }
    }

    /// Removes a tile, and its folder where that was the last of it. One that is gone already counts as removed.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Remote`].
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        match self.reader.delete(&object_store::path::Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                self.remove_if_empty(path);
                Ok(())
            }
            Err(source) => Err(Error::Remote { doing: "to delete", path: path.to_owned(), source }),
        }
    }

    /// Every tile that lies in the store, known to the catalog or not.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn list(&self) -> Result<Vec<Stored>, Error> {
        self.reader
            .list(None)
            .map_ok(|meta| Stored { path: meta.location.to_string(), bytes: meta.size })
            .try_collect()
            .await
            .map_err(|source| Error::Remote { doing: "to list", path: String::new(), source })
    }

    /// BLAKE3 and size of a tile as it lies there, or nothing where it is missing.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn hash(&self, path: &str) -> Result<Option<(u64, [u8; 32])>, Error> {
        let failed = |source| Error::Remote { doing: "to read", path: path.to_owned(), source };
        let mut body = match self.reader.get(&object_store::path::Path::from(path)).await {
            Ok(got) => got.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        let (mut hash, mut bytes) = (blake3::Hasher::new(), 0_u64);
        while let Some(part) = body.try_next().await.map_err(failed)? {
            hash.update(&part);
            bytes = bytes.saturating_add(part.len() as u64);
        }
        Ok(Some((bytes, *hash.finalize().as_bytes())))
    }
}

/// A tile being written. Dropped before it is sealed, it leaves nothing behind.
#[derive(Debug)]
pub struct TileWriter {
    store: Arc<TileStore>,
    path: String,
    staged: PathBuf,
    file: File,
    hash: blake3::Hasher,
    bytes: u64,
    hold: Hold,
}

impl TileWriter {
    /// Makes the tile durable under its name, and only then says where it lies.
    ///
    /// Blocks: two fsyncs locally, an upload remotely. Call it on the pool.
    ///
    /// # Errors
    /// [`Error::Full`]; [`Error::Exists`], and what was there is left alone; [`Error::Unknown`] where a
    /// bucket's answer was lost.
    pub fn seal(self) -> Result<Sealed, Error> {
        fail::fail_point!("tile-before-sync");
        let (path, hash) = (self.path.clone(), *self.hash.finalize().as_bytes());
        let sealed = Sealed { path, bytes: self.bytes, hash, hold: self.hold.clone() };
        match &self.store.place {
            Place::Local { root } => self.name_locally(&root.join(&self.path))?,
            Place::Remote { store, runtime } => {
                runtime.block_on(self.upload(store.as_ref(), Arc::clone(store)))?
            }
        }
        self.hold.sealed();
        fail::fail_point!("tile-sealed");
        Ok(sealed)
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).map_err(|source| Error::file("to write", &self.staged, source))
    }

    /// What the last eight bytes of a Parquet file say: the length of its footer.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn footer_bytes(&self) -> Result<u64, Error> {
        let mut length = [0; 4];
        self.file
            .read_exact_at(&mut length, self.bytes.saturating_sub(8))
            .map_err(|source| Error::file("to read", &self.staged, source))?;
        Ok(u32::from_le_bytes(length).into())
    }

    fn name_locally(&self, target: &Path) -> Result<(), Error> {
        sync_file(&self.file, &self.staged)?;
        fail::fail_point!("tile-before-rename");
        let folder = target.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        match renameat_with(CWD, &self.staged, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(Error::Exists { path: self.path.clone() }),
            Err(error) => return Err(Error::file("to name", target, error.into())),
        }
        fail::fail_point!("tile-before-folder-sync");
        sync_folder(folder)
    }

    async fn upload(&self, small: &dyn ObjectStore, large: Arc<dyn ObjectStore>) -> Result<(), Error> {
        let path = object_store::path::Path::from(self.path.as_str());
        let sent = if self.bytes <= ONE_PUT_BYTES {
            let body =
                std::fs::read(&self.staged).map_err(|source| Error::file("to read", &self.staged, source))?;
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            small.put_opts(&path, PutPayload::from(body), options).await.map(|_| ())
        } else {
            self.upload_in_parts(large, path.clone()).await
        };
        let Err(source) = sent else { return Ok(()) };
        // The answer may be lost and the object there all the same. Its name is ours alone, so an object of
        // the right size under it is the one that was sent.
        match small.head(&path).await {
            Ok(meta) if meta.size == self.bytes => Ok(()),
            Ok(_) => Err(Error::Exists { path: self.path.clone() }),
            Err(object_store::Error::NotFound { .. }) => {
                Err(Error::Remote { doing: "to write", path: self.path.clone(), source })
            }
            Err(_) => Err(Error::Unknown { path: self.path.clone(), source }),
        }
    }

    async fn upload_in_parts(
        &self,
        store: Arc<dyn ObjectStore>,
        path: object_store::path::Path,
    ) -> Result<(), object_store::Error> {
        let lost = |source| object_store::Error::Generic { store: "upload", source: Box::new(source) };
        let mut from = tokio::fs::File::open(&self.staged).await.map_err(lost)?;
        let mut to = BufWriter::new(store, path);
        let copied = tokio::io::copy(&mut from, &mut to).await.map_err(lost)?;
        if copied != self.bytes {
            to.abort().await?;
            return Err(lost(std::io::ErrorKind::UnexpectedEof.into()));
        }
        to.shutdown().await.map_err(lost)
    }
}

impl Write for TileWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or(bytes));
        self.bytes = self.bytes.saturating_add(taken as u64);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for TileWriter {
    fn drop(&mut self) {
        // Sealed tiles have left this name already. The error, if any, is a file that the next start removes.
        let _ = std::fs::remove_file(&self.staged);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_sealed_tile_is_there_and_a_dropped_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let store = TileStore::local(&home).unwrap();
        let mut writer = store.create("main/t/a.parquet".to_owned()).unwrap();
        writer.write_all(b"rows").unwrap();
        let sealed = writer.seal().unwrap();
        assert_eq!(store.hash("main/t/a.parquet").await.unwrap(), Some((4, sealed.hash)));
        store.create("main/t/b.parquet".to_owned()).unwrap().write_all(b"x").unwrap();
        let listed: Vec<String> = store.list().await.unwrap().into_iter().map(|stored| stored.path).collect();
        assert_eq!(listed, ["main/t/a.parquet"]);
        assert_eq!(std::fs::read_dir(home.staging()).unwrap().count(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_name_that_is_taken_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let remote =
            TileStore::remote(&home, Arc::new(object_store::memory::InMemory::new()), Handle::current());
        for store in [TileStore::local(&home).unwrap(), remote] {
            let write = |text: &'static [u8]| {
                let store = Arc::clone(&store);
                tokio::task::spawn_blocking(move || {
                    let mut writer = store.create("main/t/a".to_owned())?;
                    writer.write_all(text).unwrap();
                    writer.seal()
                })
            };
            let first = write(b"first").await.unwrap().unwrap();
            assert!(matches!(write(b"another").await.unwrap(), Err(Error::Exists { .. })));
            assert_eq!(store.hash("main/t/a").await.unwrap(), Some((5, first.hash)));
        }
    }
}
