//! Lists that a join would put beside more rows than there is memory for.
//!
//! Polars 0.55.2 makes some 100,000 rows of a join before anything behind it sees one, and copies a list for each: one of a
//! million numbers beside as many rows is more than any machine has, taken in one step that no cancel ends. So what goes
//! into a join is looked at: how many rows, and how large their largest list is. What comes to both sides first, as it
//! always does before a row is made, decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polars::prelude::{
    Column, DataFrame, DataType, JoinType, ListNameSpaceImpl, PlSmallStr, PolarsResult, Schema,
};
use polars_plan::plans::{FunctionIR, IR, IRPlan};
use polars_plan::prelude::Node;

use super::run::nodes;
use crate::frame::lower::Over;

/// Rows that Polars makes at a time.
const AT_A_TIME: u64 = 100_000;

/// What has come to one side of a join.
#[derive(Debug, Default)]
struct Side {
    rows: AtomicU64,
    /// Bytes of the largest lists of one row.
    widest: AtomicU64,
}

/// Has what goes into joins with lists looked at: `room` is how many bytes of lists may be made at a time.
pub(super) fn bound(plan: &mut IRPlan, room: u64) {
    for node in nodes(plan, |_| true) {
        let IR::Join { input_left, input_right, options, .. } = plan.lp_arena.get(node) else { continue };
        let (left, right) = (*input_left, *input_right);
        let has_lists = |node: Node| has_lists(&plan.lp_arena.get(node).schema(&plan.lp_arena));
        let repeats = !matches!(options.args.how, JoinType::Semi | JoinType::Anti);
        if !repeats || !(has_lists(left) || has_lists(right)) {
            continue;
        }
        let sides: Arc<[Side; 2]> = Arc::default();
        let [one, other] = [(left, 0), (right, 1)].map(|(input, own)| {
            let sides = Arc::clone(&sides);
            let look = move |rows: DataFrame| {
                seen(&sides, own, &rows, room)?;
                Ok(rows)
            };
            plan.lp_arena.add(passed(input, look, true))
        });
        if let IR::Join { input_left, input_right, .. } = plan.lp_arena.get_mut(node) {
            (*input_left, *input_right) = (one, other);
        }
    }
}

fn has_lists(schema: &Schema) -> bool {
    schema.iter_values().any(is_list)
}

fn is_list(kind: &DataType) -> bool {
    match kind {
        DataType::List(_) => true,
        DataType::Struct(fields) => fields.iter().any(|field| is_list(field.dtype())),
        _ => false,
    }
}

/// Adds rows to their side, and fails where lists would be put beside too many.
fn seen(sides: &[Side; 2], own: usize, rows: &DataFrame, room: u64) -> PolarsResult<()> {
    let widest: u64 = rows.columns().iter().filter(|column| is_list(column.dtype())).map(widest).sum();
    if let Some(side) = sides.get(own) {
        side.rows.fetch_add(rows.height() as u64, Ordering::SeqCst);
        side.widest.fetch_max(widest, Ordering::SeqCst);
    }
    let [left, right] = sides;
    for (lists, beside) in [(left, right), (right, left)] {
        let times = beside.rows.load(Ordering::SeqCst).min(AT_A_TIME);
        let got = lists.widest.load(Ordering::SeqCst).saturating_mul(times);
        if got > room {
            let what = "bytes of lists beside the rows of a join";
            return Err(Over { limit: "memory", max: room, got, what }.into());
        }
    }
    Ok(())
}

/// About how many bytes the largest list of the column has.
fn widest(column: &Column) -> u64 {
    let (bytes, rows) = (column.as_materialized_series().estimated_size() as u64, column.len() as u64);
    let Ok(lists) = column.list() else { return bytes.checked_div(rows).unwrap_or_default() };
    let lengths = lists.lst_lengths();
    let (all, longest) = lengths
        .iter()
        .flatten()
        .map(u64::from)
        .fold((0, 0), |(all, longest), length| (u64::saturating_add(all, length), length.max(longest)));
    let share = u128::from(bytes).saturating_mul(longest.into()).checked_div(all.into()).unwrap_or_default();
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// The same rows, looked at: some at a time, or all at once.
pub(super) fn passed(
    input: Node,
    look: impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
    streamable: bool,
) -> IR {
    let function = FunctionIR::Opaque {
        function: Arc::new(look),
        schema: None,
        predicate_pd: true,
        projection_pd: true,
        streamable,
        fmt_str: PlSmallStr::from_static("LOOKED AT"),
    };
    IR::MapFunction { input, function }
}
