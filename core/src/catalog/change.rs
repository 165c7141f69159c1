//! What a commit may ask for.

use arrow::datatypes::{DataType, Field};

use super::draft::Base;
use super::model::{ColumnStats, Dialect, External, PartitionId, Presence, SnapshotId, TableId};
use super::pins::Pin;
use super::stored::NewArray;
use crate::store::Hold;

/// Changes that happen together or not at all, in their order.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The changes.
    pub changes: Vec<Change>,
    /// The snapshot that must still be the newest (`If-Match`).
    pub expect: Option<SnapshotId>,
    /// What makes a repetition of it known.
    pub request: Option<Request>,
    /// Who asked, for `system.snapshots`.
    pub author: Option<String>,
    /// Why, for `system.snapshots`.
    pub message: Option<String>,
    /// What a transaction's changes were made for.
    pub base: Option<Base>,
}

impl Commit {
    /// A commit of these changes and nothing else.
    pub fn of(changes: Vec<Change>) -> Self {
        Self { changes, ..Self::default() }
    }
}

/// A request that is remembered with its answer, so that repeating it has no second effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// BLAKE3 of all that the request asked for.
    pub fingerprint: [u8; 32],
    /// What was answered; `{snapshot}` in it stands for the commit's number.
    pub answer: String,
}

impl Request {
    /// The request as one to commit that transaction of that session: its text alone is that of every other.
    #[must_use]
    pub fn within(self, session: Option<&str>, transaction: Option<&str>) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.fingerprint);
        for part in [session, transaction] {
            let part = part.unwrap_or_default().as_bytes();
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self { fingerprint: *hash.finalize().as_bytes(), ..self }
    }
}

/// A request that was remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// BLAKE3 of all that it asked for.
    pub fingerprint: [u8; 32],
    /// The commit it made.
    pub snapshot: SnapshotId,
    /// What was answered.
    pub answer: String,
}

/// A commit that is durable.
#[derive(Clone, Debug)]
pub struct Committed {
    /// What the catalog holds since.
    pub snapshot: Pin,
    /// The commit's number: that of the first time, where this was a repetition.
    pub made: SnapshotId,
    /// The answer of the first time, where this was a repetition.
    pub replayed: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A new table without rows, or an external one.
    Create {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<NewColumn>,
        /// Where its rows lie, when not with us.
        external: Option<External>,
        /// What to do when the name is taken.
        or: OnTaken,
    },
    /// The table holds exactly these rows from now on; it is made where it is missing.
    Replace {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<NewColumn>,
        /// Its rows.
        partitions: Vec<NewPartition>,
        /// What to do when the name is taken.
        or: OnTaken,
    },
    /// More rows at the table's end.
    Append {
        /// The table.
        table: TableId,
        /// The version of its columns that the rows were written for.
        schema_version: i64,
        /// The rows.
        partitions: Vec<NewPartition>,
    },
    /// Exactly these partitions end, those begin in the place of the first of them.
    Rewrite {
        /// The table.
        table: TableId,
        /// The version of its columns that the rows were written for.
        schema_version: i64,
        /// What ends.
        ended: Vec<PartitionId>,
        /// What begins.
        added: Vec<NewPartition>,
        /// Why.
        kind: RewriteKind,
    },
    /// The array is this one from now on; it is made where it is missing.
    PutArray {
        /// Its name.
        name: String,
        /// What it is.
        array: NewArray,
        /// What to do when the name is taken. Only an array takes the place of an array.
        or: OnTaken,
    },
    /// A table, view or array goes.
    Drop {
        /// Its name.
        name: String,
        /// Whether its absence is fine.
        missing_ok: bool,
    },
    /// A table's columns or name change, or an array's name.
    Alter {
        /// The table or array.
        table: TableId,
        /// How.
        alter: Alter,
    },
    /// A named question.
    CreateView {
        /// Its name.
        name: String,
        /// Its text.
        text: String,
        /// The language that it is in.
        dialect: Dialect,
        /// Its columns as they are now.
        columns: Vec<NewColumn>,
        /// Whether it may take the place of a view of that name.
        replace: bool,
    },
    /// Nothing: the commit is made only where there is such a dataset, or only where there is none.
    Require {
        /// Its name.
        name: String,
        /// Which of both.
        presence: Presence,
    },
    /// Whether the hot cache must keep a table or an array.
    Pin {
        /// The table or array.
        table: TableId,
        /// Whether.
        pinned: bool,
    },
}

/// What to do when a name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTaken {
    /// Refuse.
    Fail,
    /// Leave what is there.
    Keep,
    /// Replace what is there.
    Replace,
}

/// Why partitions are rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// Rows went.
    Delete,
    /// Values changed.
    Update,
    /// All rows went.
    Truncate,
    /// The same rows in fewer files.
    Compact,
}

/// A change of a table's columns or name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alter {
    /// A column at the end, null in all rows there are.
    AddColumn(NewColumn),
    /// A column goes.
    DropColumn(String),
    /// A column is called otherwise.
    RenameColumn {
        /// Its name so far.
        from: String,
        /// Its name from now on.
        to: String,
    },
    /// The table or array is called otherwise.
    RenameTable(String),
}

/// A column to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// Its type, one of those that tables hold.
    pub data_type: DataType,
    /// Whether it may hold nulls.
    pub nullable: bool,
}

impl NewColumn {
    /// The column as an Arrow field.
    pub fn field(&self) -> Field {
        Field::new(&self.name, self.data_type.clone(), self.nullable)
    }
}

impl From<&Field> for NewColumn {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name().clone(),
            data_type: field.data_type().clone(),
            nullable: field.is_nullable(),
        }
    }
}

/// A partition that is durable and belongs to nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPartition {
    /// Where it lies.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Bytes of its Parquet footer.
    pub footer_bytes: u64,
    /// BLAKE3 of it.
    pub hash: [u8; 32],
    /// What is known of its columns.
    pub stats: Vec<ColumnStats>,
    /// Keeps its file until the catalog names it.
    pub hold: Hold,
}
