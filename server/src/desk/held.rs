//! Answers that wait for their readers: planned, at one snapshot, and run when somebody comes for a partition.
//!
//! Nobody holds a slot while nobody reads. The first reader gets one for the whole answer; readers of other
//! partitions sit down beside it, because partitions of one run share hash tables and exchanges. Who comes a second
//! time for a partition starts a further run.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::BoxStream;
use pantile_core::catalog::SnapshotId;
use pantile_core::pool::{Charge, Reason};
use pantile_sql::{Deferred, Description, Outcome, Planned, Run, SessionState};
use parking_lot::Mutex;

use super::admit::{Desk, Seat, Task, ended};
use super::registry::Asking;
use super::{Error, QueryId, Question};

/// How long a run whose readers are gone waits for those of its other partitions: readers often come one after
/// the other.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes of a plan besides those of what was said.
const PLAN_BYTES: u64 = 64 << 10;
/// Bytes of a plan for each byte of a text, most of which are names and literals: 40 and 70 were measured of a thousand
/// columns and of ten thousand literals, on x86-64 in a debug build.
const PLAN_FACTOR: u64 = 32;

/// An answer that waits for its readers.
pub struct Held {
    /// The question's name.
    pub query_id: QueryId,
    /// Its columns.
    pub schema: SchemaRef,
    /// The snapshot it is read from, or made.
    pub snapshot: SnapshotId,
    /// What kind of answer.
    pub outcome: Outcome,
    answer: Answer,
}

enum Answer {
    /// To be computed.
    Planned(Box<Waiting>),
    /// All there.
    Rows { batches: Vec<RecordBatch>, _charge: Charge },
}

/// A question that runs when it is read.
struct Waiting {
    deferred: Deferred,
    text: String,
    caller: String,
    timeout: Option<Duration>,
    row_limit: Option<u64>,
    session: Arc<SessionState>,
    /// Bytes of its text, its plan and its parameters, roughly.
    bytes: u64,
    course: Mutex<Course>,
    /// Held by the one reader that waits for a seat: others sit down beside it when it has one.
    door: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Course {
    /// The run that readers may still sit down to.
    sitting: Option<Arc<Sitting>>,
    /// How many there were.
    runs: usize,
    /// The run that waits for its seat.
    coming: Option<QueryId>,
    /// Whether somebody ended it.
    over: bool,
}

/// A run and the seat it has.
struct Sitting {
    run: Run,
    seat: Mutex<Option<Seat>>,
    taken: Mutex<HashSet<usize>>,
    readers: AtomicUsize,
    /// Partitions that were read to their end.
    done: AtomicUsize,
    partitions: usize,
}

impl Desk {
    /// Plans a question whose answer is to be read later, by its partitions. What changes something is done when this
    /// returns, once and for all.
    ///
    /// # Errors
    /// What [`Desk::ask`] says.
    pub async fn hold(&self, question: Question) -> Result<Held, Error> {
        let seat = self.seat(question.task()).await?;
        // How long its caller waits for this answer says nothing of how long its readers may take.
        let (text, caller, timeout, row_limit) =
            (question.sql.clone(), question.caller.clone(), question.session.timeout(), question.row_limit);
        let (query_id, session) = (question.query_id.clone(), Arc::clone(&question.session));
        let said = question.bytes();
        let ask = question.put_to(&seat);
        let planned = tokio::select! {
            biased;
            planned = self.engine.plan(ask) => planned,
            _ = ended(seat.cancel()) => return Err(seat.failed(None)),
        };
        match planned {
            Err(error) => Err(seat.failed(Some(Error::Sql(error)))),
            Ok(Planned::Question(deferred)) => {
                // It has not begun: who reads it opens its record.
                seat.withdrawn();
                let deferred = if row_limit.is_some() { deferred.in_one() } else { deferred };
                Ok(Held {
                    query_id,
                    schema: deferred.schema(),
                    snapshot: deferred.snapshot(),
                    outcome: Outcome::Rows,
                    answer: Answer::Planned(Box::new(Waiting {
                        deferred,
                        text,
                        caller,
                        timeout,
                        row_limit,
                        session,
                        bytes: said.saturating_mul(PLAN_FACTOR).saturating_add(PLAN_BYTES),
                        course: Mutex::default(),
                        door: tokio::sync::Mutex::default(),
                    })),
                })
            }
            Ok(Planned::Answer(answer)) => {
                seat.record().reads(answer.snapshot);
                seat.record().runs_on(answer.runs_on);
                let (schema, snapshot, outcome) = (answer.schema, answer.snapshot, answer.outcome);
                let mut rows = super::Rows::new(answer.batches, seat, row_limit);
                let mut charge = self.query.try_charge(query_id.as_str(), 0).map_err(Error::Memory)?;
                let mut batches = Vec::new();
                while let Some(batch) = rows.next().await {
                    let batch = batch?;
                    charge.try_grow(batch.get_array_memory_size() as u64).map_err(Error::Memory)?;
                    batches.push(batch);
                }
                Ok(Held {
                    query_id,
                    schema,
                    snapshot,
                    outcome,
                    answer: Answer::Rows { batches, _charge: charge },
                })
            }
        }
    }

    /// What a question will answer, without running it.
    ///
    /// # Errors
    /// What [`Desk::ask`] says of a statement that does not plan.
    pub async fn describe(&self, question: Question) -> Result<Description, Error> {
        let seat = self.seat(question.task()).await?;
        let ask = question.put_to(&seat);
        match self.engine.describe(ask).await {
            Ok(described) => {
                seat.withdrawn();
                Ok(described)
            }
            Err(error) => Err(seat.failed(Some(Error::Sql(error)))),
        }
    }

    /// The rows of one partition, for as long as the stream is kept.
    ///
    /// # Errors
    /// Whatever [`Desk::seat`] refuses, and what the engine says.
    pub async fn read(
        &self,
        held: &Arc<Held>,
        partition: usize,
    ) -> Result<BoxStream<'static, Result<RecordBatch, Error>>, Error> {
        let waiting = match &held.answer {
            Answer::Rows { batches, .. } => {
                return Ok(futures::stream::iter(batches.clone().into_iter().map(Ok)).boxed());
            }
            Answer::Planned(waiting) => waiting,
        };
        let sitting = match waiting.seated(partition)? {
            Some(sitting) => sitting,
            None => {
                let _first = waiting.door.lock().await;
                // Who was at the door before may have brought a run that has the partition.
                match waiting.seated(partition)? {
                    Some(sitting) => sitting,
                    None => self.sit(held, waiting, partition).await?,
                }
            }
        };
        let reader = Reader {
            batches: sitting.run.start(partition),
            sitting,
            held: Arc::clone(held),
            left: waiting.row_limit,
            ended: false,
        };
        Ok(futures::stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            let next = reader.next().await?;
            let more = next.is_ok().then_some(reader);
            Some((next, more))
        })
        .boxed())
    }

    /// Ends the answer: the run that it has now, and the one that waits for a seat. Nobody reads it any more.
    pub fn cancel(&self, held: &Held) {
        let Answer::Planned(waiting) = &held.answer else { return };
        let (sitting, coming) = {
            let mut course = waiting.course.lock();
            course.over = true;
            (course.sitting.take(), course.coming.take())
        };
        if let Some(sitting) = sitting {
            sitting.cancel();
        }
        if let Some(query_id) = coming {
            // One that has not asked for its seat yet finds that it is over when it has it.
            let _ = self.registry().cancel(query_id.as_str());
        }
    }

    /// Begins a further run, and sits down to its partition.
    async fn sit(&self, held: &Held, waiting: &Waiting, partition: usize) -> Result<Arc<Sitting>, Error> {
        let coming = waiting.comes(&held.query_id);
        let seat = self
            .seat(Task {
                query_id: coming.query_id.clone(),
                text: waiting.text.clone(),
                caller: waiting.caller.clone(),
                timeout: waiting.timeout,
                ahead: false,
                bytes: 0,
                session: Some(Arc::clone(&waiting.session)),
            })
            .await?;
        seat.record().reads(held.snapshot);
        seat.record().runs_on(waiting.deferred.runs_on());
        let (cancel, progress) = (seat.cancel().clone(), Arc::clone(seat.progress()));
        let run = match waiting.deferred.run(coming.query_id.as_str(), cancel, progress) {
            Err(error) => return Err(seat.failed(Some(Error::Sql(error)))),
            Ok(run) => run,
        };
        let sitting = Arc::new(Sitting {
            run,
            seat: Mutex::new(Some(seat)),
            taken: Mutex::default(),
            readers: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            partitions: held.partitions(),
        });
        let mut course = waiting.course.lock();
        if course.over {
            sitting.cancel();
            return Err(sitting.failed(None));
        }
        sitting.take(partition);
        course.runs = course.runs.saturating_add(1);
        course.sitting = Some(Arc::clone(&sitting));
        Ok(sitting)
    }
}

impl Waiting {
    /// The run that is there, if the partition is still to be had of it.
    fn seated(&self, partition: usize) -> Result<Option<Arc<Sitting>>, Error> {
        let course = self.course.lock();
        if course.over {
            return Err(Error::Ended { reason: Reason::Asked, after: Duration::ZERO });
        }
        Ok(course.sitting.clone().filter(|sitting| sitting.take(partition)))
    }

    /// Notes that a run waits for its seat. Runs are questions of their own: an earlier one may still have readers.
    fn comes(&self, first: &QueryId) -> Coming<'_> {
        let mut course = self.course.lock();
        let query_id = match course.runs {
            0 => first.clone(),
            runs => QueryId::chosen(&format!("{first}.{runs}")).unwrap_or_else(|_| QueryId::fresh()),
        };
        course.coming = Some(query_id.clone());
        Coming { query_id, course: &self.course }
    }
}

/// A run that waits for its seat, until this is dropped.
struct Coming<'a> {
    query_id: QueryId,
    course: &'a Mutex<Course>,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.course.lock().coming = None;
    }
}

impl Held {
    /// How many partitions it has. Together they are the answer.
    pub fn partitions(&self) -> usize {
        match &self.answer {
            Answer::Planned(waiting) => waiting.deferred.partitions(),
            Answer::Rows { .. } => 1,
        }
    }

    /// Bytes that it takes while it waits, roughly, but for rows that are there: those are charged to the questions.
    pub fn bytes(&self) -> u64 {
        match &self.answer {
            Answer::Planned(waiting) => waiting.bytes,
            Answer::Rows { .. } => 0,
        }
    }

    /// How many rows it has, where that is known.
    pub fn rows(&self) -> Option<usize> {
        match &self.answer {
            Answer::Planned(_) => None,
            Answer::Rows { batches, .. } => Some(batches.iter().map(RecordBatch::num_rows).sum()),
        }
    }

    /// Lets a run go that nobody came to read on.
    fn leave(&self, left: &Arc<Sitting>) {
        let Answer::Planned(waiting) = &self.answer else { return };
        let mut course = waiting.course.lock();
        let idle = left.readers.load(Ordering::Relaxed) == 0;
        if idle && course.sitting.as_ref().is_some_and(|sitting| Arc::ptr_eq(sitting, left)) {
            course.sitting = None;
        }
    }
}

impl Sitting {
    /// Whether the partition is still to be had here; then it is not any more.
    fn take(&self, partition: usize) -> bool {
        let open = self.seat.lock().as_ref().is_some_and(|seat| !seat.cancel().is_cancelled());
        let taken = open && self.taken.lock().insert(partition);
        if taken {
            self.readers.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Notes that a reader waits.
    fn asking(&self) -> Option<Asking> {
        self.seat.lock().as_ref().map(|seat| seat.record().asking())
    }

    fn cancel(&self) {
        if let Some(seat) = self.seat.lock().as_ref() {
            seat.cancel().cancel(Reason::Asked);
        }
    }

    fn gave(&self, batch: &RecordBatch) {
        if let Some(seat) = self.seat.lock().as_ref() {
            seat.record().gave(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
        }
    }

    /// Gives the seat back after a failure of one partition, which is one of the whole run.
    fn failed(&self, error: Option<Error>) -> Error {
        let seat = self.seat.lock().take();
        match (seat, error) {
            (Some(seat), error) => seat.failed(error),
            (None, Some(error)) => error,
            (None, None) => Error::Ended { reason: Reason::Asked, after: Duration::ZERO },
        }
    }

    /// Notes that a partition was read to its end; the last gives the seat back.
    fn finished_one(&self) {
        if self.done.fetch_add(1, Ordering::Relaxed).saturating_add(1) == self.partitions
            && let Some(seat) = self.seat.lock().take()
        {
            seat.finished();
        }
    }
}

/// One partition as it is read.
struct Reader {
    batches: BoxStream<'static, Result<RecordBatch, pantile_sql::Error>>,
    sitting: Arc<Sitting>,
    held: Arc<Held>,
    left: Option<u64>,
    /// Whether it was read to its end.
    ended: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        let _asking = self.sitting.asking();
        loop {
            let next = match self.left {
                Some(0) => None,
                _ => self.batches.next().await,
            };
            match next {
                None => {
                    self.ended = true;
                    self.sitting.finished_one();
                    return None;
                }
                Some(Err(error)) => return Some(Err(self.sitting.failed(Some(Error::Sql(error))))),
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                Some(Ok(batch)) => {
                    let batch = self.cut(batch);
                    self.sitting.gave(&batch);
                    return Some(Ok(batch));
                }
            }
        }
    }

    fn cut(&mut self, batch: RecordBatch) -> RecordBatch {
        let Some(left) = &mut self.left else { return batch };
        let rows = usize::try_from(*left).unwrap_or(usize::MAX).min(batch.num_rows());
        *left = left.saturating_sub(rows as u64);
        batch.slice(0, rows)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.sitting.readers.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        let (held, sitting) = (Arc::clone(&self.held), Arc::clone(&self.sitting));
        // Who went away in the middle is not expected back.
        let wait = self.ended && sitting.seat.lock().is_some();
        // Without a runtime the server is ending, and everything with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if wait {
                tokio::time::sleep(LINGER).await;
            }
            held.leave(&sitting);
        });
    }
}
