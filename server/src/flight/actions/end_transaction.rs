//! Ends a transaction: all it changed is one commit, or was never there.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arrow_flight::sql::{ActionEndTransactionRequest, EndTransaction};
use futures::FutureExt;
use pantile_core::catalog::{self, Draft};
use uuid::Uuid;

use super::super::call::{Call, text};
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
            let id = text(&request.transaction_id);
            let draft = match call.shared.transactions.take(id) {
                // Drivers roll back before they begin anew, and would never begin again if that were refused.
                Err(_) if action == EndTransaction::Rollback && is_over(call, id) => return Ok(Vec::new()),
                taken => taken?,
            };
            call.ended(&draft);
            match action {
                EndTransaction::Commit => commit(call, draft).await?,
                EndTransaction::Rollback | EndTransaction::Unspecified => match draft.roll_back() {
                    // One whose time ran out, or whose commit was refused, is what was asked for.
                    Ok(()) | Err(catalog::Error::UnknownTransaction { .. }) => {}
                    Err(error) => return Err(error.into()),
                },
            }
            Ok(Vec::new())
        }
        .boxed()
    },
};

async fn commit(call: &Call, draft: Arc<Draft>) -> Result<(), Problem> {
    let author = Some(call.caller.name().to_owned());
    let refused = match call.app.catalog.publish(&draft, author, None).await {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    if !matches!(refused, catalog::Error::Unknown) {
        // For its maker to roll back, as many do after whatever error.
        let _ = call.shared.transactions.keep_as(draft.id().to_owned(), draft);
    }
    let conflict = matches!(refused, catalog::Error::Conflict { .. });
    let problem = Problem::from(refused);
    Err(if conflict {
        problem.hint("the transaction is over: begin it again, and read again")
    } else {
        problem
    })
}

/// Whether a transaction of that id, which is not known any more, can only be over: ids tell when they were given.
fn is_over(call: &Call, id: &str) -> bool {
    let given = Uuid::try_parse(id).ok().and_then(|id| id.get_timestamp());
    given.is_some_and(|given| {
        let (secs, nanos) = given.to_unix();
        let given = UNIX_EPOCH.checked_add(Duration::new(secs, nanos));
        let lives = call.app.settings().transaction_ttl.0;
        let until = given.and_then(|given| given.checked_add(lives));
        given.is_some_and(|given| given < call.shared.since)
            || until.is_some_and(|until| until <= SystemTime::now())
    })
}
