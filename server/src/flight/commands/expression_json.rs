//! A program of expressions with values beside it: its message is the JSON that HTTP takes, as far as that is about the
//! program; the rest is said in metadata of the call.

use super::super::call::Call;
use super::expression::text;
use super::{Command, Reads, expression};
use crate::desk::Question;
use crate::error::Problem;
use crate::json::{Fields, PROGRAM, bytes_max, too_large};

pub(super) const COMMAND: Command =
    Command { name: "pantile.dev/expression+json", reads: Some(Reads::Question(question)), put: None };

fn question(call: &Call, body: &[u8]) -> Result<Question, Problem> {
    let max = bytes_max(&call.app);
    if body.len() > max {
        return Err(too_large("the program and its values are", max));
    }
    let (program, sent) = Fields::parse(text(body)?, &PROGRAM)?.program()?;
    expression::question(call, program, sent)
}
