//! Forgets the caller's session.

use futures::FutureExt;
use prost::Message;

use super::Action;
use super::session::{CloseSessionResult, CloseStatus};

pub(super) const ACTION: Action = Action {
    name: "CloseSession",
    about: "Ends the session.\nRequest: CloseSessionRequest\nResponse: CloseSessionResult",
    run: |call, _| {
        async move {
            call.end_session();
            let result = CloseSessionResult { status: CloseStatus::Closed as i32 };
            Ok(vec![result.encode_to_vec().into()])
        }
        .boxed()
    },
};
