//! A folder as an object store that no symbolic link leads out of: `LocalFileSystem` follows them.

use std::fmt;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Why a path in a location was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` leads out of its location by a symbolic link, and locations are not left")]
pub struct LeadsOut {
    /// The path, from the location on.
    pub path: String,
}

impl LeadsOut {
    /// Finds it behind what an object store, or a reader of one, said.
    pub fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
    }
}

/// The folder.
#[derive(Debug)]
pub(super) struct Contained {
    inner: LocalFileSystem,
    root: PathBuf,
}

impl Contained {
    /// Opens a folder that exists.
    pub(super) fn open(folder: &FilePath) -> Result<Self, String> {
        let root = folder.canonicalize().map_err(|error| format!("{error}"))?;
        let inner = LocalFileSystem::new_with_prefix(&root).map_err(|error| error.to_string())?;
        Ok(Self { inner, root })
    }

    /// Refuses a path whose nearest existing part lies, all links followed, outside of the root.
    fn check(&self, path: &Path) -> Result<()> {
        let full = self.root.join(path.as_ref());
        let mut part = full.as_path();
        let real = loop {
            match (part.canonicalize(), part.parent()) {
                (Ok(real), _) => break real,
                (Err(_), Some(parent)) => part = parent,
                (Err(_), None) => break self.root.clone(),
            }
        };
        if real.starts_with(&self.root) {
            return Ok(());
        }
        let source = Box::new(LeadsOut { path: path.to_string() });
        Err(Error::PermissionDenied { path: path.to_string(), source })
    }
}

impl fmt::Display for Contained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a folder")
    }
}

#[async_trait]
impl ObjectStore for Contained {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.check(path)?;
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.check(path)?;
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.check(path)?;
        self.inner.get_opts(path, options).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.check(path)?;
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match prefix.map(|prefix| self.check(prefix)) {
            Some(Err(error)) => futures::stream::once(async { Err(error) }).boxed(),
            _ => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        if let Some(prefix) = prefix {
            self.check(prefix)?;
        }
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.copy_opts(from, to, options).await
    }
}
