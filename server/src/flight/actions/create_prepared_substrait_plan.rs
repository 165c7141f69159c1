//! Plans a question that comes as a Substrait plan, and keeps it.

use arrow_flight::sql::ActionCreatePreparedSubstraitPlanRequest;
use futures::FutureExt;

use super::create_prepared_statement::keep;
use super::{Action, unpacked};

pub(super) const ACTION: Action = Action {
    name: "CreatePreparedSubstraitPlan",
    about: "Prepares a Substrait plan.\nRequest: ActionCreatePreparedSubstraitPlanRequest\nResponse: ActionCreatePreparedStatementResult",
    run: |call, body| {
        async move {
            let ActionCreatePreparedSubstraitPlanRequest { plan, transaction_id } =
                unpacked("ActionCreatePreparedSubstraitPlanRequest", &body)?;
            let question = call.planned(plan, transaction_id.as_deref())?;
            keep(call, question, transaction_id).await
        }
        .boxed()
    },
};
