//! `/`: for whoever opens the address in a browser, or asks it with curl.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, header};

use super::router::{Route, documented};

pub(super) const ROUTE: Route =
    Route { path: "/", methods: || get(welcome), operations: &[documented::<__path_welcome>] };

const TEXT: &str = concat!(
    "Pantile ",
    env!("CARGO_PKG_VERSION"),
    " keeps tables and answers SQL and expressions.

  POST /v1/sql            one statement, its text as the body
  GET  /v1/sql?q=...      the same for reading; format=csv and others
  POST /v1/expressions    one program, its text as the body
  GET  /v1/ops            what programs are made of
  GET  /v1/datasets       what is held
  PUT  /v1/tables/{name}  a file becomes a table: curl -T file.parquet
  GET  /v1/limits         what is allowed
  GET  /openapi.json      everything, for programs
"
);

const PAGE: &str = concat!(
    "<!doctype html>\n<html lang=en><meta charset=utf-8><title>Pantile</title>\n",
    "<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}</style>\n",
    "<h1>Pantile ",
    env!("CARGO_PKG_VERSION"),
    "</h1>\n<p>It keeps tables and answers SQL and expressions.\n<ul>\n",
    "<li><a href=\"/v1/datasets\">What is held</a>\n",
    "<li><a href=\"/v1/sql?q=SELECT%20*%20FROM%20system.datasets&amp;format=text\">A question</a>, as a table\n",
    "<li><a href=\"/v1/sql?q=SELECT%20*%20FROM%20system.queries&amp;format=text\">What was asked lately</a>\n",
    "<li><a href=\"/v1/ops\">What programs of expressions are made of</a>\n",
    "<li><a href=\"/v1/limits\">What is allowed</a>\n",
    "<li><a href=\"/openapi.json\">Everything, for programs</a>\n</ul>\n"
);

/// Where to go from here.
#[utoipa::path(
    get, path = "/", tag = "server",
    responses((status = 200, description = "A short page", body = String, content_type = "text/plain"))
)]
async fn welcome(headers: HeaderMap) -> Response {
    let html = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !html {
        return ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], TEXT).into_response();
    }
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, PAGE).into_response()
}
