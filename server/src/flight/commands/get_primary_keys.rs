//! Keys that tables declare: none do.

use arrow_flight::sql::CommandGetPrimaryKeys;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, keys};

pub(super) const COMMAND: Command = Command {
    name: "CommandGetPrimaryKeys",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetPrimaryKeys = read("CommandGetPrimaryKeys", body)?;
            keys::known(call, command.catalog.as_deref(), command.db_schema.as_deref(), &command.table)?;
            Ok(keys::no_primary_keys())
        }
        .boxed()
    })),
    put: None,
};
