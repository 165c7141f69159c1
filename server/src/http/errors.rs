//! `/errors/{code}`: the page behind a problem's `type`.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use pantile_core::{Code, did_you_mean, nearest};

use super::router::{Route, documented};
use crate::error::Problem;

pub(super) const ROUTE: Route =
    Route { path: "/errors/{code}", methods: || get(page), operations: &[documented::<__path_page>] };

macro_rules! pages {
    ($($code:ident),* $(,)?) => {
        &[$((stringify!($code), include_str!(concat!("../../../docs/errors/", stringify!($code), ".md")))),*]
    };
}

/// Every code's page.
static PAGES: &[(&str, &str)] = pages![
    already_exists,
    busy,
    cancelled,
    conflict,
    forbidden,
    idempotency_mismatch,
    internal,
    invalid_data,
    invalid_program,
    invalid_request,
    invalid_sql,
    invalid_value,
    limit_memory,
    limit_program,
    limit_scratch,
    limit_sql,
    method_not_allowed,
    not_acceptable,
    not_found,
    precondition_failed,
    schema_mismatch,
    storage_damaged,
    storage_failed,
    storage_full,
    timeout,
    too_large,
    transaction_incomplete,
    unavailable,
    unknown_column,
    unknown_dataset,
    unknown_outcome,
    unknown_snapshot,
    unsupported,
    unsupported_media_type,
];

/// What an error code means, and how to get out of it.
#[utoipa::path(
    get, path = "/errors/{code}", tag = "server",
    params(("code" = String, Path, description = "The `code` of a problem document")),
    responses(
        (status = 200, description = "The page", content_type = "text/markdown", body = String),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn page(Path(code): Path<String>) -> Result<Response, Problem> {
    match PAGES.iter().find(|(known, _)| *known == code) {
        Some((_, page)) => {
            Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], *page).into_response())
        }
        None => {
            let shown: String = code.chars().take(60).collect();
            let meant = did_you_mean(nearest(&shown, PAGES.iter().map(|(known, _)| *known)));
            Err(Problem::new(Code::NotFound, format!("there is no error code `{shown}`{meant}")))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::on_wire;

    /// gRPC's codes by number.
    const GRPC: &[&str] = &[
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    #[test]
    fn every_page_says_what_its_code_is_on_each_wire() {
        assert_eq!(PAGES.len(), Code::ALL.len());
        for code in Code::ALL {
            let (_, page) = PAGES.iter().find(|(name, _)| *name == code.as_str()).unwrap();
            let wire = on_wire(*code);
            let retry = if wire.retry { "yes" } else { "no" };
            let line = format!(
                "HTTP {} · gRPC {} · the same request may succeed later: {retry}",
                wire.status,
                GRPC[usize::from(wire.grpc)]
            );
            assert!(page.contains(&line), "{}: {line}", code.as_str());
        }
    }
}
