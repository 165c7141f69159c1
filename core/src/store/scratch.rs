//! Scratch of long computations: pieces, each written whole and checked when it is read. What is left of one whose process
//! died is kept for a day, so that the same computation, asked again, goes on from there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use uuid::Uuid;

use super::durable::{make_folder, sync_folder};
use super::folder::{remove_apart, uuid_of};
use super::{Error, Home, TileFolder, TileStore};

/// How long what is left of a computation is kept for the next that is the same.
const LEFT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes of a piece's checksum, which follows what is in it.
const SUM_BYTES: usize = blake3::OUT_LEN;
/// The piece that says where tiles lie that belong to nothing yet.
const TILES: &str = "tiles";

/// Room for the scratch of all computations.
#[derive(Debug)]
pub struct ScratchSpace {
    root: PathBuf,
    /// Where what goes is put first.
    staging: PathBuf,
    limit: u64,
    used: AtomicU64,
    /// Whose folders there are: those that are at work, and what is left of others.
    folders: Mutex<HashMap<String, Option<Left>>>,
}

/// What is left of a computation.
#[derive(Debug)]
struct Left {
    since: SystemTime,
    bytes: u64,
    /// Held, so that nobody sweeps them away.
    tiles: Option<TileFolder>,
}

/// The scratch of one computation; gone with it, unless the process dies.
#[derive(Debug)]
pub struct Scratch {
    space: Arc<ScratchSpace>,
    key: String,
    path: PathBuf,
    is_kept: bool,
    is_resumed: bool,
    bytes: AtomicU64,
    tiles: Mutex<Option<TileFolder>>,
}

impl ScratchSpace {
    /// The room in a data folder, of so many bytes, with what an earlier process has left there; its tiles lie in that
    /// store. Blocks.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn open(home: &Home, store: &Arc<TileStore>, limit: u64) -> Result<Arc<Self>, Error> {
        let root = home.unfinished();
        make_folder(&root)?;
        let entries = std::fs::read_dir(&root).map_err(|source| Error::file("to list", &root, source))?;
        let (mut folders, mut used) = (HashMap::new(), 0_u64);
        for entry in entries.flatten() {
            let path = entry.path();
            let since = entry.metadata().and_then(|meta| meta.modified()).ok();
            let key = entry.file_name().into_string().ok().filter(|key| is_key(key));
            match (key, since) {
                (Some(key), Some(since)) if is_young(since) => {
                    let tiles = read(&path.join(TILES)).and_then(|path| String::from_utf8(path).ok());
                    // The name is our own, and what it says is all that is looked at.
                    let tiles = tiles.filter(|path| uuid_of(path).is_some()).map(|path| store.folder(path));
                    let bytes = bytes_of(&path);
                    used = used.saturating_add(bytes);
                    folders.insert(key, Some(Left { since, bytes, tiles }));
                }
                _ => remove_apart(&path, &home.staging()),
            }
        }
        let staging = home.staging();
        Ok(Arc::new(Self { root, staging, limit, used: AtomicU64::new(used), folders: Mutex::new(folders) }))
    }

    /// Bytes that all computations may have together.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The key of the computation that those texts say all of.
    pub fn key(parts: &[String]) -> String {
        let mut hash = blake3::Hasher::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hash.finalize().to_hex().to_string()
    }

    /// The scratch of the computation of that key, which is made of hexadecimal digits, with what is left of it. Without a
    /// key, and where the same is at work already, it begins anew, and what is left of it is nobody's. Blocks.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn scratch(self: &Arc<Self>, key: Option<&str>) -> Result<Scratch, Error> {
        self.forget_old();
        let (key, left) = self.taken(key);
        let is_kept = is_key(&key);
        let is_resumed = left.is_some();
        let (bytes, tiles) = left.map_or((0, None), |left| (left.bytes, left.tiles));
        let path = self.root.join(&key);
        let (bytes, tiles) = (AtomicU64::new(bytes), Mutex::new(tiles));
        let scratch = Scratch { space: Arc::clone(self), key, path, is_kept, is_resumed, bytes, tiles };
        make_folder(&scratch.path)?;
        Ok(scratch)
    }

    /// The name of a folder that is nobody else's now, with what is left in it.
    fn taken(&self, key: Option<&str>) -> (String, Option<Left>) {
        let mut folders = self.folders.lock();
        let own = format!("own-{}", Uuid::now_v7());
        let key = key.filter(|key| !matches!(folders.get(*key), Some(None))).map_or(own, str::to_owned);
        let left = folders.insert(key.clone(), None).flatten();
        (key, left)
    }

    /// Lets go what nobody has come back to.
    fn forget_old(&self) {
        let mut folders = self.folders.lock();
        folders.retain(|key, left| match left {
            Some(left) if !is_young(left.since) => {
                self.used.fetch_sub(left.bytes, Ordering::Relaxed);
                remove_apart(&self.root.join(key), &self.staging);
                false
            }
            _ => true,
        });
    }
}

impl Scratch {
    /// Whether the same computation finds it again where the process dies.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Whether an earlier process has begun it.
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// The folder of tiles that it writes, which stays with what is left of it: the one that it had, or that new one.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn tiles(&self, new: impl FnOnce() -> TileFolder) -> Result<TileFolder, Error> {
        let mut tiles = self.tiles.lock();
        if let Some(tiles) = &*tiles {
            return Ok(tiles.clone());
        }
        let new = new();
        self.put(TILES, new.path().as_bytes())?;
        Ok(tiles.insert(new).clone())
    }

    /// From here on the tiles are not to be taken up by another process, whatever becomes of this one: that is durable when
    /// this ends. Blocks.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn let_go_of_tiles(&self) -> Result<(), Error> {
        let path = self.path.join(TILES);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::file("to remove", path, error))
            }
            _ => sync_folder(&self.path),
        }
    }

    /// Writes a piece, in place of one of that name. It is there wholly or not at all, also where the process dies; after a
    /// power cut it may be gone. Blocks.
    ///
    /// # Errors
    /// [`Error::ScratchFull`], [`Error::Full`], [`Error::File`].
    pub fn put(&self, name: &str, piece: &[u8]) -> Result<(), Error> {
        let (path, staged) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let bytes = (piece.len() as u64).saturating_add(SUM_BYTES as u64);
        let before = std::fs::metadata(&path).map_or(0, |before| before.len());
        let used = self.space.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let let_go = |bytes: u64| {
            self.space.used.fetch_sub(bytes, Ordering::Relaxed);
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        };
        if used.saturating_sub(before) > self.space.limit {
            let_go(bytes);
            return Err(Error::ScratchFull { limit: self.space.limit });
        }
        let written = std::fs::write(&staged, [piece, blake3::hash(piece).as_bytes()].concat());
        written.map_err(|source| Error::file("to write", &staged, source))?;
        std::fs::rename(&staged, &path).map_err(|source| Error::file("to name", path, source))?;
        // What was there under that name is no more.
        let_go(before);
        Ok(())
    }

    /// The piece of that name; nothing where it is not there, or is not as it was written. Blocks.
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        read(&self.path.join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove_apart(&self.path, &self.space.staging);
        self.space.used.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
        self.space.folders.lock().remove(&self.key);
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut piece = std::fs::read(path).ok()?;
    let sum = piece.split_off(piece.len().checked_sub(SUM_BYTES)?);
    (blake3::hash(&piece).as_bytes()[..] == sum[..]).then_some(piece)
}

fn is_key(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_young(since: SystemTime) -> bool {
    since.elapsed().is_ok_and(|age| age < LEFT_FOR)
}

fn bytes_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn opened(folder: &Path, limit: u64) -> (Home, Arc<TileStore>, Arc<ScratchSpace>) {
        let home = Home::open(folder).unwrap();
        let store = TileStore::local(&home).unwrap();
        let space = ScratchSpace::open(&home, &store, limit).unwrap();
        (home, store, space)
    }

    #[test]
    fn what_a_dead_process_left_is_found_by_the_same_computation() {
        let folder = tempfile::tempdir().unwrap();
        let (home, store, space) = opened(folder.path(), 1 << 20);
        let tiles = format!("main/{}.zarr/", Uuid::now_v7());
        let scratch = space.scratch(Some("ab12")).unwrap();
        assert!(!scratch.is_resumed());
        scratch.put("stage.0", b"known").unwrap();
        scratch.tiles(|| store.folder(tiles.clone())).unwrap();
        // The process dies: nothing is dropped.
        std::mem::forget(scratch);
        drop((home, store, space));

        let (_home, store, space) = opened(folder.path(), 1 << 20);
        assert!(store.holds(&tiles), "the sweep leaves them alone");
        let scratch = space.scratch(Some("ab12")).unwrap();
        assert!(scratch.is_resumed());
        assert_eq!(scratch.get("stage.0").unwrap(), b"known");
        assert_eq!(scratch.tiles(|| unreachable!()).unwrap().path(), tiles);
        // The same once more, at the same time, begins anew.
        let other = space.scratch(Some("ab12")).unwrap();
        assert!(other.get("stage.0").is_none() && !other.is_resumed());
        drop((scratch, other));
        assert!(!store.holds(&tiles));
        assert!(space.scratch(Some("ab12")).unwrap().get("stage.0").is_none(), "it ended, and left nothing");
        assert_eq!(space.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_piece_that_is_not_as_it_was_written_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (_home, _store, space) = opened(folder.path(), 1 << 20);
        let scratch = space.scratch(Some("0f")).unwrap();
        scratch.put("one", &[7; 100]).unwrap();
        let path = scratch.path.join("one");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] = 8;
        std::fs::write(&path, &bytes).unwrap();
        assert!(scratch.get("one").is_none());
        std::fs::write(&path, &bytes[..5]).unwrap();
        assert!(scratch.get("one").is_none() && scratch.get("none").is_none());
    }

    #[test]
    fn there_is_no_more_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let (_home, _store, space) = opened(folder.path(), 1000);
        let scratch = space.scratch(Some("1")).unwrap();
        scratch.put("one", &[0; 500]).unwrap();
        assert!(matches!(scratch.put("two", &[0; 500]), Err(Error::ScratchFull { limit: 1000 })));
        drop(scratch);
        space.scratch(Some("1")).unwrap().put("two", &[0; 900]).unwrap();
    }
}
