//! `markdown`: a table for a page, an issue or a mail.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::drawn::{Drawn, broke, cell, columns, names, one_line};
use super::value::is_number;
use super::{Encoder, Ending, Error};
use crate::Code;

#[doc = include_str!("markdown.md")]
pub(super) static MARKDOWN: Drawn = Drawn {
    name: "markdown",
    doc: include_str!("markdown.md"),
    media_types: &["text/markdown"],
    extensions: &["md"],
    encoder: |schema| Box::new(MarkdownEncoder::new(schema)),
};

struct MarkdownEncoder {
    names: Vec<String>,
    rules: Vec<&'static str>,
}

impl MarkdownEncoder {
    fn new(schema: &Schema) -> MarkdownEncoder {
        let rule = |right| if right { "---:" } else { "---" };
        MarkdownEncoder {
            names: names(schema).iter().map(|name| literal(name)).collect(),
            rules: schema.fields().iter().map(|field| rule(is_number(field.data_type()))).collect(),
        }
    }
}

/// Appends a line of cells; nothing where there are none.
fn push_line<T: AsRef<str>>(cells: impl Iterator<Item = T>, out: &mut String) {
    let mut end = "";
    for cell in cells {
        out.push_str("| ");
        out.push_str(cell.as_ref());
        out.push(' ');
        end = "|\n";
    }
    out.push_str(end);
}

/// The text with a backslash before every sign that would be more than itself. An underscore within a word is not.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let special = match character {
            '\\' | '|' | '`' | '*' | '[' | ']' | '<' | '&' | '~' => true,
            '_' => !before.is_alphanumeric() || !characters.peek().is_some_and(|it| it.is_alphanumeric()),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
    out
}

impl Encoder for MarkdownEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = String::new();
        push_line(self.names.iter(), &mut out);
        push_line(self.rules.iter(), &mut out);
        Ok(out.into_bytes())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns = columns(batch);
        let mut out = String::new();
        for row in 0..batch.num_rows() {
            // A line break of the text is one in the cell.
            let lines = |text: String| text.split('\n').map(spelled).collect::<Vec<_>>().join("<br>");
            push_line(columns.iter().map(|column| lines(cell(column, row))), &mut out);
        }
        Ok(out.into_bytes())
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        // A paragraph of its own: right under the table it would be a row.
        format!("\n{}", broke(code, &literal(message))).into_bytes()
    }
}

fn spelled(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    literal(&one_line(line.to_owned(), usize::MAX))
}
