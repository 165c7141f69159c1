//! `TRUNCATE`.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::Truncate;
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, RewriteKind};

use super::{Prepared, dataset_name, held};
use crate::Error;
use crate::context::Context;

/// Ends every partition of the tables in one commit.
pub(super) fn prepare(context: Arc<Context>, truncate: &Truncate) -> Result<Prepared, Error> {
    if truncate.partitions.is_some() || truncate.identity.is_some() || truncate.cascade.is_some() {
        return Err(Error::new(Code::Unsupported, "`TRUNCATE` takes names of tables and nothing else"));
    }
    let mut rows = 0_u64;
    let mut changes = Vec::with_capacity(truncate.table_names.len());
    for target in &truncate.table_names {
        let name = dataset_name(&target.name)?;
        if truncate.if_exists && name.table(&context).is_none() {
            continue;
        }
        let table = held(&context, &name)?;
        rows = rows.saturating_add(table.rows());
        changes.push(Change::Rewrite {
            table: table.id,
            schema_version: table.schema_version,
            ended: table.partitions.iter().map(|partition| partition.id).collect(),
            added: Vec::new(),
            kind: RewriteKind::Truncate,
        });
    }
    Ok(Prepared::Work(async move { context.commit("TRUNCATE", Some(rows), changes).await }.boxed()))
}
