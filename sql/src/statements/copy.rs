//! `COPY … TO 'location/path'`: the rows of a table or a question as files at a configured, writable location.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{CopyToStatement, Statement};
use futures::{FutureExt, StreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use pantile_core::Code;

use super::{Prepared, done};
use crate::context::Context;
use crate::{Error, admit, stores};

/// Plans the rows and where they go.
pub(super) async fn prepare(context: Arc<Context>, mut copy: CopyToStatement) -> Result<Prepared, Error> {
    let (location, path) = stores::split_location(&copy.target, &context.engine.parts.locations)?;
    if !location.writable {
        let said =
            format!("location `{}` is only read; its configuration does not say `writable`", location.name);
        return Err(Error::new(Code::Forbidden, said));
    }
    if path.is_empty() {
        let said = format!("`{}` names no file: write `{}/name.parquet`", copy.target, location.name);
        return Err(Error::new(Code::InvalidSql, said));
    }
    let url = stores::location_url(&location.name, path)?;
    // Of a write that failed DataFusion does not say why, so this is asked beforehand.
    if let Err(error) = location.store.head(&Path::from(path)).await
        && let Some(refused) = Error::leading_out(&error)
    {
        return Err(refused);
    }
    for (name, _) in &copy.options {
        if name.contains('.') && !name.starts_with("format.") {
            let said = format!("`{name}` is not an option of a format; those begin with `format.`");
            return Err(Error::new(Code::Forbidden, said));
        }
    }
    copy.target = url.to_string();
    let plan = context.plan(Statement::CopyTo(copy)).await?;
    let LogicalPlan::Copy(copied) = &plan else {
        return Err(Error::new(Code::Unsupported, "this form of `COPY` is not supported"));
    };
    admit::allowed(&copied.input)?;
    let physical = context.physical(&plan).await?;
    Ok(Prepared::Work(
        async move {
            let mut counts = context.start(physical);
            let mut rows = 0_u64;
            while let Some(count) = counts.next().await {
                let count = count?;
                let counted =
                    count.columns().first().and_then(|column| column.as_primitive_opt::<UInt64Type>());
                rows = rows.saturating_add(counted.map_or(0, |counted| counted.values().iter().sum()));
            }
            Ok(done("COPY", Some(rows), context.pin.id))
        }
        .boxed(),
    ))
}
