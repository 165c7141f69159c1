//! Keys of one table that another refers to: none do.

use arrow_flight::sql::CommandGetCrossReference;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, keys};

pub(super) const COMMAND: Command = Command {
    name: "CommandGetCrossReference",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetCrossReference = read("CommandGetCrossReference", body)?;
            let (catalog, schema) = (command.pk_catalog.as_deref(), command.pk_db_schema.as_deref());
            keys::known(call, catalog, schema, &command.pk_table)?;
            let (catalog, schema) = (command.fk_catalog.as_deref(), command.fk_db_schema.as_deref());
            keys::known(call, catalog, schema, &command.fk_table)?;
            Ok(keys::no_references())
        }
        .boxed()
    })),
    put: None,
};
