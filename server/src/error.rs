//! Errors on the wire: one table from code to HTTP status, gRPC code and "a retry may help", and the
//! problem document (RFC 9457) that carries them.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use pantile_core::pool::Reason;
use pantile_core::{Code, catalog, format, frame, pool, store};
use serde_json::{Map, Value, json};

use crate::desk;

/// What a code is on each wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The HTTP status.
    pub status: u16,
    /// The gRPC status code, by number.
    pub grpc: u8,
    /// Whether the same request may succeed later.
    pub retry: bool,
    /// The problem's title: the same for every problem of this code.
    pub title: &'static str,
}

const fn wire(status: u16, grpc: u8, retry: bool, title: &'static str) -> Wire {
    Wire { status, grpc, retry, title }
}

/// What `code` is on each wire.
pub const fn on_wire(code: Code) -> Wire {
    match code {
        Code::InvalidRequest => wire(400, 3, false, "The request is malformed"),
        Code::InvalidSql => wire(400, 3, false, "The SQL text does not parse or does not plan"),
        Code::InvalidProgram => wire(400, 3, false, "The program does not parse or does not fit together"),
        Code::InvalidValue => wire(422, 3, false, "A value made the question fail"),
        Code::InvalidData => wire(400, 3, false, "The data is not what it claims to be"),
        Code::UnknownDataset => wire(404, 5, false, "There is no such dataset"),
        Code::UnknownColumn => wire(400, 3, false, "There is no such column"),
        Code::NotFound => wire(404, 5, false, "There is nothing here"),
        Code::MethodNotAllowed => wire(405, 12, false, "This cannot be done here"),
        Code::SchemaMismatch => wire(422, 9, false, "The rows do not fit the table"),
        Code::AlreadyExists => wire(409, 6, false, "The name is taken"),
        Code::Conflict => wire(409, 10, true, "Another commit came first"),
        Code::PreconditionFailed => wire(412, 9, false, "A precondition does not hold"),
        Code::IdempotencyMismatch => wire(422, 3, false, "The idempotency key belongs to another request"),
        Code::TransactionIncomplete => wire(409, 9, true, "Parts of the transaction are missing"),
        Code::UnknownSnapshot => wire(404, 5, false, "There is no such snapshot"),
        Code::Forbidden => wire(403, 7, false, "The policy forbids this"),
        Code::Unsupported => wire(422, 12, false, "Pantile does not do this"),
        Code::NotAcceptable => wire(406, 3, false, "Nothing acceptable can be made of the answer"),
        Code::UnsupportedMediaType => wire(415, 3, false, "The type of the body is not known"),
        Code::TooLarge => wire(413, 8, false, "The body is too large"),
        Code::LimitSql => wire(422, 8, false, "The statement is over a limit"),
        Code::LimitProgram => wire(422, 8, false, "The program is over a limit"),
        Code::LimitMemory => wire(422, 8, true, "The question needs more memory than it may have"),
        Code::LimitScratch => wire(422, 8, true, "The question needs more scratch space than it may have"),
        Code::Timeout => wire(504, 4, true, "The question ran longer than it may"),
        Code::Cancelled => wire(499, 1, false, "The question was cancelled"),
        Code::Busy => wire(503, 14, true, "The server has no room for more questions now"),
        Code::StorageFull => wire(507, 8, true, "The disk is full"),
        Code::StorageFailed => wire(503, 14, true, "A store failed"),
        Code::StorageDamaged => wire(500, 15, false, "A stored file is damaged"),
        Code::Unavailable => wire(503, 14, true, "The server is not ready"),
        Code::UnknownOutcome => wire(500, 2, true, "It is not known whether the commit happened"),
        Code::Internal => wire(500, 13, false, "A defect of Pantile"),
    }
}

/// Something that went wrong, as a caller is told it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind of thing.
    pub code: Code,
    /// What exactly, with the values that made it wrong.
    pub detail: String,
    /// Boxed, because most results that could be a problem are none.
    more: Box<More>,
}

#[derive(Clone, Debug, Default)]
struct More {
    members: Map<String, Value>,
    retry_after: Option<Duration>,
    allow: Option<String>,
}

impl Problem {
    /// A problem of that kind.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), more: Box::default() }
    }

    /// A malformed request.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// The problem that `error` is. Its causes are told too, except where they are ours alone: those speak of
    /// addresses and files that are not the caller's.
    pub fn of(code: Code, error: &(dyn std::error::Error + 'static)) -> Self {
        if !matches!(code, Code::Internal | Code::StorageFailed | Code::UnknownOutcome) {
            return Self::new(code, whole(error));
        }
        tracing::error!(error = %whole(error), "a request failed for a reason of ours");
        match error.source() {
            Some(_) => Self::new(code, format!("{error}; the server's log says more")),
            None => Self::new(code, error.to_string()),
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.with("hint", Value::String(hint.into()))
    }

    /// With a further member of the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.members.insert(name.to_owned(), value);
        self
    }

    /// With that asking the very same again is in vain, where it is.
    #[must_use]
    fn in_vain(self, is: bool) -> Self {
        if is { self.with("retry", Value::Bool(false)) } else { self }
    }

    /// With when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.more.retry_after = Some(wait);
        self
    }

    /// With the methods that would have done.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.more.allow = Some(methods);
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(on_wire(self.code).status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The document.
    pub fn document(&self) -> Value {
        let wire = on_wire(self.code);
        let mut document = json!({
            "type": format!("/errors/{}", self.code.as_str()),
            "title": wire.title,
            "status": wire.status,
            "code": self.code.as_str(),
            "detail": self.detail,
            "retry": wire.retry,
        });
        if let Some(document) = document.as_object_mut() {
            document.extend(self.more.members.clone());
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.more.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Some(allow) = self.more.allow.as_ref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        // For the request's log line.
        response.extensions_mut().insert(self.code);
        response
    }
}

/// An error and its causes, from the outside in.
pub fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

macro_rules! problems {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::of(error.code(), &error)
            }
        })*
    };
}
problems!(format::Error, frame::Error, pool::Error, store::Error);

impl From<catalog::Error> for Problem {
    fn from(error: catalog::Error) -> Self {
        Self::of(error.code(), &error).in_vain(error.in_vain())
    }
}

impl From<pantile_sql::Error> for Problem {
    fn from(error: pantile_sql::Error) -> Self {
        let mut problem = Self::of(error.code(), &error).in_vain(error.in_vain());
        if let Some(at) = error.position() {
            problem = problem.with("position", json!({ "line": at.line, "column": at.column }));
        }
        if let Some(hint) = error.hint() {
            problem = problem.hint(hint);
        }
        if let Some(limit) = error.limit_name() {
            problem = problem.with("limit", Value::from(limit));
        }
        problem
    }
}

impl From<desk::Error> for Problem {
    fn from(error: desk::Error) -> Self {
        let problem = match &error {
            desk::Error::Sql(_) => None,
            desk::Error::Busy { retry_after, .. } => {
                Some(Self::of(error.code(), &error).retry_after(*retry_after).with("limit", json!("queue")))
            }
            desk::Error::Memory(refused) | desk::Error::TooLarge(refused) => {
                let limit = if refused.account == "total" { "memory" } else { "query_memory" };
                Some(Self::of(error.code(), &error).with("limit", json!(limit)))
            }
            desk::Error::TimeoutTooLong { .. } => {
                Some(Self::of(error.code(), &error).with("limit", json!("timeout_max")))
            }
            desk::Error::Ended { reason: Reason::TimedOut, .. } => {
                Some(Self::of(error.code(), &error).with("limit", json!("timeout")))
            }
            desk::Error::Ended { reason: Reason::OverBudget, .. } => {
                Some(Self::of(error.code(), &error).with("limit", json!("query_memory")))
            }
            _ => Some(Self::of(error.code(), &error)),
        };
        match (problem, error) {
            (Some(problem), _) => problem,
            (None, desk::Error::Sql(error)) => Self::from(error),
            (None, error) => Self::of(error.code(), &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_status_that_says_error() {
        for code in Code::ALL {
            let wire = on_wire(*code);
            assert!((400..600).contains(&wire.status) && (1..17).contains(&wire.grpc), "{code:?}");
            assert!(!wire.title.ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn causes_of_ours_are_for_the_log() {
        let source = Box::new(std::io::Error::other("the cable is out"));
        let problem = Problem::from(desk::Error::Internal { what: "listening", source });
        assert_eq!(problem.detail, "failed listening; the server's log says more");
    }

    #[test]
    fn a_problem_tells_its_causes_once() {
        let cause = std::io::Error::other("the cable is out");
        let error = desk::Error::Internal { what: "listening", source: Box::new(cause) };
        assert_eq!(whole(&error), "failed listening: the cable is out");
    }
}
