//! `/v1/statements/{id}`: questions by their id. For now there is one thing to do with them: end them.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::delete;
use http::StatusCode;
use serde_json::json;

use super::json::json;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;

pub(super) const ROUTE: Route = Route {
    path: "/v1/statements/{id}",
    methods: || delete(cancel),
    operations: &[documented::<__path_cancel>],
};

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
