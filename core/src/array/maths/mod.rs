//! Functions of single numbers, as the Array API standard 2025.12 wants them, special cases included.
//!
//! The kernels of elementwise operations call these in their loops; nothing here knows an array.
//! No function panics, whatever its arguments: integers wrap around, floats become infinite or NaN.
//!
//! Start at [`real`] for `f32` and `f64`, at [`integer`] for the eight integer types, and at [`complex`]
//! for complex numbers, which are computed in `f64` whatever their type. [`number`] says what the types
//! must offer; [`vector`] has the most frequent ones of `f64` for loops over vectors; `exact` adds and multiplies
//! without rounding where a sum would cancel.

pub mod complex;
mod exact;
pub mod half;
pub mod integer;
pub mod number;
pub mod real;
#[cfg(test)]
mod tests;
pub mod vector;
