//! `SET`, `RESET` and `SHOW`: the session's typed settings, and never DataFusion's.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::sql::parser::ResetStatement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, Set, UnaryOperator, Value};
use futures::{StreamExt, stream};
use pantile_core::Code;

use super::{Prepared, done};
use crate::context::Context;
use crate::{Answer, Error, Outcome, RunsOn};

/// `SET name = value`, `SET TIME ZONE value`.
pub(super) fn set(context: &Context, set: &Set) -> Result<Prepared, Error> {
    let (name, value) = match set {
        Set::SingleAssignment { variable, values, .. } => match values.as_slice() {
            [value] => (dotted(variable), text(value)?),
            _ => {
                return Err(Error::new(
                    Code::InvalidSql,
                    "`SET` takes one value: `SET timezone = 'Europe/Berlin'`",
                ));
            }
        },
        Set::SetTimeZone { value, .. } => ("timezone".to_owned(), text(value)?),
        other => {
            return Err(Error::new(Code::Unsupported, format!("`{other}` is not a setting of a session")));
        }
    };
    changing(context)?;
    context.ask.session.set(&name, &value)?;
    Ok(Prepared::Answer(done("SET", None, context.pin.id)))
}

/// `RESET name`.
pub(super) fn reset(context: &Context, reset: &ResetStatement) -> Result<Prepared, Error> {
    let ResetStatement::Variable(name) = reset;
    changing(context)?;
    context.ask.session.reset(&dotted(name))?;
    Ok(Prepared::Answer(done("RESET", None, context.pin.id)))
}

/// `SHOW name`, `SHOW ALL`.
pub(super) fn show(context: &Context, variable: &[Ident]) -> Result<Prepared, Error> {
    let name = variable.iter().map(|ident| ident.value.as_str()).collect::<Vec<_>>().join(".").to_lowercase();
    let rows = match name.as_str() {
        "all" => context.ask.session.all(),
        "timezone" | "time.zone" => one(context, "timezone")?,
        other => one(context, other)?,
    };
    Ok(Prepared::Answer(listed(context, &rows)))
}

fn one(context: &Context, name: &str) -> Result<Vec<(&'static str, String, &'static str)>, Error> {
    // The error of a name that is not one lists those that are.
    context.ask.session.get(name)?;
    Ok(context.ask.session.all().into_iter().filter(|(known, ..)| *known == name).collect())
}

fn changing(context: &Context) -> Result<(), Error> {
    match context.ask.read_only {
        true => {
            Err(Error::new(Code::Forbidden, "this way in is for reading; send `SET` with `POST /v1/sql`"))
        }
        false => Ok(()),
    }
}

fn dotted(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(ObjectNamePart::as_ident).map(|ident| ident.value.as_str());
    parts.collect::<Vec<_>>().join(".")
}

fn text(value: &Expr) -> Result<String, Error> {
    match value {
        Expr::Identifier(ident) => Ok(ident.value.clone()),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Ok(format!("-{}", text(expr)?)),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Ok(number.clone()),
            Value::Boolean(value) => Ok(value.to_string()),
            other => other.clone().into_string().ok_or_else(|| {
                Error::new(Code::InvalidSql, format!("`{other}` is not the value of a setting"))
            }),
        },
        other => Err(Error::new(Code::InvalidSql, format!("`{other}` is not the value of a setting"))),
    }
}

/// The columns of `SHOW name`.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, false),
        Field::new("about", DataType::Utf8, false),
    ]))
}

fn listed(context: &Context, rows: &[(&str, String, &str)]) -> Answer {
    let schema = schema();
    let columns: Vec<StringArray> = vec![
        rows.iter().map(|row| Some(row.0)).collect(),
        rows.iter().map(|row| Some(row.1.as_str())).collect(),
        rows.iter().map(|row| Some(row.2)).collect(),
    ];
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        columns.into_iter().map(|column| Arc::new(column) as _).collect(),
    );
    let batches = stream::iter([batch.map_err(|error| Error::defect(&error))]).boxed();
    let runs_on = RunsOn::DataFusion;
    Answer { schema, batches, snapshot: context.pin.id, outcome: Outcome::Rows, runs_on }
}
