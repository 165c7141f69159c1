//! Files and wire bytes to record batches and back, one file a format.
//!
//! Reading is lazy, blocking, bounded in memory, and trusts no byte: a damaged file is an [`Error`] that
//! says where, never a panic and never a shorter table. Writing is a push encoder, so that an answer of any
//! size streams. A value that a text format cannot hold as it is becomes text that can be read back; none is
//! rounded or dropped.
//!
//! A format is a file, its page beside it, and one line in [`FORMATS`]; the contract test in
//! `tests/it/format.rs` then runs over it. Start at [`Format`]. What text formats share lies in `cell` (text
//! to column) and `value` (column to text), what those for people share in `drawn`.
//!
//! Arrays come in [`files`] by their names, those of an [`archive`] or [`crate::store::located`] below a place of a store: an [`npz`],
//! or [Zarr](zarr_files).

pub mod archive;
mod arrow_file;
mod arrow_stream;
mod cell;
mod contract;
mod csv;
mod drawn;
mod error;
pub mod files;
mod guard;
mod ipc;
mod json;
mod lookup;
mod markdown;
mod npy;
pub mod npz;
mod options;
mod parquet;
pub mod plain;
mod text;
mod types;
mod value;
mod vertical;
pub mod zarr_files;

pub use self::contract::{Encoder, Ending, Format};
pub use self::drawn::cut;
pub use self::error::Error;
pub use self::lookup::{Coding, by_extension, by_media_type, by_name, compression_of, recognise};
pub use self::options::{Compression, Numbers, ReadOptions, TypeOrigin, WriteOptions};
pub use self::parquet::checked_metadata as checked_parquet_metadata;
pub use self::types::{parse_schema, parse_type, type_name};

/// Every format, sorted by name.
pub static FORMATS: &[&dyn Format] = &[
    &arrow_stream::ArrowStream,
    &arrow_file::ArrowFile,
    &csv::CSV,
    &json::Json,
    &markdown::MARKDOWN,
    &json::NdJson,
    &npy::Npy,
    &parquet::Parquet,
    &text::TEXT,
    &csv::TSV,
    &vertical::VERTICAL,
];

/// No file is read with more columns than this.
pub const COLUMNS_MAX: usize = 16_384;
