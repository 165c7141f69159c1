//! `sum` of whole numbers and of decimals that says where it grows out of its type. DataFusion's own wraps around there.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowNumericType, AsArray, BooleanArray, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::sum_checked;
use arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, FieldRef, Int64Type, UInt64Type,
};
use datafusion::common::{Result, ScalarValue, internal_err};
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

/// DataFusion's `sum`, with accumulators of ours for decimals and for 64-bit integers, to which all others are widened.
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
        match (checked(args.return_field.data_type()), args.is_distinct) {
            (Some(sum), false) => Ok(sum),
            (Some(_), true) => {
                let data_type = args.return_field.data_type().clone();
                Ok(Box::new(Distinct { values: self.inner.accumulator(args)?, data_type }))
            }
            (None, _) => self.inner.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        match checked(args.return_field.data_type()).filter(|_| !args.is_distinct) {
            Some(sum) => Ok(sum),
            None => self.inner.create_sliding_accumulator(args),
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        let data_type = args.return_field.data_type();
        Ok(match data_type {
            DataType::Int64 => Box::new(Sums::<Int64Type>::of(data_type)),
            DataType::UInt64 => Box::new(Sums::<UInt64Type>::of(data_type)),
            DataType::Decimal32(..) => Box::new(Sums::<Decimal32Type>::of(data_type)),
            DataType::Decimal64(..) => Box::new(Sums::<Decimal64Type>::of(data_type)),
            DataType::Decimal128(..) => Box::new(Sums::<Decimal128Type>::of(data_type)),
            DataType::Decimal256(..) => Box::new(Sums::<Decimal256Type>::of(data_type)),
            _ => return self.inner.create_groups_accumulator(args),
        })
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

/// The accumulator of one sum of that type, where it is one of ours.
fn checked(data_type: &DataType) -> Option<Box<dyn Accumulator>> {
    Some(match data_type {
        DataType::Int64 => Box::new(Whole::<Int64Type>::default()),
        DataType::UInt64 => Box::new(Whole::<UInt64Type>::default()),
        DataType::Decimal32(..) => Box::new(Digits::<Decimal32Type>::of(data_type)),
        DataType::Decimal64(..) => Box::new(Digits::<Decimal64Type>::of(data_type)),
        DataType::Decimal128(..) => Box::new(Digits::<Decimal128Type>::of(data_type)),
        DataType::Decimal256(..) => Box::new(Digits::<Decimal256Type>::of(data_type)),
        _ => return None,
    })
}

fn too_large(data_type: &DataType) -> datafusion::common::DataFusionError {
    let said = format!("a sum does not fit its type {data_type}");
    let hint = match data_type.is_integer() {
        true => "cast what is summed: `sum(x::decimal(38, 0))`",
        false => "cast what is summed: `sum(x::double)`",
    };
    Error::new(Code::InvalidValue, said).hinted(Some(hint.to_owned())).carried()
}

/// A type that is added up with a check.
trait Summed: ArrowNumericType + Sized {
    /// Whether the sums have no more digits than their type says.
    fn fit(_: &PrimitiveArray<Self>) -> bool {
        true
    }
}

impl Summed for Int64Type {}
impl Summed for UInt64Type {}
impl Summed for Decimal32Type {
    fn fit(sums: &PrimitiveArray<Self>) -> bool {
        sums.validate_decimal_precision(sums.precision()).is_ok()
    }
}
impl Summed for Decimal64Type {
    fn fit(sums: &PrimitiveArray<Self>) -> bool {
        sums.validate_decimal_precision(sums.precision()).is_ok()
    }
}
impl Summed for Decimal128Type {
    fn fit(sums: &PrimitiveArray<Self>) -> bool {
        sums.validate_decimal_precision(sums.precision()).is_ok()
    }
}
impl Summed for Decimal256Type {
    fn fit(sums: &PrimitiveArray<Self>) -> bool {
        sums.validate_decimal_precision(sums.precision()).is_ok()
    }
}

/// The sums as an array of their type, unless one does not fit.
fn fitting<T: Summed>(
    sums: Vec<T::Native>,
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let sums = PrimitiveArray::<T>::new(sums.into(), nulls).with_data_type(data_type.clone());
    match T::fit(&sums) {
        true => Ok(Arc::new(sums)),
        false => Err(too_large(data_type)),
    }
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

/// One sum of decimals.
struct Digits<T: Summed> {
    sum: T::Native,
    count: u64,
    data_type: DataType,
}

impl<T: Summed> Digits<T> {
    fn of(data_type: &DataType) -> Self {
        Self { sum: T::default_value(), count: 0, data_type: data_type.clone() }
    }

    /// The sum of a batch and how many values it has.
    fn batch(&self, values: &[ArrayRef]) -> Result<(T::Native, u64)> {
        let Some(values) = values.first() else { return Ok((T::default_value(), 0)) };
        let values = values.as_primitive::<T>();
        let sum = sum_checked(values).map_err(|_| too_large(&self.data_type))?;
        let count = values.len().saturating_sub(values.null_count()) as u64;
        Ok((sum.unwrap_or(T::default_value()), count))
    }
}

impl<T: Summed> fmt::Debug for Digits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({:?} of {})", self.sum, self.count)
    }
}

impl<T: Summed> Accumulator for Digits<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = self.batch(values)?;
        self.sum = self.sum.add_checked(sum).map_err(|_| too_large(&self.data_type))?;
        self.count = self.count.saturating_add(count);
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = self.batch(values)?;
        self.sum = self.sum.sub_checked(sum).map_err(|_| too_large(&self.data_type))?;
        self.count = self.count.saturating_sub(count);
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
        let nulls = NullBuffer::from(vec![self.count > 0]);
        ScalarValue::try_from_array(&fitting::<T>(vec![self.sum], Some(nulls), &self.data_type)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sum of each value once: DataFusion gathers them, and they are added up with a check.
#[derive(Debug)]
struct Distinct {
    values: Box<dyn Accumulator>,
    data_type: DataType,
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.update_batch(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.values.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.values.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.values.state()?;
        match (state.as_slice(), checked(&self.data_type)) {
            ([ScalarValue::List(values)], Some(mut sum)) => {
                sum.update_batch(&[Arc::clone(values.values())])?;
                sum.evaluate()
            }
            _ => internal_err!("distinct values of {} come as {state:?}", self.data_type),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self).saturating_add(self.values.size())
    }
}

/// The sums of many groups.
struct Sums<T: Summed> {
    data_type: DataType,
    sums: Vec<T::Native>,
    /// Whether each group has a value.
    seen: Vec<bool>,
    /// Whether one of the sums did not fit.
    over: bool,
}

impl<T: Summed> Sums<T> {
    fn of(data_type: &DataType) -> Self {
        Self { data_type: data_type.clone(), sums: Vec::new(), seen: Vec::new(), over: false }
    }
}

impl<T: Summed> GroupsAccumulator for Sums<T> {
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
            return Err(too_large(&self.data_type));
        }
        let nulls = NullBuffer::from(emit.take_needed(&mut self.seen));
        let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
        fitting::<T>(emit.take_needed(&mut self.sums), nulls, &self.data_type)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let state = values.iter().map(|values| {
            let values = values.as_primitive::<T>();
            let nulls = filtered(values, filter);
            let state = PrimitiveArray::<T>::new(values.values().clone(), nulls);
            Arc::new(state.with_data_type(self.data_type.clone())) as ArrayRef
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
