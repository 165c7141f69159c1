//! Along an axis, each element with those before it.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Meta, Rule};
use super::super::kernels::number::Number;
use super::super::kernels::{map, numbers, pick};
use super::super::shape;
use super::elementwise::{Both, Operand, astype, binary};
use super::reduce::summed;
use super::structure::{concat, part};

/// Sums or products of the elements so far.
pub fn cumulative(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    dtype: Option<DType>,
    initial: bool,
    product: bool,
) -> Result<Array, Error> {
    let axis = match (axis, x.axes()) {
        (Some(axis), axes) => shape::axis(op, axis, axes)?,
        (None, 1) => 0,
        (None, _) => return Err(Error::refused(op, "needs an axis where the array has more than one")),
    };
    let dtype = dtype.unwrap_or_else(|| summed(x.dtype()));
    if dtype == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype });
    }
    let x = astype(x, dtype)?;
    let mut shape = x.shape().to_vec();
    shape[axis] += usize::from(initial);
    let made = Array::whole(op, vec![x], Meta::new(dtype, shape), move |chunks| {
        let form = form(&chunks[0].shape, axis);
        numbers!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            Ok(match product {
                true => scanned(values, form, initial, T::one(), T::mul),
                false => scanned(values, form, initial, T::default(), T::add),
            })
        })
        .ok_or(Error::Defect(op))?
    })?;
    Ok(made.with_rule(Rule::Lines(vec![axis])))
}

fn form(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}

fn scanned<T: Element>(
    values: &[T],
    (outer, rows, inner): (usize, usize, usize),
    initial: bool,
    zero: T,
    with: impl Fn(T, T) -> T + Send + Sync,
) -> Data {
    let longer = rows + usize::from(initial);
    let mut out = vec![zero; outer * longer * inner];
    let (block, wide) = (rows * inner, longer * inner);
    let one = |outer: usize, out: &mut [T]| {
        let (values, mut sums) = (&values[outer * block..(outer + 1) * block], vec![zero; inner]);
        let out = &mut out[usize::from(initial) * inner..];
        for (number, (row, values)) in
            out.chunks_mut(inner.max(1)).zip(values.chunks(inner.max(1))).enumerate()
        {
            for ((slot, sum), value) in row.iter_mut().zip(&mut sums).zip(values) {
                // The first is as it is: added to 0, -0.0 would be another.
                *sum = if number == 0 { *value } else { with(*sum, *value) };
                *slot = *sum;
            }
        }
    };
    if rows > 0 && inner > 0 {
        apart::rows(values.len(), &mut out, wide, &one);
    }
    T::data(out)
}

/// How often differences of differences are taken, at most.
const TIMES_MAX: u32 = 1 << 12;

/// Each element less the one before it, `times` over.
pub fn diff(
    x: &Array,
    axis: i64,
    times: i64,
    before: Option<Array>,
    after: Option<Array>,
) -> Result<Array, Error> {
    differences(x, axis, times, [before, after], &|high, low| {
        let less = if high.dtype() == DType::Bool { map::not_equal } else { map::subtract };
        binary("diff", less, Both::As("numbers"), Operand::Array(high), Operand::Array(low))
    })
}

/// The same of elements of which `less` makes the differences of two arrays.
pub fn differences(
    x: &Array,
    axis: i64,
    times: i64,
    [before, after]: [Option<Array>; 2],
    less: &dyn Fn(Array, Array) -> Result<Array, Error>,
) -> Result<Array, Error> {
    let op = "diff";
    let at = shape::axis(op, axis, x.axes())?;
    let fits = u32::try_from(times).ok().filter(|times| *times <= TIMES_MAX);
    let times =
        fits.ok_or_else(|| Error::refused(op, format!("is taken 0 to {TIMES_MAX} times, not {times}")))?;
    if times == 0 {
        return Ok(x.clone());
    }
    let all: Vec<Array> = before.into_iter().chain([x.clone()]).chain(after).collect();
    let mut x = if all.len() > 1 { concat(op, &all, Some(axis))? } else { x.clone() };
    for _ in 0..times {
        let length = x.shape()[at];
        if length == 0 {
            return Ok(x);
        }
        x = less(part(op, &x, at, 1, length - 1)?, part(op, &x, at, 0, length - 1)?)?;
    }
    Ok(x)
}
