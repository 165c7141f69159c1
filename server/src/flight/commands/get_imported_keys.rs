//! Keys that tables declare: none do.

use arrow_flight::sql::CommandGetImportedKeys;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, keys};

pub(super) const COMMAND: Command = Command {
    name: "CommandGetImportedKeys",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetImportedKeys = read("CommandGetImportedKeys", body)?;
            keys::known(call, command.catalog.as_deref(), command.db_schema.as_deref(), &command.table)?;
            Ok(keys::no_references())
        }
        .boxed()
    })),
    put: None,
};
