//! `/v1/requests/{key}`: what became of a request whose answer was lost.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use pantile_core::Code;
use serde_json::{Value, json};

use super::json::marked;
use super::router::{Route, documented};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;

pub(super) const ROUTE: Route = Route {
    path: "/v1/requests/{key}",
    methods: || get(outcome),
    operations: &[documented::<__path_outcome>],
};

/// Whether the request of that idempotency key was committed, and what was answered.
#[utoipa::path(
    get, path = "/v1/requests/{key}", tag = "transactions",
    params(("key" = String, Path, description = "The request's `Idempotency-Key`")),
    responses(
        (status = 200, description = "It was committed", content_type = "application/json", body = Value),
        (status = 404, description = "Nothing of it was committed, or it is forgotten", content_type = "application/problem+json"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn outcome(State(app): State<App>, _: Caller, Path(key): Path<String>) -> Result<Response, Problem> {
    let Some(known) = app.catalog.request(&key).await? else {
        let shown: String = key.chars().take(60).collect();
        return Err(Problem::new(Code::NotFound, format!("no request with the key `{shown}` was committed"))
            .hint("it may still be on its way; repeat it with the same key to be sure of its outcome"));
    };
    let answer: Value = serde_json::from_str(&known.answer).unwrap_or(Value::String(known.answer));
    let text = json!({ "state": "committed", "snapshot": known.snapshot, "answer": answer }).to_string();
    Ok(marked(StatusCode::OK, text, Some(known.snapshot), false))
}
