//! Reading ranges of tiles from the pool's threads, wherever the tiles lie.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use super::tiles::Place;
use super::{Error, TileStore};

/// A tile that is being read.
#[derive(Debug)]
pub struct TileReader(At);

#[derive(Debug)]
enum At {
    File { file: File, path: PathBuf },
    Object { store: Arc<dyn ObjectStore>, runtime: Handle, path: String },
}

impl TileStore {
    /// The tile of that path, to be read.
    ///
    /// # Errors
    /// [`Error::File`] where it is not there, or cannot be opened; of a bucket, only reading tells.
    pub fn open(&self, path: &str) -> Result<TileReader, Error> {
        let at = match self.place() {
            Place::Local { root } => {
                let path = root.join(path);
                let file = File::open(&path).map_err(|source| Error::file("to open", &path, source))?;
                At::File { file, path }
            }
            Place::Remote { store, runtime } => {
                At::Object { store: Arc::clone(store), runtime: runtime.clone(), path: path.to_owned() }
            }
        };
        Ok(TileReader(at))
    }
}

impl TileReader {
    /// Those bytes of it. Blocks: call it on the pool.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Remote`]: also where the tile ends before.
    pub fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        match &self.0 {
            At::File { file, path } => {
                let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, range.start)
                    .map_err(|source| Error::file("to read", path, source))?;
                Ok(bytes.into())
            }
            At::Object { store, runtime, path } => {
                let location = object_store::path::Path::from(path.as_str());
                runtime.block_on(store.get_range(&location, range)).map_err(|source| Error::Remote {
                    doing: "to read",
                    path: path.clone(),
                    source,
                })
            }
        }
    }
}
