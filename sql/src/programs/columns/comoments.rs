//! Covariance and correlation as Polars has them: a group of which no row has both values has none, and there is no
//! correlation, but NaN, where a column has one value. DataFusion's correlation is null there, and adds up squares, of
//! which little is left where the values lie far from zero.
//!
//! The algorithm: Schubert and Gertz, *Numerically stable parallel computation of (co-)variance*, 2018.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};

/// What is made of two columns of doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Comoment {
    /// The covariance, of so many values fewer than there are; null where that leaves none.
    Covariance(u8),
    /// Pearson's correlation.
    Correlation,
}

impl Comoment {
    pub(super) fn udaf(self) -> Arc<AggregateUDF> {
        let signature = Signature::exact(vec![DataType::Float64; 2], Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(Function { of: self, signature }))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    of: Comoment,
    signature: Signature,
}

impl AggregateUDFImpl for Function {
    fn name(&self) -> &str {
        match self.of {
            Comoment::Covariance(_) => "covariance",
            Comoment::Correlation => "correlation",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let field = |part| Arc::new(Field::new(format!("{}[{part}]", args.name), DataType::Float64, false));
        Ok(Moments::PARTS.map(field).to_vec())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One { of: self.of, moments: Moments::default() }))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many { of: self.of, moments: Vec::new() }))
    }
}

/// How pairs of numbers lie around their means.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    x: f64,
    y: f64,
    /// Sums of products of how far each lies from its mean.
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Moments {
    const PARTS: [&str; 6] = ["count", "x", "y", "xx", "xy", "yy"];

    fn one(x: f64, y: f64) -> Self {
        Self { count: 1.0, x, y, ..Self::default() }
    }

    fn parts(self) -> [f64; 6] {
        let Self { count, x, y, xx, xy, yy } = self;
        [count, x, y, xx, xy, yy]
    }

    /// With those of other pairs.
    fn with(self, other: Self) -> Self {
        if self.count == 0.0 || other.count == 0.0 {
            return if self.count == 0.0 { other } else { self };
        }
        let count = self.count + other.count;
        let share = other.count / count;
        let (by_x, by_y) = (other.x - self.x, other.y - self.y);
        let (x, y) = (self.x + by_x * share, self.y + by_y * share);
        let (from_x, from_y) = (other.count * (other.x - x), other.count * (other.y - y));
        Self {
            count,
            x,
            y,
            xx: self.xx + other.xx + from_x * by_x,
            xy: self.xy + other.xy + from_x * by_y,
            yy: self.yy + other.yy + from_y * by_y,
        }
    }

    fn answer(self, of: Comoment) -> Option<f64> {
        match of {
            Comoment::Covariance(ddof) => {
                let count = self.count - f64::from(ddof);
                (count > 0.0).then(|| self.xy / count)
            }
            Comoment::Correlation => {
                let spread = self.xx * self.yy;
                let found = if spread > 0.0 { self.xy / spread.sqrt() } else { f64::NAN };
                (self.count > 0.0).then_some(found)
            }
        }
    }
}

/// Of each row that has both values, its number and they.
fn pairs(values: &[ArrayRef], mut each: impl FnMut(usize, Moments)) {
    let [x, y] = values else { return };
    let (x, y) = (x.as_primitive::<Float64Type>(), y.as_primitive::<Float64Type>());
    let values = x.values().iter().zip(y.values()).enumerate();
    if x.null_count() == 0 && y.null_count() == 0 {
        values.for_each(|(row, (x, y))| each(row, Moments::one(*x, *y)));
    } else {
        values
            .filter(|(row, _)| x.is_valid(*row) && y.is_valid(*row))
            .for_each(|(row, (x, y))| each(row, Moments::one(*x, *y)));
    }
}

/// Of each row of a state, its number and what it is of.
fn states(values: &[ArrayRef], mut each: impl FnMut(usize, Moments)) {
    let [count, x, y, xx, xy, yy] = values else { return };
    let [count, x, y, xx, xy, yy] =
        [count, x, y, xx, xy, yy].map(|part| part.as_primitive::<Float64Type>().values().iter());
    let rows = count.zip(x).zip(y).zip(xx).zip(xy).zip(yy).enumerate();
    rows.for_each(|(row, (((((count, x), y), xx), xy), yy))| {
        each(row, Moments { count: *count, x: *x, y: *y, xx: *xx, xy: *xy, yy: *yy });
    });
}

/// States, a row each.
fn columns(moments: &[Moments]) -> Vec<ArrayRef> {
    let mut columns: [Vec<f64>; 6] = Default::default();
    for moments in moments {
        columns.iter_mut().zip(moments.parts()).for_each(|(column, part)| column.push(part));
    }
    columns.map(|column| Arc::new(Float64Array::from(column)) as ArrayRef).to_vec()
}

/// All rows.
#[derive(Debug)]
struct One {
    of: Comoment,
    moments: Moments,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        pairs(values, |_, pair| self.moments = self.moments.with(pair));
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        states(values, |_, moments| self.moments = self.moments.with(moments));
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self.moments.parts().map(ScalarValue::from).to_vec())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.moments.answer(self.of)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The rows of many groups.
struct Many {
    of: Comoment,
    moments: Vec<Moments>,
}

impl Many {
    /// Adds what a row is to its group.
    fn add(&mut self, group: Option<&usize>, more: Moments) {
        if let Some(moments) = group.and_then(|group| self.moments.get_mut(*group)) {
            *moments = moments.with(more);
        }
    }
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.moments.resize(total, Moments::default());
        let is_wanted = |row| filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        pairs(values, |row, pair| {
            if is_wanted(row) {
                self.add(groups.get(row), pair);
            }
        });
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.moments.resize(total, Moments::default());
        states(values, |row, moments| self.add(groups.get(row), moments));
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let answers = emit.take_needed(&mut self.moments).into_iter().map(|moments| moments.answer(self.of));
        Ok(Arc::new(answers.collect::<Float64Array>()))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(columns(&emit.take_needed(&mut self.moments)))
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let mut each = Self { of: self.of, moments: Vec::new() };
        each.update_batch(values, &(0..rows).collect::<Vec<_>>(), filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.moments.capacity().saturating_mul(size_of::<Moments>())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn far_from_zero_nothing_is_lost() {
        let mut one = One { of: Comoment::Correlation, moments: Moments::default() };
        let x: Vec<f64> = (0..1000).map(|row| 1e12 + f64::from(row)).collect();
        let y: Vec<f64> = (0..1000).map(|row| 1e12 - f64::from(row)).collect();
        let column = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        let mut whole = Moments::default();
        for rows in [0..1, 1..400, 400..400, 400..1000] {
            one.update_batch(&[column(&x[rows.clone()]), column(&y[rows.clone()])]).unwrap();
            let mut part = Moments::default();
            pairs(&[column(&x[rows.clone()]), column(&y[rows])], |_, pair| part = part.with(pair));
            whole = whole.with(part);
        }
        assert!((one.moments.answer(Comoment::Correlation).unwrap() + 1.0).abs() < 1e-12);
        assert!((whole.answer(Comoment::Correlation).unwrap() + 1.0).abs() < 1e-12);
        assert!((whole.answer(Comoment::Covariance(0)).unwrap() + 83_333.25).abs() < 1e-3);
    }
}
