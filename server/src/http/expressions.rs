//! `/v1/expressions`: one program in, its frame out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
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
use super::streamed;
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;

pub(super) const ROUTE: Route =
    Route { path: "/v1/expressions", methods: || post(run), operations: &[documented::<__path_run>] };

const FIELDS: &[&str] = &["program", "values", "engine", "session", "query_id", "timeout_ms", "row_limit"];
/// Which engine is to run it, in the query string.
const ENGINE: &str = "engine";

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

/// Runs one program of expressions and streams its frame in the format `Accept` asks for.
#[utoipa::path(
    post, path = "/v1/expressions", tag = "expressions",
    request_body(
        description = "The program, as JSON or, under any other type, as text",
        content((ProgramBody = "application/json"), (String = "text/x-python"))
    ),
    params(
        ("format" = Option<String>, Query, description = "The answer's format, before `Accept`"),
        ("engine" = Option<String>, Query, description = "Which engine runs it, as the field `engine`"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to read"),
        ("Pantile-Session" = Option<String>, Header, description = "A session's name"),
    ),
    responses(
        (status = 200, description = "The rows"),
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
    query.only(&[&[ENGINE], Accept::KEYS, WriteOptions::KEYS, Said::KEYS])?;
    let text = body.text()?;
    let mut named = query.get(ENGINE).map(str::to_owned);
    let (program, values, said) = if body.is_json {
        let mut fields = Fields::parse(text, FIELDS)?;
        let program = fields.text("program")?;
        let program = program.ok_or_else(|| Problem::invalid("the field `program` is missing"))?;
        named = fields.text(ENGINE)?.or(named);
        (program, values(fields.value("values"))?, Said::taken(&mut fields)?)
    } else {
        (text.to_owned(), HashMap::new(), Said::of(&query)?)
    };
    let question = said.question(&app, &caller, &id, &asked, program)?;
    let engine = named.map(|name| name.parse()).transpose().map_err(|why: String| Problem::invalid(why))?;
    let sent = Sent { values, engine, ..Sent::default() };
    let answer = app.desk.ask(Question { program: Some(sent), ..question }).await?;
    streamed::respond(&app, answer, &accept, None).await
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

fn literal(value: Value) -> Result<Literal, &'static str> {
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
