//! Commands: what a flight's descriptor may name. One file each, one line each in [`COMMANDS`].

mod expression;
mod expression_json;
mod get_catalogs;
mod get_cross_reference;
mod get_db_schemas;
mod get_exported_keys;
mod get_imported_keys;
mod get_primary_keys;
mod get_sql_info;
mod get_table_types;
mod get_tables;
mod get_xdbc_type_info;
mod keys;
mod prepared_statement_query;
mod prepared_statement_update;
mod statement_ingest;
mod statement_query;
mod statement_substrait_plan;
mod statement_update;
mod types;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::sql::Any;
use bytes::Bytes;
use futures::future::BoxFuture;
use pantile_core::{did_you_mean, nearest};
use prost::Message;

use super::call::Call;
use super::error::{malformed, unimplemented};
use super::put::Incoming;
use crate::desk::{Held, Question};
use crate::error::Problem;

/// What of a type URL is the same for all commands.
const PACKAGE: &str = "arrow.flight.protocol.sql.";

/// The one catalog there is.
const CATALOG: &str = "pantile";
/// Kinds of tables.
const TABLE_TYPES: &[&str] = &["SYSTEM TABLE", "LOCAL TEMPORARY", "TABLE", "VIEW"];

/// A command.
pub struct Command {
    /// Its message's name, which its type URL ends with; of one that is ours alone, the whole type URL.
    pub name: &'static str,
    /// What is got by it, if anything is.
    pub(super) reads: Option<Reads>,
    /// What is done with what is put by it, if it may be.
    pub(super) put: Option<Put>,
}

/// How a command's rows come about.
pub(super) enum Reads {
    /// Made anew, and in no time, whenever they are asked for.
    Rows(for<'a> fn(&'a Call, &'a [u8]) -> Doing<'a, RecordBatch>),
    /// By the desk, which is asked this.
    Question(fn(&Call, &[u8]) -> Result<Question, Problem>),
    /// By the desk, too, which has described it before: what `schema` says without asking.
    Answer {
        hold: for<'a> fn(&'a Call, &'a [u8]) -> Doing<'a, Arc<Held>>,
        schema: for<'a> fn(&'a Call, &'a [u8]) -> Doing<'a, SchemaRef>,
    },
}

/// Takes what is put; what it answers with.
pub(super) type Put = for<'a> fn(&'a Call, &'a [u8], Incoming) -> Doing<'a, Bytes>;

/// Something under way.
pub(super) type Doing<'a, T> = BoxFuture<'a, Result<T, Problem>>;

/// Every command, by name.
pub static COMMANDS: &[Command] = &[
    get_catalogs::COMMAND,
    get_cross_reference::COMMAND,
    get_db_schemas::COMMAND,
    get_exported_keys::COMMAND,
    get_imported_keys::COMMAND,
    get_primary_keys::COMMAND,
    get_sql_info::COMMAND,
    get_table_types::COMMAND,
    get_tables::COMMAND,
    get_xdbc_type_info::COMMAND,
    prepared_statement_query::COMMAND,
    prepared_statement_update::COMMAND,
    statement_ingest::COMMAND,
    statement_query::COMMAND,
    statement_substrait_plan::COMMAND,
    statement_update::COMMAND,
    expression::COMMAND,
    expression_json::COMMAND,
];

/// The command that a descriptor names, and its message.
pub(super) fn named(cmd: &[u8]) -> Result<(&'static Command, Bytes), Problem> {
    let any = Any::decode(cmd).map_err(|error| malformed("the descriptor's command", &error))?;
    let full = any.type_url.rsplit('/').next().unwrap_or_default();
    let name = full.strip_prefix(PACKAGE).unwrap_or(full);
    let fits = |command: &&Command| {
        let ours = command.name.contains('/') && command.name == any.type_url;
        ours || command.name == name && full.starts_with(PACKAGE)
    };
    let command = COMMANDS.iter().find(fits);
    let command = command.ok_or_else(|| {
        let near = did_you_mean(nearest(name, COMMANDS.iter().map(|command| command.name)));
        let shown: String = any.type_url.chars().take(200).collect();
        unimplemented(format!("there is no command `{shown}`{near}"))
    })?;
    Ok((command, any.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_do_something() {
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
        assert!(COMMANDS.iter().all(|command| command.reads.is_some() || command.put.is_some()));
    }
}
