//! `/v1/expressions`: one program in, its frame out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use axum::routing::post;
use pantile_core::format::WriteOptions;
use pantile_core::lang::args::Literal;
use pantile_sql::Sent;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::accept::Accept;
use super::asked::{Asked, RequestId};
use super::body::Whole;
use super::json::{Fields, kind};
use super::query::Query;
use super::router::{Route, documented};
use super::said::Said;
use super::{parts, streamed};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;

pub(super) const ROUTE: Route =
    Route { path: "/v1/expressions", methods: || post(run), operations: &[documented::<__path_run>] };

const FIELDS: &[&str] = &["program", "values", "engine", "session", "query_id", "timeout_ms", "row_limit"];
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
    let Asking { program, mut sent, said, engine, hash } = match parts::boundary(request.headers())? {
        Some(boundary) => in_parts(&app, boundary, request).await?,
        None => whole(&Whole::from_request(request, &app).await?, &query)?,
    };
    let question = said.question(&app, &caller, &id, &asked, program)?;
    let engine = engine.or_else(|| query.get(ENGINE).map(str::to_owned));
    sent.engine = engine.map(|name| name.parse()).transpose().map_err(|why: String| Problem::invalid(why))?;
    let request = asked.repeatable(|| hash);
    let answer = app.desk.ask(Question { program: Some(sent), request, ..question }).await?;
    streamed::respond(&app, answer, &accept, None).await
}

/// What a body asks.
struct Asking {
    program: String,
    sent: Sent,
    said: Said,
    /// The name of the engine that is to run it.
    engine: Option<String>,
    /// What makes a repetition of it known.
    hash: [u8; 32],
}

/// Out of a body that is JSON, or the program itself.
fn whole(body: &Whole, query: &Query) -> Result<Asking, Problem> {
    let text = body.text()?;
    let hash = *blake3::hash(&[b"POST /v1/expressions ", text.as_bytes()].concat()).as_bytes();
    if !body.is_json {
        let (sent, said) = (Sent::default(), Said::of(query)?);
        return Ok(Asking { program: text.to_owned(), sent, said, engine: None, hash });
    }
    let mut fields = Fields::parse(text, FIELDS)?;
    let program = fields.text("program")?;
    let program = program.ok_or_else(|| Problem::invalid("the field `program` is missing"))?;
    let sent = Sent { values: values(fields.value("values"))?, ..Sent::default() };
    let engine = fields.text(ENGINE)?;
    Ok(Asking { program, sent, said: Said::taken(&mut fields)?, engine, hash })
}

/// Out of a body of parts.
async fn in_parts(app: &App, boundary: String, request: Request) -> Result<Asking, Problem> {
    let (head, body) = request.into_parts();
    let form = parts::taken(app, &head.headers, boundary, body).await?;
    let program = form.program.ok_or_else(|| {
        Problem::invalid("the part `program` is missing").hint("`-F 'program=<program.py'`")
    })?;
    let engine = form.said.get(ENGINE).map(str::to_owned);
    Ok(Asking { program, sent: form.sent, said: Said::of(&form.said)?, engine, hash: form.hash })
}

/// Values by their names, from JSON.
fn values(value: Option<Value>) -> Result<HashMap<Arc<str>, Literal>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(HashMap::new()),
        Some(Value::Object(values)) => values
            .into_iter()
            .map(|(name, value)| match literal(value) {
                Ok(value) => Ok((name.into(), value)),
                Err(kind) => {
                    let shown: String = name.chars().take(60).collect();
                    Err(Problem::invalid(format!(
                        "the value for `{shown}` is {kind}, which programs do not hold"
                    )))
                }
            })
            .collect(),
        Some(other) => {
            Err(Problem::invalid(format!("the field `values` is {}, and should be an object", kind(&other))))
        }
    }
}

/// A value, or what kind of JSON it is that programs do not hold.
pub(super) fn literal(value: Value) -> Result<Literal, &'static str> {
    Ok(match value {
        Value::Null => Literal::None,
        Value::Bool(value) => Literal::Bool(value),
        Value::String(text) => Literal::Text(text.into()),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (Some(number), _) => Literal::Int(number),
            (None, Some(number)) => Literal::Float(number),
            (None, None) => return Err("a number that no type holds"),
        },
        Value::Array(items) => Literal::List(items.into_iter().map(literal).collect::<Result<_, _>>()?),
        Value::Object(_) => return Err("an object"),
    })
}
