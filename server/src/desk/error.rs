//! Why a question was not admitted, or did not come to its end.

use std::time::Duration;

use pantile_core::Code;
use pantile_core::pool::{OverBudget, Reason};

/// Why a question was not admitted, or did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no slot, and no place in the queue or no end to the wait in it. Try again later.
    #[error("{why}")]
    Busy {
        /// Which of the two, with the figures.
        why: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// There is not even the memory to plan the question. Try again later.
    #[error("no memory for a further question: {0}")]
    Memory(OverBudget),
    /// The question alone, before it is planned, is more than all of them may hold.
    #[error("the question is too large: {0}")]
    TooLarge(OverBudget),
    /// A query id that cannot be one.
    #[error("a query id is 1 to {max} letters, digits or -_.: and `{id}` is not", max = super::QueryId::MAX)]
    BadQueryId {
        /// The id, cut.
        id: String,
    },
    /// Another question of that id is running.
    #[error("a question with the query id `{id}` is running; choose another id, or cancel that one")]
    QueryIdTaken {
        /// The id.
        id: String,
    },
    /// No question of that id is running.
    #[error("no question with the query id `{id}` is running")]
    UnknownQuery {
        /// The id.
        id: String,
    },
    /// No question of that id is known.
    #[error("no question with the query id `{id}` runs, and none is remembered")]
    ForgottenQuery {
        /// The id.
        id: String,
    },
    /// A longer time-out than the server allows.
    #[error("the time-out {asked:?} is over the limit timeout_max = {max:?}")]
    TimeoutTooLong {
        /// The time-out.
        asked: Duration,
        /// The longest allowed.
        max: Duration,
    },
    /// The question was ended before its end.
    #[error("the question was ended after {} ms: {}", after.as_millis(), reason.as_str())]
    Ended {
        /// Why.
        reason: Reason,
        /// How long it had run.
        after: Duration,
    },
    /// SQL refused it, or it failed.
    #[error(transparent)]
    Sql(pantile_sql::Error),
    /// Something failed that should not.
    #[error("failed {what}")]
    Internal {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Busy { .. } => Code::Busy,
            Self::Memory(_) => Code::Busy,
            Self::TooLarge(_) => Code::LimitMemory,
            Self::BadQueryId { .. } | Self::TimeoutTooLong { .. } => Code::InvalidRequest,
            Self::QueryIdTaken { .. } => Code::AlreadyExists,
            Self::UnknownQuery { .. } | Self::ForgottenQuery { .. } => Code::NotFound,
            Self::Ended { reason: Reason::TimedOut, .. } => Code::Timeout,
            Self::Ended { reason: Reason::OverBudget, .. } => Code::LimitMemory,
            Self::Ended { reason: Reason::Draining, .. } => Code::Unavailable,
            Self::Ended { .. } => Code::Cancelled,
            Self::Sql(error) => error.code(),
            Self::Internal { .. } => Code::Internal,
        }
    }
}
