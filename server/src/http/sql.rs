//! `/v1/sql`: one statement in, its answer out.

use arrow::datatypes::DataType;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use pantile_core::format::WriteOptions;
use pantile_sql::{ParamValue, Params};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::accept::Accept;
use super::asked::{Asked, RequestId};
use super::body::Whole;
use super::datasets::at;
use super::query::Query;
use super::router::{Route, documented};
use super::said::Said;
use super::stable::stable;
use super::{etag, streamed};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::json::{Fields, kind};

pub(super) const ROUTE: Route = Route {
    path: "/v1/sql",
    methods: || get(read).post(run),
    operations: &[documented::<__path_read>, documented::<__path_run>],
};

const FIELDS: &[&str] = &["sql", "params", "session", "query_id", "timeout_ms", "row_limit", "describe"];

/// A statement in JSON.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: fields are read by hand, to name unknown ones well")]
pub(super) struct SqlBody {
    /// The statement.
    sql: String,
    /// Values for `$1`, `$2` or `?` (an array), or for `$name` (an object).
    params: Option<Value>,
    /// A session's name; `SET` holds within it.
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

/// Runs one statement and streams its rows in the format `Accept` asks for.
#[utoipa::path(
    post, path = "/v1/sql", tag = "sql",
    request_body(
        description = "The statement, as JSON or, under any other type, as text",
        content((SqlBody = "application/json"), (String = "text/plain"))
    ),
    params(
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("Pantile-Session" = Option<String>, Header, description = "A session's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest"),
    ),
    responses(
        (status = 200, description = "The rows, or for a statement that writes one row that says what it did"),
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
    body: Whole,
) -> Result<Response, Problem> {
    query.only(&[Accept::KEYS, WriteOptions::KEYS, Said::KEYS])?;
    let text = body.text()?;
    let (sql, values, said) = if body.is_json {
        let mut fields = Fields::parse(text, FIELDS)?;
        let sql = fields.text("sql")?.ok_or_else(|| Problem::invalid("the field `sql` is missing"))?;
        (sql, params(fields.value("params"))?, Said::taken(&mut fields)?)
    } else {
        (text.to_owned(), Params::None, Said::of(&query)?)
    };
    let request =
        asked.repeatable(|| *blake3::hash(&[b"POST /v1/sql ", body.bytes.as_ref()].concat()).as_bytes());
    let describe = said.describe;
    let question = said.question(&app, &caller, &id, &asked, sql)?;
    let question = Question { params: values, request, ..question };
    if describe {
        return streamed::described(&app, question, &accept).await;
    }
    let answer = app.desk.ask(question).await?;
    streamed::respond(&app, answer, &accept, None).await
}

/// Runs one statement that only reads: for browsers, spreadsheets and whatever takes a URL.
#[utoipa::path(
    get, path = "/v1/sql", tag = "sql",
    params(
        ("q" = String, Query, description = "The statement"),
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`"),
        ("session" = Option<String>, Query, description = "A session's name"),
        ("query_id" = Option<String>, Query, description = "The question's id"),
        ("timeout_ms" = Option<u64>, Query, description = "How long it may run"),
        ("row_limit" = Option<u64>, Query, description = "How many rows are wanted at most"),
        ("describe" = Option<bool>, Query, description = "Whether only the columns of the answer are asked for"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("Pantile-Session" = Option<String>, Header, description = "A session's name"),
        ("If-None-Match" = Option<String>, Header, description = "The tag of an answer that the caller has"),
    ),
    responses(
        (status = 200, description = "The rows"),
        (status = 304, description = "The caller has them already"),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    id: RequestId,
    asked: Asked,
    accept: Accept,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query.only(&[&["q"], Accept::KEYS, WriteOptions::KEYS, Said::KEYS])?;
    let said = Said::of(&query)?;
    let sql = query.get("q").ok_or_else(|| {
        Problem::invalid("the query parameter `q` is missing: it holds the statement")
            .hint("/v1/sql?q=SELECT%201")
    })?;
    let describe = said.describe;
    let question = said.question(&app, &caller, &id, &asked, sql.to_owned())?;
    if describe {
        return streamed::described(&app, Question { read_only: true, ..question }, &accept).await;
    }
    let snapshot = at(&app, &asked).await?;
    // A session may say how rows are computed, and can change its mind.
    let own = query.get("session").is_some() || asked.session.is_some();
    let stable = !own && stable(sql, &snapshot);
    let looks = format!("{:?} {}", question.row_limit, accept.tag());
    let tag =
        stable.then(|| etag::tag(&[&snapshot.id.to_le_bytes(), sql.as_bytes(), looks.as_bytes()])).flatten();
    if let Some(unchanged) = etag::unchanged(&headers, tag.as_ref(), snapshot.id) {
        return Ok(unchanged);
    }
    // A transaction sees the snapshot that it began with.
    let seen = if question.session.transaction().is_some() { asked.snapshot } else { Some(snapshot.id) };
    let question = Question { read_only: true, snapshot: seen, ..question };
    let answer = app.desk.ask(question).await?;
    streamed::respond(&app, answer, &accept, tag).await
}

/// Values for placeholders, from JSON: an array by place, an object by name.
fn params(value: Option<Value>) -> Result<Params, Problem> {
    match value {
        None | Some(Value::Null) => Ok(Params::None),
        Some(Value::Array(values)) => {
            let values = values.into_iter().enumerate().map(|(place, value)| {
                param(value).map_err(|kind| unbindable(&format!("${}", place.saturating_add(1)), kind))
            });
            Ok(Params::Positional(values.collect::<Result<_, _>>()?))
        }
        Some(Value::Object(values)) => {
            let values = values.into_iter().map(|(name, value)| {
                let value = param(value).map_err(|kind| unbindable(&name, kind))?;
                Ok((name, value))
            });
            Ok(Params::Named(values.collect::<Result<_, Problem>>()?))
        }
        Some(other) => Err(Problem::invalid(format!(
            "the field `params` is {}, and should be an array or an object",
            kind(&other)
        ))),
    }
}

fn param(value: Value) -> Result<ParamValue, &'static str> {
    Ok(match value {
        Value::Null => ParamValue::Null,
        Value::Bool(value) => ParamValue::Bool(value),
        Value::String(text) => ParamValue::Text(text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => ParamValue::Int(number),
            // An integer beyond i64 stays exact.
            (None, _) if number.is_u64() => ParamValue::Typed(number.to_string(), DataType::UInt64),
            (None, Some(number)) => ParamValue::Float(number),
            (None, None) => return Err("a number that no type holds"),
        },
        other => return Err(kind(&other)),
    })
}

fn unbindable(name: &str, kind: &str) -> Problem {
    let shown: String = name.chars().take(60).collect();
    Problem::invalid(format!(
        "the value for `{shown}` is {kind}, and should be null, a boolean, a number or a string"
    ))
}
