//! Why a body did not become rows.

use std::time::Duration;

use pantile_core::array::{tensors, zarr};
use pantile_core::format::{self, files};
use pantile_core::{Code, catalog, frame, pool, store};

use crate::desk;
use crate::error::Problem;

/// Why a body did not become rows. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is longer than it may be.
    #[error("the body is over the limit {limit} = {max} bytes")]
    TooLarge {
        /// The setting.
        limit: &'static str,
        /// Its value.
        max: u64,
    },
    /// The body unpacks to far more than it is.
    #[error(
        "the body unpacked to {expanded} bytes from {received}, over the limit upload_ratio = {max}; \
         send it uncompressed, or rows in Parquet"
    )]
    Bomb {
        /// Bytes that came.
        received: u64,
        /// Bytes they became.
        expanded: u64,
        /// The limit.
        max: u64,
    },
    /// The body does not unpack.
    #[error("the body is not valid {coding}: {why}")]
    Packed {
        /// How it claims to be packed.
        coding: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The body stopped half-way.
    #[error("the body ended after {received} bytes, before its end")]
    Cut {
        /// Bytes that came.
        received: u64,
        /// What the connection said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nothing came for too long.
    #[error("no byte of the body came for {idle:?}, the limit body_timeout, after {received} bytes")]
    Idle {
        /// Bytes that came.
        received: u64,
        /// The limit.
        idle: Duration,
    },
    /// The array is cut into pieces that are more than uploads may have in memory. The caller can ask for smaller ones.
    #[error(
        "{bytes} bytes of the array would be in memory at a time as it is cut, over the limit upload_memory = {max}"
    )]
    Slab {
        /// How many.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Too many bodies are being received. Try again later.
    #[error("no memory to receive a further body: {0}")]
    Memory(pool::OverBudget),
    /// The body's type is neither named nor recognised.
    #[error("the body's type is not known: {why}")]
    UnknownFormat {
        /// What was looked at.
        why: String,
    },
    /// Rows can only be added to a table that is there.
    #[error("there is no table `{name}` to add rows to{}", pantile_core::did_you_mean(nearest.as_deref()))]
    NoTable {
        /// Its name.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// The dataset's rows are not ours to change.
    #[error("`{name}` is {is}; its rows cannot be uploaded")]
    NotHeld {
        /// Its name.
        name: String,
        /// What it is.
        is: &'static str,
    },
    /// What the elements of an array, or what is said of them, gives reason for.
    #[error(transparent)]
    Array(#[from] zarr::Error),
    /// An archive, or a Zarr store.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// A body that is one array, and a name of one in it.
    #[error("the body is one array, and holds none that is called `{member}`")]
    NoMember {
        /// The name.
        member: String,
    },
    /// Rows that are a table's.
    #[error(transparent)]
    NoArray(#[from] tensors::NoArray),
    /// There is too much to say of the array.
    #[error("the metadata of the array have {bytes} bytes, and at most {max} are kept")]
    Metadata {
        /// How many bytes say it.
        bytes: usize,
        /// How many may.
        max: usize,
    },
    /// The upload was ended meanwhile.
    #[error("the upload was stopped")]
    Stopped,
    /// A catalog's refusal.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// A format's refusal.
    #[error(transparent)]
    Format(#[from] format::Error),
    /// A table's refusal.
    #[error(transparent)]
    Frame(#[from] frame::Error),
    /// A store's failure.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The desk's refusal.
    #[error(transparent)]
    Desk(#[from] desk::Error),
    /// The pool's failure.
    #[error(transparent)]
    Pool(#[from] pool::Error),
}

impl Error {
    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } | Self::Bomb { .. } | Self::Slab { .. } | Self::Metadata { .. } => {
                Code::TooLarge
            }
            Self::Packed { .. } | Self::Cut { .. } | Self::NoArray(_) => Code::InvalidData,
            Self::Idle { .. } => Code::Timeout,
            // Of more than there is no waiting makes enough.
            Self::Memory(over) if over.asked > over.limit => Code::TooLarge,
            Self::Memory(_) => Code::Busy,
            Self::UnknownFormat { .. } => Code::UnsupportedMediaType,
            Self::NoTable { .. } => Code::UnknownDataset,
            Self::NotHeld { .. } => Code::Unsupported,
            Self::Array(error) => error.code(),
            Self::Files(error) => error.code(),
            Self::NoMember { .. } => Code::InvalidRequest,
            Self::Stopped => Code::Cancelled,
            Self::Catalog(error) => error.code(),
            Self::Format(error) => error.code(),
            Self::Frame(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Desk(error) => error.code(),
            Self::Pool(error) => error.code(),
        }
    }

    /// The limit it met, by the name of its setting.
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::TooLarge { limit, .. } => Some(limit),
            Self::Bomb { .. } => Some("upload_ratio"),
            Self::Idle { .. } => Some("body_timeout"),
            Self::Memory(_) | Self::Slab { .. } => Some("upload_memory"),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoTable { .. } => Some("PUT /v1/tables/{name} makes a table of the body"),
            Self::Slab { .. } => Some("smaller `chunks` and `shards`, as `?chunks=100,100&shards=1000,1000`"),
            Self::UnknownFormat { .. } => Some("say which with Content-Type, or with ?format= in the query"),
            _ => None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (limit, hint) = (error.limit(), error.hint());
        let problem = match error {
            Error::Desk(error) => Self::from(error),
            error => Self::of(error.code(), &error),
        };
        let problem = match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        };
        match limit {
            Some(limit) => problem.with("limit", limit.into()),
            None => problem,
        }
    }
}
