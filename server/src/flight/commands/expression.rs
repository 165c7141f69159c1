//! A program of expressions: its text is the message, under a type URL of ours.

use std::sync::Arc;

use futures::FutureExt;
use pantile_sql::{Params, Sent};

use super::super::call::Call;
use super::{Command, Reads};
use crate::desk::Question;
use crate::error::Problem;

pub(super) const COMMAND: Command = Command {
    name: "pantile.dev/expression",
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
    let text = std::str::from_utf8(body).map_err(|error| {
        Problem::invalid(format!("the program is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let program = Some(Sent::default());
    Ok(Question { program, ..call.question(text.to_owned(), Params::None)? })
}
