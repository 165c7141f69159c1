//! How many rows an operator will give, and how many different values are in its columns: rough, from what the
//! catalog knows, and good enough to choose between orders of joins.
//!
//! Selectivities and the estimate of a join's rows follow System R (Selinger et al., Access Path Selection in a
//! Relational Database Management System, 1979); how many distinct values are left among fewer rows follows Yao
//! (Approximating Block Accesses in Database Organizations, 1977).

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, JoinType, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NotExpr,
};
use datafusion::physical_expr::split_conjunction;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, JoinOnRef, NestedLoopJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

/// Share of rows that a comparison lets through of which nothing is known.
const UNKNOWN: f64 = 1.0 / 3.0;
/// The same for a pattern.
const PATTERN: f64 = 0.1;
/// Rows of what cannot be estimated.
const SOME: f64 = 1e5;

/// What is expected of an operator's rows.
#[derive(Clone, Debug)]
pub(super) struct Estimate {
    pub(super) rows: f64,
    columns: Vec<Values>,
}

/// What is expected of a column's values.
#[derive(Clone, Copy, Debug)]
struct Values {
    distinct: f64,
    /// How many there were before any were left out.
    domain: f64,
    /// The least and the greatest, of what can be put on a line.
    range: Option<(f64, f64)>,
}

impl Estimate {
    /// Of what comes out of this operator.
    pub(super) fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        if let Some(filter) = plan.downcast_ref::<FilterExec>() {
            let kept = Self::of(filter.input()).filtered(filter.predicate());
            return match filter.projection() {
                Some(columns) => kept.projected(columns.iter().map(|column| Some(*column))),
                None => kept,
            };
        }
        if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
            let places = projection.expr().iter().map(|expr| place(&expr.expr));
            return Self::of(projection.input()).projected(places);
        }
        if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
            return Self::grouped(&Self::of(aggregate.input()), aggregate, plan.schema().fields().len());
        }
        if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
            let joined = Self::of(join.left()).joined(&Self::of(join.right()), join.on(), *join.join_type());
            let joined = match join.filter() {
                Some(_) if *join.join_type() == JoinType::Inner => joined.filtered_by_unknown(),
                _ => joined,
            };
            return match &join.projection {
                Some(columns) => joined.projected(columns.iter().map(|column| Some(*column))),
                None => joined,
            };
        }
        if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
            return Self::of(join.left()).joined(&Self::of(join.right()), &[], JoinType::Inner);
        }
        if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
            let all = Self::of(join.left()).joined(&Self::of(join.right()), &[], *join.join_type());
            return Self::unknown(all.scaled(UNKNOWN).rows, plan.schema().fields().len());
        }
        if let Some(union) = plan.downcast_ref::<UnionExec>() {
            return union
                .inputs()
                .iter()
                .map(Self::of)
                .reduce(|one, other| one.beside(&other))
                .unwrap_or_else(|| Self::unknown(0.0, plan.schema().fields().len()));
        }
        match plan.children().as_slice() {
            [] => Self::measured(plan),
            [input] => {
                let input = Self::of(input);
                let columns = plan.schema().fields().len();
                let rows = plan.fetch().map_or(input.rows, |fetch| input.rows.min(fetch as f64));
                match input.columns.len() == columns {
                    true => input.with_rows(rows),
                    false => Self::unknown(rows, columns),
                }
            }
            inputs => {
                let rows = inputs.iter().map(|input| Self::of(input).rows).fold(0.0, f64::max);
                Self::unknown(rows, plan.schema().fields().len())
            }
        }
    }

    fn unknown(rows: f64, columns: usize) -> Self {
        Self { rows, columns: vec![Values::unknown(rows); columns] }
    }

    /// From the statistics of a source.
    fn measured(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let schema = plan.schema();
        let Ok(stats) = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()) else {
            return Self::unknown(SOME, schema.fields().len());
        };
        let rows = stats.num_rows.get_value().map_or(SOME, |rows| *rows as f64);
        let columns = schema.fields().iter().enumerate().map(|(index, field)| {
            Values::measured(stats.column_statistics.get(index), field.data_type(), rows)
        });
        Self { rows, columns: columns.collect() }
    }

    /// Those of the rows for which the predicate is true.
    fn filtered(self, predicate: &Arc<dyn PhysicalExpr>) -> Self {
        let mut share = 1.0;
        let mut ranges: Vec<Option<(f64, f64)>> = vec![None; self.columns.len()];
        let mut single = Vec::new();
        for part in split_conjunction(predicate) {
            if let Some((column, Operator::Eq, _)) = compared(part) {
                single.push(column);
            }
            if let Some((column, op, value)) = compared(part)
                && let Some(values) = self.columns.get(column)
                && let (Some(range), Some(value), Some(now)) =
                    (values.range, on_a_line(value), ranges.get_mut(column))
            {
                // Bounds of one column are one range, whatever stands between them.
                let (least, greatest) = now.unwrap_or(range);
                match op {
                    Operator::Lt | Operator::LtEq => *now = Some((least, greatest.min(value))),
                    Operator::Gt | Operator::GtEq => *now = Some((least.max(value), greatest)),
                    _ => share *= self.share(part),
                }
                continue;
            }
            share *= self.share(part);
        }
        for (values, range) in self.columns.iter().zip(&ranges) {
            if let (Some((least, greatest)), Some((from, to))) = (values.range, range) {
                let width = (greatest - least).max(1.0);
                share *= ((to - from).max(0.0) / width).clamp(1.0 / values.distinct.max(1.0), 1.0);
            }
        }
        let mut kept = self.scaled(share);
        for (values, range) in kept.columns.iter_mut().zip(ranges) {
            values.range = range.or(values.range);
        }
        for column in single {
            if let Some(values) = kept.columns.get_mut(column) {
                values.distinct = 1.0;
            }
        }
        kept
    }

    /// The share of rows for which a condition is true.
    fn share(&self, condition: &Arc<dyn PhysicalExpr>) -> f64 {
        let distinct =
            |expr: &Arc<dyn PhysicalExpr>| Some(self.columns.get(place(uncast(expr))?)?.distinct.max(1.0));
        if let Some(binary) = condition.downcast_ref::<BinaryExpr>() {
            let (left, right) = (binary.left(), binary.right());
            let most = || {
                [left, right]
                    .into_iter()
                    .filter_map(distinct)
                    .fold(None, |most: Option<f64>, one| Some(most.map_or(one, |most| most.max(one))))
            };
            return match binary.op() {
                Operator::And => self.share(left) * self.share(right),
                Operator::Or => {
                    let (one, other) = (self.share(left), self.share(right));
                    one + other - one * other
                }
                Operator::Eq => most().map_or(UNKNOWN, |distinct| 1.0 / distinct),
                Operator::NotEq => most().map_or(1.0 - UNKNOWN, |distinct| 1.0 - 1.0 / distinct),
                _ => UNKNOWN,
            };
        }
        if let Some(list) = condition.downcast_ref::<InListExpr>() {
            let found =
                distinct(list.expr()).map_or(UNKNOWN, |distinct| list.len() as f64 / distinct).min(1.0);
            return if list.negated() { 1.0 - found } else { found };
        }
        if let Some(like) = condition.downcast_ref::<LikeExpr>() {
            return if like.negated() { 1.0 - PATTERN } else { PATTERN };
        }
        if let Some(not) = condition.downcast_ref::<NotExpr>() {
            return 1.0 - self.share(not.arg());
        }
        if let Some(Literal { .. }) = condition.downcast_ref::<Literal>() {
            return 1.0;
        }
        match (condition.is::<IsNullExpr>(), condition.is::<IsNotNullExpr>()) {
            (true, _) => PATTERN,
            (_, true) => 1.0 - PATTERN,
            _ => UNKNOWN,
        }
    }

    /// Those of the rows for which a condition is true of which nothing is known.
    pub(super) fn filtered_by_unknown(self) -> Self {
        self.scaled(UNKNOWN)
    }

    fn scaled(self, share: f64) -> Self {
        let rows = self.rows * share;
        self.with_rows(rows)
    }

    /// With so many rows instead, and as many distinct values as are likely among them.
    fn with_rows(mut self, rows: f64) -> Self {
        if rows < self.rows {
            for values in &mut self.columns {
                let each = self.rows / values.distinct.max(1.0);
                let found = 1.0 - (1.0 - rows / self.rows).powf(each);
                values.distinct = (values.distinct * found).clamp(1.0, rows.max(1.0));
            }
        }
        self.rows = rows;
        self
    }

    /// With these of its columns; nothing is known of a place that has none.
    pub(super) fn projected(&self, places: impl Iterator<Item = Option<usize>>) -> Self {
        let unknown = Values::unknown(self.rows);
        let columns =
            places.map(|place| place.and_then(|place| self.columns.get(place)).copied().unwrap_or(unknown));
        Self { rows: self.rows, columns: columns.collect() }
    }

    /// One row for each combination of keys that is likely to be there.
    fn grouped(&self, aggregate: &AggregateExec, columns: usize) -> Self {
        let keys: Vec<Values> = aggregate
            .group_expr()
            .expr()
            .iter()
            .map(|(expr, _)| {
                let known = place(expr).and_then(|place| self.columns.get(place)).copied();
                known.unwrap_or(Values::unknown(self.rows.sqrt()))
            })
            .collect();
        let rows = keys.iter().map(|key| key.distinct).product::<f64>().min(self.rows);
        let mut grouped = Self::unknown(rows, columns);
        for (values, key) in grouped.columns.iter_mut().zip(keys) {
            *values = Values { distinct: key.distinct.min(rows.max(1.0)), ..key };
        }
        grouped
    }

    fn beside(&self, other: &Self) -> Self {
        let columns = self.columns.iter().zip(&other.columns).map(|(one, other)| Values {
            distinct: one.distinct.max(other.distinct),
            domain: one.domain.max(other.domain),
            range: one.range.zip(other.range).map(|(one, other)| (one.0.min(other.0), one.1.max(other.1))),
        });
        Self { rows: self.rows + other.rows, columns: columns.collect() }
    }

    /// The two joined where their keys are equal.
    pub(super) fn joined(&self, right: &Self, on: JoinOnRef<'_>, kind: JoinType) -> Self {
        let values = |side: &Self, key: &Arc<dyn PhysicalExpr>| {
            let known = place(uncast(key)).and_then(|place| side.columns.get(place)).copied();
            known.unwrap_or(Values::unknown(side.rows))
        };
        let keys: Vec<(Values, Values)> =
            on.iter().map(|(one, other)| (values(self, one), values(right, other))).collect();
        let mut shared: Vec<f64> = keys.iter().map(|(one, other)| one.shared(other)).collect();
        shared.sort_by(|one, other| other.total_cmp(one));
        // Keys of several columns are not independent: each further one counts for less.
        let shared = shared.iter().zip([1.0, 0.5, 0.25]).map(|(values, weight)| values.powf(weight));
        let inner = self.rows * right.rows / shared.product::<f64>().max(1.0);
        // A semi join keeps as many of the keys as the other side has, if it has them at all.
        let met = keys.iter().map(|(one, other)| {
            let shared = one.shared(other);
            ((other.distinct / shared).min(1.0), (one.distinct / shared).min(1.0))
        });
        let met = met.fold((1.0_f64, 1.0_f64), |all, key| (all.0.min(key.0), all.1.min(key.1)));
        let (left_kept, right_kept) = (self.rows * met.0, right.rows * met.1);
        let both = |rows: f64| {
            let rows_of = |side: &Self| side.clone().with_rows(side.rows.min(rows)).columns;
            Self { rows, columns: rows_of(self).into_iter().chain(rows_of(right)).collect() }
        };
        match kind {
            JoinType::Inner => both(inner),
            JoinType::Left => both(inner.max(self.rows)),
            JoinType::Right => both(inner.max(right.rows)),
            JoinType::Full => both(inner.max(self.rows + right.rows)),
            JoinType::LeftSemi => self.clone().with_rows(left_kept),
            JoinType::RightSemi => right.clone().with_rows(right_kept),
            JoinType::LeftAnti => self.clone().with_rows((self.rows - left_kept).max(self.rows * PATTERN)),
            JoinType::RightAnti => {
                right.clone().with_rows((right.rows - right_kept).max(right.rows * PATTERN))
            }
            JoinType::LeftMark => self.marked(),
            JoinType::RightMark => right.marked(),
        }
    }

    fn marked(&self) -> Self {
        let mut marked = self.clone();
        marked.columns.push(Values::unknown(2.0));
        marked
    }
}

impl Values {
    fn unknown(rows: f64) -> Self {
        Self { distinct: rows.max(1.0), domain: rows.max(1.0), range: None }
    }

    /// How many values two columns would share if nothing had been left out of either: all that are in both ranges,
    /// or all of the smaller where that is not known.
    fn shared(&self, other: &Self) -> f64 {
        let within = |values: &Self, (from, to): (f64, f64)| {
            let (least, greatest) = values.range.unwrap_or((from, to));
            let width = (greatest - least).max(1.0);
            values.domain * ((to.min(greatest) - from.max(least)).max(0.0) / width).clamp(1.0 / width, 1.0)
        };
        match self.range.zip(other.range) {
            Some((one, another)) => within(self, another).min(within(other, one)).max(1.0),
            None => self.domain.max(other.domain),
        }
    }

    fn measured(stats: Option<&ColumnStatistics>, data_type: &DataType, rows: f64) -> Self {
        let bound = |value: &Precision<ScalarValue>| value.get_value().and_then(on_a_line);
        let range = stats.and_then(|stats| bound(&stats.min_value).zip(bound(&stats.max_value)));
        let known = stats.and_then(|stats| stats.distinct_count.get_value()).map(|distinct| *distinct as f64);
        let distinct = known.unwrap_or_else(|| match (data_type, range) {
            (DataType::Boolean, _) => 2.0,
            (float, _) if float.is_floating() => rows,
            (
                DataType::Decimal32(_, scale)
                | DataType::Decimal64(_, scale)
                | DataType::Decimal128(_, scale),
                Some((from, to)),
            ) => (to - from) * 10_f64.powi(i32::from(*scale)) + 1.0,
            (_, Some((from, to))) => to - from + 1.0,
            _ => rows,
        });
        let distinct = distinct.clamp(1.0, rows.max(1.0));
        Self { distinct, domain: distinct, range }
    }
}

/// A comparison of a column with a value: the column, the operator as if the column stood first, the value.
fn compared(expr: &Arc<dyn PhysicalExpr>) -> Option<(usize, Operator, &ScalarValue)> {
    let binary = expr.downcast_ref::<BinaryExpr>()?;
    let literal = |expr: &'_ Arc<dyn PhysicalExpr>| expr.is::<Literal>();
    let (column, op, value) = match (literal(binary.left()), literal(binary.right())) {
        (false, true) => (binary.left(), *binary.op(), binary.right()),
        (true, false) => (binary.right(), binary.op().swap()?, binary.left()),
        _ => return None,
    };
    Some((place(uncast(column))?, op, value.downcast_ref::<Literal>()?.value()))
}

fn place(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

fn uncast(expr: &Arc<dyn PhysicalExpr>) -> &Arc<dyn PhysicalExpr> {
    expr.downcast_ref::<CastExpr>().map_or(expr, |cast| uncast(cast.expr()))
}

/// The value as a number that keeps its order and its distances.
fn on_a_line(value: &ScalarValue) -> Option<f64> {
    if value.data_type().is_string() || value.data_type() == DataType::Boolean {
        return None;
    }
    let value = match value {
        ScalarValue::Decimal32(..) | ScalarValue::Decimal64(..) | ScalarValue::Decimal128(..) => {
            value.cast_to(&DataType::Float64).ok()?
        }
        _ if value.data_type().is_floating() => value.cast_to(&DataType::Float64).ok()?,
        _ => value.cast_to(&DataType::Int64).and_then(|value| value.cast_to(&DataType::Float64)).ok()?,
    };
    match value {
        ScalarValue::Float64(number) => number,
        _ => None,
    }
}
