//! Arrays that are somebody else's: Zarr stores at a location, which are read where they lie.
//!
//! One idea: what is there may change, and is asked for again by every question. Its metadata must still say what they said
//! when the array got its name ([`Theirs::check`]), and a file is read in one state, which is the mark of what is kept
//! unpacked of it.
//!
//! Nothing here lists chunks or writes anything. Start at [`find`].

mod find;
mod node;
mod theirs;

pub use self::find::{Lying, find};
pub(super) use self::theirs::Theirs;
