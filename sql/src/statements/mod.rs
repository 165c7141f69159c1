//! Statements, a file a family. Each takes the parsed statement and the surroundings it is planned in, and gives
//! rows that start to come, or work that ends in one commit.
//!
//! Start at [`prepare`], which knows which file a statement belongs to; whatever it does not know is refused.

mod alter;
mod copy;
mod create;
mod delete;
mod describe;
mod done;
mod drop;
mod external;
mod insert;
mod outfile;
mod query;
mod rewrite;
mod settings;
mod store;
pub(crate) mod substrait;
mod transaction;
mod truncate;
mod update;
mod view;

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart, Statement as Ast};
use futures::FutureExt;
use futures::future::BoxFuture;
use pantile_core::Code;
use pantile_core::catalog::{Pin, Table};

pub(crate) use describe::describe;
pub(crate) use done::{done, done_schema, replayed, to_remember};
pub(crate) use query::line_by_line;
pub(crate) use store::prepare as store;
pub(crate) use transaction::{ends as ends_transaction, repeatable};
pub(crate) use view::keep as keep_view;

use crate::context::Context;
use crate::names::{CATALOG, MAIN};
use crate::{Answer, Error};

/// A statement that has been planned.
pub(crate) enum Prepared {
    /// It asks for rows.
    Question(Arc<Context>, Arc<dyn ExecutionPlan>),
    /// Its rows are on their way.
    Answer(Answer),
    /// It changes something, and is done when this is.
    Work(BoxFuture<'static, Result<Answer, Error>>),
}

/// Plans the statement.
pub(crate) async fn prepare(context: Arc<Context>, statement: Statement) -> Result<Prepared, Error> {
    let ast = match statement {
        Statement::Statement(ast) => ast,
        Statement::Explain(_) => return query::explain(context, statement).await,
        Statement::CopyTo(copy) => {
            writing(&context)?;
            return copy::prepare(context, copy).await;
        }
        Statement::CreateExternalTable(_) => {
            writing(&context)?;
            return external::prepare(context, statement).await;
        }
        Statement::Reset(reset) => return settings::reset(&context, &reset),
    };
    match *ast {
        Ast::Query(_)
        | Ast::ExplainTable { .. }
        | Ast::ShowTables { .. }
        | Ast::ShowColumns { .. }
        | Ast::ShowFunctions { .. }
        | Ast::ShowCreate { .. } => query::prepare(context, Statement::Statement(ast)).await,
        Ast::Explain { .. } => query::explain(context, Statement::Statement(ast)).await,
        Ast::Set(set) => settings::set(&context, &set),
        Ast::ShowVariable { variable } => settings::show(&context, &variable),
        Ast::StartTransaction { .. }
        | Ast::Commit { .. }
        | Ast::Rollback { .. }
        | Ast::Savepoint { .. }
        | Ast::ReleaseSavepoint { .. } => {
            writing(&context)?;
            transaction::prepare(context, *ast)
        }
        other => {
            writing(&context)?;
            // On the heap: what a change keeps while it is planned would be a part of every question.
            change(context, other).boxed().await
        }
    }
}

async fn change(context: Arc<Context>, ast: Ast) -> Result<Prepared, Error> {
    match ast {
        Ast::CreateTable(create) => create::prepare(context, create).await,
        Ast::CreateView(create) => view::prepare(context, create).await,
        Ast::Drop { object_type, if_exists, names, .. } => {
            drop::prepare(context, object_type, if_exists, &names)
        }
        Ast::Insert(insert) => insert::prepare(context, insert).await,
        Ast::Delete(delete) => delete::prepare(context, delete).await,
        Ast::Update(update) => update::prepare(context, update).await,
        Ast::Truncate(truncate) => truncate::prepare(context, &truncate),
        Ast::AlterTable(alter) => alter::prepare(context, alter).await,
        Ast::Prepare { .. } | Ast::Execute { .. } | Ast::Deallocate { .. } => Err(Error::new(
            Code::Unsupported,
            "statements are not prepared by name; send the text with its parameters",
        )),
        Ast::Merge(_) => {
            Err(Error::new(Code::Unsupported, "`MERGE` is not supported; use `UPDATE` and `INSERT`"))
        }
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            Err(Error::new(
                Code::Unsupported,
                format!("`{}` is not a statement of this server", words.join(" ")),
            ))
        }
    }
}

/// Refuses to change anything where only reading is allowed, or where the past was asked for.
pub(crate) fn writing(context: &Context) -> Result<(), Error> {
    if context.ask.read_only {
        return Err(Error::new(
            Code::Forbidden,
            "this way in is for reading; send changes with `POST /v1/sql`",
        ));
    }
    if context.in_transaction() {
        let refused = match (&context.ask.request, context.ask.expect, context.ask.snapshot) {
            (Some(_), ..) => Some("an `Idempotency-Key`"),
            (_, Some(_), _) => Some("`If-Match`"),
            (.., Some(_)) => Some("a snapshot"),
            _ => None,
        };
        if let Some(refused) = refused {
            let said = format!("{refused} goes with a commit, and this statement is a part of a transaction");
            return Err(Error::new(Code::InvalidRequest, said));
        }
    }
    if context.ask.snapshot.is_some_and(|asked| asked != context.engine.parts.catalog.current().id) {
        return Err(Error::new(
            Code::InvalidRequest,
            "a snapshot of the past cannot be changed; leave out the snapshot",
        ));
    }
    Ok(())
}

/// A dataset as a statement names it.
struct Named {
    name: String,
    /// Whether it is one that stays: `main.t` is never temporary.
    lasting: bool,
}

impl Named {
    /// Where it is looked for.
    fn place<'a>(&self, context: &'a Context) -> &'a Pin {
        if self.lasting { &context.lasting } else { &context.pin }
    }

    /// Whether there is a table of that name.
    fn table<'a>(&self, context: &'a Context) -> Option<&'a Arc<Table>> {
        self.place(context).table(&self.name)
    }
}

/// The dataset's name, which may carry `pantile.main.` and no other qualifier.
fn dataset_name(name: &ObjectName) -> Result<Named, Error> {
    let parts: Vec<String> = name.0.iter().filter_map(ObjectNamePart::as_ident).map(folded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [table] | [MAIN, table] | [CATALOG, MAIN, table] => {
            Ok(Named { name: (*table).to_owned(), lasting: parts.len() > 1 })
        }
        _ => Err(Error::new(
            Code::Forbidden,
            format!("only datasets of `{MAIN}` can be changed, and `{name}` is none"),
        )),
    }
}

/// The dataset's name behind a reference of DataFusion's.
fn dataset_of(reference: &TableReference) -> Result<Named, Error> {
    let lasting = reference.schema().is_some();
    let name = reference.clone().resolve(CATALOG, MAIN);
    match (&*name.catalog, &*name.schema) {
        (CATALOG, MAIN) => Ok(Named { name: name.table.to_string(), lasting }),
        _ => Err(Error::new(
            Code::Forbidden,
            format!("only datasets of `{MAIN}` can be changed, and `{reference}` is none"),
        )),
    }
}

fn folded(ident: &datafusion::sql::sqlparser::ast::Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// The held table of that name.
fn held(context: &Context, named: &Named) -> Result<Arc<Table>, Error> {
    let (place, name) = (named.place(context), named.name.as_str());
    match place.table(name) {
        Some(table) if table.external.is_none() => Ok(Arc::clone(table)),
        Some(_) => {
            let said = format!("`{name}` is an external table: its rows lie elsewhere and are only read");
            Err(Error::new(Code::Unsupported, said))
        }
        None if place.views.contains_key(name) => Err(Error::new(
            Code::Unsupported,
            format!("`{name}` is a view: its rows are computed and cannot be changed"),
        )),
        None if place.array(name).is_some() => {
            Err(Error::new(Code::Unsupported, format!("`{name}` is an array: it has no rows and no columns")))
        }
        None => Err(Error::unknown_dataset(name, pantile_core::nearest(name, place.names()))),
    }
}
