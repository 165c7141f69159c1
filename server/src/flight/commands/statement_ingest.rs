//! Rows into a table, which is made, added to or replaced.

use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use futures::FutureExt;
use pantile_core::{Code, catalog};

use super::super::call::Call;
use super::super::door::read;
use super::super::ingest::{self, Target};
use super::super::prepared::touched;
use super::Command;
use crate::desk;
use crate::error::Problem;
use crate::upload::{InDraft, Mode};

pub(super) const COMMAND: Command = Command {
    name: "CommandStatementIngest",
    reads: None,
    put: Some(|call, body, incoming| {
        async move {
            let target = target(call, read("CommandStatementIngest", body)?)?;
            Ok(touched(i64::try_from(ingest::load(call, target, incoming).await?.rows).unwrap_or(i64::MAX)))
        }
        .boxed()
    }),
};

fn target(call: &Call, command: CommandStatementIngest) -> Result<Target, Problem> {
    let CommandStatementIngest {
        table_definition_options,
        table,
        schema,
        catalog,
        temporary,
        transaction_id,
        ..
    } = command;
    if catalog.as_deref().is_some_and(|name| !["", "pantile"].contains(&name))
        || schema.as_deref().is_some_and(|name| !["", "main"].contains(&name))
    {
        return Err(Problem::new(Code::Forbidden, "rows go into tables of `pantile.main` and nowhere else"));
    }
    let session = call.state()?;
    let draft = match temporary {
        true => Some(session.temporary_or(|| call.app.catalog.temporary()).map_err(desk::Error::Sql)?),
        false => match call.transaction(transaction_id.as_deref())? {
            Some(named) => Some(named),
            None => call.implied_transaction()?,
        },
    };
    let there = match &draft {
        Some(draft) => draft.snapshot()?.table(&table).is_some(),
        None => call.app.catalog.current().table(&table).is_some(),
    };
    let options = table_definition_options.unwrap_or_default();
    let mode = match (there, options.if_not_exist(), options.if_exists()) {
        (false, TableNotExistOption::Fail, _) => Mode::Append,
        (false, ..) => Mode::Create,
        (true, _, TableExistsOption::Append) => Mode::Append,
        (true, _, TableExistsOption::Replace) => Mode::Replace,
        (true, _, TableExistsOption::Fail | TableExistsOption::Unspecified) => {
            return Err(catalog::Error::AlreadyExists { kind: "table", name: table }.into());
        }
    };
    Ok(Target { name: table, mode, draft: draft.map(InDraft::of).transpose()? })
}
