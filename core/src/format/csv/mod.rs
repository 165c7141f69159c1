//! `csv` and `tsv`: rows of text, one a line, as RFC 4180 has it.
//!
//! `records` cuts bytes into fields, `read` makes columns of them, `write` is the way back.

mod infer;
mod read;
mod records;
mod write;

use std::fs::File;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

use super::{Encoder, Error, Format, ReadOptions, WriteOptions, guard, lookup, value};

/// Fields separated by commas.
pub(super) static CSV: Delimited = Delimited {
    name: "csv",
    doc: include_str!("../csv.md"),
    media_types: &["text/csv", "application/csv"],
    extensions: &["csv"],
    delimiter: b',',
};

/// Fields separated by tabs.
pub(super) static TSV: Delimited = Delimited {
    name: "tsv",
    doc: include_str!("../tsv.md"),
    media_types: &["text/tab-separated-values"],
    extensions: &["tsv", "tab"],
    delimiter: b'\t',
};

/// A format of rows of delimited text. They differ in a letter.
pub(super) struct Delimited {
    name: &'static str,
    doc: &'static str,
    media_types: &'static [&'static str],
    extensions: &'static [&'static str],
    delimiter: u8,
}

impl Format for Delimited {
    fn name(&self) -> &'static str {
        self.name
    }

    fn doc(&self) -> &'static str {
        self.doc
    }

    fn media_types(&self) -> &'static [&'static str] {
        self.media_types
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn recognises(&self, head: &[u8]) -> bool {
        // Any text might be CSV; what another format claims is not.
        let text = lookup::text_of(head).unwrap_or_default();
        self.delimiter == b',' && !text.is_empty() && !text.starts_with(['{', '['])
    }

    fn read(&self, file: File, options: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        guard::guarded(self.name, || read::open(self.name, self.delimiter, file, options))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        value::check_schema(self.name, &schema)?;
        let delimiter = options.delimiter.unwrap_or(self.delimiter);
        Ok(Box::new(write::CsvEncoder::new(schema, delimiter, options.clone())))
    }
}
