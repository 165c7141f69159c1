//! What a caller may say about a file: options of reading and of writing, from names and texts.

use arrow::datatypes::SchemaRef;

use super::{Error, parse_schema};

/// How a file is read. A format leaves aside what does not concern it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOptions {
    /// Types of columns, by name; those not named are inferred. Text formats only. Naming a column that a
    /// CSV file does not have is an error.
    pub schema: Option<SchemaRef>,
    /// Types of columns the file may have: those of the table its rows are meant for. [`Self::schema`] goes
    /// before them, inference comes after them.
    pub hints: Option<SchemaRef>,
    /// What separates fields; absent means the format's own.
    pub delimiter: Option<u8>,
    /// Whether the first row holds the names.
    pub header: bool,
    /// What encloses fields that hold a delimiter, a quote or a line break; absent means that nothing does.
    pub quote: Option<u8>,
    /// What comes before a quote inside quotes; absent means that it is doubled.
    pub escape: Option<u8>,
    /// The unquoted text that stands for null, beside the empty field.
    pub null: Option<String>,
    /// How many rows types are inferred from.
    pub infer_rows: usize,
    /// The most rows a batch has; wide rows make smaller batches.
    pub batch_rows: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            schema: None,
            hints: None,
            delimiter: None,
            header: true,
            quote: Some(b'"'),
            escape: None,
            null: None,
            infer_rows: 10_000,
            batch_rows: 8_192,
        }
    }
}

/// Where a column's type came from: who can mend a value that is not of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeOrigin {
    /// From the file's first rows, that many.
    Inferred(usize),
    /// [`ReadOptions::schema`].
    Given,
    /// [`ReadOptions::hints`], which is the table.
    Table,
}

impl ReadOptions {
    /// Where the type of `column` comes from, if it is inferred from `rows` rows where nobody named it.
    pub(super) fn origin(&self, column: &str, rows: usize) -> TypeOrigin {
        let names = |schema: &Option<SchemaRef>| {
            schema.as_ref().is_some_and(|schema| schema.column_with_name(column).is_some())
        };
        match (names(&self.schema), names(&self.hints)) {
            (true, _) => TypeOrigin::Given,
            (false, true) => TypeOrigin::Table,
            (false, false) => TypeOrigin::Inferred(rows),
        }
    }

    /// The names [`ReadOptions::parse`] knows.
    pub const KEYS: &'static [&'static str] =
        &["delimiter", "escape", "header", "infer_rows", "null", "quote", "schema"];

    /// From names and values, as a query string or a catalog entry holds them.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut options = ReadOptions::default();
        for (name, value) in pairs {
            match name {
                "delimiter" => options.delimiter = Some(byte(name, value)?),
                "escape" => options.escape = optional_byte(name, value)?,
                "header" => options.header = yes(name, value)?,
                "infer_rows" => options.infer_rows = number(name, value)?,
                "null" => options.null = Some(value.to_owned()),
                "quote" => options.quote = optional_byte(name, value)?,
                "schema" => options.schema = Some(parse_schema(value)?),
                _ => return Err(unknown(name, value, Self::KEYS)),
            }
        }
        Ok(options)
    }
}

/// How an answer is written. A format leaves aside what does not concern it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// What separates fields; absent means the format's own.
    pub delimiter: Option<u8>,
    /// Whether the first row holds the names.
    pub header: bool,
    /// The unquoted text that stands for null.
    pub null: String,
    /// How buffers inside of Arrow and Parquet are compressed; absent means the format's own choice.
    pub compression: Option<Compression>,
    /// How JSON shows 64-bit integers.
    pub numbers: Numbers,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions {
            delimiter: None,
            header: true,
            null: String::new(),
            compression: None,
            numbers: Numbers::default(),
        }
    }
}

/// Compression inside of a file, buffer by buffer or page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// None.
    None,
    /// LZ4: fast.
    Lz4,
    /// Zstandard: small.
    Zstd,
}

/// How JSON shows 64-bit integers, which many readers take for doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// As a number within ±(2^53 − 1), where every reader keeps it; as a string of its digits beyond.
    #[default]
    Exact,
    /// Always as a string, so that a column has one JSON type.
    String,
}

impl WriteOptions {
    /// The names [`WriteOptions::parse`] knows.
    pub const KEYS: &'static [&'static str] = &["compression", "delimiter", "header", "null", "numbers"];

    /// From names and values, as a query string holds them.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut options = WriteOptions::default();
        for (name, value) in pairs {
            match name {
                "compression" => options.compression = Some(compression(name, value)?),
                "delimiter" => options.delimiter = Some(byte(name, value)?),
                "header" => options.header = yes(name, value)?,
                "null" => options.null = value.to_owned(),
                "numbers" => options.numbers = numbers(name, value)?,
                _ => return Err(unknown(name, value, Self::KEYS)),
            }
        }
        Ok(options)
    }
}

fn unknown(name: &str, value: &str, keys: &[&str]) -> Error {
    Error::bad_option(name, value, format!("there is no such option; there are {}", keys.join(", ")))
}

/// One ASCII character that can be told from a line break.
fn byte(name: &str, value: &str) -> Result<u8, Error> {
    match value.as_bytes() {
        _ if value == "tab" || value == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(Error::bad_option(
            name,
            value,
            "it must be one ASCII character other than a line break, or `tab`",
        )),
    }
}

fn optional_byte(name: &str, value: &str) -> Result<Option<u8>, Error> {
    if value.is_empty() || value == "none" { Ok(None) } else { byte(name, value).map(Some) }
}

fn yes(name: &str, value: &str) -> Result<bool, Error> {
    match value {
        "true" | "1" | "yes" | "present" => Ok(true),
        "false" | "0" | "no" | "absent" => Ok(false),
        _ => Err(Error::bad_option(name, value, "it must be true or false")),
    }
}

fn number(name: &str, value: &str) -> Result<usize, Error> {
    value.parse().map_err(|_| Error::bad_option(name, value, "it must be a whole number"))
}

fn compression(name: &str, value: &str) -> Result<Compression, Error> {
    match value {
        "none" => Ok(Compression::None),
        "lz4" => Ok(Compression::Lz4),
        "zstd" => Ok(Compression::Zstd),
        _ => Err(Error::bad_option(name, value, "it must be none, lz4 or zstd")),
    }
}

fn numbers(name: &str, value: &str) -> Result<Numbers, Error> {
    match value {
        "exact" => Ok(Numbers::Exact),
        "string" => Ok(Numbers::String),
        _ => Err(Error::bad_option(name, value, "it must be exact or string")),
    }
}
