//! Files below a place of a store of somebody else's, read from the pool's threads.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use super::LeadsOut;
use crate::format::files::{Error, File, Files};

/// Files of the largest folder.
const FILES_MAX: usize = 1 << 20;
/// Bytes that a file's name takes in memory, and how many names are charged for at a time.
const NAME_BYTES: u64 = 512;
const NAMES: usize = 1 << 10;

/// What lies at a place of a store.
pub enum Lies {
    /// One file: its bytes, as they come.
    Bytes(BoxStream<'static, Result<Bytes, Error>>),
    /// Files below it.
    Files(Located),
}

/// Files below a place of a store, listed once.
pub struct Located {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    files: BTreeMap<String, (Path, u64)>,
}

/// Looks at a place. `charge` is asked for the bytes that names take before they are taken.
///
/// # Errors
/// [`Error::Nothing`], [`Error::LeadsOut`], [`Error::Store`], [`Error::Which`] for too many files; what `charge` says.
pub async fn lies<E: From<Error>>(
    store: Arc<dyn ObjectStore>,
    path: &Path,
    mut charge: impl FnMut(u64) -> Result<(), E>,
) -> Result<Lies, E> {
    if !path.as_ref().is_empty() {
        match store.get(path).await {
            Ok(found) => return Ok(Lies::Bytes(found.into_stream().map_err(|error| failed(&error)).boxed())),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(&error).into()),
        }
    }
    let mut files = BTreeMap::new();
    let mut listed = store.list(Some(path).filter(|path| !path.as_ref().is_empty()));
    while let Some(meta) = listed.try_next().await.map_err(|error| failed(&error))? {
        if files.len() % NAMES == 0 {
            charge(NAME_BYTES.saturating_mul(NAMES as u64))?;
        }
        if files.len() >= FILES_MAX {
            let said = format!("there are more than the {FILES_MAX} files below the place that are read");
            return Err(Error::Which(said).into());
        }
        let Some(parts) = meta.location.prefix_match(path) else { continue };
        let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
        files.insert(parts.join("/"), (meta.location, meta.size));
    }
    drop(listed);
    match files.is_empty() {
        true => Err(Error::Nothing { path: path.to_string() }.into()),
        false => Ok(Lies::Files(Located { store, runtime: Handle::current(), files })),
    }
}

impl Located {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().fold(0, |bytes, (_, more)| bytes.saturating_add(*more))
    }
}

impl Files for Located {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.files.keys().map(String::as_str))
    }

    fn file(&self, name: &str) -> Option<File> {
        self.files.get(name).map(|(_, bytes)| File { bytes: *bytes, parts: true })
    }

    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(File { bytes, .. }) = self.file(name) else { return Ok(None) };
        if bytes > most {
            return Err(Error::Long { name: name.to_owned(), bytes, max: most });
        }
        Ok(Some(self.range(name, 0..bytes)?.into()))
    }

    fn range(&self, name: &str, range: Range<u64>) -> Result<Bytes, Error> {
        let Some((path, _)) = self.files.get(name) else {
            return Err(Error::Nothing { path: name.to_owned() });
        };
        // A store may refuse to give nothing.
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.runtime.block_on(self.store.get_range(path, range)).map_err(|error| failed(&error))
    }
}

/// What a caller may know of why a store gave nothing: where it lies and who may read it is the administrator's.
pub(super) fn failed(error: &object_store::Error) -> Error {
    if let Some(link) = LeadsOut::behind(error) {
        return link.clone().into();
    }
    tracing::warn!(%error, "files at a location could not be read");
    Error::Store
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use object_store::memory::InMemory;

    use super::*;

    async fn at(path: &str) -> Result<Lies, Error> {
        let store = Arc::new(InMemory::new());
        for (path, bytes) in [
            ("a/b.npy", "npy"),
            ("a/z.zarr/zarr.json", "{}"),
            ("a/z.zarr/c/0", "chunk"),
            ("a/z.zarr2", "other"),
        ] {
            store.put(&Path::from(path), bytes.into()).await.unwrap();
        }
        lies(store, &Path::parse(path).unwrap(), |_| Ok::<_, Error>(())).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_place_is_a_file_or_files_or_nothing() {
        let Lies::Bytes(bytes) = at("a/b.npy").await.unwrap() else { panic!("a file") };
        assert_eq!(bytes.try_collect::<Vec<_>>().await.unwrap().concat(), b"npy");
        assert!(matches!(at("a/c").await, Err(Error::Nothing { path }) if path == "a/c"));
        let Lies::Files(files) = at("a/z.zarr").await.unwrap() else { panic!("files") };
        assert_eq!((files.names().collect::<Vec<_>>(), files.bytes()), (vec!["c/0", "zarr.json"], 7));
        let read = move || {
            assert_eq!(files.range("c/0", 1..3).unwrap(), "hu".as_bytes());
            assert_eq!(files.range("c/0", 2..2).unwrap(), "".as_bytes());
            assert_eq!(files.read("zarr.json", 2).unwrap().unwrap(), b"{}");
            assert!(matches!(files.read("zarr.json", 1), Err(Error::Long { max: 1, .. })));
            assert!(files.read("no", 1).unwrap().is_none());
        };
        tokio::task::spawn_blocking(read).await.unwrap();
        let Lies::Files(all) = at("").await.unwrap() else { panic!("files") };
        assert_eq!(all.names().count(), 4);
    }
}
