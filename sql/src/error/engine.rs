//! DataFusion's errors as ours: its many kinds as our few codes, its places in the text, its texts without
//! paths and URLs.

use std::error::Error as Cause;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::parquet::errors::ParquetError;
use pantile_core::{Code, instead, store};

use super::{Error, Position};

/// Our error for DataFusion's, which means other things while planning than while running.
pub(super) fn of(error: &DataFusionError, planning: bool) -> Error {
    use DataFusionError as D;
    match error {
        D::Context(_, inner) => of(inner, planning),
        D::Shared(inner) => of(inner, planning),
        D::Diagnostic(said, inner) => of(inner, planning).at(said.span.map(|span| span.start.into())),
        D::Collection(errors) => match errors.first() {
            Some(first) => of(first, planning),
            None => Error::defect(error),
        },
        D::External(inner) => of_external(inner.as_ref()),
        D::SQL(parser, _) => of_parser(&parser.to_string()),
        D::SchemaError(schema, _) => of_schema(schema),
        D::Plan(text) => of_plan(text),
        D::NotImplemented(text) => of_missing(text),
        D::Configuration(text) => Error::new(Code::InvalidSql, clean(text)),
        D::ResourcesExhausted(text) => of_exhausted(text),
        D::ArrowError(arrow, _) => of_arrow(arrow, planning),
        D::Execution(text) if planning => of_plan(text),
        D::Execution(text) => of_regex(text).unwrap_or_else(|| Error::new(Code::InvalidValue, clean(text))),
        D::ParquetError(inner) => of_parquet(inner),
        D::ObjectStore(inner) => storage("a store did not give what was asked", inner.as_ref()),
        D::IoError(inner) => of_io(inner),
        // What it has no order for it finds out late.
        D::Internal(text)
            if text.starts_with("Min/Max accumulator not implemented")
                || text.starts_with("Uncomparable values") =>
        {
            Error::new(
                Code::Unsupported,
                "`min` and `max` of maps and of lists of structures are not supported",
            )
        }
        D::Internal(text) => of_regex(text).unwrap_or_else(|| Error::defect(error)),
        D::ExecutionJoin(_) | D::Substrait(_) | D::Ffi(_) => Error::defect(error),
    }
}

fn of_external(inner: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    if let Some(ours) = inner.downcast_ref::<Error>() {
        return ours.clone();
    }
    match inner.downcast_ref::<DataFusionError>() {
        Some(inner) => of(inner, false),
        None => of_regex(&inner.to_string()).unwrap_or_else(|| Error::defect(&inner)),
    }
}

/// A regular expression that is none. Those who compile one pass on what was said of it, each in a wrapping of its own.
fn of_regex(text: &str) -> Option<Error> {
    let said = match text.split_once("regex parse error:") {
        Some((_, shown)) => {
            let why = shown.split("\nerror: ").nth(1)?.lines().next()?;
            format!("a regular expression cannot be read: {why}")
        }
        None if text.contains("exceeds size limit") || text.contains("CompiledTooBig") => {
            "a regular expression is too large when it is compiled: repeat fewer times".to_owned()
        }
        None => return None,
    };
    Some(Error::new(Code::InvalidValue, said))
}

/// What DataFusion does not do, without the inside of its plans.
fn of_missing(text: &str) -> Error {
    if text.starts_with("Physical plan does not support logical expression") {
        let said = "a subquery that uses columns of the query around it cannot stand here, or compares them otherwise than by `=`";
        let hint = "join it instead; for the first rows of each, number them by `row_number() OVER (PARTITION BY …)`";
        return Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned()));
    }
    if text.starts_with("Unsupported SQL type Map") {
        let said = "`MAP` cannot be the type of a column that is written out";
        let hint = "make the table from a question: `CREATE TABLE t AS SELECT make_map('a', 1) AS m`";
        return Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned()));
    }
    let said = clean(text);
    // From where a type of the parser shows its fields, it is of no use to whoever wrote the statement.
    let inside = ["Span(", "Ident {", " { ", "Identifier(", "(On(", "(Using("]
        .iter()
        .filter_map(|mark| said.find(mark))
        .min();
    let said = inside.and_then(|at| said.get(..at)).unwrap_or(&said);
    Error::new(Code::Unsupported, said.trim_end_matches([' ', ':', '[', '(']))
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
            let there: Vec<&str> = valid_fields.iter().map(|valid| valid.name.as_str()).collect();
            let hint =
                (!there.is_empty()).then(|| instead("column", &field.name, there, crate::names::quoted));
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
    if text.contains("Correlated scalar subquery must be aggregated") {
        let said = "a subquery that is a value and uses columns of the query around it must have an aggregate, so that it has one row";
        let hint = "write `(SELECT max(name) FROM …)`, or join the table";
        return Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned()));
    }
    if text.starts_with("In/Exist/SetComparison subquery can only be used") {
        let said = "`EXISTS`, `IN`, `ANY` and `ALL` of a subquery cannot stand here";
        let hint = "put it into the `SELECT` list or into `WHERE`";
        return Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned()));
    }
    if text.starts_with("Projections require unique expression names")
        || text.starts_with("Aggregations require unique")
    {
        let said = "two columns of a `SELECT` would have the same name";
        let hint = "give one of them another: `… AS other`";
        return Error::new(Code::InvalidSql, said).hinted(Some(hint.to_owned()));
    }
    let (said, hint) = match text.split_once("\nDid you mean ") {
        Some((said, near)) => (said, Some(format!("did you mean {}", near.trim().replace('\'', "`")))),
        None => (text, None),
    };
    Error::new(Code::InvalidSql, clean(said)).hinted(hint)
}

fn of_exhausted(text: &str) -> Error {
    if text.contains("disk space") || text.contains("temp_directory") || text.contains("Spill") {
        return over_scratch();
    }
    Error::new(Code::LimitMemory, clean(text))
}

/// Scratch space is all that is written to without a store in between.
fn of_io(error: &std::io::Error) -> Error {
    if error.to_string().contains("max_temp_directory_size") {
        return over_scratch();
    }
    // What failed inside of a stream of bytes comes out of it as this.
    if let Some(inner) = error.get_ref().filter(|inner| inner.is::<DataFusionError>()) {
        return of_external(inner);
    }
    if store::is_full(error) {
        return Error::new(Code::LimitScratch, "no space is left for what the statement keeps on disk");
    }
    storage("a file could not be read or written", error)
}

fn over_scratch() -> Error {
    Error::new(
        Code::LimitScratch,
        "the statement needs more scratch space than limit `scratch_bytes` leaves it",
    )
}

fn of_arrow(arrow: &ArrowError, planning: bool) -> Error {
    match arrow {
        ArrowError::ExternalError(inner) => of_external(inner.as_ref()),
        ArrowError::DivideByZero => Error::new(Code::InvalidValue, "division by zero"),
        ArrowError::NotYetImplemented(text) => Error::new(Code::Unsupported, clean(text)),
        ArrowError::IoError(_, inner) => of_io(inner),
        ArrowError::ParquetError(_) => damaged(arrow),
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
        | ArrowError::JsonError(text) => {
            of_regex(text).unwrap_or_else(|| Error::new(Code::InvalidValue, clean(text)))
        }
        other => Error::new(Code::InvalidValue, clean(&other.to_string())),
    }
}

/// What the store said travels inside; the rest of what a reader of Parquet says is about the bytes.
fn of_parquet(parquet: &ParquetError) -> Error {
    if super::causes(parquet).any(|cause| cause.is::<object_store::Error>()) {
        storage("a file could not be read or written", parquet)
    } else {
        damaged(parquet)
    }
}

fn storage(what: &str, why: &(dyn Cause + 'static)) -> Error {
    if let Some(refused) = Error::leading_out(why) {
        return refused;
    }
    tracing::warn!(error = super::chain(why), "storage failed a statement");
    Error::new(Code::StorageFailed, format!("{what}; the server's log says more"))
}

fn damaged(why: &(dyn Cause + 'static)) -> Error {
    let text = super::chain(why);
    tracing::error!(error = text, "a file that a statement reads is damaged");
    if let Some(file) = at_a_location(&text) {
        let said = "a Parquet file that the statement reads is damaged";
        return Error::new(Code::StorageDamaged, said).of_file(&file);
    }
    let hint =
        "`pantile scrub` says which partitions are damaged; files at a location are their owner's to check";
    Error::new(Code::StorageDamaged, "a Parquet file that the statement reads is damaged")
        .hinted(Some(hint.to_owned()))
}

/// The path of a file whose footer cannot be read, where it is not one of our partitions: their folders are nobody's
/// business.
fn at_a_location(text: &str) -> Option<&str> {
    let (path, _) = text.split_once("metadata for file ")?.1.split_once(": ")?;
    let ours = path.rsplit('/').nth(1).is_some_and(|folder| folder.parse::<uuid::Uuid>().is_ok());
    (!ours).then_some(path)
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
    fn a_damaged_file_is_named_unless_it_is_a_partition() {
        let said = |path: &str| format!("Parquet error: Failed to fetch metadata for file {path}: EOF");
        assert_eq!(at_a_location(&said("a b/c.parquet")), Some("a b/c.parquet"));
        let ours = "main/01a1fed2-3c9e-74e3-b03e-5317d90c0b8d/01a1fed2-3cb8-7369-be34-a21cf5500f06.parquet";
        assert_eq!(at_a_location(&said(ours)), None);
    }

    #[test]
    fn our_own_errors_survive_datafusion() {
        let ours = Error::limit("sql_chain", "operators in a row", 600, 500).carried();
        let back = Error::running(&DataFusionError::Context("x".into(), Box::new(ours)));
        assert_eq!((back.code(), back.limit_met().unwrap().got), (Code::LimitSql, 600));
    }
}
