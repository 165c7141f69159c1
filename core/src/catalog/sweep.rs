//! What goes, and how nothing goes that anybody needs: old snapshots, the partitions only they had, files
//! of uploads that never became a commit. And the check that all the rest is still what was written.
//!
//! A file goes in two steps, with time between them: first it is scheduled, in the catalog; later, if it
//! still belongs to nothing, it is deleted. A commit that names a scheduled file takes it off the list. What is held
//! ([`crate::store::Hold`]), from its first byte to the commit that names it, is not scheduled at all.

use std::collections::HashSet;
use std::fmt;

use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::Catalog;
use super::error::Error;
use super::files;
use super::load::{hash_of, time_of, time_text};
use super::model::SnapshotId;
use super::schema::SCHEMA_NAME;
use super::transaction;
use super::writer::Job;
use crate::store::{TileStore, folder_of, uuid_of};

/// What the writer may let go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    /// Snapshots younger than this stay.
    pub(super) snapshots: DateTime<Utc>,
    /// Requests younger than this are remembered.
    pub(super) requests: DateTime<Utc>,
    /// This snapshot and younger ones have readers.
    pub(super) pinned: Option<SnapshotId>,
}

/// What the writer let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expired {
    pub(super) snapshots: u64,
    pub(super) files: u64,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Snapshots that are no longer kept.
    pub snapshots: u64,
    /// Files that were scheduled for deletion: of those snapshots alone, or of no commit.
    pub scheduled: u64,
    /// Files that were deleted, having been scheduled before.
    pub deleted: u64,
}

/// What a scrub found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Files that were read.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Files that belong to no snapshot: leftovers, for the sweep.
    pub orphans: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// SQLite finds its own file damaged.
    #[error("catalog.db: {0}")]
    Catalog(String),
    /// A file is gone.
    #[error("{path}: the file is missing; {lost}")]
    Missing {
        /// The file.
        path: String,
        /// What was in it.
        lost: Lost,
    },
    /// A file has other bytes than were written.
    #[error("{path}: the bytes are not those that were written; restore it from a backup")]
    Changed {
        /// The file.
        path: String,
    },
}

/// What is lost with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// So many rows of a table.
    Rows(u64),
    /// A shard of an array.
    Shard {
        /// The array's name.
        array: String,
        /// The shard's number.
        number: u64,
    },
    /// What says of an array what it is; the catalog has the same text.
    Metadata {
        /// The array's name.
        array: String,
    },
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "its {rows} rows are lost unless a backup has it"),
            Self::Shard { array, number } => {
                write!(f, "shard {number} of array `{array}` is lost unless a backup has it")
            }
            Self::Metadata { array } => {
                write!(f, "array `{array}` is read all the same, but other programs cannot open its folder")
            }
        }
    }
}

/// A file as it was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) path: String,
    pub(super) hash: [u8; 32],
    pub(super) lost: Lost,
}

impl Catalog {
    /// Lets go what is older than asked: snapshots, remembered requests, files of uploads that never became
    /// a commit. A file is deleted once it has been scheduled for `orphans`.
    ///
    /// The newest snapshot, and every one that somebody reads, stays.
    ///
    /// # Errors
    /// [`Error::Store`] where the store fails; what was done until then stands.
    pub async fn sweep(&self, store: &TileStore, ages: Ages) -> Result<Swept, Error> {
        let now = Utc::now();
        let ago = |age: std::time::Duration| {
            Duration::from_std(age)
                .ok()
                .and_then(|age| now.checked_sub_signed(age))
                .unwrap_or(DateTime::UNIX_EPOCH)
        };
        let horizon = Horizon {
            snapshots: ago(ages.snapshots),
            requests: ago(ages.requests),
            pinned: self.pins.oldest(),
        };
        let expired = self.ask(|reply| Job::Expire(horizon, reply)).await?;
        let orphans = self.orphans(store, ago(ages.orphans)).await?;
        let mut swept = Swept {
            snapshots: expired.snapshots,
            scheduled: expired.files.saturating_add(orphans.len() as u64),
            deleted: 0,
        };
        if !orphans.is_empty() {
            self.ask(|reply| Job::Schedule(orphans, reply)).await?;
        }
        let mut due = self.due(ago(ages.orphans)).await?;
        // What has been taken up again since it was scheduled stays.
        due.retain(|path| !store.holds(path));
        // Off the list first: from here on no commit can take one of them up.
        self.ask(|reply| Job::Unschedule(due.clone(), reply)).await?;
        for path in due {
            store.delete(&path).await?;
            swept.deleted = swept.deleted.saturating_add(1);
        }
        Ok(swept)
    }

    /// Reads every file of every kept snapshot and compares it with what was written; checks the database.
    ///
    /// Cost: all bytes there are, once.
    ///
    /// # Errors
    /// [`Error::Store`] where the store fails. What is merely wrong is a [`Fault`].
    pub async fn scrub(&self, store: &TileStore, mut told: impl FnMut(u64, u64)) -> Result<Scrubbed, Error> {
        let mut found = Scrubbed::default();
        let database: Vec<String> = self
            .look(|connection| {
                let mut query = connection.prepare("PRAGMA integrity_check")?;
                let rows = query.query_map([], |row| row.get(0))?;
                rows.collect::<Result<_, _>>().map_err(Error::from)
            })
            .await?;
        found.faults.extend(database.into_iter().filter(|line| line != "ok").map(Fault::Catalog));
        let files = self.look(all_files).await?;
        let total = files.len() as u64;
        for Written { path, hash, lost } in files {
            match store.hash(&path).await? {
                None => found.faults.push(Fault::Missing { path, lost }),
                Some((bytes, is)) => {
                    found.bytes = found.bytes.saturating_add(bytes);
                    if is != hash {
                        found.faults.push(Fault::Changed { path });
                    }
                }
            }
            found.files = found.files.saturating_add(1);
            told(found.files, total);
        }
        found.orphans = self.orphans(store, Utc::now()).await?.len() as u64;
        Ok(found)
    }

    /// Files of the store that nothing names and that were begun before `before`.
    async fn orphans(&self, store: &TileStore, before: DateTime<Utc>) -> Result<Vec<String>, Error> {
        // Listed first: what a commit adds in between is in the catalog's answer.
        let listed = store.list().await?;
        let known = self.look(known_files).await?;
        let orphans = listed.into_iter().map(|stored| stored.path);
        Ok(orphans
            .filter(|path| !known.contains(path) && !store.holds(path))
            .filter(|path| begun(path).is_some_and(|begun| begun < before))
            .collect())
    }

    async fn due(&self, before: DateTime<Utc>) -> Result<Vec<String>, Error> {
        self.look(move |connection| {
            let mut query = connection
                .prepare("SELECT path, schedule_start FROM ducklake_files_scheduled_for_deletion")?;
            let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let mut due = Vec::new();
            for row in rows {
                let (path, since) = row?;
                if time_of(&since)? <= before {
                    due.push(path);
                }
            }
            Ok(due)
        })
        .await
    }
}

/// How old something must be to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// Snapshots.
    pub snapshots: std::time::Duration,
    /// Remembered requests.
    pub requests: std::time::Duration,
    /// Files that belong to nothing, from their beginning to their scheduling and from there to their end.
    pub orphans: std::time::Duration,
}

/// The writer's part: rows of the catalog that only expired snapshots need.
pub(super) fn expire(at: &Connection, horizon: Horizon) -> Result<Expired, Error> {
    transaction::expire(at, Utc::now())?;
    at.execute("DELETE FROM pantile_request WHERE at < ?1", [horizon.requests.timestamp_micros()])?;
    let kept: Option<SnapshotId> = at.query_row(
        "SELECT coalesce(min(snapshot_id) FILTER (WHERE snapshot_time >= ?1), max(snapshot_id)) FROM ducklake_snapshot",
        [time_text(horizon.snapshots)],
        |row| row.get(0),
    )?;
    let Some(kept) = kept else { return Ok(Expired::default()) };
    // The commit before the horizon is what the catalog held at it.
    let kept = horizon.pinned.map_or(kept, |pinned| pinned.min(kept));
    let snapshots = at.execute("DELETE FROM ducklake_snapshot WHERE snapshot_id < ?1", [kept])?;
    at.execute("DELETE FROM ducklake_snapshot_changes WHERE snapshot_id < ?1", [kept])?;
    let now = time_text(Utc::now());
    let files = at.execute(
        &format!(
            "INSERT INTO ducklake_files_scheduled_for_deletion
             SELECT data_file_id, '{SCHEMA_NAME}/' || path, 1, ?2 FROM ducklake_data_file WHERE end_snapshot <= ?1"
        ),
        params![kept, now],
    )?;
    let files = files.saturating_add(files::expire(at, kept, &now)?);
    for part in ["ducklake_file_column_stats", "pantile_file"] {
        at.execute(
            &format!(
                "DELETE FROM {part} WHERE data_file_id IN (SELECT data_file_id FROM ducklake_data_file WHERE end_snapshot <= ?1)"
            ),
            [kept],
        )?;
    }
    let ended =
        ["ducklake_data_file", "ducklake_table", "ducklake_column", "ducklake_view", "pantile_external_name"];
    for part in ended {
        at.execute(&format!("DELETE FROM {part} WHERE end_snapshot <= ?1"), [kept])?;
    }
    for (part, names) in
        [("ducklake_table_stats", "ducklake_table"), ("pantile_external", "pantile_external_name")]
    {
        at.execute(&format!("DELETE FROM {part} WHERE table_id NOT IN (SELECT table_id FROM {names})"), [])?;
    }
    at.execute(
        "DELETE FROM pantile_column WHERE table_id NOT IN (SELECT table_id FROM ducklake_table)
         AND table_id NOT IN (SELECT table_id FROM pantile_external)
         AND table_id NOT IN (SELECT view_id FROM ducklake_view)",
        [],
    )?;
    Ok(Expired { snapshots: snapshots as u64, files: files as u64 })
}

pub(super) fn schedule(at: &Connection, paths: &[String]) -> Result<(), Error> {
    let known = known_files(at)?;
    let mut insert =
        at.prepare_cached("INSERT INTO ducklake_files_scheduled_for_deletion VALUES (NULL, ?1, 1, ?2)")?;
    let now = time_text(Utc::now());
    for path in paths.iter().filter(|path| !known.contains(*path)) {
        insert.execute([path, &now])?;
    }
    Ok(())
}

pub(super) fn unschedule(at: &Connection, paths: &[String]) -> Result<(), Error> {
    let mut delete =
        at.prepare_cached("DELETE FROM ducklake_files_scheduled_for_deletion WHERE path = ?1")?;
    for path in paths {
        delete.execute([path])?;
    }
    Ok(())
}

/// Every file that a snapshot, an open transaction or the list of scheduled ones names.
fn known_files(connection: &Connection) -> Result<HashSet<String>, Error> {
    let mut query = connection.prepare(&format!(
        "SELECT '{SCHEMA_NAME}/' || path FROM ducklake_data_file UNION ALL SELECT path FROM pantile_part_file
         UNION ALL SELECT path FROM ducklake_files_scheduled_for_deletion UNION ALL {}",
        files::known()
    ))?;
    let rows = query.query_map([], |row| row.get(0))?;
    rows.collect::<Result<_, _>>().map_err(Error::from)
}

/// Every file of every kept snapshot.
fn all_files(connection: &Connection) -> Result<Vec<Written>, Error> {
    let mut query = connection.prepare(&format!(
        "SELECT '{SCHEMA_NAME}/' || f.path, f.record_count, h.hash
         FROM ducklake_data_file f JOIN pantile_file h ON h.data_file_id = f.data_file_id ORDER BY f.data_file_id"
    ))?;
    let mut rows = query.query([])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let lost = Lost::Rows(row.get(1)?);
        files.push(Written { path: row.get(0)?, hash: hash_of(row.get(2)?)?, lost });
    }
    files.append(&mut files::all(connection)?);
    Ok(files)
}

/// When a file was begun: its name, or that of the folder that it is a part of, is a UUID that says so. A file of another
/// name is not ours to judge.
fn begun(path: &str) -> Option<DateTime<Utc>> {
    let uuid = match folder_of(path) {
        Some(folder) => uuid_of(folder)?,
        None => Uuid::parse_str(path.rsplit('/').next()?.strip_suffix(".parquet")?).ok()?,
    };
    let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
