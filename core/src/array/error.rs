//! What is wrong with a computation on arrays.

use super::dtype::DType;
use super::linalg;
use crate::Code;

/// Why an array cannot be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Two shapes that do not broadcast. The caller can reshape or index one of them.
    #[error("cannot broadcast shape {left:?} with shape {right:?} in `{op}`")]
    Broadcast {
        /// Who asked.
        op: &'static str,
        /// The one.
        left: Vec<usize>,
        /// The other.
        right: Vec<usize>,
    },
    /// An axis that is not there.
    #[error("axis {axis} of `{op}` is not there: the array has {axes} axes")]
    Axis {
        /// Who asked.
        op: &'static str,
        /// What was asked for.
        axis: i64,
        /// How many there are.
        axes: usize,
    },
    /// A dtype that the function does not take. The caller can use `astype`.
    #[error("`{op}` takes {takes}, and got {dtype}")]
    DType {
        /// Who asked.
        op: &'static str,
        /// What it takes.
        takes: &'static str,
        /// What it got.
        dtype: DType,
    },
    /// An index beyond the end of its axis.
    #[error("index {index} is beyond axis {axis}, which has {length} elements")]
    Index {
        /// The index.
        index: i64,
        /// The axis.
        axis: usize,
        /// Its length.
        length: usize,
    },
    /// More than may be had at once.
    #[error("`{op}` would make an array of shape {shape:?}, {bytes} bytes, and {limit} may be had")]
    TooLarge {
        /// Who makes it.
        op: &'static str,
        /// Its shape.
        shape: Vec<usize>,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// A step that takes more than there is, however it is cut. The caller can take a part of it, or keep what it reads
    /// in other chunks.
    #[error(
        "`{op}` of shape {shape:?} takes {bytes} bytes at once however it is cut, and {limit} may be had"
    )]
    NoRoom {
        /// The step.
        op: &'static str,
        /// The shape of what it makes at once.
        shape: Vec<usize>,
        /// What it takes.
        bytes: u64,
        /// What may be had.
        limit: u64,
        /// A shape of chunks that would do, where it is the chunks that are too large.
        chunk: Option<Vec<usize>>,
    },
    /// Scratch took no more, or has lost what it was given.
    #[error("scratch: {said}")]
    Scratch {
        /// What is wrong.
        said: String,
        /// What kind of thing that is.
        code: Code,
    },
    /// A matrix that has no answer: no inverse, no factors.
    #[error("`{op}` has no answer")]
    Matrix {
        /// Who asked.
        op: &'static str,
        /// Why.
        #[source]
        source: linalg::Error,
    },
    /// Anything else that its op says of its arguments.
    #[error("`{op}` {said}")]
    Refused {
        /// Who asked.
        op: &'static str,
        /// What is wrong.
        said: String,
    },
    /// A stored array that cannot be read. Another copy of it may help.
    #[error("the array `{name}` cannot be read: {said}")]
    Stored {
        /// Its name.
        name: String,
        /// What is wrong.
        said: String,
        /// What clients may act on.
        code: Code,
    },
    /// The question was ended meanwhile.
    #[error("the computation was stopped")]
    Stopped,
    /// Something that cannot be: a defect.
    #[error("a step of the computation got what it does not take, in {0}: a defect")]
    Defect(&'static str),
}

impl Error {
    /// A refusal in the op's own words: `said` follows its name.
    pub fn refused(op: &'static str, said: impl Into<String>) -> Self {
        Self::Refused { op, said: said.into() }
    }

    /// The code that clients may act on.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } | Self::NoRoom { .. } => Code::LimitMemory,
            Self::Matrix { .. } => Code::InvalidValue,
            Self::Stored { code, .. } | Self::Scratch { code, .. } => *code,
            Self::Stopped => Code::Cancelled,
            Self::Defect(_) => Code::Internal,
            _ => Code::InvalidProgram,
        }
    }
}
