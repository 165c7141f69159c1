//! A program, run by Polars over the rows of its sources.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};
use pantile_core::frame::engine::Narrowed;
use pantile_core::frame::lower::Over;
use pantile_core::frame::{engine, plan};
use pantile_core::lang::typed::{Frame, Source};
use pantile_core::pool::{Buffers, Cancel, Ledger};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::programs::Frames;
use crate::{Error, Limit};

/// Batches that Polars makes ahead of whoever takes them.
const AHEAD: usize = 2;
/// How often it is looked what Polars takes: in that time it fills some tens of megabytes.
const WEIGHED_EVERY: Duration = Duration::from_millis(10);
/// Which part of all memory the lists may take that a join puts beside rows at a time: it makes several such pieces at once.
const LISTS_SHARE: u64 = 8;
/// Bytes by which a process grows without anybody's doing: readers' buffers, what the allocator keeps.
const UNCHARGED: u64 = 64 << 20;

/// A source of a program, and the columns that it has.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) source: Source,
    pub(crate) columns: engine::Columns,
    /// Its rows, in lanes that are read side by side; the rows of one come before those of the next.
    pub(crate) lanes: Vec<Arc<dyn ExecutionPlan>>,
    /// About how much they are, by what the catalog's statistics say; 0 where they do not.
    pub(crate) bytes: usize,
}

/// The rows of a program, over its sources.
#[derive(Clone, Debug)]
pub(crate) struct PolarsExec {
    program: Arc<Frame>,
    narrowed: Narrowed,
    inputs: Vec<Input>,
    ledger: Arc<Ledger>,
    properties: Arc<PlanProperties>,
}

impl PolarsExec {
    /// Of the program that comes to `program`, as far as it is wanted, over these sources.
    pub(crate) fn new(
        program: Arc<Frame>,
        narrowed: Narrowed,
        inputs: Vec<Input>,
        schema: SchemaRef,
        ledger: Arc<Ledger>,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { program, narrowed, inputs, ledger, properties: Arc::new(properties) }
    }
}

impl DisplayAs for PolarsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.narrowed.schema(&self.program.schema);
        let columns: Vec<&str> = columns.iter_names().map(|name| name.as_str()).collect();
        write!(f, "PolarsExec: columns=[{}]", columns.join(", "))?;
        self.narrowed.rows.map_or(Ok(()), |rows| write!(f, ", limit={rows}"))
    }
}

impl ExecutionPlan for PolarsExec {
    fn name(&self) -> &str {
        "PolarsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; self.children().len()])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().flat_map(|input| &input.lanes).collect()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut children = children.into_iter();
        let with = |input: &Input| Input {
            lanes: children.by_ref().take(input.lanes.len()).collect(),
            ..input.clone()
        };
        let inputs = self.inputs.iter().map(with).collect();
        Ok(Arc::new(Self { inputs, ..Self::clone(&self) }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let reservation = MemoryConsumer::new("PolarsExec").register(context.memory_pool());
        let open = |input: &Input| {
            let lanes = input.lanes.iter().map(|lane| lane.execute(partition, Arc::clone(&context)));
            Ok((input.clone(), lanes.collect::<Result<Vec<_>>>()?))
        };
        let reserved = Reserved::new(&self.inputs, reservation, &self.ledger)?;
        let inputs = self.inputs.iter().map(open).collect::<Result<Vec<_>>>()?;
        let (program, schema) = ((Arc::clone(&self.program), self.narrowed.clone()), self.schema());
        let rows = stream::once(begin(program, inputs, reserved, Arc::clone(&schema))).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// Reads the sources, starts Polars over them, and gives its batches as they are made.
async fn begin(
    (program, narrowed): (Arc<Frame>, Narrowed),
    inputs: Vec<(Input, Vec<SendableRecordBatchStream>)>,
    reserved: Reserved,
    schema: SchemaRef,
) -> Result<impl futures::Stream<Item = Result<RecordBatch>> + Send> {
    let cancel = Cancel::new();
    let mut frames = Frames::new();
    let reserved = Arc::new(Mutex::new(reserved));
    let weighing = weighing(Arc::clone(&reserved));
    for (input, lanes) in inputs {
        frames.insert(input.source, held(&input.columns, lanes, &reserved).await?);
    }
    let lowered = plan::lowered(&program, &frames);
    let lowered = narrowed.over(lowered.map_err(|error| failed(error.code(), error.over(), &error))?);
    drop(frames);
    let (send, receive) = mpsc::channel(AHEAD);
    let (watching, room) = (cancel.clone(), reserved.lock().ledger.total() / LISTS_SHARE);
    let work = tokio::task::spawn_blocking(move || {
        // What Polars holds is charged until it lets go of it, however long after a cancel that is.
        let _reserved = reserved;
        let give = move |batch| send.blocking_send(batch).is_ok();
        engine::run(lowered, &schema, &watching, room, give)
    });
    // Who drops the stream ends the work behind it.
    let state = (receive, Some(work), cancel.drop_guard(), weighing);
    Ok(stream::unfold(state, |(mut receive, mut work, guard, weighing)| async move {
        if let Some(batch) = receive.recv().await {
            return Some((Ok(batch), (receive, work, guard, weighing)));
        }
        let ended = work.take()?.await;
        match ended {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                Some((Err(failed(error.code(), error.over(), &error)), (receive, None, guard, weighing)))
            }
            Err(error) => {
                Some((Err(DataFusionError::External(Box::new(error))), (receive, None, guard, weighing)))
            }
        }
    }))
}

/// All rows of a source, charged to the statement.
async fn held(
    columns: &engine::Columns,
    lanes: Vec<SendableRecordBatchStream>,
    account: &Arc<Mutex<Reserved>>,
) -> Result<engine::Plan> {
    let failed = |error: String| DataFusionError::External(error.into());
    let Some(schema) = lanes.first().map(|lane| lane.schema()) else {
        return Err(failed("a source of a program has no lane".to_owned()));
    };
    // Dropped, they end their lanes.
    let reading: Vec<_> =
        lanes.into_iter().map(|lane| SpawnedTask::spawn(rows(lane, Arc::clone(account)))).collect();
    let mut batches = Vec::new();
    for lane in reading {
        batches.extend(lane.join().await.map_err(|error| failed(error.to_string()))??);
    }
    engine::plan_of(columns, &schema, &batches).map_err(|error| failed(error.to_string()))
}

/// The rows of a lane.
async fn rows(
    mut lane: SendableRecordBatchStream,
    account: Arc<Mutex<Reserved>>,
) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = lane.next().await.transpose()? {
        account.lock().take(&batch)?;
        batches.push(batch);
    }
    Ok(batches)
}

/// What the statement is charged for what Polars takes: at first as much as the catalog's statistics say the sources are, for
/// it works on copies; then what they are, and what the process grows by.
struct Reserved {
    reservation: MemoryReservation,
    read: u64,
    buffers: Buffers,
    ledger: Arc<Ledger>,
    /// Bytes that the process had when it began, and what of its ledger was others'.
    began: (u64, u64),
}

impl Reserved {
    fn new(inputs: &[Input], reservation: MemoryReservation, ledger: &Arc<Ledger>) -> Result<Self> {
        let began = (Ledger::process_bytes(), ledger.used());
        reservation.try_grow(inputs.iter().map(|input| input.bytes).fold(0, usize::saturating_add))?;
        Ok(Self { reservation, read: 0, buffers: Buffers::default(), ledger: Arc::clone(ledger), began })
    }

    /// Charges a batch of a source.
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        for column in batch.columns() {
            self.read = self.read.saturating_add(self.buffers.add(column));
        }
        let beyond = self.read.saturating_sub(self.reservation.size() as u64);
        self.reservation.try_grow(usize::try_from(beyond).unwrap_or(usize::MAX))
    }

    /// Charges what the process has grown by and nobody else is charged for. Polars took it already: that ends the statement
    /// where it is too much.
    fn weigh(&mut self) {
        let (process, others) = self.began;
        let own = self.reservation.size() as u64;
        let others = self.ledger.used().saturating_sub(own).saturating_sub(others);
        let grown =
            Ledger::process_bytes().saturating_sub(process).saturating_sub(others).saturating_sub(UNCHARGED);
        self.reservation.grow(usize::try_from(grown.saturating_sub(own)).unwrap_or(usize::MAX));
    }
}

/// Weighs it until this is dropped.
fn weighing(reserved: Arc<Mutex<Reserved>>) -> SpawnedTask<()> {
    SpawnedTask::spawn(async move {
        let mut tick = tokio::time::interval(WEIGHED_EVERY);
        // The first is at once.
        tick.tick().await;
        loop {
            tick.tick().await;
            reserved.lock().weigh();
        }
    })
}

fn failed(code: pantile_core::Code, over: Option<&Over>, error: &dyn fmt::Display) -> DataFusionError {
    let told = Error::new(code, error.to_string());
    match over {
        Some(over) => told.met(Limit { name: over.limit, max: over.max, got: over.got }).carried(),
        None => told.carried(),
    }
}
