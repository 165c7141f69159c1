//! A typed program's frames as Polars' plans: of frames without rows while it is bound, of its sources when it runs.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, Schema, SchemaRef};

use super::check::{self, Check, of_verb, possible, types};
use super::engine::{self, schema_of};
use super::lower::{self, Error, Given, On};
use super::order::Shown;
use super::verbs::{self, Made, Verb};
use crate::Code;
use crate::lang::Span;
use crate::lang::args::Args;
use crate::lang::typed::{Column, End, Frame, From, IfExists, Source};
use crate::pool::caught;

/// What becomes of the frame that the verb is asked of, where nothing can come after it.
pub fn end_of(verb: &Verb, args: &Args) -> Option<End> {
    let text = |name| args.text(name).map(Arc::clone);
    match (verb.on, verb.name) {
        (verbs::On::Frame, "explain") => Some(End::Explain),
        (verbs::On::Frame, "store") => {
            let if_exists = match text("if_exists")?.as_ref() {
                "replace" => IfExists::Replace,
                "append" => IfExists::Append,
                _ => IfExists::Error,
            };
            Some(End::Store { name: text("name")?, if_exists })
        }
        _ => None,
    }
}

/// What a verb makes of frames of known columns.
#[derive(Debug)]
pub struct Shape {
    /// The columns; of groups, those of the frame they are made of.
    pub schema: SchemaRef,
    /// What has them.
    pub of: Of,
}

/// What a verb's columns are those of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A frame.
    Frame,
    /// Groups of a frame.
    Groups,
    /// Rows that it has to see first.
    Asked,
}

/// The source that the call names, where its rows lie outside of the program.
pub fn source_of(verb: &Verb, args: &Args) -> Option<Source> {
    let text = |name| args.text(name).map(Arc::clone);
    match (verb.on, verb.name) {
        (verbs::On::Nothing, "table") => text("name").map(Source::Table),
        (verbs::On::Nothing, "sql") => text("query").map(Source::Sql),
        _ => None,
    }
}

/// The name and the type that `column` has over a frame of these columns.
///
/// # Errors
/// What [`shape`] says; several columns where there should be one.
pub fn field(schema: &SchemaRef, column: &Column) -> Result<FieldRef, Error> {
    let found = caught(|| {
        let empty = DataFrame::empty_with_schema(schema).lazy();
        lower::field_of(&empty, &lower::expression(column)?)
    });
    let (name, kind) = found.unwrap_or_else(|error| Err(Error::Panicked(error)))?;
    let held = schema_of(&Schema::from_iter([(name, kind)]));
    let none = || Error::refused("a column is of a type that Arrow does not have");
    held.ok().and_then(|held| held.fields().first().cloned()).ok_or_else(none)
}

/// What `verb` makes of `on`, without running it.
///
/// # Errors
/// Columns that are not there, types that do not go together, arguments that do not; with the part of the arguments
/// that is to blame, where it is one.
pub fn shape(verb: &Verb, on: Option<&Arc<Frame>>, args: &Args) -> Result<Shape, (Option<Span>, Error)> {
    // Polars panics on some plans that cannot be.
    let shaped = caught(|| shaped(verb, on, args)).unwrap_or_else(|error| Err(Error::Panicked(error)));
    shaped.map_err(|error| match blamed(on, args, &possible) {
        Some((span, error)) => (Some(span), error),
        None => (None, of_verb(on.map(Arc::as_ref), args, error)),
    })
}

/// The part of the arguments that cannot be over the frame, as `check` finds, and what is wrong with it.
fn blamed(on: Option<&Arc<Frame>>, args: &Args, check: Check<'_>) -> Option<(Span, Error)> {
    let empty = DataFrame::empty_with_schema(&on?.schema).lazy();
    caught(|| check::blamed(&empty, args, check)).ok().flatten()
}

fn shaped(verb: &Verb, on: Option<&Arc<Frame>>, args: &Args) -> Result<Shape, Error> {
    match over_nothing(verb, on, args)? {
        Made::Frame(frame) => Ok(Shape { schema: planned(frame)?, of: Of::Frame }),
        Made::Asks(rows) => Ok(Shape { schema: planned(rows)?, of: Of::Asked }),
        Made::Groups(groups) => {
            // Planned for what is wrong with the keys.
            planned(groups.agg([])?)?;
            let schema = on.map(|frame| Arc::clone(&frame.schema)).ok_or(Error::Undeclared("self"))?;
            Ok(Shape { schema, of: Of::Groups })
        }
    }
}

/// What the verb makes of frames without rows.
fn over_nothing(verb: &Verb, on: Option<&Arc<Frame>>, args: &Args) -> Result<Made, Error> {
    let empty = |frame: &Arc<Frame>| Ok(DataFrame::empty_with_schema(&frame.schema).lazy());
    made(verb, on, args, &empty, &|_, _, args| Cow::Borrowed(args))
}

/// The plan's columns, once its types are checked.
fn planned(frame: LazyFrame) -> Result<SchemaRef, Error> {
    let plan = frame.to_alp()?;
    types(&plan)?;
    Ok(plan.lp_arena.get(plan.lp_top).schema(&plan.lp_arena).into_owned())
}

/// Whether each verb of the program that comes to `frame` can run: it does over a row of nulls, for Polars finds out only
/// then about some types that do not go together. What makes rows of nothing is not tried.
///
/// # Errors
/// What Polars says, and which part of the program is to blame.
pub fn tried(frame: &Arc<Frame>) -> Result<(), (Span, Error)> {
    all(frame).into_iter().filter(|frame| !makes_rows(frame)).try_for_each(|frame| {
        let From::Verb { verb, on, args } = &frame.from else { return Ok(()) };
        let Err(error) = ran(verb, on.as_ref(), args) else { return Ok(()) };
        Err(blamed(on.as_ref(), args, &runs).unwrap_or((frame.span, error)))
    })
}

/// Functions that make rows of nothing, and not of those that they are asked of.
const MAKE_ROWS: &[&str] = &[
    "date_range",
    "datetime_range",
    "extend_constant",
    "int_range",
    "linear_space",
    "repeat",
    "repeat_by",
    "sample",
    "str.pad_end",
    "str.pad_start",
    "str.zfill",
    "time_range",
];

fn makes_rows(frame: &Frame) -> bool {
    fn one(column: &Column) -> bool {
        let Column::Call(call) = column else { return false };
        MAKE_ROWS.contains(&call.function.name) || call.on.as_ref().is_some_and(one) || any(&call.args)
    }
    fn any(args: &Args) -> bool {
        args.iter().any(|(_, arg)| arg.every_column().into_iter().any(one))
    }
    matches!(&frame.from, From::Verb { args, .. } if any(args))
}

/// The frames that the frame is made of, and itself, each behind those that it is made of.
fn all(frame: &Arc<Frame>) -> Vec<&Arc<Frame>> {
    let (mut seen, mut found, mut open) = (HashSet::new(), Vec::new(), vec![(frame, false)]);
    while let Some((frame, is_done)) = open.pop() {
        if is_done {
            found.push(frame);
        } else if seen.insert(Arc::as_ptr(frame)) {
            open.push((frame, true));
            open.extend(frame.inputs().map(|input| (input, false)));
        }
    }
    found
}

/// Runs the verb over a row of nulls; groups are run with what is made of them.
fn ran(verb: &Verb, on: Option<&Arc<Frame>>, args: &Args) -> Result<(), Error> {
    match over_nothing(verb, on, args)? {
        Made::Frame(plan) => runs_plan(plan),
        Made::Groups(_) | Made::Asks(_) => Ok(()),
    }
}

/// Whether the expression can be selected, of a row of nulls.
fn runs(frame: &LazyFrame, made: Expr) -> Result<(), Error> {
    possible(frame, made.clone())?;
    runs_plan(frame.clone().select([made]))
}

fn runs_plan(plan: LazyFrame) -> Result<(), Error> {
    match engine::tried(plan) {
        // What is wrong with values, or panics, may be right with some rows.
        Err(error) if !matches!(error.code(), Code::InvalidProgram | Code::UnknownColumn) => Ok(()),
        Err(engine::Error::Polars(error)) => Err(Error::Polars(error)),
        _ => Ok(()),
    }
}

/// The plan of `frame`, over the plans of its sources. A frame that is used twice is one plan; of a verb that has to
/// see rows first, it is the plan of those.
///
/// # Errors
/// What [`shape`] says.
pub fn lowered(frame: &Arc<Frame>, sources: &HashMap<Source, LazyFrame>) -> Result<LazyFrame, Error> {
    Lowering { sources, shown: Shown::of(frame), made: RefCell::default() }.frame(frame)
}

struct Lowering<'a> {
    sources: &'a HashMap<Source, LazyFrame>,
    /// Frames whose order of rows shows.
    shown: Shown,
    made: RefCell<HashMap<*const Frame, LazyFrame>>,
}

impl Lowering<'_> {
    fn frame(&self, frame: &Arc<Frame>) -> Result<LazyFrame, Error> {
        let key = Arc::as_ptr(frame);
        if let Some(made) = self.made.borrow().get(&key) {
            return Ok(made.clone());
        }
        let plan = match &frame.from {
            From::Source(source) => self.sources.get(source).cloned().ok_or(Error::Undeclared("source"))?,
            From::Verb { verb, on, args } => match made(
                verb,
                on.as_ref(),
                &self.shown.args(frame, verb, args),
                &|frame| self.frame(frame),
                &|frame, verb, args| self.shown.args(frame, verb, args),
            )? {
                Made::Frame(plan) | Made::Asks(plan) => plan,
                Made::Groups(_) => return Err(Error::Undeclared("frame")),
            },
        };
        self.made.borrow_mut().insert(key, plan.clone());
        Ok(plan)
    }
}

/// The arguments of a verb that makes a frame, as its order is wanted.
type Wanted<'a> = dyn for<'b> Fn(&Frame, &Verb, &'b Args) -> Cow<'b, Args> + 'a;

fn made(
    verb: &Verb,
    on: Option<&Arc<Frame>>,
    args: &Args,
    frames: &dyn Fn(&Arc<Frame>) -> Result<LazyFrame, Error>,
    wanted: &Wanted<'_>,
) -> Result<Made, Error> {
    let on = match (on, verb.on) {
        (None, _) => On::Nothing,
        (Some(frame), verbs::On::Groups) => match &frame.from {
            From::Verb { verb, on, args } => {
                match made(verb, on.as_ref(), &wanted(frame, verb, args), frames, wanted)? {
                    Made::Groups(groups) => On::Groups(groups),
                    Made::Frame(_) | Made::Asks(_) => return Err(Error::Undeclared("self")),
                }
            }
            From::Source(_) => return Err(Error::Undeclared("self")),
        },
        (Some(frame), _) => On::Frame(frames(frame)?),
    };
    (verb.polars)(&Given::new(on, args, frames))
}
