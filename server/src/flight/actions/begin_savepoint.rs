//! Marks a place in a transaction to come back to.

use arrow_flight::sql::{ActionBeginSavepointRequest, ActionBeginSavepointResult};
use futures::FutureExt;
use uuid::Uuid;

use super::super::call::text;
use super::{Action, packed, unpacked};

/// What stands between a transaction and the mark in it.
pub(super) const BETWEEN: char = '/';

pub(super) const ACTION: Action = Action {
    name: "BeginSavepoint",
    about: "Marks a place in a transaction.\nRequest: ActionBeginSavepointRequest\nResponse: ActionBeginSavepointResult",
    run: |call, body| {
        async move {
            let request: ActionBeginSavepointRequest = unpacked("ActionBeginSavepointRequest", &body)?;
            let transaction = text(&request.transaction_id);
            // Two savepoints may have one name; each id is of one of them.
            let mark = format!("{}:{}", request.name, Uuid::now_v7().simple());
            call.shared.transactions.get(transaction)?.savepoint(&mark)?;
            let result =
                ActionBeginSavepointResult { savepoint_id: format!("{transaction}{BETWEEN}{mark}").into() };
            Ok(packed("ActionBeginSavepointResult", &result))
        }
        .boxed()
    },
};
