//! What uploads of rows and of elements share: what is said of them besides the body, and how they end, in a commit
//! or as a part of one.

use std::sync::Arc;

use pantile_core::catalog::{
    Change, Commit, Draft, Error as CatalogError, NewArray, NewColumn, NewPartition, OnTaken, Part,
    PartChange, Presence, Request, Snapshot, SnapshotId, TableId,
};
use serde_json::Value;

use super::{Error, Received};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::{QueryId, Seat, Task};

/// Stands for the commit's number in an answer that is written before the commit.
const SNAPSHOT: &str = "{snapshot}";

/// An idempotency key, and a hash of the request without its body.
pub type Key = (String, [u8; 32]);

/// What was asked for with a body, whatever it holds.
pub struct Head {
    /// The table or array.
    pub name: String,
    /// The idempotency key.
    pub key: Option<Key>,
    /// The snapshot that must still be the newest.
    pub expect: Option<SnapshotId>,
    /// Whether the table or array must be there, or must not.
    pub presence: Option<Presence>,
    /// The transaction over several uploads that it is a part of.
    pub transaction: Option<String>,
    /// The session's transaction that it is a part of, or the session's temporary tables.
    pub draft: Option<InDraft>,
    /// Who asks.
    pub caller: String,
    /// Its name at the desk.
    pub query_id: QueryId,
}

/// The draft that a body is a part of, as it was when the body was announced.
#[derive(Clone)]
pub struct InDraft {
    draft: Arc<Draft>,
    epoch: u64,
}

impl InDraft {
    /// The draft as it is now.
    ///
    /// # Errors
    /// Where it is over.
    pub fn of(draft: Arc<Draft>) -> Result<Self, Error> {
        let epoch = draft.epoch()?;
        Ok(Self { draft, epoch })
    }
}

/// What became of a body.
pub struct Loaded {
    /// The answer: a JSON object.
    pub answer: String,
    /// Whether it is that of an earlier request with the same key.
    pub replayed: bool,
    /// The commit; none for a part of a transaction.
    pub snapshot: Option<SnapshotId>,
    /// How many rows or elements there were, if it is the first answer.
    pub rows: u64,
}

/// What was made of a body, and is not visible yet.
pub(super) struct Made {
    /// What is to become visible.
    pub(super) put: Put,
    /// What is told of it, but for the commit's number: a JSON object.
    pub(super) told: Value,
    /// Rows or elements.
    pub(super) rows: u64,
    /// Bytes, as the desk's record shows them.
    pub(super) bytes: u64,
}

/// What is to become visible.
pub(super) enum Put {
    /// A table's rows, all of them.
    Table { columns: Vec<NewColumn>, partitions: Vec<NewPartition>, or: OnTaken },
    /// Rows at a table's end, written for that version of its columns.
    Rows { table: TableId, schema_version: i64, partitions: Vec<NewPartition> },
    /// An array, whole.
    Array(NewArray),
}

impl Head {
    /// One that asks for nothing besides: no key, no precondition, a commit of its own.
    pub fn plain(name: String, caller: &Caller, query_id: QueryId) -> Self {
        Self {
            name,
            key: None,
            expect: None,
            presence: None,
            transaction: None,
            draft: None,
            caller: caller.name().to_owned(),
            query_id,
        }
    }

    /// What makes a repetition of a request known: its head, and its body.
    pub(super) fn fingerprint(&self, received: &Received) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        if let Some((_, head)) = &self.key {
            hash.update(head);
        }
        hash.update(&received.spooled.hash);
        *hash.finalize().as_bytes()
    }

    /// The answer of an earlier request with the same key, where there was one.
    pub(super) async fn known(&self, app: &App, fingerprint: [u8; 32]) -> Result<Option<Loaded>, Error> {
        let Some((key, _)) = self.key.as_ref().filter(|_| self.transaction.is_none()) else {
            return Ok(None);
        };
        let Some(known) = app.catalog.request(key).await? else { return Ok(None) };
        if known.fingerprint != fingerprint {
            return Err(CatalogError::IdempotencyMismatch { key: key.clone() }.into());
        }
        Ok(Some(Loaded { answer: known.answer, replayed: true, snapshot: Some(known.snapshot), rows: 0 }))
    }

    /// What it adds to, where its preconditions hold there.
    pub(super) fn snapshot(&self, app: &App) -> Result<Arc<Snapshot>, Error> {
        let snapshot = match &self.draft {
            Some(part) => part.draft.snapshot()?,
            None => app.catalog.current().shared(),
        };
        if let Some(expected) = self.expect.filter(|expected| !snapshot.holds_what(*expected)) {
            let current = snapshot.id;
            return Err(CatalogError::PreconditionFailed { expected, current }.into());
        }
        if let Some(presence) = self.presence {
            snapshot.require(&self.name, presence)?;
        }
        Ok(snapshot)
    }

    /// A place at the desk for what is done with the body, which lists show under that text.
    pub(super) async fn seat(&self, app: &App, text: String) -> Result<Seat, Error> {
        let task = Task {
            query_id: self.query_id.clone(),
            text,
            caller: self.caller.clone(),
            timeout: None,
            ahead: false,
            bytes: 0,
            session: None,
        };
        Ok(app.desk.seat(task).await?)
    }

    /// Commits what was made of the body, and gives the seat back with a note of what became of it.
    pub(super) async fn end(
        &self,
        app: &App,
        seat: Seat,
        made: Result<Made, Error>,
        fingerprint: [u8; 32],
    ) -> Result<Loaded, Error> {
        let done = match made {
            Ok(made) => {
                let bytes = made.bytes;
                self.commit(app, made, fingerprint).await.map(|loaded| (loaded, bytes))
            }
            Err(error) => Err(error),
        };
        match done {
            Ok((loaded, bytes)) => {
                seat.record().gave(loaded.rows, bytes);
                if let Some(snapshot) = loaded.snapshot {
                    seat.record().reads(snapshot);
                }
                seat.finished();
                Ok(loaded)
            }
            Err(error) if seat.cancel().is_cancelled() => {
                tracing::debug!(%error, "an upload was ended");
                Err(Error::Desk(seat.failed(None)))
            }
            Err(error) => {
                seat.failed_with(error.code());
                Err(error)
            }
        }
    }

    async fn commit(&self, app: &App, made: Made, fingerprint: [u8; 32]) -> Result<Loaded, Error> {
        let Made { put, told, rows, .. } = made;
        let answer = self.answer(&told);
        let key = self.key.as_ref().map(|(key, _)| key.clone());
        if let Some(id) = &self.transaction {
            let part = Part { key, fingerprint, change: put.part(self.name.clone()), answer: answer.clone() };
            let added = app.catalog.add_part(id, part).await?;
            let replayed = added.replayed.is_some();
            return Ok(Loaded { replayed, answer: added.replayed.unwrap_or(answer), snapshot: None, rows });
        }
        // Again, because somebody may have come first while the body was received.
        let required = self.presence.map(|presence| Change::Require { name: self.name.clone(), presence });
        let changes: Vec<Change> = required.into_iter().chain([put.change(self.name.clone())]).collect();
        if let Some(part) = &self.draft {
            part.draft.change(part.epoch, changes)?;
            return Ok(Loaded { answer, replayed: false, snapshot: None, rows });
        }
        let committed = app
            .catalog
            .commit(Commit {
                changes,
                expect: self.expect,
                request: key.map(|key| Request { key, fingerprint, answer: answer.clone() }),
                author: Some(self.caller.clone()),
                message: None,
                base: None,
            })
            .await?;
        let snapshot = committed.snapshot.id;
        Ok(Loaded {
            replayed: committed.replayed.is_some(),
            answer: committed.replayed.unwrap_or_else(|| answer.replace(SNAPSHOT, &snapshot.to_string())),
            snapshot: Some(snapshot),
            rows,
        })
    }

    /// The answer as JSON. It is written before the commit, which is to remember it, so the snapshot's number
    /// is still a blank in it, where it has one; a name that holds the same text is escaped to keep it out of
    /// harm's way.
    fn answer(&self, told: &Value) -> String {
        let rest = told.to_string().replace(SNAPSHOT, "\\u007bsnapshot}");
        let rest = rest.strip_prefix('{').unwrap_or(&rest);
        match self.transaction.is_none() && self.draft.is_none() {
            true => format!("{{\"snapshot\":{SNAPSHOT},{rest}"),
            false => format!("{{{rest}"),
        }
    }
}

impl Put {
    /// As a part of a transaction over several uploads.
    fn part(self, name: String) -> PartChange {
        match self {
            Self::Table { columns, partitions, .. } => PartChange::Replace { name, columns, partitions },
            Self::Rows { table, schema_version, partitions } => {
                PartChange::Append { table, schema_version, partitions }
            }
            Self::Array(array) => PartChange::PutArray { name, array },
        }
    }

    /// As a change of its own.
    fn change(self, name: String) -> Change {
        match self {
            Self::Table { columns, partitions, or } => Change::Replace { name, columns, partitions, or },
            Self::Rows { table, schema_version, partitions } => {
                Change::Append { table, schema_version, partitions }
            }
            Self::Array(array) => Change::PutArray { name, array, or: OnTaken::Replace },
        }
    }
}
