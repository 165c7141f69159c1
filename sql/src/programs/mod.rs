//! Programs: expressions over frames, planned as questions are and run by Polars.
//!
//! A program's text is bound to what the statement's snapshot holds, its sources are planned as SQL would be, with
//! the columns and the comparisons that Polars pushes down to them, and all of it becomes one operator,
//! [`PolarsExec`]. To everybody else it is a plan like any other.

mod seen;
mod sources;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use pantile_core::Code;
use pantile_core::frame::engine::{self, Placeholder, frame_schema, schema_of, wants};
use pantile_core::frame::{lower, plan};
use pantile_core::lang::typed::{Frame, Source};
use pantile_core::lang::{self, Program, Sources};

use crate::context::Context;
use crate::operators::PolarsExec;
use crate::statements::Prepared;
use crate::{Description, Error, Position};

/// Plans the program.
pub(crate) async fn prepare(context: Arc<Context>) -> Result<Prepared, Error> {
    let plan = physical(&context).await?;
    Ok(Prepared::Question(context, plan))
}

/// Its columns. It has no parameters.
pub(crate) async fn describe(context: &Arc<Context>) -> Result<Description, Error> {
    let schema = physical(context).await?.schema();
    Ok(Description { schema, parameters: Arc::new(Schema::empty()), changes: false })
}

/// The program as a plan that can run.
async fn physical(context: &Arc<Context>) -> Result<Arc<dyn ExecutionPlan>, Error> {
    let program = lang::parse(&context.ask.sql, &lang::Limits::default())?;
    let sent = context.ask.program.clone().unwrap_or_default();
    let mut known = Sources { values: sent.values, ..Sources::default() };
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
    let read = Read { planned: read, placeholders };
    let typed = seen::bound(context, &program, &mut known, &read).await?;
    plan(context, &program, &typed.result, &known, read).await
}

/// What a program reads: each source planned, and what stands for it in Polars' plans.
#[derive(Clone)]
struct Read {
    planned: Vec<(Source, LogicalPlan)>,
    placeholders: Vec<Placeholder>,
}

/// The frame as a plan that can run, over what the program reads.
async fn plan(
    context: &Context,
    program: &Program,
    frame: &Arc<Frame>,
    known: &Sources,
    read: Read,
) -> Result<Arc<dyn ExecutionPlan>, Error> {
    let Read { planned: read, placeholders } = read;
    let plans = read.iter().zip(&placeholders).map(|((source, _), held)| Ok((source.clone(), held.plan()?)));
    let plans = plans.collect::<Result<_, _>>().map_err(|error: lower::Error| lowering(program, &error))?;
    let lowered = plan::lowered(frame, &plans, &|plan| plan).map_err(|error| lowering(program, &error))?;
    let wanted = wants(lowered, &placeholders).map_err(|error| lowering(program, &error.into()))?;
    let mut inputs = Vec::new();
    for ((source, planned), wants) in read.into_iter().zip(wanted) {
        let columns = known.schemas.get(&source).cloned().unwrap_or_default();
        inputs.push(((source, columns), sources::physical(context, planned, wants.as_ref()).await?));
    }
    let schema =
        schema_of(&frame.schema).map_err(|error| Error::new(Code::Unsupported, error.to_string()))?;
    Ok(Arc::new(PolarsExec::new(Arc::clone(frame), inputs, schema)))
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
