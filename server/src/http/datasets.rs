//! `/v1/datasets`: what is held.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::Response;
use axum::routing::get;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use pantile_core::array::zarr;
use pantile_core::catalog::{
    self, ARRAY_METADATA, Column, Dialect, Pin, Snapshot, StoredArray, StoredShard, Table, View,
};
use pantile_core::format::type_name;
use serde_json::{Value, json};

use super::asked::{Asked, SNAPSHOT};
use super::json::json as answer;
use super::query::Query;
use super::router::{Route, documented, no_store};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Problem;

pub(super) const LIST: Route =
    Route { path: "/v1/datasets", methods: || get(list), operations: &[documented::<__path_list>] };
pub(super) const ONE: Route =
    Route { path: "/v1/datasets/{name}", methods: || get(one), operations: &[documented::<__path_one>] };

/// A dataset's name, from the path: any text, its slashes and the like percent-encoded.
pub(super) struct Name(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(name) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|error: PathRejection| {
                Problem::invalid(format!("the name in the path: {}", error.body_text()))
            })?;
        catalog::check_name(&name)?;
        Ok(Self(name))
    }
}

/// What is held: every table, view and array with its columns, rows and bytes.
#[utoipa::path(
    get, path = "/v1/datasets", tag = "datasets",
    params(("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to look at")),
    responses(
        (status = 200, description = "Snapshot and datasets", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn list(State(app): State<App>, _: Caller, asked: Asked, query: Query) -> Result<Response, Problem> {
    query.only(&[])?;
    let snapshot = at(&app, &asked).await?;
    let datasets: Vec<Value> = snapshot.names().filter_map(|name| summary(&snapshot, name)).collect();
    Ok(told(&snapshot, json!({ "snapshot": snapshot.id, "datasets": datasets })))
}

/// One dataset, with its partitions.
#[utoipa::path(
    get, path = "/v1/datasets/{name}", tag = "datasets",
    params(
        ("name" = String, Path, description = "The table's or view's name"),
        ("Pantile-Snapshot" = Option<i64>, Header, description = "The snapshot to look at"),
    ),
    responses(
        (status = 200, description = "The dataset", content_type = "application/json", body = Value),
        (status = "default", description = "A problem document (RFC 9457)", content_type = "application/problem+json"),
    )
)]
async fn one(
    State(app): State<App>,
    _: Caller,
    Name(name): Name,
    asked: Asked,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let snapshot = at(&app, &asked).await?;
    known(&snapshot, &name)?;
    let mut dataset = summary(&snapshot, &name).unwrap_or_default();
    dataset["snapshot"] = snapshot.id.into();
    if let Some(table) = snapshot.table(&name) {
        dataset["partitions"] = table.partitions.iter().map(|partition| partition_json(partition)).collect();
    }
    if let Some(array) = snapshot.array(&name).filter(|array| array.location.is_none()) {
        dataset["shards"] = array.shards.iter().map(shard_json).collect();
    }
    Ok(told(&snapshot, dataset))
}

/// A shard with what is known of its elements.
fn shard_json(shard: &StoredShard) -> Value {
    json!({
        "number": shard.number,
        "key": shard.key,
        "bytes": shard.bytes,
        "elements": shard.count,
        "min": shard.min,
        "max": shard.max,
        "nans": shard.nans,
        "fills": shard.fills,
    })
}

/// Refuses a name that no dataset has, with the nearest one.
pub(super) fn known(snapshot: &Snapshot, name: &str) -> Result<(), Problem> {
    if snapshot.kind_of(name).is_some() {
        return Ok(());
    }
    let nearest = pantile_core::nearest(name, snapshot.names()).map(str::to_owned);
    Err(catalog::Error::UnknownDataset { name: name.to_owned(), nearest }.into())
}

/// The snapshot that is asked for; the newest where none is.
pub(super) async fn at(app: &App, asked: &Asked) -> Result<Pin, Problem> {
    match asked.snapshot {
        Some(id) => Ok(app.catalog.at(id).await?),
        None => Ok(app.catalog.current()),
    }
}

fn told(snapshot: &Snapshot, value: Value) -> Response {
    let mut response = answer(StatusCode::OK, value.to_string());
    response.headers_mut().insert(SNAPSHOT, HeaderValue::from(snapshot.id));
    no_store(response)
}

fn summary(snapshot: &Snapshot, name: &str) -> Option<Value> {
    let table = snapshot.table(name).map(|table| table_json(table));
    let view = || snapshot.views.get(name).map(|view| view_json(view));
    table.or_else(view).or_else(|| snapshot.array(name).map(|array| array_json(array)))
}

/// An array; of one whose metadata are damaged, what is known without them.
fn array_json(array: &StoredArray) -> Value {
    let mut told = held_json(array);
    if let Ok(description) = zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA) {
        told["dtype"] = description.stored.to_string().into();
        told["shape"] = json!(description.shape);
        told["chunk"] = json!(description.inner());
        told["shard"] = json!(description.chunk);
        if description.names.iter().any(Option::is_some) {
            told["dims"] = json!(description.names);
        }
        if !description.attributes.is_empty() {
            told["attributes"] = Value::Object(description.attributes);
        }
    }
    told
}

fn held_json(array: &StoredArray) -> Value {
    match &array.location {
        None => json!({
            "name": array.name,
            "kind": "array",
            "bytes": array.bytes(),
            "shard_count": array.shards.len(),
            "pinned": array.pinned,
        }),
        Some(at) if at.is_memory() => json!({
            "name": array.name,
            "kind": "array",
            "bytes": array.bytes(),
            "location": at.to_string(),
            "pinned": array.pinned,
        }),
        Some(at) => json!({
            "name": array.name,
            "kind": "array",
            "location": at.location,
            "path": at.path,
            "pinned": array.pinned,
        }),
    }
}

fn table_json(table: &Table) -> Value {
    let columns = columns_json(&table.columns);
    match &table.external {
        None => json!({
            "name": table.name,
            "kind": "table",
            "rows": table.rows(),
            "bytes": table.bytes(),
            "partition_count": table.partitions.len(),
            "pinned": table.pinned,
            "schema": columns,
        }),
        Some(external) => json!({
            "name": table.name,
            "kind": "external",
            "location": external.location,
            "path": external.path,
            "format": external.format,
            "schema": columns,
        }),
    }
}

/// A view: its text under the name of what it is in, and the columns that it had when it was made.
pub(super) fn view_json(view: &View) -> Value {
    let text = match view.dialect {
        Dialect::Sql => "sql",
        Dialect::Expressions => "program",
    };
    let mut told = json!({ "name": view.name, "kind": "view", "dialect": view.dialect.as_str() });
    told[text] = view.text.as_str().into();
    if !view.columns.is_empty() {
        told["schema"] = columns_json(&view.columns).into();
    }
    told
}

fn columns_json(columns: &[Column]) -> Vec<Value> {
    let column = |column: &Column| json!({ "name": column.name, "type": type_name(&column.data_type), "nullable": column.nullable });
    columns.iter().map(column).collect()
}

fn partition_json(partition: &catalog::Partition) -> Value {
    json!({ "id": partition.id, "rows": partition.rows, "bytes": partition.bytes, "since": partition.since })
}
