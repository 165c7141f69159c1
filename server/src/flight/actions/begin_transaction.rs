//! Opens a transaction: statements that name it see one snapshot and what they changed, and nobody else sees that.

use std::sync::Arc;

use arrow_flight::sql::{ActionBeginTransactionRequest, ActionBeginTransactionResult};
use futures::FutureExt;

use super::{Action, packed, unpacked};

pub(super) const ACTION: Action = Action {
    name: "BeginTransaction",
    about: "Opens a transaction.\nRequest: ActionBeginTransactionRequest\nResponse: ActionBeginTransactionResult",
    run: |call, body| {
        async move {
            let ActionBeginTransactionRequest {} = unpacked("ActionBeginTransactionRequest", &body)?;
            let draft = Arc::new(call.app.catalog.begin_draft(call.app.settings().transaction_ttl.0));
            let id = draft.id().to_owned();
            call.shared.transactions.keep_as(id.clone(), Arc::clone(&draft))?;
            call.began(&draft);
            let result = ActionBeginTransactionResult { transaction_id: id.into() };
            Ok(packed("ActionBeginTransactionResult", &result))
        }
        .boxed()
    },
};
