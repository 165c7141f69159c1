//! Where bytes lie: the data folder, the tiles in it or in a bucket, uploads on their way, the hot cache.
//! Nothing else in Pantile opens a file.
//!
//! One idea: a tile is written once, made durable before anybody hears of it, and never changed. Local
//! writes go through [`TileWriter`], which fsyncs the file, renames it without replacing and fsyncs the
//! folder; `object_store` 0.13 does none of that, so it only reads here, and writes to buckets.

mod cache;
mod contained;
mod durable;
mod folder;
mod hold;
mod home;
mod location;
mod place;
mod reading;
mod scratch;
mod spool;
mod tiles;

pub mod located;

pub use cache::{CacheEntry, CacheFigures, CacheKey, CacheOwner, HotCache, Room};
pub use contained::LeadsOut;
pub use durable::{stop, sync_folder};
pub use folder::TileFolder;
pub(crate) use folder::{folder_of, uuid_of};
pub use hold::Hold;
pub use home::Home;
pub use location::open_location;
pub use place::{FileState, Place};
pub use reading::TileReader;
pub use scratch::{Scratch, ScratchSpace};
pub use spool::{Spool, Spooled};
pub use tiles::{Sealed, Stored, TileStore, TileWriter};

use std::path::PathBuf;

use crate::Code;

/// Why bytes could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the data folder.
    #[error(
        "data folder {} is in use by process {holder}; stop that one, or start this one with another --data-dir",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// What the lock file says of its holder.
        holder: String,
    },
    /// There is no data folder.
    #[error("{} is no data folder: it has no catalog.db; name the folder that the server uses with --data-dir", path.display())]
    NoHome {
        /// The folder.
        path: PathBuf,
    },
    /// The data folder lies on a file system whose locks and fsync cannot be trusted.
    #[error(
        "data folder {} is on {kind}, where a lock or an fsync may be lost; put it on a local disk and keep partitions in a bucket with the setting `store`",
        path.display()
    )]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// The kind of file system.
        kind: &'static str,
    },
    /// The disk is full. Nothing was committed.
    #[error("the disk under the data folder is full: failed {doing} a file")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Computations have as much scratch as they may.
    #[error("scratch space of limit `scratch_bytes`, {limit} bytes, is used up")]
    ScratchFull {
        /// What they may have together.
        limit: u64,
    },
    /// A file could not be made, written or read.
    #[error("failed {doing} {}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A tile of that name exists already; it was left alone.
    #[error("tile {path} exists already")]
    Exists {
        /// The tile.
        path: String,
    },
    /// A bucket did not do as asked. A retry may help.
    #[error("the object store failed {doing} {path}")]
    Remote {
        /// What was being done.
        doing: &'static str,
        /// To which object.
        path: String,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// The bucket's answer was lost and the object is not there: it may still appear. Nothing was deleted.
    #[error("it is not known whether the object store kept {path}")]
    Unknown {
        /// The object.
        path: String,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// A location's URL or options are not usable.
    #[error("location {url} cannot be opened: {why}")]
    Location {
        /// The URL, without secrets.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Full { .. } => Code::StorageFull,
            Self::ScratchFull { .. } => Code::LimitScratch,
            Self::Unknown { .. } => Code::UnknownOutcome,
            Self::Location { .. } => Code::InvalidRequest,
            Self::InUse { .. } | Self::NoHome { .. } | Self::NetworkFileSystem { .. } => Code::Unavailable,
            Self::File { .. } | Self::Remote { .. } | Self::Exists { .. } => Code::StorageFailed,
        }
    }

    /// A failed system call as an error of this room: a full disk apart from everything else.
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        if is_full(&source) {
            Self::Full { doing, source }
        } else {
            Self::File { doing, path: path.into(), source }
        }
    }
}

/// Whether the system said that the disk, or the quota on it, is used up.
pub fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}
