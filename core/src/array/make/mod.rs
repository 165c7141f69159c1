//! The functions that make arrays of arrays: shapes, axes and dtypes are settled here, and nothing is computed.

pub mod create;
pub mod elementwise;
pub mod fourier;
pub mod index;
pub mod linear;
pub mod order;
pub mod reduce;
pub mod scan;
pub mod sets;
pub mod structure;
