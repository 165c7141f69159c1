//! How a body becomes rows of a table: received, unpacked, read, written, committed.
//!
//! Receiving needs no seat at the desk, only a fixed buffer, so that slow senders hold up nobody; the body
//! goes to a nameless file, unpacked on the way ([`receive`]). Then it takes a seat, is read by its format
//! and written as partitions on the pool, and one commit makes them visible. Whatever fails before that
//! commit leaves nothing behind.
//!
//! An array's elements go the same way, cut into shards instead of partitions ([`keep`]); those of an archive or of
//! Zarr are cut anew, and one that lies at a location may stay there (`in_place`). What is said of either besides, and how both end, is one piece ([`Head`]).
//!
//! Start at [`load`].

mod archived;
mod arrays;
mod commit;
mod error;
mod fetch;
mod form;
mod in_place;
mod load;
mod receive;
mod shards;
mod tensors;
mod unpack;

pub use arrays::{Elements, Said, free, keep};
pub use commit::{Head, InDraft, Key, Loaded};
pub use error::Error;
pub use fetch::fetch;
pub use form::Form;
pub use load::{Mode, Upload, load, target};
pub use receive::{Received, receive};
