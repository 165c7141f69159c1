//! From a received body to an array's shards, and to a commit.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use pantile_core::array::zarr::{Description, Incoming};
use pantile_core::catalog::{
    Change, Commit, NewArray, OnTaken, Part, PartChange, Presence, Request, Snapshot, SnapshotId,
    array_folder,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fetch::Found;
use super::load::{Key, SNAPSHOT, fingerprint, known, with_blank};
use super::shards::Shards;
use super::unpack::Bounds;
use super::{Error, Form, InDraft, Loaded, Received, archived};
use crate::app::App;
use crate::desk::{QueryId, Task};

/// Elements that are in memory at a time, in bytes, where nobody says how the array is to be cut; and as a share of what
/// uploads may take. With a shard of twice as many that is half of that.
const SLAB_BYTES: u64 = 64 << 20;
const SLAB_SHARE: u64 = 6;
/// Bytes that are read of the body at a time.
const READ_BYTES: usize = 1 << 20;

/// What a caller says of elements.
#[derive(Clone)]
pub struct Said {
    /// What the body is, where it has no head that says so.
    pub raw: Option<Incoming>,
    /// What it is otherwise; its first bytes tell where nobody says.
    pub form: Option<Form>,
    /// The Zarr store that it is instead of a body.
    pub located: Option<Arc<Found>>,
    /// Which of several arrays in it is meant.
    pub member: Option<String>,
    /// What is decoded at a time, where it is not chosen for the array.
    pub chunk: Option<Vec<usize>>,
    /// What lies in one file, likewise.
    pub shard: Option<Vec<usize>>,
    /// The names of the axes; none for all of them, or as many as there are axes.
    pub names: Vec<Option<String>>,
    /// What else there is to say.
    pub attributes: Map<String, Value>,
}

/// What was asked for with a body of elements.
pub struct Elements {
    /// The array.
    pub name: String,
    /// What is said of it.
    pub said: Said,
    /// The idempotency key.
    pub key: Option<Key>,
    /// The snapshot that must still be the newest.
    pub expect: Option<SnapshotId>,
    /// Whether the array must be there, or must not.
    pub presence: Option<Presence>,
    /// The transaction over several uploads that it is a part of.
    pub transaction: Option<String>,
    /// The session's transaction that it is a part of.
    pub draft: Option<InDraft>,
    /// Who asks.
    pub caller: String,
    /// Its name at the desk.
    pub query_id: QueryId,
}

/// Turns a received body into an array and commits it.
///
/// # Errors
/// Whatever the body, the catalog or the disk gives reason for; nothing is kept then.
pub async fn keep(app: &App, elements: Elements, received: Received) -> Result<Loaded, Error> {
    let fingerprint = fingerprint(elements.key.as_ref(), &received);
    let transaction = elements.transaction.as_deref();
    if let Some(loaded) = known(app, elements.key.as_ref(), transaction, fingerprint).await? {
        return Ok(loaded);
    }
    let created = free(app, &elements)?;
    let task = Task {
        query_id: elements.query_id.clone(),
        text: format!("PUT /v1/arrays/{}", elements.name),
        caller: elements.caller.clone(),
        timeout: None,
        ahead: false,
        bytes: 0,
        session: None,
    };
    let seat = app.desk.seat(task).await?;
    let slab_bytes = SLAB_BYTES.min(app.upload.limit() / SLAB_SHARE);
    let (said, file, cancel) = (elements.said.clone(), received.spooled.file, seat.cancel().clone());
    let (store, memory) =
        (Arc::clone(&app.store), app.upload.try_charge("an array", 0).map_err(Error::Memory)?);
    let (bounds, received_bytes) = (Bounds::of(app.settings()), received.wire_bytes);
    let written = app
        .pool
        .run(move || {
            let uuid = Uuid::now_v7().to_string();
            let folder = store.folder(array_folder(&uuid));
            let folder = &folder;
            let (sealed, bytes, cancel) = (Vec::new(), 0, &cancel);
            let shards = Shards {
                uuid,
                folder,
                slab_bytes,
                bounds,
                received: received_bytes,
                memory,
                cancel,
                sealed,
                bytes,
            };
            said.write(file, shards)
        })
        .await;
    let done = match written.map_err(Error::from).and_then(|written| written) {
        Ok(written) => commit(app, &elements, created, written, fingerprint).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(loaded) => {
            seat.record().gave(loaded.rows, received.wire_bytes);
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

/// Refuses what cannot succeed before the body is received; says whether the array is a new one.
///
/// # Errors
/// A precondition that does not hold, and a name that is no array's.
pub fn free(app: &App, elements: &Elements) -> Result<bool, Error> {
    let snapshot: Arc<Snapshot> = match &elements.draft {
        Some(part) => part.draft.snapshot()?,
        None => app.catalog.current().shared(),
    };
    if let Some(expected) = elements.expect.filter(|expected| !snapshot.holds_what(*expected)) {
        let current = snapshot.id;
        return Err(pantile_core::catalog::Error::PreconditionFailed { expected, current }.into());
    }
    if let Some(presence) = elements.presence {
        snapshot.require(&elements.name, presence)?;
    }
    match snapshot.kind_of(&elements.name) {
        None => Ok(true),
        Some("array") => Ok(false),
        Some(kind) => {
            let name = elements.name.clone();
            Err(pantile_core::catalog::Error::AlreadyExists { kind, name }.into())
        }
    }
}

/// An array that is written, and not visible yet.
pub(super) struct Kept {
    pub(super) array: NewArray,
    pub(super) description: Description,
    pub(super) bytes: u64,
}

impl Said {
    /// Blocks; made for the pool.
    fn write(self, mut file: File, mut shards: Shards<'_>) -> Result<Kept, Error> {
        if let Some(found) = self.located.clone() {
            shards.received = found.files.bytes();
            return archived::zarr(self, &found.files, shards);
        }
        let form = match (&self.raw, self.form) {
            (Some(_), _) => Form::Npy,
            (None, Some(form)) => form,
            (None, None) => Form::recognised(&mut file)?,
        };
        if form != Form::Npy {
            return archived::write(self, form, file, shards);
        }
        if let Some(member) = self.member {
            return Err(Error::NoMember { member });
        }
        let mut body = BufReader::with_capacity(READ_BYTES, file);
        let incoming = match self.raw.clone() {
            Some(raw) => raw,
            None => Incoming::npy(&mut body)?,
        };
        let description = shards.elements(self, &incoming, &mut body)?;
        shards.finish(description)
    }
}

async fn commit(
    app: &App,
    elements: &Elements,
    created: bool,
    kept: Kept,
    fingerprint: [u8; 32],
) -> Result<Loaded, Error> {
    let Kept { array, description, bytes } = kept;
    let rows = description.shape.iter().fold(1_u64, |count, length| count.saturating_mul(*length as u64));
    let told = json!({
        "name": elements.name,
        "created": created,
        "dtype": description.stored.to_string(),
        "shape": description.shape,
        "chunk": description.inner(),
        "shard": description.chunk,
        "shards": array.shards.len(),
        "bytes": bytes,
    });
    let answer = with_blank(&told, elements.transaction.is_none() && elements.draft.is_none());
    let (name, key) = (elements.name.clone(), elements.key.as_ref().map(|(key, _)| key.clone()));
    if let Some(id) = &elements.transaction {
        let change = PartChange::PutArray { name, array };
        let part = Part { key, fingerprint, change, answer: answer.clone() };
        let added = app.catalog.add_part(id, part).await?;
        let replayed = added.replayed.is_some();
        return Ok(Loaded { replayed, answer: added.replayed.unwrap_or(answer), snapshot: None, rows });
    }
    // Again, because somebody may have come first while the body was received.
    let required = elements.presence.map(|presence| Change::Require { name: name.clone(), presence });
    let put = Change::PutArray { name, array, or: OnTaken::Replace };
    let changes: Vec<Change> = required.into_iter().chain([put]).collect();
    if let Some(part) = &elements.draft {
        part.draft.change(part.epoch, changes)?;
        return Ok(Loaded { answer, replayed: false, snapshot: None, rows });
    }
    let request = key.map(|key| Request { key, fingerprint, answer: answer.clone() });
    let author = Some(elements.caller.clone());
    let expect = elements.expect;
    let committed =
        app.catalog.commit(Commit { changes, expect, request, author, message: None, base: None }).await?;
    let snapshot = committed.snapshot.id;
    Ok(Loaded {
        replayed: committed.replayed.is_some(),
        answer: committed.replayed.unwrap_or_else(|| answer.replace(SNAPSHOT, &snapshot.to_string())),
        snapshot: Some(snapshot),
        rows,
    })
}
