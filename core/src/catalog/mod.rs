//! Names, versions, snapshots, commits: one SQLite file in the layout of DuckLake 1.0, with tables of ours
//! beside it, so that DuckDB can attach what Pantile keeps.
//!
//! One thread writes. Requests queue for it; all that wait at one moment share one fsync, each in a
//! savepoint of its own. A commit becomes visible by one pointer, swapped after the fsync and before the
//! answer. Readers hold a [`Pin`] on an immutable [`Snapshot`] and never meet the writer.
//!
//! Start at [`Catalog::commit`].

mod apply;
mod change;
mod draft;
mod error;
mod files;
mod history;
mod load;
mod model;
mod pins;
mod rows;
mod schema;
mod stored;
mod sweep;
mod transaction;
mod types;
mod writer;

pub use apply::check_name;
pub use change::{
    Alter, Change, Commit, Committed, NewColumn, NewPartition, OnTaken, Remembered, Request, RewriteKind,
};
pub use draft::{Base, Draft};
pub use error::Error;
pub use history::SnapshotInfo;
pub use model::*;
pub use pins::Pin;
pub use schema::{FORMAT_VERSION, table_folder};
pub use stored::*;
pub use sweep::{Ages, Fault, Lost, Scrubbed, Swept};
pub use transaction::{Part, PartAdded, PartChange, TransactionInfo, TransactionState};

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::store::Home;
use draft::Ended;
use pins::Pins;
use writer::{Done, Job, Writer};

/// Commits that may wait for the writer; beyond it askers wait for a place.
const QUEUE: usize = 1024;

/// The catalog of one data folder.
#[derive(Debug)]
pub struct Catalog {
    current: Arc<ArcSwap<Snapshot>>,
    pins: Arc<Pins>,
    ended: Arc<Ended>,
    history: Arc<Mutex<Connection>>,
    jobs: mpsc::Sender<Job>,
}

impl Catalog {
    /// Opens the folder's catalog, making an empty one where there is none.
    ///
    /// # Errors
    /// [`Error::NewerVersion`] where a newer Pantile made it, [`Error::Foreign`] where it is no catalog of
    /// ours, [`Error::Sqlite`] where SQLite finds it damaged.
    pub fn open(home: &Home) -> Result<Arc<Self>, Error> {
        let mut connection = schema::open(home)?;
        let snapshot = load::newest(&mut connection)?;
        let history = schema::open_to_read(home)?;
        let current = Arc::new(ArcSwap::from_pointee(snapshot));
        let (jobs, queue) = mpsc::channel(QUEUE);
        Writer::start(connection, Arc::clone(&current), queue)?;
        let history = Arc::new(Mutex::new(history));
        Ok(Arc::new(Self { current, pins: Arc::default(), ended: Arc::default(), history, jobs }))
    }

    /// The newest snapshot, held back from the sweep while the pin lives.
    pub fn current(&self) -> Pin {
        self.pins.hold(|| self.current.load_full())
    }

    /// Makes the changes one commit, durable when this returns.
    ///
    /// Cost: one fsync, shared with whoever commits at the same moment.
    ///
    /// # Errors
    /// [`Error::Conflict`] where another commit came first, [`Error::PreconditionFailed`],
    /// [`Error::IdempotencyMismatch`], an unknown or taken name, [`Error::Full`]. Nothing was changed then.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, Error> {
        let done = self.ask(|reply| Job::Commit(Box::new(commit), reply)).await?;
        Ok(self.committed(done))
    }

    fn committed(&self, done: Done) -> Committed {
        let snapshot = self.pins.hold(|| Arc::clone(&done.snapshot));
        Committed { snapshot, made: done.made, replayed: done.replayed }
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Unknown)?
    }
}
