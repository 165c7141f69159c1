//! Frames: how rows become partitions, and partitions become fewer.
//!
//! A batch of any file is first made to [`conform`] to the types that tables hold, then cut and written by
//! [`PartitionWriter`]. What a partition says of itself ([`crate::catalog::ColumnStats`]) is read off its
//! own Parquet footer, so that it can be trusted as far as the file can.
//!
//! Start at [`PartitionWriter`].

pub mod engine;
pub mod functions;
pub mod groups;
pub mod lower;
pub mod order;
pub mod plan;
pub mod verbs;

mod check;
mod compact;
mod conform;
mod error;
pub(crate) mod page;
mod read;
mod stats;
mod types;
mod writer;

pub use compact::{CompactError, Compacted, compact};
pub use conform::{conform, new_columns};
pub use error::Error;
pub use read::{fetch, read_columns};
pub use stats::{stats_array, value_text};
pub use types::{held_field, held_schema, held_type};
pub use writer::{PartitionSizes, PartitionWriter, write_partitions};
