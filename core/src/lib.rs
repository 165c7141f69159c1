//! What Pantile holds and what it does to it: tables kept as partitions, the catalog that names
//! them, the bytes they lie in, and the pool of threads and memory everything runs on.
//!
//! Nothing in here knows SQL, HTTP or Flight, and nothing in here waits on a socket. Bytes are made
//! durable by [`store`] alone, names change by a commit to the [`catalog`] alone, loops over elements
//! run on the [`pool`] alone.
//!
//! Start at [`catalog::Catalog`] for what is held, at [`frame::ingest`] for how rows become
//! partitions, at [`format::FORMATS`] to add a file format.

mod code;
mod names;

pub mod array;
pub mod catalog;
pub mod format;
pub mod frame;
pub mod lang;
pub mod pool;
pub mod store;

pub use code::Code;
pub use names::{cut, did_you_mean, instead, nearest};
