//! Plans a statement and keeps it; says which columns it will answer with and which parameters it takes.

use std::sync::Arc;

use arrow_flight::sql::ActionCreatePreparedStatementRequest;
use bytes::Bytes;
use futures::FutureExt;
use pantile_sql::Params;
use prost::Message;

use super::super::call::Call;
use super::super::encode::{schema_bytes, wire_schema};
use super::super::prepared::Prepared;
use super::{Action, packed, unpacked};
use crate::desk::Question;
use crate::error::Problem;

pub(super) const ACTION: Action = Action {
    name: "CreatePreparedStatement",
    about: "Prepares a statement for being run with parameters.\nRequest: ActionCreatePreparedStatementRequest\nResponse: ActionCreatePreparedStatementResult",
    run: |call, body| {
        async move {
            let ActionCreatePreparedStatementRequest { query, transaction_id } =
                unpacked("ActionCreatePreparedStatementRequest", &body)?;
            let question = call.question_in(query, Params::None, transaction_id.as_deref())?;
            keep(call, question, transaction_id).await
        }
        .boxed()
    },
};

/// Keeps the question to be asked later; what a driver needs to know of it.
pub(super) async fn keep(
    call: &Call,
    question: Question,
    transaction: Option<Bytes>,
) -> Result<Vec<Bytes>, Problem> {
    let (sql, substrait) = (question.sql.clone(), question.substrait.clone());
    let described = call.app.desk.describe(question).await?;
    let schema = match described.changes {
        // Drivers tell updates by there being no columns.
        true => Bytes::new(),
        false => schema_bytes(&wire_schema(&described.schema))?,
    };
    let parameters = match described.parameters.fields().is_empty() {
        true => Bytes::new(),
        false => schema_bytes(&wire_schema(&described.parameters))?,
    };
    let changes = described.changes;
    let prepared = Arc::new(Prepared::new(sql, substrait, described, transaction));
    let (handle, _) = call.shared.prepared.keep_for(call.owner()?, prepared.bytes(), prepared)?;
    Ok(packed(
        "ActionCreatePreparedStatementResult",
        &Made {
            prepared_statement_handle: handle.into(),
            dataset_schema: schema,
            parameter_schema: parameters,
            is_update: Some(changes),
        },
    ))
}

/// `ActionCreatePreparedStatementResult` as Arrow has it since version 25: arrow-flight's has no `is_update`.
#[derive(Clone, PartialEq, Message)]
struct Made {
    #[prost(bytes = "bytes", tag = "1")]
    prepared_statement_handle: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    dataset_schema: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    parameter_schema: Bytes,
    #[prost(bool, optional, tag = "4")]
    is_update: Option<bool>,
}
