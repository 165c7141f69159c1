//! What is asked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pantile_core::catalog::{Draft, Request, SnapshotId};
use pantile_sql::{Ask, NewView, Params, Sent, SessionState};
use uuid::Uuid;

use super::Error;
use super::admit::{Seat, Task};
use crate::auth::Caller;

/// The name of one question: chosen by its client, or made up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueryId(Arc<str>);

impl QueryId {
    /// Characters of the longest.
    pub const MAX: usize = 128;

    /// A new one, unlike any other, that sorts by time.
    pub fn fresh() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// The one a client chose.
    ///
    /// # Errors
    /// [`Error::BadQueryId`] where it could do harm in a header, a log line or a path.
    pub fn chosen(id: &str) -> Result<Self, Error> {
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if id.is_empty() || id.len() > Self::MAX || !id.chars().all(fine) {
            return Err(Error::BadQueryId { id: id.chars().filter(|c| !c.is_control()).take(40).collect() });
        }
        Ok(Self(id.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How often what is bound is in memory while it is planned: as it came, as tokens, as a tree, in the plan.
const PARAM_COPIES: u64 = 4;

/// A statement, and all that was said about how to run it.
pub struct Question {
    /// The text; of a question that came as a plan, what stands for it in lists.
    pub sql: String,
    /// What was sent beside the text, where that is a program of expressions.
    pub program: Option<Sent>,
    /// The Substrait plan that is asked instead of the text.
    pub substrait: Option<Bytes>,
    /// Values for its placeholders.
    pub params: Params,
    /// The session it runs in.
    pub session: Arc<SessionState>,
    /// The snapshot to read, when not the newest.
    pub snapshot: Option<SnapshotId>,
    /// The view that the text becomes, instead of being asked.
    pub view: Option<NewView>,
    /// Whether a statement that writes is refused.
    pub read_only: bool,
    /// Whether rows of a table come in the table's order.
    pub in_order: bool,
    /// What makes a repetition of it known.
    pub request: Option<Request>,
    /// The snapshot that must still be the newest when it commits.
    pub expect: Option<SnapshotId>,
    /// The transaction it is a part of, when that is not its session's.
    pub transaction: Option<Arc<Draft>>,
    /// Who asks.
    pub caller: String,
    /// Its name.
    pub query_id: QueryId,
    /// How long it may run, when not as long as usual.
    pub timeout: Option<Duration>,
    /// How many rows its caller wants at most.
    pub row_limit: Option<u64>,
    /// Whether it may run although all slots are taken: the server's own questions.
    pub ahead: bool,
}

impl Question {
    /// That text in SQL, without parameters, asked of the newest snapshot; nothing else is said of it.
    pub fn plain(sql: String, session: Arc<SessionState>, caller: &Caller, query_id: QueryId) -> Self {
        Self {
            sql,
            program: None,
            substrait: None,
            params: Params::None,
            session,
            snapshot: None,
            view: None,
            read_only: false,
            in_order: false,
            request: None,
            expect: None,
            transaction: None,
            caller: caller.name().to_owned(),
            query_id,
            timeout: None,
            row_limit: None,
            ahead: false,
        }
    }

    /// Bytes of its text, its plan and its parameters.
    pub(super) fn bytes(&self) -> u64 {
        let plan = self.substrait.as_ref().map_or(0, Bytes::len);
        (self.sql.len() as u64).saturating_add(plan as u64).saturating_add(self.params.bytes())
    }

    /// What it needs a seat for.
    pub(super) fn task(&self) -> Task {
        Task {
            query_id: self.query_id.clone(),
            text: self.sql.clone(),
            caller: self.caller.clone(),
            timeout: self.timeout,
            ahead: self.ahead,
            bytes: self.params.bytes().saturating_mul(PARAM_COPIES),
            session: Some(Arc::clone(&self.session)),
        }
    }

    /// As it is put to the engine from that seat.
    pub(super) fn put_to(self, seat: &Seat) -> Ask {
        Ask {
            sql: self.sql,
            program: self.program,
            substrait: self.substrait,
            params: self.params,
            session: self.session,
            snapshot: self.snapshot,
            view: self.view,
            read_only: self.read_only,
            in_order: self.in_order,
            cancel: seat.cancel().clone(),
            progress: Arc::clone(seat.progress()),
            query_id: self.query_id.to_string(),
            request: self.request,
            expect: self.expect,
            transaction: self.transaction,
            caller: self.caller,
        }
    }
}
