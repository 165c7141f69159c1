//! Why rows cannot become partitions.

use arrow::datatypes::DataType;

use crate::{Code, store};

/// Why rows cannot become partitions. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is not one column.
    #[error("a table needs at least one column, and there is none")]
    NoColumns,
    /// Two columns of one name.
    #[error("two columns are named `{column}`; rename one of them")]
    DuplicateColumn {
        /// The name.
        column: String,
    },
    /// A column without a name, or with one that is too long.
    #[error("column {position} is named `{column}`: {why}")]
    BadColumnName {
        /// Its place, from 1.
        position: usize,
        /// Its name, cut.
        column: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A type that tables do not hold.
    #[error("column `{column}` is of type {found}, which tables do not hold; cast it to {instead} first")]
    UnsupportedType {
        /// The column.
        column: String,
        /// Its type.
        found: DataType,
        /// What would do.
        instead: &'static str,
    },
    /// A column of another type than the table's.
    #[error("column `{column}` is {expected} in the table and {found} in the rows")]
    TypeMismatch {
        /// The column.
        column: String,
        /// The table's type.
        expected: DataType,
        /// The rows' type.
        found: DataType,
    },
    /// A column that the table does not have.
    #[error("the table has no column `{column}`; its columns are {columns}")]
    ExtraColumn {
        /// The column.
        column: String,
        /// The table's.
        columns: String,
    },
    /// A column that may not be null is missing.
    #[error("the rows have no column `{column}`, which may not be null")]
    MissingColumn {
        /// The column.
        column: String,
    },
    /// A null where none may be.
    #[error("column `{column}` may not be null, and a row of it is")]
    UnexpectedNull {
        /// The column.
        column: String,
    },
    /// A value that does not fit the column's type.
    #[error("column `{column}` is {expected}: {detail}")]
    BadValue {
        /// The column.
        column: String,
        /// The table's type.
        expected: DataType,
        /// Which value, and why.
        detail: String,
    },
    /// The rows could not be read.
    #[error("{0}")]
    Rows(String),
    /// The rows could not be read by their format.
    #[error(transparent)]
    Format(crate::format::Error),
    /// Parquet refused the rows.
    #[error("failed to write a partition")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// What a partition's file says is not Parquet any more.
    #[error("a partition is damaged")]
    Damaged(#[source] parquet::errors::ParquetError),
    /// The partition could not be kept.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// What a reader of rows said, with the format's own error where it is inside.
    pub(super) fn from_reader(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::ExternalError(inner) => {
                match inner.downcast::<crate::format::Error>() {
                    Ok(error) => Self::Format(*error),
                    Err(inner) => Self::Rows(inner.to_string()),
                }
            }
            other => Self::Rows(other.to_string()),
        }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::NoColumns | Self::DuplicateColumn { .. } | Self::BadColumnName { .. } | Self::Rows(_) => {
                Code::InvalidData
            }
            Self::UnsupportedType { .. } => Code::Unsupported,
            Self::TypeMismatch { .. }
            | Self::ExtraColumn { .. }
            | Self::MissingColumn { .. }
            | Self::UnexpectedNull { .. }
            | Self::BadValue { .. } => Code::SchemaMismatch,
            Self::Format(error) => error.code(),
            Self::Parquet(error) => full_disk(error).map_or(Code::Internal, |_| Code::StorageFull),
            Self::Damaged(_) => Code::StorageDamaged,
            Self::Store(error) => error.code(),
        }
    }
}

/// The full disk behind a failure of the Parquet writer, where there is one: it wraps what the file said.
fn full_disk(error: &parquet::errors::ParquetError) -> Option<()> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(store::is_full) {
            return Some(());
        }
        cause = error.source();
    }
    error.to_string().contains("No space left").then_some(())
}
