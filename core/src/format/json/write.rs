//! Batches to JSON rows: lines, or the document that is the wire's default answer.

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::super::value::{Column, distinct_names, push_object, push_string, row_keys};
use super::super::{Encoder, Ending, Error, Numbers, WriteOptions, type_name};
use crate::Code;

/// The rows of one answer, each an object.
struct Rows {
    keys: Vec<Vec<u8>>,
    numbers: Numbers,
}

impl Rows {
    fn new(schema: &Schema, options: &WriteOptions) -> Rows {
        Rows { keys: row_keys(schema.fields()), numbers: options.numbers }
    }

    /// Appends each row of the batch, and before each what `between` says of its number.
    fn push(&self, batch: &RecordBatch, out: &mut Vec<u8>, between: impl Fn(usize, &mut Vec<u8>)) {
        let columns: Vec<Column> =
            batch.columns().iter().map(|array| Column::new(array, self.numbers)).collect();
        let key_bytes: usize = self.keys.iter().map(Vec::len).sum();
        out.reserve(batch.num_rows() * (key_bytes + columns.len() * 8 + 2));
        for row in 0..batch.num_rows() {
            between(row, out);
            push_object(&self.keys, &columns, row, out);
        }
    }
}

/// One object a line.
pub(super) struct LinesEncoder {
    rows: Rows,
}

impl LinesEncoder {
    pub(super) fn new(schema: &Schema, options: &WriteOptions) -> LinesEncoder {
        LinesEncoder { rows: Rows::new(schema, options) }
    }
}

impl Encoder for LinesEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.rows.push(batch, &mut out, |row, out| {
            if row > 0 {
                out.push(b'\n');
            }
        });
        if batch.num_rows() > 0 {
            out.push(b'\n');
        }
        Ok(out)
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        let mut out = b"{".to_vec();
        push_error(code, message, &mut out);
        out.extend_from_slice(b"}\n");
        out
    }
}

/// `{"schema":[…],"rows":[…],"row_count":n,"truncated":false}`.
pub(super) struct DocumentEncoder {
    schema: SchemaRef,
    rows: Rows,
    any: bool,
}

impl DocumentEncoder {
    pub(super) fn new(schema: &SchemaRef, options: &WriteOptions) -> DocumentEncoder {
        DocumentEncoder { schema: schema.clone(), rows: Rows::new(schema, options), any: false }
    }
}

impl Encoder for DocumentEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = b"{\"schema\":[".to_vec();
        let names = distinct_names(self.schema.fields());
        for (number, (field, name)) in self.schema.fields().iter().zip(&names).enumerate() {
            out.extend_from_slice(if number > 0 { b",{\"name\":" } else { b"{\"name\":" });
            push_string(name, &mut out);
            out.extend_from_slice(b",\"type\":");
            push_string(&type_name(field.data_type()), &mut out);
            out.extend_from_slice(if field.is_nullable() {
                b",\"nullable\":true}"
            } else {
                b",\"nullable\":false}"
            });
        }
        out.extend_from_slice(b"],\"rows\":[");
        Ok(out)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let first = !self.any;
        self.any |= batch.num_rows() > 0;
        // A line a row: as easy to look at as it is to parse.
        self.rows.push(batch, &mut out, |row, out| {
            out.extend_from_slice(if first && row == 0 { b"\n" } else { b",\n" });
        });
        Ok(out)
    }

    fn finish(&mut self, ending: Ending) -> Result<Vec<u8>, Error> {
        let Ending { rows, truncated } = ending;
        let line = if self.any { "\n" } else { "" };
        Ok(format!("{line}],\"row_count\":{rows},\"truncated\":{truncated}}}\n").into_bytes())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        // The document stays open: whoever parses it learns that it is no answer, whoever looks at it why.
        let mut out = if self.any { b"\n],".to_vec() } else { b"],".to_vec() };
        push_error(code, message, &mut out);
        out
    }
}

/// Appends `"error":{"code":…,"message":…}`.
fn push_error(code: Code, message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"error\":{\"code\":");
    push_string(code.as_str(), out);
    out.extend_from_slice(b",\"message\":");
    push_string(message, out);
    out.push(b'}');
}
