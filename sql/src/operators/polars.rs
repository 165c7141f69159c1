//! A program, run by Polars over the rows of its sources.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
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
use pantile_core::pool::Cancel;
use tokio::sync::mpsc;

use super::weight::Weight;
use crate::programs::Frames;
use crate::{Error, Limit};

/// Batches that Polars makes ahead of whoever takes them.
const AHEAD: usize = 2;

/// The rows of a program. Its inputs are its sources, each in its order.
#[derive(Clone, Debug)]
pub(crate) struct PolarsExec {
    program: Arc<Frame>,
    narrowed: Narrowed,
    sources: Vec<(Source, engine::Columns)>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
}

impl PolarsExec {
    /// Of the program that comes to `program`, as far as it is wanted, over these sources.
    pub(crate) fn new(
        program: Arc<Frame>,
        narrowed: Narrowed,
        inputs: Vec<((Source, engine::Columns), Arc<dyn ExecutionPlan>)>,
        schema: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (sources, inputs) = inputs.into_iter().unzip();
        Self { program, narrowed, sources, inputs, properties: Arc::new(properties) }
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
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; self.inputs.len()])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
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
        Ok(Arc::new(Self { inputs: children, ..Self::clone(&self) }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let reservation = MemoryConsumer::new("PolarsExec").register(context.memory_pool());
        let inputs = self.inputs.iter().zip(&self.sources);
        let inputs = inputs
            .map(|(input, source)| Ok((source.clone(), input.execute(partition, Arc::clone(&context))?)))
            .collect::<Result<Vec<_>>>()?;
        let (program, schema) = ((Arc::clone(&self.program), self.narrowed.clone()), self.schema());
        let rows = stream::once(begin(program, inputs, reservation, Arc::clone(&schema))).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// Reads the sources, starts Polars over them, and gives its batches as they are made.
async fn begin(
    (program, narrowed): (Arc<Frame>, Narrowed),
    inputs: Vec<((Source, engine::Columns), SendableRecordBatchStream)>,
    reservation: MemoryReservation,
    schema: SchemaRef,
) -> Result<impl futures::Stream<Item = Result<RecordBatch>> + Send> {
    let cancel = Cancel::new();
    let mut frames = Frames::new();
    for ((source, columns), input) in inputs {
        let frame = held(&columns, input, &reservation).await?;
        frames.insert(source, engine::watched(frame, &cancel));
    }
    let lowered = plan::lowered(&program, &frames, &|made| engine::watched(made, &cancel));
    let lowered = narrowed.over(lowered.map_err(|error| failed(error.code(), error.over(), &error))?);
    drop(frames);
    let (send, receive) = mpsc::channel(AHEAD);
    let work = tokio::task::spawn_blocking(move || {
        let give = move |batch| send.blocking_send(batch).is_ok();
        engine::run(lowered, &schema, give)
    });
    // Who drops the stream ends the work behind it.
    let state = (receive, Some(work), cancel.drop_guard(), reservation);
    Ok(stream::unfold(state, |(mut receive, mut work, guard, reservation)| async move {
        if let Some(batch) = receive.recv().await {
            return Some((Ok(batch), (receive, work, guard, reservation)));
        }
        let ended = work.take()?.await;
        match ended {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                Some((Err(failed(error.code(), error.over(), &error)), (receive, None, guard, reservation)))
            }
            Err(error) => {
                Some((Err(DataFusionError::External(Box::new(error))), (receive, None, guard, reservation)))
            }
        }
    }))
}

/// All rows of a source, charged to the statement.
async fn held(
    columns: &engine::Columns,
    mut input: SendableRecordBatchStream,
    reservation: &MemoryReservation,
) -> Result<engine::Plan> {
    let schema = input.schema();
    let (mut batches, mut weight) = (Vec::new(), Weight::default());
    while let Some(batch) = input.next().await {
        let batch = batch?;
        // Polars works on copies of about what it reads.
        reservation.try_grow(weight.more(&batch))?;
        batches.push(batch);
    }
    engine::plan_of(columns, &schema, &batches).map_err(|error| DataFusionError::External(Box::new(error)))
}

fn failed(code: pantile_core::Code, over: Option<&Over>, error: &dyn fmt::Display) -> DataFusionError {
    let told = Error::new(code, error.to_string());
    match over {
        Some(over) => told.met(Limit { name: over.limit, max: over.max, got: over.got }).carried(),
        None => told.carried(),
    }
}
