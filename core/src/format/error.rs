//! What a format refuses, said so that the sender can mend the file.

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use super::TypeOrigin;
use crate::Code;

/// Why bytes did not become batches, or batches not bytes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are damaged, cut short, or of another format.
    #[error("not readable as {format}: {detail}")]
    Corrupt {
        /// The format's name.
        format: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// One line of a text format breaks its grammar.
    #[error("line {line} is not valid {format}: {detail}")]
    Line {
        /// The format's name.
        format: &'static str,
        /// Counted from 1, as an editor does.
        line: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// A row has more or fewer fields than there are columns.
    #[error(
        "line {line} has {found} fields, expected {expected}; \
         a field that contains the delimiter or a line break must be quoted"
    )]
    Fields {
        /// The line the row starts on.
        line: u64,
        /// How many fields it has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A value is not of its column's type.
    #[error("line {line}, column `{column}`: {value} is not {expected}; {}", way_out(.column, *.origin))]
    Value {
        /// The line the row starts on.
        line: u64,
        /// The column, with the path into it where it is nested.
        column: String,
        /// The value as it stands in the file, shortened.
        value: String,
        /// The column's type.
        expected: String,
        /// Where that type came from.
        origin: TypeOrigin,
    },
    /// A row has a field that no column was made for.
    #[error("line {line} has a field `{name}` that no column was made for; {}", way_out(.name, *.origin))]
    UnknownField {
        /// The line the row starts on.
        line: u64,
        /// The field, with the path to it.
        name: String,
        /// Where the columns came from.
        origin: TypeOrigin,
    },
    /// The file has no column, so there is nothing to make a table of.
    #[error("the {format} file has no columns{}", if *.empty { ": it is empty" } else { "" })]
    NoColumns {
        /// The format's name.
        format: &'static str,
        /// Whether there is not a byte in it.
        empty: bool,
    },
    /// Two columns have one name.
    #[error("the {format} file has more than one column named {}", .names.join(", "))]
    DuplicateColumns {
        /// The format's name.
        format: &'static str,
        /// The names, in backquotes.
        names: Vec<String>,
    },
    /// A column was given a type that the file does not have a column for.
    #[error("schema= names a column `{name}` that the file does not have; it has {}", .columns.join(", "))]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// The names there are, in backquotes.
        columns: Vec<String>,
    },
    /// Something in the file is larger than is read.
    #[error("{what} is larger than the limit of {limit}; {advice}")]
    TooLarge {
        /// What, and where.
        what: String,
        /// The limit, with its unit.
        limit: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// The format has no way to hold such a column.
    #[error("{format} cannot hold column `{column}` of type {data_type}; cast it to another type")]
    UnsupportedType {
        /// The format's name.
        format: &'static str,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// The format holds arrays, and the answer is a table.
    #[error("{format} holds arrays, and this is a table; ask for `arrow`, `parquet` or `csv`")]
    Table {
        /// The format's name.
        format: &'static str,
    },
    /// A value is outside of what the format can hold of its type.
    #[error("column `{column}` has a value that {format} cannot hold: {detail}; cast it to another type")]
    OutOfRange {
        /// The format's name.
        format: &'static str,
        /// The column.
        column: String,
        /// Which value, and why.
        detail: String,
    },
    /// The format is only read, or only written.
    #[error("{format} cannot be {asked}; use one of {}", .instead.join(", "))]
    Unsupported {
        /// The format's name.
        format: &'static str,
        /// `read` or `written`.
        asked: &'static str,
        /// Formats that can.
        instead: Vec<&'static str>,
    },
    /// An option has a value it cannot have, or does not exist.
    #[error("option {name}={value}: {why}")]
    BadOption {
        /// The option.
        name: String,
        /// The value asked for.
        value: String,
        /// What it may be.
        why: String,
    },
    /// The file could not be read.
    #[error("failed to read the file")]
    Io(#[source] std::io::Error),
    /// A batch could not be written.
    #[error("failed to write {format}")]
    Encode {
        /// The format's name.
        format: &'static str,
        /// Why.
        #[source]
        source: ArrowError,
    },
}

/// What the sender can do about a value or field the columns have no place for.
fn way_out(column: &str, origin: TypeOrigin) -> String {
    let column = column.split(['.', '[']).next().unwrap_or(column);
    match origin {
        TypeOrigin::Inferred(rows) => format!(
            "types were inferred from the first {rows} rows: \
             name this one, as in schema={column}:utf8, or raise infer_rows"
        ),
        TypeOrigin::Given => {
            "the type was given: correct the value or name another type in schema=".to_owned()
        }
        TypeOrigin::Table => "the type is the table's: correct the value".to_owned(),
    }
}

impl Error {
    /// The code a client may act on.
    pub fn code(&self) -> Code {
        match self {
            Error::Corrupt { .. }
            | Error::Line { .. }
            | Error::Fields { .. }
            | Error::Value { origin: TypeOrigin::Inferred(_) | TypeOrigin::Given, .. }
            | Error::UnknownField { origin: TypeOrigin::Inferred(_) | TypeOrigin::Given, .. }
            | Error::NoColumns { .. }
            | Error::DuplicateColumns { .. } => Code::InvalidData,
            Error::Value { origin: TypeOrigin::Table, .. }
            | Error::UnknownField { origin: TypeOrigin::Table, .. } => Code::SchemaMismatch,
            Error::UnknownColumn { .. } | Error::BadOption { .. } => Code::InvalidRequest,
            Error::TooLarge { .. } => Code::TooLarge,
            Error::OutOfRange { .. } => Code::InvalidValue,
            Error::UnsupportedType { .. } | Error::Unsupported { .. } | Error::Table { .. } => {
                Code::Unsupported
            }
            Error::Io(source) if source.kind() == std::io::ErrorKind::StorageFull => Code::StorageFull,
            Error::Io(_) => Code::StorageFailed,
            Error::Encode { .. } => Code::Internal,
        }
    }

    pub(super) fn corrupt(format: &'static str, detail: impl Into<String>) -> Error {
        Error::Corrupt { format, detail: detail.into() }
    }

    pub(super) fn bad_option(name: &str, value: &str, why: impl Into<String>) -> Error {
        Error::BadOption { name: name.to_owned(), value: value.to_owned(), why: why.into() }
    }

    /// An error of the Arrow crates while reading `format`: ours where one of ours travelled in it.
    pub(super) fn reading(format: &'static str, error: ArrowError) -> Error {
        match Error::try_from(error) {
            Ok(ours) => ours,
            Err(ArrowError::IoError(_, source)) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
                Error::Io(source)
            }
            Err(other) => Error::corrupt(format, other.to_string()),
        }
    }

    /// An error of the Parquet crate while reading.
    pub(super) fn parquet(error: ParquetError) -> Error {
        match error {
            ParquetError::EOF(detail) => Error::corrupt("parquet", format!("it ends too early: {detail}")),
            other => Error::corrupt("parquet", other.to_string()),
        }
    }
}

/// A [`RecordBatchReader`](arrow::record_batch::RecordBatchReader) can only fail with Arrow's error, so
/// ours travels inside of it…
impl From<Error> for ArrowError {
    fn from(error: Error) -> ArrowError {
        ArrowError::ExternalError(Box::new(error))
    }
}

/// … and is taken out again with this.
impl TryFrom<ArrowError> for Error {
    type Error = ArrowError;

    fn try_from(error: ArrowError) -> Result<Error, ArrowError> {
        match error {
            ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(ours) => Ok(*ours),
                Err(other) => Err(ArrowError::ExternalError(other)),
            },
            other => Err(other),
        }
    }
}

/// A file's text as an error shows it: in quotes, cut after some sixty characters.
pub(super) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { format!("{head:?}…") } else { format!("{head:?}") }
}
