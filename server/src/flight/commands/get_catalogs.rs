//! Catalogs: there is one.

use arrow_flight::sql::CommandGetCatalogs;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads};
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetCatalogs",
    reads: Some(Reads::Rows(|_, body| {
        async move {
            let mut catalogs = read::<CommandGetCatalogs>("CommandGetCatalogs", body)?.into_builder();
            catalogs.append(super::CATALOG);
            built(catalogs.build())
        }
        .boxed()
    })),
    put: None,
};
