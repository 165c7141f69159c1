//! `/v1/statements/{id}`: questions by their id, to see how far they have come, and to end them.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use pantile_core::Code;
use serde_json::json;

use super::json::json;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;

pub(super) const ROUTE: Route = Route {
    path: "/v1/statements/{id}",
    methods: || get(progress).delete(cancel),
    operations: &[documented::<__path_progress>, documented::<__path_cancel>],
};

/// How far the question of that id has come, or how it ended.
///
/// Bytes are those of files; what lies in memory is not read. Before a question has its plan, the total is 0.
#[utoipa::path(
    get, path = "/v1/statements/{id}", tag = "sql",
    params(("id" = String, Path, description = "The question's id: `Pantile-Query-Id` of its answer, or its own choice")),
    responses(
        (status = 200, description = "Its state and its counts", content_type = "application/json", body = serde_json::Value),
        (status = 404, description = "It was never asked, or is forgotten", content_type = "application/problem+json"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn progress(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = app.desk.registry().entry(&id)?;
    let text = json!({
        "query_id": entry.query_id.as_str(),
        "state": entry.state.as_str(),
        "rows": entry.rows,
        "boxes": entry.boxes,
        "boxes_total": entry.boxes_total,
        "read_bytes": entry.read_bytes,
        "read_bytes_total": entry.read_bytes_total,
        "enqueued": entry.enqueued,
        "started": entry.started,
        "finished": entry.finished,
        "snapshot": entry.snapshot,
        "error": entry.error.map(Code::as_str),
        "detail": entry.detail,
    });
    Ok(no_store(json(StatusCode::OK, text.to_string())))
}

/// Ends the question of that id, wherever it was asked.
#[utoipa::path(
    delete, path = "/v1/statements/{id}", tag = "sql",
    params(("id" = String, Path, description = "The question's id: `Pantile-Query-Id` of its answer, or its own choice")),
    responses(
        (status = 200, description = "It was told to end", content_type = "application/json", body = serde_json::Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn cancel(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    app.desk.registry().cancel(&id)?;
    let text = json!({ "query_id": id, "state": "cancelled" }).to_string();
    Ok(no_store(json(StatusCode::OK, text)))
}
