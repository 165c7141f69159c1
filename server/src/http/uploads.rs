//! What uploads of rows and of elements share: what their bodies are a part of, how long those may be, how they are
//! answered.

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use pantile_core::catalog::{Draft, Presence};
use pantile_sql::{SessionState, Using};
use utoipa::ToSchema;

use super::asked::{Asked, RequestId};
use super::json::marked;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;
use crate::upload::{self, Head, InDraft, Loaded};

/// Rows, in Parquet, Arrow, CSV, TSV, NDJSON or JSON, compressed with gzip or zstd or not.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only for the document")]
pub(super) struct UploadSchema(Vec<u8>);

/// What a body is a part of, settled before it is received. Its session is in use until this is dropped.
pub(super) struct Joined {
    presence: Option<Presence>,
    draft: Option<Arc<Draft>>,
    _using: Option<Using>,
}

impl Joined {
    /// Refuses preconditions of what does not commit; `are` says which that is, as in `these rows are`.
    pub(super) fn of(app: &App, caller: &Caller, asked: &Asked, are: &str) -> Result<Self, Problem> {
        let presence = asked.presence()?;
        let session = asked.session.as_deref();
        let session = session.map(|name| app.sessions.of(caller, Some(name))).transpose()?;
        let using = session.as_ref().map(SessionState::using);
        let draft = session.and_then(|session| session.transaction());
        if draft.is_some() && (asked.key.is_some() || asked.expect.is_some() || presence.is_some()) {
            return Err(Problem::invalid(format!(
                "an `Idempotency-Key` and preconditions go with a commit, and {are} a part of a session's transaction"
            )));
        }
        Ok(Self { presence, draft, _using: using })
    }

    /// The head of the upload; `hash` is of all of the request but its body.
    pub(super) fn head(
        &self,
        name: String,
        asked: Asked,
        caller: &Caller,
        id: &RequestId,
        hash: impl FnOnce() -> [u8; 32],
    ) -> Result<Head, Problem> {
        Ok(Head {
            key: asked.key.map(|key| (key, hash())),
            expect: asked.expect,
            presence: self.presence,
            transaction: asked.transaction,
            draft: self.draft.clone().map(InDraft::of).transpose()?,
            ..Head::plain(name, caller, id.or(None)?)
        })
    }
}

/// How long the body says it is.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses a body that says it is longer than it may be.
pub(super) fn fits(app: &App, length: Option<u64>) -> Result<(), Problem> {
    let max = app.settings().upload_bytes.0;
    match length {
        Some(length) if length > max => Err(upload::Error::TooLarge { limit: "upload_bytes", max }.into()),
        _ => Ok(()),
    }
}

/// The answer that says what became of the body.
pub(super) fn answered(loaded: Loaded) -> Response {
    let status = match loaded.snapshot {
        None => StatusCode::ACCEPTED,
        Some(_) if loaded.answer.contains("\"created\":true,") => StatusCode::CREATED,
        Some(_) => StatusCode::OK,
    };
    marked(status, loaded.answer, loaded.snapshot, loaded.replayed)
}
