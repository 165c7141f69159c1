//! Goes back to a marked place of a transaction, or forgets the mark.

use arrow_flight::sql::ActionEndSavepointRequest;
use futures::FutureExt;

use super::super::call::text;
use super::begin_savepoint::BETWEEN;
use super::{Action, unpacked};
use crate::error::Problem;

/// Values of the protocol's `EndSavepoint`, which arrow-flight keeps to itself.
const RELEASE: i32 = 1;
const ROLLBACK: i32 = 2;

pub(super) const ACTION: Action = Action {
    name: "EndSavepoint",
    about: "Releases a savepoint or rolls back to it.\nRequest: ActionEndSavepointRequest\nResponse: none",
    run: |call, body| {
        async move {
            let request: ActionEndSavepointRequest = unpacked("ActionEndSavepointRequest", &body)?;
            let id = text(&request.savepoint_id);
            let (transaction, mark) = id.split_once(BETWEEN).unwrap_or((id, ""));
            let draft = call.shared.transactions.get(transaction)?;
            match request.action {
                RELEASE => draft.release_savepoint(mark)?,
                ROLLBACK => draft.back_to(mark)?,
                _ => return Err(Problem::invalid("the request says neither to release nor to roll back")),
            }
            Ok(Vec::new())
        }
        .boxed()
    },
};
