//! The way in: one statement, its limits and its caller's session go in, an [`Answer`] comes out.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::sql::parser::Statement;
use object_store::ObjectStore;
use object_store::path::Path;
use pantile_core::Code;
use pantile_core::array::persisted::Persisted;
use pantile_core::array::stored::StoredReader;
use pantile_core::array::{Array, Files};
use pantile_core::catalog::{Catalog, Draft, Pin, Presence, Request, Snapshot, SnapshotId, StoredArray};
use pantile_core::frame::PartitionSizes;
use pantile_core::lang::args::Literal;
use pantile_core::pool::{Account, Cancel, Charge, Pool, Progress, Reason};
use pantile_core::store::{CacheOwner, HotCache, Place, ScratchSpace, TileStore};
use tokio::runtime::Handle;

use crate::answer::is_brief;
use crate::context::{Context, Planners};
use crate::programs::EngineChoice;
use crate::provider::{self, Shared};
use crate::runtime::{self, Engines};
use crate::statements::Prepared;
use crate::{Answer, Deferred, Error, Params, SessionState, SqlLimits, admit, programs, statements, stores};

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is held.
    pub catalog: Arc<Catalog>,
    /// Where its partitions lie.
    pub store: Arc<TileStore>,
    /// Partitions kept decoded.
    pub cache: Arc<HotCache>,
    /// The threads.
    pub pool: Arc<Pool>,
    /// The account of memory that statements share.
    pub query: Arc<Account>,
    /// Places outside the data folder that statements may name.
    pub locations: Vec<Location>,
    /// Where long computations on arrays keep what they have come to.
    pub unfinished: Arc<ScratchSpace>,
    /// Where operators spill.
    pub scratch: PathBuf,
    /// How much they may, all together.
    pub scratch_bytes: u64,
    /// How large a statement may be.
    pub limits: SqlLimits,
    /// Rows of `system.queries` and `system.settings`.
    pub system: Arc<dyn SystemSource>,
    /// Where a partition ends and the next begins.
    pub partition_sizes: PartitionSizes,
}

/// A place an administrator has named.
#[derive(Clone, Debug)]
pub struct Location {
    /// Its name: letters, digits, `_`, `-`.
    pub name: String,
    /// Its URL, for the administrator's eyes.
    pub url: String,
    /// The store, rooted at the place.
    pub store: Arc<dyn ObjectStore>,
    /// Whether `COPY … TO` may write there.
    pub writable: bool,
}

/// What only the server knows of itself.
pub trait SystemSource: Send + Sync + std::fmt::Debug {
    /// Rows of `system.queries`: the same columns every time.
    fn queries(&self) -> RecordBatch;
    /// Rows of `system.settings`: the same columns every time.
    fn settings(&self) -> RecordBatch;
}

/// One statement, and all that goes with it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The text; of a question that came as a plan, what stands for it in lists.
    pub sql: String,
    /// What was sent beside the text, where that is a program of expressions.
    pub program: Option<Sent>,
    /// The Substrait plan that is asked instead of the text.
    pub substrait: Option<Bytes>,
    /// Values of its parameters.
    pub params: Params,
    /// What the caller set up.
    pub session: Arc<SessionState>,
    /// The snapshot to read; the newest where absent.
    pub snapshot: Option<SnapshotId>,
    /// The view that the text becomes, instead of being asked.
    pub view: Option<NewView>,
    /// Whether anything that changes something is refused.
    pub read_only: bool,
    /// Ends it.
    pub cancel: Cancel,
    /// Counts what it does.
    pub progress: Arc<Progress>,
    /// Its id, which names its memory in the ledger.
    pub query_id: String,
    /// Whether rows of a table come in the table's order: slower, as one task reads them.
    pub in_order: bool,
    /// What makes a repetition of it known.
    pub request: Option<Request>,
    /// The snapshot that must still be the newest when it commits.
    pub expect: Option<SnapshotId>,
    /// The transaction it is a part of, when that is not its session's.
    pub transaction: Option<Arc<Draft>>,
    /// Who asks, for `system.snapshots`.
    pub caller: String,
}

/// The view that a text becomes: made, or in the place of the one of that name.
#[derive(Clone, Debug)]
pub struct NewView {
    /// Its name.
    pub name: String,
    /// Whether there must be a dataset of that name, or none.
    pub presence: Option<Presence>,
}

/// What is sent beside a program, by the names that it has there.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Values that hold for every row.
    pub values: HashMap<Arc<str>, Literal>,
    /// Arrays.
    pub arrays: HashMap<Arc<str>, Array>,
    /// Frames.
    pub frames: HashMap<Arc<str>, (SchemaRef, Vec<RecordBatch>)>,
    /// Which engine is to run the program, where that is not as the session says.
    pub engine: Option<EngineChoice>,
    /// What they are charged with, as long as anybody has them.
    pub charges: Vec<Arc<Charge>>,
}

/// What planning made of a statement.
#[derive(Debug)]
pub enum Planned {
    /// A question, to be run by its partitions.
    Question(Deferred),
    /// Everything else: its answer.
    Answer(Answer),
}

/// What is known of a statement before its parameters are.
#[derive(Clone, Debug)]
pub struct Description {
    /// The columns of its answer, as far as they do not depend on parameters.
    pub schema: SchemaRef,
    /// Its parameters in their order; of type null where any value fits, or no type is known.
    pub parameters: SchemaRef,
    /// Whether it changes something, and answers with what it did instead of with rows.
    pub changes: bool,
}

/// SQL over one catalog.
#[derive(Debug)]
pub struct Engine {
    pub(crate) parts: Parts,
    pub(crate) engines: Engines,
    /// What carries requests to locations that the pool's threads wait for: the runtime that the engine was made on.
    io: Handle,
    /// Functions, rules and settings that statements are planned with.
    pub(crate) planners: Arc<Planners>,
}

impl Engine {
    /// An engine over these parts, with a runtime of the pool's width.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`] for a location's name that cannot be one, [`Code::Unavailable`] where threads
    /// or scratch space cannot be had.
    pub fn new(parts: Parts) -> Result<Arc<Self>, Error> {
        let fits = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
        };
        if let Some(location) = parts.locations.iter().find(|location| !fits(&location.name)) {
            let said = format!(
                "a location's name has lower-case letters, digits, `_` and `-` only, not `{}`",
                location.name
            );
            return Err(Error::new(Code::InvalidRequest, said));
        }
        let engines = Engines::new(parts.pool.threads())?;
        let planners = Arc::new(Planners::new(&parts)?);
        // Threads that plan wait for the pool: they are none to carry what the pool waits for.
        let io = Handle::try_current().unwrap_or_else(|_| engines.handle().clone());
        Ok(Arc::new(Self { parts, engines, io, planners }))
    }

    /// Plans the statement and starts it; returns when its columns are known, or when it is committed.
    ///
    /// # Errors
    /// What is wrong with the text, with where; which limit it met; what kept it from running or committing.
    pub async fn ask(self: &Arc<Self>, ask: Ask) -> Result<Answer, Error> {
        match self.prepared(ask).await? {
            Prepared::Question(context, plan) => context.answer(plan).await,
            Prepared::Answer(answer) => Ok(answer),
            Prepared::Work(work) => self.engines.finish(work).await,
        }
    }

    /// Plans the statement; a question is run later, by its partitions, everything else at once, and so is what takes
    /// no time.
    ///
    /// # Errors
    /// What [`Engine::ask`] says.
    pub async fn plan(self: &Arc<Self>, ask: Ask) -> Result<Planned, Error> {
        match self.prepared(ask).await? {
            Prepared::Question(context, plan) if is_brief(&plan) => {
                context.brief(plan).await.map(Planned::Answer)
            }
            Prepared::Question(context, plan) => Ok(Planned::Question(Deferred::new(&context, plan))),
            Prepared::Answer(answer) => Ok(Planned::Answer(answer)),
            Prepared::Work(work) => self.engines.finish(work).await.map(Planned::Answer),
        }
    }

    /// What the statement will answer and which parameters it takes, without running it or binding any.
    ///
    /// # Errors
    /// What [`Engine::ask`] says of a statement that does not plan.
    pub async fn describe(self: &Arc<Self>, ask: Ask) -> Result<Description, Error> {
        let (engine, cancel, progress) = (Arc::clone(self), ask.cancel.clone(), Arc::clone(&ask.progress));
        let describing = async move {
            if let Some(plan) = ask.substrait.clone() {
                let context = Context::new(engine, ask, false).await?;
                return statements::substrait::describe(&context, &plan).await;
            }
            if ask.program.is_some() {
                let context = Context::new(engine, programs::in_order(ask), false).await?;
                return programs::describe(Arc::new(context)).await;
            }
            let statement = admit::open_statement(&ask.sql, &engine.parts.limits)?;
            let context = Context::new(engine, ask, statements::ends_transaction(&statement)).await?;
            admit::Expansion::new(&context.lasting, &context.engine.parts.limits).check(&statement)?;
            statements::describe(&context, statement).await
        };
        self.within_limit((&cancel, &progress), self.engines.plan(&cancel, describing)).await
    }

    async fn prepared(self: &Arc<Self>, ask: Ask) -> Result<Prepared, Error> {
        let engine = Arc::clone(self);
        let (cancel, progress) = (ask.cancel.clone(), Arc::clone(&ask.progress));
        if let Some(plan) = ask.substrait.clone() {
            let planning = async move {
                let context = Arc::new(Context::new(engine, ask, false).await?);
                statements::substrait::prepare(context, &plan).await
            };
            return self.within_limit((&cancel, &progress), self.engines.plan(&cancel, planning)).await;
        }
        if ask.view.is_some() {
            let planning = async move {
                let context = Context::new(engine, ask, false).await?;
                match context.answered().await? {
                    Some(answer) => Ok(Prepared::Answer(answer)),
                    None => statements::keep_view(Arc::new(context)).await,
                }
            };
            return self.within_limit((&cancel, &progress), self.engines.plan(&cancel, planning)).await;
        }
        if ask.program.is_some() {
            let planning = async move {
                let context = Context::new(engine, programs::in_order(ask), false).await?;
                programs::prepare(Arc::new(context)).await
            };
            return self.within_limit((&cancel, &progress), self.engines.plan(&cancel, planning)).await;
        }
        let mut parsed = None;
        if ask.snapshot.is_none() && admit::may_be_brief(&ask.sql) {
            let statement = self.admitted(&ask)?;
            if admit::is_brief(&statement) {
                return runtime::plan_here(engine.prepare(ask, statement)).await;
            }
            parsed = Some(statement);
        }
        let planning = async move {
            let statement = parsed.map_or_else(|| engine.admitted(&ask), Ok)?;
            engine.prepare(ask, statement).await
        };
        self.within_limit((&cancel, &progress), self.engines.plan(&cancel, planning)).await
    }

    /// Waits for planning, for so long and no longer; while arrays are computed, whose values decide how it goes on, as long
    /// as these take.
    async fn within_limit<T>(
        &self,
        (cancel, progress): (&Cancel, &Progress),
        planning: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.parts.limits.planning;
        let mut planning = std::pin::pin!(planning);
        loop {
            if let Ok(planned) = tokio::time::timeout(limit, &mut planning).await {
                return planned;
            }
            if progress.computing.load(Ordering::Relaxed) == 0 {
                break;
            }
        }
        cancel.cancel(Reason::TimedOut);
        let said =
            format!("planning took longer than the {} s that limit `sql_planning` allows", limit.as_secs());
        Err(Error::new(Code::Timeout, said))
    }

    /// What a statement of that session would see now: the newest snapshot, or that of its transaction; and before
    /// its tables, the session's temporary ones.
    ///
    /// # Errors
    /// [`Code::NotFound`] where the transaction is over.
    pub fn seen(&self, session: &SessionState, transaction: Option<&Draft>) -> Result<Pin, Error> {
        let own = session.transaction();
        with_temporary(self.lasting(transaction.or(own.as_deref()))?, session)
    }

    /// The newest snapshot, or that of the transaction.
    pub(crate) fn lasting(&self, transaction: Option<&Draft>) -> Result<Pin, Error> {
        let pin = transaction.map_or(Ok(None), Draft::pin)?;
        Ok(pin.unwrap_or_else(|| self.parts.catalog.current()))
    }

    /// Tells the hot cache what is pinned now, and decodes the partitions of it that it does not hold, in the
    /// background. Chunks of pinned arrays are kept from when they are first read.
    pub fn keep_pinned(&self) {
        let snapshot = self.parts.catalog.current();
        let pinned = || snapshot.tables.values().filter(|table| table.pinned);
        let partitions = pinned().flat_map(|table| table.partitions.iter());
        let partitions = partitions.map(|partition| CacheOwner::Partition(partition.id));
        let arrays = snapshot.arrays.values().filter(|array| array.pinned);
        let arrays = arrays.filter_map(|array| array.version()).map(CacheOwner::Array);
        self.parts.cache.pin(partitions.chain(arrays).collect());
        let shared = Arc::new(self.shared(Arc::default(), false));
        for table in pinned() {
            provider::load_whole(&shared, self.planners.template(), table);
        }
    }

    /// The location that `location/path` names, and the path in it.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a location that is not configured, and for a path that leaves it.
    pub fn located(&self, text: &str) -> Result<(Location, Path), Error> {
        let (location, path) = stores::split_location(text, &self.parts.locations)?;
        Ok((location, stores::object_path(path)?))
    }

    /// The folder that `location/path` names, to be read from the pool's threads.
    ///
    /// # Errors
    /// Those of [`Engine::located`].
    pub fn place(&self, text: &str) -> Result<(Location, Place), Error> {
        let (location, path) = self.located(text)?;
        let place = self.place_at(&location, path);
        Ok((location, place))
    }

    /// An array that the catalog names: nothing of it is read yet.
    pub(crate) fn array(&self, array: &Arc<StoredArray>) -> Result<Array, Error> {
        if array.is_in_memory() {
            let elements = self.persisted(array)?;
            let dtype = elements.told();
            return Ok(Array::stored(elements).telling(dtype));
        }
        let reader = StoredReader::new(array, self.files_of(array)?, &self.parts.cache);
        let reader = reader.map_err(|error| Error::of_arrays(&error))?;
        let dtype = reader.description().stored.dtype();
        Ok(Array::stored(Arc::new(reader)).telling(dtype))
    }

    /// The elements of an array that is in memory: those of an older snapshot, which is read from disk, where the newest has
    /// them, too.
    fn persisted(&self, array: &StoredArray) -> Result<Arc<Persisted>, Error> {
        let newest = self.parts.catalog.current();
        let same = || newest.arrays.values().find(|newer| newer.uuid == array.uuid);
        let found = array.elements.as_ref().or_else(|| same()?.elements.as_ref());
        found.cloned().ok_or_else(|| {
            let said =
                format!("`{}` was kept in memory by `persist`, and its elements are not there any more", array.name);
            let hint = "compute it anew; `store` keeps an array for good, for older snapshots and another process, too";
            Error::new(Code::NotFound, said).hinted(Some(hint.to_owned()))
        })
    }

    /// Where the files of an array are.
    fn files_of(&self, array: &StoredArray) -> Result<Files, Error> {
        let Some(at) = &array.location else { return Ok(Files::ours(&self.parts.store)) };
        let location = self.parts.locations.iter().find(|location| location.name == at.location);
        let location = location.ok_or_else(|| {
            let said = format!(
                "the array `{}` lies at `{}/{}`, and location `{}` is not configured any more",
                array.name, at.location, at.path, at.location
            );
            Error::new(Code::StorageFailed, said)
        })?;
        Ok(Files::at(self.place_at(location, stores::object_path(&at.path)?)))
    }

    fn place_at(&self, location: &Location, path: Path) -> Place {
        let name = format!("{}/{path}", location.name);
        Place::new(name, Arc::clone(&location.store), path, self.io.clone())
    }

    /// What tables of one statement have in common.
    pub(crate) fn shared(&self, progress: Arc<Progress>, in_order: bool) -> Shared {
        Shared {
            store: Arc::clone(&self.parts.store),
            cache: Arc::clone(&self.parts.cache),
            runtime: self.engines.handle().clone(),
            progress,
            locations: self.parts.locations.clone(),
            files: self.parts.limits.files,
            in_order,
        }
    }

    fn admitted(&self, ask: &Ask) -> Result<Statement, Error> {
        admit::statement(&ask.sql, &ask.params, &self.parts.limits)
    }

    async fn prepare(self: Arc<Self>, ask: Ask, statement: Statement) -> Result<Prepared, Error> {
        let (ask, committing) = statements::repeatable(&self.parts.catalog, ask, &statement).await?;
        let context = Context::new(self, ask, statements::ends_transaction(&statement)).await?;
        let context = context.holding(committing);
        if let Some(answer) = context.answered().await? {
            return Ok(Prepared::Answer(answer));
        }
        admit::Expansion::new(&context.lasting, &context.engine.parts.limits).check(&statement)?;
        statements::prepare(Arc::new(context), statement).await
    }
}

/// The snapshot with the session's temporary tables before those of the same name.
pub(crate) fn with_temporary(pin: Pin, session: &SessionState) -> Result<Pin, Error> {
    let Some(temporary) = session.temporary() else { return Ok(pin) };
    let temporary = temporary.snapshot()?;
    if temporary.tables.is_empty() {
        return Ok(pin);
    }
    let mut seen: Snapshot = (*pin).clone();
    for (name, table) in &temporary.tables {
        seen.views.remove(name);
        seen.arrays.remove(name);
        seen.tables.insert(name.clone(), Arc::clone(table));
    }
    Ok(pin.with(Arc::new(seen)))
}
