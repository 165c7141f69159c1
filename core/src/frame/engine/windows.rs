//! Windows that would keep more rows than there is memory for.
//!
//! Polars 0.55.2 sums what is in a window where it lies, and copies all rows of the windows for whatever it cannot: for
//! lists, and for what sorts or picks rows. Of windows that reach far that is the square of the rows, taken in one step that no
//! cancel ends. So what windows are laid over is looked at where one of those is asked for: how many rows do they have together?

use std::collections::HashMap;

use polars::prelude::{
    Column, DataFrame, DynamicGroupOptions, GroupPositions, PlSmallStr, PolarsResult, PolarsTemporalGroupby,
    RollingGroupOptions, SortMultipleOptions,
};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IR, IRAggExpr, IRPlan};
use polars_plan::prelude::{Arena, Node};

use super::lists::passed;
use super::run::nodes;
use crate::frame::lower::Over;

/// Bytes of a row of a column, at the least: Polars notes where each lies.
const ROW_BYTES: u64 = 8;
/// Windows without keys that are made at a time, of so many rows.
const AT_A_TIME: usize = 100_000;

/// How windows lie.
#[derive(Clone)]
enum Lie {
    Behind(RollingGroupOptions),
    Every(DynamicGroupOptions),
}

/// Windows over rows.
struct Windows {
    lie: Lie,
    /// The columns that they are laid by; none of computed keys.
    keys: Option<Vec<PlSmallStr>>,
    /// Those that are wanted: from one on, so many.
    slice: Option<(i64, usize)>,
    /// Whether they are made some at a time.
    streams: bool,
    /// How many columns keep rows.
    columns: u64,
}

/// Has what windows are laid over looked at: `room` is how many bytes of rows they may keep.
pub(super) fn bound(plan: &mut IRPlan, room: u64) {
    for node in nodes(plan, |_| true) {
        let IR::GroupBy { input, keys, aggs, options, .. } = plan.lp_arena.get(node) else { continue };
        let lie = match (&options.rolling, &options.dynamic) {
            (Some(rolling), _) => Lie::Behind(rolling.clone()),
            (_, Some(dynamic)) => Lie::Every(dynamic.clone()),
            _ => continue,
        };
        let columns = aggs.iter().filter(|agg| keeps_rows(agg, &plan.expr_arena)).count() as u64;
        if columns == 0 {
            continue;
        }
        let name = |key: &ExprIR| match plan.expr_arena.get(key.node()) {
            AExpr::Column(name) => Some(name.clone()),
            _ => None,
        };
        let (streams, slice) = (keys.is_empty(), options.slice);
        let windows = Windows { lie, keys: keys.iter().map(name).collect(), slice, streams, columns };
        let look = move |rows: DataFrame| {
            let got = windows.rows(&rows).saturating_mul(widest(&rows)).saturating_mul(windows.columns);
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

/// What an expression over a window is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The same for all windows.
    Fixed,
    /// The rows, where they lie.
    Rows,
    /// One value.
    One,
    /// A copy of the rows.
    Kept,
}

/// Whether all rows of each window are copied for it.
fn keeps_rows(agg: &ExprIR, exprs: &Arena<AExpr>) -> bool {
    // What an expression is made of comes before it; expressions may hang on one another by the ten thousand.
    let (mut known, mut open) = (HashMap::<Node, Kind>::new(), vec![(agg.node(), false)]);
    while let Some((node, is_ready)) = open.pop() {
        let (expr, mut inputs) = (exprs.get(node), Vec::new());
        expr.inputs_rev(&mut inputs);
        match is_ready {
            false => {
                open.push((node, true));
                open.extend(
                    inputs.into_iter().filter(|input| !known.contains_key(input)).map(|input| (input, false)),
                );
            }
            true => {
                let of: Vec<Kind> = inputs.iter().filter_map(|input| known.get(input).copied()).collect();
                known.insert(node, kind(expr, &of));
            }
        }
    }
    // Rows by themselves become a list.
    matches!(known.get(&agg.node()), Some(Kind::Rows | Kind::Kept))
}

fn kind(expr: &AExpr, of: &[Kind]) -> Kind {
    let has = |kind: Kind| of.contains(&kind);
    let is_elementwise = match expr {
        AExpr::Column(_) => return Kind::Rows,
        AExpr::Literal(_) => return Kind::Fixed,
        AExpr::Len => return Kind::One,
        AExpr::Agg(IRAggExpr::Implode { .. } | IRAggExpr::AggGroups(_)) => return Kind::Kept,
        AExpr::Agg(_) => return if has(Kind::Kept) { Kind::Kept } else { Kind::One },
        AExpr::Function { options, .. } => options.is_elementwise(),
        AExpr::BinaryExpr { .. } | AExpr::Cast { .. } | AExpr::Ternary { .. } => true,
        _ => false,
    };
    // One value beside each row of its window is a copy of those, too.
    match (has(Kind::Kept) || !is_elementwise, has(Kind::Rows), has(Kind::One)) {
        (true, ..) | (_, true, true) => Kind::Kept,
        (_, true, false) => Kind::Rows,
        (_, false, true) => Kind::One,
        _ => Kind::Fixed,
    }
}

impl Windows {
    /// How many rows the windows have that are made at a time, those that several have counted for each. None where they cannot
    /// be laid: Polars says why.
    fn rows(&self, rows: &DataFrame) -> u64 {
        let lengths: Vec<u64> = self.laid(rows).map_or_else(|_| Vec::new(), |groups| lengths(&groups));
        let wanted = match self.slice {
            Some((offset, count)) => {
                let (all, offset) = (lengths.len(), isize::try_from(offset).unwrap_or_default());
                let start = if offset < 0 {
                    all.saturating_sub(offset.unsigned_abs())
                } else {
                    offset.unsigned_abs().min(all)
                };
                &lengths[start..start.saturating_add(count).min(all)]
            }
            None => &lengths[..],
        };
        let at_a_time = if self.streams { AT_A_TIME } else { wanted.len().max(1) };
        let sum = |lengths: &[u64]| lengths.iter().copied().fold(0, u64::saturating_add);
        wanted.chunks(at_a_time).map(sum).max().unwrap_or_default()
    }

    fn laid(&self, rows: &DataFrame) -> PolarsResult<GroupPositions> {
        let index = match &self.lie {
            Lie::Behind(options) => &options.index_column,
            Lie::Every(options) => &options.index_column,
        };
        let keys = self.keys.as_deref().unwrap_or_default();
        let mut rows =
            rows.select(std::iter::once(index).chain(keys.iter().filter(|key| *key != index)).cloned())?;
        let in_order = SortMultipleOptions::default().with_maintain_order(true);
        let groups = match keys {
            [] if self.keys.is_some() => None,
            // Of keys that are computed nobody knows yet: the windows of all rows have no fewer.
            [] => {
                rows = rows.sort([index.clone()], in_order)?;
                None
            }
            _ => {
                rows = rows.sort(keys.iter().cloned(), in_order)?;
                let groups = rows.group_by_stable(keys.iter().cloned())?.into_groups();
                Some(groups.iter().map(|group| [group.first(), group.len() as u32]).collect())
            }
        };
        Ok(match &self.lie {
            Lie::Behind(options) => rows.rolling(groups, options)?.1,
            Lie::Every(options) => rows.group_by_dynamic(groups, options)?.2,
        })
    }
}

fn lengths(groups: &GroupPositions) -> Vec<u64> {
    groups.iter().map(|group| group.len() as u64).collect()
}

/// About how many bytes a row of the widest column has.
fn widest(rows: &DataFrame) -> u64 {
    let bytes = |column: &Column| column.as_materialized_series().estimated_size() as u64;
    let widest = rows.columns().iter().map(bytes).max().unwrap_or_default();
    widest.checked_div(rows.height() as u64).unwrap_or_default().max(ROW_BYTES)
}
