//! Frames of programs as DataFusion's plans: every verb that has one.
//!
//! Frames have an order, which DataFusion's operators do not keep. Where somebody will ask for it, a frame carries
//! columns beside its own that its rows are sorted by: sources are numbered as they are read, a group has the number of
//! its first row, a join those of both sides. Where nobody asks, as under a `sort` by all keys of a `group_by`, nothing is
//! numbered, and sources may be read by several tasks at once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{Column as Name, JoinType, NullEquality};
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::min_udaf;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, Sort};
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, lit};
use pantile_core::frame::engine::{Columns, schema_of};
use pantile_core::frame::verbs::On;
use pantile_core::lang::args::{Arg, Args, Literal};
use pantile_core::lang::typed::{Column, Frame, From, Source};

use super::columns::{
    AMONG_ROWS, Holds, Lowered, Names, Not, Part, Scope, at, canonical, cast, cast_to, comparable, filled,
    must, name_of,
};
use super::exact::Exact;

/// Verbs of a program that is lowered, each counted as often as it is used: so often it is planned.
const VERBS_MAX: usize = 500;

/// A program, lowered.
#[derive(Debug)]
pub(super) struct Plan {
    /// The plan.
    pub(super) plan: LogicalPlan,
    /// Whether its sources must be read in their order.
    pub(super) in_order: bool,
}

/// Lowers the program over the plans of its sources, of which those may be read in their order that are `ordered`.
pub(super) fn lower(
    program: &Arc<Frame>,
    sources: &HashMap<&Source, &LogicalPlan>,
    ordered: &dyn Fn(&Source) -> bool,
) -> Lowered<Plan> {
    let names = Names::default();
    let lowering = Lowering { sources, ordered, names, in_order: Cell::new(false), verbs: Cell::new(0) };
    let rows = lowering.sorted(lowering.frame(program, true)?)?;
    let schema = schema(&program.schema)?;
    let columns = schema.fields().iter().map(|field| {
        // To Polars, every column may have nulls.
        Exact::MayBeNull.of(vec![at(field.name())], field.data_type()).alias(field.name())
    });
    let plan = LogicalPlanBuilder::from(rows.plan).project(columns)?.build()?;
    Ok(Plan { plan, in_order: lowering.in_order.get() })
}

fn schema(columns: &Columns) -> Lowered<SchemaRef> {
    schema_of(columns).map_err(|_| Not::here("a type that Arrow does not have"))
}

struct Lowering<'a> {
    sources: &'a HashMap<&'a Source, &'a LogicalPlan>,
    ordered: &'a dyn Fn(&Source) -> bool,
    names: Names,
    in_order: Cell<bool>,
    /// Verbs that have been lowered, each as often as it is used.
    verbs: Cell<usize>,
}

/// A frame, lowered: its columns by name, and beside them those of its order.
struct Rows {
    plan: LogicalPlan,
    order: Order,
}

/// How the rows' order is known.
#[derive(Clone)]
enum Order {
    /// Nobody asks for it, or there is none.
    Any,
    /// They come in it.
    Stream,
    /// They are sorted by these columns.
    By(Vec<Key>),
}

#[derive(Clone)]
struct Key {
    column: String,
    ascending: bool,
    nulls_first: bool,
}

impl Key {
    fn of(column: String) -> Self {
        Self { column, ascending: true, nulls_first: false }
    }

    fn sort(&self) -> Sort {
        at(&self.column).sort(self.ascending, self.nulls_first)
    }
}

impl Rows {
    /// The columns of its order.
    fn hidden(&self) -> Vec<Expr> {
        match &self.order {
            Order::By(keys) => keys.iter().map(|key| at(&key.column)).collect(),
            Order::Any | Order::Stream => Vec::new(),
        }
    }

    /// The rows with these columns, in the same order.
    fn project(self, columns: impl IntoIterator<Item = Expr>) -> Lowered<Self> {
        let columns: Vec<Expr> = columns.into_iter().chain(self.hidden()).collect();
        // A frame of no columns has no rows for Polars, and as many as before for DataFusion.
        must(!columns.is_empty(), "a frame without columns")?;
        Ok(Self { plan: LogicalPlanBuilder::from(self.plan).project(columns)?.build()?, order: self.order })
    }

    fn filter(self, predicate: Expr) -> Lowered<Self> {
        Ok(Self { plan: LogicalPlanBuilder::from(self.plan).filter(predicate)?.build()?, order: self.order })
    }
}

/// A verb's call.
struct Call<'a> {
    frame: &'a Arc<Frame>,
    on: Option<&'a Arc<Frame>>,
    args: &'a Args,
    /// Whether somebody asks for the order of what it makes.
    ordered: bool,
}

impl<'a> Call<'a> {
    fn on(&self) -> Lowered<&'a Arc<Frame>> {
        self.on.ok_or_else(|| Not::here("a verb of nothing"))
    }

    fn columns(&self, name: &str) -> &'a [Column] {
        match self.args.get(name) {
            Some(Arg::Columns(columns)) => columns,
            _ => &[],
        }
    }

    fn named(&self, name: &str) -> &'a [(Arc<str>, Column)] {
        match self.args.get(name) {
            Some(Arg::Named(columns)) => columns,
            _ => &[],
        }
    }

    fn is_absent(&self, name: &str) -> bool {
        matches!(self.args.get(name), None | Some(Arg::None))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        match self.args.get(name) {
            Some(Arg::Literal(Literal::Text(text))) => Some(text),
            _ => None,
        }
    }

    fn is(&self, name: &str) -> bool {
        matches!(self.args.get(name), Some(Arg::Literal(Literal::Bool(true))))
    }

    fn count(&self, name: &str) -> Lowered<usize> {
        match self.args.get(name) {
            Some(Arg::Literal(Literal::Int(count))) => {
                usize::try_from(*count).map_err(|_| Not::here("rows that are counted from the end"))
            }
            _ => Err(Not::here(format!("`{name}`"))),
        }
    }

    /// A boolean for each of so many columns.
    fn each(&self, name: &str, length: usize) -> Lowered<Vec<bool>> {
        let bool = |value: &Literal| matches!(value, Literal::Bool(true));
        match self.args.get(name) {
            Some(Arg::Literal(Literal::List(values))) if values.len() == length => {
                Ok(values.iter().map(bool).collect())
            }
            Some(Arg::Literal(value @ Literal::Bool(_))) => Ok(vec![bool(value); length]),
            _ => Err(Not::here(format!("`{name}`"))),
        }
    }
}

type Lower = fn(&Lowering<'_>, &Call<'_>) -> Lowered<Rows>;

/// Every verb of frames and groups that is lowered, by name.
const VERBS: &[(&str, Lower)] = &[
    ("agg", agg),
    ("cast", cast_columns),
    ("concat", concat),
    ("distinct", unique),
    ("drop", |lowering, call| {
        let kept = call.frame.schema.iter_names().map(|name| at(name));
        lowering.frame(call.on()?, call.ordered)?.project(kept.collect::<Vec<_>>())
    }),
    ("drop_nulls", drop_nulls),
    ("fill_null", fill_null),
    ("filter", filter),
    ("head", |lowering, call| {
        let n = call.count("n")?;
        lowering.slice(call, 0, Some(n))
    }),
    ("join", join),
    ("len", len),
    ("rename", rename),
    ("select", select),
    ("slice", |lowering, call| {
        let length = if call.is_absent("length") { None } else { Some(call.count("length")?) };
        lowering.slice(call, call.count("offset")?, length)
    }),
    ("sort", sort),
    ("tail", tail),
    ("unique", unique),
    ("with_columns", with_columns),
    ("with_row_index", with_row_index),
];

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
        if ordered {
            must((self.ordered)(source), "the order of rows of a view or an answer to SQL")?;
            self.in_order.set(true);
        }
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
        let order = if ordered { Order::Stream } else { Order::Any };
        Rows { plan: LogicalPlan::clone(plan), order }.project(columns)
    }

    /// The rows with a number that says where each is.
    fn numbered(&self, rows: Rows) -> Lowered<Rows> {
        match &rows.order {
            Order::Any => return Ok(rows),
            Order::By(keys) if matches!(keys.as_slice(), [key] if key.ascending && !key.nulls_first) => {
                return Ok(rows);
            }
            Order::By(_) | Order::Stream => {}
        }
        let (rows, number) = self.counted(rows)?;
        Ok(Rows { plan: rows.plan, order: Order::By(vec![Key::of(number)]) })
    }

    /// The rows with a column that counts them from 1 on, in their order, and its name.
    fn counted(&self, rows: Rows) -> Lowered<(Rows, String)> {
        let number = match &rows.order {
            Order::By(keys) if !keys.is_empty() => {
                row_number().order_by(keys.iter().map(Key::sort).collect()).build()?
            }
            _ => row_number(),
        };
        let name = self.names.fresh();
        let plan = LogicalPlanBuilder::from(rows.plan).window([number.alias(&name)])?.build()?;
        Ok((Rows { plan, order: rows.order }, name))
    }

    /// The rows, coming in their order.
    fn sorted(&self, rows: Rows) -> Lowered<Rows> {
        let Order::By(keys) = &rows.order else { return Ok(rows) };
        if keys.is_empty() {
            return Ok(rows);
        }
        let sorts: Vec<Sort> = keys.iter().map(Key::sort).collect();
        Ok(Rows { plan: LogicalPlanBuilder::from(rows.plan).sort(sorts)?.build()?, order: rows.order })
    }

    fn slice(&self, call: &Call<'_>, offset: usize, length: Option<usize>) -> Lowered<Rows> {
        let rows = self.sorted(self.frame(call.on()?, true)?)?;
        let plan = LogicalPlanBuilder::from(rows.plan).limit(offset, length)?.build()?;
        Ok(Rows { plan, order: rows.order })
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
    let plain = columns.iter().map(|column| scope.output(column));
    let named = named.iter().map(|(name, column)| Ok((name.to_string(), scope.output(column)?.1)));
    plain.chain(named).collect()
}

fn tail(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let n = call.count("n")?;
    let rows = lowering.numbered(lowering.frame(call.on()?, true)?)?;
    let Order::By(keys) = &rows.order else { return Err(Not::here("the last of rows in no order")) };
    let backwards = keys.iter().map(|key| at(&key.column).sort(!key.ascending, !key.nulls_first));
    let plan = LogicalPlanBuilder::from(rows.plan).sort(backwards.collect::<Vec<_>>())?.limit(0, Some(n))?;
    Ok(Rows { plan: plan.build()?, order: rows.order })
}

fn with_row_index(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let offset = i64::try_from(call.count("offset")?).map_err(|_| Not::here("`offset`"))?;
    let schema = schema(&call.frame.schema)?;
    let [index, others @ ..] = schema.fields().as_ref() else {
        return Err(Not::here("a frame without columns"));
    };
    let (rows, number) = lowering.counted(lowering.frame(call.on()?, true)?)?;
    // Rows are counted from 1 on.
    let first = lit(offset.saturating_sub(1));
    let number = cast_to(at(&number), &DataType::UInt64, &DataType::Int64);
    let number = Exact::Add.of(vec![number, first], &DataType::Int64);
    let number = cast_to(number, &DataType::Int64, index.data_type()).alias(index.name());
    let others = others.iter().map(|field| at(field.name()));
    rows.project(std::iter::once(number).chain(others).collect::<Vec<_>>())
}

fn fill_null(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.is_absent("strategy"), "`fill_null` with a strategy")?;
    must(call.is("matches_supertype"), "`fill_null` of one type only")?;
    let Some(Arg::Column(Column::Value(value))) = call.args.get("value") else {
        return Err(Not::here("`fill_null` with a column"));
    };
    let (from, to) = (schema(&on.schema)?, schema(&call.frame.schema)?);
    let columns = from.fields().iter().zip(to.fields()).map(|(from, to)| {
        let part = Part { expr: at(from.name()), kind: from.data_type().clone(), holds: Holds::Rows };
        Ok(filled(part, value, to.data_type())?.alias(to.name()))
    });
    let columns = columns.collect::<Lowered<Vec<_>>>()?;
    lowering.frame(on, call.ordered)?.project(columns)
}

fn filter(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.named("constraints").is_empty(), "`filter` by constraints")?;
    let scope = lowering.scope(on)?;
    let predicates = call.columns("predicates").iter().map(|column| scope.predicate(column));
    let predicate = predicates.collect::<Lowered<Vec<_>>>()?.into_iter().reduce(Expr::and);
    let rows = lowering.frame(on, call.ordered)?;
    match predicate {
        Some(predicate) => rows.filter(predicate),
        None => Ok(rows),
    }
}

fn text(value: &Literal) -> Option<&str> {
    match value {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

fn drop_nulls(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let all: Vec<&str> = on.schema.iter_names().map(|name| name.as_str()).collect();
    let subset = match call.args.get("subset") {
        Some(Arg::Literal(Literal::Text(name))) => vec![name.as_ref()],
        Some(Arg::Literal(Literal::List(names))) => names.iter().filter_map(text).collect(),
        _ => all.clone(),
    };
    must(subset.iter().all(|name| all.contains(name)), "a pattern of names")?;
    let rows = lowering.frame(on, call.ordered)?;
    match subset.into_iter().map(|name| at(name).is_not_null()).reduce(Expr::and) {
        Some(whole) => rows.filter(whole),
        None => Ok(rows),
    }
}

fn select(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let (columns, named) = (call.columns("columns"), call.named("named"));
    let of_rows = outputs(&lowering.scope(on)?, columns, named);
    let not = match of_rows {
        Ok(made) if made.iter().any(|(_, part)| part.holds == Holds::Rows) => {
            let rows = lowering.frame(on, call.ordered)?;
            return rows.project(made.into_iter().map(|(name, part)| part.expr.alias(name)));
        }
        Ok(_) => return Err(Not::here("a `select` of values")),
        Err(not) => not,
    };
    // All rows are one group.
    let found = RefCell::default();
    let scope = Scope::groups(&on.schema, &lowering.names, &found)?;
    let made = match outputs(&scope, columns, named) {
        Ok(made) if !found.borrow().is_empty() => made,
        Err(inner) if not.what == AMONG_ROWS => return Err(inner),
        _ => return Err(not),
    };
    let rows = lowering.frame(on, false)?;
    let plan = LogicalPlanBuilder::from(rows.plan).aggregate(Vec::<Expr>::new(), found.take())?.build()?;
    Rows { plan, order: Order::Any }.project(made.into_iter().map(|(name, part)| part.expr.alias(name)))
}

fn with_columns(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let mut made: HashMap<String, Expr> = HashMap::new();
    for (name, part) in outputs(&lowering.scope(on)?, call.columns("columns"), call.named("named"))? {
        made.insert(name, part.expr);
    }
    let rows = lowering.frame(on, call.ordered)?;
    let columns = call.frame.schema.iter_names().map(|name| match made.remove(name.as_str()) {
        Some(expr) => expr.alias(name.as_str()),
        None => at(name),
    });
    rows.project(columns.collect::<Vec<_>>())
}

fn rename(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let names = on.schema.iter_names().zip(call.frame.schema.iter_names());
    let columns: Vec<Expr> = names.map(|(old, new)| at(old).alias(new.as_str())).collect();
    lowering.frame(on, call.ordered)?.project(columns)
}

fn cast_columns(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let (from, to) = (schema(&on.schema)?, schema(&call.frame.schema)?);
    let strict = call.is("strict");
    let columns = from.fields().iter().zip(to.fields()).map(|(from, to)| {
        let part = Part { expr: at(from.name()), kind: from.data_type().clone(), holds: Holds::Rows };
        Ok(cast(part, to.data_type(), strict)?.expr.alias(to.name()))
    });
    let columns = columns.collect::<Lowered<Vec<_>>>()?;
    lowering.frame(on, call.ordered)?.project(columns)
}

fn sort(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let by: Vec<&Column> = call.columns("by").iter().chain(call.columns("more_by")).collect();
    let descending = call.each("descending", by.len())?;
    let nulls_last = call.each("nulls_last", by.len())?;
    let scope = lowering.scope(on)?;
    let mut columns = Vec::with_capacity(by.len());
    let mut keys = Vec::with_capacity(by.len());
    for ((column, descending), nulls_last) in by.iter().zip(descending).zip(nulls_last) {
        let (_, part) = scope.output(column)?;
        must(part.holds == Holds::Rows, "a `sort` by a value")?;
        comparable(&part.kind)?;
        let name = lowering.names.fresh();
        columns.push(canonical(part.expr, &part.kind).alias(&name));
        keys.push(Key { column: name, ascending: !descending, nulls_first: !nulls_last });
    }
    // Rows that the keys do not tell apart stay as they were.
    let ties = call.ordered && call.is("maintain_order") && !tells_apart(on, by.iter().copied());
    let rows = lowering.frame(on, ties)?;
    let rows = if ties { lowering.numbered(rows)? } else { rows };
    let visible = on.schema.iter_names().map(|name| at(name));
    let rows = rows.project(visible.chain(columns).collect::<Vec<_>>())?;
    if let Order::By(before) = rows.order {
        keys.extend(before);
    }
    Ok(Rows { plan: rows.plan, order: if call.ordered { Order::By(keys) } else { Order::Any } })
}

/// Whether no two rows of the frame are equal in these columns.
fn tells_apart<'a>(frame: &Frame, by: impl IntoIterator<Item = &'a Column> + Clone) -> bool {
    unique_in(frame).is_some_and(|keys| keys.iter().all(|key| is_among(key, by.clone())))
}

/// Whether the column of that name is one of these.
fn is_among<'a>(key: &str, columns: impl IntoIterator<Item = &'a Column>) -> bool {
    columns.into_iter().any(|column| name_of(column) == Some(key))
}

/// Whether no two rows of a join's other frame are equal in its keys.
fn has_unique_keys(args: &Args) -> bool {
    let Some(Arg::Frame(other)) = args.get("other") else { return false };
    let keys = ["on", "right_on"].into_iter().filter_map(|name| match args.get(name) {
        Some(Arg::Columns(columns)) => Some(columns),
        _ => None,
    });
    tells_apart(other, keys.flatten().collect::<Vec<_>>())
}

/// Columns in which no two rows of the frame are equal, where some are known.
fn unique_in(frame: &Frame) -> Option<Vec<String>> {
    let From::Verb { verb, on, args } = &frame.from else { return None };
    let of = || on.as_ref().and_then(|on| unique_in(on));
    match verb.name {
        "agg" | "len" => {
            let From::Verb { args, .. } = &on.as_ref()?.from else { return None };
            let count = |name: &str| match args.get(name) {
                Some(Arg::Columns(columns)) => columns.len(),
                Some(Arg::Named(columns)) => columns.len(),
                _ => 0,
            };
            let keys = count("by").saturating_add(count("named_by"));
            Some(frame.schema.iter_names().take(keys).map(|name| name.to_string()).collect())
        }
        "distinct" | "unique" if matches!(args.get("subset"), None | Some(Arg::None)) => {
            Some(frame.schema.iter_names().map(|name| name.to_string()).collect())
        }
        "drop_nulls" | "filter" | "head" | "slice" | "sort" | "tail" => of(),
        "join" => match args.get("how") {
            Some(Arg::Literal(Literal::Text(how))) => match how.as_ref() {
                "anti" | "semi" => of(),
                // Each row finds one of the others at most.
                "inner" | "left" if has_unique_keys(args) => of(),
                _ => None,
            },
            _ => None,
        },
        "rename" => {
            let names: Vec<_> = on.as_ref()?.schema.iter_names().zip(frame.schema.iter_names()).collect();
            let renamed = |key: String| names.iter().find(|(old, _)| old.as_str() == key);
            of()?.into_iter().map(|key| renamed(key).map(|(_, new)| new.to_string())).collect()
        }
        "select" => {
            let Some(Arg::Columns(columns)) = args.get("columns") else { return None };
            of().filter(|keys| keys.iter().all(|key| is_among(key, columns)))
        }
        // Columns that stay under their names are what they were.
        "drop" => of().filter(|keys| keys.iter().all(|key| frame.schema.contains(key.as_str()))),
        "with_columns" => {
            let Some(Arg::Columns(columns)) = args.get("columns") else { return None };
            let Some(Arg::Named(named)) = args.get("named") else { return None };
            let kept = |key: &String| !named.iter().any(|(name, _)| **name == **key);
            of().filter(|keys| columns.is_empty() && keys.iter().all(kept))
        }
        _ => None,
    }
}

fn unique(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.is_absent("subset"), "`unique` in some columns")?;
    must(matches!(call.text("keep"), Some("any" | "first")), "`keep`")?;
    let ordered = call.ordered && call.is("maintain_order");
    let keys = schema(&on.schema)?;
    let keys = keys.fields().iter().map(|field| {
        comparable(field.data_type())?;
        Ok((field.name().clone(), canonical(at(field.name()), field.data_type())))
    });
    let keys = keys.collect::<Lowered<Vec<_>>>()?;
    lowering.grouped(on, ordered, keys, Vec::new(), |key| key)
}

impl Lowering<'_> {
    /// Rows of `on` that are equal in `keys`, aggregated; the groups are in the order of their first rows.
    fn grouped(
        &self,
        on: &Arc<Frame>,
        ordered: bool,
        keys: Vec<(String, Expr)>,
        mut aggregates: Vec<Expr>,
        columns: impl FnOnce(Vec<Expr>) -> Vec<Expr>,
    ) -> Lowered<Rows> {
        let rows = self.frame(on, ordered)?;
        let rows = if ordered { self.numbered(rows)? } else { rows };
        let order = match (&rows.order, rows.hidden().pop()) {
            (Order::By(_), Some(number)) if ordered => {
                let name = self.names.fresh();
                let first =
                    AggregateFunction::new_udf(min_udaf(), vec![number], false, None, Vec::new(), None);
                aggregates.push(Expr::AggregateFunction(first).alias(&name));
                Order::By(vec![Key::of(name)])
            }
            _ => Order::Any,
        };
        let hidden: Vec<(String, String, Expr)> =
            keys.into_iter().map(|(name, key)| (name, self.names.fresh(), key)).collect();
        let by = hidden.iter().map(|(_, hidden, key)| key.clone().alias(hidden));
        let plan =
            LogicalPlanBuilder::from(rows.plan).aggregate(by.collect::<Vec<_>>(), aggregates)?.build()?;
        let keys = hidden.iter().map(|(name, hidden, _)| at(hidden).alias(name)).collect();
        Rows { plan, order }.project(columns(keys))
    }
}

/// Groups that `group_by` makes: of what, and by which keys.
struct Groups<'a> {
    on: &'a Arc<Frame>,
    keys: Vec<(String, Expr)>,
    /// Whether somebody asks for their order.
    ordered: bool,
}

fn groups<'a>(lowering: &Lowering<'_>, call: &Call<'a>) -> Lowered<Groups<'a>> {
    let of = call.on()?;
    let From::Verb { verb, on: Some(on), args } = &of.from else { return Err(Not::here("no groups")) };
    if verb.name != "group_by" {
        return Err(Not::here(format!("`{}`", verb.name)).at(of.span));
    }
    let groups = Call { frame: of, on: Some(on), args, ordered: call.ordered };
    let keys = outputs(&lowering.scope(on)?, groups.columns("by"), groups.named("named_by"))?;
    let keys = keys.into_iter().map(|(name, part)| {
        must(part.holds == Holds::Rows, "a key that is a value")?;
        comparable(&part.kind)?;
        Ok((name, canonical(part.expr, &part.kind)))
    });
    let keys = keys.collect::<Lowered<Vec<_>>>()?;
    Ok(Groups { on, keys, ordered: call.ordered && groups.is("maintain_order") })
}

/// How many rows each group has.
fn len(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let Groups { on, keys, ordered } = groups(lowering, call)?;
    let schema = schema(&call.frame.schema)?;
    let count = schema.fields().last().ok_or_else(|| Not::here("`len`"))?;
    let hidden = lowering.names.fresh();
    let rows = AggregateFunction::new_udf(count_udaf(), vec![lit(1_i64)], false, None, Vec::new(), None);
    let aggregate = Expr::AggregateFunction(rows).alias(&hidden);
    lowering.grouped(on, ordered, keys, vec![aggregate], |keys| {
        let counted = cast_to(at(&hidden), &DataType::Int64, count.data_type()).alias(count.name());
        keys.into_iter().chain([counted]).collect()
    })
}

fn agg(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let Groups { on, keys, ordered } = groups(lowering, call)?;
    let found = RefCell::default();
    let scope = Scope::groups(&on.schema, &lowering.names, &found)?;
    let made = outputs(&scope, call.columns("columns"), call.named("named"))?;
    let whole = made.iter().all(|(_, part)| part.holds == Holds::One);
    must(whole, "`agg` of a value")?;
    lowering.grouped(on, ordered, keys, found.take(), |keys| {
        keys.into_iter().chain(made.into_iter().map(|(name, part)| part.expr.alias(name))).collect()
    })
}

/// Frames one below the other.
fn concat(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    must(call.text("how") == Some("vertical"), "`concat` that is not vertical")?;
    let Some(Arg::Frames(frames)) = call.args.get("items") else { return Err(Not::here("`items`")) };
    let (branch, number) = (lowering.names.fresh(), lowering.names.fresh());
    let wanted = schema(&call.frame.schema)?;
    let mut all: Option<LogicalPlanBuilder> = None;
    for (index, frame) in frames.iter().enumerate() {
        must(schema(&frame.schema)?.fields() == wanted.fields(), "frames of different columns")?;
        let rows = lowering.numbered(lowering.frame(frame, call.ordered)?)?;
        let mut columns: Vec<Expr> = frame.schema.iter_names().map(|name| at(name)).collect();
        if call.ordered {
            let place = rows.hidden().pop().unwrap_or_else(|| lit(0_u64));
            columns.extend([lit(index as u64).alias(&branch), place.alias(&number)]);
        }
        let plan = LogicalPlanBuilder::from(rows.plan).project(columns)?.build()?;
        all = Some(match all {
            Some(before) => before.union(plan)?,
            None => LogicalPlanBuilder::from(plan),
        });
    }
    let plan = all.ok_or_else(|| Not::here("`concat` of nothing"))?.build()?;
    let order = if call.ordered { Order::By(vec![Key::of(branch), Key::of(number)]) } else { Order::Any };
    Ok(Rows { plan, order })
}

/// A side of a join under names that the other has not.
struct Side {
    plan: LogicalPlan,
    /// Each column's name in the frame, and here.
    columns: Vec<(String, String)>,
    keys: Vec<String>,
    order: Vec<Key>,
}

fn join(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let left = call.on()?;
    let Some(Arg::Frame(right)) = call.args.get("other") else { return Err(Not::here("`other`")) };
    let how = call.text("how").unwrap_or_default();
    let kind = match how {
        "inner" | "cross" => JoinType::Inner,
        "right" => JoinType::Right,
        "left" => JoinType::Left,
        "full" => JoinType::Full,
        "semi" => JoinType::LeftSemi,
        "anti" => JoinType::LeftAnti,
        how => return Err(Not::here(format!("a join of kind {how:?}"))),
    };
    must(call.text("validate") == Some("m:m"), "`validate`")?;
    // One key of both sides, where either may be missing.
    let merged = kind == JoinType::Full && call.is("coalesce");
    must(merged || call.is_absent("coalesce"), "`coalesce`")?;
    let asked = match (call.text("maintain_order"), how) {
        (None, "right") => Some("right_left"),
        (asked, _) => asked,
    };
    let ordered = call.ordered && asked != Some("none");
    let (on_left, on_right) = match call.columns("on") {
        [] => (keys(call.columns("left_on"))?, keys(call.columns("right_on"))?),
        on => (keys(on)?, keys(on)?),
    };
    let alone = matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti);
    let one = lowering.side(left, &on_left, ordered)?;
    let other = lowering.side(right, &on_right, ordered && !alone)?;
    let null_equality = match call.is("nulls_equal") {
        true => NullEquality::NullEqualsNull,
        false => NullEquality::NullEqualsNothing,
    };
    let names = |keys: &[String]| keys.iter().map(Name::new_unqualified).collect::<Vec<_>>();
    let builder = LogicalPlanBuilder::from(one.plan);
    let plan = match how {
        "cross" => builder.cross_join(other.plan)?,
        _ => builder.join_detailed(
            other.plan,
            kind,
            (names(&one.keys), names(&other.keys)),
            None,
            null_equality,
        )?,
    };
    // Keys are kept of the side whose rows all are; a full join keeps both.
    let is_key = |keys: &[&str], (name, _): &(String, String)| keys.contains(&name.as_str());
    let pairs: Vec<(String, Expr)> = match kind {
        JoinType::Right => {
            let left = one.columns.iter().filter(|column| !is_key(&on_left, column));
            left.chain(&other.columns).map(named).collect()
        }
        JoinType::LeftSemi | JoinType::LeftAnti => one.columns.iter().map(named).collect(),
        JoinType::Full if merged => {
            let key = |column: &(String, String)| match on_left.iter().position(|key| *key == column.0) {
                Some(index) => {
                    let found =
                        other.columns.iter().find(|(name, _)| on_right.get(index) == Some(&name.as_str()));
                    let (_, right) = found.ok_or_else(|| Not::here("a key"))?;
                    Ok((column.0.clone(), coalesce(vec![at(&column.1), at(right)])))
                }
                None => Ok(named(column)),
            };
            let right = other.columns.iter().filter(|column| !is_key(&on_right, column));
            one.columns
                .iter()
                .map(key)
                .chain(right.map(|column| Ok(named(column))))
                .collect::<Lowered<_>>()?
        }
        JoinType::Full => one.columns.iter().chain(&other.columns).map(named).collect(),
        _ => {
            let right = other.columns.iter().filter(|column| !is_key(&on_right, column));
            one.columns.iter().chain(right).map(named).collect()
        }
    };
    let suffix = call.text("suffix").unwrap_or_default();
    let wanted: Vec<&str> = call.frame.schema.iter_names().map(|name| name.as_str()).collect();
    let alike = wanted
        .iter()
        .zip(&pairs)
        .all(|(wanted, (name, _))| *wanted == name || wanted.strip_suffix(suffix) == Some(name.as_str()));
    must(alike && wanted.len() == pairs.len(), "a join with these columns")?;
    let order = match (ordered, alone, asked) {
        (false, ..) => Order::Any,
        (true, true, _) => Order::By(one.order),
        (true, false, Some("right" | "right_left")) => {
            must(matches!(kind, JoinType::Inner | JoinType::Right), "a join in the order of its right side")?;
            Order::By(other.order.into_iter().chain(one.order).collect())
        }
        (true, false, _) => {
            must(kind != JoinType::Right, "a join in the order of its left side")?;
            Order::By(one.order.into_iter().chain(other.order).collect())
        }
    };
    let visible = wanted.into_iter().zip(pairs).map(|(wanted, (_, expr))| expr.alias(wanted));
    Rows { plan: plan.build()?, order }.project(visible.collect::<Vec<_>>())
}

/// A column of a side by its name in the frame.
fn named((name, hidden): &(String, String)) -> (String, Expr) {
    (name.clone(), at(hidden))
}

/// Keys of a join, which are names of columns.
fn keys(columns: &[Column]) -> Lowered<Vec<&str>> {
    columns.iter().map(|column| name_of(column).ok_or_else(|| Not::here("a key that is computed"))).collect()
}

impl Lowering<'_> {
    fn side(&self, frame: &Arc<Frame>, keys: &[&str], ordered: bool) -> Lowered<Side> {
        let rows = self.frame(frame, ordered)?;
        let rows = if ordered { self.numbered(rows)? } else { Rows { order: Order::Any, ..rows } };
        let schema = schema(&frame.schema)?;
        let order = match &rows.order {
            Order::By(keys) => keys.clone(),
            Order::Any | Order::Stream => Vec::new(),
        };
        let columns: Vec<(String, String)> =
            schema.fields().iter().map(|field| (field.name().clone(), self.names.fresh())).collect();
        let mut exprs: Vec<Expr> = columns.iter().map(|(name, hidden)| at(name).alias(hidden)).collect();
        let mut hidden_keys = Vec::with_capacity(keys.len());
        for key in keys {
            let field = schema.field_with_name(key).map_err(|_| Not::here("a pattern of names"))?;
            comparable(field.data_type())?;
            let hidden = self.names.fresh();
            exprs.push(canonical(at(key), field.data_type()).alias(&hidden));
            hidden_keys.push(hidden);
        }
        let rows = rows.project(exprs)?;
        Ok(Side { plan: rows.plan, columns, keys: hidden_keys, order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_sorted() {
        assert!(VERBS.is_sorted_by_key(|(name, _)| *name));
    }
}
