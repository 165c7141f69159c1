//! What a request's head asks for besides its path: its id, a snapshot, preconditions, an idempotency key.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use pantile_core::Code;
use pantile_core::catalog::{Presence, Request, SnapshotId};

use crate::desk::QueryId;
use crate::error::Problem;

/// The question's id, in answers.
pub(super) const QUERY_ID: HeaderName = HeaderName::from_static("pantile-query-id");
/// The snapshot: asked for, and read or made.
pub(super) const SNAPSHOT: HeaderName = HeaderName::from_static("pantile-snapshot");
/// The transaction that an upload is a part of.
const TRANSACTION: HeaderName = HeaderName::from_static("pantile-transaction");
/// The session, which a body or a query may name too.
const SESSION: HeaderName = HeaderName::from_static("pantile-session");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Characters of the longest idempotency key.
const KEY_MAX: usize = 255;

/// What a request's head asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The snapshot to read.
    pub(super) snapshot: Option<SnapshotId>,
    /// The snapshot that must still be the newest.
    pub(super) expect: Option<SnapshotId>,
    /// `If-Match: *`.
    match_any: bool,
    /// `If-None-Match`, which for reading holds tags.
    none_match: Option<String>,
    /// The idempotency key.
    pub(super) key: Option<String>,
    /// The transaction.
    pub(super) transaction: Option<String>,
    /// The session's name.
    pub(super) session: Option<String>,
}

impl Asked {
    /// What makes a repetition of the request known, where it has a key.
    pub(super) fn repeatable(&self, fingerprint: impl FnOnce() -> [u8; 32]) -> Option<Request> {
        let key = self.key.clone()?;
        Some(Request { key, fingerprint: fingerprint(), answer: String::new() })
    }

    /// Whether the dataset that is to be changed must be there, or must not (RFC 9110 §13.1).
    pub(super) fn presence(&self) -> Result<Option<Presence>, Problem> {
        let presence = match (self.match_any, self.none_match.as_deref()) {
            (false, None) => return Ok(None),
            (true, None) => Presence::There,
            (false, Some("*")) => Presence::Absent,
            (true, Some(_)) => {
                return Err(Problem::invalid("`If-Match: *` and `If-None-Match` contradict each other"));
            }
            (false, Some(_)) => {
                let said = "`If-None-Match` of a request that changes something can only be `*`";
                return Err(Problem::invalid(said).hint(
                    "`If-Match` with the `Pantile-Snapshot` of an answer asks that nothing has changed",
                ));
            }
        };
        if self.transaction.is_some() {
            let said = "a part of a transaction cannot ask that its table is there or not: that is known \
                        only when the transaction is committed";
            return Err(Problem::new(Code::Unsupported, said));
        }
        Ok(Some(presence))
    }
}

/// The request's id: the caller's own (`Pantile-Query-Id`), or a fresh one.
#[derive(Clone, Debug)]
pub(super) struct RequestId(QueryId);

impl RequestId {
    /// The id of a request with those headers. One that cannot be an id is refused later, where it is used.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let chosen = headers.get(QUERY_ID).and_then(|id| QueryId::chosen(id.to_str().ok()?).ok());
        Self(chosen.unwrap_or_else(QueryId::fresh))
    }

    /// The question's id, which its body may choose too.
    pub(super) fn or(&self, chosen: Option<&str>) -> Result<QueryId, Problem> {
        chosen.map_or_else(|| Ok(self.0.clone()), |id| Ok(QueryId::chosen(id)?))
    }

    /// Its header.
    pub(super) fn header(&self) -> HeaderValue {
        id_header(&self.0)
    }
}

/// A query id as a header. Its characters are all fit for one.
pub(super) fn id_header(id: &QueryId) -> HeaderValue {
    HeaderValue::from_str(id.as_str()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(QueryId::fresh())))
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let headers = &parts.headers;
        let key = text(headers, &IDEMPOTENCY_KEY)?;
        if key.is_some_and(|key| key.is_empty() || key.len() > KEY_MAX) {
            return Err(Problem::invalid(format!("`Idempotency-Key` is 1 to {KEY_MAX} characters long")));
        }
        if let Some(id) = text(headers, &QUERY_ID)? {
            QueryId::chosen(id)?;
        }
        Ok(Self {
            snapshot: number(headers, &SNAPSHOT)?,
            expect: number(headers, &header::IF_MATCH)?,
            match_any: text(headers, &header::IF_MATCH)? == Some("*"),
            none_match: text(headers, &header::IF_NONE_MATCH)?.map(str::to_owned),
            key: key.map(str::to_owned),
            transaction: text(headers, &TRANSACTION)?.map(str::to_owned),
            session: text(headers, &SESSION)?.map(str::to_owned),
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text =
        value.to_str().map_err(|_| Problem::invalid(format!("the header `{name}` is not plain text")))?;
    Ok(Some(text.trim()))
}

/// A snapshot's number, quoted or not. `*` asks for nothing.
fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<SnapshotId>, Problem> {
    let Some(text) = text(headers, name)?.filter(|text| *text != "*") else { return Ok(None) };
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    bare.parse().map(Some).map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Problem::invalid(format!("the header `{name}` is `{shown}`, and should be a snapshot's number"))
    })
}
