//! A statement that changes something, and whose caller wants to know how many rows it touched.

use arrow_flight::sql::CommandStatementUpdate;
use futures::FutureExt;
use pantile_sql::Params;

use super::super::door::read;
use super::super::prepared::{touched, updated};
use super::Command;

pub(super) const COMMAND: Command = Command {
    name: "CommandStatementUpdate",
    reads: None,
    put: Some(|call, body, _| {
        async move {
            let CommandStatementUpdate { query, transaction_id } = read("CommandStatementUpdate", body)?;
            let question = call.question_in(query, Params::None, transaction_id.as_deref())?;
            Ok(touched(updated(call, question).await?))
        }
        .boxed()
    }),
};
