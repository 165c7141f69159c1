//! `DELETE`.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, WriteOp, ident};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Delete, Statement as Ast};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, RewriteKind, Table};

use super::rewrite::{self, Rows, Writer};
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
    let mut writer = Writer::new(context, &table.uuid, &table.columns);
    let mut ended = Vec::with_capacity(hits.rows.len());
    for partition in table.partitions.iter() {
        let Some(rows) = hits.rows.get(&partition.id) else { continue };
        ended.push(partition.id);
        if rows.len() as u64 == partition.rows {
            continue;
        }
        let mut pieces = Rows::of(context, table, partition)?;
        while let Some(piece) = pieces.next().await {
            let (first, batch) = piece?;
            let here = rewrite::within(rows, first, batch.num_rows()).to_vec();
            writer = writer.add(context, move || rewrite::without(&batch, first, &here)).await?;
        }
    }
    let added = writer.finish(context).await?;
    let change = Change::Rewrite {
        table: table.id,
        schema_version: table.schema_version,
        ended,
        added,
        kind: RewriteKind::Delete,
    };
    context.commit("DELETE", Some(hits.count), vec![change]).await
}
