//! `/v1/views/{name}`: a named question, kept and dropped. It is read as a table is.

use axum::extract::State;
use axum::response::Response;
use axum::routing::put;
use http::{HeaderMap, Method, StatusCode, Uri};
use pantile_core::Code;
use pantile_core::catalog::{Snapshot, SnapshotId};
use pantile_sql::{NewView, Outcome, Sent};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::asked::{Asked, QUERY_ID, RequestId, id_header};
use super::body::{Whole, media_type};
use super::datasets::{Name, view_json};
use super::json::{json as answer, mark};
use super::query::Query;
use super::router::{Route, documented, no_store};
use super::said::Said;
use super::tables::{Kind, dropped};
use crate::app::App;
use crate::auth::Caller;
use crate::desk::Question;
use crate::error::Problem;
use crate::json::Fields;

pub(super) const ROUTE: Route = Route {
    path: "/v1/views/{name}",
    methods: || put(keep).delete(drop),
    operations: &[documented::<__path_keep>, documented::<__path_drop>],
};

const FIELDS: &[&str] = &["program", "sql"];

/// A view's text in JSON: one of both.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: fields are read by hand, to name unknown ones well")]
pub(super) struct ViewBody {
    /// A program of expressions.
    program: Option<String>,
    /// A query in SQL.
    sql: Option<String>,
}

/// Makes the view, or puts the text in the place of that of the view of that name.
///
/// The text is planned first: one that cannot be asked is not kept.
#[utoipa::path(
    put, path = "/v1/views/{name}", tag = "views",
    params(
        ("name" = String, Path, description = "The view's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the view must be there"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the view must not be there"),
        ("Pantile-Session" = Option<String>, Header, description = "The session whose open transaction this is a part of"),
    ),
    request_body(
        description = "The question: a program, or SQL where the type or the field says so",
        content((ViewBody = "application/json"), (String = "text/x-python"), (String = "application/sql"))
    ),
    responses(
        (status = 200, description = "The view was replaced", content_type = "application/json", body = Value),
        (status = 201, description = "The view was made", content_type = "application/json", body = Value),
        (status = 202, description = "The view waits for its transaction's commit", content_type = "application/json", body = Value),
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
    headers: HeaderMap,
    body: Whole,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let presence = asked.presence()?;
    let (text, is_program) = text(&body, media_type(&headers).as_deref())?;
    let request = asked.repeatable(|| {
        let fingerprint =
            [b"PUT /v1/views/", name.as_bytes(), &[0, u8::from(is_program)], text.as_bytes()].concat();
        *blake3::hash(&fingerprint).as_bytes()
    });
    let looks_like_sql = is_program && begins_as_sql(&text);
    let question = Said::of(&Query::default())?.question(&app, &caller, &id, &asked, text)?;
    let (session, query_id) = (question.session.clone(), question.query_id.clone());
    let view = Some(NewView { name: name.clone(), presence });
    let program = is_program.then(Sent::default);
    let kept = app.desk.ask(Question { program, view, request, ..question }).await;
    let mut kept = kept.map_err(Problem::from).map_err(|problem| match looks_like_sql {
        true => problem.hint("a text in SQL is sent with `Content-Type: application/sql`"),
        false => problem,
    })?;
    // Its one row says that it is done, and the record says so when it was taken.
    while let Some(row) = kept.rows.next().await {
        row?;
    }
    let replayed = matches!(kept.outcome, Outcome::Done { replayed: true, .. });
    let made = kept.snapshot;
    let mut response = match session.transaction() {
        Some(draft) => {
            let draft = draft.snapshot()?;
            answer(StatusCode::ACCEPTED, described(&draft, &name, None, None)?.to_string())
        }
        None => {
            let now = app.catalog.at(made).await?;
            // The one before may be gone by now, where this is the answer to a repetition.
            let before = app.catalog.at(made.saturating_sub(1)).await.ok();
            let created = before.map(|before| !before.views.contains_key(&name));
            let status = if created == Some(true) { StatusCode::CREATED } else { StatusCode::OK };
            let mut response = answer(status, described(&now, &name, Some(made), created)?.to_string());
            mark(&mut response, Some(made), replayed);
            response
        }
    };
    response.headers_mut().insert(QUERY_ID, id_header(&query_id));
    Ok(no_store(response))
}

/// Drops the view.
#[utoipa::path(
    delete, path = "/v1/views/{name}", tag = "views",
    params(
        ("name" = String, Path, description = "The view's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition have no second effect"),
        ("If-Match" = Option<String>, Header, description = "The snapshot that must still be the newest; `*`: the view must be there"),
    ),
    responses(
        (status = 200, description = "The view is gone"),
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
    dropped(&app, &caller, name, asked, &method, &uri, Kind::View).await
}

/// The view's text, and whether it is a program.
fn text(body: &Whole, media: Option<&str>) -> Result<(String, bool), Problem> {
    let text = body.text()?;
    if !body.is_json {
        return Ok((text.to_owned(), media != Some("application/sql")));
    }
    let mut fields = Fields::parse(text, FIELDS)?;
    match (fields.text("program")?, fields.text("sql")?) {
        (Some(program), None) => Ok((program, true)),
        (None, Some(sql)) => Ok((sql, false)),
        (Some(_), Some(_)) => Err(Problem::invalid("a view is a `program` or `sql`, and the body has both")),
        (None, None) => Err(Problem::invalid("the body has neither the field `program` nor `sql`")),
    }
}

/// Whether the text begins as a query does, and as no program.
fn begins_as_sql(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    ["select", "with", "values", "from"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn described(
    snapshot: &Snapshot,
    name: &str,
    made: Option<SnapshotId>,
    created: Option<bool>,
) -> Result<Value, Problem> {
    let Some(view) = snapshot.views.get(name) else {
        return Err(Problem::new(Code::Conflict, format!("view `{name}` was made, and dropped meanwhile")));
    };
    let mut told = json!({});
    if let Some(made) = made {
        told["snapshot"] = made.into();
    }
    if let Some(created) = created {
        told["created"] = created.into();
    }
    if let (Some(told), Value::Object(view)) = (told.as_object_mut(), view_json(view)) {
        told.extend(view);
    }
    Ok(told)
}
