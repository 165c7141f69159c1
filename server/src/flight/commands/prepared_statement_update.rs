//! A prepared statement that changes something, run once for each row of parameters that is put with it.

use arrow_flight::sql::CommandPreparedStatementUpdate;
use futures::FutureExt;

use super::super::door::read;
use super::super::prepared::touched;
use super::Command;

pub(super) const COMMAND: Command = Command {
    name: "CommandPreparedStatementUpdate",
    reads: None,
    put: Some(|call, body, incoming| {
        async move {
            let CommandPreparedStatementUpdate { prepared_statement_handle: handle } =
                read("CommandPreparedStatementUpdate", body)?;
            Ok(touched(call.prepared(&handle)?.update(call, incoming).await?))
        }
        .boxed()
    }),
};
