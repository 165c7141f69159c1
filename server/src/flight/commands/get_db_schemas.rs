//! Schemas: datasets are in `main`, what the server tells of itself is in the others.

use arrow_flight::sql::CommandGetDbSchemas;
use futures::FutureExt;

use super::super::door::read;
use super::{CATALOG, Command, Reads};
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetDbSchemas",
    reads: Some(Reads::Rows(|_, body| {
        async move {
            let mut schemas = read::<CommandGetDbSchemas>("CommandGetDbSchemas", body)?.into_builder();
            for schema in ["information_schema", "main", "system"] {
                schemas.append(CATALOG, schema);
            }
            built(schemas.build())
        }
        .boxed()
    })),
    put: None,
};
