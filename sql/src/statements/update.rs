//! `UPDATE`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::interleave;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, WriteOp, ident};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{AssignmentTarget, ObjectNamePart, Statement as Ast, Update};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{RewriteKind, Table};
use pantile_core::frame::conform;

use super::rewrite::{self, Hit, Hits};
use super::{Prepared, dataset_of, done, folded, held};
use crate::context::Context;
use crate::provider::{PARTITION_COLUMN, ROW_COLUMN};
use crate::{Answer, Error, admit};

/// Plans the question which rows change, and into what.
pub(super) async fn prepare(context: Arc<Context>, update: Update) -> Result<Prepared, Error> {
    let names = assigned(&update)?;
    let plan = context.plan(Statement::Statement(Box::new(Ast::Update(update)))).await?;
    let LogicalPlan::Dml(dml) = plan else {
        return Err(Error::new(Code::Unsupported, "this form of `UPDATE` is not supported"));
    };
    if dml.op != WriteOp::Update {
        return Err(Error::new(Code::Unsupported, "this form of `UPDATE` is not supported"));
    }
    let table = held(&context, &dataset_of(&dml.table_name)?)?;
    admit::allowed(&dml.input)?;
    let LogicalPlan::Projection(projection) = Arc::unwrap_or_clone(dml.input) else {
        return Err(Error::new(Code::Unsupported, "this form of `UPDATE` is not supported"));
    };
    let values: Vec<Expr> =
        projection.expr.into_iter().filter(|expr| names.contains(&expr.qualified_name().1)).collect();
    let placed = rewrite::with_places(&context, &table, Arc::unwrap_or_clone(projection.input))?;
    let plan = LogicalPlanBuilder::from(placed)
        .project(values.into_iter().chain([ident(PARTITION_COLUMN), ident(ROW_COLUMN)]))
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| Error::planning(&error))?;
    let physical = context.physical(&plan).await?;
    Ok(Prepared::Work(async move { update_rows(&context, &table, physical).await }.boxed()))
}

/// Names of the columns that are set, each once.
fn assigned(update: &Update) -> Result<HashSet<String>, Error> {
    let mut names = HashSet::new();
    for assignment in &update.assignments {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return Err(Error::new(Code::Unsupported, "columns are set one by one: `SET a = 1, b = 2`"));
        };
        let name = name.0.last().and_then(ObjectNamePart::as_ident).map(folded).unwrap_or_default();
        if !names.insert(name.clone()) {
            return Err(Error::new(Code::InvalidSql, format!("column `{name}` is set twice")));
        }
    }
    Ok(names)
}

async fn update_rows(
    context: &Arc<Context>,
    table: &Table,
    plan: Arc<dyn ExecutionPlan>,
) -> Result<Answer, Error> {
    let mut hits = rewrite::hits(context, plan).await?;
    if hits.count == 0 && context.ask.request.is_none() {
        return Ok(done("UPDATE", Some(0), context.pin.id));
    }
    conform_values(&mut hits, table)?;
    let count = hits.count;
    let changes = rewrite::rewritten(context, table, hits, RewriteKind::Update, changed).await?;
    context.commit("UPDATE", Some(count), changes).await
}

/// Makes the new values of the table's own types, and refuses nulls where there may be none.
fn conform_values(hits: &mut Hits, table: &Table) -> Result<(), Error> {
    for values in &mut hits.values {
        let found = values.schema();
        let fields =
            table.schema.fields().iter().filter(|field| found.index_of(field.name()).is_ok()).cloned();
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        *values = conform(values, &schema)?;
    }
    Ok(())
}

/// The batch, which begins at row `first` of its partition, with the new values in their places.
fn changed(batch: &RecordBatch, first: u64, here: &[Hit], hits: &Hits) -> Result<RecordBatch, Error> {
    if here.is_empty() {
        return Ok(batch.clone());
    }
    // Source 0 is the row as it was; source n is batch n - 1 of the new values.
    let mut places: Vec<(usize, usize)> = (0..batch.num_rows()).map(|index| (0, index)).collect();
    for (row, source, index) in here {
        let at = usize::try_from(row.saturating_sub(first)).unwrap_or(usize::MAX);
        if let Some(place) = places.get_mut(at) {
            *place = (source.saturating_add(1), *index);
        }
    }
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, old)| {
        let new: Vec<&ArrayRef> =
            hits.values.iter().filter_map(|values| values.column_by_name(field.name())).collect();
        if new.is_empty() {
            return Ok(Arc::clone(old));
        }
        let sources: Vec<&dyn Array> = std::iter::once(old).chain(new).map(AsRef::as_ref).collect();
        interleave(&sources, &places)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>().map_err(|error| Error::defect(&error))?;
    RecordBatch::try_new(schema, columns).map_err(|error| Error::defect(&error))
}
