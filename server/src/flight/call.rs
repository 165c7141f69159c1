//! Who calls, and in which session.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_flight::sql::SubstraitPlan;
use pantile_core::catalog::{Draft, Pin};
use pantile_sql::{Params, SessionState};
use tonic::Request;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use super::door::Shared;
use super::prepared::Prepared;
use super::shelf::Owner;
use crate::app::App;
use crate::auth::Caller;
use crate::desk::{self, QueryId, Question};
use crate::error::Problem;
use crate::session::Connection;

/// The cookie of Flight's sessions.
const COOKIE: &str = "arrow_flight_session_id";
/// The same over both doors.
const SESSION: &str = "pantile-session";
const QUERY_ID: &str = "pantile-query-id";
const SNAPSHOT: &str = "pantile-snapshot";

/// What proxies add, over whose connections many callers come.
const FORWARDED: [&str; 3] = ["forwarded", "via", "x-forwarded-for"];

/// One call.
pub struct Call {
    pub(super) app: App,
    pub(super) shared: Arc<Shared>,
    pub(super) caller: Caller,
    /// The session's name, where the caller has one.
    session: Option<String>,
    /// Whether its connection's session is the caller's too: who keeps the cookie or names none.
    with_connections: bool,
    /// What it came over, where that is nobody else's.
    connection: Option<Connection>,
    /// Whether it is of a driver of ADBC, which has a connection of its own for each of its own connections.
    is_adbc: bool,
    query_id: Option<String>,
    snapshot: Option<i64>,
    timeout: Option<Duration>,
    /// The cookie to be set.
    cookie: Option<String>,
}

impl Call {
    /// The call that is this request.
    pub(super) fn of<T>(app: &App, shared: &Arc<Shared>, request: &Request<T>) -> Result<Self, Problem> {
        let metadata = request.metadata();
        let text = |name: &str| metadata.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let snapshot = text(SNAPSHOT).map(|text| {
            text.trim_matches('"')
                .parse()
                .map_err(|_| Problem::invalid(format!("`{SNAPSHOT}` should be a snapshot's number")))
        });
        let bearer = text("authorization").and_then(|text| text.split_once(' ')).and_then(|(kind, token)| {
            (kind.eq_ignore_ascii_case("bearer") && Uuid::try_parse(token).is_ok()).then_some(token)
        });
        let (named, kept) = (text(SESSION), cookie(metadata));
        let session = named.or(kept).or(bearer);
        let forwarded = FORWARDED.iter().any(|name| metadata.contains_key(*name));
        let connection = request.extensions().get().filter(|_| !forwarded).cloned();
        Ok(Self {
            app: app.clone(),
            shared: Arc::clone(shared),
            caller: Caller::anonymous(),
            session: session.map(str::to_owned),
            with_connections: named.is_none() && (kept.is_some() || bearer.is_none()),
            connection,
            is_adbc: text("user-agent").is_some_and(|agent| agent.starts_with("ADBC")),
            query_id: text(QUERY_ID).map(str::to_owned),
            snapshot: snapshot.transpose()?,
            timeout: text("grpc-timeout").and_then(timeout),
            cookie: None,
        })
    }

    /// The caller's session, or its connection's; a fresh one for who has neither.
    pub(super) fn state(&self) -> Result<Arc<SessionState>, Problem> {
        match (&self.session, &self.connection) {
            (None, Some(connection)) => Ok(connection.session()),
            (name, _) => self.app.sessions.of(&self.caller, name.as_deref()),
        }
    }

    /// The statement as a question of this call.
    pub(super) fn question(&self, sql: String, params: Params) -> Result<Question, Problem> {
        let session = self.state()?;
        Ok(Question {
            params,
            snapshot: self.snapshot,
            timeout: session.timeout().or_else(|| self.patience()),
            row_limit: session.row_limit(),
            ..Question::plain(sql, session, &self.caller, self.query_id()?)
        })
    }

    /// The statement as a question of this call, inside the transaction that it names.
    pub(super) fn question_in(
        &self,
        sql: String,
        params: Params,
        transaction: Option<&[u8]>,
    ) -> Result<Question, Problem> {
        let transaction = self.transaction(transaction)?;
        Ok(Question { transaction, ..self.question(sql, params)? })
    }

    /// The Substrait plan as a question of this call.
    pub(super) fn planned(
        &self,
        plan: Option<SubstraitPlan>,
        transaction: Option<&[u8]>,
    ) -> Result<Question, Problem> {
        let plan = plan.ok_or_else(|| Problem::invalid("there is no plan in the request"))?.plan;
        let shown = format!("a Substrait plan of {} bytes", plan.len());
        Ok(Question { substrait: Some(plan), ..self.question_in(shown, Params::None, transaction)? })
    }

    /// The transaction of that id, where there is one.
    pub(super) fn transaction(&self, id: Option<&[u8]>) -> Result<Option<Arc<Draft>>, Problem> {
        let id = id.filter(|id| !id.is_empty());
        id.map(|id| self.shared.transactions.get(text(id))).transpose()
    }

    /// Notes the transaction that this call begins.
    pub(super) fn began(&self, transaction: &Arc<Draft>) {
        if let Some(connection) = &self.connection {
            connection.began(transaction);
        }
    }

    /// Notes the transaction that this call ends.
    pub(super) fn ended(&self, transaction: &Arc<Draft>) {
        if let Some(connection) = &self.connection {
            connection.ended(transaction);
        }
    }

    /// The transaction that rows without one belong to: the session's, or the one its connection began last. ADBC's
    /// drivers begin transactions and do not name them when they ingest.
    pub(super) fn implied_transaction(&self) -> Result<Option<Arc<Draft>>, Problem> {
        let of_session = self.state()?.transaction();
        let of_connection =
            self.connection.as_ref().filter(|_| self.is_adbc).and_then(Connection::transaction);
        if let Some(draft) = &of_connection {
            // One whose time ran out is not one that never was.
            draft.epoch()?;
        }
        Ok(of_session.or(of_connection))
    }

    /// What a statement of this call would see. Who asks what there is names no transaction either.
    pub(super) fn seen(&self) -> Result<Pin, Problem> {
        let transaction = self.implied_transaction()?;
        Ok(self.app.engine.seen(&*self.state()?, transaction.as_deref()).map_err(desk::Error::Sql)?)
    }

    /// Whose a thing is that is kept for this call's client. Who has no session shares one part with all others.
    pub(super) fn owner(&self) -> Result<Owner, Problem> {
        let (state, kept) = (self.state()?, &self.app.kept);
        // A channel that lost its connection finds its statements on the next one, unless others need the room. Where
        // half of it is free, no part of it needs more.
        if kept.used() > kept.limit() / 2 {
            self.shared.prepared.clear();
            self.shared.answers.tidy();
        }
        let part = || kept.part("one session's part of `kept_memory`", kept.limit() / 2);
        Ok(match state.kept_or(part) {
            Some(account) => Owner { account, session: Some(Arc::downgrade(&state)) },
            None => Owner { account: Arc::clone(&self.shared.nobodys), session: None },
        })
    }

    /// The prepared statement of that handle.
    pub(super) fn prepared(&self, handle: &[u8]) -> Result<Arc<Prepared>, Problem> {
        // One that is used is not forgotten.
        self.shared.prepared.renew(text(handle))?;
        self.shared.prepared.get(text(handle))
    }

    /// The question's name: the caller's own choice, or a fresh one.
    pub(super) fn query_id(&self) -> Result<QueryId, Problem> {
        self.query_id.as_deref().map_or_else(|| Ok(QueryId::fresh()), |id| Ok(QueryId::chosen(id)?))
    }

    /// The name that all questions of this call have from now on: it has one.
    pub(super) fn settle_query_id(&mut self) -> Result<QueryId, Problem> {
        let id = self.query_id()?;
        self.query_id = Some(id.to_string());
        Ok(id)
    }

    /// The call, for work that goes on after it.
    pub(super) fn without_deadline(self) -> Self {
        Self { timeout: None, ..self }
    }

    /// How long the call can wait and still be answered in time.
    pub(super) fn patience_for_polls(&self) -> Duration {
        self.timeout.map_or(Duration::MAX, |timeout| timeout.saturating_sub(timeout / 5))
    }

    /// Until when a ticket is good that is written now.
    pub(super) fn later(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_add(self.shared.ticket_ttl).unwrap_or(now)
    }

    /// Gives the caller a session if it has none; all that it may find again. One that keeps no cookies finds its
    /// connection's, and is handed no second one.
    pub(super) fn begin_session(&mut self) -> Result<Vec<Arc<SessionState>>, Problem> {
        let of_connection = self.connection.as_ref().filter(|_| self.session.is_none());
        let known = of_connection.is_some_and(|connection| connection.known().is_some());
        let mut states: Vec<_> = of_connection.map(Connection::session).into_iter().collect();
        if self.session.is_none() && !known {
            let name = Uuid::now_v7().to_string();
            self.cookie = Some(format!("{COOKIE}={name}; Path=/; HttpOnly"));
            self.session = Some(name);
        }
        if self.session.is_some() {
            states.push(self.state()?);
        }
        Ok(states)
    }

    /// The caller's session, if it has one and has used it.
    pub(super) fn known_state(&self) -> Option<Arc<SessionState>> {
        match (&self.session, &self.connection) {
            (Some(name), _) => self.app.sessions.known(&self.caller, name),
            (None, connection) => connection.as_ref()?.known(),
        }
    }

    /// Forgets the caller's session; and its connection's, where that is the caller's too, with the transaction that was
    /// begun over it.
    pub(super) fn end_session(&mut self) {
        if let Some(state) = self.known_state() {
            self.shared.prepared.leave(&state);
        }
        if let Some(name) = self.session.take() {
            self.app.sessions.forget(&self.caller, &name);
            self.cookie = Some(format!("{COOKIE}=; Path=/; HttpOnly; Max-Age=0"));
        }
        let connection = self.connection.as_ref().filter(|_| self.with_connections);
        if let Some(state) = connection.and_then(Connection::known) {
            self.shared.prepared.leave(&state);
        }
        if let Some(draft) = connection.and_then(Connection::forget) {
            // One that is over already is what is asked for.
            let _ = self.shared.transactions.take(draft.id());
            let _ = draft.roll_back();
        }
    }

    /// What the caller is to remember, if anything.
    pub(super) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// How long the caller waits, as far as the server lets it.
    fn patience(&self) -> Option<Duration> {
        self.timeout.map(|timeout| timeout.min(self.app.desk.limits().timeout_max))
    }
}

/// A handle as text; what is not UTF-8 is none of ours, and finds nothing.
pub(super) fn text(handle: &[u8]) -> &str {
    std::str::from_utf8(handle).unwrap_or_default()
}

fn cookie(metadata: &MetadataMap) -> Option<&str> {
    let cookies = metadata.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.trim_matches('"')).next()
}

/// A time-out as gRPC writes it: digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(amount.saturating_mul(60))),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_are_read_as_grpc_writes_them() {
        assert_eq!(timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout("3S"), Some(Duration::from_secs(3)));
        assert_eq!(timeout(""), None);
        assert_eq!(timeout("soon"), None);
        assert_eq!(timeout("5µ"), None);
    }

    #[test]
    fn a_session_may_come_as_a_cookie() {
        let mut metadata = MetadataMap::new();
        metadata.insert(
            "cookie",
            "a=b; arrow_flight_session_id=x-1; c=d".parse().unwrap_or_else(|_| unreachable!()),
        );
        assert_eq!(cookie(&metadata), Some("x-1"));
    }
}
