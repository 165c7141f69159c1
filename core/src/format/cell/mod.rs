//! Text to columns, once for every text format: the other direction of `value`.
//!
//! A [`Cell`] takes the texts of one column and builds an array. It takes every spelling `value` writes and
//! the common ones of others, and refuses a text rather than lose part of it. [`Guess`] finds the type of a
//! column nobody named one for.

mod build;
mod guess;
mod number;
mod time;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

pub(super) use self::build::cell;
pub(super) use self::guess::Guess;
use super::Error;

/// The texts of one column on their way into an array.
pub(super) trait Cell: Send {
    /// Appends the value `text` spells; false, and nothing appended, if it spells none of this type.
    fn push(&mut self, text: &str) -> bool;

    /// Appends a null.
    fn push_null(&mut self);

    /// The array of what has been appended since the last call.
    fn finish(&mut self) -> ArrayRef;

    /// Whether every text is a value, the empty one included.
    fn is_text(&self) -> bool {
        false
    }
}

/// The error of a column that text cannot fill.
pub(super) fn unsupported(format: &'static str, column: &str, data_type: &DataType) -> Error {
    Error::UnsupportedType { format, column: column.to_owned(), data_type: super::type_name(data_type) }
}
