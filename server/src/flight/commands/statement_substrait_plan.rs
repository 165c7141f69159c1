//! A question that comes as a Substrait plan.

use arrow_flight::sql::CommandStatementSubstraitPlan;

use super::super::call::Call;
use super::super::door::read;
use super::{Command, Reads};
use crate::desk::Question;
use crate::error::Problem;

pub(super) const COMMAND: Command =
    Command { name: "CommandStatementSubstraitPlan", reads: Some(Reads::Question(question)), put: None };

fn question(call: &Call, body: &[u8]) -> Result<Question, Problem> {
    let CommandStatementSubstraitPlan { plan, transaction_id } = read("CommandStatementSubstraitPlan", body)?;
    call.planned(plan, transaction_id.as_deref())
}
