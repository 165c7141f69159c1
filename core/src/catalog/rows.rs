//! The catalog's rows of arrays: those of snapshots, and those of open transactions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::error::Error;
use super::load::{ALIVE, hash_of};
use super::model::SnapshotId;
use super::stored::{ArrayId, ArrayLocation, NewArray, StoredArray, StoredShard, array_folder};
use crate::store::Hold;

/// What [`shard`] reads.
const SHARD: &str = "shard, key, bytes, hash, count, min, max, nans, fills";

/// The arrays of a snapshot.
pub(super) fn arrays(
    connection: &Connection,
    id: SnapshotId,
    pinned: &[ArrayId],
) -> Result<BTreeMap<String, Arc<StoredArray>>, Error> {
    let mut shards = shards(connection, id)?;
    let mut query = connection.prepare_cached(&format!(
        "SELECT array_id, uuid, name, schema_version, begin_snapshot, metadata, metadata_hash, location, path
         FROM pantile_array WHERE {ALIVE}"
    ))?;
    let mut rows = query.query([id])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, uuid, name): (ArrayId, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let array = StoredArray {
            id,
            name: name.clone(),
            schema_version: row.get(3)?,
            begin_snapshot: row.get(4)?,
            metadata: row.get::<_, String>(5)?.into(),
            metadata_hash: hash_of(row.get(6)?)?,
            shards: shards.remove(&uuid).unwrap_or_default().into(),
            pinned: pinned.contains(&id),
            location: location(row, 7)?,
            elements: None,
            hold: Hold::default(),
            uuid,
        };
        found.insert(name, Arc::new(array));
    }
    Ok(found)
}

fn shards(connection: &Connection, id: SnapshotId) -> Result<HashMap<String, Vec<StoredShard>>, Error> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT uuid, {SHARD} FROM pantile_array_file
         WHERE uuid IN (SELECT uuid FROM pantile_array WHERE {ALIVE}) ORDER BY uuid, shard"
    ))?;
    let mut rows = query.query([id])?;
    let mut found: HashMap<String, Vec<StoredShard>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let shard = shard(row, 1)?;
        found.entry(row.get(0)?).or_default().push(shard);
    }
    Ok(found)
}

fn shard(row: &Row<'_>, first: usize) -> Result<StoredShard, Error> {
    let at = |step: usize| first.saturating_add(step);
    Ok(StoredShard {
        number: row.get(at(0))?,
        key: row.get(at(1))?,
        bytes: row.get(at(2))?,
        hash: hash_of(row.get(at(3))?)?,
        count: row.get(at(4))?,
        min: row.get(at(5))?,
        max: row.get(at(6))?,
        nans: row.get(at(7))?,
        fills: row.get(at(8))?,
    })
}

fn location(row: &Row<'_>, first: usize) -> Result<Option<ArrayLocation>, Error> {
    let (location, path): (Option<String>, Option<String>) =
        (row.get(first)?, row.get(first.saturating_add(1))?);
    Ok(location.zip(path).map(|(location, path)| ArrayLocation { location, path }))
}

/// Whether some snapshot that is kept has the version.
pub(super) fn has(at: &Connection, uuid: &str) -> Result<bool, Error> {
    let mut query = at.prepare_cached("SELECT 1 FROM pantile_array WHERE uuid = ?1 LIMIT 1")?;
    Ok(query.exists([uuid])?)
}

/// The row that gives a version its name from its first commit on.
pub(super) fn insert(at: &Connection, array: &StoredArray) -> Result<(), Error> {
    let location = array.location.as_ref();
    at.prepare_cached("INSERT INTO pantile_array VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            array.id,
            array.uuid,
            array.begin_snapshot,
            array.name,
            array.schema_version,
            array.metadata,
            array.metadata_hash,
            location.map(|at| &at.location),
            location.map(|at| &at.path)
        ])?;
    Ok(())
}

/// The rows of a version's shards.
pub(super) fn insert_shards(at: &Connection, uuid: &str, shards: &[StoredShard]) -> Result<(), Error> {
    let mut insert =
        at.prepare_cached("INSERT INTO pantile_array_file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    for StoredShard { number, key, bytes, hash, count, min, max, nans, fills } in shards {
        insert.execute(params![uuid, number, key, bytes, hash, count, min, max, nans, fills])?;
    }
    unschedule(at, uuid)
}

/// A sweep may have taken the files for orphans while their upload was on the way.
fn unschedule(at: &Connection, uuid: &str) -> Result<(), Error> {
    let mut delete = at.prepare_cached(
        "DELETE FROM ducklake_files_scheduled_for_deletion WHERE substr(path, 1, length(?1)) = ?1",
    )?;
    delete.execute([array_folder(uuid)])?;
    Ok(())
}

/// Keeps the array for the part of that number until the transaction is over.
pub(super) fn insert_part(
    at: &Connection,
    id: &str,
    part: u32,
    name: &str,
    array: NewArray,
) -> Result<(), Error> {
    let array = array.settled()?;
    let taken = at
        .prepare_cached(
            "SELECT 1 FROM pantile_part_array WHERE transaction_id = ?1 AND (name = ?2 OR uuid = ?3)",
        )?
        .exists([id, name, &array.uuid])?;
    if taken {
        // Rows of several parts make one table; of arrays the last would win, and nobody be told.
        let refused = "an array is one part; a repeated part needs its `Idempotency-Key`";
        return Err(Error::WrongKind { name: name.to_owned(), is: "in the transaction already", refused });
    }
    let location = array.location.as_ref();
    at.prepare_cached("INSERT INTO pantile_part_array VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
        params![
            id,
            part,
            name,
            array.uuid,
            array.metadata,
            array.metadata_hash,
            location.map(|at| &at.location),
            location.map(|at| &at.path)
        ],
    )?;
    let mut insert = at.prepare_cached(
        "INSERT INTO pantile_part_array_file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for StoredShard { number, key, bytes, hash, count, min, max, nans, fills } in &array.shards {
        insert
            .execute(params![id, part, array.uuid, number, key, bytes, hash, count, min, max, nans, fills])?;
    }
    unschedule(at, &array.uuid)?;
    array.hold.keep();
    Ok(())
}

/// The array that the part is, and its name; nothing where the part is of a table.
pub(super) fn part(at: &Connection, id: &str, part: u32) -> Result<Option<(String, NewArray)>, Error> {
    let mut query = at.prepare_cached(
        "SELECT name, uuid, metadata, metadata_hash, location, path FROM pantile_part_array
         WHERE transaction_id = ?1 AND part = ?2",
    )?;
    let mut rows = query.query(params![id, part])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let array = NewArray {
        uuid: row.get(1)?,
        metadata: row.get::<_, String>(2)?.into(),
        metadata_hash: hash_of(row.get(3)?)?,
        shards: part_shards(at, id, part)?,
        location: location(row, 4)?,
        elements: None,
        hold: Hold::default(),
    };
    Ok(Some((row.get(0)?, array)))
}

fn part_shards(at: &Connection, id: &str, part: u32) -> Result<Vec<StoredShard>, Error> {
    let mut query = at.prepare_cached(&format!(
        "SELECT {SHARD} FROM pantile_part_array_file WHERE transaction_id = ?1 AND part = ?2 ORDER BY shard"
    ))?;
    let mut rows = query.query(params![id, part])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(shard(row, 0)?);
    }
    Ok(found)
}
