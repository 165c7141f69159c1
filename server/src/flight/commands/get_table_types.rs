//! Kinds of tables.

use arrow_flight::sql::CommandGetTableTypes;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, TABLE_TYPES};
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetTableTypes",
    reads: Some(Reads::Rows(|_, body| {
        async move {
            let mut types = read::<CommandGetTableTypes>("CommandGetTableTypes", body)?.into_builder();
            TABLE_TYPES.iter().for_each(|name| types.append(name));
            built(types.build())
        }
        .boxed()
    })),
    put: None,
};
