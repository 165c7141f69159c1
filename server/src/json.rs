//! JSON that comes in: objects whose fields are all known, and programs with values beside them.

use std::collections::HashMap;
use std::sync::Arc;

use pantile_core::Code;
use pantile_core::lang::args::Literal;
use pantile_core::{did_you_mean, nearest};
use pantile_sql::{EngineChoice, Sent};
use serde_json::{Map, Value};

use crate::app::App;
use crate::error::Problem;

/// Bytes of a text with what comes beside it, at most: JSON escapes, and has values beside the text.
pub(crate) fn bytes_max(app: &App) -> usize {
    usize::try_from(app.settings().sql_bytes.0).unwrap_or(usize::MAX).saturating_mul(4)
}

/// What is said where more came than [`bytes_max`].
pub(crate) fn too_large(what: &str, max: usize) -> Problem {
    let said = format!("{what} over {max} bytes, four times the limit sql_bytes");
    Problem::new(Code::TooLarge, said).with("limit", "sql_bytes".into())
}

/// The fields of a program in JSON.
pub(crate) const PROGRAM: [&str; 3] = ["program", "values", "engine"];

/// The fields of a JSON object, to be taken one by one.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The object in `text`, which may have those fields and no others.
    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<Self, Problem> {
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
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, &other, "a string")),
        }
    }

    /// The whole number of that name.
    pub(crate) fn number(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| wrong(name, &value, "a whole number")),
        }
    }

    /// The program, and what is sent beside it: the fields of [`PROGRAM`].
    pub(crate) fn program(&mut self) -> Result<(String, Sent), Problem> {
        let program = self.text("program")?;
        let program = program.ok_or_else(|| Problem::invalid("the field `program` is missing"))?;
        let engine = self.text("engine")?.map(|name| engine(&name)).transpose()?;
        Ok((program, Sent { values: values(self.value("values"))?, engine, ..Sent::default() }))
    }

    /// Whether what has that name holds; it does not where nothing is said.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(wrong(name, &other, "true or false")),
        }
    }

    /// Whatever is of that name.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }
}

/// What kind of JSON a value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
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

/// The engine of that name.
pub(crate) fn engine(name: &str) -> Result<EngineChoice, Problem> {
    name.parse().map_err(|why: String| Problem::invalid(why))
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
pub(crate) fn literal(value: Value) -> Result<Literal, &'static str> {
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
