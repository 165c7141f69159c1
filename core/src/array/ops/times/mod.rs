//! Times: what each function makes of `datetime64` and `timedelta64`, which are computed as whole numbers.
//!
//! Every function comes through here. What only moves elements runs on the numbers, and its result is told as times again
//! ([`moves`]); what puts them in order has NaT behind all others ([`order`]); arithmetic and comparisons have loops of their
//! own ([`pairs`], [`single`], [`many`]). A function that is named nowhere here takes no times, and says so.

mod brackets;
mod creation;
mod many;
mod moves;
mod order;
mod pairs;
mod single;
mod units;

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::assemble::Nested;
use super::super::make::elementwise::Operand;
use super::{Given, Made, Op, narrow};
use crate::lang::args::{Arg, Args};

pub(crate) use brackets::{bracketed, placed, stacked};
pub(crate) use creation::of_texts;

/// What the op makes: of times what they come to, of all else what it is written for.
///
/// # Errors
/// Those of the op, and [`Error::DType`] where it takes no times.
pub(super) fn made(op: &Op, given: &Given<'_>) -> Result<Made, Error> {
    let Some(dtype) = first(given).or_else(|| creation::told(op.name, given)) else {
        return narrow::made(op, given);
    };
    let call = Call { op, given, dtype };
    let made = creation::made(&call)?;
    let made = if made.is_some() { made } else { pairs::made(&call)? };
    let made = if made.is_some() { made } else { single::made(&call)? };
    let made = if made.is_some() { made } else { many::made(&call)? };
    let made = if made.is_some() { made } else { order::made(&call)? };
    let made = if made.is_some() { made } else { moves::made(&call)? };
    made.ok_or_else(|| call.refused("numbers", dtype))
}

/// A call that has to do with times.
struct Call<'a> {
    op: &'a Op,
    given: &'a Given<'a>,
    /// The first dtype of times that is in it.
    dtype: DType,
}

impl Call<'_> {
    fn refused(&self, takes: &'static str, dtype: DType) -> Error {
        Error::DType { op: self.given.op, takes, dtype }
    }

    /// What the op makes of these arguments, among which are no times.
    fn run(&self, args: &Args) -> Result<Made, Error> {
        narrow::made(self.op, &Given { args, ..*self.given })
    }

    /// What it makes of its own, `each` array of times replaced.
    fn run_with(&self, each: impl Fn(&Array) -> Result<Array, Error>) -> Result<Made, Error> {
        self.run(&replaced(self.given.args, &each)?)
    }

    /// The same, where it makes one array.
    fn one_with(&self, each: impl Fn(&Array) -> Result<Array, Error>) -> Result<Array, Error> {
        match self.run_with(each)? {
            Made::One(array) => Ok(array),
            _ => Err(Error::Defect(self.given.op)),
        }
    }

    /// Every array that it was given, under the name of its parameter.
    fn operands(&self) -> impl Iterator<Item = (&'static str, &Operand)> {
        self.given.args.iter().flat_map(|(param, arg)| {
            let operands = match arg {
                Arg::Array(one) => std::slice::from_ref(one),
                Arg::Arrays(many) => many.as_slice(),
                _ => &[],
            };
            operands.iter().map(|operand| (param.name, operand))
        })
    }
}

/// The first dtype of times among the arrays that were given.
fn first(given: &Given<'_>) -> Option<DType> {
    given.args.iter().find_map(|(_, arg)| match arg {
        Arg::Array(one) => of_operand(one),
        Arg::Arrays(many) => many.iter().find_map(of_operand),
        Arg::Nested(nested) => of_nested(nested),
        _ => None,
    })
}

fn of_operand(operand: &Operand) -> Option<DType> {
    match operand {
        Operand::Array(array) => Some(array.logical()).filter(|dtype| dtype.is_time()),
        Operand::Scalar(_) => None,
    }
}

fn of_nested(nested: &Nested) -> Option<DType> {
    match nested {
        Nested::One(operand) => of_operand(operand),
        Nested::Many(items) => items.iter().find_map(of_nested),
    }
}

/// The arguments with what `each` makes of every array of times.
fn replaced(args: &Args, each: &impl Fn(&Array) -> Result<Array, Error>) -> Result<Args, Error> {
    let one = |operand: &Operand| match operand {
        Operand::Array(array) if array.logical().is_time() => each(array).map(Operand::Array),
        other => Ok(other.clone()),
    };
    args.map(|_, arg| {
        Ok(match arg {
            Arg::Array(operand) => Arg::Array(one(operand)?),
            Arg::Arrays(many) => Arg::Arrays(many.iter().map(one).collect::<Result<_, _>>()?),
            other => other.clone(),
        })
    })
}

/// The array as the numbers that it is held as; of one of numbers itself.
fn numbers(array: &Array) -> Array {
    array.telling(DType::Int64)
}

/// What was made, each array of it told as that dtype.
fn told(made: Made, dtype: DType) -> Made {
    match made {
        Made::One(array) => Made::One(array.telling(dtype)),
        Made::Several(arrays) => {
            Made::Several(arrays.into_iter().map(|array| array.telling(dtype)).collect())
        }
        Made::Kept(mut keep) => {
            keep.array = keep.array.telling(dtype);
            Made::Kept(keep)
        }
        asks @ Made::Asks(_) => asks,
    }
}
