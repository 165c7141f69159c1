//! JSON in and out: objects whose fields are all known, and small answers.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use pantile_core::{did_you_mean, nearest};
use serde_json::{Map, Value};

use crate::error::Problem;

/// The fields of a JSON object, to be taken one by one.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The object in `text`, which may have those fields and no others.
    pub(super) fn parse(text: &str, known: &[&str]) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Problem::invalid(format!("the body is not JSON: {error}"))
                .with("position", serde_json::json!({ "line": error.line(), "column": error.column() }))
        })?;
        let Value::Object(fields) = value else {
            return Err(Problem::invalid(format!(
                "the body is {}, and should be a JSON object",
                kind(&value)
            )));
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Self(fields)),
            Some(name) => {
                let shown: String = name.chars().take(60).collect();
                let meant = did_you_mean(nearest(&shown, known.iter().copied()));
                Err(Problem::invalid(format!("there is no field `{shown}` in this body{meant}"))
                    .hint(format!("there are {}", known.join(", "))))
            }
        }
    }

    /// The text of that name.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, &other, "a string")),
        }
    }

    /// The whole number of that name.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| wrong(name, &value, "a whole number")),
        }
    }

    /// Whatever is of that name.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }
}

/// A response of that JSON text.
pub(super) fn json(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What kind of JSON a value is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn wrong(name: &str, value: &Value, expected: &str) -> Problem {
    Problem::invalid(format!("the field `{name}` is {}, and should be {expected}", kind(value)))
}
