//! Batches to rows of text.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::super::value::{Column, distinct_names};
use super::super::{Encoder, Ending, Error, Numbers, WriteOptions};
use crate::Code;

pub(super) struct CsvEncoder {
    schema: SchemaRef,
    options: WriteOptions,
    delimiter: u8,
    /// What stands for null. A line of nothing is no row to many readers, so a lone null that is nothing is
    /// written as they read it: in quotes.
    null: Vec<u8>,
    /// Bytes for which a field has to stand in quotes.
    special: [bool; 256],
}

impl CsvEncoder {
    pub(super) fn new(schema: SchemaRef, delimiter: u8, options: WriteOptions) -> CsvEncoder {
        let mut special = [false; 256];
        for byte in [b'"', b'\n', b'\r', delimiter] {
            special[usize::from(byte)] = true;
        }
        let null = match (options.null.as_str(), schema.fields().len()) {
            ("", 1) => b"\"\"".to_vec(),
            (null, _) => null.as_bytes().to_vec(),
        };
        CsvEncoder { schema, options, delimiter, null, special }
    }

    /// Puts quotes around what `out` holds from `start` on, where it needs them: where it would be cut, or
    /// read as a null, or trimmed by readers that do.
    fn quote(&self, start: usize, out: &mut Vec<u8>) {
        let field = &out[start..];
        let blank_ends = field.first().is_none_or(u8::is_ascii_whitespace)
            || field.last().is_some_and(u8::is_ascii_whitespace);
        let needed = blank_ends
            || field == self.options.null.as_bytes()
            || field.iter().any(|byte| self.special[usize::from(*byte)])
            || (start == 0 && field.starts_with("\u{feff}".as_bytes()));
        if !needed {
            return;
        }
        let field = out.split_off(start);
        out.push(b'"');
        for part in field.split_inclusive(|byte| *byte == b'"') {
            out.extend_from_slice(part);
            if part.ends_with(b"\"") {
                out.push(b'"');
            }
        }
        out.push(b'"');
    }
}

impl Encoder for CsvEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        if !self.options.header || self.schema.fields().is_empty() {
            return Ok(out);
        }
        for (number, name) in distinct_names(self.schema.fields()).iter().enumerate() {
            if number > 0 {
                out.push(self.delimiter);
            }
            let start = out.len();
            out.extend_from_slice(name.as_bytes());
            self.quote(start, &mut out);
        }
        out.push(b'\n');
        Ok(out)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns: Vec<Column> =
            batch.columns().iter().map(|array| Column::new(array, Numbers::Exact)).collect();
        let mut out = Vec::with_capacity(batch.num_rows() * columns.len() * 8);
        for row in 0..batch.num_rows() {
            for (number, column) in columns.iter().enumerate() {
                if number > 0 {
                    out.push(self.delimiter);
                }
                if column.is_null(row) {
                    out.extend_from_slice(&self.null);
                } else {
                    let start = out.len();
                    column.text(row, &mut out);
                    self.quote(start, &mut out);
                }
            }
            out.push(b'\n');
        }
        Ok(out)
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn broken(&mut self, _: Code, _: &str) -> Vec<u8> {
        // A message would be read as a row. Only the cut body tells.
        Vec::new()
    }
}
