//! Programs: expressions over frames, planned as questions are and run by Polars.
//!
//! A program's text is bound to what the statement's snapshot holds, its sources are planned as SQL would be, with
//! the columns and the comparisons that Polars pushes down to them, and all of it becomes one operator,
//! [`PolarsExec`]. To everybody else it is a plan like any other.

mod sources;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use pantile_core::Code;
use pantile_core::frame::engine::{self, Narrowed, Placeholder, frame_schema, schema_of, wants};
use pantile_core::frame::{lower, plan};
use pantile_core::lang::typed::Source;
use pantile_core::lang::{self, Program, Sources};

use crate::context::Context;
use crate::operators::PolarsExec;
use crate::statements::Prepared;
use crate::{Description, Error, Position};

pub(crate) use view::ProgramTable;

/// Plans the program.
pub(crate) async fn prepare(context: Arc<Context>) -> Result<Prepared, Error> {
    let plan = physical(&context, &Narrowed::default()).await?;
    Ok(Prepared::Question(context, plan))
}

/// Its columns. It has no parameters.
pub(crate) async fn describe(context: &Context) -> Result<Description, Error> {
    let schema = physical(context, &Narrowed::default()).await?.schema();
    Ok(Description { schema, parameters: Arc::new(Schema::empty()), changes: false })
}

/// The program as a plan that can run, with what is wanted of its frame and nothing else.
async fn physical(context: &Context, narrowed: &Narrowed) -> Result<Arc<dyn ExecutionPlan>, Error> {
    let program = lang::parse(&context.ask.sql, &lang::Limits::default())?;
    let sent = context.ask.program.clone().unwrap_or_default();
    let mut known = Sources { values: sent.values, alone: context.is_view, ..Sources::default() };
    let mut read: Vec<(Source, LogicalPlan)> = Vec::new();
    for (source, span) in lang::reads(&program)? {
        if read.iter().any(|(known, _)| *known == source) {
            continue;
        }
        let at = program.position(span);
        let planned = sources::plan(context, &source).await;
        read.push((source, planned.map_err(|error| error.moved(at.into()))?));
    }
    for (name, (schema, batches)) in sent.frames {
        read.push((Source::Sent(Arc::clone(&name)), sources::sent(&name, schema, batches)?));
    }
    let mut placeholders = Vec::with_capacity(read.len());
    for (source, planned) in &read {
        let schema = frame_schema(planned.schema().as_arrow()).map_err(|error| unreadable(source, &error))?;
        placeholders.push(Placeholder::new(&schema));
        known.schemas.insert(source.clone(), schema);
    }
    let typed = lang::bind(&program, &known, &lang::Limits::default())?;
    let plans = read.iter().zip(&placeholders).map(|((source, _), held)| Ok((source.clone(), held.plan()?)));
    let plans = plans.collect::<Result<_, _>>().map_err(|error: lower::Error| lowering(&program, &error))?;
    let lowered =
        plan::lowered(&typed.result, &plans, &|plan| plan).map_err(|error| lowering(&program, &error))?;
    let wanted =
        wants(narrowed.over(lowered), &placeholders).map_err(|error| lowering(&program, &error.into()))?;
    let mut inputs = Vec::new();
    for ((source, planned), wants) in read.into_iter().zip(wanted) {
        let columns = known.schemas.get(&source).cloned().unwrap_or_default();
        inputs.push(((source, columns), sources::physical(context, planned, wants.as_ref()).await?));
    }
    let schema = schema_of(&narrowed.schema(&typed.result.schema))
        .map_err(|error| Error::new(Code::Unsupported, error.to_string()))?;
    Ok(Arc::new(PolarsExec::new(typed.result, narrowed.clone(), inputs, schema)))
}

fn lowering(program: &Program, error: &lower::Error) -> Error {
    lang::Error::lowered(program.text(), lang::Span::default(), error).into()
}

fn unreadable(source: &Source, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Unsupported, format!("`{source}` has a column that programs cannot read: {error}"))
}

impl From<lang::Error> for Error {
    fn from(error: lang::Error) -> Self {
        let position = error.position().map(Position::from);
        let told =
            Self::new(error.code(), error.to_string()).at(position).hinted(error.hint().map(str::to_owned));
        match error.limit_met() {
            Some(limit) => told.met(crate::Limit { name: limit.name, max: limit.max, got: limit.got }),
            None => told,
        }
    }
}

impl From<lang::Position> for Position {
    fn from(at: lang::Position) -> Self {
        Self { line: at.line, column: at.column }
    }
}

/// Sources by what they are called, for Polars.
pub(crate) type Frames = HashMap<Source, engine::Plan>;
