//! Times in order: NaT is behind all others, and equal to none but where equal ones are put together.

use super::super::super::dtype::DType;
use super::super::super::error::Error;
use super::super::super::graph::Array;
use super::super::super::make::elementwise::{Operand, Scalar, choose};
use super::super::super::make::reduce::{self, Along};
use super::super::super::times::loops;
use super::super::Made;
use super::units::{mapped, numbers_of, together};
use super::{Call, of_operand, replaced};
use crate::lang::args::{Arg, Args, Literal};

/// Functions whose first result has times again.
const VALUES: &[&str] = &[
    "sort",
    "partition",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "union1d",
    "intersect1d",
    "setdiff1d",
    "setxor1d",
];

/// Functions that tell places.
const PLACES: &[&str] = &["argsort", "argpartition", "searchsorted"];

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let name = call.op.name;
    Ok(Some(match name {
        "isin" => isin(call)?.into(),
        "array_equal" => equal(call)?.into(),
        _ if VALUES.contains(&name) => {
            let dtype = dtype(call, &[])?;
            match call.run(&keyed(call, dtype)?)? {
                Made::One(array) => of_key(array, dtype)?.into(),
                Made::Several(arrays) => {
                    let each = arrays.into_iter().zip(0_usize..).map(|(array, at)| match at {
                        0 => of_key(array, dtype),
                        _ => Ok(array),
                    });
                    each.collect::<Result<Vec<_>, _>>()?.into()
                }
                other => other,
            }
        }
        _ if PLACES.contains(&name) => {
            let dtype = dtype(call, &["sorter"])?;
            call.run(&keyed(call, dtype)?)?
        }
        _ => return Ok(None),
    }))
}

/// The dtype that all arrays have together, but those of these parameters, which are no times.
pub(super) fn dtype(call: &Call<'_>, but: &[&str]) -> Result<DType, Error> {
    let mut places = call.operands().filter(|(name, _)| but.contains(name));
    if let Some(odd) = places.find_map(|(_, operand)| of_operand(operand)) {
        return Err(call.refused("places, counts and truths", odd));
    }
    let mut found = call.dtype;
    for (_, operand) in call.operands().filter(|(name, _)| !but.contains(name)) {
        let own = match operand {
            Operand::Array(array) => array.logical(),
            Operand::Scalar(scalar) => scalar.dtype(),
        };
        found = together(call.given.op, found, own)?;
    }
    Ok(found)
}

/// The arguments, with whole numbers beside times in the same order as those.
fn keyed(call: &Call<'_>, dtype: DType) -> Result<Args, Error> {
    call.given.args.map(|param, arg| match arg {
        Arg::Array(operand) if param.name != "sorter" => {
            Ok(Arg::Array(Operand::Array(key(&operand.clone().array(call.given.op)?, dtype)?)))
        }
        other => Ok(other.clone()),
    })
}

/// Numbers in whose order NaT is the last.
fn key(array: &Array, dtype: DType) -> Result<Array, Error> {
    mapped("key", loops::KEY, vec![numbers_of(array, dtype)?], DType::Int64)
}

fn of_key(array: Array, dtype: DType) -> Result<Array, Error> {
    mapped("key", loops::OF_KEY, vec![array], dtype)
}

fn isin(call: &Call<'_>) -> Result<Array, Error> {
    let dtype = dtype(call, &[])?;
    let found = call.one_with(|array| numbers_of(array, dtype))?;
    let x = call.given.array("x1")?;
    if !x.logical().is_time() {
        return Ok(found);
    }
    let is_nat = mapped("isnat", loops::IS_NAT, vec![x], DType::Bool)?;
    let none = Operand::Scalar(Scalar::Bool(call.given.is("invert")));
    choose(&is_nat, none, Operand::Array(found))
}

fn equal(call: &Call<'_>) -> Result<Array, Error> {
    let dtype = dtype(call, &[])?;
    let (a, b) = (call.given.array("a1")?, call.given.array("a2")?);
    if call.given.is("equal_nan") || a.shape() != b.shape() {
        let args = replaced(call.given.args, &|array| numbers_of(array, dtype))?;
        return match call.run(&args.with("equal_nan", Literal::Bool(false)))? {
            Made::One(array) => Ok(array),
            _ => Err(Error::Defect(call.given.op)),
        };
    }
    let inputs = vec![numbers_of(&a, dtype)?, numbers_of(&b, dtype)?];
    let same = mapped("array_equal", loops::EQUAL, inputs, DType::Bool)?;
    reduce::truth("array_equal", &same, &Along::default(), true)
}
