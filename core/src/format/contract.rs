//! What a format promises.

use std::fs::File;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

use super::{Error, ReadOptions, WriteOptions};
use crate::Code;

/// A file format. It opens nothing: it is handed a file and hands batches out, or batches and bytes.
pub trait Format: Send + Sync {
    /// Its name in `format=` and in the catalog.
    fn name(&self) -> &'static str;

    /// Its page.
    fn doc(&self) -> &'static str;

    /// Media types without parameters; the first is the one sent.
    fn media_types(&self) -> &'static [&'static str];

    /// File name extensions, without the dot; the first is the one given to files written.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that begins so is one of these. `head` holds its first bytes, up to 64.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Whether [`Format::read`] does anything but refuse.
    fn reads(&self) -> bool {
        true
    }

    /// Whether [`Format::encoder`] does anything but refuse.
    fn writes(&self) -> bool {
        true
    }

    /// The rows of `file` from its first byte, batch by batch, in bounded memory. Blocking: call it, and the
    /// reader, where blocking is allowed. Errors of the reader carry an [`Error`]; take it out again with
    /// `Error::try_from`.
    fn read(&self, file: File, options: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error>;

    /// An encoder of batches of that schema.
    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error>;
}

/// Makes the bytes of one answer: `start`, any number of `batch`, then `finish` or `broken`.
///
/// An encoder may keep bytes back (a Parquet row group, the first rows of a drawn table), in bounded memory,
/// and then returns an empty piece.
pub trait Encoder: Send {
    /// What comes before the first row.
    fn start(&mut self) -> Result<Vec<u8>, Error>;

    /// The rows of one batch.
    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error>;

    /// What comes after the last row of a whole answer.
    fn finish(&mut self, ending: Ending) -> Result<Vec<u8>, Error>;

    /// What to send when the answer breaks in mid-stream, possibly nothing. The body must be cut after it:
    /// what has been sent so far is never a whole file of the format.
    fn broken(&mut self, code: Code, message: &str) -> Vec<u8>;
}

/// How a whole answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// How many rows it has.
    pub rows: u64,
    /// Whether there were more, which a row limit cut off.
    pub truncated: bool,
}
