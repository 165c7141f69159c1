//! What Polars says, as clients are told it.

use arrow::error::ArrowError;
use polars::prelude::PolarsError;

use super::spelt::spelt;
use crate::frame::lower::Over;
use crate::{Code, pool};

/// What Polars says of values that it could not go on with, in errors that else are about types.
const OF_VALUES: [&str; 2] = ["conversion from ", " is not sorted"];
/// What Polars says in words of its own, by a part of it, and what is told in its place.
const PHRASES: &[(&str, &str)] = &[
    (
        "inputs should all have the same schema",
        "frames that go below one another have columns of different types: `cast` them, or write `how=\"vertical_relaxed\"`",
    ),
    (
        "cannot compare 'date/datetime/time' to a string value",
        "dates and times cannot be compared with a String: write `date(2024, 1, 31)` or `datetime(2024, 1, 31, 12)` for it",
    ),
    (
        "cannot take a larger sample than the total population",
        "`sample` should draw more rows than there are, which takes `with_replacement=True`",
    ),
    (
        "argument in operation 'asof_join' is not sorted",
        "the rows of a frame in `join_asof` are not sorted by its keys: `sort` both frames by them first",
    ),
    (
        "duration must be a parsed integer (i.e. use '2i', not '2d')",
        "over a column of integers, `every`, `period` and `offset` are integers, too: \"2i\" for 2",
    ),
    (
        "duration may not be a parsed integer (i.e. use '2d', not '2i')",
        "over a column of times, `every`, `period` and `offset` are lengths of time: \"2d\" for 2 days",
    ),
];
/// What Polars 0.55.2 panics with at values that are too large, by a part of it, and what is told in its place.
const PANICS: &[(&str, &str)] = &[
    (
        "out-of-range date",
        "a date or a time is beyond the years that calendars reckon with, of which there are 262 142 on either side of 0",
    ),
    (
        "out-of-range duration",
        "a time is beyond the years that calendars reckon with, of which there are 262 142 on either side of 0",
    ),
    ("out-of-range in duration", "a length of time is beyond what 64 bits of milliseconds hold"),
];
/// Parts of what Polars says, and what they are here.
const WORDS: &[(&str, &str)] = &[
    (" passed to `LazyFrame.with_columns` is duplicate", " is given to two columns"),
    ("aggregation 'item' expected", "`item` expected"),
    (
        "lengths don't match: too few arguments given for format string",
        "`format` is given fewer columns than its text has `{}`",
    ),
];

/// Why a plan did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What Polars says.
    #[error("{}", told(.0))]
    Polars(#[from] PolarsError),
    /// It panicked: a defect of Polars, or of ours.
    #[error(transparent)]
    Panicked(pool::Error),
    /// Its rows could not be handed out.
    #[error("rows of the answer are of a type that Arrow does not have")]
    Rows(#[source] ArrowError),
}

impl Error {
    /// The limit that was met, where it was one.
    pub fn over(&self) -> Option<&Over> {
        match self {
            Self::Polars(error) => over(error),
            _ => None,
        }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Polars(error) if is_of_values(error) => Code::InvalidValue,
            Self::Polars(error) => code_of(error),
            Self::Panicked(_) => Code::Internal,
            Self::Rows(_) => Code::Unsupported,
        }
    }
}

impl From<pool::Error> for Error {
    fn from(error: pool::Error) -> Self {
        let pool::Error::Panicked { text } = &error;
        match PANICS.iter().find(|(theirs, _)| text.contains(theirs)) {
            Some((_, ours)) => Self::Polars(PolarsError::ComputeError((*ours).into())),
            None => Self::Panicked(error),
        }
    }
}

/// The limit that a call met while it ran, where that is what Polars carries.
pub fn over(error: &PolarsError) -> Option<&Over> {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => over(error),
        PolarsError::IO { error, .. } => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// The first line of what Polars says, with types as programs write them: what follows are plans, and advice for Python.
pub fn told(error: &PolarsError) -> String {
    let said = error.to_string();
    let line = said.lines().next().unwrap_or_default();
    // What is wrong with a pattern stands in its last line, below the pattern.
    if line.contains("regex parse error") {
        let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
        return format!("a regular expression does not parse: {why}");
    }
    if let Some((_, ours)) = PHRASES.iter().find(|(theirs, _)| line.contains(theirs)) {
        return (*ours).to_owned();
    }
    let line = WORDS.iter().fold(line.to_owned(), |line, (theirs, ours)| line.replace(theirs, ours));
    let line = line.trim_end_matches([',', '.', ':', ' ']);
    // Expressions as Polars writes them.
    spelt(line.split(" (lhs: ").next().unwrap_or(line)).replace("on dtypes ", "on ").replace("dtype", "type")
}

/// Whether a plan that ran failed at values, of which Polars speaks in the same errors as of types.
fn is_of_values(error: &PolarsError) -> bool {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => is_of_values(error),
        PolarsError::ShapeMismatch(_) => true,
        PolarsError::InvalidOperation(said) => OF_VALUES.iter().any(|words| said.contains(words)),
        _ => false,
    }
}

/// The code that stands for what Polars says.
pub fn code_of(error: &PolarsError) -> Code {
    match error {
        PolarsError::ColumnNotFound(_)
        | PolarsError::SchemaFieldNotFound(_)
        | PolarsError::StructFieldNotFound(_) => Code::UnknownColumn,
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => code_of(error),
        PolarsError::IO { .. } => over(error).map_or(Code::StorageFailed, Over::code),
        // Two columns of one name, which it elsewhere has a variant for.
        PolarsError::ComputeError(said) if said.contains(" is duplicate\n") => Code::InvalidProgram,
        PolarsError::ComputeError(_) | PolarsError::OutOfBounds(_) | PolarsError::NoData(_) => {
            Code::InvalidValue
        }
        _ => Code::InvalidProgram,
    }
}
