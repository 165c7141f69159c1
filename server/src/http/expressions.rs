//! `/v1/expressions`: one program in, its frame out.

use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use axum::routing::post;
use pantile_core::format::WriteOptions;
use pantile_sql::{RunsOn, Sent};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::accept::Accept;
use super::asked::{Asked, RequestId};
use super::body::Whole;
use super::query::Query;
use super::router::{Route, documented};
use super::said::Said;
use super::{parts, streamed};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::json::{self, Fields};

pub(super) const ROUTE: Route =
    Route { path: "/v1/expressions", methods: || post(run), operations: &[documented::<__path_run>] };

const FIELDS: &[&str] =
    &["program", "values", "engine", "session", "query_id", "timeout_ms", "row_limit", "describe"];
/// Which engine is to run it, in the query string and in parts.
pub(super) const ENGINE: &str = "engine";

/// A program in JSON.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: fields are read by hand, to name unknown ones well")]
pub(super) struct ProgramBody {
    /// The program.
    program: String,
    /// Values by the names that the program has for them.
    values: Option<Value>,
    /// Which engine runs it: `auto`, `polars` or `datafusion`.
    engine: Option<String>,
    /// A session's name.
    session: Option<String>,
    /// The question's id, for cancelling it and for `system.queries`.
    query_id: Option<String>,
    /// How long it may run.
    timeout_ms: Option<u64>,
    /// How many rows are wanted at most; `Pantile-Truncated` tells whether there were more.
    row_limit: Option<u64>,
    /// Whether only the columns of the answer are asked for: nothing runs, and no row comes.
    describe: Option<bool>,
}

/// A program in parts, and one part more for each value or frame, by the name that the program has for it: JSON for a
/// value, Arrow, Parquet or another format of tables for a frame.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: parts are taken as they come")]
pub(super) struct ProgramForm {
    /// The program.
    program: String,
    /// Which engine runs it: `auto`, `polars` or `datafusion`.
    engine: Option<String>,
    /// A session's name.
    session: Option<String>,
    /// The question's id, for cancelling it and for `system.queries`.
    query_id: Option<String>,
    /// How long it may run.
    timeout_ms: Option<u64>,
    /// How many rows are wanted at most; `Pantile-Truncated` tells whether there were more.
    row_limit: Option<u64>,
    /// Whether only the columns of the answer are asked for: nothing runs, and no row comes.
    describe: Option<bool>,
}

/// Runs one program of expressions and streams its frame in the format `Accept` asks for.
#[utoipa::path(
    post, path = "/v1/expressions", tag = "expressions",
    request_body(
        description = "The program, as JSON, in parts or, under any other type, as text",
        content(
            (ProgramBody = "application/json"),
            (ProgramForm = "multipart/form-data"),
            (String = "text/x-python")
        )
    ),
    params(
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`"),
        ("engine" = Option<String>, Query, description = "Which engine runs it, as the field `engine`"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("Pantile-Session" = Option<String>, Header, description = "A session's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition of what stores have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest, of what stores"),
    ),
    responses(
        (status = 200, description = "The rows, or for a program that stores them one row that says so"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn run(
    State(app): State<App>,
    caller: Caller,
    id: RequestId,
    asked: Asked,
    accept: Accept,
    query: Query,
    request: Request,
) -> Result<Response, Problem> {
    query.only(&[&[ENGINE], Accept::KEYS, WriteOptions::KEYS, Said::KEYS])?;
    let Asking { program, mut sent, said, hash } = match parts::boundary(request.headers())? {
        Some(boundary) => in_parts(&app, boundary, request).await?,
        None => whole(&Whole::from_request(request, &app).await?, &query)?,
    };
    let describe = said.describe;
    let question = said.question(&app, &caller, &id, &asked, program)?;
    if sent.engine.is_none() {
        sent.engine = query.get(ENGINE).map(json::engine).transpose()?;
    }
    let request = asked.repeatable(|| hash);
    let question = Question { program: Some(sent), request, ..question };
    if describe {
        return streamed::described(&app, question, &accept).await;
    }
    let limited = question.row_limit.is_some();
    let answer = app.desk.ask(question).await?;
    if limited && answer.runs_on == RunsOn::Arrays {
        // What is left of an array would be no array of its shape.
        return Err(Problem::invalid("`row_limit` is for rows, and this program comes to an array")
            .hint("take a part of it: `x[:10]`"));
    }
    streamed::respond(&app, answer, &accept, None).await
}

/// What a body asks.
struct Asking {
    program: String,
    sent: Sent,
    said: Said,
    /// What makes a repetition of it known.
    hash: [u8; 32],
}

/// Out of a body that is JSON, or the program itself.
fn whole(body: &Whole, query: &Query) -> Result<Asking, Problem> {
    let text = body.text()?;
    let hash = *blake3::hash(&[b"POST /v1/expressions ", text.as_bytes()].concat()).as_bytes();
    if !body.is_json {
        let (sent, said) = (Sent::default(), Said::of(query)?);
        return Ok(Asking { program: text.to_owned(), sent, said, hash });
    }
    let mut fields = Fields::parse(text, FIELDS)?;
    let (program, sent) = fields.program()?;
    Ok(Asking { program, sent, said: Said::taken(&mut fields)?, hash })
}

/// Out of a body of parts.
async fn in_parts(app: &App, boundary: String, request: Request) -> Result<Asking, Problem> {
    let (head, body) = request.into_parts();
    let form = parts::taken(app, &head.headers, boundary, body).await?;
    let program = form.program.ok_or_else(|| {
        Problem::invalid("the part `program` is missing").hint("`-F 'program=<program.py'`")
    })?;
    let engine = form.said.get(ENGINE).map(json::engine).transpose()?;
    let sent = Sent { engine, ..form.sent };
    Ok(Asking { program, sent, said: Said::of(&form.said)?, hash: form.hash })
}
