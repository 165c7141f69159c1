//! `/v1/limits`: what the server allows, by the names that errors use.

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use pantile_core::lang;
use serde_json::{Map, Value, json};

use super::json::json;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;

pub(super) const ROUTE: Route =
    Route { path: "/v1/limits", methods: || get(limits), operations: &[documented::<__path_limits>] };

/// Every limit, and how much of the memory is taken.
#[utoipa::path(
    get, path = "/v1/limits", tag = "server",
    responses((status = 200, description = "The limits", content_type = "application/json", body = serde_json::Value))
)]
async fn limits(State(app): State<App>, _: Caller) -> Response {
    let settings = app.settings();
    let program = lang::Limits::default();
    let ms = |span: crate::config::Span| u64::try_from(span.0.as_millis()).unwrap_or(u64::MAX);
    let mut accounts = Map::new();
    for account in app.ledger.accounts() {
        let figures = json!({ "limit": account.limit, "used": account.used, "peak": account.peak });
        accounts.insert(account.name.to_owned(), figures);
    }
    let limits: Value = json!({
        "memory": { "limit": app.ledger.total(), "used": app.ledger.used(), "accounts": accounts },
        "slots": app.desk.limits().slots,
        "queue": settings.queue,
        "queue_wait_ms": ms(settings.queue_wait),
        "timeout_ms": ms(settings.timeout),
        "timeout_max_ms": ms(settings.timeout_max),
        "upload_bytes": settings.upload_bytes.0,
        "upload_expanded_bytes": settings.upload_expanded_bytes.0,
        "upload_ratio": settings.upload_ratio,
        "scratch_bytes": settings.scratch_bytes.0,
        "egress_buffer": settings.egress_buffer.0,
        "sql_bytes": settings.sql_bytes.0,
        "sql_tokens": settings.sql_tokens,
        "sql_nesting": settings.sql_nesting,
        "sql_chain": settings.sql_chain,
        "sql_branches": settings.sql_branches,
        "sql_ctes": settings.sql_ctes,
        "sql_relations": settings.sql_relations,
        "sql_value": settings.sql_value.0,
        "sql_files": settings.sql_files,
        "sql_planning_ms": ms(settings.sql_planning),
        "program_bytes": program.text_bytes,
        "program_nodes": program.nodes,
        "program_depth": program.depth,
        "program_literal_elements": program.literal_elements,
        "request_parts": super::parts::PARTS_MAX,
        "connections": settings.connections,
        "header_timeout_ms": ms(settings.header_timeout),
        "body_timeout_ms": ms(settings.body_timeout),
    });
    no_store(json(StatusCode::OK, limits.to_string()))
}
