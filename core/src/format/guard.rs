//! The wall between hostile bytes and the process: whatever panics in a decoder is a damaged file.
//!
//! The Arrow and Parquet crates index and unwrap in places on what a file says (arrow-rs#10437 lists some
//! twenty). A wall is cheaper than being right about each of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatchReader;

use super::Error;

/// Runs `work`; its panic is an [`Error::Corrupt`] of `format`.
pub(super) fn guarded<T>(format: &'static str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Error::corrupt(format, said(&*panic))))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of an unknown cause");
    format!("its decoder gave up: {text}")
}

/// Batches behind the wall. After the first error there is nothing more.
pub(super) fn reader<I>(
    format: &'static str,
    schema: SchemaRef,
    batches: I,
) -> Box<dyn RecordBatchReader + Send>
where
    I: Iterator<Item = Result<RecordBatch, Error>> + Send + 'static,
{
    Box::new(Guarded { format, schema, batches: Some(batches) })
}

struct Guarded<I> {
    format: &'static str,
    schema: SchemaRef,
    /// Gone once it has ended or failed: a decoder that has panicked is not asked again.
    batches: Option<I>,
}

impl<I: Iterator<Item = Result<RecordBatch, Error>>> Iterator for Guarded<I> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = self.batches.as_mut()?;
        let next = guarded(self.format, || batches.next().transpose());
        if !matches!(next, Ok(Some(_))) {
            self.batches = None;
        }
        next.map_err(ArrowError::from).transpose()
    }
}

impl<I: Iterator<Item = Result<RecordBatch, Error>>> RecordBatchReader for Guarded<I> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
