//! `DROP TABLE`, `DROP VIEW`.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::Change;

use super::{Prepared, dataset_name, done};
use crate::Error;
use crate::context::Context;

/// Drops the datasets in one commit.
pub(super) fn prepare(
    context: Arc<Context>,
    kind: ObjectType,
    if_exists: bool,
    names: &[ObjectName],
) -> Result<Prepared, Error> {
    let tag = match kind {
        ObjectType::Table => "DROP TABLE",
        ObjectType::View => "DROP VIEW",
        other => {
            return Err(Error::new(
                Code::Unsupported,
                format!("`DROP {other}` is not a statement of this server"),
            ));
        }
    };
    let (mut temporary, mut changes) = (Vec::new(), Vec::new());
    for name in names {
        let named = dataset_name(name)?;
        let (table, view) = (named.table(&context), named.place(&context).views.contains_key(&named.name));
        if named.place(&context).array(&named.name).is_some() {
            return Err(wrong(&named.name, "an array", "DELETE /v1/arrays/{name}"));
        }
        let own = table.is_some_and(|table| table.is_temporary());
        let name = named.name.clone();
        match (kind, table.is_some(), view) {
            (ObjectType::Table, false, true) => return Err(wrong(&name, "a view", "DROP VIEW")),
            (ObjectType::View, true, false) => return Err(wrong(&name, "a table", "DROP TABLE")),
            (_, false, false) if if_exists => {}
            _ => {
                let changes = if own { &mut temporary } else { &mut changes };
                changes.push(Change::Drop { name, missing_ok: if_exists });
            }
        }
    }
    Ok(Prepared::Work(
        async move {
            // A request that is remembered is committed even when there is nothing to do.
            if temporary.is_empty() && changes.is_empty() && context.ask.request.is_none() {
                return Ok(done(tag, None, context.pin.id));
            }
            context.commit_apart(tag, None, temporary, changes).await
        }
        .boxed(),
    ))
}

fn wrong(name: &str, is: &str, use_this: &str) -> Error {
    Error::new(Code::InvalidSql, format!("`{name}` is {is}; use `{use_this}`"))
}
