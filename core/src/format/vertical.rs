//! `vertical`: rows below each other, a line a value, for tables wider than a screen.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use unicode_width::UnicodeWidthStr;

use super::drawn::{Drawn, broke, cell, columns, counted, names, one_line};
use super::{Encoder, Ending, Error};
use crate::Code;

#[doc = include_str!("vertical.md")]
pub(super) static VERTICAL: Drawn = Drawn {
    name: "vertical",
    doc: include_str!("vertical.md"),
    // There is no registered one.
    media_types: &["text/vnd.pantile.vertical"],
    extensions: &["vertical"],
    encoder: |schema| Box::new(VerticalEncoder { labels: labels(schema), rows: 0 }),
};

struct VerticalEncoder {
    /// The names, all of one width.
    labels: Vec<String>,
    /// How many rows there were.
    rows: u64,
}

fn labels(schema: &Schema) -> Vec<String> {
    let names = names(schema);
    let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
    names.into_iter().map(|name| " ".repeat(width - name.width()) + &name).collect()
}

impl Encoder for VerticalEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns = columns(batch);
        let mut out = String::new();
        for row in 0..batch.num_rows() {
            self.rows += 1;
            out.push_str(&format!("── row {} ──\n", self.rows));
            for (label, column) in self.labels.iter().zip(&columns) {
                let line = format!(" {label} │ {}", one_line(cell(column, row), usize::MAX));
                out.push_str(line.trim_end_matches(' '));
                out.push('\n');
            }
        }
        Ok(out.into_bytes())
    }

    fn finish(&mut self, ending: Ending) -> Result<Vec<u8>, Error> {
        Ok(counted(ending).into_bytes())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        broke(code, message).into_bytes()
    }
}
