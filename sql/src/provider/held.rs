//! A held table at one snapshot.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Statistics};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;
use pantile_core::catalog::{Partition, Table};

use super::{Shared, bounds, cached, nothing, parquet, projected};
use crate::operators::InTurnExec;

/// A held table at one snapshot.
#[derive(Debug)]
pub(crate) struct HeldTable {
    table: Arc<Table>,
    shared: Arc<Shared>,
}

impl HeldTable {
    pub(crate) fn new(table: Arc<Table>, shared: Arc<Shared>) -> Self {
        Self { table, shared }
    }

    /// The table, read in its order.
    pub(super) fn ordered(&self) -> Self {
        let shared = Arc::new(Shared { in_order: true, ..Shared::clone(&self.shared) });
        Self { table: Arc::clone(&self.table), shared }
    }

    /// What the catalog knows of these columns.
    pub(super) fn statistics_of(&self, columns: &[usize]) -> Statistics {
        bounds::statistics(&self.table, &self.table.partitions, columns).1.project(Some(&columns.to_vec()))
    }

    /// The table in at most so many runs of neighbouring partitions of about as many rows: the rows of one run come
    /// before those of the next.
    pub(crate) fn runs(&self, most: usize) -> Vec<Self> {
        let each = self.table.rows().div_ceil(most.max(1) as u64).max(1);
        let mut runs: Vec<(u64, Vec<Arc<Partition>>)> = Vec::new();
        let mut before = 0_u64;
        for partition in self.table.partitions.iter() {
            // The run in which its middle row lies.
            let number = before.saturating_add(partition.rows / 2) / each;
            before = before.saturating_add(partition.rows);
            match runs.last_mut() {
                Some((last, run)) if *last == number => run.push(Arc::clone(partition)),
                _ => runs.push((number, vec![Arc::clone(partition)])),
            }
        }
        let run = |(_, partitions): (u64, Vec<Arc<Partition>>)| Self {
            table: Arc::new(Table { partitions: partitions.into(), ..Table::clone(&self.table) }),
            shared: Arc::clone(&self.shared),
        };
        runs.into_iter().map(run).collect()
    }
}

#[async_trait]
impl TableProvider for HeldTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.table.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Partitions and row groups are left out by the filter, rows are not: the filter stays above the scan.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        let every: Vec<usize> = (0..self.table.columns.len()).collect();
        Some(bounds::statistics(&self.table, &self.table.partitions, &every).1)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let mut partitions = bounds::prune(state, &self.table, filters);
        let limit = limit.filter(|_| filters.is_empty());
        if let Some(rows) = limit {
            partitions = enough(partitions, rows);
        }
        let progress = &self.shared.progress;
        progress.partitions.fetch_add(partitions.len() as u64, Ordering::Relaxed);
        progress.partitions_total.fetch_add(self.table.partitions.len() as u64, Ordering::Relaxed);
        if partitions.is_empty() {
            return nothing(&self.table.schema, projection);
        }
        let schema = projected(&self.table.schema, projection)?;
        let every: Vec<usize> = (0..self.table.columns.len()).collect();
        let columns = projection.unwrap_or(&every);
        let splits = match self.shared.in_order {
            true => cached::runs(&self.shared, &self.table, partitions, columns, &schema)?,
            false => vec![cached::split(&self.shared, &self.table, partitions, columns, &schema)?],
        };
        let mut inputs: Vec<Arc<dyn ExecutionPlan>> = Vec::with_capacity(2);
        for split in splits {
            cached::load(&self.shared, state, &self.table, split.wanted, columns);
            if !split.batches.is_empty() {
                let (_, statistics) = bounds::statistics(&self.table, &split.hot, columns);
                let lanes = self.shared.lanes(state);
                inputs.push(cached::scan(
                    &self.table,
                    split.batches,
                    &schema,
                    lanes,
                    limit,
                    statistics.project(Some(columns)),
                )?);
            }
            if !split.cold.is_empty() {
                inputs.push(parquet::scan(
                    state,
                    &self.shared,
                    &self.table,
                    &split.cold,
                    projection,
                    limit,
                    false,
                )?);
            }
        }
        match self.shared.in_order {
            true => InTurnExec::over(inputs),
            // A union of one is that one.
            false => UnionExec::try_new(inputs),
        }
    }
}

/// As many partitions as hold `rows` rows.
fn enough(partitions: Vec<Arc<Partition>>, rows: usize) -> Vec<Arc<Partition>> {
    let mut seen = 0_u64;
    partitions
        .into_iter()
        .take_while(|partition| {
            let needed = seen < rows as u64;
            seen = seen.saturating_add(partition.rows);
            needed
        })
        .collect()
}
