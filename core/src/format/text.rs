//! `text`: a table drawn for people.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use unicode_width::UnicodeWidthStr;

use super::drawn::{Drawn, broke, cell, columns, counted, cut, names, one_line};
use super::value::is_number;
use super::{Encoder, Ending, Error};
use crate::Code;

/// Widths are measured on the rows that come first: as many as this, or as this many bytes of cells.
const MEASURED_ROWS: usize = 1_000;
const MEASURED_BYTES: usize = 4 << 20;
/// Wider cells are cut, except in the last column: nothing stands behind it.
const WIDTH_MAX: usize = 60;

#[doc = include_str!("text.md")]
pub(super) static TEXT: Drawn = Drawn {
    name: "text",
    doc: include_str!("text.md"),
    media_types: &["text/plain"],
    extensions: &["txt"],
    encoder: |schema| Box::new(TableEncoder::new(schema)),
};

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
        let heads = schema.fields().iter().zip(names(schema));
        let heads = heads.map(|(field, name)| {
            let name = shown(name, false);
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

/// A cell on one line; what is too long is cut unless it is shown whole.
fn shown(text: String, whole: bool) -> String {
    if whole {
        return one_line(text, usize::MAX);
    }
    // Nothing beyond the cut needs to be looked at.
    cut(&one_line(text, WIDTH_MAX + 1), WIDTH_MAX).into_owned()
}

impl Encoder for TableEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns = columns(batch);
        let mut out = String::new();
        for row in 0..batch.num_rows() {
            let cells =
                columns.iter().zip(&self.heads).map(|(column, head)| shown(cell(column, row), head.whole));
            let cells: Vec<String> = cells.collect();
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
        out.push_str(&counted(ending));
        Ok(out.into_bytes())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        let mut out = String::new();
        self.settle(&mut out);
        out.push_str(&broke(code, message));
        out.into_bytes()
    }
}
