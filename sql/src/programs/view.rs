//! A view whose text is a program, as a table of DataFusion's.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use pantile_core::frame::engine::Narrowed;

use super::Bound;
use crate::Error;
use crate::context::Context;
use crate::operators::SealedExec;

/// The rows that a view's program comes to, in their order. Columns that nobody reads are not computed, and a limit is the program's.
#[derive(Debug)]
pub(crate) struct ProgramTable {
    /// What the program is planned in, its text among it.
    context: Arc<Context>,
    bound: Bound,
    schema: SchemaRef,
}

impl ProgramTable {
    /// The program of that context.
    pub(crate) async fn new(context: Arc<Context>) -> Result<Self, Error> {
        let bound = super::bound(&context).await?;
        let schema = bound.schema()?;
        Ok(Self { context, bound, schema })
    }
}

#[async_trait]
impl TableProvider for ProgramTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn get_table_definition(&self) -> Option<&str> {
        Some(&self.context.ask.sql)
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        None
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let names = |columns: &[usize]| {
            let fields = columns.iter().filter_map(|index| self.schema.fields().get(*index));
            fields.map(|field| field.name().as_str().into()).collect::<Vec<_>>()
        };
        // Rows without any column could not be counted: one is computed, and left out again.
        let columns = projection.map(|columns| if columns.is_empty() { vec![0] } else { columns.clone() });
        let narrowed = Narrowed { columns: columns.as_deref().map(names), rows: limit };
        let plan = super::physical(Arc::clone(&self.context), &self.bound, &narrowed).await;
        let (_, plan) = plan.map_err(Error::carried)?;
        let schema = match columns {
            Some(columns) => Arc::new(self.schema.project(&columns)?),
            None => self.schema(),
        };
        let plan: Arc<dyn ExecutionPlan> = Arc::new(SealedExec::new(plan, schema));
        match projection {
            Some(columns) if columns.is_empty() => {
                Ok(Arc::new(ProjectionExec::try_new(Vec::<ProjectionExpr>::new(), plan)?))
            }
            _ => Ok(plan),
        }
    }
}
