//! Lets a prepared statement go.

use arrow_flight::sql::ActionClosePreparedStatementRequest;
use futures::FutureExt;

use super::super::call::text;
use super::{Action, unpacked};

pub(super) const ACTION: Action = Action {
    name: "ClosePreparedStatement",
    about: "Closes a prepared statement.\nRequest: ActionClosePreparedStatementRequest\nResponse: none",
    run: |call, body| {
        async move {
            let ActionClosePreparedStatementRequest { prepared_statement_handle: handle } =
                unpacked("ActionClosePreparedStatementRequest", &body)?;
            call.shared.prepared.take(text(&handle))?;
            Ok(Vec::new())
        }
        .boxed()
    },
};
