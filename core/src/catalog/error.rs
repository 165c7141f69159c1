//! Why a commit or a look into the catalog failed.

use crate::{Code, did_you_mean, store};

use super::history::SnapshotInfo;
use super::model::{Presence, SnapshotId};

/// Why a commit or a look into the catalog failed. A failed commit changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No dataset has that name.
    #[error("there is no dataset `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownDataset {
        /// The name.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// The table has no such column.
    #[error("table `{table}` has no column `{column}`{}", did_you_mean(nearest.as_deref()))]
    UnknownColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// The name is taken.
    #[error("there is {} {kind} `{name}` already", article(kind))]
    AlreadyExists {
        /// What has it: a table, a view, an array, a column.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The name cannot be one.
    #[error("`{name}` cannot be a name: {why}")]
    BadName {
        /// The name, cut.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// What was asked does not go with what the dataset is.
    #[error("`{name}` is {is}: {refused}")]
    WrongKind {
        /// The dataset.
        name: String,
        /// What it is.
        is: &'static str,
        /// What cannot be done with it.
        refused: &'static str,
    },
    /// Another commit changed the same rows or columns first. Reading again and retrying may succeed.
    #[error(
        "`{table}` was changed by {} meanwhile ({why}); the newest snapshot is {current}",
        by.as_ref().map_or_else(|| "another commit".to_owned(), ToString::to_string)
    )]
    Conflict {
        /// The dataset.
        table: String,
        /// What changed.
        why: &'static str,
        /// Whose commit it was, where that is known.
        by: Option<Box<SnapshotInfo>>,
        /// Whether it refused a whole transaction, whose rows are of what was there before.
        whole: bool,
        /// The newest snapshot.
        current: SnapshotId,
    },
    /// `If-Match` named another snapshot than the newest.
    #[error("the request was made for snapshot {expected}, but the newest is {current}")]
    PreconditionFailed {
        /// The one named.
        expected: SnapshotId,
        /// The newest.
        current: SnapshotId,
    },
    /// `If-Match: *` where there is nothing, or `If-None-Match: *` where there is something.
    #[error("{}", refused_presence(.name, *.presence))]
    PresenceFailed {
        /// The dataset's name.
        name: String,
        /// What the request asks for.
        presence: Presence,
    },
    /// One key, two requests.
    #[error("idempotency key `{key}` was used for another request; send a new key with a new request")]
    IdempotencyMismatch {
        /// The key.
        key: String,
    },
    /// No such snapshot.
    #[error("there is no snapshot {asked}; those kept are {oldest} to {newest}")]
    UnknownSnapshot {
        /// What was asked for.
        asked: String,
        /// The oldest kept.
        oldest: SnapshotId,
        /// The newest.
        newest: SnapshotId,
    },
    /// No such transaction, or it is over.
    #[error("there is no open transaction `{id}`: {why}")]
    UnknownTransaction {
        /// Its id.
        id: String,
        /// What became of it.
        why: &'static str,
    },
    /// The transaction has no such savepoint.
    #[error("there is no savepoint `{name}` in this transaction")]
    UnknownSavepoint {
        /// Its name.
        name: String,
    },
    /// The transaction has as many of something as it may.
    #[error("a transaction may have {max} {what}, and this one has; commit it and begin another")]
    TransactionLong {
        /// Of what.
        what: &'static str,
        /// How many.
        max: usize,
    },
    /// Parts are missing.
    #[error("transaction `{id}` has {have} of its {expected} parts; send the others, then commit")]
    TransactionIncomplete {
        /// Its id.
        id: String,
        /// Parts that are in.
        have: u32,
        /// Parts that were announced.
        expected: u32,
    },
    /// More parts than were announced.
    #[error(
        "transaction `{id}` has all its {expected} parts already; a repeated part needs its `Idempotency-Key`"
    )]
    TransactionFull {
        /// Its id.
        id: String,
        /// Parts that were announced.
        expected: u32,
    },
    /// Parts that replace one table with different columns.
    #[error(
        "the parts of transaction `{id}` that replace table `{table}` have different columns: {difference}"
    )]
    TransactionMixed {
        /// Its id.
        id: String,
        /// The table.
        table: String,
        /// The first of the differences.
        difference: String,
    },
    /// A newer Pantile made the catalog.
    #[error(
        "the catalog has format {found} and this program knows formats up to {known}; use the newer program"
    )]
    NewerVersion {
        /// Its format.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// Some other program's database.
    #[error("{path} is a SQLite database, but not a catalog of Pantile's")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The disk is full.
    #[error("no space left on the disk for the catalog; nothing was committed")]
    Full,
    /// The catalog holds something that this program cannot read.
    #[error("the catalog is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// SQLite failed.
    #[error("the catalog's database failed")]
    Sqlite(#[source] rusqlite::Error),
    /// A file could not be handled.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The writer ended in the midst of it: the commit may stand or not.
    #[error("it is not known whether the commit happened; ask again with the same `Idempotency-Key`")]
    Unknown,
    /// The catalog has been closed.
    #[error("the catalog is closed: the server is shutting down")]
    Closed,
}

impl Error {
    /// Whether asking the very same again is in vain, though the code alone would say that it may help.
    pub fn in_vain(&self) -> bool {
        matches!(self, Self::Conflict { whole: true, .. } | Self::TransactionFull { .. })
    }

    /// The same of a whole transaction.
    pub(super) fn of_transaction(self) -> Self {
        match self {
            Self::Conflict { table, why, by, current, .. } => {
                Self::Conflict { table, why, by, whole: true, current }
            }
            other => other,
        }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownDataset { .. } => Code::UnknownDataset,
            Self::UnknownColumn { .. } => Code::UnknownColumn,
            Self::AlreadyExists { .. } => Code::AlreadyExists,
            Self::BadName { .. } | Self::WrongKind { .. } | Self::TransactionMixed { .. } => {
                Code::InvalidRequest
            }
            Self::Conflict { .. } => Code::Conflict,
            Self::PreconditionFailed { .. } | Self::PresenceFailed { .. } => Code::PreconditionFailed,
            Self::IdempotencyMismatch { .. } => Code::IdempotencyMismatch,
            Self::UnknownSnapshot { .. } => Code::UnknownSnapshot,
            Self::UnknownTransaction { .. } | Self::UnknownSavepoint { .. } => Code::NotFound,
            Self::TransactionIncomplete { .. } => Code::TransactionIncomplete,
            Self::TransactionFull { .. } => Code::Conflict,
            Self::TransactionLong { .. } => Code::LimitSql,
            Self::Full => Code::StorageFull,
            Self::Unknown => Code::UnknownOutcome,
            Self::Store(error) => error.code(),
            Self::Closed | Self::NewerVersion { .. } | Self::Foreign { .. } => Code::Unavailable,
            Self::Damaged { .. } | Self::Sqlite(_) => Code::Internal,
        }
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with('a') { "an" } else { "a" }
}

fn refused_presence(name: &str, presence: Presence) -> String {
    match presence {
        Presence::There => format!("there is no dataset `{name}`, and `If-Match: *` asks that there is one"),
        Presence::Absent => {
            format!("there is a dataset `{name}` already, and `If-None-Match: *` asks that there is none")
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}
