//! `INSERT INTO … VALUES` and `INSERT INTO … SELECT`.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{LogicalPlan, Values, WriteOp};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Insert, Statement as Ast};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::Change;

use super::{Prepared, dataset_of, held, rewrite};
use crate::context::Context;
use crate::{Error, admit};

/// Plans the rows; columns that are not named get nulls.
pub(super) async fn prepare(context: Arc<Context>, insert: Insert) -> Result<Prepared, Error> {
    if insert.returning.is_some() || insert.on.is_some() || insert.or.is_some() || insert.replace_into {
        return Err(Error::new(
            Code::Unsupported,
            "`INSERT` takes rows and nothing else: no `RETURNING`, no `ON CONFLICT`",
        ));
    }
    let plan = context.plan(Statement::Statement(Box::new(Ast::Insert(insert)))).await?;
    let LogicalPlan::Dml(dml) = plan else {
        return Err(Error::new(Code::Unsupported, "this form of `INSERT` is not supported"));
    };
    if dml.op != WriteOp::Insert(InsertOp::Append) {
        return Err(Error::new(
            Code::Unsupported,
            "`INSERT OVERWRITE` is not supported; use `CREATE OR REPLACE TABLE … AS`",
        ));
    }
    let table = held(&context, &dataset_of(&dml.table_name)?)?;
    admit::allowed(&dml.input)?;
    let rows = nullable(dml.input.as_ref().clone()).map_err(|error| Error::planning(&error))?;
    let physical = context.physical(&rows).await?;
    Ok(Prepared::Work(
        async move {
            let (partitions, rows) =
                rewrite::write(&context, physical, &table.uuid, &table.columns, &table.schema).await?;
            let change = Change::Append { table: table.id, schema_version: table.schema_version, partitions };
            context.commit("INSERT", Some(rows), vec![change]).await
        }
        .boxed(),
    ))
}

/// The rows with columns that may be null: the table says so of a row that may not, by the name that it has for the
/// column, and `VALUES` have none.
fn nullable(plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
    let nullable = plan.transform_up(|node| match node {
        LogicalPlan::Values(values) => {
            let fields = values.schema.fields().iter();
            let fields = fields.map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>();
            let schema = DFSchema::from_unqualified_fields(fields.into(), values.schema.metadata().clone())?;
            Ok(Transformed::yes(LogicalPlan::Values(Values { schema: Arc::new(schema), ..values })))
        }
        node => node.recompute_schema().map(Transformed::yes),
    });
    Ok(nullable?.data)
}
