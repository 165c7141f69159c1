//! `/healthz` and `/readyz`: whether the process lives, and whether it answers questions.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use pantile_core::Code;
use serde_json::json;

use super::json::json;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::{QueryId, Question};
use crate::error::Problem;

pub(super) const LIVE: Route =
    Route { path: "/healthz", methods: || get(live), operations: &[documented::<__path_live>] };
pub(super) const READY: Route =
    Route { path: "/readyz", methods: || get(ready), operations: &[documented::<__path_ready>] };

/// How long the question behind `/readyz` may take: probes give up after some seconds, and must see an
/// engine that hangs.
const DEADLINE: Duration = Duration::from_secs(3);

/// Whether the process lives.
#[utoipa::path(
    get, path = "/healthz", tag = "server",
    responses((status = 200, description = "It does", content_type = "application/json", body = serde_json::Value))
)]
async fn live() -> Response {
    no_store(json(StatusCode::OK, r#"{"status":"ok"}"#.to_owned()))
}

/// Whether the server answers questions: asks itself one.
#[utoipa::path(
    get, path = "/readyz", tag = "server",
    responses(
        (status = 200, description = "It does", content_type = "application/json", body = serde_json::Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn ready(State(app): State<App>) -> Result<Response, Problem> {
    if app.stopping.is_cancelled() {
        return Err(Problem::new(Code::Unavailable, "the server is shutting down"));
    }
    match tokio::time::timeout(DEADLINE, ask(&app)).await {
        Ok(Ok(snapshot)) => {
            let text = json!({ "status": "ready", "snapshot": snapshot }).to_string();
            Ok(no_store(json(StatusCode::OK, text)))
        }
        Ok(Err(problem)) => Err(Problem::new(Code::Unavailable, problem.detail)),
        Err(_) => Err(Problem::new(
            Code::Unavailable,
            format!("a simple question was not answered within {DEADLINE:?}"),
        )),
    }
}

async fn ask(app: &App) -> Result<i64, Problem> {
    let caller = Caller::server();
    let session = app.sessions.of(&caller, None)?;
    let question = Question {
        read_only: true,
        timeout: Some(DEADLINE.min(app.settings().timeout_max.0)),
        ahead: true,
        ..Question::plain("SELECT 1".to_owned(), session, &caller, QueryId::fresh())
    };
    let mut answer = app.desk.ask(question).await?;
    while let Some(batch) = answer.rows.next().await {
        batch?;
    }
    Ok(answer.snapshot)
}
