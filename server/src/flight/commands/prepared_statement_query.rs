//! A statement that was prepared, with the parameters that were bound to it last.

use std::sync::Arc;

use arrow_flight::sql::{CommandPreparedStatementQuery, DoPutPreparedStatementResult};
use futures::FutureExt;
use prost::Message;

use super::super::door::read;
use super::{Command, Reads};

pub(super) const COMMAND: Command = Command {
    name: "CommandPreparedStatementQuery",
    reads: Some(Reads::Answer {
        hold: |call, body| {
            async move {
                let CommandPreparedStatementQuery { prepared_statement_handle: handle } =
                    read("CommandPreparedStatementQuery", body)?;
                let prepared = call.prepared(&handle)?;
                Ok(Arc::new(call.app.desk.hold(prepared.question(call)?).await?))
            }
            .boxed()
        },
        schema: |call, body| {
            async move {
                let CommandPreparedStatementQuery { prepared_statement_handle: handle } =
                    read("CommandPreparedStatementQuery", body)?;
                Ok(Arc::clone(&call.prepared(&handle)?.described.schema))
            }
            .boxed()
        },
    }),
    put: Some(|call, body, incoming| {
        async move {
            let CommandPreparedStatementQuery { prepared_statement_handle: handle } =
                read("CommandPreparedStatementQuery", body)?;
            call.prepared(&handle)?.bind(call, incoming).await?;
            let result = DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) };
            Ok(result.encode_to_vec().into())
        }
        .boxed()
    }),
};
