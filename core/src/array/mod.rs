//! Arrays: n-dimensional, of one dtype, computed by a graph of calls whose shapes and dtypes are known before anything
//! runs.
//!
//! [`graph`] is what a computation is made of, [`make`] the functions that make it, [`plan`] how it runs: maps on maps
//! as one pass over tiles ([`fuse`]), views without a copy, everything else call by call.
//!
//! What is kept of arrays is [`zarr`]: chunks as bytes, and the metadata that say how. [`grid`] and [`cut`] are how an
//! array lies in chunks, [`rechunk`] how it gets from one grid to another, [`stats`] what is known of a chunk's values.
//!
//! [`times`] are whole numbers that an array says are times.
//!
//! [`stored`] reads the arrays that the catalog names, box by box; [`in_place`] is about those that lie with somebody else,
//! [`persisted`] about those that are in memory.
//!
//! Start at [`ops`] to add a function, at [`zarr`] for what is stored.

mod apart;
mod bands;
mod boxes;
mod dtype;
mod element;
mod error;
mod files;
mod fold;
mod fuse;
mod graph;
mod hot;
mod kernels;
#[allow(unused_imports, reason = "what its functions come back with has names, and few call it by them")]
mod linalg;
#[allow(
    dead_code,
    unused_imports,
    reason = "the standard's whole list, tested as one; some loops have a shorter way"
)]
mod maths;
mod notes;
mod part;
mod plan;
mod prune;
mod random;
mod runs;
mod simd;
mod source;
mod strided;
mod tiling;
mod view;

pub mod cut;
pub mod grid;
pub mod in_place;
pub mod keep;
pub mod make;
pub mod npy;
pub mod ops;
pub mod persisted;
pub mod rechunk;
pub mod rows;
pub mod shape;
pub mod stages;
pub mod stats;
pub mod stored;
pub mod tensors;
pub mod times;
pub mod zarr;

pub use self::dtype::{DType, Kind};
pub use self::element::{Data, Element, Slice, SliceMut};
pub use self::error::Error;
pub use self::files::Files;
pub use self::graph::{Array, BYTES_MAX, Chunk, Meta};
pub use self::plan::Plan;
pub use self::source::Source;
pub use self::strided::Layout;
