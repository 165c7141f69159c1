//! `INSERT INTO … VALUES` and `INSERT INTO … SELECT`.

use std::sync::Arc;

use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{LogicalPlan, WriteOp};
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
    let physical = context.physical(&dml.input).await?;
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
