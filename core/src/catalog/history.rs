//! Looking back: older snapshots, and requests that were answered.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::change::Remembered;
use super::error::Error;
use super::load::{at, time_of, time_text};
use super::model::SnapshotId;
use super::pins::Pin;
use super::{Catalog, apply};

/// A commit as the history tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its number.
    pub id: SnapshotId,
    /// When it was made.
    pub time: DateTime<Utc>,
    /// What it did, in DuckLake's words.
    pub changes: String,
    /// Who asked.
    pub author: Option<String>,
    /// Why.
    pub message: Option<String>,
}

impl fmt::Display for SnapshotInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commit {}", self.id)?;
        self.author.as_ref().map_or(Ok(()), |author| write!(f, " of {author}"))?;
        self.message.as_ref().map_or(Ok(()), |message| write!(f, ", {message}"))
    }
}

impl Catalog {
    /// What the catalog held at commit `id`.
    ///
    /// Cost: the newest is at hand, and one that somebody reads; others are read from disk.
    ///
    /// # Errors
    /// [`Error::UnknownSnapshot`] where it never was or is no longer kept.
    pub async fn at(&self, id: SnapshotId) -> Result<Pin, Error> {
        let newest = self.current();
        if newest.id == id {
            return Ok(newest);
        }
        if let Some(read) = self.pins.held(id) {
            return Ok(read);
        }
        let found = self.look(move |connection| at(connection, id)).await?;
        match found {
            Some(snapshot) => Ok(self.pins.hold(|| Arc::new(snapshot))),
            None => Err(self.unknown(id.to_string()).await?),
        }
    }

    /// What the catalog held at that moment: the last commit that is not younger.
    ///
    /// # Errors
    /// [`Error::UnknownSnapshot`] where nothing so old is kept.
    pub async fn at_time(&self, time: DateTime<Utc>) -> Result<Pin, Error> {
        let text = time_text(time);
        let asked = text.clone();
        let id = self
            .look(move |connection| {
                // All times are written by one hand, in UTC and with as many digits: they compare as text.
                let newest = "SELECT max(snapshot_id) FROM ducklake_snapshot WHERE snapshot_time <= ?1";
                Ok(connection.query_row(newest, [asked], |row| row.get::<_, Option<SnapshotId>>(0))?)
            })
            .await?;
        match id {
            Some(id) => self.at(id).await,
            None => Err(self.unknown(text).await?),
        }
    }

    /// Every commit that is kept, oldest first.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub async fn snapshots(&self) -> Result<Vec<SnapshotInfo>, Error> {
        self.look(|connection| since(connection, SnapshotId::MIN)).await
    }

    /// The request of that idempotency key, where it was answered and is still remembered.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub async fn request(&self, key: &str) -> Result<Option<Remembered>, Error> {
        let key = key.to_owned();
        self.look(move |connection| apply::remembered(connection, &key)).await
    }

    /// Reads the catalog's file on a thread that may block.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let history = Arc::clone(&self.history);
        tokio::task::spawn_blocking(move || {
            let mut connection = history.lock();
            // One transaction, so that all parts of an answer are of one moment.
            let moment = connection.transaction()?;
            question(&moment)
        })
        .await
        .map_err(|_| Error::Closed)?
    }

    async fn unknown(&self, asked: String) -> Result<Error, Error> {
        let kept = "SELECT min(snapshot_id), max(snapshot_id) FROM ducklake_snapshot";
        let (oldest, newest) = self
            .look(|connection| {
                Ok(connection
                    .query_row(kept, [], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?
                    .unwrap_or_default())
            })
            .await?;
        Ok(Error::UnknownSnapshot { asked, oldest, newest })
    }
}

/// Commits after that one, oldest first.
pub(super) fn since(connection: &Connection, id: SnapshotId) -> Result<Vec<SnapshotInfo>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT s.snapshot_id, s.snapshot_time, coalesce(c.changes_made, ''), c.author, c.commit_message
         FROM ducklake_snapshot s LEFT JOIN ducklake_snapshot_changes c ON c.snapshot_id = s.snapshot_id
         WHERE s.snapshot_id > ?1 ORDER BY s.snapshot_id",
    )?;
    let rows = query.query_map([id], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    })?;
    rows.map(|row| {
        let (id, time, changes, author, message) = row?;
        Ok(SnapshotInfo { id, time: time_of(&time)?, changes, author, message })
    })
    .collect()
}
