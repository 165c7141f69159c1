//! `/v1/tables/{name}/rows`: more rows for a table; and how rows are taken in, to be added or instead.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use axum::routing::post;
use http::request::Parts;
use pantile_core::Code;
use pantile_core::format::{self, Coding, FORMATS, Format, ReadOptions};
use pantile_core::{did_you_mean, nearest};

use super::asked::{Asked, RequestId};
use super::body::{coding, header_said, media_type, utf8};
use super::datasets::Name;
use super::query::Query;
use super::router::{Route, documented};
use super::uploads::{Joined, UploadSchema, answered, fits, length};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;
use crate::upload::{self, Mode, Upload, receive};

pub(super) const ROUTE: Route = Route {
    path: "/v1/tables/{name}/rows",
    methods: || post(append),
    operations: &[documented::<__path_append>],
};

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
        let length = length(&parts.headers);
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
    let joined = Joined::of(app, caller, &asked, "these rows are")?;
    let head = joined.head(name, asked, caller, id, || wire.head)?;
    let upload = Upload { head, mode, format: wire.format, options: wire.options };
    fits(app, wire.length)?;
    // A repetition of something done must not be refused for what was done, so only first times are.
    if upload.head.key.is_none() {
        upload::target(app, &upload)?;
    }
    let received = receive(app, body.into_data_stream(), wire.coding).await?;
    Ok(answered(upload::load(app, upload, received).await?))
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
