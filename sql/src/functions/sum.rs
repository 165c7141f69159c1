//! `sum` of whole numbers that says where it grows out of its type. DataFusion's own wraps around there.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowNumericType, AsArray, BooleanArray, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::sum_checked;
use arrow::datatypes::{DataType, FieldRef, Int64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, EmitTo, Expr, GroupsAccumulator, Operator, ReversedUDAF,
    Signature, StatisticsArgs,
};
use pantile_core::Code;

use crate::Error;

/// DataFusion's `sum`, with accumulators of ours for 64-bit integers, to which all others are widened.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CheckedSum {
    inner: Sum,
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        match (args.is_distinct, args.return_field.data_type()) {
            (false, DataType::Int64) => Ok(Box::new(Whole::<Int64Type>::default())),
            (false, DataType::UInt64) => Ok(Box::new(Whole::<UInt64Type>::default())),
            _ => self.inner.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        match (args.is_distinct, args.return_field.data_type()) {
            (false, DataType::Int64) => Ok(Box::new(Whole::<Int64Type>::default())),
            (false, DataType::UInt64) => Ok(Box::new(Whole::<UInt64Type>::default())),
            _ => self.inner.create_sliding_accumulator(args),
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        match args.return_field.data_type() {
            DataType::Int64 => Ok(Box::new(Wholes::<Int64Type>::default())),
            DataType::UInt64 => Ok(Box::new(Wholes::<UInt64Type>::default())),
            _ => self.inner.create_groups_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.inner.reverse_expr()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn simplify_expr_op_literal(
        &self,
        function: &AggregateFunction,
        arg: &Expr,
        op: Operator,
        lit: &Expr,
        arg_is_left: bool,
    ) -> Result<Option<Expr>> {
        self.inner.simplify_expr_op_literal(function, arg, op, lit, arg_is_left)
    }

    fn value_from_stats(&self, args: &StatisticsArgs<'_>) -> Option<ScalarValue> {
        self.inner.value_from_stats(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

fn too_large(data_type: &DataType) -> datafusion::common::DataFusionError {
    let said = format!("a sum does not fit its type {data_type}");
    let hint = "cast what is summed: `sum(x::decimal(38, 0))`";
    Error::new(Code::InvalidValue, said).hinted(Some(hint.to_owned())).carried()
}

/// One sum, kept with twice the bits.
struct Whole<T> {
    sum: i128,
    count: u64,
    of: std::marker::PhantomData<fn(T)>,
}

impl<T> Default for Whole<T> {
    fn default() -> Self {
        Self { sum: 0, count: 0, of: std::marker::PhantomData }
    }
}

impl<T> fmt::Debug for Whole<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whole({} of {})", self.sum, self.count)
    }
}

impl<T> Whole<T>
where
    T: ArrowNumericType,
    T::Native: Into<i128> + TryFrom<i128>,
{
    /// The sum of a batch and how many values it has.
    fn of(values: &[ArrayRef]) -> (i128, u64) {
        let Some(values) = values.first() else { return (0, 0) };
        let values = values.as_primitive::<T>();
        let count = values.len().saturating_sub(values.null_count()) as u64;
        // A batch that fits is the rule, and adds up fast.
        let sum = match sum_checked(values) {
            Ok(sum) => sum.map_or(0, Into::into),
            Err(_) => values.iter().flatten().map(Into::into).sum(),
        };
        (sum, count)
    }
}

impl<T> Accumulator for Whole<T>
where
    T: ArrowNumericType,
    T::Native: Into<i128> + TryFrom<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = Self::of(values);
        // 128 bits hold the sum of as many values as can be counted.
        (self.sum, self.count) = (self.sum.wrapping_add(sum), self.count.saturating_add(count));
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = Self::of(values);
        (self.sum, self.count) = (self.sum.wrapping_sub(sum), self.count.saturating_sub(count));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = T::Native::try_from(self.sum).map_err(|_| too_large(&T::DATA_TYPE))?;
        ScalarValue::new_primitive::<T>((self.count > 0).then_some(sum), &T::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sums of many groups.
struct Wholes<T: ArrowNumericType> {
    sums: Vec<T::Native>,
    /// Whether each group has a value.
    seen: Vec<bool>,
    /// Whether one of the sums did not fit.
    over: bool,
}

impl<T: ArrowNumericType> Default for Wholes<T> {
    fn default() -> Self {
        Self { sums: Vec::new(), seen: Vec::new(), over: false }
    }
}

impl<T: ArrowNumericType> GroupsAccumulator for Wholes<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.sums.resize(total, T::default_value());
        self.seen.resize(total, false);
        let Some(values) = values.first() else { return Ok(()) };
        let values = values.as_primitive::<T>();
        let (sums, seen, mut over) = (&mut self.sums, &mut self.seen, false);
        let mut add = |group: usize, value: T::Native| {
            if let (Some(sum), Some(seen)) = (sums.get_mut(group), seen.get_mut(group)) {
                match sum.add_checked(value) {
                    Ok(more) => *sum = more,
                    Err(_) => over = true,
                }
                *seen = true;
            }
        };
        match filtered(values, filter) {
            None => groups.iter().zip(values.values()).for_each(|(group, value)| add(*group, *value)),
            Some(nulls) => {
                let rows = groups.iter().zip(values.values()).zip(nulls.iter());
                rows.filter(|(_, valid)| *valid).for_each(|((group, value), _)| add(*group, *value));
            }
        }
        self.over |= over;
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.update_batch(values, groups, None, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        if self.over {
            return Err(too_large(&T::DATA_TYPE));
        }
        let nulls = NullBuffer::from(emit.take_needed(&mut self.seen));
        let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
        Ok(Arc::new(PrimitiveArray::<T>::new(emit.take_needed(&mut self.sums).into(), nulls)))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let state = values.iter().map(|values| {
            let values = values.as_primitive::<T>();
            let nulls = filtered(values, filter);
            Arc::new(PrimitiveArray::<T>::new(values.values().clone(), nulls)) as ArrayRef
        });
        Ok(state.collect())
    }

    fn size(&self) -> usize {
        let sums = self.sums.capacity().saturating_mul(size_of::<T::Native>());
        sums.saturating_add(self.seen.capacity())
    }
}

/// Which values count.
fn filtered<T: ArrowNumericType>(
    values: &PrimitiveArray<T>,
    filter: Option<&BooleanArray>,
) -> Option<NullBuffer> {
    let wanted = filter.map(|filter| match filter.nulls() {
        Some(nulls) => NullBuffer::new(filter.values() & nulls.inner()),
        None => NullBuffer::new(filter.values().clone()),
    });
    NullBuffer::union(values.nulls().filter(|nulls| nulls.null_count() > 0), wanted.as_ref())
}
