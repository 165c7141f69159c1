//! NumPy's further functions of elements, made of those that are there.

use super::super::dtype::{DType, Kind};
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::{map, more};
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, astype, binary, choose, full, together};
use super::reduce::{Along, truth};
use super::scan::{cumulative, diff};
use super::short::{add, and, applied, compared, floating, multiply, or, pow, remainder, subtract};
use super::structure::{concat, flat, part};

/// Whether elements are as near to one another as said.
pub fn isclose(
    op: &'static str,
    a: &Array,
    b: &Array,
    rtol: f64,
    atol: f64,
    equal_nan: bool,
) -> Result<Array, Error> {
    let dtype = floats_of(a.dtype().promoted(b.dtype()));
    let (a, b) = (astype(a, dtype)?, astype(b, dtype)?);
    let away = applied(op, map::abs, &subtract(op, &a, &b)?)?;
    let may = add(op, multiply(op, applied(op, map::abs, &b)?, rtol)?, atol)?;
    let near = and(op, compared(op, map::less_equal, away, may)?, applied(op, map::isfinite, &b)?)?;
    let same = compared(op, map::equal, &a, &b)?;
    let near = or(op, near, same)?;
    match equal_nan {
        true => or_both_nan(op, near, &a, &b),
        false => Ok(near),
    }
}

/// What was found, and whether both are NaN beside it.
pub(super) fn or_both_nan(op: &'static str, found: Array, a: &Array, b: &Array) -> Result<Array, Error> {
    or(op, found, and(op, applied(op, map::isnan, a)?, applied(op, map::isnan, b)?)?)
}

fn floats_of(dtype: DType) -> DType {
    if dtype.is_floating() { dtype } else { DType::Float64 }
}

/// Whether all of them are.
pub fn allclose(
    op: &'static str,
    a: &Array,
    b: &Array,
    rtol: f64,
    atol: f64,
    equal_nan: bool,
) -> Result<Array, Error> {
    truth(op, &isclose(op, a, b, rtol, atol, equal_nan)?, &Along::default(), true)
}

/// Whether both have one shape and the same elements.
pub fn array_equal(op: &'static str, a: &Array, b: &Array, equal_nan: bool) -> Result<Array, Error> {
    if a.shape() != b.shape() {
        return full(op, &[], Scalar::Bool(false), DType::Bool);
    }
    let same = compared(op, map::equal, a, b)?;
    let same = match equal_nan && a.dtype().is_floating() && b.dtype().is_floating() {
        true => or_both_nan(op, same, a, b)?,
        false => same,
    };
    truth(op, &same, &Along::default(), true)
}

/// NaN and infinities as numbers.
pub fn nan_to_num(
    op: &'static str,
    x: &Array,
    nan: f64,
    high: Option<f64>,
    low: Option<f64>,
) -> Result<Array, Error> {
    if x.dtype().is_complex() {
        let re = nan_to_num(op, &applied(op, map::real_part, x)?, nan, high, low)?;
        let im = nan_to_num(op, &applied(op, map::imag_part, x)?, nan, high, low)?;
        let i = Operand::Scalar(Scalar::Complex(num_complex::Complex::new(0.0, 1.0)));
        return add(op, re, binary(op, map::multiply, Both::As("numbers"), Operand::Array(im), i)?);
    }
    if !x.dtype().is_floating() {
        return Ok(x.clone());
    }
    let most = if x.dtype() == DType::Float32 { f64::from(f32::MAX) } else { f64::MAX };
    let made = choose(&applied(op, map::isnan, x)?, Operand::from(nan), Operand::Array(x.clone()))?;
    let made = choose(
        &compared(op, map::equal, x, f64::INFINITY)?,
        Operand::from(high.unwrap_or(most)),
        Operand::Array(made),
    )?;
    choose(
        &compared(op, map::equal, x, f64::NEG_INFINITY)?,
        Operand::from(low.unwrap_or(-most)),
        Operand::Array(made),
    )
}

/// The power, worked out in 64 bits at least.
pub fn float_power(op: &'static str, a: Operand, b: Operand) -> Result<Array, Error> {
    let dtype = match together(&[&a, &b]).kind() {
        Kind::Complex => DType::Complex128,
        _ => DType::Float64,
    };
    pow(op, a.of(op, dtype)?, b.of(op, dtype)?)
}

/// The first times 2 to the power of the second.
pub fn ldexp(op: &'static str, x: &Array, n: &Array) -> Result<Array, Error> {
    if !(n.dtype().is_integer() || n.dtype() == DType::Bool) {
        return Err(Error::DType { op, takes: "integers as powers of 2", dtype: n.dtype() });
    }
    let x = if x.dtype().is_floating() { x.clone() } else { astype(x, x.dtype().floating())? };
    // A power that float32 does not hold exactly is far beyond its numbers.
    binary(
        op,
        more::ldexp,
        Both::As("real numbers"),
        Operand::Array(x.clone()),
        Operand::Array(astype(n, x.dtype())?),
    )
}

/// The direction of each number, in radians or degrees.
pub fn angle(op: &'static str, z: &Array, degrees: bool) -> Result<Array, Error> {
    let z = floating(z)?;
    let (re, im) = match z.dtype().is_complex() {
        true => (applied(op, map::real_part, &z)?, applied(op, map::imag_part, &z)?),
        false => (z.clone(), full(op, &[], Scalar::Float(0.0), z.dtype())?),
    };
    let angle = binary(op, map::atan2, Both::Floating, Operand::Array(im), Operand::Array(re))?;
    if degrees { applied(op, more::degrees, &angle) } else { Ok(angle) }
}

/// Angles without jumps: each within half a period of the one before it.
pub fn unwrap(
    op: &'static str,
    x: &Array,
    jump: Option<f64>,
    axis: i64,
    period: f64,
) -> Result<Array, Error> {
    if x.dtype().is_complex() {
        return Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() });
    }
    let x = floating(x)?;
    let at = shape::axis(op, axis, x.axes())?;
    if x.shape()[at] < 2 {
        return Ok(x);
    }
    let half = period / 2.0;
    let jump = jump.unwrap_or(half);
    let steps = diff(&x, axis, 1, None, None)?;
    let near = subtract(op, remainder(op, add(op, &steps, half)?, period)?, half)?;
    // A step up by half a period stays one up.
    let is_up = and(op, compared(op, map::equal, &near, -half)?, compared(op, map::greater, &steps, 0.0)?)?;
    let near = choose(&is_up, Operand::from(half), Operand::Array(near))?;
    let right = subtract(op, near, &steps)?;
    let small = compared(op, map::less, applied(op, map::abs, &steps)?, jump)?;
    let right = choose(&small, Operand::from(0.0), Operand::Array(right))?;
    let right = cumulative(op, &right, Some(axis), None, false, false)?;
    let first = part(op, &x, at, 0, 1)?;
    let rest = add(op, part(op, &x, at, 1, x.shape()[at] - 1)?, right)?;
    concat(op, &[first, rest], Some(axis))
}

/// The differences of neighbours among all elements, with others before and behind.
pub fn ediff1d(
    op: &'static str,
    x: &Array,
    after: Option<Array>,
    before: Option<Array>,
) -> Result<Array, Error> {
    if x.dtype() == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype: DType::Bool });
    }
    let steps = diff(&flat(op, x)?, 0, 1, None, None)?;
    let all = before.into_iter().chain([steps]).chain(after);
    let all = all.map(|part| astype(&flat(op, &part)?, x.dtype())).collect::<Result<Vec<_>, Error>>()?;
    concat(op, &all, Some(0))
}

/// The elements of the first choice whose condition holds.
pub fn select(
    op: &'static str,
    conditions: &[Array],
    choices: &[Array],
    default: Operand,
) -> Result<Array, Error> {
    if conditions.is_empty() || conditions.len() != choices.len() {
        let said = format!(
            "takes a choice for each condition, one at least, and got {} and {}",
            choices.len(),
            conditions.len()
        );
        return Err(Error::refused(op, said));
    }
    if let Some(odd) = conditions.iter().find(|condition| condition.dtype() != DType::Bool) {
        return Err(Error::DType { op, takes: "truths as conditions", dtype: odd.dtype() });
    }
    let mut pairs = conditions.iter().zip(choices).rev();
    match pairs.try_fold(default, |rest, (condition, choice)| {
        choose(condition, Operand::Array(choice.clone()), rest).map(Operand::Array)
    })? {
        Operand::Array(array) => Ok(array),
        Operand::Scalar(_) => Err(Error::Defect(op)),
    }
}

/// Of the choices, which broadcast, the one whose number an element is.
pub fn chosen(op: &'static str, which: &Array, choices: &[Array]) -> Result<Array, Error> {
    let numbers = choices.iter().enumerate();
    let dtype = choices.iter().map(Array::dtype).reduce(DType::promoted);
    let dtype = dtype.ok_or_else(|| Error::refused(op, "takes one choice at least"))?;
    let mut made: Option<Array> = None;
    for (number, choice) in numbers.rev() {
        let choice = astype(choice, dtype)?;
        made = Some(match made {
            None => {
                let shape =
                    shape::broadcast_all(op, choices.iter().map(Array::shape).chain([which.shape()]))?;
                super::structure::broadcast_to(op, &choice, &shape)?
            }
            Some(rest) => choose(
                &compared(op, map::equal, which, number as i64)?,
                Operand::Array(choice),
                Operand::Array(rest),
            )?,
        });
    }
    made.ok_or(Error::Defect(op))
}
