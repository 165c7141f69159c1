//! `/v1/transactions`: several uploads as one commit, once all of them are in.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use pantile_core::catalog::TransactionInfo;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::body::Whole;
use super::json::{json, marked};
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;
use crate::json::Fields;

pub(super) const LIST: Route =
    Route { path: "/v1/transactions", methods: || post(begin), operations: &[documented::<__path_begin>] };
pub(super) const ONE: Route = Route {
    path: "/v1/transactions/{id}",
    methods: || get(state).delete(abort),
    operations: &[documented::<__path_state>, documented::<__path_abort>],
};
pub(super) const COMMIT: Route = Route {
    path: "/v1/transactions/{id}/commit",
    methods: || post(commit),
    operations: &[documented::<__path_commit>],
};

/// Parts of the largest transaction.
const PARTS_MAX: u64 = 100_000;

/// A transaction to be.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: fields are read by hand, to name unknown ones well")]
pub(super) struct Begin {
    /// How many uploads it will have.
    expected: u32,
}

/// Opens a transaction of `expected` uploads; each of them carries its id in `Pantile-Transaction`.
#[utoipa::path(
    post, path = "/v1/transactions", tag = "transactions",
    request_body(content = Begin, content_type = "application/json"),
    responses(
        (status = 201, description = "It is open", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn begin(State(app): State<App>, _: Caller, body: Whole) -> Result<Response, Problem> {
    let mut fields = Fields::parse(body.text()?, &["expected"])?;
    let expected = match fields.number("expected")? {
        Some(expected @ 1..=PARTS_MAX) => u32::try_from(expected).unwrap_or(u32::MAX),
        other => {
            let shown = other.map_or_else(|| "missing".to_owned(), |number| number.to_string());
            let why = format!(
                "the field `expected` is {shown}, and should be a number of uploads from 1 to {PARTS_MAX}"
            );
            return Err(Problem::invalid(why));
        }
    };
    let info = app.catalog.begin(expected, app.settings().transaction_ttl.0).await?;
    Ok(told(StatusCode::CREATED, &info))
}

/// How a transaction stands.
#[utoipa::path(
    get, path = "/v1/transactions/{id}", tag = "transactions",
    params(("id" = String, Path, description = "The transaction's id")),
    responses(
        (status = 200, description = "Its state, and how many of its parts are in", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn state(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(told(StatusCode::OK, &app.catalog.transaction(&id).await?))
}

/// Publishes all parts in one commit. Repeated, it answers the same again.
#[utoipa::path(
    post, path = "/v1/transactions/{id}/commit", tag = "transactions",
    params(("id" = String, Path, description = "The transaction's id")),
    responses(
        (status = 200, description = "All parts are published", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn commit(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let parts = app.catalog.transaction(&id).await?.parts;
    let shown = Value::String(id.clone());
    let answer =
        format!("{{\"snapshot\":{{snapshot}},\"state\":\"committed\",\"id\":{shown},\"parts\":{parts}}}");
    let committed = app.catalog.commit_transaction(&id, answer.clone()).await?;
    let snapshot = committed.snapshot.id;
    let replayed = committed.replayed.is_some();
    let text = committed.replayed.unwrap_or_else(|| answer.replace("{snapshot}", &snapshot.to_string()));
    Ok(marked(StatusCode::OK, text, (!replayed).then_some(snapshot), replayed))
}

/// Gives a transaction up. What was uploaded for it is deleted later.
#[utoipa::path(
    delete, path = "/v1/transactions/{id}", tag = "transactions",
    params(("id" = String, Path, description = "The transaction's id")),
    responses(
        (status = 200, description = "It is given up", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn abort(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    app.catalog.abort(&id).await?;
    Ok(no_store(json(StatusCode::OK, json!({ "id": id, "state": "aborted" }).to_string())))
}

fn told(status: StatusCode, info: &TransactionInfo) -> Response {
    let text = json!({
        "id": info.id,
        "state": info.state.as_str(),
        "expected": info.expected,
        "parts": info.parts,
        "expires": info.expires.to_rfc3339(),
    });
    no_store(json(status, text.to_string()))
}
