//! The functions that make arrays of arrays: shapes, axes and dtypes are settled here, and nothing is computed.

pub mod bins;
pub mod create;
pub mod elementwise;
pub mod fourier;
pub mod grid;
pub mod histogram;
pub mod index;
pub mod interp;
pub mod linear;
pub mod masked;
pub mod method;
pub mod nans;
pub mod order;
pub mod places;
pub mod quantile;
pub mod random;
pub mod random_order;
pub mod random_rows;
pub mod rank;
pub mod reduce;
pub mod scan;
pub mod sets;
pub mod sketch;
pub mod spread;
pub mod structure;
pub mod tally;
pub mod weighted;

mod masked_middle;
mod masked_where;
