//! Brackets, places that are set, and lists of arrays: what is no function, and has to do with times.

use super::super::super::dtype::DType;
use super::super::super::error::Error;
use super::super::super::graph::Array;
use super::super::super::make::elementwise::Operand;
use super::super::super::make::index::Item;
use super::super::super::make::setting;
use super::super::super::make::structure;
use super::numbers;
use super::units::{numbers_of, together};

/// What `make` makes of an array and what stands in its brackets: told as what the array is.
///
/// # Errors
/// Those of `make`; [`Error::DType`] where times stand in the brackets.
pub(crate) fn bracketed(
    x: &Array,
    items: &[Item],
    make: impl Fn(&Array, &[Item]) -> Result<Array, Error>,
) -> Result<Array, Error> {
    if let Some(dtype) = of_items(items) {
        return Err(Error::DType { op: "[]", takes: "places and truths", dtype });
    }
    Ok(make(&numbers(x), items)?.telling(x.logical()))
}

/// `x` with `value` at the items, in the unit of `x`.
///
/// # Errors
/// Those of [`setting::set`]; [`Error::DType`] where only one of the two is times.
pub(crate) fn placed(x: &Array, items: &[Item], value: Operand) -> Result<Array, Error> {
    let op = "at[].set";
    if let Some(dtype) = of_items(items) {
        return Err(Error::DType { op, takes: "places and truths", dtype });
    }
    let (own, given) = (x.logical(), super::of_operand(&value));
    if !own.is_time() {
        return match given {
            Some(dtype) => Err(Error::DType { op, takes: "numbers as the array has them", dtype }),
            None => setting::set(x, items, value),
        };
    }
    let value = value.array(op)?;
    together(op, own, value.logical())?;
    let value = Operand::Array(numbers_of(&value, own)?);
    Ok(setting::set(&numbers(x), items, value)?.telling(own))
}

/// Arrays of one shape as one.
///
/// # Errors
/// Those of `stack`, and times beside what is none.
pub(crate) fn stacked(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    let Some(first) = arrays.iter().map(Array::logical).find(|dtype| dtype.is_time()) else {
        return structure::stack(op, arrays, 0);
    };
    let dtype = arrays.iter().try_fold(first, |dtype, array| together(op, dtype, array.logical()))?;
    let arrays = arrays.iter().map(|array| numbers_of(array, dtype)).collect::<Result<Vec<_>, _>>()?;
    Ok(structure::stack(op, &arrays, 0)?.telling(dtype))
}

fn of_items(items: &[Item]) -> Option<DType> {
    items.iter().find_map(|item| match item {
        Item::Array(array) => Some(array.logical()).filter(|dtype| dtype.is_time()),
        _ => None,
    })
}
