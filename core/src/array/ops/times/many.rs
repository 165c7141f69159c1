//! Many times to one: NaT where there is one among them, but in the functions that leave it out.

use super::super::super::dtype::DType;
use super::super::super::element::Data;
use super::super::super::error::Error;
use super::super::super::graph::{Array, Chunk};
use super::super::super::make::elementwise::{Operand, Scalar, astype, choose};
use super::super::super::make::reduce::{self, Along};
use super::super::super::make::scan;
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
        "max" => {
            let least = with(call, named("min", call)?, &|x| negative("max", x))?;
            negative("max", &least)?.telling(dtype).into()
        }
        "argmin" => call.run_with(|x| Ok(numbers(x)))?,
        "argmax" => {
            let least = named("argmin", call)?;
            with(call, least, &|x| negative(call.given.op, x))?.into()
        }
        "nanmax" => call.one_with(|x| Ok(numbers(x)))?.telling(dtype).into(),
        "nanmin" => {
            let key = |x: &Array| mapped("nanmin", loops::KEY, vec![x.clone()], DType::Int64);
            mapped("nanmin", loops::OF_KEY, vec![call.one_with(key)?], dtype)?.into()
        }
        "ptp" => {
            let (along, x) = (call.given.along()?, call.given.array("a")?);
            let least = |x: &Array| reduce::extreme("ptp", &numbers(x), &along, false);
            let most = negative("ptp", &least(&negative("ptp", &x)?)?)?;
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

/// The numbers with the other sign.
fn negative(op: &'static str, x: &Array) -> Result<Array, Error> {
    mapped(op, loops::NEGATIVE, vec![x.clone()], DType::Int64)
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
    let (x, times) = (given.array("x")?, given.int("n")?);
    if times == 0 {
        return Ok(x);
    }
    let beside = [given.maybe_array("prepend")?, given.maybe_array("append")?];
    let all = beside.iter().flatten().chain([&x]);
    let dtype = all.into_iter().try_fold(call.dtype, |dtype, one| together(op, dtype, one.logical()))?;
    let [before, after] = beside.map(|one| one.map(|one| numbers_of(&one, dtype)).transpose());
    let less = |high, low| mapped(op, loops::SUBTRACT, vec![high, low], DType::Int64);
    let x = numbers_of(&x, dtype)?;
    let made = scan::differences(&x, given.int("axis")?, times, [before?, after?], &less)?;
    Ok(made.telling(DType::Span(unit(dtype))))
}
