//! Rows to batches.

use std::fs::File;
use std::io::Seek;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

use super::super::{Error, ReadOptions, TypeOrigin, guard};
use super::infer::{columns, fault_in_line};
use super::parse::{Fault, Why};
use super::rows::{Rows, Shape};
use super::scan::Parser;
use super::sink::Objects;

/// A batch ends early once its rows have this many bytes.
const BATCH_BYTES: usize = 32 << 20;

pub(super) fn open(
    format: &'static str,
    shape: Shape,
    mut file: File,
    options: &ReadOptions,
) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
    file.rewind().map_err(Error::Io)?;
    let columns =
        columns(format, &mut Rows::new(format, shape, file.try_clone().map_err(Error::Io)?)?, options)?;
    // The clone shares its position with `file`.
    file.rewind().map_err(Error::Io)?;
    let sinks = Objects::new(format, "rows", columns.schema.fields())?;
    let rows = Batches {
        format,
        rows: Rows::new(format, shape, file)?,
        schema: columns.schema.clone(),
        options: options.clone(),
        inferred_rows: columns.rows,
        sinks,
        batch_rows: options.batch_rows.max(1),
    };
    Ok(guard::reader(format, columns.schema, rows))
}

struct Batches {
    format: &'static str,
    rows: Rows,
    schema: SchemaRef,
    options: ReadOptions,
    inferred_rows: usize,
    sinks: Objects,
    batch_rows: usize,
}

impl Batches {
    fn batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let (mut count, mut bytes) = (0, 0);
        while count < self.batch_rows && bytes < BATCH_BYTES {
            let Some(row) = self.rows.next()? else { break };
            if let Err(fault) = Parser::new(row.text).row(&mut self.sinks) {
                let origin = self.options.origin(fault.column(), self.inferred_rows);
                return Err(refused(self.format, row.line, fault, origin));
            }
            count += 1;
            // What a cell takes up in memory, a missing one too.
            bytes += row.text.len() + 8 * self.schema.fields().len();
        }
        if count == 0 {
            return Ok(None);
        }
        let batch = self.sinks.finish();
        let batch =
            batch.and_then(|rows| RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec()));
        batch.map(Some).map_err(|error| Error::reading(self.format, error))
    }
}

fn refused(format: &'static str, line: u64, fault: Fault, origin: TypeOrigin) -> Error {
    let path = fault.path();
    match fault.why {
        Why::Value(value, expected) => {
            Error::Value { line, column: path, value, expected: expected.unwrap_or_default(), origin }
        }
        Why::Unknown => Error::UnknownField { line, name: path, origin },
        Why::Syntax(_) => fault_in_line(format, line, fault),
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
