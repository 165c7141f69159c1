//! `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`: several statements as one commit.

use std::sync::Arc;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, Statement as Ast, TransactionMode};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Draft, Request};

use super::{Prepared, done, folded, replayed, to_remember};
use crate::Error;
use crate::context::Context;

/// Whether the statement ends a transaction, which may be over then.
pub(crate) fn ends(statement: &Statement) -> bool {
    let Statement::Statement(ast) = statement else { return false };
    matches!(**ast, Ast::Commit { .. } | Ast::Rollback { savepoint: None, .. })
}

/// Plans what it does to the session's transaction.
pub(super) fn prepare(context: Arc<Context>, ast: Ast) -> Result<Prepared, Error> {
    if context.ask.transaction.is_some() {
        return Err(Error::new(
            Code::InvalidRequest,
            "this statement came as a part of a transaction, which ends where it was begun: with `EndTransaction`",
        ));
    }
    let session = &context.ask.session;
    let snapshot = context.lasting.id;
    let tag = match ast {
        Ast::StartTransaction { modes, modifier: None, .. } => {
            modes.iter().try_for_each(known_mode)?;
            let lives = context.engine.parts.limits.transaction;
            session.begin(|| context.engine.parts.catalog.begin_draft(lives))?;
            "BEGIN"
        }
        Ast::Commit { chain: false, modifier: None, .. } => {
            let draft = session.end().ok_or_else(none_open)?;
            return Ok(Prepared::Work(async move { commit(&context, &draft).await }.boxed()));
        }
        Ast::Rollback { chain: false, savepoint: Some(name) } => {
            open(&context)?.back_to(&folded(&name))?;
            "ROLLBACK TO SAVEPOINT"
        }
        Ast::Rollback { chain: false, savepoint: None } => {
            // One whose time ran out has been rolled back already, and its caller is told so where that matters.
            let _ = session.end().ok_or_else(none_open)?.roll_back();
            "ROLLBACK"
        }
        Ast::Savepoint { name } => savepoint(&context, &name)?,
        Ast::ReleaseSavepoint { name } => {
            open(&context)?.release_savepoint(&folded(&name))?;
            "RELEASE SAVEPOINT"
        }
        other => {
            return Err(Error::new(Code::Unsupported, format!("`{other}` is not supported")).hinted(Some(
                "`BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT name`, `ROLLBACK TO name` are".to_owned(),
            )));
        }
    };
    Ok(Prepared::Answer(done(tag, None, snapshot)))
}

async fn commit(context: &Context, draft: &Draft) -> Result<crate::Answer, Error> {
    let request = context.ask.request.clone();
    let request = request.map(|request| Request { answer: to_remember("COMMIT", None), ..request });
    let author = Some(context.ask.caller.clone());
    let committed = context.engine.parts.catalog.publish(draft, author, request).await.map_err(|error| {
        let over = "the transaction is over: begin it again, and read again";
        Error::from(error).hinted(Some(over.to_owned()))
    })?;
    Ok(match committed.replayed {
        Some(remembered) => replayed(&remembered, committed.made),
        None => done("COMMIT", None, committed.snapshot.id),
    })
}

fn savepoint(context: &Context, name: &Ident) -> Result<&'static str, Error> {
    open(context)?.savepoint(&folded(name))?;
    Ok("SAVEPOINT")
}

fn open(context: &Context) -> Result<Arc<Draft>, Error> {
    context.ask.session.transaction().ok_or_else(none_open)
}

fn none_open() -> Error {
    Error::new(Code::InvalidRequest, "no transaction is open in this session; `BEGIN` opens one")
}

/// Every transaction is isolated as snapshots are, which is more than the weaker levels ask for.
fn known_mode(mode: &TransactionMode) -> Result<(), Error> {
    use datafusion::sql::sqlparser::ast::{TransactionAccessMode, TransactionIsolationLevel};
    match mode {
        TransactionMode::AccessMode(TransactionAccessMode::ReadWrite) => Ok(()),
        TransactionMode::IsolationLevel(
            TransactionIsolationLevel::ReadUncommitted
            | TransactionIsolationLevel::ReadCommitted
            | TransactionIsolationLevel::RepeatableRead
            | TransactionIsolationLevel::Snapshot,
        ) => Ok(()),
        other => Err(Error::new(Code::Unsupported, format!("a transaction cannot be `{other}` here"))
            .hinted(Some(
                "transactions read one snapshot and their own changes: `ISOLATION LEVEL SNAPSHOT`".to_owned(),
            ))),
    }
}
