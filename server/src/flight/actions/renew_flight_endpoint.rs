//! Keeps an endpoint's ticket good for longer.

use arrow_flight::RenewFlightEndpointRequest;
use futures::FutureExt;
use prost::Message;

use super::super::door::{endpoint, read};
use super::super::ticket::Ticket;
use super::Action;
use crate::error::Problem;

pub(super) const ACTION: Action = Action {
    name: "RenewFlightEndpoint",
    about: "Gives an endpoint a ticket that is good for longer.\nRequest: RenewFlightEndpointRequest\nResponse: FlightEndpoint",
    run: |call, body| {
        async move {
            let request: RenewFlightEndpointRequest = read("RenewFlightEndpointRequest", &body)?;
            let old = request.endpoint.and_then(|endpoint| endpoint.ticket);
            let old =
                old.ok_or_else(|| Problem::invalid("there is no endpoint with a ticket in the request"))?;
            let ticket = call.shared.sealer.open(&old.ticket)?;
            let (ticket, until) = match ticket.answer.as_str() {
                "" => (Ticket::command(ticket.command, call.later()), call.later()),
                answer => {
                    let until = call.shared.answers.renew(answer)?;
                    let partition = usize::try_from(ticket.partition).unwrap_or(usize::MAX);
                    (Ticket::answer(answer, partition, until), until)
                }
            };
            Ok(vec![endpoint(call.shared.sealer.seal(&ticket), until).encode_to_vec().into()])
        }
        .boxed()
    },
};
