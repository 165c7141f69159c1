//! Files below a folder at a location, each as it is when it is asked for: nothing is listed beforehand, and nothing is
//! believed to stay as it was.
//!
//! What a file was when it was read is its [`FileState`]. Whoever reads it in several pieces, or keeps what was made of
//! it, compares them.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::located::failed;
use crate::format::files::Error;
use crate::pool::Cancel;

/// How long a store may take to say something: longer than its client tries again by itself after a lost connection.
const WAIT: Duration = Duration::from_secs(60);
/// Files that are asked about at a time.
const ASKED: usize = 16;

/// A folder at a location.
#[derive(Clone, Debug)]
pub struct Place {
    name: String,
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    folder: Path,
}

/// What a file was at one moment: two that are equal are of one content, as far as its store can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// How many bytes it has.
    pub bytes: u64,
    /// Out of what its store says of it: the tag of its content, its version, when it was written. Never 0.
    pub mark: u64,
}

impl Place {
    /// The folder of that store, which messages call `name`. `runtime` carries the requests.
    pub fn new(name: String, store: Arc<dyn ObjectStore>, folder: Path, runtime: Handle) -> Self {
        Self { name, store, runtime, folder }
    }

    /// A folder in it.
    ///
    /// # Errors
    /// [`Error::Nothing`] where it is no path.
    pub fn within(&self, folder: &str) -> Result<Self, Error> {
        let path = self.path(folder)?;
        Ok(Self { name: self.called(folder), folder: path, ..self.clone() })
    }

    /// What messages call a file of it; itself without a name.
    pub fn called(&self, name: &str) -> String {
        match name {
            "" => self.name.clone(),
            name => format!("{}/{name}", self.name.trim_end_matches('/')),
        }
    }

    /// The path of the folder, from the location on.
    pub fn folder(&self) -> &str {
        self.folder.as_ref()
    }

    /// What the work comes to, waited for on a thread of the pool.
    ///
    /// # Errors
    /// What the work says, [`Error::Stopped`] at once after `cancel`.
    pub fn wait<T>(&self, cancel: &Cancel, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.runtime.block_on(async {
            tokio::select! {
                done = work => done,
                _ = cancel.cancelled() => Err(Error::Stopped),
            }
        })
    }

    /// What a file is now; nothing where there is none.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::LeadsOut`], [`Error::Late`].
    pub async fn state(&self, name: &str) -> Result<Option<FileState>, Error> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        Ok(self.get(name, options).await?.map(|found| state_of(&found.meta)))
    }

    /// The same of several files, in their order.
    ///
    /// # Errors
    /// Those of [`Place::state`].
    pub async fn states(&self, names: &[String]) -> Result<Vec<Option<FileState>>, Error> {
        stream::iter(names).map(|name| self.state(name)).buffered(ASKED).try_collect().await
    }

    /// All bytes of a file, at most `most`, and what it was; nothing where there is none.
    ///
    /// # Errors
    /// [`Error::Long`] before any byte is read; [`Error::Changed`] where it was written meanwhile; those of
    /// [`Place::state`].
    pub async fn whole(&self, name: &str, most: u64) -> Result<Option<(FileState, Bytes)>, Error> {
        let Some(found) = self.get(name, GetOptions::default()).await? else { return Ok(None) };
        let state = state_of(&found.meta);
        if state.bytes > most {
            return Err(Error::Long { name: self.called(name), bytes: state.bytes, max: most });
        }
        self.bytes(name, state, found).await.map(|bytes| Some((state, bytes)))
    }

    /// Some bytes of a file that still is what it was.
    ///
    /// # Errors
    /// [`Error::Changed`] where it is not; those of [`Place::state`].
    pub async fn range(&self, name: &str, was: FileState, range: Range<u64>) -> Result<Bytes, Error> {
        // A store may refuse to give nothing.
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let read = async {
            match self.get(name, options).await? {
                Some(found) if state_of(&found.meta) == was => self.bytes(name, was, found).await,
                _ => Err(Error::Changed { name: self.called(name) }),
            }
        };
        let read = read.await;
        // Of one that has become shorter, the range is what is refused.
        if matches!(read, Err(Error::Store)) && self.state(name).await? != Some(was) {
            return Err(Error::Changed { name: self.called(name) });
        }
        read
    }

    /// The names of the folders in it.
    ///
    /// # Errors
    /// Those of [`Place::state`].
    pub async fn folders(&self) -> Result<Vec<String>, Error> {
        let prefix = Some(&self.folder).filter(|folder| !folder.as_ref().is_empty());
        let listed = within(self.store.list_with_delimiter(prefix)).await?.map_err(|error| failed(&error))?;
        let names = listed.common_prefixes.iter().filter_map(Path::filename).map(str::to_owned);
        Ok(names.collect())
    }

    async fn get(&self, name: &str, options: GetOptions) -> Result<Option<GetResult>, Error> {
        match within(self.store.get_opts(&self.path(name)?, options)).await? {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn bytes(&self, name: &str, was: FileState, found: GetResult) -> Result<Bytes, Error> {
        let length = usize::try_from(found.range.end.saturating_sub(found.range.start)).unwrap_or_default();
        let is_file = matches!(found.payload, GetResultPayload::File(..));
        let bytes = if is_file {
            within(found.bytes()).await?.map_err(|error| failed(&error))?
        } else {
            let (mut pieces, mut all) = (found.into_stream(), BytesMut::with_capacity(length));
            while let Some(piece) = within(pieces.next()).await? {
                all.extend_from_slice(&piece.map_err(|error| failed(&error))?);
            }
            all.freeze()
        };
        // An object is replaced whole; a file may be written into while it is read.
        if bytes.len() != length || (is_file && self.state(name).await? != Some(was)) {
            return Err(Error::Changed { name: self.called(name) });
        }
        Ok(bytes)
    }

    fn path(&self, name: &str) -> Result<Path, Error> {
        let path = match (self.folder.as_ref(), name) {
            (folder, "") => folder.to_owned(),
            ("", name) => name.to_owned(),
            (folder, name) => format!("{folder}/{name}"),
        };
        Path::parse(&path).map_err(|_| Error::Nothing { path })
    }
}

/// What the store says before it has been waited for too long.
async fn within<T>(asked: impl Future<Output = T>) -> Result<T, Error> {
    timeout(WAIT, asked).await.map_err(|_| Error::Late { waited: WAIT })
}

fn state_of(meta: &ObjectMeta) -> FileState {
    let mut hash = blake3::Hasher::new();
    for part in [meta.e_tag.as_deref(), meta.version.as_deref()] {
        let part = part.unwrap_or_default();
        hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let written = meta.last_modified.timestamp_nanos_opt().unwrap_or_default();
    hash.update(&written.to_le_bytes()).update(&meta.size.to_le_bytes());
    let mark = hash.finalize().as_bytes().first_chunk().copied().map(u64::from_le_bytes);
    FileState { bytes: meta.size, mark: mark.unwrap_or_default().max(1) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::pool::Reason;
    use crate::store::open_location;

    fn here(folder: &std::path::Path) -> Place {
        let url = url::Url::from_directory_path(folder).unwrap();
        let store = open_location(url.as_str(), &BTreeMap::new()).unwrap();
        Place::new("lake".to_owned(), store, Path::default(), Handle::current()).within("a b.zarr").unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_is_read_as_it_is_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("a b.zarr");
        std::fs::create_dir_all(inside.join("c")).unwrap();
        std::fs::write(inside.join("c/0"), "chunk").unwrap();
        let place = here(folder.path());
        assert_eq!((place.called("c/0"), place.folder()), ("lake/a b.zarr/c/0".to_owned(), "a b.zarr"));
        let (was, bytes) = place.whole("c/0", 5).await.unwrap().unwrap();
        assert_eq!((was.bytes, &*bytes), (5, &b"chunk"[..]));
        assert!(matches!(place.whole("c/0", 4).await, Err(Error::Long { bytes: 5, max: 4, .. })));
        assert_eq!(place.state("c/1").await.unwrap(), None);
        assert_eq!(place.states(&["c/1".into(), "c/0".into()]).await.unwrap(), [None, Some(was)]);
        assert_eq!(&*place.range("c/0", was, 1..3).await.unwrap(), b"hu");
        assert_eq!(place.folders().await.unwrap(), ["c"]);
        std::fs::write(inside.join("c/0"), "ch").unwrap();
        for range in [1..2, 3..5] {
            let changed = place.range("c/0", was, range).await.unwrap_err();
            assert_eq!(changed.to_string(), "`lake/a b.zarr/c/0` changed while it was read; ask again");
        }
        std::fs::remove_file(inside.join("c/0")).unwrap();
        assert!(matches!(place.range("c/0", was, 0..1).await, Err(Error::Changed { .. })));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_waits_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let (place, cancel) = (here(folder.path()), Cancel::new());
        let stopped = cancel.clone();
        let waiting = tokio::task::spawn_blocking(move || {
            place.wait(&cancel, std::future::pending::<Result<(), Error>>())
        });
        stopped.cancel(Reason::Asked);
        assert!(matches!(waiting.await.unwrap(), Err(Error::Stopped)));
    }
}
