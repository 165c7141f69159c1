//! Options of the caller's session. Asking makes none: pools of connections ask this to see who is alive.

use futures::FutureExt;
use prost::Message;

use super::Action;
use super::session::{GetSessionOptionsResult, OptionValue, Value};

pub(super) const ACTION: Action = Action {
    name: "GetSessionOptions",
    about: "The options of the session.\nRequest: GetSessionOptionsRequest\nResponse: GetSessionOptionsResult",
    run: |call, _| {
        async move {
            let value = |text: String| OptionValue { value: Some(Value::Text(text)) };
            let options = call.known_state().unwrap_or_default().all();
            let options = options.into_iter().map(|(name, text, _)| (name.to_owned(), value(text)));
            let place = [("catalog", "pantile"), ("schema", "main")];
            let place = place.map(|(name, text)| (name.to_owned(), value(text.to_owned())));
            let session_options = options.chain(place).collect();
            Ok(vec![GetSessionOptionsResult { session_options }.encode_to_vec().into()])
        }
        .boxed()
    },
};
