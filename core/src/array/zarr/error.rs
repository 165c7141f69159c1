//! What is wrong with a Zarr array.

use crate::Code;

/// Why an array, or a chunk of it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Metadata that break a rule of Zarr's, or lie.
    #[error("{file}: {said}")]
    Metadata {
        /// Which file.
        file: String,
        /// What was read, and the rule.
        said: String,
    },
    /// What other programs read and this one does not. The caller can store the array otherwise.
    #[error("{file}: {what} is not read; {instead}")]
    Unsupported {
        /// Which file.
        file: String,
        /// What it is.
        what: String,
        /// What to do.
        instead: &'static str,
    },
    /// Chunks that are cut anew so differently that each would be unpacked many times. The caller can choose others.
    #[error(
        "chunks of shape {from:?} would each be unpacked {times} times to make shards of shape {to:?}: choose `chunks` and \
         `shards` that are nearer to them"
    )]
    Apart {
        /// The shape of what is unpacked.
        from: Vec<usize>,
        /// The shape of what is made.
        to: Vec<usize>,
        /// How many times.
        times: usize,
    },
    /// Bytes that are no chunk of the array. Another copy of it may help.
    #[error("the chunk is damaged: {said}")]
    Damaged {
        /// What is wrong with them.
        said: String,
    },
    /// Bytes of a chunk could not be read. Worth another try when the source says so.
    #[error("failed to read {bytes} bytes of a chunk, from byte {offset} on")]
    Read {
        /// Where they begin.
        offset: u64,
        /// How many.
        bytes: u64,
        /// What the reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that cannot be: a defect.
    #[error("a step got what it does not take, in {0}: a defect")]
    Defect(&'static str),
}

impl Error {
    /// The code that clients may act on.
    pub fn code(&self) -> Code {
        match self {
            Self::Metadata { .. } | Self::Damaged { .. } => Code::InvalidData,
            Self::Unsupported { .. } | Self::Apart { .. } => Code::Unsupported,
            Self::Read { .. } => Code::StorageFailed,
            Self::Defect(_) => Code::Internal,
        }
    }

    /// A broken rule; whoever knows the file's name adds it with [`Error::of`].
    pub(super) fn metadata(said: impl Into<String>) -> Self {
        Self::Metadata { file: String::new(), said: said.into() }
    }

    /// Something that is not read.
    pub(super) fn unsupported(what: impl Into<String>, instead: &'static str) -> Self {
        Self::Unsupported { file: String::new(), what: what.into(), instead }
    }

    pub(super) fn damaged(said: impl Into<String>) -> Self {
        Self::Damaged { said: said.into() }
    }

    /// The same of that file.
    pub(super) fn of(self, name: &str) -> Self {
        match self {
            Self::Metadata { said, .. } => Self::Metadata { file: name.to_owned(), said },
            Self::Unsupported { what, instead, .. } => {
                Self::Unsupported { file: name.to_owned(), what, instead }
            }
            other => other,
        }
    }
}
