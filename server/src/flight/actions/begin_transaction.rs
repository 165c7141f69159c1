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
            call.began(&draft);
            let (id, _) = call.shared.transactions.keep(draft)?;
            let result = ActionBeginTransactionResult { transaction_id: id.into() };
            Ok(packed("ActionBeginTransactionResult", &result))
        }
        .boxed()
    },
};
