//! A question that comes as a Substrait plan.

use std::sync::Arc;

use arrow_flight::sql::CommandStatementSubstraitPlan;
use futures::FutureExt;

use super::super::call::Call;
use super::super::door::read;
use super::{Command, Reads};
use crate::desk::Question;
use crate::error::Problem;

pub(super) const COMMAND: Command = Command {
    name: "CommandStatementSubstraitPlan",
    reads: Some(Reads::Answer {
        hold: |call, body| {
            async move { Ok(Arc::new(call.app.desk.hold(question(call, body)?).await?)) }.boxed()
        },
        schema: |call, body| {
            async move { Ok(call.app.desk.describe(question(call, body)?).await?.schema) }.boxed()
        },
    }),
    put: None,
};

fn question(call: &Call, body: &[u8]) -> Result<Question, Problem> {
    let CommandStatementSubstraitPlan { plan, transaction_id } = read("CommandStatementSubstraitPlan", body)?;
    call.planned(plan, transaction_id.as_deref())
}
