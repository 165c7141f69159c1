//! Random numbers that depend on a seed and a place alone: each element has a stream of draws of its own.
//!
//! [`draws`] is the generator (Philox), [`laws`] and [`counts`] are distributions over it: a function of parameters
//! that refuses them or gives a sampler. Nothing here knows of arrays.

mod counts;
mod draws;
mod laws;
mod params;
mod whole;

pub use self::counts::*;
pub use self::draws::{Draws, Stream};
pub use self::laws::*;
pub use self::params::{not_negative, probability};
pub use self::whole::{Bounds, below, bounded};

/// What a distribution says of parameters that it does not take.
pub type Said = String;
