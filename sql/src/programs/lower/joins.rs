//! Verbs that make one frame of several.

use std::sync::Arc;

use datafusion::common::{Column as Name, JoinType, NullEquality};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use pantile_core::lang::typed::{Column, Frame};

use super::super::columns::{Lowered, Not, at, canonical, comparable, must};
use super::call::Call;
use super::rows::{Key, Order, Rows};
use super::{Lowering, schema};

/// Frames one below the other.
pub(super) fn concat(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    must(call.args.text("how").map(AsRef::as_ref) == Some("vertical"), "`concat` that is not vertical")?;
    let frames = call.args.frames("items").ok_or_else(|| Not::here("`items`"))?;
    let (branch, number) = (lowering.names.fresh(), lowering.names.fresh());
    let wanted = schema(&call.frame.schema)?;
    let mut all: Option<LogicalPlanBuilder> = None;
    for (index, frame) in frames.iter().enumerate() {
        must(schema(&frame.schema)?.fields() == wanted.fields(), "frames of different columns")?;
        let rows = lowering.frame(frame, call.ordered)?.numbered(&lowering.names)?;
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

pub(super) fn join(lowering: &Lowering<'_>, call: &Call<'_>) -> Lowered<Rows> {
    let left = call.on()?;
    let right = call.args.frame("other").ok_or_else(|| Not::here("`other`"))?;
    let how = call.args.text("how").map(AsRef::as_ref).unwrap_or_default();
    let kind = match how {
        "inner" | "cross" => JoinType::Inner,
        "right" => JoinType::Right,
        "left" => JoinType::Left,
        "full" => JoinType::Full,
        "semi" => JoinType::LeftSemi,
        "anti" => JoinType::LeftAnti,
        how => return Err(Not::here(format!("a join of kind {how:?}"))),
    };
    must(call.args.text("validate").map(AsRef::as_ref) == Some("m:m"), "`validate`")?;
    // One key of both sides, where either may be missing.
    let merged = kind == JoinType::Full && call.args.is("coalesce");
    must(merged || call.args.is_absent("coalesce"), "`coalesce`")?;
    let asked = match (call.args.text("maintain_order").map(AsRef::as_ref), how) {
        (None, "right") => Some("right_left"),
        (asked, _) => asked,
    };
    let ordered = call.ordered && asked != Some("none");
    let (on_left, on_right) = match call.args.columns("on") {
        [] => (keys(call.args.columns("left_on"))?, keys(call.args.columns("right_on"))?),
        on => (keys(on)?, keys(on)?),
    };
    let alone = matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti);
    let one = lowering.side(left, &on_left, ordered)?;
    let other = lowering.side(right, &on_right, ordered && !alone)?;
    let null_equality = match call.args.is("nulls_equal") {
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
    let suffix = call.args.text("suffix").map(AsRef::as_ref).unwrap_or_default();
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
    columns.iter().map(|column| column.name().ok_or_else(|| Not::here("a key that is computed"))).collect()
}

impl Lowering<'_> {
    fn side(&self, frame: &Arc<Frame>, keys: &[&str], ordered: bool) -> Lowered<Side> {
        let rows = self.frame(frame, ordered)?;
        let rows = if ordered { rows.keyed(&self.names)? } else { Rows { order: Order::Any, ..rows } };
        let schema = schema(&frame.schema)?;
        let order = rows.keys();
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
