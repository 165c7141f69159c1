//! The functions that make arrays of arrays: shapes, axes and dtypes are settled here, and nothing is computed.

pub mod create;
pub mod elementwise;
pub mod fourier;
pub mod index;
pub mod linear;
pub mod masked;
pub mod order;
pub mod random;
pub mod random_order;
pub mod random_rows;
pub mod reduce;
pub mod scan;
pub mod sets;
pub mod structure;

mod masked_middle;
mod masked_where;
