//! Types as JDBC and ODBC ask for them.

use arrow_flight::sql::CommandGetXdbcTypeInfo;
use arrow_flight::sql::metadata::XdbcTypeInfoDataBuilder;
use futures::FutureExt;

use super::super::door::read;
use super::{Command, Reads, types};
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetXdbcTypeInfo",
    reads: Some(Reads::Rows(|_, body| {
        async move {
            let command = read::<CommandGetXdbcTypeInfo>("CommandGetXdbcTypeInfo", body)?;
            let mut all = XdbcTypeInfoDataBuilder::new();
            types::TYPES.iter().for_each(|sql_type| all.append(sql_type.info()));
            let all = built(all.build())?;
            built(all.record_batch(command.data_type))
        }
        .boxed()
    })),
    put: None,
};
