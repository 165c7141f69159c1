//! `ndjson` and `json`: rows as JSON objects, one a line or in one array.
//!
//! The reader goes from bytes to columns without a tree in between: `rows` finds the rows, `infer` the
//! columns, `parse` (on the signs `scan` reads) puts a row's values into [`Sink`]s. Writing is `value`'s work.

mod array;
mod infer;
mod parse;
mod read;
mod rows;
mod scan;
mod sink;
mod write;

use std::fs::File;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

pub(super) use self::sink::Sink;
use super::{Encoder, Error, Format, ReadOptions, WriteOptions, guard, lookup, value};
use crate::array::rows::{Shown, shown};

#[doc = include_str!("../ndjson.md")]
pub(super) struct NdJson;

impl Format for NdJson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn doc(&self) -> &'static str {
        include_str!("../ndjson.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ndjson", "jsonl"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        lookup::text_of(head).is_some_and(|text| text.starts_with('{'))
    }

    fn read(&self, file: File, options: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        guard::guarded(self.name(), || read::open(self.name(), rows::Shape::Lines, file, options))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        value::check_schema(self.name(), &schema)?;
        Ok(Box::new(write::LinesEncoder::new(&schema, options)))
    }
}

#[doc = include_str!("../json.md")]
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn doc(&self) -> &'static str {
        include_str!("../json.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/json", "text/json"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        lookup::text_of(head).is_some_and(|text| text.starts_with('['))
    }

    fn read(&self, file: File, options: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        guard::guarded(self.name(), || read::open(self.name(), rows::Shape::Array, file, options))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        if let Some(Shown::One(meta)) = shown(&schema) {
            return Ok(Box::new(array::ArrayEncoder::new(meta, options)));
        }
        value::check_schema(self.name(), &schema)?;
        Ok(Box::new(write::DocumentEncoder::new(&schema, options)))
    }
}
