//! `/v1/arrays/{name}`: an array, kept, read, dropped.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, Method, Uri};
use pantile_core::Code;
use pantile_core::catalog::{Error as CatalogError, Snapshot, StoredArray};
use pantile_core::format::WriteOptions;
use pantile_core::nearest;
use pantile_sql::Sent;
use serde_json::Value;

use super::accept::Accept;
use super::asked::{Asked, RequestId};
use super::body::coding;
use super::datasets::{Name, at};
use super::query::Query;
use super::router::{Route, documented};
use super::tables::{Kind, dropped};
use super::uploads::{Joined, UploadSchema, answered, fits, length};
use super::{elements, etag, streamed};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::upload::{self, Elements, receive};

pub(super) const ROUTE: Route = Route {
    path: "/v1/arrays/{name}",
    methods: || get(read).put(keep).delete(drop),
    operations: &[documented::<__path_read>, documented::<__path_keep>, documented::<__path_drop>],
};

/// The array, or a part of it, in the format `Accept` asks for.
#[utoipa::path(
    get, path = "/v1/arrays/{name}", tag = "arrays",
    params(
        ("name" = String, Path, description = "The array's name"),
        ("index" = Option<String>, Query, description = "What would stand in brackets: `0:10,:,5`; all without it"),
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`: `npy`, `json`, …"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("If-None-Match" = Option<String>, Header, description = "The tag of an answer that the caller has"),
    ),
    responses(
        (status = 200, description = "The elements"),
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
    query.only(&[&["index"], Accept::KEYS, WriteOptions::KEYS])?;
    let snapshot = at(&app, &asked).await?;
    let array = known(&snapshot, &name)?;
    let program = program(&name, query.get("index"))?;
    let looks = format!("{program}\0{}", accept.tag());
    // Files that are somebody else's may be others the next time.
    let tag =
        (!array.is_elsewhere()).then(|| etag::tag(&[array.uuid.as_bytes(), looks.as_bytes()])).flatten();
    if let Some(unchanged) = etag::unchanged(&headers, tag.as_ref(), snapshot.id) {
        return Ok(unchanged);
    }
    let session = app.sessions.of(&caller, None)?;
    let question = Question {
        snapshot: Some(snapshot.id),
        read_only: true,
        in_order: true,
        program: Some(Sent::default()),
        ..Question::plain(program, session, &caller, id.or(None)?)
    };
    let answer = app.desk.ask(question).await?;
    streamed::respond(&app, answer, &accept, tag).await
}

/// Keeps the body's elements as the array, out of a `.npy`, a `.npz`, Arrow tensors, a Zarr store in a zip archive or at a
/// location, or bytes of which the query says what they are; an array of that name is replaced. With `in_place` nothing is
/// kept of a Zarr store at a location but where it is and what its metadata say.
#[utoipa::path(
    put, path = "/v1/arrays/{name}", tag = "arrays",
    params(
        ("name" = String, Path, description = "The array's name"),
        ("from" = Option<String>, Query, description = "What is kept instead of the body: a file at a location, or a folder that is a Zarr store, as `lake/dem.zarr`"),
        ("in_place" = Option<bool>, Query, description = "Whether the Zarr array that `from` names is read where it lies from now on, and not copied"),
        ("format" = Option<String>, Query, description = "What the body is: `npy`, `npz`, `arrow`, or `zarr`, a store in a zip archive; its first bytes tell without it"),
        ("array" = Option<String>, Query, description = "Which of several arrays in the body is meant: a name in a `.npz`, a folder of a Zarr store"),
        ("dtype" = Option<String>, Query, description = "What the elements of a body without a head are, as NumPy names it: `float64`, `>i2`, `datetime64[ns]`"),
        ("shape" = Option<String>, Query, description = "Its shape then: `8,100`"),
        ("order" = Option<String>, Query, description = "`C`, the last axis the densest, or `F`, the first"),
        ("chunks" = Option<String>, Query, description = "The shape of what is read at a time: `100,100`; chosen for the array without it"),
        ("shards" = Option<String>, Query, description = "The shape of what lies in one file: whole chunks on each axis"),
        ("dims" = Option<String>, Query, description = "The names of the axes: `time,x`"),
        ("attributes" = Option<String>, Query, description = "What else is to be said of it: a JSON object"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the array must be there"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the array must not be there"),
        ("Pantile-Transaction" = Option<String>, Header, description = "The transaction that this is a part of"),
        ("Pantile-Session" = Option<String>, Header, description = "The session whose open transaction this is a part of"),
    ),
    request_body(content = UploadSchema, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The array was replaced"),
        (status = 201, description = "The array was made"),
        (status = 202, description = "The array waits for its transaction's commit"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
#[expect(clippy::too_many_arguments, reason = "each is a check")]
async fn keep(
    State(app): State<App>,
    caller: Caller,
    id: RequestId,
    Name(name): Name,
    asked: Asked,
    query: Query,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    query.only(&[elements::KEYS])?;
    let coding = coding(&headers)?;
    let joined = Joined::of(&app, &caller, &asked, "this array is")?;
    let mut said = elements::said(&query, &headers)?;
    let hash = || *blake3::hash(format!("PUT {uri} {coding:?}").as_bytes()).as_bytes();
    let head = joined.head(name, asked, &caller, &id, hash)?;
    fits(&app, length(&headers))?;
    // A repetition of something done must not be refused for what was done, so only first times are.
    if head.key.is_none() {
        upload::free(&app, &head)?;
    }
    let received = match query.get("from") {
        Some(from) => upload::fetch(&app, from, &mut said).await?,
        None => receive(&app, body.into_data_stream(), coding).await?,
    };
    Ok(answered(upload::keep(&app, Elements { head, said }, received).await?))
}

/// Drops the array.
#[utoipa::path(
    delete, path = "/v1/arrays/{name}", tag = "arrays",
    params(
        ("name" = String, Path, description = "The array's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the array must be there"),
    ),
    responses(
        (status = 200, description = "The array is gone"),
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
    dropped(&app, &caller, name, asked, &method, &uri, Kind::Array).await
}

/// The array of that name.
fn known<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a StoredArray, Problem> {
    if let Some(array) = snapshot.array(name) {
        return Ok(array);
    }
    match snapshot.kind_of(name) {
        Some(kind) => Err(Problem::new(Code::Unsupported, format!("`{name}` is a {kind}, and no array"))
            .hint(format!("`GET /v1/tables/{name}` reads its rows"))),
        None => {
            let nearest = nearest(name, snapshot.arrays.keys().map(String::as_str)).map(str::to_owned);
            Err(CatalogError::UnknownDataset { name: name.to_owned(), nearest }.into())
        }
    }
}

/// The program that reads the part.
fn program(name: &str, index: Option<&str>) -> Result<String, Problem> {
    let array = format!("array({})", Value::from(name));
    let Some(index) = index.map(str::trim) else { return Ok(array) };
    let plain = |letter: char| letter.is_ascii_digit() || matches!(letter, ':' | ',' | '-' | '.' | ' ');
    if index.is_empty() || !index.chars().all(plain) {
        let shown: String = index.chars().take(60).collect();
        return Err(Problem::invalid(format!(
            "`index={shown}` takes whole numbers and slices, with commas between"
        ))
        .hint("as in brackets: `0:10,:,-1`, `...,5`, `::2`; a program can do more: `array(\"name\")[…]`"));
    }
    Ok(format!("{array}[{index}]"))
}
