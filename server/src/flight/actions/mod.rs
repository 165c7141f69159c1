//! Actions: what `DoAction` may name. One file each, one line each in [`ACTIONS`].

mod begin_savepoint;
mod begin_transaction;
mod cancel_flight_info;
mod cancel_query;
mod close_prepared_statement;
mod close_session;
mod create_prepared_statement;
mod create_prepared_substrait_plan;
mod end_savepoint;
mod end_transaction;
mod get_session_options;
mod renew_flight_endpoint;
mod session;
mod set_session_options;

use arrow_flight::sql::Any;
use bytes::Bytes;
use futures::future::BoxFuture;
use prost::Message;

use super::call::Call;
use super::error::malformed;
use crate::error::Problem;

/// What an action does, and answers with.
type Run = for<'a> fn(&'a mut Call, Bytes) -> BoxFuture<'a, Result<Vec<Bytes>, Problem>>;

/// An action.
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// What it does, for `ListActions`.
    pub about: &'static str,
    /// Does it; what it answers with, a message each.
    pub(super) run: Run,
}

/// Every action, by name.
pub static ACTIONS: &[Action] = &[
    begin_savepoint::ACTION,
    begin_transaction::ACTION,
    cancel_flight_info::ACTION,
    cancel_query::ACTION,
    close_prepared_statement::ACTION,
    close_session::ACTION,
    create_prepared_statement::ACTION,
    create_prepared_substrait_plan::ACTION,
    end_savepoint::ACTION,
    end_transaction::ACTION,
    get_session_options::ACTION,
    renew_flight_endpoint::ACTION,
    set_session_options::ACTION,
];

/// The message in an `Any`, as Flight SQL's actions carry theirs; Flight's own carry theirs bare.
fn unpacked<M: Message + Default>(name: &str, body: &[u8]) -> Result<M, Problem> {
    let any = Any::decode(body).map_err(|error| malformed(name, &error))?;
    if !any.type_url.ends_with(&format!(".{name}")) {
        let shown: String = any.type_url.chars().take(200).collect();
        return Err(Problem::invalid(format!("this action takes a `{name}`, and a `{shown}` came")));
    }
    M::decode(any.value).map_err(|error| malformed(name, &error))
}

/// A message as an answer of Flight SQL's actions, in an `Any`.
fn packed(name: &str, message: &impl Message) -> Vec<Bytes> {
    let any = Any {
        type_url: format!("type.googleapis.com/arrow.flight.protocol.sql.{name}"),
        value: message.encode_to_vec().into(),
    };
    vec![any.encode_to_vec().into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_sorted() {
        assert!(ACTIONS.is_sorted_by_key(|action| action.name));
    }
}
