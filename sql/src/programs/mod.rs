//! Programs: expressions over frames, planned as questions are and run by Polars or by DataFusion.
//!
//! A program's text is bound to what the statement's snapshot holds, and its sources are planned as SQL would be. Polars
//! runs all of it as one operator, [`PolarsExec`], over sources with the columns and the comparisons that it pushes down
//! to them. What is relational may become a plan of DataFusion's instead: [`lower`] makes it, [`choice`] says when. To
//! everybody else either is a plan like any other.

mod arrays;
mod choice;
mod columns;
mod explain;
mod lower;
mod seen;
mod sources;
mod view;

pub use choice::EngineChoice;
pub(crate) use view::ProgramTable;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use pantile_core::Code;
use pantile_core::array::keep::Keep;
use pantile_core::array::{Array, Meta, rows};
use pantile_core::catalog::Dialect;
use pantile_core::frame::engine::{
    self, Columns, Narrowed, Placeholder, Wants, frame_schema, schema_of, wants,
};
use pantile_core::frame::{lower as polars, plan};
use pantile_core::lang::typed::{End, Frame, Source};
use pantile_core::lang::{self, Program, Typed};

use crate::context::Context;
use crate::operators::PolarsExec;
use crate::statements::{self, Prepared, done_schema};
use crate::{Ask, Description, Error, Position, admit};
use columns::Not;

/// The question, as one that begins in the order of rows, which programs keep.
pub(crate) fn in_order(ask: Ask) -> Ask {
    Ask { in_order: true, ..ask }
}

/// Plans the program.
pub(crate) async fn prepare(context: Arc<Context>) -> Result<Prepared, Error> {
    if let Some(answer) = context.answered().await? {
        return Ok(Prepared::Answer(answer));
    }
    let bound = match typed(&context).await? {
        Came::Frame(bound) => bound,
        Came::Arrays(arrays) => return arrays::prepare(context, &arrays).await,
        Came::Kept(keep) => return arrays::store(context, keep),
    };
    if bound.end == End::Explain {
        return explain::prepare(context, &bound).await;
    }
    let (context, plan) = physical(context, &bound, &Narrowed::default()).await?;
    match bound.end {
        End::Store { name, if_exists } => statements::store(context, &name, if_exists, plan),
        End::Rows | End::Explain => Ok(Prepared::Question(context, plan)),
    }
}

/// Its columns. It has no parameters.
pub(crate) async fn describe(context: Arc<Context>) -> Result<Description, Error> {
    let bound = match typed(&context).await? {
        Came::Frame(bound) => bound,
        Came::Arrays(arrays) => {
            let metas: Vec<Meta> = arrays.iter().map(Array::told).collect();
            let (schema, parameters) = (rows::schema(&metas), Arc::new(Schema::empty()));
            return Ok(Description { schema, parameters, changes: false });
        }
        Came::Kept(_) => {
            return Ok(Description {
                schema: done_schema(),
                parameters: Arc::new(Schema::empty()),
                changes: true,
            });
        }
    };
    let schema = match bound.end {
        End::Rows => physical(context, &bound, &Narrowed::default()).await?.1.schema(),
        End::Explain => LogicalPlan::explain_schema(),
        End::Store { .. } => done_schema(),
    };
    let changes = matches!(bound.end, End::Store { .. });
    Ok(Description { schema, parameters: Arc::new(Schema::empty()), changes })
}

/// A program that is bound to what it reads.
#[derive(Debug)]
pub(crate) struct Bound {
    program: Program,
    read: Vec<Read>,
    frame: Arc<Frame>,
    end: End,
}

impl Bound {
    /// Its columns.
    pub(crate) fn schema(&self) -> Result<SchemaRef, Error> {
        schema_of(&self.frame.schema).map_err(|error| Error::new(Code::Unsupported, error.to_string()))
    }
}

/// What a program comes to.
enum Came {
    /// A frame.
    Frame(Bound),
    /// Arrays.
    Arrays(Vec<Array>),
    /// An array that is kept.
    Kept(Arc<Keep>),
}

/// Binds the program, which comes to a frame, to what it reads.
pub(crate) async fn bound(context: &Arc<Context>) -> Result<Bound, Error> {
    match typed(context).await? {
        Came::Frame(bound) => Ok(bound),
        Came::Arrays(_) | Came::Kept(_) => {
            let said = "a view answers with rows, and this program comes to an array";
            Err(Error::new(Code::InvalidProgram, said))
        }
    }
}

/// Binds the program to what it reads.
async fn typed(context: &Arc<Context>) -> Result<Came, Error> {
    let program = lang::parse(&context.ask.sql, &lang::Limits::default())?;
    let read = read(context, &program).await?;
    let (frame, end) = match seen::bound(context, &program, &read).await? {
        Typed::Frame(frame, end) => (frame, end),
        Typed::Arrays(arrays) => return Ok(Came::Arrays(arrays)),
        Typed::Kept(keep) => return Ok(Came::Kept(keep)),
    };
    if context.is_view && end != End::Rows {
        let said = "a view answers with rows, and this program does something else with them";
        let hint = "leave out the `store` or the `explain` at its end";
        return Err(Error::new(Code::InvalidProgram, said).hinted(Some(hint.to_owned())));
    }
    let tried = Arc::clone(&frame);
    let tried = tokio::task::spawn_blocking(move || plan::tried(&tried)).await;
    if let Ok(Err((span, error))) = tried {
        return Err(lang::Error::lowered(program.text(), span, &error).into());
    }
    Ok(Came::Frame(Bound { program, read, frame, end }))
}

/// The program as a plan that can run, with what is wanted of its frame and nothing else, and where it can.
async fn physical(
    context: Arc<Context>,
    bound: &Bound,
    narrowed: &Narrowed,
) -> Result<(Arc<Context>, Arc<dyn ExecutionPlan>), Error> {
    let Bound { program, read, frame, .. } = bound;
    let wanted = wanted(program, frame, read, narrowed)?;
    let Some(lowered) = lowered(&context, program, frame, read, &wanted)? else {
        let plan = on_polars(&context, frame, read, wanted, narrowed).await?;
        return Ok((context, plan));
    };
    if lowered.in_order {
        let plan = context.physical(&sources::narrowed(lowered.plan, narrowed)?).await?;
        return Ok((context, plan));
    }
    // Tables know whether they are read in their order, so they are looked up again.
    let context = Arc::new(context.in_any_order(lowered.numbered));
    let read = self::read(&context, program).await?;
    let lowered = lower(&context, program, frame, &read)?;
    let plan = context.physical(&sources::narrowed(lowered.plan, narrowed)?).await?;
    Ok((context, plan))
}

/// A source that a program reads.
#[derive(Debug)]
struct Read {
    source: Source,
    /// All of it, as SQL.
    plan: LogicalPlan,
    columns: Columns,
    /// What stands for it in Polars' plans.
    placeholder: Placeholder,
}

impl Read {
    fn new(source: Source, plan: LogicalPlan) -> Result<Self, Error> {
        let columns = frame_schema(plan.schema().as_arrow()).map_err(|error| unreadable(&source, &error))?;
        let placeholder = Placeholder::new(&columns);
        Ok(Self { source, plan, columns, placeholder })
    }
}

/// What the program reads.
async fn read(context: &Context, program: &Program) -> Result<Vec<Read>, Error> {
    let mut read: Vec<Read> = Vec::new();
    for (source, span) in lang::reads(program)? {
        if read.iter().any(|known| known.source == source) {
            continue;
        }
        let at = program.position(span);
        let planned = sources::plan(context, &source).await;
        read.push(Read::new(source, planned.map_err(|error| error.moved(at.into()))?)?);
    }
    for (name, (schema, batches)) in context.ask.program.iter().flat_map(|sent| &sent.frames) {
        let plan = sources::sent(name, Arc::clone(schema), batches.clone())?;
        read.push(Read::new(Source::Sent(Arc::clone(name)), plan)?);
    }
    Ok(read)
}

/// Polars' plan of the frame, over what stands for its sources.
fn over_placeholders(program: &Program, frame: &Arc<Frame>, read: &[Read]) -> Result<engine::Plan, Error> {
    let plans = read.iter().map(|read| Ok((read.source.clone(), read.placeholder.plan()?)));
    let plans = plans.collect::<Result<_, _>>().map_err(|error: polars::Error| lowering(program, &error))?;
    plan::lowered(frame, &plans).map_err(|error| lowering(program, &error))
}

/// What Polars wants of each source to make what is wanted of the frame.
fn wanted(
    program: &Program,
    frame: &Arc<Frame>,
    read: &[Read],
    narrowed: &Narrowed,
) -> Result<Vec<Option<Wants>>, Error> {
    let lowered = over_placeholders(program, frame, read)?;
    let placeholders: Vec<&Placeholder> = read.iter().map(|read| &read.placeholder).collect();
    wants(narrowed.over(lowered), &placeholders).map_err(|error| lowering(program, &error.into()))
}

/// The program as a plan of DataFusion's, where its caller asks for that, or nobody says and it is better.
fn lowered(
    context: &Context,
    program: &Program,
    frame: &Arc<Frame>,
    read: &[Read],
    wanted: &[Option<Wants>],
) -> Result<Option<lower::Plan>, Error> {
    let lower = || lower(context, program, frame, read);
    match choice::asked(context) {
        EngineChoice::Polars => Ok(None),
        EngineChoice::DataFusion => lower().map(Some),
        EngineChoice::Auto => {
            let wanted = read.iter().zip(wanted).map(|(read, wants)| (&read.source, wants.as_ref()));
            let better = choice::better(context, frame, wanted);
            // What cannot be lowered is left to Polars.
            Ok(better.and_then(|better| lower().ok().filter(|plan| better.holds(plan.in_order))))
        }
    }
}

fn lower(
    context: &Context,
    program: &Program,
    frame: &Arc<Frame>,
    read: &[Read],
) -> Result<lower::Plan, Error> {
    let sources = read.iter().map(|read| (&read.source, &read.plan)).collect();
    // Rows of a view in SQL and of an answer come in an order that no other operator would keep.
    let ordered = |source: &Source| match source {
        Source::Table(name) => {
            let view = context.pin.views.get(&**name);
            let is_program = view.is_some_and(|view| view.dialect == Dialect::Expressions);
            is_program || choice::table_of(context, source).is_some()
        }
        Source::Sql(_) => false,
        Source::Sent(_) => true,
    };
    let lowered = lower::lower(frame, &sources, &ordered).map_err(|not| refused(program, &not))?;
    admit::check_growth(&lowered.plan, &context.engine.parts.limits)?;
    Ok(lowered)
}

fn refused(program: &Program, not: &Not) -> Error {
    let said = format!("DataFusion does not run this program: {} has no place in it", not.what);
    Error::new(Code::Unsupported, said)
        .at(not.span.map(|span| program.position(span).into()))
        .hinted(Some("leave out `engine`, and whichever engine can runs it".to_owned()))
}

/// The frame as one operator, which Polars runs.
async fn on_polars(
    context: &Context,
    frame: &Arc<Frame>,
    read: &[Read],
    wanted: Vec<Option<Wants>>,
    narrowed: &Narrowed,
) -> Result<Arc<dyn ExecutionPlan>, Error> {
    let mut inputs = Vec::with_capacity(read.len());
    for (read, wants) in read.iter().zip(wanted) {
        inputs.push(sources::input(context, read, wants.as_ref()).await?);
    }
    let schema = schema_of(&narrowed.schema(&frame.schema));
    let schema = schema.map_err(|error| Error::new(Code::Unsupported, error.to_string()))?;
    let ledger = Arc::clone(context.engine.parts.query.ledger());
    Ok(Arc::new(PolarsExec::new(Arc::clone(frame), narrowed.clone(), inputs, schema, ledger)))
}

fn lowering(program: &Program, error: &polars::Error) -> Error {
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
