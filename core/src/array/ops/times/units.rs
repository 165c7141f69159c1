//! Which times go together, and times in another unit.

use super::super::super::dtype::{DType, Kind};
use super::super::super::element::Data;
use super::super::super::error::Error;
use super::super::super::graph::{Array, Chunk, MapFn, Meta};
use super::super::super::make::elementwise::astype;
use super::super::super::shape;
use super::super::super::times::{Unit, convert, loops};
use super::numbers;

/// Elements of an array that is there of which another unit is worked out at once, so that it stays one that is there.
const FEW: usize = 64;

/// The dtype that holds the times of both; whole numbers beside lengths of time are such.
pub(super) fn together(op: &'static str, a: DType, b: DType) -> Result<DType, Error> {
    let refused = |takes, dtype| Err(Error::DType { op, takes, dtype });
    match (a, b) {
        (DType::Instant(a), DType::Instant(b)) => Ok(DType::Instant(a.finer(b))),
        (DType::Span(one), DType::Span(other)) => match one.finer_length(other) {
            Some(unit) => Ok(DType::Span(unit)),
            None => refused("lengths of time that are all in years and months, or none", b),
        },
        (DType::Span(unit), other) | (other, DType::Span(unit)) if is_whole(other) => Ok(DType::Span(unit)),
        (time, other) => {
            let odd = if time.is_time() { other } else { time };
            refused("points in time beside points in time, and lengths beside lengths", odd)
        }
    }
}

/// Whether they are whole numbers of which `int64` holds all.
fn is_whole(dtype: DType) -> bool {
    !dtype.is_time() && matches!(dtype.kind(), Kind::Bool | Kind::Int | Kind::UInt) && dtype != DType::UInt64
}

/// The unit that a length of time gets beside a point in one, and the point's.
pub(super) fn moved_by(op: &'static str, point: Unit, length: Unit) -> Result<Unit, Error> {
    match length.is_calendar() && !point.is_calendar() {
        true => {
            let takes = "a length of time in weeks or less beside a point in time that is told so";
            Err(Error::DType { op, takes, dtype: DType::Span(length) })
        }
        false => Ok(point.finer(length)),
    }
}

/// The numbers of the array as those of that dtype: of times in its unit, and of whole numbers themselves.
pub(super) fn numbers_of(array: &Array, dtype: DType) -> Result<Array, Error> {
    let (from, to, instants) = match (array.logical(), dtype) {
        (DType::Instant(from), DType::Instant(to)) => (from, to, true),
        (DType::Span(from), DType::Span(to)) => (from, to, false),
        _ => return astype(&numbers(array), DType::Int64),
    };
    match from == to {
        true => Ok(numbers(array)),
        false => mapped("astype", convert::between(from, to, instants), vec![array.clone()], DType::Int64),
    }
}

/// What the loop makes of numbers, told as that dtype.
pub(super) fn mapped(op: &'static str, run: MapFn, inputs: Vec<Array>, dtype: DType) -> Result<Array, Error> {
    let inputs: Vec<Array> = inputs.iter().map(numbers).collect();
    if let [one] = inputs.as_slice()
        && let Some(chunk) = one.known().filter(|chunk| chunk.data.len() <= FEW)
    {
        let mut data = Data::zeros(dtype, chunk.data.len());
        run(&[chunk.data.slice()], data.slice_mut());
        return Ok(Array::constant(Chunk::new(chunk.shape.clone(), data)).telling(dtype));
    }
    let shape = shape::broadcast_all(op, inputs.iter().map(Array::shape))?;
    Ok(Array::map(op, run, inputs, Meta::new(dtype.held(), shape))?.telling(dtype))
}

/// The array as one of that dtype, where one of the two is of times.
pub(super) fn cast(op: &'static str, array: &Array, dtype: DType) -> Result<Array, Error> {
    let from = array.logical();
    match (from, dtype) {
        (DType::Instant(_), DType::Instant(_)) => {}
        (DType::Span(one), DType::Span(other)) if one.is_calendar() == other.is_calendar() => {}
        (from, to) if from.is_time() && to.is_time() => {
            let takes = match to {
                DType::Instant(_) => "points in time to make such of",
                _ => "lengths of time of the same kind to make such of: all in years and months, or none",
            };
            return Err(Error::DType { op, takes, dtype: from });
        }
        (from, to) if from.is_time() => {
            if to.is_complex() {
                return Err(Error::DType { op, takes: "numbers to make complex ones of", dtype: from });
            }
            return astype(&mapped("astype", loops::SAME, vec![array.clone()], DType::Int64)?, to);
        }
        (from, to) => {
            return match from.kind() {
                Kind::Complex => {
                    Err(Error::DType { op, takes: "real numbers to make times of", dtype: from })
                }
                Kind::Float => mapped("astype", loops::OF_REAL, vec![astype(array, DType::Float64)?], to),
                _ => Ok(astype(array, DType::Int64)?.telling(to)),
            };
        }
    }
    Ok(numbers_of(array, dtype)?.telling(dtype))
}

/// Whether all values of the one are among those of the other, where one is of times.
pub(super) fn can_cast(from: DType, to: DType) -> bool {
    match (from, to) {
        (DType::Instant(from), DType::Instant(to)) => from <= to,
        (DType::Span(from), DType::Span(to)) => from <= to && from.is_calendar() == to.is_calendar(),
        (from, DType::Span(_)) => is_whole(from),
        _ => false,
    }
}
