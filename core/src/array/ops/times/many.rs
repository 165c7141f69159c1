//! Many times to one: NaT where there is one among them, but in the functions that leave it out.

use super::super::super::dtype::DType;
use super::super::super::element::Data;
use super::super::super::error::Error;
use super::super::super::graph::{Array, Chunk};
use super::super::super::make::elementwise::{Operand, Scalar, astype, choose};
use super::super::super::make::reduce::{self, Along};
use super::super::super::make::structure;
use super::super::super::shape;
use super::super::super::times::{NAT, Unit, loops};
use super::super::{Given, Made, Op, narrow, op};
use super::units::{mapped, numbers_of, together};
use super::{Call, numbers, replaced};
use crate::lang::args::Arg;

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let dtype = call.dtype;
    Ok(Some(match call.op.name {
        // NaT is the least of all numbers, with either sign.
        "min" => call.one_with(|x| Ok(numbers(x)))?.telling(dtype).into(),
        "max" => turned(call, "min", dtype)?.into(),
        "argmin" => call.run_with(|x| Ok(numbers(x)))?,
        "argmax" => {
            let least = named("argmin", call)?;
            with(call, least, &|x| mapped("negative", loops::NEGATIVE, vec![x.clone()], DType::Int64))?.into()
        }
        "nanmax" => call.one_with(|x| Ok(numbers(x)))?.telling(dtype).into(),
        "nanmin" => {
            let key = |x: &Array| mapped("nanmin", loops::KEY, vec![x.clone()], DType::Int64);
            mapped("nanmin", loops::OF_KEY, vec![call.one_with(key)?], dtype)?.into()
        }
        "ptp" => {
            let (along, x) = (call.given.along()?, call.given.array("a")?);
            let least = |x: &Array| reduce::extreme("ptp", &numbers(x), &along, false);
            let most = least(&mapped("ptp", loops::NEGATIVE, vec![x.clone()], DType::Int64)?)?;
            let most = mapped("ptp", loops::NEGATIVE, vec![most], DType::Int64)?;
            mapped("ptp", loops::SUBTRACT, vec![most, least(&x)?], DType::Span(unit(dtype)))?.into()
        }
        "sum" | "cumulative_sum" | "cumsum" => summed(call)?.into(),
        "mean" => {
            let x = length(call, "x")?;
            let along = call.given.along()?;
            let sum = reduce::sum(&numbers(&x), &along, None)?;
            let mean = divided(sum, x.len())?;
            let some = reduce::truth("mean", &is_nat(&x)?, &along, false)?;
            choose(&some, nat(), Operand::Array(mean))?.telling(dtype).into()
        }
        "median" => median(call)?.into(),
        "diff" => diff(call)?.into(),
        "any" | "all" | "count_nonzero" | "nonzero" | "flatnonzero" | "argwhere" => {
            call.run_with(|x| Ok(numbers(x)))?
        }
        _ => return Ok(None),
    }))
}

fn unit(dtype: DType) -> Unit {
    match dtype {
        DType::Instant(unit) | DType::Span(unit) => unit,
        _ => Unit::Nano,
    }
}

/// The array, of lengths of time: points have no sum.
fn length(call: &Call<'_>, name: &str) -> Result<Array, Error> {
    match call.dtype {
        DType::Span(_) => call.given.array(name),
        point => Err(call.refused("numbers and lengths of time", point)),
    }
}

fn nat() -> Operand {
    Operand::Array(Array::constant(Chunk::new([], Data::Int64(vec![NAT]))))
}

fn is_nat(x: &Array) -> Result<Array, Error> {
    mapped("isnat", loops::IS_NAT, vec![x.clone()], DType::Bool)
}

fn named(name: &'static str, call: &Call<'_>) -> Result<&'static Op, Error> {
    op(name).ok_or(Error::Defect(call.given.op))
}

/// What another op with the same parameters makes.
fn with(call: &Call<'_>, other: &Op, each: &impl Fn(&Array) -> Result<Array, Error>) -> Result<Array, Error> {
    let args = replaced(call.given.args, each)?;
    match narrow::made(other, &Given { args: &args, ..*call.given })? {
        Made::One(array) => Ok(array),
        _ => Err(Error::Defect(call.given.op)),
    }
}

/// The least of those with the other sign, with the other sign.
fn turned(call: &Call<'_>, other: &'static str, dtype: DType) -> Result<Array, Error> {
    let negative = |x: &Array| mapped("negative", loops::NEGATIVE, vec![x.clone()], DType::Int64);
    mapped(call.given.op, loops::NEGATIVE, vec![with(call, named(other, call)?, &negative)?], dtype)
}

fn summed(call: &Call<'_>) -> Result<Array, Error> {
    if !matches!(call.given.args.get("dtype"), None | Some(Arg::None)) {
        return Err(call.refused("no `dtype` beside lengths of time", call.dtype));
    }
    length(call, if call.op.name == "cumsum" { "a" } else { "x" })?;
    let sum = call.one_with(|x| Ok(numbers(x)))?;
    let some = call.one_with(|x| astype(&is_nat(x)?, DType::Int64))?;
    Ok(choose(&astype(&some, DType::Bool)?, nat(), Operand::Array(sum))?.telling(call.dtype))
}

/// The sums of `count` elements, and as many more as the result has, divided by how many there are of each.
fn divided(sum: Array, count: usize) -> Result<Array, Error> {
    let each = count.checked_div(sum.len()).unwrap_or_default();
    let each = Scalar::Int(each as i128).array("mean", DType::Int64)?;
    mapped("mean", loops::DIVIDE, vec![sum, each], DType::Int64)
}

/// The one in the middle, or half of both together, cut off toward 0.
fn median(call: &Call<'_>) -> Result<Array, Error> {
    let op = call.given.op;
    let x = length(call, "a")?;
    let Along { axes, keep } = call.given.along()?;
    let axes = match axes {
        Some(axes) => shape::axes(op, &axes, x.axes())?,
        None => (0..x.axes()).collect(),
    };
    // What becomes one stands behind all others, as one axis.
    let left: Vec<usize> = (0..x.axes()).filter(|axis| !axes.contains(axis)).collect();
    let order: Vec<i64> = left.iter().chain(&axes).map(|axis| *axis as i64).collect();
    let lengths: Vec<usize> = left.iter().map(|axis| x.shape()[*axis]).collect();
    let count: usize = axes.iter().map(|axis| x.shape()[*axis]).product();
    let whole = structure::permute_dims(op, &numbers(&x), &order)?
        .reshaped(op, [lengths.as_slice(), &[count]].concat())?;
    let kept = |axis| if axes.contains(&axis) { 1 } else { x.shape()[axis] };
    let shape = if keep { (0..x.axes()).map(kept).collect() } else { lengths.clone() };
    if count == 0 {
        let none = nat().array(op)?;
        return Ok(structure::broadcast_to(op, &none, &shape)?.telling(call.dtype));
    }
    let key = mapped(op, loops::KEY, vec![whole], DType::Int64)?;
    let sorted = super::super::super::make::order::sort(&key, -1, false)?;
    let sorted = mapped(op, loops::OF_KEY, vec![sorted], DType::Int64)?;
    let at = |place: usize| {
        let one = structure::part(op, &sorted, lengths.len(), place as isize, 1)?;
        one.reshaped(op, shape.clone())
    };
    let (low, high) = (at((count - 1) / 2)?, at(count / 2)?);
    let middle = match count % 2 {
        1 => low,
        _ => {
            let both = mapped(op, loops::ADD, vec![low, high], DType::Int64)?;
            let two = Scalar::Int(2).array(op, DType::Int64)?;
            mapped(op, loops::DIVIDE, vec![both, two], DType::Int64)?
        }
    };
    // The last one is NaT where any is.
    Ok(choose(&is_nat(&at(count - 1)?)?, nat(), Operand::Array(middle))?.telling(call.dtype))
}

/// Each less the one before it.
fn diff(call: &Call<'_>) -> Result<Array, Error> {
    let (given, op) = (call.given, call.given.op);
    let x = given.array("x")?;
    let axis = given.int("axis")?;
    let at = shape::axis(op, axis, x.axes())?;
    let count = u32::try_from(given.int("n")?).ok().filter(|count| *count <= 1 << 12);
    let count = count.ok_or_else(|| Error::refused(op, "is taken 0 to 4096 times"))?;
    let (before, after) = (given.maybe_array("prepend")?, given.maybe_array("append")?);
    let all: Vec<Array> = before.into_iter().chain([x]).chain(after).collect();
    let mut dtype = call.dtype;
    for one in &all {
        dtype = together(op, dtype, one.logical())?;
    }
    let all = all.iter().map(|one| numbers_of(one, dtype)).collect::<Result<Vec<_>, _>>()?;
    let mut x = structure::concat(op, &all, Some(axis))?;
    for _ in 0..count {
        dtype = DType::Span(unit(dtype));
        let length = x.shape()[at];
        if length == 0 {
            break;
        }
        let (high, low) =
            (structure::part(op, &x, at, 1, length - 1)?, structure::part(op, &x, at, 0, length - 1)?);
        x = mapped(op, loops::SUBTRACT, vec![high, low], DType::Int64)?;
    }
    Ok(x.telling(dtype))
}
