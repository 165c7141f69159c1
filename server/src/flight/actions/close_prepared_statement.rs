//! Lets a prepared statement go.

use arrow_flight::sql::ActionClosePreparedStatementRequest;
use futures::FutureExt;

use super::{Action, unpacked};

pub(super) const ACTION: Action = Action {
    name: "ClosePreparedStatement",
    about: "Closes a prepared statement.\nRequest: ActionClosePreparedStatementRequest\nResponse: none",
    run: |call, body| {
        async move {
            let ActionClosePreparedStatementRequest { prepared_statement_handle: handle } =
                unpacked("ActionClosePreparedStatementRequest", &body)?;
            call.shared.prepared.take(std::str::from_utf8(&handle).unwrap_or_default())?;
            Ok(Vec::new())
        }
        .boxed()
    },
};
