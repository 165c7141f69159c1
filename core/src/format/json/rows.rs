//! Bytes to rows: the text of one JSON value after another, and the line it starts on.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use super::super::Error;

const BUFFER_BYTES: usize = 256 << 10;
const ROW_BYTES_MAX: usize = 64 << 20;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How rows lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One on each line.
    Lines,
    /// As the elements of one array.
    Array,
}

/// The rows of a file.
pub(super) struct Rows {
    format: &'static str,
    shape: Shape,
    file: BufReader<File>,
    text: Vec<u8>,
    line: u64,
    /// How many rows have been taken.
    taken: u64,
    /// Whether the array's end has been seen.
    closed: bool,
}

/// One row: its text, and the line it starts on, counted from 1.
pub(super) struct Row<'a> {
    pub(super) text: &'a str,
    pub(super) line: u64,
}

impl Rows {
    /// The rows of `file` from where it stands, which is its beginning.
    pub(super) fn new(format: &'static str, shape: Shape, file: File) -> Result<Rows, Error> {
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        if file.fill_buf().map_err(Error::Io)?.starts_with(MARK) {
            file.consume(MARK.len());
        }
        Ok(Rows { format, shape, file, text: Vec::new(), line: 1, taken: 0, closed: false })
    }

    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        let line = match self.shape {
            Shape::Lines => self.next_line()?,
            Shape::Array => self.next_element()?,
        };
        let Some(line) = line else { return Ok(None) };
        self.taken += 1;
        match std::str::from_utf8(&self.text) {
            Ok(text) => Ok(Some(Row { text: text.trim_ascii(), line })),
            Err(_) => Err(wrong(self.format, line, "it is not UTF-8; convert the file to UTF-8")),
        }
    }

    /// Reads a line that is not blank into `text`.
    fn next_line(&mut self) -> Result<Option<u64>, Error> {
        loop {
            self.text.clear();
            let mut limited = self.file.by_ref().take(ROW_BYTES_MAX as u64 + 1);
            if limited.read_until(b'\n', &mut self.text).map_err(Error::Io)? == 0 {
                return Ok(None);
            }
            let line = self.line;
            self.check_size(line)?;
            self.line += 1;
            if !self.text.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn check_size(&self, line: u64) -> Result<(), Error> {
        if self.text.len() <= ROW_BYTES_MAX {
            return Ok(());
        }
        Err(Error::TooLarge {
            what: format!("the row on line {line}"),
            limit: format!("{ROW_BYTES_MAX} bytes"),
            advice: "put each row on a line of its own, or send the rows as Parquet or Arrow",
        })
    }

    /// Reads the array's next element into `text`.
    fn next_element(&mut self) -> Result<Option<u64>, Error> {
        if self.closed {
            return Ok(None);
        }
        if self.taken == 0 && self.skip()? != Some(b'[') {
            let detail = "it must be one array of objects, [{…},{…}]; for one object a line use ndjson";
            return Err(wrong(self.format, self.line, detail));
        }
        if self.taken == 0 {
            self.file.consume(1);
        }
        match (self.skip()?, self.taken) {
            (Some(b']'), _) => {
                self.file.consume(1);
                self.closed = true;
                return match self.skip()? {
                    None => Ok(None),
                    Some(_) => Err(wrong(self.format, self.line, "text follows the end of the array")),
                };
            }
            (Some(b','), 1..) => {
                self.file.consume(1);
                self.skip()?;
            }
            (Some(_), 0) => {}
            (Some(_), _) => {
                return Err(wrong(self.format, self.line, "expected `,` or `]` after an element"));
            }
            (None, _) => {
                return Err(wrong(self.format, self.line, "the array is never closed, so its end is missing"));
            }
        }
        let line = self.line;
        self.element(line)?;
        Ok(Some(line))
    }

    /// The next byte that is no white space, which is left in place.
    fn skip(&mut self) -> Result<Option<u8>, Error> {
        loop {
            let bytes = self.file.fill_buf().map_err(Error::Io)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.line += memchr::memchr_iter(b'\n', &bytes[..blank]).count() as u64;
            let next = bytes.get(blank).copied();
            self.file.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Takes bytes up to the comma or bracket that ends the element. Whether they are JSON is seen later.
    fn element(&mut self, line: u64) -> Result<(), Error> {
        self.text.clear();
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        loop {
            let bytes = self.file.fill_buf().map_err(Error::Io)?;
            if bytes.is_empty() {
                return Err(wrong(
                    self.format,
                    self.line,
                    "the array is never closed, so its end is missing",
                ));
            }
            let mut ended = false;
            let mut length = 0;
            for &byte in bytes {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if in_string => escaped = true,
                    b'"' => in_string = !in_string,
                    _ if in_string => {}
                    b'{' | b'[' => depth += 1,
                    b',' | b']' | b'}' if depth == 0 => {
                        ended = true;
                        break;
                    }
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                length += 1;
            }
            self.line += memchr::memchr_iter(b'\n', &bytes[..length]).count() as u64;
            self.text.extend_from_slice(&bytes[..length]);
            self.file.consume(length);
            self.check_size(line)?;
            if ended {
                return Ok(());
            }
        }
    }
}

pub(super) fn wrong(format: &'static str, line: u64, detail: &str) -> Error {
    Error::Line { format, line, detail: detail.to_owned() }
}
