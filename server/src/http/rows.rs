//! `/v1/tables/{name}/rows`: more rows for a table; and what all uploads share.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use axum::routing::post;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use pantile_core::Code;
use pantile_core::catalog::SnapshotId;
use pantile_core::format::{self, Coding, FORMATS, Format, ReadOptions};
use pantile_core::{did_you_mean, nearest};
use pantile_sql::SessionState;
use utoipa::ToSchema;

use super::asked::{Asked, RequestId, SNAPSHOT};
use super::body::{coding, header_said, media_type, utf8};
use super::datasets::Name;
use super::json::json;
use super::query::Query;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;
use crate::upload::{self, Mode, Upload, receive};

pub(super) const ROUTE: Route = Route {
    path: "/v1/tables/{name}/rows",
    methods: || post(append),
    operations: &[documented::<__path_append>],
};

/// Marks an answer that is that of an earlier request with the same key.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("pantile-replayed");

/// Rows, in Parquet, Arrow, CSV, TSV, NDJSON or JSON, compressed with gzip or zstd or not.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only for the document")]
pub(super) struct UploadSchema(Vec<u8>);

/// Adds the body's rows to the table.
#[utoipa::path(
    post, path = "/v1/tables/{name}/rows", tag = "tables",
    params(
        ("name" = String, Path, description = "The table's name"),
        ("format" = Option<String>, Query, description = "The body's format, where `Content-Type` names none"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the table must be there"),
        ("Pantile-Transaction" = Option<String>, Header, description = "The transaction that this is a part of"),
        ("Pantile-Session" = Option<String>, Header, description = "The session whose open transaction this is a part of"),
    ),
    request_body(content = UploadSchema, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The rows are there"),
        (status = 202, description = "The rows wait for their transaction's commit"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
#[expect(clippy::too_many_arguments, reason = "each is a check")]
async fn append(
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
    take(&app, &caller, &id, name, Mode::Append, asked, wire, body).await
}

/// What an upload's head says of its body.
pub(super) struct Wire {
    format: Option<&'static dyn Format>,
    options: ReadOptions,
    coding: Option<Coding>,
    /// A hash of all of the head that makes a difference.
    head: [u8; 32],
    length: Option<u64>,
}

impl FromRequestParts<App> for Wire {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(query) = Query::from_request_parts(parts, app).await;
        utf8(&parts.headers)?;
        let media = media_type(&parts.headers);
        let declared = media.as_deref().and_then(format::by_media_type).filter(|format| format.reads());
        let format = match (declared, query.get("format")) {
            (Some(declared), _) => Some(declared),
            (None, Some(name)) => Some(by_name(name)?),
            (None, None) => None,
        };
        let mut options = ReadOptions::parse(query.pairs(ReadOptions::KEYS))?;
        if query.get("header").is_none() {
            options.header = header_said(&parts.headers)?;
        }
        let coding = coding(&parts.headers)?;
        let named = format.map_or("", Format::name);
        let head = format!("{} {} {named} {coding:?} {}", parts.method, parts.uri, options.header);
        let length =
            parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(Self { format, options, coding, head: *blake3::hash(head.as_bytes()).as_bytes(), length })
    }
}

/// Takes a body in and answers with what became of it.
#[expect(clippy::too_many_arguments, reason = "it is the shared half of two handlers")]
pub(super) async fn take(
    app: &App,
    caller: &Caller,
    id: &RequestId,
    name: String,
    mode: Mode,
    asked: Asked,
    wire: Wire,
    body: Body,
) -> Result<Response, Problem> {
    let presence = asked.presence()?;
    let session = asked.session.as_deref();
    let session = session.map(|name| app.sessions.of(caller, Some(name))).transpose()?;
    // However long the rows take to come.
    let _using = session.as_ref().map(SessionState::using);
    let draft = session.as_ref().and_then(|session| session.transaction());
    if draft.is_some() && (asked.key.is_some() || asked.expect.is_some() || presence.is_some()) {
        return Err(Problem::invalid(
            "an `Idempotency-Key` and preconditions go with a commit, and these rows are a part of a session's transaction",
        ));
    }
    let draft = draft.map(upload::InDraft::of).transpose()?;
    let upload = Upload {
        name,
        mode,
        format: wire.format,
        options: wire.options,
        key: asked.key.map(|key| (key, wire.head)),
        expect: asked.expect,
        presence,
        transaction: asked.transaction,
        draft,
        caller: caller.name().to_owned(),
        query_id: id.or(None)?,
    };
    let max = app.settings().upload_bytes.0;
    if wire.length.is_some_and(|length| length > max) {
        return Err(upload::Error::TooLarge { limit: "upload_bytes", max }.into());
    }
    // A repetition of something done must not be refused for what was done, so only first times are.
    if upload.key.is_none() {
        upload::target(app, &upload)?;
    }
    let received = receive(app, body.into_data_stream(), wire.coding).await?;
    let loaded = upload::load(app, upload, received).await?;
    let status = match loaded.snapshot {
        None => StatusCode::ACCEPTED,
        Some(_) if loaded.answer.contains("\"created\":true,") => StatusCode::CREATED,
        Some(_) => StatusCode::OK,
    };
    let mut response = json(status, loaded.answer);
    mark(&mut response, loaded.snapshot, loaded.replayed);
    Ok(no_store(response))
}

/// Notes on a response which snapshot it made, and whether it is a repetition.
pub(super) fn mark(response: &mut Response, snapshot: Option<SnapshotId>, replayed: bool) {
    let headers = response.headers_mut();
    if let Some(snapshot) = snapshot {
        headers.insert(SNAPSHOT, HeaderValue::from(snapshot));
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
}

fn by_name(name: &str) -> Result<&'static dyn Format, Problem> {
    format::by_name(name).filter(|format| format.reads()).ok_or_else(|| {
        let names: Vec<&str> =
            FORMATS.iter().filter(|format| format.reads()).map(|format| format.name()).collect();
        let shown: String = name.chars().take(40).collect();
        let meant = did_you_mean(nearest(&shown, names.iter().copied()));
        Problem::new(Code::UnsupportedMediaType, format!("there is no format `{shown}`{meant}"))
            .hint(format!("there are {}", names.join(", ")))
    })
}
