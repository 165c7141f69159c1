//! `/v1/ops`: what programs of expressions are made of.

use std::sync::LazyLock;

use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use pantile_core::array::ops as array;
use pantile_core::frame::functions::{FAMILIES, Family, Function};
use pantile_core::frame::verbs::{On, VERBS, Verb};
use pantile_core::lang::signature::{Default, Given, Kind, Param};
use pantile_core::lang::type_names;
use serde_json::{Value, json};

use super::json::json;
use super::router::{Route, documented};
use crate::auth::Caller;

pub(super) const ROUTE: Route =
    Route { path: "/v1/ops", methods: || get(ops), operations: &[documented::<__path_ops>] };

static OPS: LazyLock<String> = LazyLock::new(|| {
    let functions =
        FAMILIES.iter().flat_map(|family| family.functions.iter().map(|one| function(family, one)));
    let arrays =
        array::FAMILIES.iter().flat_map(|family| family.ops.iter().map(|one| array_function(family, one)));
    let mut types: Vec<&str> = type_names().collect();
    types.sort_unstable();
    let ops = json!({
        "verbs": VERBS.iter().map(|one| verb(one)).collect::<Vec<_>>(),
        "functions": functions.collect::<Vec<_>>(),
        "families": FAMILIES.iter().map(|one| family(one)).collect::<Vec<_>>(),
        "array_functions": arrays.collect::<Vec<_>>(),
        "array_families": array::FAMILIES.iter().map(|one| array_family(one)).collect::<Vec<_>>(),
        "types": types,
    });
    ops.to_string()
});

/// Every verb, function and type of the expression language, and every function of arrays, with its page.
///
/// A function's page is a section of its family's, whose opening holds for it too.
#[utoipa::path(
    get, path = "/v1/ops", tag = "expressions",
    responses((
        status = 200, description = "`verbs`, `functions`, `families`, `types`, `array_functions` and `array_families`",
        content_type = "application/json", body = serde_json::Value
    ))
)]
async fn ops(_: Caller) -> Response {
    json(StatusCode::OK, OPS.clone())
}

fn verb(verb: &Verb) -> Value {
    json!({
        "name": verb.name,
        "on": match verb.on {
            On::Nothing => "nothing",
            On::Frame => "frame",
            On::Groups => "groups",
        },
        "params": params(verb.params),
        "form": verb.form(),
        "summary": verb.summary(),
        "page": verb.page,
    })
}

fn function(family: &Family, function: &Function) -> Value {
    json!({
        "name": function.name,
        "family": family.name,
        "method": function.is_method,
        "params": params(function.params),
        "form": function.form(),
        "summary": family.summary(function),
        "page": family.section(function),
    })
}

fn array_function(family: &array::Family, op: &array::Op) -> Value {
    json!({
        "name": op.name,
        "family": family.name,
        "params": params(op.params),
        "form": op.form(),
        "summary": family.summary(op),
        "page": family.section(op),
    })
}

fn array_family(family: &array::Family) -> Value {
    json!({ "name": family.name, "title": family.title(), "page": family.opening() })
}

fn family(family: &Family) -> Value {
    json!({ "name": family.name, "title": family.title(), "page": family.opening() })
}

fn params(params: &[Param]) -> Vec<Value> {
    params.iter().map(param).collect()
}

fn param(param: &Param) -> Value {
    let (given, default) = match param.given {
        Given::Always => ("always", Default::Nothing),
        Given::Else(default) => ("else", default),
        Given::NamedElse(default) => ("named", default),
        Given::Rest => ("rest", Default::Nothing),
        Given::RestNamed => ("rest_named", Default::Nothing),
    };
    let mut told = json!({ "name": param.name, "kind": param.kind.word(), "given": given });
    if let Kind::Choice(choices) | Kind::ArrayOr(choices) = param.kind {
        told["choices"] = json!(choices);
    }
    if default != Default::Nothing {
        told["default"] = value(default);
    }
    told
}

fn value(default: Default) -> Value {
    match default {
        Default::Nothing | Default::None => Value::Null,
        Default::Bool(value) => json!(value),
        Default::Int(value) => json!(value),
        Default::Float(value) => json!(value),
        Default::Text(text) => json!(text),
        Default::List(items) => items.iter().copied().map(value).collect(),
    }
}
