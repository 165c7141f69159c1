//! The rows for which every one of some conditions is true.
//!
//! DataFusion's filter asks its conditions in the order they were written, and copies the rows that are left
//! from one to the next. This one asks those that cost little and drop much first, by what it measures as it
//! goes, on whole batches as long as that is the cheaper way, and copies rows once, at the end. It also takes
//! the keys that a join above it has gathered by the time it reads.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::BooleanArray;
use arrow::buffer::BooleanBuffer;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, split_conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_generation;
use datafusion::physical_plan::execution_plan::{
    ChildrenPropertiesMode, ReplaceChildrenOptions, apply_expression_roots,
};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, FilterDescription, FilterPushdownPhase,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

use super::conjunct::Conjunct;

/// Batches after which the order of the conditions is looked at again.
const REVIEW: usize = 16;

/// A selection, with a projection over it.
#[derive(Clone, Debug)]
pub(crate) struct SelectionExec {
    input: Arc<dyn ExecutionPlan>,
    conditions: Vec<Arc<dyn PhysicalExpr>>,
    /// Filters that joins above make while they run. The answer is the same without them.
    hints: Vec<Arc<dyn PhysicalExpr>>,
    projection: Option<Arc<[usize]>>,
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl SelectionExec {
    /// The same rows as this filter gives.
    pub(crate) fn of(filter: &FilterExec) -> Self {
        Self {
            input: Arc::clone(filter.input()),
            conditions: split_conjunction(filter.predicate()).into_iter().map(Arc::clone).collect(),
            hints: Vec::new(),
            projection: filter.projection().as_ref().map(|columns| columns.to_vec().into()),
            fetch: filter.fetch(),
            properties: Arc::clone(filter.properties()),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// All rows of `input`, for hints to be added.
    pub(crate) fn over(input: Arc<dyn ExecutionPlan>) -> Self {
        Self {
            properties: Arc::clone(input.properties()),
            input,
            conditions: Vec::new(),
            hints: Vec::new(),
            projection: None,
            fetch: None,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// With one more filter over its input's columns, which the answer is the same without.
    pub(crate) fn with_hint(mut self, hint: Arc<dyn PhysicalExpr>) -> Self {
        self.hints.push(hint);
        self
    }

    /// The column of its input that comes out in this place.
    pub(crate) fn source_of(&self, column: usize) -> Option<usize> {
        match &self.projection {
            Some(columns) => columns.get(column).copied(),
            None => Some(column),
        }
    }

    /// The filter over its input's columns instead of its own.
    fn before_projection(&self, filter: &Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let moved = |expr: Arc<dyn PhysicalExpr>| {
            let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
            let index = self.source_of(column.index()).ok_or_else(|| {
                internal_datafusion_err!("a filter names column {column}, which is not there")
            })?;
            Ok(Transformed::yes(Arc::new(Column::new(column.name(), index)) as Arc<dyn PhysicalExpr>))
        };
        Arc::clone(filter).transform_up(moved).map(|transformed| transformed.data)
    }
}

impl DisplayAs for SelectionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectionExec: ")?;
        for (index, condition) in self.conditions.iter().chain(&self.hints).enumerate() {
            write!(f, "{}{condition}", if index == 0 { "" } else { " AND " })?;
        }
        if let Some(projection) = &self.projection {
            let schema = self.input.schema();
            let names = projection.iter().filter_map(|index| schema.fields().get(*index));
            let names: Vec<String> = names
                .zip(projection.iter())
                .map(|(field, index)| format!("{}@{index}", field.name()))
                .collect();
            write!(f, ", projection=[{}]", names.join(", "))?;
        }
        self.fetch.map_or(Ok(()), |fetch| write!(f, ", fetch={fetch}"))
    }
}

impl ExecutionPlan for SelectionExec {
    fn name(&self) -> &str {
        "SelectionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.conditions.iter().chain(&self.hints), f)
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().ok_or_else(|| internal_datafusion_err!("a selection needs an input"))?;
        // The rules that still come after this operator's own put in nothing that changes its properties.
        Ok(Arc::new(Self { input, metrics: ExecutionPlanMetricsSet::new(), ..Self::clone(&self) }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    /// Without hints: those of one round of a recursion do not hold in the next.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self {
            hints: Vec::new(),
            metrics: ExecutionPlanMetricsSet::new(),
            ..Self::clone(&self)
        }))
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parents: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        // Of a limit's rows, those that are dropped are not made up for by others.
        if self.fetch.is_some() {
            return Ok(FilterDescription::all_unsupported(&parents, &self.children()));
        }
        let filters =
            parents.iter().map(|filter| self.before_projection(filter)).collect::<Result<Vec<_>>>()?;
        Ok(FilterDescription::new().with_child(ChildFilterDescription::from_child(&filters, &self.input)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = context.session_config().batch_size();
        let schema = self.input.schema();
        let conjuncts = self.conditions.iter().map(|condition| Conjunct::new(condition, false, &schema));
        let mut stream = Selecting {
            schema: self.schema(),
            input: self.input.execute(partition, context)?,
            conjuncts: conjuncts.collect::<Result<_>>()?,
            hints: self.hints.iter().map(|hint| (Arc::clone(hint), None)).collect(),
            projection: self.projection.clone(),
            fetch: self.fetch,
            seen: 0,
            done: false,
            waiting: BatchCoalescer::new(self.schema(), rows)
                .with_biggest_coalesce_batch_size(Some(rows / 2)),
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        stream.order();
        Ok(Box::pin(stream))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }
}

struct Selecting {
    schema: SchemaRef,
    input: SendableRecordBatchStream,
    conjuncts: Vec<Conjunct>,
    /// Each with the generation of it that is among the conjuncts.
    hints: Vec<(Arc<dyn PhysicalExpr>, Option<u64>)>,
    projection: Option<Arc<[usize]>>,
    fetch: Option<usize>,
    seen: usize,
    done: bool,
    waiting: BatchCoalescer,
    metrics: BaselineMetrics,
}

impl Selecting {
    fn order(&mut self) {
        self.conjuncts.retain(|conjunct| !conjunct.idle());
        self.conjuncts.sort_by(|one, other| one.rank().total_cmp(&other.rank()));
    }

    /// Takes what the hints have become since the batch before.
    fn listen(&mut self) -> Result<()> {
        if self.hints.iter().all(|(hint, known)| Some(snapshot_generation(hint)) == *known) {
            return Ok(());
        }
        self.conjuncts.retain(|conjunct| !conjunct.is_hint());
        for (hint, known) in &mut self.hints {
            *known = Some(snapshot_generation(hint));
            self.conjuncts.push(Conjunct::new(hint, true, &self.input.schema())?);
        }
        self.order();
        Ok(())
    }

    fn select(&mut self, batch: RecordBatch) -> Result<()> {
        self.listen()?;
        self.seen = self.seen.wrapping_add(1);
        if self.seen.is_multiple_of(REVIEW) {
            self.order();
        }
        let mut left: Option<BooleanBuffer> = None;
        for conjunct in &mut self.conjuncts {
            let now = conjunct.narrow(&batch, left)?;
            if now.count_set_bits() == 0 {
                return Ok(());
            }
            left = Some(now);
        }
        let batch = match &self.projection {
            Some(columns) => batch.project(columns)?,
            None => batch,
        };
        match left.filter(|left| left.count_set_bits() < left.len()) {
            None => self.waiting.push_batch(batch)?,
            Some(left) => self.waiting.push_batch_with_filter(batch, &BooleanArray::new(left, None))?,
        }
        Ok(())
    }

    /// The batch, or as much of it as is still wanted.
    fn limited(&mut self, batch: RecordBatch) -> RecordBatch {
        let Some(fetch) = &mut self.fetch else { return batch };
        let rows = batch.num_rows().min(*fetch);
        *fetch = fetch.saturating_sub(rows);
        self.done |= *fetch == 0;
        batch.slice(0, rows)
    }
}

impl Stream for Selecting {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.fetch == Some(0) {
                return Poll::Ready(None);
            }
            if let Some(batch) = this.waiting.next_completed_batch() {
                let batch = this.limited(batch);
                return this.metrics.record_poll(Poll::Ready(Some(Ok(batch))));
            }
            if this.done {
                return Poll::Ready(None);
            }
            let elapsed = this.metrics.elapsed_compute().clone();
            match ready!(this.input.poll_next_unpin(cx)) {
                Some(Ok(batch)) => {
                    let _timer = elapsed.timer();
                    this.select(batch)?;
                    // Whoever waits for the first rows of a limit is not kept waiting for a full batch.
                    if this.fetch.is_some_and(|fetch| this.waiting.get_buffered_rows() >= fetch) {
                        this.waiting.finish_buffered_batch()?;
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    this.done = true;
                    this.waiting.finish_buffered_batch()?;
                }
            }
        }
    }
}

impl RecordBatchStream for Selecting {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
