//! Parts of times, under the names that ibis has for them in DataFusion.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::{DatePart, cast, date_part};
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{Signature, Volatility};

use super::ours::Function;

/// Every function of times, sorted by name.
pub(super) fn functions() -> Vec<Function> {
    vec![
        of("extract_epoch_seconds_date", seconds_of_instant, seconds),
        of("extract_epoch_seconds_timestamp", seconds_of_instant, seconds),
        of("extract_hour_time", part_of_time, |of| part(of, DatePart::Hour)),
        of("extract_microsecond", part_of_either, |of| part(of, DatePart::Microsecond)),
        of("extract_millisecond_time", part_of_time, |of| part(of, DatePart::Millisecond)),
        of("extract_millisecond_timestamp", part_of_instant, |of| part(of, DatePart::Millisecond)),
        of("extract_minute_time", part_of_time, |of| part(of, DatePart::Minute)),
        of("extract_minute_timestamp", part_of_instant, |of| part(of, DatePart::Minute)),
        of("extract_second_time", part_of_time, |of| part(of, DatePart::Second)),
        of("extract_second_timestamp", part_of_instant, |of| part(of, DatePart::Second)),
    ]
}

type Makes = fn(&[DataType]) -> Result<DataType>;

fn of(name: &'static str, makes: Makes, run: fn(&[ArrayRef]) -> Result<ArrayRef>) -> Function {
    Function { name, takes: Signature::any(1, Volatility::Immutable), makes, run }
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Time32(_) | DataType::Time64(_))
}

fn is_instant(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn part_of_time(types: &[DataType]) -> Result<DataType> {
    match types {
        [kind] if is_time(kind) => Ok(DataType::Int32),
        _ => plan_err!("it takes a time of the day, and got {types:?}"),
    }
}

fn part_of_instant(types: &[DataType]) -> Result<DataType> {
    match types {
        [kind] if is_instant(kind) => Ok(DataType::Int32),
        _ => plan_err!("it takes a date or a timestamp, and got {types:?}"),
    }
}

fn part_of_either(types: &[DataType]) -> Result<DataType> {
    part_of_time(types).or_else(|_| part_of_instant(types))
}

fn seconds_of_instant(types: &[DataType]) -> Result<DataType> {
    part_of_instant(types).map(|_| DataType::Int64)
}

/// The part, of a timestamp on the clocks of its zone.
fn part(of: &[ArrayRef], wanted: DatePart) -> Result<ArrayRef> {
    match of {
        [times] => Ok(date_part(times, wanted)?),
        _ => exec_err!("one column is asked for"),
    }
}

/// Whole seconds since 1970, those that began last.
fn seconds(of: &[ArrayRef]) -> Result<ArrayRef> {
    let [times] = of else { return exec_err!("one column is asked for") };
    let (of_one, in_one) = match times.data_type() {
        DataType::Date32 => (86_400, 1),
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => (1, 1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (1, 1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => (1, 1_000_000_000),
        _ => (1, 1),
    };
    let whole = match times.data_type() {
        DataType::Date32 => cast(&cast(times, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(times, &DataType::Int64)?,
    };
    let seconds = |number: i64| number.saturating_mul(of_one).div_euclid(in_one);
    let made: Int64Array = whole.as_primitive::<Int64Type>().unary(seconds);
    Ok(Arc::new(made))
}
