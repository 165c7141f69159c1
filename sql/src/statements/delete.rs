//! `DELETE`.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, WriteOp, ident};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Delete, Statement as Ast};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{RewriteKind, Table};

use super::rewrite::{self, Hit, Hits};
use super::{Prepared, dataset_of, done, held};
use crate::context::Context;
use crate::provider::{PARTITION_COLUMN, ROW_COLUMN};
use crate::{Answer, Error, admit};

/// Plans the question which rows go.
pub(super) async fn prepare(context: Arc<Context>, delete: Delete) -> Result<Prepared, Error> {
    let plan = context.plan(Statement::Statement(Box::new(Ast::Delete(delete)))).await?;
    let LogicalPlan::Dml(dml) = plan else {
        return Err(Error::new(Code::Unsupported, "this form of `DELETE` is not supported"));
    };
    if dml.op != WriteOp::Delete {
        return Err(Error::new(Code::Unsupported, "this form of `DELETE` is not supported"));
    }
    let table = held(&context, &dataset_of(&dml.table_name)?)?;
    admit::allowed(&dml.input)?;
    let placed = rewrite::with_places(&context, &table, Arc::unwrap_or_clone(dml.input))?;
    let plan = LogicalPlanBuilder::from(placed)
        .project([ident(PARTITION_COLUMN), ident(ROW_COLUMN)])
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| Error::planning(&error))?;
    let physical = context.physical(&plan).await?;
    Ok(Prepared::Work(async move { delete_rows(&context, &table, physical).await }.boxed()))
}

async fn delete_rows(
    context: &Arc<Context>,
    table: &Table,
    plan: Arc<dyn ExecutionPlan>,
) -> Result<Answer, Error> {
    let hits = rewrite::hits(context, plan).await?;
    if hits.count == 0 && context.ask.request.is_none() {
        return Ok(done("DELETE", Some(0), context.pin.id));
    }
    let count = hits.count;
    let changes = rewrite::rewritten(context, table, hits, RewriteKind::Delete, without).await?;
    context.commit("DELETE", Some(count), changes).await
}

/// The batch without the rows that were hit.
fn without(batch: &RecordBatch, first: u64, hits: &[Hit], _: &Hits) -> Result<RecordBatch, Error> {
    let mut keep = vec![true; batch.num_rows()];
    for (row, ..) in hits {
        let index = usize::try_from(row.saturating_sub(first)).unwrap_or(usize::MAX);
        if let Some(keep) = keep.get_mut(index) {
            *keep = false;
        }
    }
    filter_record_batch(batch, &BooleanArray::from(keep)).map_err(|error| Error::defect(&error))
}
