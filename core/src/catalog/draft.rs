//! Changes that nobody else sees yet: those of an open transaction, and those that make a session's temporary
//! tables.
//!
//! A draft begins with a snapshot and makes each change in a copy of it, as a commit would and without a database.
//! What is new gets provisional numbers in the order of its making. Publishing makes the same changes in the same
//! order once more, over the newest snapshot and in one commit: the first new thing of then is the first new thing
//! of now, and so on, so that one subtraction turns each provisional number into the right one.
//!
//! Isolation is that of snapshots, and who commits first wins: publishing fails where another commit has since taken
//! or dropped a name that the draft takes or drops, replaced rows that it changed, or altered columns it wrote for.
//! Rows that both append are no conflict.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use parking_lot::Mutex;
use rusqlite::Connection;
use uuid::Uuid;

use super::Catalog;
use super::apply::{MERGED, Numbers, Work, quoted};
use super::change::{Change, Commit, Committed, OnTaken, Request};
use super::error::Error;
use super::history::{self, SnapshotInfo};
use super::model::{PROVISIONAL, PartitionId, Snapshot, SnapshotId, TEMPORARY, TableId};
use super::pins::Pin;

/// Changes that one transaction may make: publishing makes them all in one go, while other commits wait.
const CHANGES_MAX: usize = 100_000;
/// Savepoints that may be open at one moment.
const SAVEPOINTS_MAX: usize = 1_000;

/// Partitions that open transactions have ended, each as often as one did.
#[derive(Debug, Default)]
pub(super) struct Ended(Mutex<HashMap<PartitionId, usize>>);

/// Those that one transaction has ended, until it is over.
#[derive(Debug)]
struct OwnEnded {
    all: Arc<Ended>,
    own: Vec<PartitionId>,
}

impl OwnEnded {
    fn add(&mut self, changes: &[Change]) {
        let ended = changes.iter().flat_map(|change| match change {
            Change::Rewrite { ended, .. } => ended.as_slice(),
            _ => &[],
        });
        let mut all = self.all.0.lock();
        for id in ended.filter(|id| **id < PROVISIONAL) {
            let count = all.entry(*id).or_default();
            *count = count.saturating_add(1);
            self.own.push(*id);
        }
    }
}

impl Drop for OwnEnded {
    fn drop(&mut self) {
        let mut all = self.all.0.lock();
        for id in &self.own {
            if let Entry::Occupied(mut entry) = all.entry(*id) {
                *entry.get_mut() = entry.get().saturating_sub(1);
                if *entry.get() == 0 {
                    entry.remove();
                }
            }
        }
    }
}

/// Changes that nobody else sees yet.
#[derive(Debug)]
pub struct Draft {
    id: String,
    until: Option<Instant>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Open(Box<Open>),
    Over(&'static str),
}

#[derive(Debug)]
struct Open {
    /// What it began with; none for temporary tables, which have no past.
    base: Option<Pin>,
    now: Now,
    /// How often it went back to a savepoint: numbers that were given since are given again.
    epoch: u64,
    changes: Vec<Change>,
    savepoints: Vec<(String, Now, usize)>,
    ended: OwnEnded,
}

/// Where a draft has come to.
#[derive(Clone, Debug)]
struct Now {
    snapshot: Arc<Snapshot>,
    numbers: Numbers,
}

impl Catalog {
    /// Opens a transaction over the newest snapshot that is given up after `lives`.
    pub fn begin_draft(&self, lives: Duration) -> Draft {
        let base = self.current();
        let numbers = Numbers { catalog: PROVISIONAL, file: PROVISIONAL, renamed: false };
        let now = Now { snapshot: base.shared(), numbers };
        self.draft(Some(base), now, Instant::now().checked_add(lives))
    }

    /// A place for temporary tables.
    pub fn temporary(&self) -> Draft {
        let snapshot = Arc::new(Snapshot {
            id: 0,
            changed: 0,
            schema_version: 0,
            time: DateTime::UNIX_EPOCH,
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            arrays: BTreeMap::new(),
        });
        let numbers = Numbers { catalog: TEMPORARY, file: TEMPORARY, renamed: false };
        self.draft(None, Now { snapshot, numbers }, None)
    }

    fn draft(&self, base: Option<Pin>, now: Now, until: Option<Instant>) -> Draft {
        let ended = OwnEnded { all: Arc::clone(&self.ended), own: Vec::new() };
        let open = Open { base, now, epoch: 0, changes: Vec::new(), savepoints: Vec::new(), ended };
        Draft {
            id: Uuid::now_v7().simple().to_string(),
            until,
            state: Mutex::new(State::Open(Box::new(open))),
        }
    }

    /// Whether an open transaction has ended the partition: to end it for another reason would make that one a conflict.
    pub fn ends_in_a_draft(&self, partition: PartitionId) -> bool {
        self.ended.0.lock().contains_key(&partition)
    }

    /// Makes all changes of the transaction one commit, durable when this returns. The transaction is over then,
    /// whatever became of it. Once begun this comes to its end, though nobody may wait for it any more.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over already, [`Error::Conflict`] with whose commit came first, and
    /// whatever else a commit of its changes would say.
    pub async fn publish(
        self: &Arc<Self>,
        draft: &Draft,
        author: Option<String>,
        request: Option<Request>,
    ) -> Result<Committed, Error> {
        let mut open = draft.end("it is committed already, or failed to")?;
        let commit = Commit {
            changes: std::mem::take(&mut open.changes),
            expect: None,
            request,
            author,
            message: Some(format!("transaction {}", draft.id)),
            base: open.base.as_ref().map(|pin| Base(pin.shared())),
        };
        let catalog = Arc::clone(self);
        // A caller that leaves drops this: what it ended is not free for others until it is known what became of it.
        let publishing = tokio::spawn(async move {
            let committed = catalog.commit(commit).await;
            drop(open);
            committed.map_err(Error::of_transaction)
        });
        publishing.await.map_err(|_| Error::Unknown)?
    }
}

impl Draft {
    /// Its name, which nobody can guess; the message of its commit tells it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What its maker sees.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        self.with(|open| Ok(Arc::clone(&open.now.snapshot)))
    }

    /// What its maker sees, held back from the sweep; none of temporary tables alone.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over.
    pub fn pin(&self) -> Result<Option<Pin>, Error> {
        self.with(|open| {
            let snapshot = &open.now.snapshot;
            Ok(open.base.as_ref().map(|base| base.with(Arc::clone(snapshot))))
        })
    }

    /// How often it went back to a savepoint; asked before a look at what its maker sees.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over.
    pub fn epoch(&self) -> Result<u64, Error> {
        self.with(|open| Ok(open.epoch))
    }

    /// Makes the changes, which were planned in that epoch, all or none.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over, [`Error::Conflict`] where it went back to a savepoint
    /// meanwhile, and what a commit of the changes would say.
    pub fn change(&self, epoch: u64, changes: Vec<Change>) -> Result<(), Error> {
        self.with(|open| {
            if open.epoch != epoch {
                let why = "the transaction went back to a savepoint while the statement ran";
                let table = changes.iter().map(subject).find_map(|subject| match subject {
                    Subject::Name(name) => Some(name),
                    Subject::Table(id) => open.now.snapshot.of_number(id).map(|(name, _)| name.to_owned()),
                    Subject::Nothing => None,
                });
                let current = open.now.snapshot.id;
                return Err(Error::Conflict {
                    table: table.unwrap_or_default(),
                    why,
                    by: None,
                    whole: false,
                    current,
                });
            }
            if open.changes.len().saturating_add(changes.len()) > CHANGES_MAX {
                return Err(Error::TransactionLong { what: "changes", max: CHANGES_MAX });
            }
            let mut work = Work::draft(&open.now.snapshot, open.now.numbers);
            for change in &changes {
                work.change(change.clone())?;
            }
            open.now = Now { snapshot: Arc::new(work.next), numbers: work.numbers };
            open.ended.add(&changes);
            // What is temporary is never made a second time.
            if open.base.is_some() {
                open.changes.extend(changes);
            }
            Ok(())
        })
    }

    /// Marks a place to come back to.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over, [`Error::TransactionLong`] with too many marks.
    pub fn savepoint(&self, name: &str) -> Result<(), Error> {
        self.with(|open| {
            if open.savepoints.len() >= SAVEPOINTS_MAX {
                return Err(Error::TransactionLong { what: "savepoints", max: SAVEPOINTS_MAX });
            }
            open.savepoints.push((name.to_owned(), open.now.clone(), open.changes.len()));
            Ok(())
        })
    }

    /// Undoes what was changed since the savepoint, which stays.
    ///
    /// # Errors
    /// [`Error::UnknownSavepoint`], [`Error::UnknownTransaction`].
    pub fn back_to(&self, name: &str) -> Result<(), Error> {
        self.with(|open| {
            let place = place(open, name)?;
            open.savepoints.truncate(place.saturating_add(1));
            if let Some((_, now, changes)) = open.savepoints.last() {
                open.now = now.clone();
                open.changes.truncate(*changes);
                open.epoch = open.epoch.saturating_add(1);
            }
            Ok(())
        })
    }

    /// Forgets the savepoint and those after it; what was changed since stays changed.
    ///
    /// # Errors
    /// [`Error::UnknownSavepoint`], [`Error::UnknownTransaction`].
    pub fn release_savepoint(&self, name: &str) -> Result<(), Error> {
        self.with(|open| {
            let place = place(open, name)?;
            open.savepoints.truncate(place);
            Ok(())
        })
    }

    /// Gives it up. Files that only it had go when nobody reads them any more.
    ///
    /// # Errors
    /// [`Error::UnknownTransaction`] where it is over already.
    pub fn roll_back(&self) -> Result<(), Error> {
        self.end("it was rolled back").map(drop)
    }

    /// Gives it up if its time is over: it holds its snapshot back from the sweep.
    pub fn tidy(&self) {
        let _ = self.with(|_| Ok(()));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Open) -> Result<T, Error>) -> Result<T, Error> {
        let mut state = self.state.lock();
        if self.until.is_some_and(|until| Instant::now() > until)
            && let State::Open(_) = &*state
        {
            *state = State::Over("its time ran out, the setting `transaction_ttl`");
        }
        match &mut *state {
            State::Open(open) => work(open),
            State::Over(why) => Err(Error::UnknownTransaction { id: self.id.clone(), why }),
        }
    }

    fn end(&self, why: &'static str) -> Result<Box<Open>, Error> {
        self.with(|_| Ok(()))?;
        match std::mem::replace(&mut *self.state.lock(), State::Over(why)) {
            State::Open(open) => Ok(open),
            State::Over(why) => Err(Error::UnknownTransaction { id: self.id.clone(), why }),
        }
    }
}

fn place(open: &Open, name: &str) -> Result<usize, Error> {
    let place = open.savepoints.iter().rposition(|(other, ..)| other == name);
    place.ok_or_else(|| Error::UnknownSavepoint { name: name.to_owned() })
}

/// The snapshot that a transaction's changes were made for.
#[derive(Clone, Debug)]
pub struct Base(Arc<Snapshot>);

impl Base {
    /// Makes the changes over the newest snapshot, under numbers of there, unless somebody came first.
    pub(super) fn publish(
        &self,
        at: &Connection,
        newest: &Snapshot,
        work: &mut Work<'_>,
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        let shift = Shift {
            catalog: work.numbers.catalog,
            file: work.numbers.file,
            draft_version: self.0.schema_version.saturating_add(1),
            version: newest.schema_version.saturating_add(1),
        };
        let (mut seen, mut altered) = (BTreeSet::new(), BTreeSet::new());
        for change in changes {
            let subject = subject(&change);
            match &subject {
                Subject::Table(id) if *id < PROVISIONAL && altered.insert(*id) => {
                    self.check_columns(at, newest, *id, &change)?;
                }
                // What the name stands for now may have had another one when the transaction began.
                Subject::Name(name) if takes_away(&change) => {
                    if let Some(id) = work.next.number_of(name)
                        && self.0.of_number(id).is_some()
                        && let Some(by) = self.culprit(at, &[], &[id])?
                    {
                        return Err(self.conflict(name, CHANGED, Some(by), newest));
                    }
                }
                Subject::Name(_) | Subject::Table(_) | Subject::Nothing => {}
            }
            // Only the first change of a name meets what others left there; later ones meet our own.
            if let Subject::Name(name) = &subject
                && seen.insert(name.clone())
            {
                self.check_name(at, newest, name, &change)?;
            }
            // Every change could be made in the draft: what cannot be made now is somebody else's doing.
            work.change(shift.settled(change)).map_err(|error| match (error, subject) {
                (Error::Conflict { table, why, current, .. }, Subject::Table(id)) => {
                    let by = self.culprit(at, &[], &[id]).ok().flatten().map(Box::new);
                    let table = self.0.of_number(id).map_or(table, |(name, _)| name.to_owned());
                    Error::Conflict { table, why, by, whole: true, current }
                }
                (Error::AlreadyExists { name, .. } | Error::UnknownDataset { name, .. }, _) => {
                    let by = self.culprit(at, &[&name], &[]).ok().flatten();
                    self.conflict(&name, CHANGED, by, newest)
                }
                (Error::UnknownColumn { table, .. }, _) => self.conflict(&table, CHANGED, None, newest),
                (error, _) => error,
            })?;
        }
        Ok(())
    }

    fn conflict(&self, table: &str, why: &'static str, by: Option<SnapshotInfo>, newest: &Snapshot) -> Error {
        Error::Conflict {
            table: table.to_owned(),
            why,
            by: by.map(Box::new),
            whole: true,
            current: newest.id,
        }
    }

    /// Refuses a table whose columns or name are not those that it had: rows were written for those. Of an array it is
    /// the name.
    fn check_columns(
        &self,
        at: &Connection,
        newest: &Snapshot,
        id: TableId,
        change: &Change,
    ) -> Result<(), Error> {
        let before = self.0.of_number(id).filter(|_| !matches!(change, Change::Pin { .. }));
        let Some((name, before)) = before else { return Ok(()) };
        let now = newest.of_number(id);
        if now.is_some_and(|(_, now)| now == before) {
            return Ok(());
        }
        let why =
            if now.is_some() { "its columns or its name changed" } else { "it was dropped or replaced" };
        Err(self.conflict(name, why, self.culprit(at, &[], &[id])?, newest))
    }

    /// Refuses where the name stands for something else than it did, or its rows are no longer those that were
    /// replaced or dropped.
    fn check_name(
        &self,
        at: &Connection,
        newest: &Snapshot,
        name: &str,
        change: &Change,
    ) -> Result<(), Error> {
        let (before, now) = (self.0.number_of(name), newest.number_of(name));
        let ids: Vec<TableId> = before.into_iter().chain(now).collect();
        let why = match (before, now) {
            (None, Some(_)) => "the name was taken",
            (Some(_), None) => "it was dropped",
            (Some(before), Some(now)) if before != now => "it was replaced",
            _ => CHANGED,
        };
        let by = if before == now {
            // A name that is merely taken up again needs what is there to be as it was.
            let keeps = matches!(change, Change::Create { .. } | Change::PutArray { or: OnTaken::Keep, .. });
            match self.culprit(at, &[], &ids)? {
                Some(by) if !keeps => Some(by),
                _ => return Ok(()),
            }
        } else {
            self.culprit(at, &[name], &ids)?
        };
        Err(self.conflict(name, why, by, newest))
    }

    /// The last commit since that touched one of these.
    fn culprit(
        &self,
        at: &Connection,
        names: &[&str],
        ids: &[TableId],
    ) -> Result<Option<SnapshotInfo>, Error> {
        let since = history::since(at, self.0.id)?;
        let touches = |said: &str| {
            let (_, what) = said.split_once(':').unwrap_or_default();
            ids.iter().any(|id| what == id.to_string()) || names.iter().any(|name| what == quoted(name))
        };
        let mut touching = since
            .into_iter()
            .rev()
            .filter(|commit| said(&commit.changes).any(|said| !said.starts_with(MERGED) && touches(said)));
        Ok(touching.next())
    }
}

/// What a commit says that it did, one by one. A quote within a name is doubled, so a comma stands in a name where the
/// quotes before it are odd.
fn said(changes: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    changes.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// Why what was dropped or replaced cannot be.
const CHANGED: &str = "its rows, its columns or its name changed";

/// Whether what has the name goes.
fn takes_away(change: &Change) -> bool {
    matches!(
        change,
        Change::Drop { .. }
            | Change::Replace { or: OnTaken::Replace, .. }
            | Change::Create { or: OnTaken::Replace, .. }
            | Change::PutArray { or: OnTaken::Replace, .. }
    )
}

/// What a change is about.
enum Subject {
    Name(String),
    /// By its number, of a table or an array.
    Table(TableId),
    /// It changes nothing.
    Nothing,
}

fn subject(change: &Change) -> Subject {
    match change {
        Change::Create { name, .. }
        | Change::Replace { name, .. }
        | Change::PutArray { name, .. }
        | Change::Drop { name, .. }
        | Change::CreateView { name, .. } => Subject::Name(name.clone()),
        Change::Append { table, .. }
        | Change::Rewrite { table, .. }
        | Change::Alter { table, .. }
        | Change::Pin { table, .. } => Subject::Table(*table),
        Change::Require { .. } => Subject::Nothing,
    }
}

/// From provisional numbers to those of the commit.
struct Shift {
    catalog: i64,
    file: i64,
    draft_version: i64,
    version: i64,
}

impl Shift {
    fn settled(&self, mut change: Change) -> Change {
        let number = |id: &mut i64, first: i64| {
            if *id >= PROVISIONAL {
                *id = id.saturating_sub(PROVISIONAL).saturating_add(first);
            }
        };
        match &mut change {
            Change::Append { table, schema_version, .. } => {
                number(table, self.catalog);
                self.version(schema_version);
            }
            Change::Rewrite { table, schema_version, ended, .. } => {
                number(table, self.catalog);
                self.version(schema_version);
                ended.iter_mut().for_each(|id| number(id, self.file));
            }
            Change::Alter { table, .. } | Change::Pin { table, .. } => number(table, self.catalog),
            Change::Create { .. }
            | Change::Replace { .. }
            | Change::PutArray { .. }
            | Change::Drop { .. }
            | Change::CreateView { .. }
            | Change::Require { .. } => {}
        }
        change
    }

    fn version(&self, version: &mut i64) {
        if *version == self.draft_version {
            *version = self.version;
        }
    }
}

/// So that the numbers of drafts and of what is temporary never meet those of commits, nor each other.
const _: () = assert!(PROVISIONAL < TEMPORARY && TEMPORARY < SnapshotId::MAX);
