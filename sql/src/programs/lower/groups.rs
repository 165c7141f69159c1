//! Verbs that make one row of several.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::min_udaf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};
use pantile_core::lang::typed::{Frame, From};

use super::super::columns::{Holds, Lowered, Not, Scope, at, canonical, cast_to, comparable, must};
use super::call::Call;
use super::rows::{Order, Rows};
use super::{Lowering, outputs, schema};

pub(super) fn unique(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let on = call.on()?;
    must(call.args.is_absent("subset"), "`unique` in some columns")?;
    must(matches!(call.args.text("keep").map(AsRef::as_ref), Some("any" | "first")), "`keep`")?;
    let ordered = call.ordered && call.args.is("maintain_order");
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
        let rows = if ordered { rows.numbered(&self.names)? } else { rows };
        let order = match &rows.order {
            Order::Number(number) if ordered => {
                let name = self.names.fresh();
                let number = vec![at(number)];
                let first = AggregateFunction::new_udf(min_udaf(), number, false, None, Vec::new(), None);
                aggregates.push(Expr::AggregateFunction(first).alias(&name));
                Order::Number(name)
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
    let keys = outputs(&lowering.scope(on)?, groups.args.columns("by"), groups.args.named("named_by"))?;
    let keys = keys.into_iter().map(|(name, part)| {
        must(part.holds == Holds::Rows, "a key that is a value")?;
        comparable(&part.kind)?;
        Ok((name, canonical(part.expr, &part.kind)))
    });
    let keys = keys.collect::<Lowered<Vec<_>>>()?;
    Ok(Groups { on, keys, ordered: call.ordered && groups.args.is("maintain_order") })
}

/// How many rows each group has.
pub(super) fn len(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
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

pub(super) fn agg(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let Groups { on, keys, ordered } = groups(lowering, call)?;
    let found = RefCell::default();
    let scope = Scope::groups(&on.schema, &lowering.names, &found)?;
    let made = outputs(&scope, call.args.columns("columns"), call.args.named("named"))?;
    let whole = made.iter().all(|(_, part)| part.holds == Holds::One);
    must(whole, "`agg` of a value")?;
    lowering.grouped(on, ordered, keys, found.take(), |keys| {
        keys.into_iter().chain(made.into_iter().map(|(name, part)| part.expr.alias(name))).collect()
    })
}
