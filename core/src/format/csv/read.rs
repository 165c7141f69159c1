//! Fields to batches.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

use super::super::error::shown;
use super::super::json::Sink;
use super::super::{Error, ReadOptions, guard, type_name};
use super::infer::{Columns, columns, is_null};
use super::records::{Record, Records};

/// A batch ends early once its texts have this many bytes.
const BATCH_BYTES: usize = 32 << 20;

pub(super) fn open(
    format: &'static str,
    delimiter: u8,
    mut file: File,
    options: &ReadOptions,
) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
    let delimiter = options.delimiter.unwrap_or(delimiter);
    if options.quote == Some(delimiter) {
        let sign = char::from(delimiter).to_string();
        return Err(Error::bad_option("quote", &sign, "it must differ from the delimiter"));
    }
    file.rewind().map_err(Error::Io)?;
    let columns = columns(format, delimiter, file.try_clone().map_err(Error::Io)?, options)?;
    // The clone shares its position with `file`.
    file.seek(SeekFrom::Start(0)).map_err(Error::Io)?;
    let sinks =
        columns.schema.fields().iter().map(|field| Sink::new(format, field.name(), field.data_type()));
    let sinks = sinks.collect::<Result<Vec<_>, _>>()?;
    let mut rows = Rows {
        format,
        records: Records::new(format, delimiter, file, options)?,
        record: Record::default(),
        pending: false,
        schema: columns.schema.clone(),
        columns,
        sinks,
        null: options.null.clone(),
        batch_rows: options.batch_rows.max(1),
    };
    // The header, or the first row, which is kept for the first batch.
    rows.records.next(&mut rows.record)?;
    rows.pending = !options.header;
    rows.records.blank_rows = rows.sinks.len() == 1;
    Ok(guard::reader(format, rows.schema.clone(), rows))
}

struct Rows {
    format: &'static str,
    records: Records,
    record: Record,
    /// Whether `record` holds a row that no batch has yet.
    pending: bool,
    schema: SchemaRef,
    columns: Columns,
    sinks: Vec<Sink>,
    null: Option<String>,
    batch_rows: usize,
}

impl Rows {
    fn batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let (mut rows, mut bytes) = (0, 0);
        while rows < self.batch_rows && bytes < BATCH_BYTES {
            if !std::mem::take(&mut self.pending) && !self.records.next(&mut self.record)? {
                break;
            }
            self.row()?;
            rows += 1;
            // What a cell takes up in memory, an empty one too.
            bytes += self.record.bytes() + 8 * self.sinks.len();
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays: Result<Vec<ArrayRef>, _> = self.sinks.iter_mut().map(Sink::finish).collect();
        let batch = arrays.and_then(|arrays| RecordBatch::try_new(self.schema.clone(), arrays));
        batch.map(Some).map_err(|error| Error::reading(self.format, error))
    }

    fn row(&mut self) -> Result<(), Error> {
        if self.record.len() != self.sinks.len() {
            let (line, found) = (self.record.line, self.record.len());
            return Err(Error::Fields { line, found, expected: self.sinks.len() });
        }
        let fields = self.record.fields(self.format)?;
        for (place, (field, sink)) in fields.zip(&mut self.sinks).enumerate() {
            let nullable = self.schema.field(place).is_nullable();
            let pushed = if is_null(field, self.null.as_deref(), sink.has_empty()) {
                sink.push_null();
                nullable
            } else {
                sink.push_text(field.text)
            };
            if !pushed {
                return Err(self.refused(place, field.text));
            }
        }
        Ok(())
    }

    fn refused(&self, place: usize, text: &str) -> Error {
        let field = self.schema.field(place);
        let not_null = if field.is_nullable() { "" } else { " not null" };
        Error::Value {
            line: self.record.line,
            column: field.name().clone(),
            value: shown(text),
            expected: format!("{}{not_null}", type_name(field.data_type())),
            origin: self.columns.origins[place],
        }
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
