//! From a received body to a commit.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use pantile_core::catalog::{
    Change, Column, Commit, Draft, NewColumn, NewPartition, OnTaken, Part, PartChange, Presence, Request,
    SnapshotId, Table,
};
use pantile_core::format::{self, Format, ReadOptions};
use pantile_core::frame::{held_schema, new_columns, write_partitions};
use pantile_core::pool::Cancel;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, Received};
use crate::app::App;
use crate::desk::{QueryId, Task};

/// Bytes that tell a body's format.
const HEAD: usize = 64;
/// Stands for the commit's number in an answer that is written before the commit.
pub(super) const SNAPSHOT: &str = "{snapshot}";

/// What is to be done with a body's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The table holds exactly these rows from now on.
    Replace,
    /// The table holds these rows too.
    Append,
    /// The table is made, and must not be there before.
    Create,
}

/// The draft that rows are a part of, as it was when they were announced.
#[derive(Clone)]
pub struct InDraft {
    pub(super) draft: Arc<Draft>,
    pub(super) epoch: u64,
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

/// An idempotency key, and a hash of the request without its body.
pub type Key = (String, [u8; 32]);

/// What was asked for with a body.
pub struct Upload {
    /// The table.
    pub name: String,
    /// What to do with it.
    pub mode: Mode,
    /// The body's format, where it was said.
    pub format: Option<&'static dyn Format>,
    /// How to read it.
    pub options: ReadOptions,
    /// The idempotency key.
    pub key: Option<Key>,
    /// The snapshot that must still be the newest.
    pub expect: Option<SnapshotId>,
    /// Whether the table must be there, or must not.
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

/// What became of a body.
pub struct Loaded {
    /// The answer: a JSON object.
    pub answer: String,
    /// Whether it is that of an earlier request with the same key.
    pub replayed: bool,
    /// The commit; none for a part of a transaction.
    pub snapshot: Option<SnapshotId>,
    /// How many rows there were, if it is the first answer.
    pub rows: u64,
}

/// Turns a received body into rows and commits them.
///
/// # Errors
/// Whatever the body, the table or the disk gives reason for; nothing is written then.
pub async fn load(app: &App, upload: Upload, received: Received) -> Result<Loaded, Error> {
    let fingerprint = fingerprint(upload.key.as_ref(), &received);
    if let Some(loaded) = known(app, upload.key.as_ref(), upload.transaction.as_deref(), fingerprint).await? {
        return Ok(loaded);
    }
    let table = target(app, &upload)?;
    let seat = app
        .desk
        .seat(Task {
            query_id: upload.query_id.clone(),
            text: describe(&upload),
            caller: upload.caller.clone(),
            timeout: None,
            ahead: false,
            bytes: 0,
            session: None,
        })
        .await?;
    let plan = Plan {
        format: upload.format,
        options: upload.options.clone(),
        table: table.clone().filter(|_| upload.mode == Mode::Append),
        cancel: seat.cancel().clone(),
    };
    let (store, sizes) = (Arc::clone(&app.store), app.partition_sizes());
    let written = app.pool.run(move || plan.write(received.spooled.file, &store, sizes)).await;
    let done = match written.map_err(Error::from).and_then(|written| written) {
        Ok(written) => commit(app, &upload, table.as_deref(), written, fingerprint).await,
        Err(error) => Err(error),
    };
    match done {
        Ok((loaded, rows, bytes)) => {
            seat.record().gave(rows, bytes);
            if let Some(snapshot) = loaded.snapshot {
                seat.record().reads(snapshot);
            }
            seat.finished();
            Ok(loaded)
        }
        Err(error) if seat.cancel().is_cancelled() => Err(seat.failed(None)).map_err(|ended| {
            tracing::debug!(%error, "an upload was ended");
            Error::Desk(ended)
        }),
        Err(error) => {
            seat.failed_with(error.code());
            Err(error)
        }
    }
}

/// Refuses what cannot succeed before the body is received.
///
/// # Errors
/// [`Error::NoTable`], [`Error::NotHeld`], and a precondition that does not hold.
pub fn target(app: &App, upload: &Upload) -> Result<Option<Arc<Table>>, Error> {
    let snapshot = match &upload.draft {
        Some(part) => part.draft.snapshot()?,
        None => app.catalog.current().shared(),
    };
    if let Some(expected) = upload.expect.filter(|expected| !snapshot.holds_what(*expected)) {
        let current = snapshot.id;
        return Err(pantile_core::catalog::Error::PreconditionFailed { expected, current }.into());
    }
    if let Some(presence) = upload.presence {
        snapshot.require(&upload.name, presence)?;
    }
    let not_held = |is| Err(Error::NotHeld { name: upload.name.clone(), is });
    match snapshot.table(&upload.name) {
        Some(_) if upload.mode == Mode::Create => {
            let name = upload.name.clone();
            Err(pantile_core::catalog::Error::AlreadyExists { kind: "table", name }.into())
        }
        Some(table) if table.external.is_some() => not_held("a table at a location of somebody else's"),
        Some(table) => Ok(Some(Arc::clone(table))),
        None if snapshot.views.contains_key(&upload.name) => not_held("a view"),
        None if snapshot.array(&upload.name).is_some() => not_held("an array"),
        None if upload.mode != Mode::Append => Ok(None),
        None => Err(Error::NoTable {
            name: upload.name.clone(),
            nearest: pantile_core::nearest(&upload.name, snapshot.names()).map(str::to_owned),
        }),
    }
}

/// What was written, and is not visible yet.
struct Written {
    format: &'static str,
    columns: Vec<Column>,
    partitions: Vec<NewPartition>,
}

/// How a body is to be read and written.
struct Plan {
    format: Option<&'static dyn Format>,
    options: ReadOptions,
    /// The table whose columns the rows must have; none when they bring their own.
    table: Option<Arc<Table>>,
    cancel: Cancel,
}

impl Plan {
    /// Blocks; made for the pool.
    fn write(
        mut self,
        mut file: File,
        store: &Arc<pantile_core::store::TileStore>,
        sizes: pantile_core::frame::PartitionSizes,
    ) -> Result<Written, Error> {
        let format = match self.format {
            Some(format) => format,
            None => recognised(&mut file)?,
        };
        self.options.hints = self.table.as_ref().map(|table| Arc::clone(&table.schema));
        let mut reader = format.read(file, &self.options)?;
        let columns = match &self.table {
            Some(table) => table.columns.to_vec(),
            None => new_columns(&*held_schema(&reader.schema())?),
        };
        let folder =
            self.table.as_ref().map_or_else(|| Uuid::now_v7().to_string(), |table| table.uuid.clone());
        let partitions = write_partitions(reader.as_mut(), store, &folder, &columns, sizes, &self.cancel)?;
        Ok(Written { format: format.name(), columns, partitions })
    }
}

fn recognised(file: &mut File) -> Result<&'static dyn Format, Error> {
    let unreadable = |source: std::io::Error| Error::UnknownFormat { why: source.to_string() };
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    format::recognise(&head).filter(|format| format.reads()).ok_or_else(|| Error::UnknownFormat {
        why: if head.is_empty() {
            "the body is empty".to_owned()
        } else {
            "neither Content-Type nor ?format= names one, and its first bytes are those of none".to_owned()
        },
    })
}

async fn commit(
    app: &App,
    upload: &Upload,
    table: Option<&Table>,
    written: Written,
    fingerprint: [u8; 32],
) -> Result<(Loaded, u64, u64), Error> {
    let rows = written.partitions.iter().map(|partition| partition.rows).sum();
    let bytes = written.partitions.iter().map(|partition| partition.bytes).sum();
    let answer = answer(upload, table, &written, rows, bytes);
    let key = upload.key.as_ref().map(|(key, _)| key.clone());
    let columns: Vec<NewColumn> =
        written.columns.iter().map(|column| NewColumn::from(&column.field())).collect();
    let partitions = written.partitions;
    if let Some(id) = &upload.transaction {
        let change = match (upload.mode, table) {
            (Mode::Append, Some(table)) => {
                PartChange::Append { table: table.id, schema_version: table.schema_version, partitions }
            }
            _ => PartChange::Replace { name: upload.name.clone(), columns, partitions },
        };
        let part = Part { key, fingerprint, change, answer: answer.clone() };
        let added = app.catalog.add_part(id, part).await?;
        let loaded = Loaded {
            replayed: added.replayed.is_some(),
            answer: added.replayed.unwrap_or(answer),
            snapshot: None,
            rows,
        };
        return Ok((loaded, rows, bytes));
    }
    // Again, because somebody may have come first while the body was received.
    let required = upload.presence.map(|presence| Change::Require { name: upload.name.clone(), presence });
    let mut changes: Vec<Change> = required.into_iter().collect();
    match (upload.mode, table) {
        (Mode::Append, Some(table)) => {
            let (table, schema_version) = (table.id, table.schema_version);
            changes.push(Change::Append { table, schema_version, partitions });
        }
        (mode, _) => {
            let or = if mode == Mode::Create { OnTaken::Fail } else { OnTaken::Replace };
            changes.push(Change::Replace { name: upload.name.clone(), columns, partitions, or });
        }
    }
    if let Some(part) = &upload.draft {
        part.draft.change(part.epoch, changes)?;
        return Ok((Loaded { answer, replayed: false, snapshot: None, rows }, rows, bytes));
    }
    let committed = app
        .catalog
        .commit(Commit {
            changes,
            expect: upload.expect,
            request: key.map(|key| Request { key, fingerprint, answer: answer.clone() }),
            author: Some(upload.caller.clone()),
            message: None,
            base: None,
        })
        .await?;
    let snapshot = committed.snapshot.id;
    let loaded = Loaded {
        replayed: committed.replayed.is_some(),
        answer: committed.replayed.unwrap_or_else(|| answer.replace(SNAPSHOT, &snapshot.to_string())),
        snapshot: Some(snapshot),
        rows,
    };
    Ok((loaded, rows, bytes))
}

/// The answer of an earlier request with the same key, where there was one.
pub(super) async fn known(
    app: &App,
    key: Option<&Key>,
    transaction: Option<&str>,
    fingerprint: [u8; 32],
) -> Result<Option<Loaded>, Error> {
    let Some((key, _)) = key.filter(|_| transaction.is_none()) else {
        return Ok(None);
    };
    let Some(known) = app.catalog.request(key).await? else { return Ok(None) };
    if known.fingerprint != fingerprint {
        return Err(pantile_core::catalog::Error::IdempotencyMismatch { key: key.clone() }.into());
    }
    Ok(Some(Loaded { answer: known.answer, replayed: true, snapshot: Some(known.snapshot), rows: 0 }))
}

/// What makes a repetition of a request known: its head, and its body.
pub(super) fn fingerprint(key: Option<&Key>, received: &Received) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    if let Some((_, head)) = key {
        hash.update(head);
    }
    hash.update(&received.spooled.hash);
    *hash.finalize().as_bytes()
}

fn describe(upload: &Upload) -> String {
    match upload.mode {
        Mode::Create => format!("CREATE TABLE {}", upload.name),
        Mode::Replace => format!("PUT /v1/tables/{}", upload.name),
        Mode::Append => format!("POST /v1/tables/{}/rows", upload.name),
    }
}

/// The answer as JSON. It is written before the commit, which is to remember it, so the snapshot's number
/// is still a blank in it; a name that holds the same text is escaped to keep it out of harm's way.
fn answer(upload: &Upload, table: Option<&Table>, written: &Written, rows: u64, bytes: u64) -> String {
    let columns: Vec<Value> = written
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": format::type_name(&column.data_type),
                "nullable": column.nullable,
            })
        })
        .collect();
    let rest = json!({
        "name": upload.name,
        "created": table.is_none(),
        "format": written.format,
        "rows": rows,
        "bytes": bytes,
        "partitions": written.partitions.len(),
        "schema": columns,
    });
    with_blank(&rest, upload.transaction.is_none() && upload.draft.is_none())
}

/// The object as text, with a blank for the number of its commit, where it is to have one.
pub(super) fn with_blank(answer: &Value, commits: bool) -> String {
    let rest = answer.to_string().replace(SNAPSHOT, "\\u007bsnapshot}");
    let rest = rest.strip_prefix('{').unwrap_or(&rest);
    match commits {
        true => format!("{{\"snapshot\":{SNAPSHOT},{rest}"),
        false => format!("{{{rest}"),
    }
}
