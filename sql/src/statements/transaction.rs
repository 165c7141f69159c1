//! `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`: several statements as one commit.

use std::sync::Arc;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, Statement as Ast, TransactionMode};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Catalog, Draft, Request};
use serde_json::{Value, json};
use tokio::sync::OwnedMutexGuard;

use super::{Prepared, done, folded, replayed, to_remember};
use crate::Error;
use crate::context::Context;
use crate::engine::Ask;

/// Whether the statement ends a transaction, which may be over then.
pub(crate) fn ends(statement: &Statement) -> bool {
    let Statement::Statement(ast) = statement else { return false };
    matches!(**ast, Ast::Commit { .. } | Ast::Rollback { savepoint: None, .. })
}

/// Makes a `COMMIT` under a key one of its transaction: of the one that is open, else of the one that was committed
/// under that key, whose answer may have been lost. One that is under way is waited for.
pub(crate) async fn repeatable(
    catalog: &Catalog,
    ask: Ask,
    statement: &Statement,
) -> Result<(Ask, Option<OwnedMutexGuard<()>>), Error> {
    let Statement::Statement(ast) = statement else { return Ok((ask, None)) };
    let (Ast::Commit { .. }, Some(request)) = (&**ast, &ask.request) else { return Ok((ask, None)) };
    let committing = ask.session.committing().await;
    let transaction = match ask.session.transaction() {
        Some(open) => Some(open.id().to_owned()),
        None => catalog.request(&request.key).await?.and_then(|known| committed_by(&known.answer)),
    };
    let request = request.clone().within(ask.session.name(), transaction.as_deref());
    Ok((Ask { request: Some(request), ..ask }, Some(committing)))
}

/// What is remembered of a `COMMIT`: which transaction it was of, too.
fn remembered(draft: &Draft) -> String {
    let answer = to_remember("COMMIT", None);
    let members = answer.strip_suffix('}').unwrap_or(&answer);
    format!("{members},\"transaction\":{}}}", json!(draft.id()))
}

fn committed_by(remembered: &str) -> Option<String> {
    let said: Value = serde_json::from_str(remembered).ok()?;
    said.get("transaction")?.as_str().map(str::to_owned)
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
        Ast::Commit { .. } if context.ask.expect.is_some() => {
            let said =
                "`If-Match` asks for a snapshot, and `COMMIT` looks itself at all that came since `BEGIN`";
            return Err(Error::new(Code::InvalidRequest, said));
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
    let request = request.map(|request| Request { answer: remembered(draft), ..request });
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
