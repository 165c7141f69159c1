//! `/openapi.json`: made from what stands beside the handlers.

use std::sync::LazyLock;

use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder};

use super::json::json;
use super::router::{Route, documented};
use super::{ROUTES, expressions, sql, transactions, uploads};
use crate::error::Problem;

pub(super) const ROUTE: Route =
    Route { path: "/openapi.json", methods: || get(document), operations: &[documented::<__path_document>] };

static DOCUMENT: LazyLock<Result<String, String>> =
    LazyLock::new(|| openapi().to_json().map_err(|error| error.to_string()));

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "server",
    responses((status = 200, description = "OpenAPI", content_type = "application/json", body = serde_json::Value))
)]
async fn document() -> Result<Response, Problem> {
    match &*DOCUMENT {
        Ok(text) => Ok(json(StatusCode::OK, text.clone())),
        Err(why) => Err(Problem::new(pantile_core::Code::Internal, why.clone())),
    }
}

fn openapi() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        for operation in route.operations {
            let (methods, operation) = operation();
            paths = paths.path(route.path, PathItem::from_http_methods(methods, operation));
        }
    }
    let components = ComponentsBuilder::new()
        .schema_from::<sql::SqlBody>()
        .schema_from::<expressions::ProgramBody>()
        .schema_from::<uploads::UploadSchema>()
        .schema_from::<transactions::Begin>()
        .build();
    let info = InfoBuilder::new()
        .title("Pantile")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Tables that stay, and SQL and expressions over them."))
        .build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_route_is_in_the_document() {
        let document = openapi();
        for route in ROUTES {
            assert!(document.paths.paths.contains_key(route.path), "{}", route.path);
        }
        let text = document.to_json().unwrap();
        assert!(text.contains("Idempotency-Key") && text.contains("SqlBody"));
        assert!(text.contains("ProgramBody"));
    }
}
