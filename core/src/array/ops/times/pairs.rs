//! Functions of two: arithmetic of times, and comparisons.

use super::super::super::dtype::{DType, Kind};
use super::super::super::error::Error;
use super::super::super::graph::{Array, MapFn};
use super::super::super::make::elementwise::{Operand, astype};
use super::super::super::times::{NAT, Unit, loops};
use super::super::Made;
use super::Call;
use super::units::{mapped, moved_by, numbers_of, together};

/// One of the two.
enum Side {
    Instant(Array, Unit),
    Span(Array, Unit),
    Whole(Array),
    Real(Array),
}

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let given = call.given;
    let sides = || Ok::<_, Error>((side(call, given.operand("x1")?)?, side(call, given.operand("x2")?)?));
    let alike = |run: MapFn| alike(call, given.operand("x1")?, given.operand("x2")?, run);
    let compared = |run: MapFn| compared(call, run);
    Ok(Some(Made::One(match call.op.name {
        "add" => sum(call, sides()?)?,
        "subtract" => difference(call, sides()?)?,
        "multiply" => match sides()? {
            (Side::Span(a, unit), factor) | (factor, Side::Span(a, unit)) => {
                scaled(call, (a, unit), factor, [loops::MULTIPLY, loops::MULTIPLY_REAL])?
            }
            (a, b) => return Err(odd(call, "lengths of time beside numbers", [a, b])),
        },
        "divide" | "floor_divide" => quotient(call, sides()?, call.op.name == "divide")?,
        "remainder" => left(call, sides()?)?,
        "divmod" => {
            let times = quotient(call, sides()?, false)?;
            return Ok(Some(vec![times, left(call, sides()?)?].into()));
        }
        "maximum" => alike(loops::MAXIMUM)?,
        "minimum" => alike(loops::MINIMUM)?,
        "fmax" => alike(loops::FMAX)?,
        "fmin" => alike(loops::FMIN)?,
        "clip" => {
            let mut x = given.operand("x")?;
            for (name, run) in [("min", loops::MAXIMUM), ("max", loops::MINIMUM)] {
                if let Some(bound) = given.maybe_operand(name) {
                    x = Operand::Array(self::alike(call, x, bound, run)?);
                }
            }
            x.array(given.op)?
        }
        "equal" => compared(loops::EQUAL)?,
        "not_equal" => compared(loops::NOT_EQUAL)?,
        "less" => compared(loops::LESS)?,
        "less_equal" => compared(loops::LESS_EQUAL)?,
        "greater" => compared(loops::GREATER)?,
        "greater_equal" => compared(loops::GREATER_EQUAL)?,
        _ => return Ok(None),
    })))
}

fn side(call: &Call<'_>, operand: Operand) -> Result<Side, Error> {
    let array = operand.array(call.given.op)?;
    Ok(match array.logical() {
        DType::Instant(unit) => Side::Instant(array, unit),
        DType::Span(unit) => Side::Span(array, unit),
        dtype => match dtype.kind() {
            Kind::Complex => return Err(call.refused("times beside real numbers", dtype)),
            Kind::Float => Side::Real(astype(&array, DType::Float64)?),
            _ => Side::Whole(astype(&array, DType::Int64)?),
        },
    })
}

impl Side {
    fn dtype(&self) -> DType {
        match self {
            Self::Instant(_, unit) => DType::Instant(*unit),
            Self::Span(_, unit) => DType::Span(*unit),
            Self::Whole(_) => DType::Int64,
            Self::Real(_) => DType::Float64,
        }
    }
}

/// That the function does not take the two: it got the last that it does not take.
fn odd(call: &Call<'_>, takes: &'static str, [a, b]: [Side; 2]) -> Error {
    let found = if b.dtype().is_time() { b.dtype() } else { a.dtype() };
    call.refused(takes, found)
}

fn both(
    call: &Call<'_>,
    a: &Array,
    b: &Array,
    dtypes: [DType; 2],
    run: MapFn,
    out: DType,
) -> Result<Array, Error> {
    let inputs = vec![numbers_of(a, dtypes[0])?, numbers_of(b, dtypes[1])?];
    mapped(call.given.op, run, inputs, out)
}

fn sum(call: &Call<'_>, sides: (Side, Side)) -> Result<Array, Error> {
    match sides {
        (Side::Instant(point, unit), other) | (other, Side::Instant(point, unit)) => {
            shifted(call, (point, unit), other, loops::ADD)
        }
        (Side::Real(_), _) | (_, Side::Real(_)) => {
            Err(odd(call, "times beside times and whole numbers", sides.into()))
        }
        (a, b) => lengths(call, &a, &b, loops::ADD),
    }
}

fn difference(call: &Call<'_>, sides: (Side, Side)) -> Result<Array, Error> {
    match sides {
        (Side::Instant(a, one), Side::Instant(b, other)) => {
            let unit = one.finer(other);
            let point = DType::Instant(unit);
            both(call, &a, &b, [point, point], loops::SUBTRACT, DType::Span(unit))
        }
        (Side::Instant(point, unit), other) => shifted(call, (point, unit), other, loops::SUBTRACT),
        (a, b @ Side::Instant(..)) => Err(odd(call, "a point in time to take another one from", [b, a])),
        (Side::Real(_), _) | (_, Side::Real(_)) => {
            Err(odd(call, "times beside times and whole numbers", sides.into()))
        }
        (a, b) => lengths(call, &a, &b, loops::SUBTRACT),
    }
}

/// A point in time, so much later or earlier.
fn shifted(call: &Call<'_>, (point, unit): (Array, Unit), by: Side, run: MapFn) -> Result<Array, Error> {
    let (by, unit) = match by {
        Side::Span(by, own) => {
            let unit = moved_by(call.given.op, unit, own)?;
            (numbers_of(&by, DType::Span(unit))?, unit)
        }
        Side::Whole(by) => (by, unit),
        other => {
            let takes = "a point in time beside a length or whole numbers";
            return Err(call.refused(takes, other.dtype()));
        }
    };
    let point = numbers_of(&point, DType::Instant(unit))?;
    mapped(call.given.op, run, vec![point, by], DType::Instant(unit))
}

/// Two lengths of time; whole numbers are of the other's unit.
fn lengths(call: &Call<'_>, a: &Side, b: &Side, run: MapFn) -> Result<Array, Error> {
    let dtype = together(call.given.op, a.dtype(), b.dtype())?;
    both(call, a.array(), b.array(), [dtype, dtype], run, dtype)
}

impl Side {
    fn array(&self) -> &Array {
        match self {
            Self::Instant(array, _) | Self::Span(array, _) | Self::Whole(array) | Self::Real(array) => array,
        }
    }
}

/// A length of time with a number: the loop of whole numbers, and that of others.
fn scaled(
    call: &Call<'_>,
    (length, unit): (Array, Unit),
    number: Side,
    [whole, real]: [MapFn; 2],
) -> Result<Array, Error> {
    let (number, run) = match number {
        Side::Whole(number) => (number, whole),
        Side::Real(number) => (number, real),
        other => return Err(call.refused("a length of time beside numbers", other.dtype())),
    };
    mapped(call.given.op, run, vec![length, number], DType::Span(unit))
}

fn quotient(call: &Call<'_>, sides: (Side, Side), exact: bool) -> Result<Array, Error> {
    match sides {
        (Side::Span(a, one), Side::Span(b, other)) => {
            let dtype = together(call.given.op, DType::Span(one), DType::Span(other))?;
            let (run, out) = match exact {
                true => (loops::RATIO, DType::Float64),
                false => (loops::TIMES, DType::Int64),
            };
            both(call, &a, &b, [dtype, dtype], run, out)
        }
        (Side::Span(a, unit), number @ (Side::Whole(_) | Side::Real(_))) => {
            scaled(call, (a, unit), number, [loops::DIVIDE, loops::DIVIDE_REAL])
        }
        (a, b) => Err(odd(call, "a length of time, and a length or a number to divide it by", [a, b])),
    }
}

fn left(call: &Call<'_>, sides: (Side, Side)) -> Result<Array, Error> {
    match sides {
        (Side::Span(a, one), Side::Span(b, other)) => {
            let dtype = together(call.given.op, DType::Span(one), DType::Span(other))?;
            both(call, &a, &b, [dtype, dtype], loops::LEFT, dtype)
        }
        (a, b) => Err(odd(call, "two lengths of time", [a, b])),
    }
}

/// Two of one dtype, and what comes of them is of it.
fn alike(call: &Call<'_>, a: Operand, b: Operand, run: MapFn) -> Result<Array, Error> {
    let op = call.given.op;
    let (a, b) = (a.array(op)?, b.array(op)?);
    let dtype = together(op, a.logical(), b.logical())?;
    both(call, &a, &b, [dtype, dtype], run, dtype)
}

fn compared(call: &Call<'_>, run: MapFn) -> Result<Array, Error> {
    let op = call.given.op;
    let (a, b) = (call.given.array("x1")?, call.given.array("x2")?);
    let dtype = together(op, a.logical(), b.logical())?;
    let inputs = vec![numbers_of(&a, dtype)?, numbers_of(&b, dtype)?];
    // What is known of stored values decides comparisons with a number, and NaT is none.
    let is_nat = |array: &Array| array.known().is_some_and(|chunk| chunk.values() == Ok(&[NAT]));
    let op = if inputs.iter().any(is_nat) { "isnat" } else { op };
    mapped(op, run, inputs, DType::Bool)
}
