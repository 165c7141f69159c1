//! `COPY … TO 'location/path'`: the rows of a table or a question as a file at a configured, writable location.

use std::sync::Arc;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::Statement as Ast;
use futures::FutureExt;
use object_store::ObjectStoreExt;
use pantile_core::Code;

use super::outfile::OutFile;
use super::{Prepared, done};
use crate::context::Context;
use crate::{Error, Params, admit, stores};

/// Plans the rows and where they go.
pub(super) async fn prepare(context: Arc<Context>, copy: CopyToStatement) -> Result<Prepared, Error> {
    let (location, path) = stores::split_location(&copy.target, &context.engine.parts.locations)?;
    if !location.writable {
        let said =
            format!("location `{}` is only read; its configuration does not say `writable`", location.name);
        return Err(Error::new(Code::Forbidden, said));
    }
    if path.is_empty() || path.ends_with('/') {
        let said = format!("`{}` names no file", copy.target);
        let folder = format!("{}/{path}", location.name);
        let folder = folder.trim_end_matches('/');
        return Err(Error::new(Code::InvalidSql, said).hinted(Some(format!("write `{folder}/name.parquet`"))));
    }
    let path = stores::object_path(path)?;
    // A link that leads out of the location is refused before anything is asked.
    if let Err(error) = location.store.head(&path).await
        && let Some(refused) = Error::leading_out(&error)
    {
        return Err(refused);
    }
    if !copy.partitioned_by.is_empty() {
        let said = "`COPY … PARTITIONED BY` is not supported: a copy is one file, which is there whole or not at all";
        let hint = "copy each part to its own file: `COPY (SELECT … WHERE year = 2026) TO 'location/year=2026/rows.parquet'`";
        return Err(Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned())));
    }
    let file = OutFile::new(&path, copy.stored_as.as_deref(), &copy.options)?;
    let plan = context.plan(question(&context, copy.source)?).await?;
    admit::allowed(&plan)?;
    let physical = context.physical(&plan).await?;
    let encoder = file.encoder(physical.schema())?;
    Ok(Prepared::Work(
        async move {
            let batches = context.start(physical);
            let pool = &context.engine.parts.pool;
            let rows = file.write(location.store, path, encoder, batches, pool).await?;
            Ok(done("COPY", Some(rows), context.pin.id))
        }
        .boxed(),
    ))
}

/// The question whose rows go out.
fn question(context: &Context, source: CopyToSource) -> Result<Statement, Error> {
    match source {
        CopyToSource::Query(query) => Ok(Statement::Statement(Box::new(Ast::Query(query)))),
        CopyToSource::Relation(name) => {
            admit::statement(&format!("SELECT * FROM {name}"), &Params::None, &context.engine.parts.limits)
        }
    }
}
