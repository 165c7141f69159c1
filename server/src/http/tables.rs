//! `/v1/tables/{name}`: a table's rows, replaced, read, dropped.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, Method, StatusCode, Uri};
use pantile_core::Code;
use pantile_core::catalog::{Change, Commit, Request, Snapshot};
use pantile_core::format::{ReadOptions, WriteOptions};
use serde_json::json;

use super::accept::Accept;
use super::asked::{Asked, RequestId};
use super::datasets::{Name, at};
use super::json::marked;
use super::query::Query;
use super::router::{Route, documented};
use super::rows::{Wire, take};
use super::uploads::UploadSchema;
use super::{etag, streamed};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::upload::Mode;

pub(super) const ROUTE: Route = Route {
    path: "/v1/tables/{name}",
    methods: || get(read).put(replace).delete(drop),
    operations: &[documented::<__path_read>, documented::<__path_replace>, documented::<__path_drop>],
};

/// The table's rows in the format `Accept` asks for.
#[utoipa::path(
    get, path = "/v1/tables/{name}", tag = "tables",
    params(
        ("name" = String, Path, description = "The table's or view's name"),
        ("columns" = Option<String>, Query, description = "Names of columns, separated by commas; all without it"),
        ("limit" = Option<u64>, Query, description = "How many rows"),
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("If-None-Match" = Option<String>, Header, description = "The tag of an answer that the caller has"),
    ),
    responses(
        (status = 200, description = "The rows"),
        (status = 304, description = "The caller has them already"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
#[expect(clippy::too_many_arguments, reason = "each is a check")]
async fn read(
    State(app): State<App>,
    caller: Caller,
    id: RequestId,
    Name(name): Name,
    asked: Asked,
    accept: Accept,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query.only(&[&["columns", "limit"], Accept::KEYS, WriteOptions::KEYS])?;
    let snapshot = at(&app, &asked).await?;
    let sql = select(&snapshot, &name, query.get("columns"), query.number("limit")?)?;
    let tag = rows_tag(&snapshot, &name, &format!("{sql}\0{}", accept.tag()));
    if let Some(unchanged) = etag::unchanged(&headers, tag.as_ref(), snapshot.id) {
        return Ok(unchanged);
    }
    let session = app.sessions.of(&caller, None)?;
    let question = Question {
        snapshot: Some(snapshot.id),
        read_only: true,
        in_order: true,
        ..Question::plain(sql, session, &caller, id.or(None)?)
    };
    let answer = app.desk.ask(question).await?;
    streamed::respond(&app, answer, &accept, tag).await
}

/// Makes the table hold exactly the body's rows; makes the table where it is missing.
#[utoipa::path(
    put, path = "/v1/tables/{name}", tag = "tables",
    params(
        ("name" = String, Path, description = "The table's name"),
        ("format" = Option<String>, Query, description = "The body's format, where `Content-Type` names none"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the table must be there"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the table must not be there"),
        ("Pantile-Transaction" = Option<String>, Header, description = "The transaction that this is a part of"),
        ("Pantile-Session" = Option<String>, Header, description = "The session whose open transaction this is a part of"),
    ),
    request_body(content = UploadSchema, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The table was replaced"),
        (status = 201, description = "The table was made"),
        (status = 202, description = "The rows wait for their transaction's commit"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
#[expect(clippy::too_many_arguments, reason = "each is a check")]
async fn replace(
    State(app): State<App>,
    caller: Caller,
    id: RequestId,
    Name(name): Name,
    asked: Asked,
    query: Query,
    wire: Wire,
    body: Body,
) -> Result<Response, Problem> {
    query.only(&[&["format"], ReadOptions::KEYS])?;
    take(&app, &caller, &id, name, Mode::Replace, asked, wire, body).await
}

/// Drops the table.
#[utoipa::path(
    delete, path = "/v1/tables/{name}", tag = "tables",
    params(
        ("name" = String, Path, description = "The table's or view's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the table must be there"),
    ),
    responses(
        (status = 200, description = "The table is gone"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn drop(
    State(app): State<App>,
    caller: Caller,
    Name(name): Name,
    asked: Asked,
    query: Query,
    method: Method,
    uri: Uri,
) -> Result<Response, Problem> {
    query.only(&[])?;
    dropped(&app, &caller, name, asked, &method, &uri, Kind::Any).await
}

/// What may be dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table or a view.
    Any,
    /// A view.
    View,
    /// An array.
    Array,
}

/// Drops the dataset, and answers that it is gone.
pub(super) async fn dropped(
    app: &App,
    caller: &Caller,
    name: String,
    asked: Asked,
    method: &Method,
    uri: &Uri,
    kind: Kind,
) -> Result<Response, Problem> {
    if asked.transaction.is_some() {
        let said = "a dataset cannot be dropped as a part of a transaction, which uploads are the parts of";
        return Err(Problem::new(Code::Unsupported, said));
    }
    match (kind, app.catalog.current().kind_of(&name)) {
        (Kind::View, Some("table")) => {
            let said = format!("`{name}` is a table, and no view");
            return Err(Problem::invalid(said).hint("`DELETE /v1/tables/{name}` drops a table"));
        }
        (Kind::Any | Kind::View, Some("array")) => {
            let said = format!("`{name}` is an array, and neither a table nor a view");
            return Err(Problem::invalid(said).hint("`DELETE /v1/arrays/{name}` drops an array"));
        }
        (Kind::Array, Some(other)) if other != "array" => {
            let said = format!("`{name}` is a {other}, and no array");
            return Err(Problem::invalid(said).hint("`DELETE /v1/tables/{name}` drops a table or a view"));
        }
        _ => {}
    }
    let required = asked.presence()?.map(|presence| Change::Require { name: name.clone(), presence });
    let answer = json!({ "dropped": name }).to_string();
    let fingerprint = *blake3::hash(format!("{method} {uri}").as_bytes()).as_bytes();
    let committed = app
        .catalog
        .commit(Commit {
            changes: required.into_iter().chain([Change::Drop { name, missing_ok: false }]).collect(),
            expect: asked.expect,
            request: asked.key.map(|key| Request { key, fingerprint, answer: answer.clone() }),
            author: Some(caller.name().to_owned()),
            message: None,
            base: None,
        })
        .await?;
    let replayed = committed.replayed.is_some();
    Ok(marked(StatusCode::OK, committed.replayed.unwrap_or(answer), Some(committed.made), replayed))
}

/// The question that reads the dataset.
fn select(
    snapshot: &Snapshot,
    name: &str,
    columns: Option<&str>,
    limit: Option<u64>,
) -> Result<String, Problem> {
    super::datasets::known(snapshot, name)?;
    let columns = match columns {
        None => "*".to_owned(),
        Some(names) => names.split(',').map(quoted).collect::<Vec<_>>().join(", "),
    };
    let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    Ok(format!("SELECT {columns} FROM {}{limit}", quoted(name)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tag of a held table's rows: it changes with its partitions and columns, not with every commit.
/// Views and external tables have none.
fn rows_tag(snapshot: &Snapshot, name: &str, looks: &str) -> Option<http::HeaderValue> {
    let table = snapshot.table(name).filter(|table| table.external.is_none())?;
    let mut held = Vec::new();
    for partition in table.partitions.iter() {
        held.extend_from_slice(&partition.id.to_le_bytes());
    }
    let columns = format!("{:?}", table.columns);
    etag::tag(&[&table.id.to_le_bytes(), &held, columns.as_bytes(), looks.as_bytes()])
}
