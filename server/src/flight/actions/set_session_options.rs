//! Sets options of the caller's session, as `SET` does; who has no session gets one.

use std::collections::BTreeMap;

use futures::FutureExt;
use pantile_core::Code;
use prost::Message;

use super::super::door::read;
use super::Action;
use super::session::{ErrorValue, OptionError, SetSessionOptionsRequest, SetSessionOptionsResult, Value};

pub(super) const ACTION: Action = Action {
    name: "SetSessionOptions",
    about: "Sets options of the session, which is made where there is none.\nRequest: SetSessionOptionsRequest\nResponse: SetSessionOptionsResult",
    run: |call, body| {
        async move {
            let request: SetSessionOptionsRequest = read("SetSessionOptionsRequest", &body)?;
            let sessions = call.begin_session()?;
            let mut errors = BTreeMap::new();
            for (name, value) in request.session_options {
                let done = match (name.as_str(), value.value) {
                    // There is one of each.
                    ("catalog", Some(Value::Text(text))) if text == "pantile" => continue,
                    ("schema", Some(Value::Text(text))) if text == "main" => continue,
                    ("catalog" | "schema", Some(_)) => Err(ErrorValue::InvalidValue),
                    (_, None) => sessions
                        .iter()
                        .try_for_each(|session| session.reset(&name))
                        .map_err(|_| ErrorValue::InvalidName),
                    (_, Some(Value::List(_))) => Err(ErrorValue::InvalidValue),
                    (_, Some(value)) => sessions
                        .iter()
                        .try_for_each(|session| session.set(&name, &text(&value)))
                        .map_err(|error| match error.code() {
                            Code::Forbidden => ErrorValue::InvalidName,
                            _ => ErrorValue::InvalidValue,
                        }),
                };
                if let Err(error) = done {
                    errors.insert(name, OptionError { value: error as i32 });
                }
            }
            Ok(vec![SetSessionOptionsResult { errors }.encode_to_vec().into()])
        }
        .boxed()
    },
};

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::List(list) => list.values.join(","),
    }
}
