//! Windows that would keep more rows than there is memory for.
//!
//! Polars 0.55.2 sums what is in a window where it lies, and copies all rows of all windows for whatever it cannot: for
//! lists, and for what sorts or picks rows. Of windows that reach far that is the square of the rows, taken in one step that no
//! cancel ends. So what windows are laid over is looked at where one of those is asked for: how many rows do they have together?

use std::collections::HashSet;

use polars::prelude::{
    Column, DataFrame, DynamicGroupOptions, GroupPositions, PlSmallStr, PolarsResult, PolarsTemporalGroupby,
    RollingGroupOptions,
};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, ArenaLpIter, IR, IRAggExpr, IRPlan, is_scalar_ae};
use polars_plan::prelude::{Arena, Node};

use super::lists::passed;
use crate::frame::lower::Over;

/// Bytes of a row of a column, at the least: Polars notes where each lies.
const ROW_BYTES: u64 = 8;

/// How windows lie.
#[derive(Clone)]
enum Windows {
    Behind(RollingGroupOptions),
    Every(DynamicGroupOptions),
}

/// Has what windows are laid over looked at: `room` is how many bytes of rows they may keep.
pub(super) fn bound(plan: &mut IRPlan, room: u64) {
    let nodes: HashSet<Node> = plan.lp_arena.iter(plan.lp_top).map(|(node, _)| node).collect();
    for node in nodes {
        let IR::GroupBy { input, keys, aggs, options, .. } = plan.lp_arena.get(node) else { continue };
        let windows = match (&options.rolling, &options.dynamic) {
            (Some(rolling), _) => Windows::Behind(rolling.clone()),
            (_, Some(dynamic)) => Windows::Every(dynamic.clone()),
            _ => continue,
        };
        if !aggs.iter().any(|agg| keeps_rows(agg, &plan.expr_arena)) {
            continue;
        }
        let keys: Vec<PlSmallStr> = keys.iter().map(|key| key.output_name().clone()).collect();
        let look = move |rows: DataFrame| {
            let got = windows.rows(&rows, &keys).saturating_mul(widest(&rows));
            match got > room {
                true => {
                    Err(Over { limit: "memory", max: room, got, what: "bytes of rows in windows" }.into())
                }
                false => Ok(rows),
            }
        };
        let looked = passed(*input, look, false);
        let looked = plan.lp_arena.add(looked);
        if let IR::GroupBy { input, .. } = plan.lp_arena.get_mut(node) {
            *input = looked;
        }
    }
}

/// Whether all rows of each window are copied for it.
fn keeps_rows(agg: &ExprIR, exprs: &Arena<AExpr>) -> bool {
    if !is_scalar_ae(agg.node(), exprs) {
        return true;
    }
    let mut open = vec![agg.node()];
    while let Some(node) = open.pop() {
        let expr = exprs.get(node);
        let is_read_in_place = match expr {
            AExpr::Agg(agg) => !matches!(agg, IRAggExpr::Implode { .. } | IRAggExpr::AggGroups(_)),
            AExpr::Function { options, .. } => options.is_elementwise(),
            AExpr::Column(_) | AExpr::Literal(_) | AExpr::Len => true,
            AExpr::BinaryExpr { .. } | AExpr::Cast { .. } | AExpr::Ternary { .. } => true,
            _ => false,
        };
        if !is_read_in_place {
            return true;
        }
        expr.inputs_rev(&mut open);
    }
    false
}

impl Windows {
    /// How many rows the windows have together, those that several have counted for each; those of each of the keys lie
    /// by themselves. None where they cannot be laid: Polars says why.
    fn rows(&self, rows: &DataFrame, keys: &[PlSmallStr]) -> u64 {
        let all = match keys {
            [] => Ok(vec![rows.clone()]),
            _ => rows.partition_by_stable(keys.iter().cloned(), true),
        };
        all.iter()
            .flatten()
            .map(|rows| self.laid(rows).map_or(0, |groups| in_all(&groups)))
            .fold(0, u64::saturating_add)
    }

    fn laid(&self, rows: &DataFrame) -> PolarsResult<GroupPositions> {
        Ok(match self {
            Self::Behind(options) => rows.rolling(None, options)?.1,
            Self::Every(options) => rows.group_by_dynamic(None, options)?.2,
        })
    }
}

fn in_all(groups: &GroupPositions) -> u64 {
    groups.iter().map(|group| group.len() as u64).fold(0, u64::saturating_add)
}

/// About how many bytes a row of the widest column has.
fn widest(rows: &DataFrame) -> u64 {
    let bytes = |column: &Column| column.as_materialized_series().estimated_size() as u64;
    let widest = rows.columns().iter().map(bytes).max().unwrap_or_default();
    widest.checked_div(rows.height() as u64).unwrap_or_default().max(ROW_BYTES)
}
