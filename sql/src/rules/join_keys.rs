//! Keys that a join gathers of its one side, as filters over what the other side is read from.
//!
//! DataFusion has such filters, too, but its sources use them for whole files only, it follows columns by their
//! names, and it asks a hash table for each row. These go by places, into a [`SelectionExec`] over each source,
//! and are a bitmap in most cases.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PhysicalExpr};

use crate::operators::{AmongKeys, GatherKeysExec, Keys, NumberedExec, SelectionExec, gathers};

/// Puts operators that gather over one side of each join, and filters by what they gathered under the other.
#[derive(Debug)]
pub(super) struct JoinKeys;

impl PhysicalOptimizerRule for JoinKeys {
    fn name(&self) -> &str {
        "join_keys"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        placed(plan, &[])
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A filter on its way down: the column, by its place in what an operator gives, must be among the keys.
#[derive(Clone)]
struct Filter {
    keys: Arc<Keys>,
    column: usize,
    used: Rc<Cell<bool>>,
}

impl Filter {
    fn over(&self, column: usize) -> Self {
        Self { column, ..self.clone() }
    }
}

/// The plan with the filters as far down as they go, and with those of its own joins.
fn placed(plan: Arc<dyn ExecutionPlan>, filters: &[Filter]) -> Result<Arc<dyn ExecutionPlan>> {
    // The same operators run once a round there, with other keys each time.
    if plan.is::<RecursiveQueryExec>() {
        return Ok(plan);
    }
    // Of a limit's rows, those that are dropped are not made up for by others.
    let filters = if plan.fetch().is_some() { &[] } else { filters };
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        return through_join(&plan, join, filters);
    }
    if let Some(selection) = plan.downcast_ref::<SelectionExec>() {
        return through_selection(&plan, selection, filters);
    }
    if plan.is::<DataSourceExec>() {
        return Ok(match filters {
            [] => plan,
            _ => Arc::new(hinted(SelectionExec::over(Arc::clone(&plan)), &plan, filters)),
        });
    }
    let children = plan.children();
    let children = children.into_iter().enumerate().map(|(side, child)| {
        let below: Vec<Filter> = filters
            .iter()
            .filter_map(|filter| Some(filter.over(source(&plan, side, filter.column)?)))
            .collect();
        placed(Arc::clone(child), &below)
    });
    let children = children.collect::<Result<_>>()?;
    replace_children_if_necessary(plan, children)
}

/// The column of a child that comes out of the operator in this place, as it is and in rows that are not changed
/// by leaving out others.
fn source(plan: &Arc<dyn ExecutionPlan>, side: usize, column: usize) -> Option<usize> {
    let through = plan.is::<RepartitionExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<CoalescePartitionsExec>()
        || plan.is::<SortPreservingMergeExec>()
        || plan.is::<SortExec>()
        || plan.is::<UnionExec>();
    if through {
        return Some(column);
    }
    if let Some(numbered) = plan.downcast_ref::<NumberedExec>() {
        return numbered.source(column);
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return place(&projection.expr().get(column)?.expr);
    }
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        // A group is all there or not at all, whichever column of it is asked about.
        let groups = aggregate.group_expr();
        return groups.is_single().then(|| place(&groups.expr().get(column)?.0)).flatten();
    }
    if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
        let left = join.left().schema().fields().len();
        return match side {
            0 => (column < left).then_some(column),
            _ => column.checked_sub(left),
        };
    }
    None
}

fn place(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

fn through_selection(
    plan: &Arc<dyn ExecutionPlan>,
    selection: &SelectionExec,
    filters: &[Filter],
) -> Result<Arc<dyn ExecutionPlan>> {
    let below: Vec<Filter> =
        filters.iter().filter_map(|filter| Some(filter.over(selection.source_of(filter.column)?))).collect();
    let Some(input) = plan.children().into_iter().next() else { return Ok(Arc::clone(plan)) };
    if input.is::<DataSourceExec>() {
        return Ok(Arc::new(hinted(selection.clone(), input, &below)));
    }
    let input = placed(Arc::clone(input), &below)?;
    replace_children_if_necessary(Arc::clone(plan), vec![input])
}

fn hinted(selection: SelectionExec, input: &Arc<dyn ExecutionPlan>, filters: &[Filter]) -> SelectionExec {
    let schema = input.schema();
    filters.iter().fold(selection, |selection, filter| {
        let Some(field) = schema.fields().get(filter.column) else { return selection };
        filter.used.set(true);
        let value = Arc::new(Column::new(field.name(), filter.column));
        selection.with_hint(Arc::new(AmongKeys { value, keys: Arc::clone(&filter.keys) }))
    })
}

fn through_join(
    plan: &Arc<dyn ExecutionPlan>,
    join: &HashJoinExec,
    filters: &[Filter],
) -> Result<Arc<dyn ExecutionPlan>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for filter in filters {
        let column = match &join.projection {
            Some(columns) => columns.get(filter.column).copied(),
            None => Some(filter.column),
        };
        let Some((side, column)) = column.and_then(|column| side(join, column)) else { continue };
        match side {
            Side::Left => left.push(filter.over(column)),
            Side::Right => right.push(filter.over(column)),
        }
        // Where both sides must have the key, what holds for one holds for the other.
        if !matches!(join.join_type(), JoinType::Inner | JoinType::LeftSemi | JoinType::RightSemi) {
            continue;
        }
        for (one, other) in join.on() {
            let (Some(one), Some(other)) = (place(one), place(other)) else { continue };
            match side {
                Side::Left if one == column => right.push(filter.over(other)),
                Side::Right if other == column => left.push(filter.over(one)),
                _ => {}
            }
        }
    }
    let mut gathered = Vec::new();
    if drops_unmatched(join) {
        for (build, probe) in join.on() {
            let Some(column) = place(probe) else { continue };
            if gathers(&build.data_type(&join.left().schema())?) {
                let keys = Keys::new(join.left().output_partitioning().partition_count());
                let filter = Filter { keys, column, used: Rc::default() };
                right.push(filter.clone());
                gathered.push((Arc::clone(build), filter));
            }
        }
    }
    let right = placed(Arc::clone(join.right()), &right)?;
    let mut left = placed(Arc::clone(join.left()), &left)?;
    for (build, filter) in gathered.into_iter().filter(|(_, filter)| filter.used.get()) {
        left = Arc::new(GatherKeysExec::new(left, build, filter.keys));
    }
    replace_children_if_necessary(Arc::clone(plan), vec![left, right])
}

enum Side {
    Left,
    Right,
}

/// The side whose rows come out of the join with this column, where leaving some out takes nothing else away.
fn side(join: &HashJoinExec, column: usize) -> Option<(Side, usize)> {
    use JoinType::{Full, Inner, Left, LeftAnti, LeftMark, LeftSemi, Right, RightAnti, RightMark, RightSemi};
    let left = join.left().schema().fields().len();
    let kind = join.join_type();
    match (kind, column.checked_sub(left)) {
        (RightSemi | RightAnti, _) => Some((Side::Right, column)),
        (Inner | Left | LeftSemi | LeftAnti | LeftMark, None) => Some((Side::Left, column)),
        (Inner | Right, Some(column)) => Some((Side::Right, column)),
        (Full | Left | LeftSemi | LeftAnti | LeftMark | Right | RightMark, _) => None,
    }
}

/// Whether rows of the right side without a partner add nothing to the answer.
fn drops_unmatched(join: &HashJoinExec) -> bool {
    use JoinType::{Inner, Left, LeftAnti, LeftMark, LeftSemi, RightSemi};
    matches!(join.join_type(), Inner | Left | LeftSemi | LeftAnti | LeftMark | RightSemi)
        && join.null_equality() == NullEquality::NullEqualsNothing
        && !join.null_aware
}
