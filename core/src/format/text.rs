//! `text`: a table drawn for people.

use std::fs::File;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatchReader;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::value::{Column, check_schema, distinct_names, is_number};
use super::{Encoder, Ending, Error, Format, Numbers, ReadOptions, WriteOptions};
use crate::Code;

const NAME: &str = "text";
/// Widths are measured on the rows that come first: as many as this, or as this many bytes of cells.
const MEASURED_ROWS: usize = 1_000;
const MEASURED_BYTES: usize = 4 << 20;
/// Wider cells are cut, except in the last column: nothing stands behind it.
const WIDTH_MAX: usize = 60;

#[doc = include_str!("text.md")]
pub(super) struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        include_str!("text.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["text/plain"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
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
        Err(Error::Unsupported { format: NAME, asked: "read", instead })
    }

    fn encoder(&self, schema: SchemaRef, _: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        check_schema(NAME, &schema)?;
        Ok(Box::new(TableEncoder::new(&schema)))
    }
}

/// A column of the table.
struct Head {
    name: String,
    right: bool,
    /// Whether its cells are shown whole, and may stand out.
    whole: bool,
    width: usize,
}

struct TableEncoder {
    heads: Vec<Head>,
    /// Rows held back until their columns' widths are known; none once they are.
    measured: Option<Vec<Vec<String>>>,
    measured_bytes: usize,
}

impl TableEncoder {
    fn new(schema: &Schema) -> TableEncoder {
        let heads = schema.fields().iter().zip(distinct_names(schema.fields()));
        let heads = heads.map(|(field, name)| {
            let name = shown(name.into_bytes(), false);
            let right = is_number(field.data_type());
            Head { right, whole: right, width: name.width(), name }
        });
        let mut heads: Vec<Head> = heads.collect();
        if let Some(last) = heads.last_mut() {
            last.whole = true;
        }
        TableEncoder { heads, measured: Some(Vec::new()), measured_bytes: 0 }
    }

    /// Settles the widths and draws the head and the rows held back.
    fn settle(&mut self, out: &mut String) {
        let Some(rows) = self.measured.take() else { return };
        for row in &rows {
            for (head, cell) in self.heads.iter_mut().zip(row) {
                let most = if head.right { usize::MAX } else { WIDTH_MAX };
                head.width = head.width.max(cell.width().min(most));
            }
        }
        if self.heads.is_empty() {
            return;
        }
        for (number, head) in self.heads.iter().enumerate() {
            push_cell(number, &head.name, head, out);
        }
        end_line(out);
        for (number, head) in self.heads.iter().enumerate() {
            out.push_str(if number > 0 { "┼" } else { "" });
            out.extend(std::iter::repeat_n('─', head.width + 2));
        }
        out.push('\n');
        for row in &rows {
            self.draw(row, out);
        }
    }

    fn draw(&self, row: &[String], out: &mut String) {
        for (number, (head, cell)) in self.heads.iter().zip(row).enumerate() {
            push_cell(number, cell, head, out);
        }
        end_line(out);
    }
}

/// Appends a cell and blanks up to its column's width.
fn push_cell(number: usize, cell: &str, head: &Head, out: &mut String) {
    out.push_str(if number > 0 { " │ " } else { " " });
    let blanks = head.width.saturating_sub(cell.width());
    if head.right {
        out.extend(std::iter::repeat_n(' ', blanks));
    }
    out.push_str(&cut(cell, if head.whole { usize::MAX } else { head.width }));
    if !head.right {
        out.extend(std::iter::repeat_n(' ', blanks));
    }
}

fn end_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

/// The text within a width, the last place for `…` if it does not fit.
fn cut(text: &str, width: usize) -> std::borrow::Cow<'_, str> {
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

/// A cell on one line: control characters are shown as escapes, and what is too long is cut unless it is shown whole.
fn shown(bytes: Vec<u8>, whole: bool) -> String {
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    if text.contains(|character: char| character.is_control()) {
        // Nothing beyond the cut needs to be looked at.
        let head = text.chars().take(if whole { usize::MAX } else { WIDTH_MAX + 1 });
        text = head
            .flat_map(|it| if it.is_control() { it.escape_default().collect() } else { vec![it] })
            .collect();
    }
    if whole { text } else { cut(&text, WIDTH_MAX).into_owned() }
}

impl Encoder for TableEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns: Vec<Column> =
            batch.columns().iter().map(|array| Column::new(array, Numbers::Exact)).collect();
        let mut out = String::new();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns
                .iter()
                .zip(&self.heads)
                .map(|(column, head)| {
                    let mut cell = Vec::new();
                    match column.is_null(row) {
                        true => cell.extend_from_slice(b"NULL"),
                        false => column.text(row, &mut cell),
                    }
                    shown(cell, head.whole)
                })
                .collect();
            match &mut self.measured {
                Some(rows) => {
                    self.measured_bytes += cells.iter().map(String::len).sum::<usize>();
                    rows.push(cells);
                    if rows.len() >= MEASURED_ROWS || self.measured_bytes >= MEASURED_BYTES {
                        self.settle(&mut out);
                    }
                }
                None => self.draw(&cells, &mut out),
            }
        }
        Ok(out.into_bytes())
    }

    fn finish(&mut self, ending: Ending) -> Result<Vec<u8>, Error> {
        let mut out = String::new();
        self.settle(&mut out);
        let rows = if ending.rows == 1 { "row" } else { "rows" };
        let truncated = if ending.truncated { ", more were cut off" } else { "" };
        out.push_str(&format!("({} {rows}{truncated})\n", ending.rows));
        Ok(out.into_bytes())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        let mut out = String::new();
        self.settle(&mut out);
        out.push_str(&format!("error ({}): {message}\n", code.as_str()));
        out.into_bytes()
    }
}
