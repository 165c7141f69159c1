//! Why a statement gave no answer: a code, a sentence, and where in the text.

use std::fmt;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use pantile_core::pool::{OverBudget, Reason};
use pantile_core::{Code, catalog, frame, nearest, pool, store};

/// Why a statement gave no answer. Nothing in it names a file or a URL.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: Code,
    message: String,
    position: Option<Position>,
    hint: Option<String>,
    limit: Option<Limit>,
}

/// A place in the text, both numbers from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

/// The limit that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as in `/v1/limits`: `sql_chain`, `sql_nesting`, …
    pub name: &'static str,
    /// What it allows.
    pub max: u64,
    /// What was asked; at least so much where counting stopped there.
    pub got: u64,
}

impl Error {
    /// An error of that code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None, hint: None, limit: None }
    }

    /// A statement over a limit of its form.
    pub(crate) fn limit(name: &'static str, what: &str, got: u64, max: u64) -> Self {
        let message = format!("the statement has {got} {what}, and limit `{name}` allows {max}");
        Self { limit: Some(Limit { name, max, got }), ..Self::new(Code::LimitSql, message) }
    }

    /// A statement that was ended.
    pub(crate) fn stopped(reason: Reason) -> Self {
        let code = match reason {
            Reason::TimedOut => Code::Timeout,
            Reason::OverBudget => Code::LimitMemory,
            Reason::Draining => Code::Unavailable,
            Reason::Disconnected | Reason::Asked => Code::Cancelled,
        };
        Self::new(code, format!("the statement was ended: {}", reason.as_str()))
    }

    /// A defect: its text goes to the log, not to the client.
    pub(crate) fn defect(what: &dyn fmt::Display) -> Self {
        tracing::error!(error = %what, "a statement failed by a defect");
        Self::new(Code::Internal, "the statement failed by a defect of the server; its log says more")
    }

    pub(crate) fn at(mut self, position: Option<Position>) -> Self {
        self.position = self.position.or(position);
        self
    }

    pub(crate) fn hinted(mut self, hint: Option<String>) -> Self {
        self.hint = self.hint.or(hint);
        self
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Where in the text, where that is known.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// What to try instead, where something is likely.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The limit that was met, where it was one.
    pub fn limit_met(&self) -> Option<&Limit> {
        self.limit.as_ref()
    }

    /// The same error for DataFusion to carry; [`Error::of`] finds it again.
    pub(crate) fn carried(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }

    /// What DataFusion said while planning.
    pub(crate) fn planning(error: &DataFusionError) -> Self {
        Self::of(error, true)
    }

    /// What DataFusion said while running.
    pub(crate) fn running(error: &DataFusionError) -> Self {
        Self::of(error, false)
    }

    fn of(error: &DataFusionError, planning: bool) -> Self {
        use DataFusionError as D;
        match error {
            D::Context(_, inner) => Self::of(inner, planning),
            D::Shared(inner) => Self::of(inner, planning),
            D::Diagnostic(said, inner) => {
                Self::of(inner, planning).at(said.span.map(|span| span.start.into()))
            }
            D::Collection(errors) => match errors.first() {
                Some(first) => Self::of(first, planning),
                None => Self::defect(error),
            },
            D::External(inner) => of_external(inner.as_ref()),
            D::SQL(parser, _) => of_parser(&parser.to_string()),
            D::SchemaError(schema, _) => of_schema(schema),
            D::Plan(text) => of_plan(text),
            D::NotImplemented(text) => Self::new(Code::Unsupported, clean(text)),
            D::Configuration(text) => Self::new(Code::InvalidSql, clean(text)),
            D::ResourcesExhausted(text) => of_exhausted(text),
            D::ArrowError(arrow, _) => of_arrow(arrow, planning),
            D::Execution(text) if planning => of_plan(text),
            D::Execution(text) => Self::new(Code::InvalidValue, clean(text)),
            D::ParquetError(inner) => storage("a partition cannot be read", inner),
            D::ObjectStore(inner) => storage("a store did not give what was asked", inner),
            D::IoError(inner) if store::is_full(inner) => {
                Self::new(Code::LimitScratch, "no space is left for what the statement keeps on disk")
            }
            D::IoError(inner) => storage("a file could not be read or written", inner),
            D::ExecutionJoin(_) | D::Internal(_) | D::Substrait(_) | D::Ffi(_) => Self::defect(error),
        }
    }
}

impl From<datafusion::sql::sqlparser::tokenizer::Location> for Position {
    fn from(at: datafusion::sql::sqlparser::tokenizer::Location) -> Self {
        Self { line: at.line, column: at.column }
    }
}

impl From<datafusion::common::Location> for Position {
    fn from(at: datafusion::common::Location) -> Self {
        Self { line: at.line, column: at.column }
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        match error {
            catalog::Error::UnknownDataset { name, nearest } => {
                Self::unknown_dataset(&name, nearest.as_deref())
            }
            catalog::Error::Sqlite(_) | catalog::Error::Damaged { .. } => Self::defect(&chain(&error)),
            catalog::Error::Store(error) => error.into(),
            other => Self::new(other.code(), other.to_string()),
        }
    }
}

impl From<frame::Error> for Error {
    fn from(error: frame::Error) -> Self {
        match error {
            frame::Error::Store(error) => error.into(),
            frame::Error::Parquet(_) if error.code() == Code::Internal => Self::defect(&chain(&error)),
            other => Self::new(other.code(), other.to_string()),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        tracing::warn!(error = %chain(&error), "a store failed a statement");
        match error.code() {
            Code::StorageFull => {
                Self::new(Code::StorageFull, "no space is left on the disk; nothing was committed")
            }
            Code::UnknownOutcome => {
                Self::new(Code::UnknownOutcome, "it is not known whether a partition was written")
            }
            code => Self::new(code, "a store did not do what was asked; the server's log says more"),
        }
    }
}

impl From<pool::Error> for Error {
    fn from(error: pool::Error) -> Self {
        Self::defect(&error)
    }
}

impl From<OverBudget> for Error {
    fn from(over: OverBudget) -> Self {
        Self {
            limit: Some(Limit {
                name: "memory.query",
                max: over.limit,
                got: over.used.saturating_add(over.asked),
            }),
            ..Self::new(Code::LimitMemory, over.to_string())
        }
    }
}

impl Error {
    /// A name that no dataset has.
    pub(crate) fn unknown_dataset(name: &str, nearest: Option<&str>) -> Self {
        let hint = nearest.map(|near| format!("did you mean `{}`?", crate::names::quoted(near)));
        Self::new(Code::UnknownDataset, format!("there is no dataset `{name}`")).hinted(hint)
    }
}

fn of_external(inner: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    if let Some(ours) = inner.downcast_ref::<Error>() {
        return ours.clone();
    }
    match inner.downcast_ref::<DataFusionError>() {
        Some(inner) => Error::of(inner, false),
        None => Error::defect(&inner),
    }
}

fn of_parser(text: &str) -> Error {
    let text = text.trim_start_matches("sql parser error: ").trim_start_matches("SQL error: ");
    let found = text.rfind(" at Line: ").and_then(|at| {
        let place = text.get(at..)?.trim_start_matches(" at Line: ");
        let (line, column) = place.split_once(", Column: ")?;
        let column = column.trim_end_matches(|c: char| !c.is_ascii_digit());
        Some((at, Position { line: line.parse().ok()?, column: column.parse().ok()? }))
    });
    if text.contains("recursion limit exceeded") {
        return Error::new(Code::LimitSql, "the statement is nested deeper than limit `sql_nesting` allows");
    }
    let said = text.get(..found.map_or(text.len(), |(at, _)| at)).unwrap_or(text);
    Error::new(Code::InvalidSql, lower(said)).at(found.map(|(_, position)| position))
}

fn of_schema(schema: &SchemaError) -> Error {
    match schema {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let near = nearest(&field.name, valid_fields.iter().map(|valid| valid.name.as_str()));
            let names: Vec<&str> = valid_fields.iter().map(|valid| valid.name.as_str()).take(20).collect();
            let hint = match near {
                Some(near) => Some(format!("did you mean `{}`?", crate::names::quoted(near))),
                None if names.is_empty() => None,
                None => Some(format!("columns here: {}", names.join(", "))),
            };
            let relation =
                field.relation.as_ref().map(|of| format!(" in `{}`", of.table())).unwrap_or_default();
            let at = field.spans.first().map(|span| span.start.into());
            Error::new(Code::UnknownColumn, format!("there is no column `{}`{relation}", field.name))
                .hinted(hint)
                .at(at)
        }
        SchemaError::AmbiguousReference { field } => {
            let said = format!(
                "column `{}` is in more than one of the tables; write `table.{}`",
                field.name, field.name
            );
            Error::new(Code::InvalidSql, said).at(field.spans.first().map(|span| span.start.into()))
        }
        other => Error::new(Code::InvalidSql, clean(&other.to_string())),
    }
}

fn of_plan(text: &str) -> Error {
    if let Some(name) = text.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found")) {
        return Error::unknown_dataset(name, None);
    }
    let (said, hint) = match text.split_once("\nDid you mean ") {
        Some((said, near)) => (said, Some(format!("did you mean {}", near.trim().replace('\'', "`")))),
        None => (text, None),
    };
    Error::new(Code::InvalidSql, clean(said)).hinted(hint)
}

fn of_exhausted(text: &str) -> Error {
    if text.contains("disk space") || text.contains("temp_directory") || text.contains("Spill") {
        return Error::new(Code::LimitScratch, "the statement needs more scratch space than it may have");
    }
    Error::new(Code::LimitMemory, clean(text))
}

fn of_arrow(arrow: &ArrowError, planning: bool) -> Error {
    match arrow {
        ArrowError::ExternalError(inner) => of_external(inner.as_ref()),
        ArrowError::DivideByZero => Error::new(Code::InvalidValue, "division by zero"),
        ArrowError::NotYetImplemented(text) => Error::new(Code::Unsupported, clean(text)),
        ArrowError::IoError(_, inner) => storage("a file could not be read or written", inner),
        ArrowError::ParquetError(text) => storage("a partition cannot be read", text),
        ArrowError::MemoryError(text) | ArrowError::SchemaError(text) if planning => {
            Error::new(Code::InvalidSql, clean(text))
        }
        ArrowError::SchemaError(_) | ArrowError::MemoryError(_) => Error::defect(arrow),
        ArrowError::CastError(text)
        | ArrowError::ParseError(text)
        | ArrowError::ComputeError(text)
        | ArrowError::ArithmeticOverflow(text)
        | ArrowError::InvalidArgumentError(text)
        | ArrowError::CsvError(text)
        | ArrowError::JsonError(text) => Error::new(Code::InvalidValue, clean(text)),
        other => Error::new(Code::InvalidValue, clean(&other.to_string())),
    }
}

fn storage(what: &str, why: &dyn fmt::Display) -> Error {
    tracing::warn!(error = %why, "storage failed a statement");
    Error::new(Code::StorageFailed, format!("{what}; the server's log says more"))
}

/// The text without what is nobody's business: URLs of ours, paths of partitions, back traces.
fn clean(text: &str) -> String {
    let text = text.split("\n\nbacktrace:").next().unwrap_or(text);
    let text = text.trim_start_matches("Error during planning: ").trim_start_matches("Execution error: ");
    let secret = |word: &str| word.contains("://") || (word.contains('/') && word.contains(".parquet"));
    let words: Vec<&str> = text.split(' ').map(|word| if secret(word) { "(hidden)" } else { word }).collect();
    lower(&words.join(" "))
}

/// Lower case first letter unless the first word is an acronym, no full stop: the house's form.
fn lower(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// What DataFusion said, for the log.
pub(crate) fn told(error: DataFusionError) -> String {
    chain(&error)
}

/// An error and all its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_parser_says_where() {
        let error = of_parser("sql parser error: Expected: an expression, found: FROM at Line: 2, Column: 8");
        assert_eq!(error.to_string(), "expected: an expression, found: FROM");
        assert_eq!(error.position(), Some(Position { line: 2, column: 8 }));
    }

    #[test]
    fn no_path_leaves() {
        let text = clean("Could not read pantile-data://x/main/1/2.parquet and main/1/2.parquet: SQL.");
        assert_eq!(text, "could not read (hidden) and (hidden) SQL");
    }

    #[test]
    fn our_own_errors_survive_datafusion() {
        let ours = Error::limit("sql_chain", "operators in a row", 600, 500).carried();
        let back = Error::running(&DataFusionError::Context("x".into(), Box::new(ours)));
        assert_eq!((back.code(), back.limit_met().unwrap().got), (Code::LimitSql, 600));
    }
}
