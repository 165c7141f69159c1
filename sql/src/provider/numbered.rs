//! A held table whose rows say where they are.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;

use super::{HeldTable, projected};
use crate::operators::NumberedExec;

/// A held table with a column behind its own that grows from row to row. Several tasks read it, each a run of neighbouring
/// partitions in their order.
#[derive(Debug)]
pub(crate) struct NumberedTable {
    table: HeldTable,
    schema: SchemaRef,
}

impl NumberedTable {
    /// The table with its numbers in the column `number`.
    pub(crate) fn new(table: &HeldTable, number: &str) -> Self {
        let number = Arc::new(Field::new(number, DataType::UInt64, false));
        let schema = table.schema();
        let fields = schema.fields().iter().cloned().chain([number]);
        Self { table: table.ordered(), schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())) }
    }

    /// Where the number is among the columns.
    fn number(&self) -> usize {
        self.table.schema().fields().len()
    }
}

#[async_trait]
impl TableProvider for NumberedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        self.table.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let schema = projected(&self.schema, projection)?;
        let every: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = projection.unwrap_or(&every);
        let columns: Vec<usize> = wanted.iter().copied().filter(|column| *column != self.number()).collect();
        let mut lanes = Vec::new();
        for run in self.table.runs(state.config().target_partitions()) {
            lanes.push(run.scan(state, Some(&columns), filters, None).await?);
        }
        if lanes.is_empty() {
            lanes.push(self.table.scan(state, Some(&columns), filters, None).await?);
        }
        // A union of one is that one.
        let rows = UnionExec::try_new(lanes)?;
        let Some(place) = wanted.iter().position(|column| *column == self.number()) else { return Ok(rows) };
        let statistics = self.table.statistics_of(&columns);
        Ok(Arc::new(NumberedExec::new(rows, schema, place, statistics)))
    }
}
