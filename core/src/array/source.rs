//! Where elements are that are not in memory: a box of them is read when a computation comes to it.

use std::fmt;
use std::sync::Arc;

use super::element::Data;
use super::error::Error;
use super::graph::Meta;
use super::grid::Region;
use super::stats::Stats;
use crate::pool::Cancel;

/// An array that lies somewhere.
pub trait Source: fmt::Debug + Send + Sync {
    /// What is known of it.
    fn meta(&self) -> &Meta;

    /// The shape of what is unpacked at once, where it lies in chunks.
    fn chunk(&self) -> Option<&[usize]>;

    /// Whether all of a chunk is unpacked for a part of it.
    fn is_packed(&self) -> bool {
        true
    }

    /// The elements of a box of it, the last axis the densest; those of a box that is in memory already are not copied.
    /// Blocks; made for the pool.
    ///
    /// # Errors
    /// [`Error::Stored`] where they cannot be read, [`Error::Stopped`] soon after `cancel`.
    fn read(&self, region: &Region, cancel: &Cancel) -> Result<Arc<Data>, Error>;

    /// What is known of the values of a box, or of more than it, before any is read.
    fn known(&self, region: &Region) -> Option<Stats> {
        let _ = region;
        None
    }

    /// Bytes that reading takes beside the elements that come of it.
    fn working_bytes(&self) -> u64;
}
