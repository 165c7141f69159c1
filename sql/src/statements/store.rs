//! `store`: what a program comes to, kept as a table. It is written and committed as `CREATE TABLE AS` and `INSERT` are.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::TableReference;
use datafusion::physical_plan::ExecutionPlan;
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, NewColumn, OnTaken, check_name};
use pantile_core::frame::{held_schema, new_columns};
use pantile_core::lang::typed::IfExists;

use super::{Named, Prepared, dataset_of, held, rewrite, writing};
use crate::Error;
use crate::context::Context;

const TAG: &str = "STORE";

/// The rows of the plan, kept under that name.
pub(crate) fn prepare(
    context: Arc<Context>,
    name: &str,
    if_exists: IfExists,
    plan: Arc<dyn ExecutionPlan>,
) -> Result<Prepared, Error> {
    writing(&context)?;
    check_name(name)?;
    // What is stored stays: a session's temporary table of that name is another.
    let named = Named { lasting: true, ..dataset_of(&TableReference::parse_str(name))? };
    let there = named.table(&context).is_some();
    if context.lasting.views.contains_key(&named.name) {
        let said = format!("there is a view `{}` already; a table needs a name of its own", named.name);
        return Err(Error::new(Code::AlreadyExists, said));
    }
    if context.lasting.array(&named.name).is_some() {
        let said = format!("there is an array `{}` already; a table needs a name of its own", named.name);
        return Err(Error::new(Code::AlreadyExists, said));
    }
    let or = match if_exists {
        IfExists::Error if there => {
            let said = format!("there is a table `{}` already", named.name);
            let hint = "`if_exists=\"replace\"` puts the frame in its place, `\"append\"` adds to it";
            return Err(Error::new(Code::AlreadyExists, said).hinted(Some(hint.to_owned())));
        }
        IfExists::Append if there => {
            let table = held(&context, &named)?;
            return Ok(Prepared::Work(
                async move {
                    let (partitions, rows) =
                        rewrite::write(&context, plan, &table.uuid, &table.columns, &table.schema).await?;
                    let (table, schema_version) = (table.id, table.schema_version);
                    let change = Change::Append { table, schema_version, partitions };
                    context.commit(TAG, Some(rows), vec![change]).await
                }
                .boxed(),
            ));
        }
        IfExists::Replace => OnTaken::Replace,
        IfExists::Error | IfExists::Append => OnTaken::Fail,
    };
    let schema = held_schema(&plan.schema())?;
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    Ok(Prepared::Work(
        async move {
            let columns = new_columns(&schema);
            let folder = uuid::Uuid::now_v7().to_string();
            let (partitions, rows) = rewrite::write(&context, plan, &folder, &columns, &schema).await?;
            let columns = schema.fields().iter().map(|field| NewColumn::from(field.as_ref())).collect();
            let change = Change::Replace { name: named.name, columns, partitions, or };
            context.commit(TAG, Some(rows), vec![change]).await
        }
        .boxed(),
    ))
}
