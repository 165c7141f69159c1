//! `CREATE EXTERNAL TABLE … STORED AS … LOCATION 'location/path/*.parquet'`.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, External, NewColumn, OnTaken};
use pantile_core::frame::held_schema;

use super::{Prepared, dataset_of};
use crate::context::Context;
use crate::{Error, provider, stores};

/// Looks at the files, unless columns are named, and keeps where they are.
pub(super) async fn prepare(context: Arc<Context>, statement: Statement) -> Result<Prepared, Error> {
    let plan = context.plan(statement).await?;
    let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = plan else {
        return Err(Error::new(Code::Unsupported, "this form of `CREATE EXTERNAL TABLE` is not supported"));
    };
    if create.unbounded || create.temporary || !create.order_exprs.is_empty() {
        let said = "neither `UNBOUNDED` nor `TEMPORARY` nor `WITH ORDER` is supported for external tables";
        return Err(Error::new(Code::Unsupported, said));
    }
    let [text] = create.locations.as_slice() else {
        return Err(Error::new(
            Code::Unsupported,
            "an external table has one `LOCATION`; use a pattern for several files",
        ));
    };
    let (location, path) = stores::split_location(text, &context.engine.parts.locations)?;
    let external = External {
        location: location.name,
        path: path.to_owned(),
        format: format_name(&create.file_type)?.to_owned(),
        partitioned_by: create.table_partition_cols.clone(),
        options: provider::format_options(&create.options)?,
    };
    provider::check_path(&external.path)?;
    provider::check_format(&*context.planner, &external)?;
    let schema = if create.schema.fields().is_empty() {
        provider::inferred(&*context.planner, &context.shared, &external).await?
    } else {
        hive_last(create.schema.as_arrow(), &external.partitioned_by)?
    };
    let columns =
        held_schema(&schema)?.fields().iter().map(|field| NewColumn::from(field.as_ref())).collect();
    let or = match (create.or_replace, create.if_not_exists) {
        (true, _) => OnTaken::Replace,
        (false, true) => OnTaken::Keep,
        (false, false) => OnTaken::Fail,
    };
    let change =
        Change::Create { name: dataset_of(&create.name)?.name, columns, external: Some(external), or };
    Ok(Prepared::Work(
        async move { context.commit("CREATE EXTERNAL TABLE", None, vec![change]).await }.boxed(),
    ))
}

fn format_name(stored_as: &str) -> Result<&'static str, Error> {
    match stored_as.to_uppercase().as_str() {
        "PARQUET" => Ok("parquet"),
        "CSV" => Ok("csv"),
        "NDJSON" | "JSONL" => Ok("ndjson"),
        "JSON" => Ok("json"),
        "ARROW" => Ok("arrow"),
        other => {
            let said = format!(
                "`STORED AS {other}` is not supported; there are PARQUET, CSV, NDJSON, JSON and ARROW"
            );
            Err(Error::new(Code::Unsupported, said))
        }
    }
}

/// The named columns, those of the folders' names behind the files' own; one that is not named is text.
fn hive_last(schema: &Schema, hive: &[String]) -> Result<Schema, Error> {
    let (folders, files): (Vec<_>, Vec<_>) = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .partition(|field| hive.contains(field.name()));
    if files.is_empty() {
        return Err(Error::new(
            Code::InvalidSql,
            "an external table needs a column besides those of its folders' names",
        ));
    }
    let folder = |name: &String| {
        let named = folders.iter().find(|field| field.name() == name).cloned();
        named.unwrap_or_else(|| Field::new(name, arrow::datatypes::DataType::Utf8View, true))
    };
    Ok(Schema::new(files.into_iter().chain(hive.iter().map(folder)).collect::<Vec<_>>()))
}
