//! `float16`: what is computed of it is computed as `float32`, and comes back rounded once.
//!
//! Its sums, products, quotients and roots are the nearest numbers that it has, as if it were computed with itself: 32
//! bits hold more than twice its digits and two. What only moves elements takes them as they are.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::elementwise::{Operand, Scalar, astype};
use super::super::maths::half;
use super::{Given, Made, Op, is_of};
use crate::lang::args::{Arg, Args, Literal};

/// Families whose functions move elements, or make them of numbers.
const MOVING: &[&str] = &["creation", "dtypes", "shape", "indexing", "keeping", "stacking"];

/// Functions of other families that do the same, and the one that steps from one number of the dtype to the next.
const MOVING_TOO: &[&str] = &[
    "where",
    "choose",
    "select",
    "compress",
    "extract",
    "append",
    "insert",
    "delete",
    "resize",
    "ravel",
    "diag",
    "diagflat",
    "tri",
    "identity",
    "indices",
    "logspace",
    "geomspace",
    "sliding_window_view",
    "nextafter",
];

/// The greatest number of the dtype.
const MOST: f64 = 65_504.0;

/// What the op makes: through `float32` where it computes with `float16`.
///
/// # Errors
/// Those of the op.
pub(super) fn made(op: &Op, given: &Given<'_>) -> Result<Made, Error> {
    let asked = given.args.text("dtype").map(|name| &**name == DType::Float16.name());
    let of_half = arrays(given.args).any(|array| array.dtype() == DType::Float16);
    if !(of_half || asked == Some(true)) || moves(op) {
        return (op.make)(given);
    }
    // Whatever else took part in the dtype of a result made it wider than `float32`, or was one of these.
    let alone = || arrays(given.args).all(|array| array.dtype().promoted(DType::Float16) != DType::Float32);
    let rounds = asked.unwrap_or_else(alone);
    let is_pair = matches!(op.params, [a, b] if (a.name, b.name) == ("x1", "x2")) && op.name != "ldexp";
    let is_weak = rounds && (is_pair || op.name == "clip");
    let mut args = given.args.map(|_, arg| widened(arg, is_weak))?;
    if asked == Some(true) {
        args = args.with("dtype", Literal::Text(DType::Float32.name().into()));
    }
    if op.name == "nan_to_num" {
        for (name, value) in [("posinf", MOST), ("neginf", -MOST)] {
            if given.maybe_float(name).is_none() {
                args = args.with(name, Literal::Float(value));
            }
        }
    }
    let made = (op.make)(&Given { args: &args, ..*given });
    match made.map_err(|error| if rounds { said(error) } else { error })? {
        Made::One(array) if rounds => rounded(array).map(Made::One),
        Made::Several(arrays) if rounds => {
            arrays.into_iter().map(rounded).collect::<Result<_, _>>().map(Made::Several)
        }
        other => Ok(other),
    }
}

fn moves(op: &Op) -> bool {
    MOVING_TOO.contains(&op.name) || is_of(MOVING, op.name)
}

fn arrays(args: &Args) -> impl Iterator<Item = &Array> {
    let operands = args.iter().flat_map(|(_, arg)| match arg {
        Arg::Array(one) => std::slice::from_ref(one),
        Arg::Arrays(many) => many.as_slice(),
        _ => &[],
    });
    operands.filter_map(|operand| match operand {
        Operand::Array(array) => Some(array),
        Operand::Scalar(_) => None,
    })
}

/// The argument with `float32` in place of `float16`; numbers that are `float16` beside it are rounded as it is.
fn widened(arg: &Arg, is_weak: bool) -> Result<Arg, Error> {
    let operand = |operand: &Operand| match operand {
        Operand::Array(array) if array.dtype() == DType::Float16 => {
            astype(array, DType::Float32).map(Operand::Array)
        }
        Operand::Scalar(scalar) if is_weak => Ok(Operand::Scalar(nearest(*scalar))),
        other => Ok(other.clone()),
    };
    Ok(match arg {
        Arg::Array(one) => Arg::Array(operand(one)?),
        Arg::Arrays(many) => Arg::Arrays(many.iter().map(operand).collect::<Result<_, _>>()?),
        other => other.clone(),
    })
}

/// The number that stands for it among those of the dtype.
fn nearest(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::Float(value) => Scalar::Float(half::nearest(value).to_f64()),
        Scalar::Int(value) => match half::nearest(value as f64).to_f64() {
            near if near.is_finite() => Scalar::Int(near as i128),
            infinite => Scalar::Float(infinite),
        },
        other => other,
    }
}

fn rounded(array: Array) -> Result<Array, Error> {
    match array.dtype() {
        DType::Float32 => astype(&array, DType::Float16),
        _ => Ok(array),
    }
}

/// What is refused is refused of the dtype that was given.
fn said(error: Error) -> Error {
    match error {
        Error::DType { op, takes, dtype: DType::Float32 } => {
            Error::DType { op, takes, dtype: DType::Float16 }
        }
        other => other,
    }
}
