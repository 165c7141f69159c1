//! What one statement is planned in: the session's settings, one pinned snapshot as DataFusion's catalog, the
//! statement's own memory pool.
//!
//! Every name the statement uses is looked up before DataFusion sees it: views are planned here, inner ones
//! first, snapshots of the past are fetched, and a name that nobody knows is refused with the one probably meant.
//! Start at [`Context::plan`].

mod build;
mod catalogs;
mod resolve;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNode;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use futures::stream::BoxStream;
use pantile_core::Code;
use pantile_core::catalog::{self, Change, Commit, Draft, Pin, Request, TEMPORARY};
use tokio::sync::OwnedMutexGuard;

use build::LentPlanner;
pub(crate) use build::Planners;

use crate::answer::{self, Work};
use crate::engine::{Ask, with_temporary};
use crate::memory::StatementPool;
use crate::provider::Shared;
use crate::statements::{done, replayed, to_remember};
use crate::{Answer, Engine, EngineChoice, Error, Outcome, Params, RunsOn, Sent, admit};
use catalogs::Catalogs;

/// One statement's surroundings.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) engine: Arc<Engine>,
    pub(crate) ask: Ask,
    /// The snapshot it reads, with the session's temporary tables.
    pub(crate) pin: Pin,
    /// The snapshot without them.
    pub(crate) lasting: Pin,
    /// The transaction that it is a part of from beginning to end, whatever its session does meanwhile; and its epoch.
    transaction: Option<(Arc<Draft>, u64)>,
    /// In how many views it stands.
    depth: usize,
    /// Whether what is planned in it is the program of one.
    pub(crate) is_view: bool,
    /// Held while a `COMMIT` that can be repeated is under way.
    _committing: Option<OwnedMutexGuard<()>>,
    pub(crate) planner: LentPlanner,
    pub(crate) shared: Arc<Shared>,
    pool: Arc<StatementPool>,
    catalogs: Arc<Catalogs>,
}

impl Context {
    /// Pins a snapshot and sets up a planner over it. A statement that `ends` a transaction may find it over.
    pub(crate) async fn new(engine: Arc<Engine>, ask: Ask, ends: bool) -> Result<Self, Error> {
        let catalog = &engine.parts.catalog;
        let draft = ask.transaction.clone().or_else(|| ask.session.transaction());
        // Who ends a transaction need not see anything of it.
        let draft = draft.filter(|_| !ends);
        let transaction = draft.map(|draft| draft.epoch().map(|epoch| (draft, epoch))).transpose()?;
        let lasting = match ask.snapshot {
            Some(id) => catalog.at(id).await?,
            None => engine.lasting(transaction.as_ref().map(|(draft, _)| draft.as_ref()))?,
        };
        let pin = with_temporary(lasting.clone(), &ask.session)?;
        let pool = StatementPool::new(&engine.parts.query, &ask.query_id, ask.cancel.clone())?;
        let (shared, catalogs, planner) = surroundings(&engine, &ask, &pin, &lasting);
        Ok(Self {
            engine,
            ask,
            pin,
            lasting,
            transaction,
            depth: 0,
            is_view: false,
            _committing: None,
            planner,
            shared,
            pool,
            catalogs,
        })
    }

    /// What the program of a view is planned in: the snapshot that the view is of, in the order of its rows, without
    /// the session's temporary tables.
    pub(crate) fn inside(&self, program: String, pin: Pin, depth: usize) -> Self {
        let (engine, outer) = (Arc::clone(&self.engine), &self.ask);
        let ask = Ask {
            sql: program,
            // Whose session it is does not choose for the view: it may be one that another engine cannot run.
            program: Some(Sent { engine: Some(EngineChoice::Auto), ..Sent::default() }),
            substrait: None,
            params: Params::None,
            session: Arc::clone(&outer.session),
            snapshot: outer.snapshot,
            view: None,
            read_only: true,
            cancel: outer.cancel.clone(),
            progress: Arc::clone(&outer.progress),
            query_id: outer.query_id.clone(),
            in_order: true,
            request: None,
            expect: None,
            transaction: None,
            caller: outer.caller.clone(),
        };
        let (shared, catalogs, planner) = surroundings(&engine, &ask, &pin, &pin);
        Self {
            engine,
            ask,
            lasting: pin.clone(),
            pin,
            transaction: None,
            depth,
            is_view: true,
            _committing: None,
            planner,
            shared,
            pool: Arc::clone(&self.pool),
            catalogs,
        }
    }

    /// Holds this until the statement is done.
    pub(crate) fn holding(self, committing: Option<OwnedMutexGuard<()>>) -> Self {
        Self { _committing: committing, ..self }
    }

    /// The same, planned anew as one of which nobody asks for the order of rows that it reads, unless they are `numbered`.
    pub(crate) fn in_any_order(&self, numbered: bool) -> Self {
        let ask = Ask { in_order: false, ..self.ask.clone() };
        let (shared, catalogs, mut planner) = surroundings(&self.engine, &ask, &self.pin, &self.lasting);
        if numbered {
            planner.keep_lanes();
        }
        Self {
            engine: Arc::clone(&self.engine),
            ask,
            pin: self.pin.clone(),
            lasting: self.lasting.clone(),
            transaction: self.transaction.clone(),
            depth: self.depth,
            is_view: self.is_view,
            _committing: None,
            planner,
            shared,
            pool: Arc::clone(&self.pool),
            catalogs,
        }
    }

    /// The statement as a plan, every name in it known.
    pub(crate) async fn plan(&self, statement: Statement) -> Result<LogicalPlan, Error> {
        self.resolve(&statement).await?;
        let plan =
            self.planner.statement_to_plan(statement).await.map_err(|error| Error::planning(&error))?;
        admit::check_growth(&plan, &self.engine.parts.limits)?;
        Ok(plan)
    }

    /// The plan as one that can run.
    pub(crate) async fn physical(&self, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>, Error> {
        let physical = match is_literal(plan) {
            // There is nothing to optimise, which takes a third of the time that planning it does.
            true => {
                let planner = &*self.planner;
                let typed =
                    planner.analyzer().execute_and_check(plan.clone(), planner.config_options(), |_, _| {});
                let typed = typed.map_err(|error| Error::planning(&error))?;
                planner.query_planner().create_physical_plan(&typed, planner).await
            }
            false => self.planner.create_physical_plan(plan).await,
        };
        physical.map_err(|error| Error::planning(&error))
    }

    /// Starts the plan and answers with its rows.
    pub(crate) async fn answer(self: &Arc<Self>, plan: Arc<dyn ExecutionPlan>) -> Result<Answer, Error> {
        if answer::is_brief(&plan) {
            return self.brief(plan).await;
        }
        let (schema, runs_on) = (plan.schema(), RunsOn::of(&plan));
        Ok(self.rows(schema, runs_on, self.start(plan)))
    }

    /// Runs a brief plan here and now.
    pub(crate) async fn brief(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Answer, Error> {
        let (schema, runs_on) = (plan.schema(), RunsOn::of(&plan));
        Ok(self.rows(schema, runs_on, answer::whole(plan, self.task(), &self.ask.progress).await?))
    }

    fn rows(
        &self,
        schema: SchemaRef,
        runs_on: RunsOn,
        batches: BoxStream<'static, Result<RecordBatch, Error>>,
    ) -> Answer {
        Answer { schema, batches, snapshot: self.pin.id, outcome: Outcome::Rows, runs_on }
    }

    /// Starts the plan: its batches, as they are made.
    pub(crate) fn start(
        self: &Arc<Self>,
        plan: Arc<dyn ExecutionPlan>,
    ) -> BoxStream<'static, Result<RecordBatch, Error>> {
        answer::start(
            self.engine.engines.handle(),
            Work { plan, partition: None, task: self.task() },
            self.ask.cancel.clone(),
            Arc::clone(&self.ask.progress),
            Arc::clone(self),
        )
    }

    /// Whether the statement lists functions, which its operators must then be told of.
    pub(crate) fn lists_functions(&self) -> bool {
        self.catalogs.lists_functions()
    }

    /// Starts a plan that the statement itself looks at, so that its rows count for no answer.
    pub(crate) fn look(
        self: &Arc<Self>,
        plan: Arc<dyn ExecutionPlan>,
    ) -> BoxStream<'static, Result<RecordBatch, Error>> {
        let work = Work { plan, partition: None, task: self.task() };
        let (runtime, cancel) = (self.engine.engines.handle(), self.ask.cancel.clone());
        answer::start(runtime, work, cancel, Arc::default(), Arc::clone(self))
    }

    fn task(&self) -> Arc<TaskContext> {
        let pool = Arc::clone(&self.pool) as Arc<dyn MemoryPool>;
        let functions = self.lists_functions();
        self.engine.planners.task(self.planner.config(), &self.ask.query_id, pool, functions)
    }

    /// Commits the changes of a statement, and answers that it is done.
    pub(crate) async fn commit(
        &self,
        tag: &str,
        rows: Option<u64>,
        changes: Vec<Change>,
    ) -> Result<Answer, Error> {
        let (temporary, changes) = changes.into_iter().partition(is_temporary);
        self.commit_apart(tag, rows, temporary, changes).await
    }

    /// Makes the changes of the session's own tables, or commits the others.
    pub(crate) async fn commit_apart(
        &self,
        tag: &str,
        rows: Option<u64>,
        temporary: Vec<Change>,
        changes: Vec<Change>,
    ) -> Result<Answer, Error> {
        if let Some(reason) = self.ask.cancel.reason() {
            return Err(Error::stopped(reason));
        }
        if let Some(draft) = self.ask.session.temporary().filter(|_| !temporary.is_empty()) {
            let refused = match (changes.is_empty(), &self.ask.request, self.ask.expect) {
                (false, ..) => Some("other tables are changed by a statement of their own"),
                (_, Some(_), _) => Some("an `Idempotency-Key` is for tables that stay"),
                (.., Some(_)) => Some("`If-Match` is for tables that stay"),
                _ => None,
            };
            if let Some(refused) = refused {
                let said = format!("the statement changes a temporary table: {refused}");
                return Err(Error::new(Code::InvalidRequest, said));
            }
            draft.change(0, temporary)?;
            return Ok(done(tag, rows, self.pin.id));
        }
        if let Some((draft, epoch)) = &self.transaction {
            draft.change(*epoch, changes)?;
            return Ok(done(tag, rows, self.pin.id));
        }
        let request = self.ask.request.clone();
        let request = request.map(|request| Request { answer: to_remember(tag, rows), ..request });
        let commit = Commit {
            expect: self.ask.expect,
            request,
            author: Some(self.ask.caller.clone()),
            message: Some(tag.to_owned()),
            ..Commit::of(changes)
        };
        let committed = self.engine.parts.catalog.commit(commit).await?;
        Ok(match committed.replayed {
            Some(remembered) => replayed(&remembered, committed.made),
            None => done(tag, rows, committed.snapshot.id),
        })
    }

    /// The place for its session's temporary tables.
    pub(crate) fn temporary(&self) -> Result<Arc<Draft>, Error> {
        self.ask.session.temporary_or(|| self.engine.parts.catalog.temporary())
    }

    /// Whether it is a part of a transaction.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// The answer of an earlier request under the same key, where there was one: nothing is looked at a second time.
    pub(crate) async fn answered(&self) -> Result<Option<Answer>, Error> {
        let Some(request) = &self.ask.request else { return Ok(None) };
        let known = self.engine.parts.catalog.request(&request.key).await?;
        known.map_or(Ok(None), |known| match known.fingerprint == request.fingerprint {
            true => Ok(Some(replayed(&known.answer, known.snapshot))),
            false => Err(catalog::Error::IdempotencyMismatch { key: request.key.clone() }.into()),
        })
    }
}

/// What tables have in common, the datasets of one snapshot, and a planner over them.
fn surroundings(
    engine: &Arc<Engine>,
    ask: &Ask,
    pin: &Pin,
    lasting: &Pin,
) -> (Arc<Shared>, Arc<Catalogs>, LentPlanner) {
    let shared = Arc::new(engine.shared(Arc::clone(&ask.progress), ask.in_order));
    let system = crate::system::Sources {
        catalog: Arc::clone(&engine.parts.catalog),
        cache: Arc::clone(&engine.parts.cache),
        server: Arc::clone(&engine.parts.system),
        planners: Arc::clone(&engine.planners),
        pin: pin.clone(),
    };
    let temporary = pin.tables.values().any(|table| table.is_temporary()).then(|| pin.clone());
    let catalogs = Catalogs::new(lasting.clone(), temporary, Arc::clone(&shared), system);
    let planner = engine.planners.lend(&ask.session.settings(), ask.in_order, Arc::clone(&catalogs));
    (shared, catalogs, planner)
}

/// Whether the change is one of the session's own tables, told by its number.
fn is_temporary(change: &Change) -> bool {
    match change {
        Change::Append { table, .. }
        | Change::Rewrite { table, .. }
        | Change::Alter { table, .. }
        | Change::Pin { table, .. } => *table >= TEMPORARY,
        Change::Drop { .. }
        | Change::PutArray { .. }
        | Change::Create { .. }
        | Change::Replace { .. }
        | Change::CreateView { .. }
        | Change::Require { .. } => false,
    }
}

/// Whether the plan is one row of literals and what operators make of them.
fn is_literal(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Projection(projection) = plan else { return false };
    let plain = |expr: &Expr| {
        let plain =
            |expr: &Expr| Ok(matches!(expr, Expr::Literal(..) | Expr::Alias(_) | Expr::BinaryExpr(_)));
        !expr.exists(|expr| plain(expr).map(|plain| !plain)).unwrap_or(true)
    };
    matches!(projection.input.as_ref(), LogicalPlan::EmptyRelation(_)) && projection.expr.iter().all(plain)
}
