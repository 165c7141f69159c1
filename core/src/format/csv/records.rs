//! Bytes to fields: quotes, line breaks, limits. Knows nothing of types.

use std::fs::File;
use std::io::Read;

use super::super::{COLUMNS_MAX, Error, ReadOptions};

const BUFFER_BYTES: usize = 256 << 10;
const FIELD_BYTES_MAX: usize = 16 << 20;
const RECORD_BYTES_MAX: usize = 64 << 20;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// One row's fields, without quotes.
#[derive(Default)]
pub(super) struct Record {
    text: Vec<u8>,
    /// Where each field ends in `text`, and whether it stood in quotes.
    ends: Vec<(usize, bool)>,
    /// The line it starts on, counted from 1.
    pub(super) line: u64,
}

/// A field and whether it stood in quotes.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The fields, if they are UTF-8: each for itself, since bytes that are none may add up to a character.
    pub(super) fn fields(&self, format: &'static str) -> Result<impl Iterator<Item = Field<'_>>, Error> {
        let text =
            std::str::from_utf8(&self.text).map_err(|error| self.not_text(format, error.valid_up_to()))?;
        if !text.is_ascii()
            && let Some((end, _)) = self.ends.iter().find(|(end, _)| !text.is_char_boundary(*end))
        {
            return Err(self.not_text(format, *end));
        }
        let mut start = 0;
        Ok(self.ends.iter().map(move |&(end, quoted)| {
            let field = Field { text: &text[start..end], quoted };
            start = end;
            field
        }))
    }

    fn not_text(&self, format: &'static str, at: usize) -> Error {
        let field = self.ends.partition_point(|(end, _)| *end < at) + 1;
        let detail = format!("field {field} is not UTF-8; convert the file to UTF-8");
        Error::Line { format, line: self.line, detail }
    }

    fn clear(&mut self, line: u64) {
        self.text.clear();
        self.ends.clear();
        self.line = line;
    }

    /// A lone empty field in no quotes: what a blank line is.
    fn is_blank(&self) -> bool {
        self.ends == [(0, false)]
    }
}

/// The rows of a file.
pub(super) struct Records {
    format: &'static str,
    file: File,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    line: u64,
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    /// Bytes that end a run of plain ones.
    special: [bool; 256],
    /// Whether a blank line is a row, as it is in a file of one column.
    pub(super) blank_rows: bool,
}

impl Records {
    /// The rows of `file` from where it stands, which is its beginning.
    pub(super) fn new(
        format: &'static str,
        delimiter: u8,
        file: File,
        options: &ReadOptions,
    ) -> Result<Records, Error> {
        let mut special = [false; 256];
        for byte in [b'\n', b'\r', delimiter] {
            special[usize::from(byte)] = true;
        }
        let mut records = Records {
            format,
            file,
            buffer: vec![0; BUFFER_BYTES],
            at: 0,
            end: 0,
            line: 1,
            delimiter,
            quote: options.quote,
            escape: options.escape,
            special,
            blank_rows: false,
        };
        records.fill()?;
        if records.buffer[..records.end].starts_with(MARK) {
            records.at = MARK.len();
        }
        Ok(records)
    }

    /// Whether the file has not a byte left.
    pub(super) fn is_at_end(&mut self) -> Result<bool, Error> {
        Ok(self.peek()?.is_none())
    }

    /// Reads the next row; false at the end of the file.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, Error> {
        loop {
            if self.is_at_end()? {
                return Ok(false);
            }
            record.clear(self.line);
            self.record(record)?;
            if self.blank_rows || !record.is_blank() {
                return Ok(true);
            }
        }
    }

    fn fill(&mut self) -> Result<(), Error> {
        self.at = 0;
        self.end = 0;
        // A first read of a few bytes would hide the byte order mark.
        while self.end < MARK.len() {
            match self.file.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(()),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Io(error)),
            }
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<u8>, Error> {
        if self.at == self.end {
            self.fill()?;
        }
        Ok(self.buffer[..self.end].get(self.at).copied())
    }

    fn record(&mut self, record: &mut Record) -> Result<(), Error> {
        loop {
            let quoted = self.quote.is_some() && self.peek()? == self.quote;
            if quoted {
                self.quoted(record)?
            } else {
                self.plain(record)?
            }
            record.ends.push((record.text.len(), quoted));
            if record.ends.len() > COLUMNS_MAX {
                return Err(Error::TooLarge {
                    what: format!("the number of fields on line {}", record.line),
                    limit: format!("{COLUMNS_MAX} columns"),
                    advice: "check the delimiter and the quotes",
                });
            }
            match self.peek()? {
                None => return Ok(()),
                Some(b'\n') => self.at += 1,
                Some(b'\r') => {
                    self.at += 1;
                    if self.peek()? == Some(b'\n') {
                        self.at += 1;
                    }
                }
                Some(byte) if byte == self.delimiter => {
                    self.at += 1;
                    continue;
                }
                Some(_) => return Err(self.wrong(self.line, "text follows a closing quote".to_owned())),
            }
            self.line += 1;
            return Ok(());
        }
    }

    fn wrong(&self, line: u64, detail: String) -> Error {
        Error::Line { format: self.format, line, detail }
    }

    /// Takes bytes up to the delimiter or the line's end.
    fn plain(&mut self, record: &mut Record) -> Result<(), Error> {
        let start = record.text.len();
        while self.peek()?.is_some() {
            let rest = &self.buffer[self.at..self.end];
            let length = rest.iter().position(|byte| self.special[usize::from(*byte)]);
            record.text.extend_from_slice(&rest[..length.unwrap_or(rest.len())]);
            self.at += length.unwrap_or(rest.len());
            check_size(record, start)?;
            if length.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Takes bytes from the opening quote to past the closing one.
    fn quoted(&mut self, record: &mut Record) -> Result<(), Error> {
        let opened = self.line;
        let start = record.text.len();
        let quote = self.quote.unwrap_or(b'"');
        // Without an escape sign, quotes are doubled.
        let escape = self.escape.unwrap_or(quote);
        self.at += 1;
        loop {
            if self.peek()?.is_none() {
                return Err(self.wrong(opened, "a quoted field begins here and never ends".to_owned()));
            }
            let rest = &self.buffer[self.at..self.end];
            let Some(length) = memchr::memchr2(quote, escape, rest) else {
                self.take(record, rest.len());
                check_size(record, start)?;
                continue;
            };
            let sign = rest[length];
            self.take(record, length);
            self.at += 1;
            check_size(record, start)?;
            if sign == escape {
                match self.peek()? {
                    Some(next) if next == quote || (next == escape && escape != quote) => {
                        record.text.push(next);
                        self.at += 1;
                        continue;
                    }
                    // An escape sign before anything else is itself.
                    _ if escape != quote => {
                        record.text.push(escape);
                        continue;
                    }
                    _ => {}
                }
            }
            return Ok(());
        }
    }

    /// Moves bytes of a quoted field over, counting the lines in them.
    fn take(&mut self, record: &mut Record, length: usize) {
        let bytes = &self.buffer[self.at..self.at + length];
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        record.text.extend_from_slice(bytes);
        self.at += length;
    }
}

fn check_size(record: &Record, field_start: usize) -> Result<(), Error> {
    let (what, limit) = if record.text.len() - field_start > FIELD_BYTES_MAX {
        (format!("field {} of line {}", record.ends.len() + 1, record.line), FIELD_BYTES_MAX)
    } else if record.text.len() > RECORD_BYTES_MAX {
        (format!("the row on line {}", record.line), RECORD_BYTES_MAX)
    } else {
        return Ok(());
    };
    Err(Error::TooLarge {
        what,
        limit: format!("{limit} bytes"),
        advice: "check for a quote that is never closed, or send the rows as Parquet or Arrow",
    })
}
