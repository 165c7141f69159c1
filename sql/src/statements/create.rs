//! `CREATE TABLE`, with columns or from a question.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ColumnDef, CreateTable, Statement as Ast};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, Draft, NewColumn, OnTaken};
use pantile_core::frame::{held_schema, new_columns};

use super::{Named, Prepared, dataset_name, done, rewrite};
use crate::context::Context;
use crate::{Answer, Error, Params, admit};

/// Plans a table, and its rows where there are some.
pub(super) async fn prepare(context: Arc<Context>, mut create: CreateTable) -> Result<Prepared, Error> {
    let Named { name, lasting } = dataset_name(&create.name)?;
    if create.external || create.location.is_some() {
        let said = "files elsewhere are tables by `CREATE EXTERNAL TABLE … STORED AS … LOCATION`";
        return Err(Error::new(Code::Unsupported, said));
    }
    if create.temporary && lasting {
        let said = format!("a temporary table is in no schema: name it `{name}` alone");
        return Err(Error::new(Code::InvalidSql, said));
    }
    // A temporary table may have a name that another table has; it comes before that for its session.
    let place = match std::mem::take(&mut create.temporary) {
        true => Place::Session(context.temporary()?),
        false => Place::Catalog,
    };
    let there = match &place {
        Place::Session(draft) => draft.snapshot()?,
        Place::Catalog => context.lasting.shared(),
    };
    let taken = there.kind_of(&name).is_some();
    if taken && create.if_not_exists {
        let snapshot = context.pin.id;
        return Ok(Prepared::Work(async move { Ok(done("CREATE TABLE", None, snapshot)) }.boxed()));
    }
    if taken && !create.or_replace {
        let said =
            format!("there is a dataset `{name}` already; use `CREATE OR REPLACE TABLE` to replace it");
        return Err(Error::new(Code::AlreadyExists, said));
    }
    let or = match (create.or_replace, create.if_not_exists) {
        (true, _) => OnTaken::Replace,
        (false, true) => OnTaken::Keep,
        (false, false) => OnTaken::Fail,
    };
    let from_question = create.query.is_some();
    let plan = context.plan(Statement::Statement(Box::new(Ast::CreateTable(create)))).await?;
    let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) = plan else {
        return Err(Error::new(Code::Unsupported, "this form of `CREATE TABLE` is not supported"));
    };
    if table.constraints.iter().next().is_some() || !table.column_defaults.is_empty() {
        let said =
            "keys, other constraints and defaults are not kept: name columns, types and `NOT NULL` only";
        return Err(Error::new(Code::Unsupported, said));
    }
    admit::allowed(&table.input)?;
    let schema = held_schema(table.input.schema().as_arrow())?;
    if from_question {
        from_rows(context, name, schema, &table.input, or, place).await
    } else {
        let columns = schema.fields().iter().map(|field| NewColumn::from(field.as_ref())).collect();
        let change = Change::Create { name, columns, external: None, or };
        Ok(Prepared::Work(
            async move { place.commit(&context, "CREATE TABLE", None, vec![change]).await }.boxed(),
        ))
    }
}

/// Whose table it is to be.
enum Place {
    Catalog,
    Session(Arc<Draft>),
}

impl Place {
    async fn commit(
        &self,
        context: &Context,
        tag: &str,
        rows: Option<u64>,
        changes: Vec<Change>,
    ) -> Result<Answer, Error> {
        match self {
            Self::Catalog => context.commit(tag, rows, changes).await,
            Self::Session(draft) => {
                draft.change(0, changes)?;
                Ok(done(tag, rows, context.pin.id))
            }
        }
    }
}

async fn from_rows(
    context: Arc<Context>,
    name: String,
    schema: SchemaRef,
    plan: &LogicalPlan,
    or: OnTaken,
    place: Place,
) -> Result<Prepared, Error> {
    // Every column may be null: a question's nullability is about today's rows.
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let physical = context.physical(plan).await?;
    Ok(Prepared::Work(
        async move {
            let columns = new_columns(&schema);
            let folder = uuid::Uuid::now_v7().to_string();
            let (partitions, rows) = rewrite::write(&context, physical, &folder, &columns, &schema).await?;
            let columns: Vec<NewColumn> =
                schema.fields().iter().map(|field| NewColumn::from(field.as_ref())).collect();
            // A name that was free and is taken by now: the answer could not say which rows are there.
            let or = if or == OnTaken::Keep { OnTaken::Fail } else { or };
            let change = Change::Replace { name, columns, partitions, or };
            place.commit(&context, "CREATE TABLE AS", Some(rows), vec![change]).await
        }
        .boxed(),
    ))
}

/// The Arrow type of a column's SQL type.
pub(super) async fn arrow_type(context: &Context, column: &ColumnDef) -> Result<DataType, Error> {
    let plain = ColumnDef { options: Vec::new(), ..column.clone() };
    let text = format!("CREATE TABLE t ({plain})");
    let statement = admit::statement(&text, &Params::None, &context.engine.parts.limits)?;
    let plan = context.planner.statement_to_plan(statement).await.map_err(|error| Error::planning(&error))?;
    let kind = match &plan {
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
            table.input.schema().fields().first().map(|field| field.data_type().clone())
        }
        _ => None,
    };
    kind.ok_or_else(|| Error::new(Code::InvalidSql, format!("column `{}` has no type", column.name)))
}
