//! Who is running and who ran: what `system.queries` shows, and how a question is found to be cancelled.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use pantile_core::Code;
use pantile_core::catalog::SnapshotId;
use pantile_core::pool::{Cancel, Progress, Reason};
use pantile_sql::RunsOn;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::{Error, QueryId};

/// Characters of a question's text that are kept.
const TEXT_MAX: usize = 4096;

/// Characters of what a question failed of that are kept.
const DETAIL_MAX: usize = 1024;

/// How long a reader may read nothing before the slot of its question is somebody else's.
const STALLED: Duration = Duration::from_secs(1);

/// How far a question has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a slot.
    Queued,
    /// It is planned or runs.
    Running,
    /// It came to its end.
    Finished,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// The questions that run, and the last ones that ran.
#[derive(Debug)]
pub struct Registry {
    recent_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    running: HashMap<QueryId, Arc<Record>>,
    recent: VecDeque<Arc<Record>>,
}

/// One question's record.
#[derive(Debug)]
pub struct Record {
    /// Its name.
    pub query_id: QueryId,
    /// Its text, cut; for an upload, what was asked.
    pub text: String,
    /// Who asked.
    pub caller: String,
    /// What ends it.
    pub cancel: Cancel,
    /// What its engine has done.
    pub progress: Arc<Progress>,
    enqueued: DateTime<Utc>,
    since: Instant,
    rows: AtomicU64,
    bytes: AtomicU64,
    course: Mutex<Course>,
    /// Held while it runs.
    slot: Mutex<Option<OwnedSemaphorePermit>>,
    readers: Mutex<Readers>,
}

/// Who waits for its rows.
#[derive(Debug, Default)]
struct Readers {
    waiting: usize,
    /// When the last of them got what it waited for.
    served: Option<Instant>,
}

/// A reader that waits for rows, until this is dropped.
#[derive(Debug)]
pub(super) struct Asking(Arc<Record>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut readers = self.0.readers.lock();
        readers.waiting = readers.waiting.saturating_sub(1);
        readers.served = Some(Instant::now());
    }
}

#[derive(Clone, Debug, Default)]
struct Course {
    started: Option<Duration>,
    /// When its time is over, counted from when it came in.
    until: Option<Duration>,
    first: Option<Duration>,
    finished: Option<Duration>,
    snapshot: Option<SnapshotId>,
    runs_on: Option<RunsOn>,
    outcome: Option<Result<(), Code>>,
    detail: Option<String>,
}

/// One question's record at one moment.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub query_id: QueryId,
    /// Its text, cut.
    pub text: String,
    /// Who asked.
    pub caller: String,
    /// How far it has come.
    pub state: State,
    /// When it came in.
    pub enqueued: DateTime<Utc>,
    /// When it got its slot.
    pub started: Option<DateTime<Utc>>,
    /// When its first rows were there.
    pub first: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// The snapshot it reads, or made.
    pub snapshot: Option<SnapshotId>,
    /// What computes its answer.
    pub runs_on: Option<RunsOn>,
    /// Rows given out.
    pub rows: u64,
    /// Bytes of them in memory.
    pub bytes: u64,
    /// Boxes of arrays that have been computed.
    pub boxes: u64,
    /// Boxes of arrays that will be, as far as is known.
    pub boxes_total: u64,
    /// Bytes of files that are read, or have been.
    pub read_bytes: u64,
    /// Bytes of files that will be read.
    pub read_bytes_total: u64,
    /// Why it failed.
    pub error: Option<Code>,
    /// The same in words, cut.
    pub detail: Option<String>,
}

impl Registry {
    /// An empty one that remembers so many questions.
    pub fn new(recent_max: usize) -> Arc<Self> {
        Arc::new(Self { recent_max, held: Mutex::default() })
    }

    /// Opens a record.
    ///
    /// # Errors
    /// [`Error::QueryIdTaken`] where a question of that id runs.
    pub(super) fn open(&self, query_id: QueryId, text: &str, caller: String) -> Result<Arc<Record>, Error> {
        let record = Arc::new(Record {
            query_id: query_id.clone(),
            text: text.chars().take(TEXT_MAX).collect(),
            caller,
            cancel: Cancel::new(),
            progress: Arc::default(),
            enqueued: Utc::now(),
            since: Instant::now(),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            course: Mutex::default(),
            slot: Mutex::default(),
            readers: Mutex::default(),
        });
        let mut held = self.held.lock();
        if held.running.contains_key(&query_id) {
            return Err(Error::QueryIdTaken { id: query_id.to_string() });
        }
        held.running.insert(query_id, Arc::clone(&record));
        Ok(record)
    }

    /// Forgets a record; closing it is of no effect then.
    pub(super) fn withdraw(&self, record: &Arc<Record>) {
        self.held.lock().running.remove(&record.query_id);
    }

    /// Closes a record, with the code it failed with.
    pub(super) fn close(&self, record: &Arc<Record>, outcome: Result<(), Code>) {
        drop(record.slot.lock().take());
        {
            let mut course = record.course.lock();
            course.finished = Some(record.since.elapsed());
            course.outcome = Some(outcome);
        }
        let mut held = self.held.lock();
        if !held.running.get(&record.query_id).is_some_and(|running| Arc::ptr_eq(running, record)) {
            return;
        }
        held.running.remove(&record.query_id);
        held.recent.push_back(Arc::clone(record));
        while held.recent.len() > self.recent_max {
            held.recent.pop_front();
        }
    }

    /// Ends the question of that id.
    ///
    /// # Errors
    /// [`Error::UnknownQuery`] where none runs.
    pub fn cancel(&self, id: &str) -> Result<(), Error> {
        let unknown = || Error::UnknownQuery { id: id.to_owned() };
        let id = QueryId::chosen(id)?;
        let record = self.held.lock().running.get(&id).cloned().ok_or_else(unknown)?;
        record.cancel.cancel(Reason::Asked);
        Ok(())
    }

    /// The record of that id: of the question that runs, else of the last one that ran.
    ///
    /// # Errors
    /// [`Error::ForgottenQuery`] where there is none.
    pub fn entry(&self, id: &str) -> Result<Entry, Error> {
        let id = QueryId::chosen(id)?;
        let held = self.held.lock();
        let recent = || held.recent.iter().rev().find(|record| record.query_id == id);
        let record = held.running.get(&id).or_else(recent).cloned();
        drop(held);
        record.map(|record| record.entry()).ok_or_else(|| Error::ForgottenQuery { id: id.to_string() })
    }

    /// Ends every question.
    pub fn cancel_all(&self, why: Reason) {
        for record in self.held.lock().running.values() {
            record.cancel.cancel(why);
        }
    }

    /// Ends those whose time is over, and lets others in for those whose readers read nothing; how many run or wait.
    pub(super) fn look(&self) -> usize {
        let held = self.held.lock();
        for record in held.running.values() {
            if record.overdue() {
                record.cancel.cancel(Reason::TimedOut);
            }
            if record.stalled() {
                // It computes nothing, and takes up again without asking when its reader does.
                drop(record.slot.lock().take());
            }
        }
        held.running.len()
    }

    /// How many questions run or wait.
    pub fn running(&self) -> usize {
        self.held.lock().running.len()
    }

    /// Every record, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        let records: Vec<Arc<Record>> = {
            let held = self.held.lock();
            held.recent.iter().chain(held.running.values()).cloned().collect()
        };
        let mut entries: Vec<Entry> = records.iter().map(|record| record.entry()).collect();
        entries.sort_by_key(|entry| entry.enqueued);
        entries
    }
}

impl Record {
    /// Notes that it got its slot, and may keep it so long.
    pub(super) fn start(&self, timeout: Duration) {
        let now = self.since.elapsed();
        let mut course = self.course.lock();
        course.started = Some(now);
        course.until = Some(now.saturating_add(timeout));
    }

    fn overdue(&self) -> bool {
        self.course.lock().until.is_some_and(|until| self.since.elapsed() >= until)
    }

    /// Keeps its slot for it.
    pub(super) fn take(&self, slot: Option<OwnedSemaphorePermit>) {
        *self.slot.lock() = slot;
    }

    /// Notes that a reader waits for rows.
    pub(super) fn asking(self: &Arc<Self>) -> Asking {
        let mut readers = self.readers.lock();
        readers.waiting = readers.waiting.saturating_add(1);
        drop(readers);
        Asking(Arc::clone(self))
    }

    /// Whether its readers have been busy with something else for a while.
    fn stalled(&self) -> bool {
        let readers = self.readers.lock();
        readers.waiting == 0 && readers.served.is_some_and(|served| served.elapsed() > STALLED)
    }

    /// Notes the snapshot it reads, or made.
    pub fn reads(&self, snapshot: SnapshotId) {
        self.course.lock().snapshot = Some(snapshot);
    }

    /// Notes what computes its answer.
    pub fn runs_on(&self, engine: RunsOn) {
        self.course.lock().runs_on = Some(engine);
    }

    /// Notes rows given out.
    pub fn gave(&self, rows: u64, bytes: u64) {
        self.course.lock().first.get_or_insert_with(|| self.since.elapsed());
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How long it has been here.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// When it came in.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// How long it waited for its slot.
    pub fn queued(&self) -> Duration {
        self.course.lock().started.unwrap_or_default()
    }

    /// Rows given out so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Notes why it fails, for those who ask later; of a defect, its log says more than they should see.
    pub(super) fn explain(&self, error: &Error) {
        if error.code() != Code::Internal {
            self.course.lock().detail = Some(error.to_string().chars().take(DETAIL_MAX).collect());
        }
    }

    fn entry(&self) -> Entry {
        let course = self.course.lock().clone();
        let at = |after: Option<Duration>| {
            after.and_then(|after| self.enqueued.checked_add_signed(chrono::TimeDelta::from_std(after).ok()?))
        };
        let state = match (&course.outcome, course.started) {
            (Some(Ok(())), _) => State::Finished,
            (Some(Err(Code::Cancelled)), _) => State::Cancelled,
            (Some(Err(_)), _) => State::Failed,
            (None, Some(_)) => State::Running,
            (None, None) => State::Queued,
        };
        Entry {
            query_id: self.query_id.clone(),
            text: self.text.clone(),
            caller: self.caller.clone(),
            state,
            enqueued: self.enqueued,
            started: at(course.started),
            first: at(course.first),
            finished: at(course.finished),
            snapshot: course.snapshot,
            runs_on: course.runs_on,
            rows: self.rows(),
            bytes: self.bytes.load(Ordering::Relaxed),
            boxes: self.progress.boxes.load(Ordering::Relaxed),
            boxes_total: self.progress.boxes_total.load(Ordering::Relaxed),
            read_bytes: self.progress.read_bytes.load(Ordering::Relaxed),
            read_bytes_total: self.progress.read_bytes_total.load(Ordering::Relaxed),
            error: course.outcome.and_then(Result::err),
            detail: course.detail,
        }
    }
}

impl State {
    /// Its name in `system.queries`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
