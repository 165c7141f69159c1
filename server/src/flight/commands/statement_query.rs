//! A statement, run by its text. What it changes is changed when its flight is asked for, and only then.

use std::sync::Arc;

use arrow_flight::sql::CommandStatementQuery;
use futures::FutureExt;
use pantile_sql::Params;

use super::super::door::read;
use super::{Command, Reads};

pub(super) const COMMAND: Command = Command {
    name: "CommandStatementQuery",
    reads: Some(Reads::Answer {
        hold: |call, body| {
            async move {
                let CommandStatementQuery { query, transaction_id } = read("CommandStatementQuery", body)?;
                let question = call.question_in(query, Params::None, transaction_id.as_deref())?;
                Ok(Arc::new(call.app.desk.hold(question).await?))
            }
            .boxed()
        },
        schema: |call, body| {
            async move {
                let CommandStatementQuery { query, transaction_id } = read("CommandStatementQuery", body)?;
                let question = call.question_in(query, Params::None, transaction_id.as_deref())?;
                Ok(call.app.desk.describe(question).await?.schema)
            }
            .boxed()
        },
    }),
    put: None,
};
