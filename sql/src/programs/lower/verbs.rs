//! Verbs that look at a row by itself, or at where it stands.

use std::cell::RefCell;
use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};
use pantile_core::frame::order::tells_apart;
use pantile_core::lang::args::Arg;
use pantile_core::lang::typed::Column;

use super::super::columns::exact::Exact;
use super::super::columns::{
    AMONG_ROWS, Holds, Lowered, Not, Part, Scope, at, canonical, cast, cast_to, comparable, filled, must,
};
use super::call::Call;
use super::rows::{Key, Order, Rows};
use super::{Lowering, outputs, schema};

/// As many rows from a place on.
pub(super) fn slice(
    lowering: &Lowering<'_>,
    call: &Call<'_>,
    offset: usize,
    length: Option<usize>,
) -> Lowered<Rows> {
    let rows = lowering.frame(call.on()?, true)?.sorted()?;
    let plan = LogicalPlanBuilder::from(rows.plan).limit(offset, length)?.build()?;
    Ok(Rows { plan, order: rows.order })
}

pub(super) fn tail(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let n = call.count("n")?;
    let (rows, number) = lowering.frame(call.on()?, true)?.counted(&lowering.names)?;
    let last =
        LogicalPlanBuilder::from(rows.plan).sort([at(&number).sort(false, false)])?.limit(0, Some(n))?;
    Ok(Rows { plan: last.build()?, order: Order::Number(number) })
}

pub(super) fn with_row_index(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let offset = i64::try_from(call.count("offset")?).map_err(|_| Not::here("`offset`"))?;
    let schema = schema(&call.frame.schema)?;
    let [index, others @ ..] = schema.fields().as_ref() else {
        return Err(Not::here("a frame without columns"));
    };
    let (rows, number) = lowering.frame(call.on()?, true)?.counted(&lowering.names)?;
    // Rows are counted from 1 on.
    let first = lit(offset.saturating_sub(1));
    let number = cast_to(at(&number), &DataType::UInt64, &DataType::Int64);
    let number = Exact::Add.of(vec![number, first], &DataType::Int64);
    let number = cast_to(number, &DataType::Int64, index.data_type()).alias(index.name());
    let others = others.iter().map(|field| at(field.name()));
    rows.project(std::iter::once(number).chain(others).collect::<Vec<_>>())
}

pub(super) fn fill_null(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.args.is_absent("strategy"), "`fill_null` with a strategy")?;
    must(call.args.is("matches_supertype"), "`fill_null` of one type only")?;
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

pub(super) fn filter(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.args.named("constraints").is_empty(), "`filter` by constraints")?;
    let scope = lowering.scope(on)?;
    let predicates = call.args.columns("predicates").iter().map(|column| scope.predicate(column));
    let predicate = predicates.collect::<Lowered<Vec<_>>>()?.into_iter().reduce(Expr::and);
    let rows = lowering.frame(on, call.ordered)?;
    match predicate {
        Some(predicate) => rows.filter(predicate),
        None => Ok(rows),
    }
}

pub(super) fn drop_nulls(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let all: Vec<&str> = on.schema.iter_names().map(|name| name.as_str()).collect();
    let subset = call.args.texts("subset").unwrap_or_else(|| all.clone());
    must(subset.iter().all(|name| all.contains(name)), "a pattern of names")?;
    let rows = lowering.frame(on, call.ordered)?;
    match subset.into_iter().map(|name| at(name).is_not_null()).reduce(Expr::and) {
        Some(whole) => rows.filter(whole),
        None => Ok(rows),
    }
}

pub(super) fn select(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let (columns, named) = (call.args.columns("columns"), call.args.named("named"));
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

pub(super) fn with_columns(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let mut made: HashMap<String, Expr> = HashMap::new();
    for (name, part) in outputs(&lowering.scope(on)?, call.args.columns("columns"), call.args.named("named"))?
    {
        made.insert(name, part.expr);
    }
    let rows = lowering.frame(on, call.ordered)?;
    let columns = call.frame.schema.iter_names().map(|name| match made.remove(name.as_str()) {
        Some(expr) => expr.alias(name.as_str()),
        None => at(name),
    });
    rows.project(columns.collect::<Vec<_>>())
}

pub(super) fn rename(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let names = on.schema.iter_names().zip(call.frame.schema.iter_names());
    let columns: Vec<Expr> = names.map(|(old, new)| at(old).alias(new.as_str())).collect();
    lowering.frame(on, call.ordered)?.project(columns)
}

pub(super) fn cast_columns(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let (from, to) = (schema(&on.schema)?, schema(&call.frame.schema)?);
    let strict = call.args.is("strict");
    let columns = from.fields().iter().zip(to.fields()).map(|(from, to)| {
        let part = Part { expr: at(from.name()), kind: from.data_type().clone(), holds: Holds::Rows };
        Ok(cast(part, to.data_type(), strict)?.expr.alias(to.name()))
    });
    let columns = columns.collect::<Lowered<Vec<_>>>()?;
    lowering.frame(on, call.ordered)?.project(columns)
}

pub(super) fn sort(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    let by: Vec<&Column> = call.args.columns("by").iter().chain(call.args.columns("more_by")).collect();
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
    let ties = call.ordered && call.args.is("maintain_order") && !tells_apart(on, by.iter().copied());
    let rows = lowering.frame(on, ties)?;
    let rows = if ties { rows.numbered(&lowering.names)? } else { rows };
    let visible = on.schema.iter_names().map(|name| at(name));
    let rows = rows.project(visible.chain(columns).collect::<Vec<_>>())?;
    keys.extend(rows.keys());
    Ok(Rows { plan: rows.plan, order: if call.ordered { Order::By(keys) } else { Order::Any } })
}
