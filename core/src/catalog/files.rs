//! Which files of arrays the catalog names, and which it needs no more: what the sweep and the scrub ask.

use rusqlite::{Connection, params};

use super::error::Error;
use super::load::hash_of;
use super::model::SnapshotId;
use super::stored::{ARRAY_METADATA, array_folder};
use super::sweep::{Lost, Written};

/// Versions that no snapshot from `?1` on has: all their rows have ended, those of former names too.
const GONE: &str = "SELECT uuid FROM pantile_array GROUP BY uuid
    HAVING count(*) = count(end_snapshot) AND max(end_snapshot) <= ?1";

/// The folder of a row's version, in SQL.
fn folder() -> String {
    format!("'{}'", array_folder("' || uuid || '"))
}

/// Questions for the paths of all files of arrays that a snapshot or an open transaction names.
pub(super) fn known() -> String {
    let folder = folder();
    let mut questions = Vec::with_capacity(4);
    for (versions, shards) in
        [("pantile_array", "pantile_array_file"), ("pantile_part_array", "pantile_part_array_file")]
    {
        questions.push(format!("SELECT {folder} || key FROM {shards}"));
        questions
            .push(format!("SELECT {folder} || '{ARRAY_METADATA}' FROM {versions} WHERE location IS NULL"));
    }
    questions.join(" UNION ALL ")
}

/// Every file of arrays that a kept snapshot has.
pub(super) fn all(connection: &Connection) -> Result<Vec<Written>, Error> {
    let mut files = Vec::new();
    let mut query = connection.prepare(&format!(
        "SELECT {} || '{ARRAY_METADATA}', metadata_hash, name, max(begin_snapshot)
         FROM pantile_array WHERE location IS NULL GROUP BY uuid ORDER BY uuid",
        folder()
    ))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let lost = Lost::Metadata { array: row.get(2)? };
        files.push(Written { path: row.get(0)?, hash: hash_of(row.get(1)?)?, lost });
    }
    let mut query = connection.prepare(&format!(
        "SELECT {} || key, hash, shard,
                (SELECT name FROM pantile_array a WHERE a.uuid = f.uuid ORDER BY begin_snapshot DESC LIMIT 1)
         FROM pantile_array_file f ORDER BY uuid, shard",
        folder()
    ))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let array = row.get::<_, Option<String>>(3)?.unwrap_or_default();
        let lost = Lost::Shard { array, number: row.get(2)? };
        files.push(Written { path: row.get(0)?, hash: hash_of(row.get(1)?)?, lost });
    }
    Ok(files)
}

/// Schedules the files that no snapshot from `kept` on has, and forgets their rows; how many files.
pub(super) fn expire(at: &Connection, kept: SnapshotId, now: &str) -> Result<usize, Error> {
    let folder = folder();
    let schedule = "INSERT INTO ducklake_files_scheduled_for_deletion SELECT DISTINCT NULL,";
    let shards = at.execute(
        &format!("{schedule} {folder} || key, 1, ?2 FROM pantile_array_file WHERE uuid IN ({GONE})"),
        params![kept, now],
    )?;
    let metadata = at.execute(
        &format!(
            "{schedule} {folder} || '{ARRAY_METADATA}', 1, ?2 FROM pantile_array
             WHERE location IS NULL AND uuid IN ({GONE})"
        ),
        params![kept, now],
    )?;
    at.execute(&format!("DELETE FROM pantile_array_file WHERE uuid IN ({GONE})"), [kept])?;
    at.execute("DELETE FROM pantile_array WHERE end_snapshot <= ?1", [kept])?;
    Ok(shards.saturating_add(metadata))
}
