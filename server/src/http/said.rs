//! What is said about a question beside its text, in JSON or in the query string.

use std::time::Duration;

use pantile_core::Code;

use super::asked::{Asked, RequestId};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::json::Fields;

/// What is said about a question.
pub(super) struct Said {
    session: Option<String>,
    query_id: Option<String>,
    timeout_ms: Option<u64>,
    row_limit: Option<u64>,
    /// Whether only the columns of the answer are asked for.
    pub(super) describe: bool,
}

impl Said {
    /// The names under which it is said.
    pub(super) const KEYS: &[&str] = &["session", "query_id", "timeout_ms", "row_limit", "describe"];

    /// Out of a JSON object.
    pub(super) fn taken(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            session: fields.text("session")?,
            query_id: fields.text("query_id")?,
            timeout_ms: fields.number("timeout_ms")?,
            row_limit: fields.number("row_limit")?,
            describe: fields.flag("describe")?,
        })
    }

    /// Out of the query string.
    pub(super) fn of(query: &Query) -> Result<Self, Problem> {
        Ok(Self {
            session: query.get("session").map(str::to_owned),
            query_id: query.get("query_id").map(str::to_owned),
            timeout_ms: query.number("timeout_ms")?,
            row_limit: query.number("row_limit")?,
            describe: query.flag("describe")?,
        })
    }

    /// A question of that text, in SQL and without parameters.
    pub(super) fn question(
        self,
        app: &App,
        caller: &Caller,
        id: &RequestId,
        asked: &Asked,
        text: String,
    ) -> Result<Question, Problem> {
        if asked.transaction.is_some() {
            return Err(Problem::new(
                Code::Unsupported,
                "a statement cannot be a part of a transaction over uploads",
            ));
        }
        let session = app.sessions.of(caller, self.session.as_deref().or(asked.session.as_deref()))?;
        Ok(Question {
            snapshot: asked.snapshot,
            expect: asked.expect,
            timeout: self.timeout_ms.map(Duration::from_millis).or_else(|| session.timeout()),
            row_limit: self.row_limit.or_else(|| session.row_limit()),
            ..Question::plain(text, session, caller, id.or(self.query_id.as_deref())?)
        })
    }
}
