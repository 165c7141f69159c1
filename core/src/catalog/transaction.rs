//! Transactions over several uploads: each part is durable and invisible, one commit publishes all of them.
//!
//! Made for writers that do not know of each other, such as the ranks of an MPI program: each sends its part
//! under its own idempotency key, so that a rank that died and was started again sends nothing twice.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::Catalog;
use super::apply;
use super::change::{Change, Commit, Committed, NewColumn, NewPartition, OnTaken};
use super::error::Error;
use super::load::{hash_of, schema_bytes, schema_of};
use super::model::{ColumnStats, Snapshot, TableId};
use super::rows;
use super::stored::NewArray;
use super::writer::{Done, Job};
use crate::store::Hold;

/// One upload of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The client's `Idempotency-Key` for it.
    pub key: Option<String>,
    /// BLAKE3 of all that the request asked for.
    pub fingerprint: [u8; 32],
    /// What it will change.
    pub change: PartChange,
    /// What is answered.
    pub answer: String,
}

/// What one upload will change.
#[derive(Clone, Debug, PartialEq)]
pub enum PartChange {
    /// The table holds these rows and those of the other parts that replace it, in the order they came.
    Replace {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<NewColumn>,
        /// Rows.
        partitions: Vec<NewPartition>,
    },
    /// More rows at the table's end.
    Append {
        /// The table.
        table: TableId,
        /// The version of its columns that the rows were written for.
        schema_version: i64,
        /// Rows.
        partitions: Vec<NewPartition>,
    },
    /// The array is this one from now on; one part is all of it.
    PutArray {
        /// Its name.
        name: String,
        /// What it is.
        array: NewArray,
    },
}

/// A part that is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartAdded {
    /// Parts that are in now.
    pub parts: u32,
    /// Parts that were announced.
    pub expected: u32,
    /// The answer of the first time, where this part had been in already.
    pub replayed: Option<String>,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// It takes parts.
    Open,
    /// Its commit is made.
    Committed,
    /// It was given up.
    Aborted,
    /// Its time ran out.
    Expired,
}

/// A transaction as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionInfo {
    /// Its id.
    pub id: String,
    /// Parts that were announced.
    pub expected: u32,
    /// Parts that are in.
    pub parts: u32,
    /// What became of it.
    pub state: TransactionState,
    /// When it will be given up.
    pub expires: DateTime<Utc>,
}

impl TransactionState {
    /// The state in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::Expired => "expired",
        }
    }
}

impl Catalog {
    /// Opens a transaction of `expected` parts that is given up after `lives`.
    ///
    /// # Errors
    /// [`Error::Full`].
    pub async fn begin(&self, expected: u32, lives: std::time::Duration) -> Result<TransactionInfo, Error> {
        let lives = Duration::from_std(lives).unwrap_or(Duration::MAX);
        self.ask(|reply| Job::Begin { expected, lives, reply }).await
    }

    /// Adds a part, durable when this returns and visible to nobody.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`], [`Error::TransactionFull`], [`Error::IdempotencyMismatch`].
    pub async fn add_part(&self, id: &str, part: Part) -> Result<PartAdded, Error> {
        self.ask(|reply| Job::AddPart(id.to_owned(), Box::new(part), reply)).await
    }

    /// Publishes all parts in one commit. Repeated, it does nothing and gives the first answer again.
    ///
    /// `{snapshot}` in `answer` stands for the commit's number.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`], [`Error::TransactionIncomplete`], [`Error::TransactionMixed`], and
    /// whatever a commit of the parts' changes would say.
    pub async fn commit_transaction(&self, id: &str, answer: String) -> Result<Committed, Error> {
        let done = self.ask(|reply| Job::CommitTransaction { id: id.to_owned(), answer, reply }).await;
        Ok(self.committed(done.map_err(Error::of_transaction)?))
    }

    /// Gives a transaction up. Its parts are swept later.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is committed or never was.
    pub async fn abort(&self, id: &str) -> Result<(), Error> {
        self.ask(|reply| Job::Abort(id.to_owned(), reply)).await
    }

    /// How a transaction stands.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it never was or is forgotten.
    pub async fn transaction(&self, id: &str) -> Result<TransactionInfo, Error> {
        let id = id.to_owned();
        self.look(move |connection| info(connection, &id)).await
    }
}

pub(super) fn begin(at: &Connection, expected: u32, lives: Duration) -> Result<TransactionInfo, Error> {
    let now = Utc::now();
    let expires = now.checked_add_signed(lives).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let id = Uuid::now_v7().to_string();
    at.execute(
        "INSERT INTO pantile_transaction VALUES (?1, ?2, 'open', ?3, ?4, NULL)",
        params![id, expected, now.timestamp_micros(), expires.timestamp_micros()],
    )?;
    Ok(TransactionInfo { id, expected, parts: 0, state: TransactionState::Open, expires })
}

pub(super) fn add_part(at: &Connection, id: &str, part: Part) -> Result<PartAdded, Error> {
    let info = open(at, id)?;
    if let Some(key) = &part.key {
        let known = at
            .prepare_cached(
                "SELECT fingerprint, answer FROM pantile_part WHERE transaction_id = ?1 AND key = ?2",
            )?
            .query_row([id, key], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        if let Some((fingerprint, answer)) = known {
            return if hash_of(fingerprint)? == part.fingerprint {
                Ok(PartAdded { parts: info.parts, expected: info.expected, replayed: Some(answer) })
            } else {
                Err(Error::IdempotencyMismatch { key: key.clone() })
            };
        }
    }
    if info.parts >= info.expected {
        return Err(Error::TransactionFull { id: id.to_owned(), expected: info.expected });
    }
    let number = info.parts;
    let mut array = None;
    let (name, table, version, columns, partitions) = match part.change {
        PartChange::Replace { name, columns, partitions } => {
            apply::check_name(&name)?;
            let columns = schema_bytes(columns.iter().map(NewColumn::field).collect());
            (Some(name), None, None, Some(columns), partitions)
        }
        PartChange::Append { table, schema_version, partitions } => {
            (None, Some(table), Some(schema_version), None, partitions)
        }
        PartChange::PutArray { name, array: new } => {
            apply::check_name(&name)?;
            array = Some((name, new));
            (None, None, None, None, Vec::new())
        }
    };
    at.prepare_cached("INSERT INTO pantile_part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(
        params![id, number, part.key, part.fingerprint, part.answer, name, table, version, columns],
    )?;
    for (file, partition) in partitions.iter().enumerate() {
        insert_file(at, id, number, file, partition)?;
    }
    if let Some((name, array)) = array {
        rows::insert_part(at, id, number, &name, array)?;
    }
    Ok(PartAdded { parts: number.saturating_add(1), expected: info.expected, replayed: None })
}

fn insert_file(
    at: &Connection,
    id: &str,
    part: u32,
    file: usize,
    partition: &NewPartition,
) -> Result<(), Error> {
    at.prepare_cached("INSERT INTO pantile_part_file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
        params![
            id,
            part,
            file,
            partition.path,
            partition.rows,
            partition.bytes,
            partition.footer_bytes,
            partition.hash
        ],
    )?;
    let mut insert =
        at.prepare_cached("INSERT INTO pantile_part_stats VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for stats in &partition.stats {
        insert.execute(params![
            id,
            part,
            file,
            stats.column,
            stats.bytes,
            stats.nulls,
            stats.min,
            stats.max,
            stats.nan
        ])?;
    }
    // The part holds it from now on, whatever an orphan sweep thought of it.
    at.execute("DELETE FROM ducklake_files_scheduled_for_deletion WHERE path = ?1", [&partition.path])?;
    partition.hold.keep();
    Ok(())
}

pub(super) fn commit(
    at: &Connection,
    newest: &mut Arc<Snapshot>,
    id: &str,
    answer: &str,
) -> Result<Done, Error> {
    let info = info(at, id)?;
    if info.state == TransactionState::Committed {
        let said: String = at.query_row(
            "SELECT coalesce(answer, '') FROM pantile_transaction WHERE id = ?1",
            [id],
            |row| row.get(0),
        )?;
        return Ok(Done { snapshot: Arc::clone(newest), made: newest.id, replayed: Some(said) });
    }
    let info = open(at, &info.id)?;
    if info.parts < info.expected {
        return Err(Error::TransactionIncomplete {
            id: id.to_owned(),
            have: info.parts,
            expected: info.expected,
        });
    }
    let changes = changes(at, id)?;
    let done = apply::commit(
        at,
        newest,
        Commit { message: Some(format!("transaction {id}")), ..Commit::of(changes) },
    )?;
    at.execute(
        "UPDATE pantile_transaction SET state = 'committed', answer = ?2 WHERE id = ?1",
        [id, &answer.replace("{snapshot}", &done.snapshot.id.to_string())],
    )?;
    forget_parts(at, id)?;
    Ok(done)
}

pub(super) fn abort(at: &Connection, id: &str) -> Result<(), Error> {
    match info(at, id)?.state {
        TransactionState::Committed => {
            Err(Error::UnknownTransaction { id: id.to_owned(), why: "it is committed already" })
        }
        TransactionState::Open | TransactionState::Aborted | TransactionState::Expired => {
            at.execute(
                "UPDATE pantile_transaction SET state = 'aborted' WHERE id = ?1 AND state = 'open'",
                [id],
            )?;
            forget_parts(at, id)
        }
    }
}

/// Gives up every transaction whose time is over, and forgets those that ended long before.
pub(super) fn expire(at: &Connection, now: DateTime<Utc>) -> Result<(), Error> {
    let late: Vec<String> = at
        .prepare("SELECT id FROM pantile_transaction WHERE state = 'open' AND expires < ?1")?
        .query_map([now.timestamp_micros()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in late {
        at.execute("UPDATE pantile_transaction SET state = 'expired' WHERE id = ?1", [&id])?;
        forget_parts(at, &id)?;
    }
    let week = now.checked_sub_signed(Duration::days(7)).unwrap_or(now);
    at.execute(
        "DELETE FROM pantile_transaction WHERE state <> 'open' AND expires < ?1",
        [week.timestamp_micros()],
    )?;
    Ok(())
}

/// The transaction, where it still takes parts.
fn open(at: &Connection, id: &str) -> Result<TransactionInfo, Error> {
    let info = info(at, id)?;
    let why = match info.state {
        TransactionState::Open => return Ok(info),
        TransactionState::Committed => "it is committed already",
        TransactionState::Aborted => "it was aborted",
        TransactionState::Expired => "its time ran out",
    };
    Err(Error::UnknownTransaction { id: id.to_owned(), why })
}

fn info(at: &Connection, id: &str) -> Result<TransactionInfo, Error> {
    let found = at
        .prepare_cached(
            "SELECT expected, (SELECT count(*) FROM pantile_part p WHERE p.transaction_id = t.id), state, expires
             FROM pantile_transaction t WHERE id = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?)))
        .optional()?;
    let Some((expected, parts, state, expires)) = found else {
        return Err(Error::UnknownTransaction { id: id.to_owned(), why: "it never was, or is long over" });
    };
    let expires = DateTime::from_timestamp_micros(expires).unwrap_or_default();
    let state = match state.as_str() {
        "committed" => TransactionState::Committed,
        "aborted" => TransactionState::Aborted,
        "open" if expires > Utc::now() => TransactionState::Open,
        _ => TransactionState::Expired,
    };
    Ok(TransactionInfo { id: id.to_owned(), expected, parts, state, expires })
}

/// The changes of all parts, those that replace one table made one.
fn changes(at: &Connection, id: &str) -> Result<Vec<Change>, Error> {
    let mut query = at.prepare_cached(
        "SELECT part, table_name, table_id, schema_version, columns FROM pantile_part WHERE transaction_id = ?1 ORDER BY part",
    )?;
    let mut rows = query.query([id])?;
    let mut changes: Vec<Change> = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some((name, array)) = rows::part(at, id, row.get(0)?)? {
            changes.push(Change::PutArray { name, array, or: OnTaken::Replace });
            continue;
        }
        let partitions = files(at, id, row.get(0)?)?;
        let (Some(name), Some(columns)) =
            (row.get::<_, Option<String>>(1)?, row.get::<_, Option<Vec<u8>>>(4)?)
        else {
            changes.push(Change::Append { table: row.get(2)?, schema_version: row.get(3)?, partitions });
            continue;
        };
        let columns: Vec<NewColumn> =
            schema_of(&columns)?.fields().iter().map(|field| field.as_ref().into()).collect();
        let same = changes.iter_mut().find_map(|change| match change {
            Change::Replace { name: other, columns, partitions, .. } if *other == name => {
                Some((columns, partitions))
            }
            _ => None,
        });
        match same {
            Some((others, _)) if *others != columns => {
                let difference = difference(others, &columns);
                return Err(Error::TransactionMixed { id: id.to_owned(), table: name, difference });
            }
            Some((_, all)) => all.extend(partitions),
            None => changes.push(Change::Replace { name, columns, partitions, or: OnTaken::Replace }),
        }
    }
    Ok(changes)
}

/// What one part's columns have that another's have not.
fn difference(first: &[NewColumn], other: &[NewColumn]) -> String {
    let absent = |from: &[NewColumn], in_: &[NewColumn]| {
        let missing = from.iter().find(|column| !in_.iter().any(|it| it.name == column.name));
        missing.map(|column| format!("`{}` is not in all of them", column.name))
    };
    let differs = || {
        first.iter().find_map(|column| {
            let found = other.iter().find(|it| it.name == column.name && *it != column)?;
            Some(match column.data_type == found.data_type {
                true => format!("`{}` may be null in one only", column.name),
                false => {
                    format!(
                        "`{}` is {} in one and {} in another",
                        column.name, column.data_type, found.data_type
                    )
                }
            })
        })
    };
    absent(first, other)
        .or_else(|| absent(other, first))
        .or_else(differs)
        .unwrap_or_else(|| "they are in another order".to_owned())
}

fn files(at: &Connection, id: &str, part: u32) -> Result<Vec<NewPartition>, Error> {
    let mut query = at.prepare_cached(
        "SELECT file, path, rows, bytes, footer_bytes, hash FROM pantile_part_file
         WHERE transaction_id = ?1 AND part = ?2 ORDER BY file",
    )?;
    let mut rows = query.query(params![id, part])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(NewPartition {
            path: row.get(1)?,
            rows: row.get(2)?,
            bytes: row.get(3)?,
            footer_bytes: row.get(4)?,
            hash: hash_of(row.get(5)?)?,
            stats: stats(at, id, part, row.get(0)?)?,
            hold: Hold::default(),
        });
    }
    Ok(found)
}

fn stats(at: &Connection, id: &str, part: u32, file: i64) -> Result<Vec<ColumnStats>, Error> {
    let mut query = at.prepare_cached(
        "SELECT column_id, bytes, nulls, min, max, nan FROM pantile_part_stats
         WHERE transaction_id = ?1 AND part = ?2 AND file = ?3",
    )?;
    let rows = query.query_map(params![id, part, file], |row| {
        Ok(ColumnStats {
            column: row.get(0)?,
            bytes: row.get(1)?,
            nulls: row.get(2)?,
            min: row.get(3)?,
            max: row.get(4)?,
            nan: row.get(5)?,
        })
    })?;
    rows.collect::<Result<_, _>>().map_err(Error::from)
}

fn forget_parts(at: &Connection, id: &str) -> Result<(), Error> {
    let parts = [
        "pantile_part_stats",
        "pantile_part_file",
        "pantile_part_array_file",
        "pantile_part_array",
        "pantile_part",
    ];
    for part in parts {
        at.execute(&format!("DELETE FROM {part} WHERE transaction_id = ?1"), [id])?;
    }
    Ok(())
}
