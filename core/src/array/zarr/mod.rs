//! Zarr, versions 2 and 3: what an array's metadata say, and its chunks from elements to bytes and back.
//!
//! Nothing here opens a file: whoever calls brings the bytes, or a function that reads a range of them. Nothing here
//! believes a file either: lengths, offsets and sizes are held against one another before memory is asked for, and no
//! chunk unpacks to more than its shape says. What is unknown is refused by its name.
//!
//! [`read_v3`], [`read_v2`] and [`metadata`] are the metadata, [`Description`] what they say; [`encode`] and [`decode`]
//! are a chunk, or a shard of chunks of which only the wanted ones are read; [`write()`] makes an array of elements that
//! come one after the other, [`Recut`] one of another's chunks.
//!
//! Start at [`Description`].

mod blosc;
mod chunk;
mod codecs;
mod describe;
mod element;
mod error;
mod fill;
mod incoming;
mod json;
mod pack;
mod recut;
mod shard;
mod slab;
mod steps;
mod tree;
mod v2;
mod v3;
mod wire;
mod write;

pub use self::chunk::{Encoded, Source, decode, encode, file_bytes_max, fill, shard_index};
pub use self::codecs::{Body, Chain, IndexForm};
pub use self::describe::{CHUNK_BYTES_MAX, Description, Keys, Ours};
pub use self::element::{Stored, Tick};
pub use self::error::Error;
pub use self::incoming::Incoming;
pub use self::pack::Packing;
pub use self::recut::Recut;
pub use self::shard::{ShardIndex, at_once};
pub use self::slab::{Written, packed, slab_elements, write};
pub use self::tree::{Found, arrays_in, consolidated};
pub use self::v2::read as read_v2;
pub use self::v3::read as read_v3;
pub use self::write::{group, metadata};
