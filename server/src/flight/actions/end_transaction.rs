//! Ends a transaction: all it changed is one commit, or was never there.

use arrow_flight::sql::{ActionEndTransactionRequest, EndTransaction};
use futures::FutureExt;
use pantile_core::catalog;

use super::super::call::text;
use super::{Action, unpacked};
use crate::error::Problem;

pub(super) const ACTION: Action = Action {
    name: "EndTransaction",
    about: "Commits a transaction or rolls it back.\nRequest: ActionEndTransactionRequest\nResponse: none",
    run: |call, body| {
        async move {
            let request: ActionEndTransactionRequest = unpacked("ActionEndTransactionRequest", &body)?;
            let action = request.action();
            if action == EndTransaction::Unspecified {
                return Err(Problem::invalid("the request says neither to commit nor to roll back"));
            }
            let draft = call.shared.transactions.take(text(&request.transaction_id))?;
            call.ended(&draft);
            match action {
                EndTransaction::Commit => {
                    call.app.catalog.publish(&draft, Some(call.caller.name().to_owned()), None).await?;
                }
                EndTransaction::Rollback | EndTransaction::Unspecified => match draft.roll_back() {
                    // One whose time ran out is what was asked for.
                    Ok(()) | Err(catalog::Error::UnknownTransaction { .. }) => {}
                    Err(error) => return Err(error.into()),
                },
            }
            Ok(Vec::new())
        }
        .boxed()
    },
};
