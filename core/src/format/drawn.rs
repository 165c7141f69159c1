//! What formats for people share: they are written and never read, and every cell stands on one line.

use std::borrow::Cow;
use std::fs::File;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatchReader;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::value::{Column, check_schema, distinct_names};
use super::{Encoder, Ending, Error, Format, Numbers, ReadOptions, WriteOptions};
use crate::Code;

/// A format for people.
pub(super) struct Drawn {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) media_types: &'static [&'static str],
    pub(super) extensions: &'static [&'static str],
    pub(super) encoder: fn(&Schema) -> Box<dyn Encoder>,
}

impl Format for Drawn {
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

    fn recognises(&self, _: &[u8]) -> bool {
        false
    }

    fn reads(&self) -> bool {
        false
    }

    fn read(&self, _: File, _: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        let instead =
            super::FORMATS.iter().filter(|format| format.reads()).map(|format| format.name()).collect();
        Err(Error::Unsupported { format: self.name, asked: "read", instead })
    }

    fn encoder(&self, schema: SchemaRef, _: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        check_schema(self.name, &schema)?;
        Ok((self.encoder)(&schema))
    }
}

/// The columns' names, each different and on one line.
pub(super) fn names(schema: &Schema) -> Vec<String> {
    distinct_names(schema.fields()).into_iter().map(|name| one_line(name, usize::MAX)).collect()
}

/// The columns of a batch, to be spelled cell by cell.
pub(super) fn columns(batch: &RecordBatch) -> Vec<Column<'_>> {
    batch.columns().iter().map(|array| Column::new(array, Numbers::Exact)).collect()
}

/// A cell as it is; null is `NULL`.
pub(super) fn cell(column: &Column, row: usize) -> String {
    let mut bytes = Vec::new();
    match column.is_null(row) {
        true => bytes.extend_from_slice(b"NULL"),
        false => column.text(row, &mut bytes),
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The text with control characters shown as escapes, so that no text can move the cursor. Of one that holds
/// some, no more characters than `most` are looked at.
pub(super) fn one_line(text: String, most: usize) -> String {
    if !text.contains(|character: char| character.is_control()) {
        return text;
    }
    let characters = text.chars().take(most);
    characters.flat_map(|it| if it.is_control() { it.escape_default().collect() } else { vec![it] }).collect()
}

/// The text within a width, the last place for `…` if it does not fit.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.len() <= width || text.width() <= width {
        return text.into();
    }
    let mut left = width.saturating_sub(1);
    let mut head = String::new();
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        head.push(character);
    }
    head.push('…');
    head.into()
}

/// The last line of a whole answer.
pub(super) fn counted(ending: Ending) -> String {
    let rows = if ending.rows == 1 { "row" } else { "rows" };
    let truncated = if ending.truncated { ", more were cut off" } else { "" };
    format!("({} {rows}{truncated})\n", ending.rows)
}

/// The last line of one that broke.
pub(super) fn broke(code: Code, message: &str) -> String {
    format!("error ({}): {message}\n", code.as_str())
}
