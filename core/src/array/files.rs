//! The files of a stored array, ours or somebody else's.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::error::Error;
use super::grid::Grid;
use super::in_place::Theirs;
use super::stored::number;
use super::zarr::{self, Description};
use crate::Code;
use crate::catalog::StoredArray;
use crate::format::files;
use crate::pool::Cancel;
use crate::store::{Place, TileStore};

/// Why bytes of a file did not come.
pub(super) type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// Where the files of an array are.
#[derive(Debug)]
pub struct Files(Whose);

#[derive(Debug)]
enum Whose {
    Ours(Arc<TileStore>),
    Theirs(Box<Theirs>),
}

/// A file of a chunk, or of a shard of chunks.
pub struct File<'a> {
    /// How many bytes it has.
    pub bytes: u64,
    /// What tells this content of it from others; 0 of ours, which have but one.
    pub mark: u64,
    /// Reads some of them.
    pub read: Box<dyn Fn(Range<u64>) -> Result<Bytes, ReadError> + Send + Sync + 'a>,
}

impl Files {
    /// Tiles of ours.
    pub fn ours(store: &Arc<TileStore>) -> Self {
        Self(Whose::Ours(Arc::clone(store)))
    }

    /// Those in a folder at a location.
    pub fn at(place: Place) -> Self {
        Self(Whose::Theirs(Box::new(Theirs::new(place))))
    }

    /// Refuses what is not there any more as it was described. Blocks.
    pub(super) fn check(&self, name: &str, known: &Description, cancel: &Cancel) -> Result<(), Error> {
        match &self.0 {
            Whose::Ours(_) => Ok(()),
            Whose::Theirs(theirs) => theirs.check(name, known, cancel),
        }
    }

    /// Whether the catalog knows which files there are, and what is in them.
    pub(super) fn are_known(&self) -> bool {
        matches!(self.0, Whose::Ours(_))
    }

    /// The file of the chunk of that number; nothing where it holds but the fill value. Blocks.
    pub(super) fn open<'a>(
        &'a self,
        array: &StoredArray,
        description: &Description,
        (number, chunk_index): (u64, &[usize]),
        cancel: &'a Cancel,
    ) -> Result<Option<File<'a>>, Error> {
        match &self.0 {
            Whose::Ours(store) => {
                let Some(shard) = array.shard(number) else { return Ok(None) };
                let tile = store.open(&array.path_of(shard));
                let tile = tile.map_err(|error| self.lost(&array.name, description, chunk_index, &error))?;
                let read = move |range: Range<u64>| -> Result<Bytes, ReadError> { Ok(tile.read(range)?) };
                Ok(Some(File { bytes: shard.bytes, mark: 0, read: Box::new(read) }))
            }
            Whose::Theirs(theirs) => {
                let (key, most) = (description.key(chunk_index), zarr::file_bytes_max(description));
                let opened = theirs.open(number, &key, most, cancel);
                opened.map_err(|error| self.lost(&array.name, description, chunk_index, &error))
            }
        }
    }

    /// Looks at the files of those chunks, so that their marks are known. Blocks.
    pub(super) fn look(
        &self,
        description: &Description,
        chunks: &[Vec<usize>],
        grid: &Grid,
        cancel: &Cancel,
    ) {
        if let Whose::Theirs(theirs) = &self.0 {
            let file = |index: &Vec<usize>| (number(grid, index), description.key(index));
            theirs.look(chunks.iter().map(file).collect(), cancel);
        }
    }

    /// The mark of a file that was looked at.
    pub(super) fn mark(&self, number: u64) -> Option<u64> {
        match &self.0 {
            Whose::Ours(_) => Some(0),
            Whose::Theirs(theirs) => theirs.mark(number),
        }
    }

    /// That a chunk cannot be read, with where it is where that is not ours.
    pub(super) fn lost(
        &self,
        name: &str,
        description: &Description,
        chunk_index: &[usize],
        error: &(dyn std::error::Error + 'static),
    ) -> Error {
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        let code = match causes.find_map(|cause| cause.downcast_ref::<files::Error>()) {
            Some(files::Error::Stopped) => return Error::Stopped,
            Some(cause) => Some(cause.code()).filter(|code| *code != Code::InvalidData),
            None => None,
        };
        let at = match &self.0 {
            Whose::Ours(_) => String::new(),
            Whose::Theirs(theirs) => format!(" of `{}`", theirs.called(&description.key(chunk_index))),
        };
        let said = format!("chunk {chunk_index:?}{at} cannot be read: {}", shown(error));
        Error::Stored { name: name.to_owned(), said, code: code.unwrap_or(Code::StorageDamaged) }
    }
}

/// What an error says, with what it came of.
pub(super) fn shown(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}
