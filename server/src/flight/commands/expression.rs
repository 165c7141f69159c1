//! A program of expressions: its text is the message, under a type URL of ours.

use pantile_sql::{Params, Sent};

use super::super::call::Call;
use super::{Command, Reads};
use crate::desk::Question;
use crate::error::Problem;

pub(super) const COMMAND: Command = Command {
    name: "pantile.dev/expression",
    reads: Some(Reads::Question(|call, body| question(call, text(body)?.to_owned(), Sent::default()))),
    put: None,
};

/// The message as text.
pub(super) fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        Problem::invalid(format!("the program is not UTF-8 from byte {} on", error.valid_up_to()))
    })
}

/// The program as a question of this call.
pub(super) fn question(call: &Call, program: String, sent: Sent) -> Result<Question, Problem> {
    Ok(Question { program: Some(sent), ..call.question(program, Params::None)? })
}
