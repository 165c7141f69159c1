//! Frames of programs as DataFusion's plans: every verb that has one.
//!
//! Frames have an order, which DataFusion's operators do not keep. Where somebody will ask for it, a frame carries
//! columns beside its own that its rows are sorted by ([`rows`]): tables are numbered by the tasks that read them, other
//! sources as one task reads them, a group has the number of its first row, a join those of both sides. Where nobody asks, as under a `sort` by all keys of a `group_by`
//! ([`order`]), nothing is numbered, and sources may be read by several tasks at once.

mod call;
mod groups;
mod joins;
mod rows;
mod verbs;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Column as Name;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use pantile_core::frame::engine::{Columns, schema_of};
use pantile_core::frame::verbs::On;
use pantile_core::lang::typed::{Column, Frame, From, Source};

use super::columns::exact::Exact;
use super::columns::{Lowered, Names, Not, Part, Scope, at, cast_to, each_of, must};
use super::sources;
use call::Call;
use rows::{Order, Rows};

/// Verbs of a program that is lowered, each counted as often as it is used: so often it is planned.
const VERBS_MAX: usize = 500;

/// A program, lowered.
#[derive(Debug)]
pub(super) struct Plan {
    /// The plan.
    pub(super) plan: LogicalPlan,
    /// Whether its sources must be read in their order.
    pub(super) in_order: bool,
    /// Whether some are read with numbers that say where a row is.
    pub(super) numbered: bool,
}

/// Lowers the program over the plans of its sources, of which those may be read in their order that are `ordered`.
pub(super) fn lower(
    program: &Arc<Frame>,
    sources: &HashMap<&Source, &LogicalPlan>,
    ordered: &dyn Fn(&Source) -> bool,
) -> Lowered<Plan> {
    let names = Names::default();
    let (in_order, numbered) = (Cell::new(false), Cell::new(false));
    let lowering = Lowering { sources, ordered, names, in_order, numbered, verbs: Cell::new(0) };
    let rows = lowering.frame(program, true)?.sorted()?;
    let schema = schema(&program.schema)?;
    let columns = schema.fields().iter().map(|field| {
        // To Polars, every column may have nulls.
        Exact::MayBeNull.of(vec![at(field.name())], field.data_type()).alias(field.name())
    });
    let plan = LogicalPlanBuilder::from(rows.plan).project(columns)?.build()?;
    Ok(Plan { plan, in_order: lowering.in_order.get(), numbered: lowering.numbered.get() })
}

fn schema(columns: &Columns) -> Lowered<SchemaRef> {
    schema_of(columns).map_err(|_| Not::here("a type that Arrow does not have"))
}

struct Lowering<'a> {
    sources: &'a HashMap<&'a Source, &'a LogicalPlan>,
    ordered: &'a dyn Fn(&Source) -> bool,
    names: Names,
    in_order: Cell<bool>,
    numbered: Cell<bool>,
    /// Verbs that have been lowered, each as often as it is used.
    verbs: Cell<usize>,
}

type Lower = fn(&Lowering<'_>, &Call<'_>) -> Lowered<Rows>;

/// Every verb of frames and groups that is lowered, by name.
const VERBS: &[(&str, Lower)] = &[
    ("agg", groups::agg),
    ("cast", verbs::cast_columns),
    ("concat", joins::concat),
    ("distinct", groups::unique),
    ("drop", |lowering, call| {
        let kept = call.frame.schema.iter_names().map(|name| at(name));
        lowering.frame(call.on()?, call.ordered)?.project(kept.collect::<Vec<_>>())
    }),
    ("drop_nulls", verbs::drop_nulls),
    ("fill_null", verbs::fill_null),
    ("filter", verbs::filter),
    ("head", head),
    ("join", joins::join),
    ("len", groups::len),
    ("limit", head),
    ("rename", verbs::rename),
    ("select", verbs::select),
    ("slice", |lowering, call| {
        let length = if call.args.is_absent("length") { None } else { Some(call.count("length")?) };
        verbs::slice(lowering, call, call.count("offset")?, length)
    }),
    ("sort", verbs::sort),
    ("tail", verbs::tail),
    ("unique", groups::unique),
    ("with_columns", verbs::with_columns),
    ("with_row_index", verbs::with_row_index),
];

/// `head` and `limit`: the first rows.
fn head(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let n = call.count("n")?;
    verbs::slice(lowering, call, 0, Some(n))
}

impl Lowering<'_> {
    fn frame(&self, frame: &Arc<Frame>, ordered: bool) -> Lowered<Rows> {
        match &frame.from {
            From::Source(source) => self.source(source, frame, ordered).map_err(|not| not.at(frame.span)),
            From::Verb { verb, on, args } => {
                self.verbs.set(self.verbs.get().saturating_add(1));
                must(self.verbs.get() <= VERBS_MAX, "a program of so many verbs")?;
                let not = || Not::here(format!("`{}`", verb.name)).at(frame.span);
                let found = VERBS.binary_search_by_key(&verb.name, |(name, _)| *name);
                let (_, lower) = found.ok().and_then(|index| VERBS.get(index)).ok_or_else(not)?;
                // `head` of groups is another one.
                let of_groups = verb.on == On::Groups;
                if of_groups && !matches!(verb.name, "agg" | "len") {
                    return Err(not());
                }
                let call = Call { frame, on: on.as_ref(), args, ordered };
                lower(self, &call).map_err(|not| not.at(frame.span))
            }
        }
    }

    fn source(&self, source: &Source, frame: &Frame, ordered: bool) -> Lowered<Rows> {
        let plan = self.sources.get(source).ok_or_else(|| Not::here("a source that is not planned"))?;
        let number = self.names.fresh();
        let numbered = if ordered { sources::numbered(plan, &number) } else { None };
        let (plan, order) = match numbered {
            _ if !ordered => (LogicalPlan::clone(plan), Order::Any),
            Some(numbered) => {
                self.numbered.set(true);
                (numbered?, Order::Number(number))
            }
            None => {
                must((self.ordered)(source), "the order of rows of a view or an answer to SQL")?;
                self.in_order.set(true);
                (LogicalPlan::clone(plan), Order::Stream)
            }
        };
        let wanted = schema(&frame.schema)?;
        let held = plan.schema();
        let mut columns = Vec::with_capacity(wanted.fields().len());
        for (index, field) in wanted.fields().iter().enumerate() {
            let (qualifier, found) = held.qualified_field(index);
            let (name, from, to) = (found.name(), found.data_type(), field.data_type());
            if from != to && (from.is_nested() || to.is_nested() || name != field.name()) {
                return Err(Not::here(format!("column {name:?} of type {from}")));
            }
            let column = Expr::Column(Name::new(qualifier.cloned(), name));
            columns.push(cast_to(column, from, to).alias(field.name()));
        }
        Rows { plan, order }.project(columns)
    }

    fn scope<'s>(&'s self, frame: &'s Frame) -> Lowered<Scope<'s>> {
        Scope::rows(&frame.schema, &self.names)
    }
}

/// Columns, and after them those under names of their own.
fn outputs(
    scope: &Scope<'_>,
    columns: &[Column],
    named: &[(Arc<str>, Column)],
) -> Lowered<Vec<(String, Part)>> {
    let plain = columns.iter().flat_map(each_of).map(|column| scope.output(&column));
    let named = named.iter().map(|(name, column)| Ok((name.to_string(), scope.output(column)?.1)));
    plain.chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_sorted() {
        assert!(VERBS.is_sorted_by_key(|(name, _)| *name));
    }
}
