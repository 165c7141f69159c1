//! Admission: who may run now, who waits, who is sent away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pantile_core::Code;
use pantile_core::pool::{Account, Cancel, CancelOnDrop, Charge, Progress, Reason};
use pantile_sql::{Engine, SessionState, Using};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use super::answer::{Answer, Rows};
use super::clock::Clock;
use super::registry::{Record, Registry};
use super::{Error, QueryId, Question};

/// What a question is charged for before its engine charges anything: its plan, its buffers.
const SEAT_BYTES: u64 = 1 << 20;
/// How often somebody who waits for bytes looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What the desk allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Questions that run at the same time.
    pub slots: usize,
    /// Questions that may wait.
    pub queue: usize,
    /// How long each may wait.
    pub queue_wait: Duration,
    /// How long each may run when its caller does not say.
    pub timeout: Duration,
    /// The longest that a caller may ask for.
    pub timeout_max: Duration,
}

/// The desk.
pub struct Desk {
    limits: Limits,
    pub(super) engine: Arc<Engine>,
    registry: Arc<Registry>,
    pub(super) query: Arc<Account>,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    closed: AtomicBool,
    clock: Arc<Clock>,
}

/// Whatever needs a seat.
pub struct Task {
    /// Its name.
    pub query_id: QueryId,
    /// Its text, for the record.
    pub text: String,
    /// Who asks.
    pub caller: String,
    /// How long it may run, when not as long as usual.
    pub timeout: Option<Duration>,
    /// Whether it may run although all slots are taken.
    pub ahead: bool,
    /// Bytes that it brings with it, before its engine charges any.
    pub bytes: u64,
    /// The session it is of, which is not forgotten meanwhile.
    pub session: Option<Arc<SessionState>>,
}

/// A place at the desk. Dropping it gives everything back and stops what still runs for it.
pub struct Seat {
    registry: Arc<Registry>,
    record: Arc<Record>,
    outcome: Result<(), Code>,
    guard: Option<CancelOnDrop>,
    _bytes: Charge,
    _session: Option<Using>,
}

impl Desk {
    /// A desk in front of that engine, charging seats to `query`.
    pub fn new(engine: Arc<Engine>, registry: Arc<Registry>, query: Arc<Account>, limits: Limits) -> Self {
        let slots = Arc::new(Semaphore::new(limits.slots));
        Self {
            limits,
            engine,
            registry,
            query,
            slots,
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            clock: Arc::default(),
        }
    }

    /// Asks a question: waits for a seat, plans, and returns once the answer's columns are known.
    ///
    /// # Errors
    /// Whatever [`Desk::seat`] refuses, and what the engine says.
    pub async fn ask(&self, question: Question) -> Result<Answer, Error> {
        let span = tracing::info_span!("question", query_id = %question.query_id);
        self.ask_seated(question).instrument(span).await
    }

    async fn ask_seated(&self, question: Question) -> Result<Answer, Error> {
        let seat = self.seat(question.task()).await?;
        let started = Instant::now();
        let (query_id, row_limit) = (question.query_id.clone(), question.row_limit);
        let ask = question.put_to(&seat);
        let asked = tokio::select! {
            biased;
            asked = self.engine.ask(ask) => asked,
            _ = ended(seat.cancel()) => return Err(seat.failed(None)),
        };
        match asked {
            Ok(answer) => {
                seat.record().reads(answer.snapshot);
                seat.record().runs_on(answer.runs_on);
                Ok(Answer {
                    query_id,
                    schema: answer.schema,
                    snapshot: answer.snapshot,
                    outcome: answer.outcome,
                    runs_on: answer.runs_on,
                    planned: started.elapsed(),
                    rows: Rows::new(answer.batches, seat, row_limit),
                })
            }
            Err(error) => Err(seat.failed(Some(Error::Sql(error)))),
        }
    }

    /// A place for `task`, waited for in the order of coming.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Memory`], [`Error::QueryIdTaken`], [`Error::TimeoutTooLong`], and
    /// [`Error::Ended`] for who was cancelled while waiting.
    pub async fn seat(&self, task: Task) -> Result<Seat, Error> {
        let timeout = match task.timeout {
            Some(asked) if asked > self.limits.timeout_max => {
                return Err(Error::TimeoutTooLong { asked, max: self.limits.timeout_max });
            }
            asked => asked.unwrap_or(self.limits.timeout),
        };
        let session = task.session.as_ref().map(SessionState::using);
        let record = self.registry.open(task.query_id, &task.text, task.caller)?;
        let mut opened = Opened { registry: &self.registry, record: Arc::clone(&record), seated: false };
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::Ended { reason: Reason::Draining, after: Duration::ZERO });
        }
        let waited = async {
            let slot = if task.ahead { None } else { Some(self.slot().await?) };
            Ok::<_, Error>((slot, self.bytes(&record, task.bytes).await?))
        };
        let (slot, bytes) = tokio::select! {
            biased;
            reason = ended(&record.cancel) => return Err(Error::Ended { reason, after: record.age() }),
            waited = waited => waited?,
        };
        record.start(timeout);
        record.take(slot);
        self.clock.wind(&self.registry);
        opened.seated = true;
        Ok(Seat {
            registry: Arc::clone(&self.registry),
            outcome: Err(Code::Cancelled),
            guard: Some(record.cancel.drop_guard()),
            record,
            _bytes: bytes,
            _session: session,
        })
    }

    /// What it allows.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The records.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Admits nobody any more; those inside go on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(slot);
        }
        let Limits { slots, queue, queue_wait, .. } = self.limits;
        let waiting = Waiting::enter(&self.waiting);
        if waiting.place > queue {
            let why =
                format!("{slots} questions are running and {queue} are waiting, which is the limit `queue`");
            return Err(Error::Busy { why, retry_after: Duration::from_secs(1) });
        }
        match tokio::time::timeout(queue_wait, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => {
                let why =
                    format!("no slot of {slots} became free within {queue_wait:?}, the limit `queue_wait`");
                Err(Error::Busy { why, retry_after: Duration::from_secs(5) })
            }
        }
    }

    async fn bytes(&self, record: &Record, brought: u64) -> Result<Charge, Error> {
        let bytes = SEAT_BYTES.saturating_add(brought);
        let since = Instant::now();
        loop {
            match self.query.try_charge(record.query_id.as_str(), bytes) {
                Ok(charge) => return Ok(charge),
                // Nobody would ever leave so much.
                Err(refused) if bytes > refused.limit => return Err(Error::TooLarge(refused)),
                Err(refused) if since.elapsed() > self.limits.queue_wait => {
                    return Err(Error::Memory(refused));
                }
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }
}

impl Seat {
    /// What ends it.
    pub fn cancel(&self) -> &Cancel {
        &self.record.cancel
    }

    /// Where its engine counts.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.record.progress
    }

    /// Its record.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Gives the seat back: the work came to its end.
    pub fn finished(mut self) {
        self.end(Ok(()));
    }

    /// Gives the seat back before anything ran, as if it had never been had.
    pub(super) fn withdrawn(mut self) {
        self.registry.withdraw(&self.record);
        self.end(Ok(()));
    }

    /// Gives the seat back after a failure, and says which error to tell: the reason why the work was
    /// ended, where it was, else the work's own.
    pub fn failed(mut self, error: Option<Error>) -> Error {
        self.fail(error)
    }

    pub(super) fn fail(&mut self, error: Option<Error>) -> Error {
        let error = match (self.record.cancel.reason(), error) {
            (None, Some(error)) => error,
            (reason, _) => Error::Ended { reason: reason.unwrap_or(Reason::Asked), after: self.record.age() },
        };
        self.record.explain(&error);
        self.end(Err(error.code()));
        error
    }

    /// Gives the seat back after a failure that is not the desk's to describe.
    pub fn failed_with(mut self, code: Code) {
        let reason = self.record.cancel.reason();
        let code = reason.map_or(code, |reason| Error::Ended { reason, after: Duration::ZERO }.code());
        self.end(Err(code));
    }

    pub(super) fn end(&mut self, outcome: Result<(), Code>) {
        self.outcome = outcome;
        if let Some(guard) = self.guard.take().filter(|_| outcome.is_ok()) {
            guard.disarm();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let outcome = match (self.outcome, self.record.cancel.reason()) {
            (Err(Code::Cancelled), Some(reason)) => {
                Err(Error::Ended { reason, after: Duration::ZERO }.code())
            }
            (outcome, _) => outcome,
        };
        self.registry.close(&self.record, outcome);
    }
}

/// A record that is closed again unless its seat is had.
struct Opened<'a> {
    registry: &'a Registry,
    record: Arc<Record>,
    seated: bool,
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if !self.seated {
            let code = self.record.cancel.reason().map_or(Code::Busy, |_| Code::Cancelled);
            self.registry.close(&self.record, Err(code));
        }
    }
}

/// A place in the queue, left when dropped.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    place: usize,
}

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        Self { count, place: count.fetch_add(1, Ordering::Relaxed).saturating_add(1) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why it was ended, once it is.
pub(super) async fn ended(cancel: &Cancel) -> Reason {
    cancel.cancelled().await
}
