//! Functions that move elements: they run on the numbers, and what comes of it is times again.

use super::super::super::dtype::DType;
use super::super::super::error::Error;
use super::super::super::make::elementwise::Operand;
use super::super::{Made, is_of};
use super::order::dtype;
use super::units::numbers_of;
use super::{Call, numbers, told};

/// Families whose functions move elements.
const MOVING: &[&str] = &["shape", "indexing", "stacking", "keeping"];

/// Functions of other families that do the same.
const MOVING_TOO: &[&str] = &[
    "where",
    "compress",
    "extract",
    "append",
    "insert",
    "delete",
    "resize",
    "ravel",
    "diagonal",
    "linalg.diagonal",
    "linalg.matrix_transpose",
    "fft.fftshift",
    "fft.ifftshift",
    "sliding_window_view",
    "meshgrid",
];

/// Functions of those families that do not: they take lists in lists, or lengths.
const OTHERS: &[&str] = &["block", "broadcast_shapes"];

/// Parameters that say which elements, and how often.
const PLACES: &[&str] = &["indices", "repeats", "condition"];

/// How an array may be padded where nothing is computed for it.
const COPYING: &[&str] = &["edge", "reflect", "symmetric", "wrap", "empty"];

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let name = call.op.name;
    match name {
        // Each keeps its own.
        "meshgrid" | "broadcast_arrays" | "atleast_1d" | "atleast_2d" | "atleast_3d" => {
            let dtypes: Vec<DType> = call.operands().map(|(_, operand)| own(operand)).collect();
            let made = match call.run_with(|array| Ok(numbers(array)))? {
                Made::One(array) if dtypes.len() == 1 => array.telling(dtypes[0]).into(),
                Made::Several(arrays) if arrays.len() == dtypes.len() => {
                    let each = arrays.into_iter().zip(dtypes).map(|(array, dtype)| array.telling(dtype));
                    each.collect::<Vec<_>>().into()
                }
                _ => return Err(Error::Defect(call.given.op)),
            };
            return Ok(Some(made));
        }
        "pad" => {
            let copies = call.given.text("mode").is_some_and(|mode| COPYING.contains(&mode));
            if !copies || call.given.text("reflect_type") == Some("odd") {
                let takes =
                    "numbers, or `mode` as \"edge\", \"reflect\", \"symmetric\", \"wrap\" or \"empty\"";
                return Err(call.refused(takes, call.dtype));
            }
        }
        _ if !moves(name) => return Ok(None),
        _ => {}
    }
    let dtype = dtype(call, PLACES)?;
    Ok(Some(told(call.run_with(|array| numbers_of(array, dtype))?, dtype)))
}

fn moves(name: &str) -> bool {
    !OTHERS.contains(&name) && (MOVING_TOO.contains(&name) || is_of(MOVING, name))
}

fn own(operand: &Operand) -> DType {
    match operand {
        Operand::Array(array) => array.logical(),
        Operand::Scalar(scalar) => scalar.dtype(),
    }
}
