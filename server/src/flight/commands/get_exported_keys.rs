//! Keys that tables declare: none do.

use arrow_flight::sql::CommandGetExportedKeys;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, keys};

pub(super) const COMMAND: Command = Command {
    name: "CommandGetExportedKeys",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetExportedKeys = read("CommandGetExportedKeys", body)?;
            keys::known(call, command.catalog.as_deref(), command.db_schema.as_deref(), &command.table)?;
            Ok(keys::no_references())
        }
        .boxed()
    })),
    put: None,
};
