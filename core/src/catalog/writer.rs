//! The one thread that writes. It takes all that wait, gives each a savepoint, and commits them with one
//! fsync.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rusqlite::{Connection, Savepoint};
use tokio::sync::{mpsc, oneshot};

use super::apply;
use super::change::Commit;
use super::error::Error;
use super::model::{Snapshot, SnapshotId};
use super::sweep::{self, Expired};
use super::transaction::{self, Part, PartAdded, TransactionInfo};
use crate::store;

/// Jobs that share one fsync at most: beyond it the first would wait too long for the last.
const GROUP: usize = 256;

/// Where a job's answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// A commit that was made, or had been made before.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) snapshot: Arc<Snapshot>,
    /// The commit's number: that of the first time where it is a repetition.
    pub(super) made: SnapshotId,
    pub(super) replayed: Option<String>,
}

/// What the writer can be asked.
#[derive(Debug)]
pub(super) enum Job {
    Commit(Box<Commit>, Reply<Done>),
    Begin { expected: u32, lives: chrono::Duration, reply: Reply<TransactionInfo> },
    AddPart(String, Box<Part>, Reply<PartAdded>),
    CommitTransaction { id: String, answer: String, reply: Reply<Done> },
    Abort(String, Reply<()>),
    Expire(sweep::Horizon, Reply<Expired>),
    Schedule(Vec<String>, Reply<()>),
    Unschedule(Vec<String>, Reply<()>),
}

/// An answer that waits for the fsync.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    current: Arc<ArcSwap<Snapshot>>,
}

impl Writer {
    /// Starts the thread. It ends when the last sender of `queue` is gone and all jobs are answered.
    pub(super) fn start(
        connection: Connection,
        current: Arc<ArcSwap<Snapshot>>,
        mut queue: mpsc::Receiver<Job>,
    ) -> Result<(), Error> {
        let mut writer = Self { connection, current };
        let thread = std::thread::Builder::new().name("pantile-catalog".to_owned());
        let run = move || {
            while let Some(first) = queue.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP {
                    let Ok(next) = queue.try_recv() else { break };
                    group.push(next);
                }
                writer.run(group);
            }
        };
        thread
            .spawn(run)
            .map(|_| ())
            .map_err(|source| store::Error::file("to start", "the catalog's thread", source).into())
    }

    fn run(&mut self, group: Vec<Job>) {
        let mut next = self.current.load_full();
        let mut answers: Vec<Answer> = Vec::with_capacity(group.len());
        let result = (|| {
            let mut transaction =
                self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            for job in group {
                answers.push(step(&mut transaction, &mut next, job)?);
            }
            fail::fail_point!("catalog-before-commit", |_| Err(Error::Full));
            transaction.commit().map_err(Error::from)
        })();
        if let Err(error) = &result {
            stop_if_unsure(error);
        } else {
            fail::fail_point!("catalog-committed");
            self.current.store(next);
            fail::fail_point!("catalog-published");
        }
        let failed = result.err();
        for answer in answers {
            answer(failed.as_ref().map_or(Ok(()), |error| Err(again(error))));
        }
    }
}

/// One job in a savepoint of its own: a refused one leaves nothing behind and its neighbours alone.
fn step(
    transaction: &mut rusqlite::Transaction<'_>,
    next: &mut Arc<Snapshot>,
    job: Job,
) -> Result<Answer, Error> {
    let savepoint = transaction.savepoint()?;
    match job {
        Job::Commit(commit, reply) => answer(savepoint, reply, |at| apply::commit(at, next, *commit)),
        Job::Begin { expected, lives, reply } => {
            answer(savepoint, reply, |at| transaction::begin(at, expected, lives))
        }
        Job::AddPart(id, part, reply) => answer(savepoint, reply, |at| transaction::add_part(at, &id, *part)),
        Job::CommitTransaction { id, answer: said, reply } => {
            answer(savepoint, reply, |at| transaction::commit(at, next, &id, &said))
        }
        Job::Abort(id, reply) => answer(savepoint, reply, |at| transaction::abort(at, &id)),
        Job::Expire(horizon, reply) => answer(savepoint, reply, |at| sweep::expire(at, horizon)),
        Job::Schedule(paths, reply) => answer(savepoint, reply, |at| sweep::schedule(at, &paths)),
        Job::Unschedule(paths, reply) => answer(savepoint, reply, |at| sweep::unschedule(at, &paths)),
    }
}

/// Does `work`; what it says goes to `reply` once the group is durable. Only a failure of SQLite itself
/// ends the group.
fn answer<T: Send + 'static>(
    mut savepoint: Savepoint<'_>,
    reply: Reply<T>,
    work: impl FnOnce(&Connection) -> Result<T, Error>,
) -> Result<Answer, Error> {
    let result = work(&savepoint);
    match &result {
        Ok(_) => savepoint.commit()?,
        Err(_) => savepoint.rollback()?,
    }
    // Nobody may be waiting any more: the change stands all the same.
    Ok(Box::new(move |durable: Result<(), Error>| drop(reply.send(durable.and(result)))))
}

/// After a failed write or fsync nobody knows what of the commit reached the disk. A full disk is known:
/// SQLite says so before the commit's last frame is written.
fn stop_if_unsure(error: &Error) {
    if let Error::Sqlite(cause) = error
        && matches!(cause.sqlite_error_code(), Some(rusqlite::ErrorCode::SystemIoFailure))
    {
        store::stop("a commit to the catalog", cause);
    }
}

/// The same failure for one more of the group.
fn again(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        other => Error::Damaged { what: other.to_string() },
    }
}
