//! A statement, run by its text. What it changes is changed when its flight is asked for, and only then.

use arrow_flight::sql::CommandStatementQuery;
use pantile_sql::Params;

use super::super::door::read;
use super::{Command, Reads};

pub(super) const COMMAND: Command = Command {
    name: "CommandStatementQuery",
    reads: Some(Reads::Question(|call, body| {
        let CommandStatementQuery { query, transaction_id } = read("CommandStatementQuery", body)?;
        call.question_in(query, Params::None, transaction_id.as_deref())
    })),
    put: None,
};
