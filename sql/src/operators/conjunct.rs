//! One condition of several that a row must meet, what it costs, and how many rows it lets through.

use std::ops::BitAnd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, BooleanArray, BooleanBufferBuilder};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue, internal_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NotExpr,
};
use datafusion::physical_expr::utils::collect_columns;

/// Of how many rows one must be left for a condition to be worth trying on those alone.
const FEW: usize = 4;
/// Nanoseconds a row from which copying the rows that are left pays.
const DEAR: f64 = 1.5;
/// Rows after which what was measured of a condition is believed.
const LEARNT: u64 = 32 << 10;
/// Share of rows that a condition which is no more than a hint may let through and still be tried.
const HINT: f64 = 0.8;

/// A condition and what was seen of it.
#[derive(Debug)]
pub(super) struct Conjunct {
    expr: Arc<dyn PhysicalExpr>,
    columns: Vec<usize>,
    /// Whether rows it is not asked about could make it fail: then it keeps its place and sees no others.
    fallible: bool,
    /// Whether the answer is right without it.
    hint: bool,
    asked: u64,
    kept: u64,
    took: Duration,
}

impl Conjunct {
    /// Over rows of this schema.
    pub(super) fn new(expr: &Arc<dyn PhysicalExpr>, hint: bool, schema: &Schema) -> Result<Self> {
        let mut columns: Vec<usize> = collect_columns(expr).iter().map(Column::index).collect();
        columns.sort_unstable();
        columns.dedup();
        Ok(Self {
            fallible: !hint && !safe(expr, schema),
            expr: at_places(expr, &columns)?,
            columns,
            hint,
            asked: 0,
            kept: 0,
            took: Duration::ZERO,
        })
    }

    /// Where it belongs in the order of trying: what it costs to drop one row by it. Those that may fail come
    /// last, in the order they were written.
    pub(super) fn rank(&self) -> f64 {
        if self.fallible {
            return f64::INFINITY;
        }
        self.nanos() / (1.0 - self.passed()).max(1e-3)
    }

    /// Whether it is a hint that drops too little to be worth its time.
    pub(super) fn idle(&self) -> bool {
        self.hint && self.asked > LEARNT && self.passed() > HINT
    }

    /// Whether the answer is right without it.
    pub(super) fn is_hint(&self) -> bool {
        self.hint
    }

    /// Those of the rows in `left` for which it is true.
    pub(super) fn narrow(
        &mut self,
        batch: &RecordBatch,
        left: Option<BooleanBuffer>,
    ) -> Result<BooleanBuffer> {
        let began = Instant::now();
        let rows = batch.num_rows();
        let count = left.as_ref().map_or(rows, BooleanBuffer::count_set_bits);
        let input = batch.project(&self.columns)?;
        let few =
            count < rows && (self.fallible || (count.saturating_mul(FEW) < rows && self.nanos() > DEAR));
        let (asked, kept) = match left {
            Some(left) if few => {
                let some = filter_record_batch(&input, &BooleanArray::new(left.clone(), None))?;
                (count, spread(&left, &self.truth(&some)?)?)
            }
            Some(left) => (rows, self.truth(&input)?.bitand(&left)),
            None => (rows, self.truth(&input)?),
        };
        self.asked = self.asked.saturating_add(asked as u64);
        // What is left of those that were left is its share, however many it was tried on.
        let share = kept.count_set_bits() as f64 / count.max(1) as f64;
        self.kept = self.kept.saturating_add((share * asked as f64) as u64);
        self.took = self.took.saturating_add(began.elapsed());
        Ok(kept)
    }

    /// Where it is true; null is not.
    fn truth(&self, batch: &RecordBatch) -> Result<BooleanBuffer> {
        match self.expr.evaluate(batch)? {
            ColumnarValue::Scalar(ScalarValue::Boolean(value)) => Ok(match value {
                Some(true) => BooleanBuffer::new_set(batch.num_rows()),
                _ => BooleanBuffer::new_unset(batch.num_rows()),
            }),
            ColumnarValue::Scalar(value) => {
                Err(internal_datafusion_err!("a condition must be true or false, not {value}"))
            }
            ColumnarValue::Array(array) => {
                let array = as_boolean_array(&array)?;
                Ok(match array.nulls() {
                    Some(valid) => array.values().bitand(valid.inner()),
                    None => array.values().clone(),
                })
            }
        }
    }

    fn nanos(&self) -> f64 {
        match self.asked > LEARNT {
            true => self.took.as_nanos() as f64 / self.asked as f64,
            false => guess(&self.expr),
        }
    }

    fn passed(&self) -> f64 {
        match self.asked > LEARNT {
            true => self.kept as f64 / self.asked as f64,
            false => 0.5,
        }
    }
}

/// The expression over the columns it needs alone. Columns go by place: names may come twice.
fn at_places(expr: &Arc<dyn PhysicalExpr>, columns: &[usize]) -> Result<Arc<dyn PhysicalExpr>> {
    let moved = |expr: Arc<dyn PhysicalExpr>| {
        let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
        let place = columns
            .binary_search(&column.index())
            .map_err(|_| internal_datafusion_err!("column {column} of a condition was not found"))?;
        Ok(Transformed::yes(Arc::new(Column::new(column.name(), place)) as Arc<dyn PhysicalExpr>))
    };
    Arc::clone(expr).transform_up(moved).map(|transformed| transformed.data)
}

/// The bits of `some`, one for each set bit of `left`, at the places of those.
fn spread(left: &BooleanBuffer, some: &BooleanBuffer) -> Result<BooleanBuffer> {
    let mut all = BooleanBufferBuilder::new(left.len());
    all.append_n(left.len(), false);
    for (place, kept) in left.set_indices().zip(some) {
        if kept {
            all.set_bit(place, true);
        }
    }
    Ok(all.finish())
}

/// Whether no row can make it fail.
fn safe(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    let widens = |cast: &CastExpr| {
        let from = cast.expr().data_type(schema);
        from.is_ok_and(|from| CastExpr::check_bigger_cast(cast.cast_type(), &from))
    };
    let plain = match expr.downcast_ref::<BinaryExpr>() {
        Some(binary) => matches!(
            binary.op(),
            Operator::And
                | Operator::Or
                | Operator::Eq
                | Operator::NotEq
                | Operator::Lt
                | Operator::LtEq
                | Operator::Gt
                | Operator::GtEq
                | Operator::IsDistinctFrom
                | Operator::IsNotDistinctFrom
        ),
        None => {
            expr.is::<Column>()
                || expr.is::<Literal>()
                || expr.is::<NotExpr>()
                || expr.is::<IsNullExpr>()
                || expr.is::<IsNotNullExpr>()
                || expr.is::<InListExpr>()
                || expr.is::<LikeExpr>()
                || expr.downcast_ref::<CastExpr>().is_some_and(widens)
        }
    };
    plain && expr.children().into_iter().all(|child| safe(child, schema))
}

/// Nanoseconds a row, before any was measured.
fn guess(expr: &Arc<dyn PhysicalExpr>) -> f64 {
    let own = match expr.downcast_ref::<BinaryExpr>() {
        Some(binary) if matches!(binary.op(), Operator::And | Operator::Or) => 0.1,
        Some(_) => 0.5,
        None if expr.is::<Column>() || expr.is::<Literal>() => 0.0,
        None => 5.0,
    };
    expr.children().into_iter().map(guess).sum::<f64>() + own
}
