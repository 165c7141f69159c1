//! The functions that make arrays of arrays: shapes, axes and dtypes are settled here, and nothing is computed.

pub mod assemble;
pub mod coarse;
pub mod create;
pub mod edges;
pub mod einsum;
pub mod elementwise;
pub mod fourier;
pub mod gradient;
pub mod grids;
pub mod index;
pub mod linear;
pub mod matrices;
pub mod numbers;
pub mod order;
pub mod padding;
pub mod partition;
pub mod picking;
pub mod products;
pub mod reduce;
pub mod scan;
pub mod sets;
pub mod short;
pub mod sliding;
pub mod stencil;
pub mod structure;
pub mod windowed;
