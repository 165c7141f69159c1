//! The order of joins, and which side of each is held in memory.
//!
//! DataFusion joins tables in the order they were written. Here, what is joined by inner joins without anything
//! between is taken apart and put together again in the order that costs least by [`Estimate`], found by dynamic
//! programming over the sets of what is joined (Selinger et al. 1979), bushy trees included and products left out.
//! Of more than [`MOST`], the lower ones are ordered by themselves. Then each join's smaller side is the one that is held.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinSide, JoinType, NullEquality, Result, internal_datafusion_err};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, HashJoinExecBuilder, JoinOn, NestedLoopJoinExec, PartitionMode,
};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::cardinality::Estimate;

/// What is joined in one go, at most: ten have 1023 sets and 57,002 ways to part them.
const MOST: usize = 10;
/// What a row costs that is put into a hash table, or that crosses to another partition, in rows that are looked up.
const HELD: f64 = 2.0;
const MOVED: f64 = 1.0;

/// Orders joins and chooses their sides.
#[derive(Debug)]
pub(super) struct JoinOrder;

impl PhysicalOptimizerRule for JoinOrder {
    fn name(&self) -> &str {
        "join_order"
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        ordered(plan, config.execution.target_partitions)
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn ordered(plan: Arc<dyn ExecutionPlan>, threads: usize) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(region) = Region::of(&plan)
        && let Some(ways) = region.ways()
    {
        let leaves = region.leaves.iter().map(|leaf| ordered(Arc::clone(leaf), threads));
        let region = Region { leaves: leaves.collect::<Result<_>>()?, ..region };
        return region.joined(&ways, &plan, threads);
    }
    let children = plan.children().into_iter().map(|child| ordered(Arc::clone(child), threads));
    let children = children.collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(plan, children)?;
    sided(plan, threads)
}

/// A single join with its sides as they should be.
fn sided(plan: Arc<dyn ExecutionPlan>, threads: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let (left, right) = match plan.children().as_slice() {
        [left, right] => (Arc::clone(left), Arc::clone(right)),
        _ => return Ok(plan),
    };
    let rows = || (Estimate::of(&left).rows, Estimate::of(&right).rows);
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        if join.null_aware {
            return Ok(plan);
        }
        let (left, right) = rows();
        return match left > right && join.join_type().supports_swap() {
            true => join.swap_inputs(mode(right, left, threads)),
            false => Ok(Arc::new(join.builder().with_partition_mode(mode(left, right, threads)).build()?)),
        };
    }
    if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
        let (left, right) = rows();
        return if left > right { join.swap_inputs() } else { Ok(plan) };
    }
    if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
        let (left, right) = rows();
        return if left > right && join.join_type().supports_swap() { join.swap_inputs() } else { Ok(plan) };
    }
    Ok(plan)
}

/// Whether one thread builds a table for all, or each thread one of its own, for which rows of both sides change
/// threads.
fn mode(build: f64, probe: f64, threads: usize) -> PartitionMode {
    let apart = (build * (HELD + MOVED) + probe * MOVED) / threads.max(1) as f64;
    match build * HELD <= apart {
        true => PartitionMode::CollectLeft,
        false => PartitionMode::Partitioned,
    }
}

/// What is joined by inner joins alone. Columns of all leaves are numbered through, leaf after leaf.
struct Region {
    leaves: Vec<Arc<dyn ExecutionPlan>>,
    /// Keys that must be equal.
    equal: Vec<(Part, Part)>,
    /// Other conditions.
    filters: Vec<Part>,
    /// The columns that come out.
    output: Vec<usize>,
}

/// An expression over the numbered columns, with the leaves it needs as a set of bits.
struct Part {
    expr: Arc<dyn PhysicalExpr>,
    columns: Vec<usize>,
    leaves: u32,
}

/// The best way found to join a set of leaves.
struct Way {
    estimate: Estimate,
    cost: f64,
    /// The sets it joins, that which is held first; none for a leaf.
    sides: Option<(u32, u32)>,
    /// The columns of `estimate`: those of keys, since it is asked for no others.
    keys: Arc<Vec<usize>>,
}

impl Region {
    /// The region whose top this operator is, if it is one of two joins or more.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        inner(plan)?;
        let mut region =
            Self { leaves: Vec::new(), equal: Vec::new(), filters: Vec::new(), output: Vec::new() };
        let (mut equal, mut filters) = (Vec::new(), Vec::new());
        region.output = region.flatten(plan, &mut equal, &mut filters)?;
        if !(3..=MOST).contains(&region.leaves.len()) {
            return None;
        }
        for (one, other) in equal {
            let (one, other) = (region.part(one)?, region.part(other)?);
            match (one.leaves.count_ones(), other.leaves.count_ones()) {
                (1, 1) => region.equal.push((one, other)),
                // A key of several leaves can be looked at once all of them are joined.
                _ => filters.push(Arc::new(BinaryExpr::new(one.expr, Operator::Eq, other.expr))),
            }
        }
        region.filters = filters.into_iter().map(|filter| region.part(filter)).collect::<Option<_>>()?;
        // What is not between two leaves has no join to go to.
        let between = |leaves: u32| leaves.count_ones() > 1;
        let all = region.equal.iter().all(|(one, other)| between(one.leaves | other.leaves));
        if !all || !region.filters.iter().all(|filter| between(filter.leaves)) {
            return None;
        }
        Some(region)
    }

    /// Adds what is below; the numbers of the columns that come out.
    fn flatten(
        &mut self,
        plan: &Arc<dyn ExecutionPlan>,
        equal: &mut JoinOn,
        filters: &mut Vec<Arc<dyn PhysicalExpr>>,
    ) -> Option<Vec<usize>> {
        if let Some(projection) = plan.downcast_ref::<ProjectionExec>()
            && inner(projection.input()).is_some()
            && let Some(places) =
                projection.expr().iter().map(|expr| place(&expr.expr)).collect::<Option<Vec<_>>>()
        {
            let below = self.flatten(projection.input(), equal, filters)?;
            return places.into_iter().map(|place| below.get(place).copied()).collect();
        }
        let Some(join) = plan.downcast_ref::<HashJoinExec>().filter(|_| inner(plan).is_some()) else {
            let first = self.width();
            self.leaves.push(Arc::clone(plan));
            return Some((first..self.width()).collect());
        };
        let left = self.flatten(join.left(), equal, filters)?;
        let right = self.flatten(join.right(), equal, filters)?;
        for (one, other) in join.on() {
            equal.push((renumbered(one, &left)?, renumbered(other, &right)?));
        }
        if let Some(filter) = join.filter() {
            let columns = filter.column_indices().iter().map(|column| match column.side {
                JoinSide::Left => left.get(column.index).copied(),
                JoinSide::Right => right.get(column.index).copied(),
                JoinSide::None => None,
            });
            filters.push(renumbered(filter.expression(), &columns.collect::<Option<Vec<_>>>()?)?);
        }
        let all: Vec<usize> = left.into_iter().chain(right).collect();
        match &join.projection {
            Some(places) => places.iter().map(|place| all.get(*place).copied()).collect(),
            None => Some(all),
        }
    }

    fn width(&self) -> usize {
        self.leaves.iter().map(|leaf| leaf.schema().fields().len()).sum()
    }

    fn part(&self, expr: Arc<dyn PhysicalExpr>) -> Option<Part> {
        let columns: Vec<usize> = collect_columns(&expr).iter().map(Column::index).collect();
        let mut leaves = 0;
        for column in &columns {
            let mut end = 0_usize;
            let leaf = self.leaves.iter().position(|leaf| {
                end = end.saturating_add(leaf.schema().fields().len());
                *column < end
            })?;
            leaves |= 1 << leaf;
        }
        Some(Part { expr, columns, leaves })
    }

    /// The region joined in the best order, as a plan that gives what `plan` does.
    fn joined(
        &self,
        ways: &HashMap<u32, Way>,
        plan: &Arc<dyn ExecutionPlan>,
        threads: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let built = self.built(ways, self.all(), &self.output, threads)?;
        let (schema, now) = (plan.schema(), built.schema());
        if schema == now {
            return Ok(built);
        }
        // Projections on the way may have given columns other names.
        let columns = schema.fields().iter().zip(now.fields()).enumerate().map(|(index, (field, now))| {
            ProjectionExpr { expr: Arc::new(Column::new(now.name(), index)), alias: field.name().clone() }
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), built)?))
    }

    /// The set of all leaves.
    fn all(&self) -> u32 {
        (1_u32 << self.leaves.len()) - 1
    }

    /// The numbers of the columns of each leaf.
    fn numbers(&self) -> impl Iterator<Item = Range<usize>> {
        self.leaves.iter().scan(0_usize, |first, leaf| {
            let leaf = *first..first.saturating_add(leaf.schema().fields().len());
            *first = leaf.end;
            Some(leaf)
        })
    }

    /// The best way for each set of leaves that can be joined without a product; `None` if all cannot.
    fn ways(&self) -> Option<HashMap<u32, Way>> {
        let mut ways = HashMap::new();
        let keys = self.equal.iter().flat_map(|(one, other)| one.columns.iter().chain(&other.columns));
        let keys: BTreeSet<usize> = keys.copied().collect();
        for (index, (leaf, numbers)) in self.leaves.iter().zip(self.numbers()).enumerate() {
            let keys: Vec<usize> = keys.range(numbers.clone()).copied().collect();
            let places = keys.iter().map(|key| key.checked_sub(numbers.start));
            let estimate = Estimate::of(leaf).projected(places);
            ways.insert(1 << index, Way { estimate, cost: 0.0, sides: None, keys: Arc::new(keys) });
        }
        for set in 1..1_u32 << self.leaves.len() {
            // Every way to part the set in two; both halves are smaller numbers, and known.
            let mut one = (set - 1) & set;
            while one > 0 {
                if let Some(way) = self.way(&ways, one, set ^ one)
                    && ways.get(&set).is_none_or(|known: &Way| way.cost < known.cost)
                {
                    ways.insert(set, way);
                }
                one = (one - 1) & set;
            }
        }
        ways.contains_key(&self.all()).then_some(ways)
    }

    /// Joining these two, the first of which is held; `None` where that is not the better side, or a product.
    fn way(&self, ways: &HashMap<u32, Way>, held: u32, other: u32) -> Option<Way> {
        let (left, right) = (ways.get(&held)?, ways.get(&other)?);
        if (left.estimate.rows, held) > (right.estimate.rows, other) {
            return None;
        }
        let between = self.between(held, other);
        if between.is_empty() {
            return None;
        }
        let key = |part: &Part, way: &Way| renumbered_back(&part.expr, &way.keys);
        let on = between.into_iter().map(|(one, another)| Some((key(one, left)?, key(another, right)?)));
        let on = on.collect::<Option<Vec<_>>>()?;
        let mut estimate = left.estimate.joined(&right.estimate, &on, JoinType::Inner);
        if self.filters_at(held, other).next().is_some() {
            estimate = estimate.filtered_by_unknown();
        }
        // What the held side's keys leave out of the other is left out where that is read.
        let cost = left.cost + right.cost + left.estimate.rows * HELD + right.estimate.rows + estimate.rows;
        let keys = left.keys.iter().chain(right.keys.iter()).copied().collect();
        Some(Way { estimate, cost, sides: Some((held, other)), keys: Arc::new(keys) })
    }

    /// Keys that are equal between two sets, that of the first set first.
    fn between(&self, one: u32, other: u32) -> Vec<(&Part, &Part)> {
        let within = |part: &Part, set: u32| part.leaves & !set == 0;
        self.equal
            .iter()
            .filter_map(|(left, right)| {
                if within(left, one) && within(right, other) {
                    Some((left, right))
                } else if within(right, one) && within(left, other) {
                    Some((right, left))
                } else {
                    None
                }
            })
            .collect()
    }

    /// Conditions that can be looked at once these two are joined, and not before.
    fn filters_at(&self, one: u32, other: u32) -> impl Iterator<Item = &Part> {
        let both = one | other;
        self.filters.iter().filter(move |filter| {
            filter.leaves & !both == 0 && filter.leaves & !one != 0 && filter.leaves & !other != 0
        })
    }

    /// The set of leaves joined the best way, with these columns.
    fn built(
        &self,
        ways: &HashMap<u32, Way>,
        set: u32,
        output: &[usize],
        threads: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let missing = || internal_datafusion_err!("no order was found for a join");
        let way = ways.get(&set).ok_or_else(missing)?;
        let Some((held, other)) = way.sides else {
            let leaf = self.leaves.get(set.trailing_zeros() as usize).ok_or_else(missing)?;
            return Ok(Arc::clone(leaf));
        };
        let on = self.between(held, other);
        let filters: Vec<&Part> = self.filters_at(held, other).collect();
        let parts = on.iter().flat_map(|(one, other)| [*one, *other]).chain(filters.iter().copied());
        let parts = parts.flat_map(|part| part.columns.iter().copied());
        let needed: BTreeSet<usize> = parts.chain(output.iter().copied()).collect();
        // A leaf gives all it has; a join what is needed above it.
        let columns = |side: u32| -> Vec<usize> {
            let within = |(index, numbers)| (side & (1_u32 << index) != 0).then_some(numbers);
            let all = self.numbers().enumerate().filter_map(within).flatten();
            all.filter(|column| side.is_power_of_two() || needed.contains(column)).collect()
        };
        let (left_columns, right_columns) = (columns(held), columns(other));
        let left = self.built(ways, held, &left_columns, threads)?;
        let right = self.built(ways, other, &right_columns, threads)?;
        let keys = on.into_iter().map(|(one, other)| {
            let key = |part: &Part, columns: &[usize], side: &Arc<dyn ExecutionPlan>| {
                named(&renumbered_back(&part.expr, columns).ok_or_else(missing)?, &side.schema())
            };
            Ok((key(one, &left_columns, &left)?, key(other, &right_columns, &right)?))
        });
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let filter = join_filter(&filters, (&left_columns, &left), (&right_columns, &right))?;
        let all: Vec<usize> = left_columns.into_iter().chain(right_columns).collect();
        let places = output.iter().map(|column| all.iter().position(|one| one == column).ok_or_else(missing));
        let places = places.collect::<Result<Vec<usize>>>()?;
        let whole = places.iter().copied().eq(0..all.len());
        let rows = |side: u32| ways.get(&side).map_or(0.0, |way| way.estimate.rows);
        let join = HashJoinExecBuilder::new(left, right, keys, JoinType::Inner)
            .with_filter(filter)
            .with_partition_mode(mode(rows(held), rows(other), threads))
            .with_projection((!whole).then_some(places))
            .build()?;
        Ok(Arc::new(join))
    }
}

/// The inner join that may be taken apart, below projections that only choose columns.
fn inner(plan: &Arc<dyn ExecutionPlan>) -> Option<&HashJoinExec> {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return projection
            .expr()
            .iter()
            .all(|expr| place(&expr.expr).is_some())
            .then(|| inner(projection.input()))?;
    }
    plan.downcast_ref::<HashJoinExec>().filter(|join| {
        *join.join_type() == JoinType::Inner
            && join.null_equality() == NullEquality::NullEqualsNothing
            && plan.fetch().is_none()
    })
}

fn place(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

/// The expression with each column at the number that stands in its place.
fn renumbered(expr: &Arc<dyn PhysicalExpr>, numbers: &[usize]) -> Option<Arc<dyn PhysicalExpr>> {
    replaced(expr, |index| numbers.get(index).copied())
}

/// The expression with each column at the place of its number.
fn renumbered_back(expr: &Arc<dyn PhysicalExpr>, numbers: &[usize]) -> Option<Arc<dyn PhysicalExpr>> {
    replaced(expr, |number| numbers.iter().position(|one| *one == number))
}

fn replaced(
    expr: &Arc<dyn PhysicalExpr>,
    to: impl Fn(usize) -> Option<usize>,
) -> Option<Arc<dyn PhysicalExpr>> {
    let moved = |expr: Arc<dyn PhysicalExpr>| {
        let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
        let index =
            to(column.index()).ok_or_else(|| internal_datafusion_err!("column {column} is not there"))?;
        Ok(Transformed::yes(Arc::new(Column::new(column.name(), index)) as Arc<dyn PhysicalExpr>))
    };
    Arc::clone(expr).transform_up(moved).ok().map(|transformed| transformed.data)
}

/// The expression with each column under the name it has in the schema.
fn named(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    let renamed = |expr: Arc<dyn PhysicalExpr>| {
        let Some(index) = place(&expr) else { return Ok(Transformed::no(expr)) };
        let name = schema.fields().get(index).map_or("", |field| field.name());
        Ok(Transformed::yes(Arc::new(Column::new(name, index)) as Arc<dyn PhysicalExpr>))
    };
    Arc::clone(expr).transform_up(renamed).map(|transformed| transformed.data)
}

/// The conditions as the filter of a join between these sides.
fn join_filter(
    filters: &[&Part],
    (left_columns, left): (&[usize], &Arc<dyn ExecutionPlan>),
    (right_columns, right): (&[usize], &Arc<dyn ExecutionPlan>),
) -> Result<Option<JoinFilter>> {
    let Some(all) = filters
        .iter()
        .map(|part| Arc::clone(&part.expr))
        .reduce(|one, other| Arc::new(BinaryExpr::new(one, Operator::And, other)))
    else {
        return Ok(None);
    };
    let mut needed: Vec<usize> = filters.iter().flat_map(|part| part.columns.iter().copied()).collect();
    needed.sort_unstable();
    needed.dedup();
    let missing = || internal_datafusion_err!("a join's condition names a column that is not there");
    let (mut places, mut fields) = (Vec::new(), Vec::new());
    for column in &needed {
        let side = |columns: &[usize]| columns.iter().position(|one| one == column);
        let (index, side, schema) = match (side(left_columns), side(right_columns)) {
            (Some(index), _) => (index, JoinSide::Left, left.schema()),
            (_, Some(index)) => (index, JoinSide::Right, right.schema()),
            _ => return Err(missing()),
        };
        fields.push(Arc::clone(schema.fields().get(index).ok_or_else(missing)?));
        places.push(ColumnIndex { index, side });
    }
    let schema = Arc::new(Schema::new(fields));
    let expr = named(&renumbered_back(&all, &needed).ok_or_else(missing)?, &schema)?;
    Ok(Some(JoinFilter::new(expr, places, schema)))
}
