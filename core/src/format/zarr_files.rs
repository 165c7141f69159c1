//! A Zarr store whose files are an archive's, as zarr-python's `ZipStore` writes it, or lie below a place of a store.

use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;

use super::files::{Error, File, Files, chosen};
use crate::array::grid::{Grid, Region};
use crate::array::zarr::{self, Body, Description, Found, Source};
use crate::array::{Data, Layout, SliceMut, shape};

/// Bytes of the largest metadata that are read.
const METADATA_BYTES_MAX: u64 = 16 << 20;
/// Bytes of metadata that are read to find out which nodes are arrays.
const LISTED_BYTES_MAX: u64 = 256 << 20;
/// Bytes of the largest packed file of chunks that is read whole.
const PACKED_BYTES_MAX: u64 = 1 << 31;
/// What files of metadata are called.
const NAMES: &[&str] = &["zarr.json", ".zarray", ".zgroup", ".zmetadata"];
/// How many bytes a byte of metadata takes once it is read.
const READ_TIMES: u64 = 32;

/// An array of a store.
pub struct ZarrFiles<'a> {
    files: &'a dyn Files,
    folder: String,
    grid: Grid,
    /// What its metadata say.
    pub description: Description,
    /// The indices of its chunks that have a file.
    pub written: Vec<Vec<usize>>,
    /// Bytes of the largest of those files, and whether one of them is read whole or not at all.
    largest: u64,
    packed: bool,
}

/// Whether files of those names are a Zarr store.
pub fn is_zarr(files: &dyn Files) -> bool {
    files.names().any(|name| NAMES.contains(&last(name)))
}

/// Bytes that reading a store's metadata takes at most: charge them first.
pub fn metadata_bytes(files: &dyn Files) -> u64 {
    let sizes = files.names().filter(|name| NAMES.contains(&last(name))).filter_map(|name| files.file(name));
    let most = sizes.map(|file| file.bytes).max().unwrap_or_default();
    most.min(METADATA_BYTES_MAX).saturating_mul(READ_TIMES)
}

/// The arrays of a store, however deep their folders.
///
/// # Errors
/// Metadata that cannot be read, or are more than 256 MiB together.
pub fn arrays(files: &dyn Files) -> Result<Vec<Found>, Error> {
    let mut left = LISTED_BYTES_MAX;
    zarr::arrays_in(files.names(), |name| {
        let bytes = files.file(name).map_or(0, |file| file.bytes);
        if bytes > METADATA_BYTES_MAX.min(left) {
            let max = METADATA_BYTES_MAX.min(left);
            return Err(Error::Long { name: name.to_owned(), bytes, max });
        }
        left = left.saturating_sub(bytes);
        let bytes = files.read(name, METADATA_BYTES_MAX)?.unwrap_or_default();
        // What is no JSON is told when it is opened.
        let node: Option<Value> = serde_json::from_slice(&bytes).ok();
        Ok(node.is_none_or(|node| node.get("node_type") != Some(&"group".into())))
    })
}

impl<'a> ZarrFiles<'a> {
    /// Opens the array in the folder `asked`, or the only one.
    ///
    /// Cost: the metadata that say which folders are arrays, and one look at each name.
    ///
    /// # Errors
    /// [`Error::Which`] with their folders where there is none, or several and none is named; [`Error::Array`] where
    /// its metadata are not read.
    pub fn open(files: &'a dyn Files, asked: Option<&str>) -> Result<Self, Error> {
        let found = arrays(files)?;
        let names: Vec<&str> = found.iter().map(|found| found.path.as_str()).collect();
        let folder = chosen(&names, asked)?.to_owned();
        let version = found.iter().find(|found| found.path == folder).map_or(3, |found| found.version);
        let read = |name: &str| files.read(&within(&folder, name), METADATA_BYTES_MAX);
        let description = match version {
            2 => {
                let (array, attributes) = (read(".zarray")?.unwrap_or_default(), read(".zattrs")?);
                zarr::read_v2(&array, attributes.as_deref(), &within(&folder, ".zarray"))?
            }
            _ => zarr::read_v3(&read("zarr.json")?.unwrap_or_default(), &within(&folder, "zarr.json"))?,
        };
        let grid = description.grid()?;
        let start = within(&folder, "");
        let (mut written, mut largest, mut packed) = (Vec::new(), 0, false);
        for name in files.names() {
            let Some(index) = name.strip_prefix(&start).and_then(|key| description.index_of(key)) else {
                continue;
            };
            let file = files.file(name).unwrap_or(File { bytes: 0, parts: false });
            largest = file.bytes.max(largest);
            packed |= !file.parts;
            written.push(index);
        }
        Ok(Self { files, folder, grid, description, written, largest, packed })
    }

    /// Bytes that are in memory while a box is read, beside the box.
    pub fn working_bytes(&self) -> u64 {
        let chunk = shape::count(self.description.inner()).saturating_mul(self.description.stored.bytes());
        let chunks = match &self.description.body {
            Body::Plain(_) => 1,
            Body::Shard { chunk, .. } => {
                let most = shape::count(&self.description.chunk) / shape::count(chunk).max(1);
                most.min(rayon::current_num_threads().saturating_mul(2)).max(1)
            }
        };
        let unpacked = (chunk as u64).saturating_mul(chunks as u64);
        let read = match (&self.description.body, self.packed) {
            (Body::Shard { .. }, false) => self.largest.min(unpacked),
            _ => self.largest,
        };
        unpacked.saturating_add(read)
    }

    /// Bytes of the elements of its chunks that have a file, once they are unpacked.
    pub fn written_bytes(&self) -> u64 {
        let regions = self.written.iter().filter_map(|index| self.grid.region(index));
        let elements = regions.fold(0_u64, |count, region| count.saturating_add(region.count() as u64));
        elements.saturating_mul(self.description.dtype().bytes() as u64)
    }

    /// Reads a box of the array into `out`, the last axis the densest; asks before each chunk whether to go on.
    ///
    /// # Errors
    /// Those of [`zarr::decode`], with the name of the file, and what `go_on` says.
    pub fn read<E: From<Error>>(
        &self,
        region: &Region,
        out: &mut Data,
        go_on: impl Fn() -> Result<(), E>,
    ) -> Result<(), E> {
        let strides = shape::strides(&region.lengths);
        for overlap in self.grid.overlapping(region) {
            go_on()?;
            let start = overlap.target.start.iter().zip(&strides);
            let offset = start.fold(0_isize, |offset, (start, stride)| {
                offset.saturating_add(isize::try_from(*start).unwrap_or(isize::MAX).saturating_mul(*stride))
            });
            let layout = Layout { offset, strides: strides.clone() };
            let name = within(&self.folder, &self.description.key(&overlap.chunk_index));
            self.chunk(&name, &overlap.source, &mut out.slice_mut(), &layout)
                .map_err(|error| named(error, &name))?;
        }
        Ok(())
    }

    /// A box of a chunk; the fill value where the store has no such file.
    ///
    /// Cost: of a file that is read in parts only what is needed; of a packed one all of it.
    fn chunk(
        &self,
        name: &str,
        wanted: &Region,
        out: &mut SliceMut<'_>,
        layout: &Layout,
    ) -> Result<(), Error> {
        let Some(file) = self.files.file(name) else {
            return Ok(zarr::fill(&self.description, &wanted.lengths, out, layout)?);
        };
        if file.parts {
            let read = |range: Range<u64>| self.files.range(name, range).map_err(Into::into);
            let source = Source { bytes: file.bytes, read: &read, index: None, at_once: zarr::at_once() };
            return Ok(zarr::decode(&self.description, &source, wanted, out, layout)?);
        }
        let bytes = Bytes::from(self.files.read(name, PACKED_BYTES_MAX)?.unwrap_or_default());
        let part = |range: Range<u64>| {
            let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
            bytes
                .get(start..end)
                .map(|_| bytes.slice(start..end))
                .ok_or_else(|| "a range outside of the file".into())
        };
        let source = Source { bytes: file.bytes, read: &part, index: None, at_once: zarr::at_once() };
        Ok(zarr::decode(&self.description, &source, wanted, out, layout)?)
    }
}

/// Says which file is damaged.
fn named(error: Error, name: &str) -> Error {
    match error {
        Error::Array(zarr::Error::Damaged { said }) => {
            Error::Array(zarr::Error::Damaged { said: format!("{name}: {said}") })
        }
        other => other,
    }
}

fn within(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// The last part of a path.
fn last(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}
