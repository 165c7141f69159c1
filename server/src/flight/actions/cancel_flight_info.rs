//! Ends a flight: its run, and its tickets.

use arrow_flight::{CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo};
use futures::FutureExt;
use prost::Message;

use super::super::call::Call;
use super::super::door::read;
use super::super::poll;
use super::Action;
use crate::error::Problem;

pub(super) const ACTION: Action = Action {
    name: "CancelFlightInfo",
    about: "Ends a flight and whatever runs for it.\nRequest: CancelFlightInfoRequest\nResponse: CancelFlightInfoResult",
    run: |call, body| {
        async move {
            let request: CancelFlightInfoRequest = read("CancelFlightInfoRequest", &body)?;
            let info = request.info.ok_or_else(|| Problem::invalid("there is no flight in the request"))?;
            let status = cancelled(call, &info).await?;
            let result = CancelFlightInfoResult { status: status as i32 };
            Ok(vec![result.encode_to_vec().into()])
        }
        .boxed()
    },
};

/// Ends what the flight's tickets stand for.
pub(super) async fn cancelled(call: &Call, info: &FlightInfo) -> Result<CancelStatus, Problem> {
    if let Some(sealed) = info.flight_descriptor.as_ref().and_then(poll::ticket_in) {
        let name = call.shared.sealer.open(&sealed)?.poll;
        call.shared.polls.get(&name)?.cancel();
        return Ok(CancelStatus::Cancelling);
    }
    let ticket = info.endpoint.iter().find_map(|endpoint| endpoint.ticket.as_ref());
    let ticket =
        ticket.ok_or_else(|| Problem::invalid("the flight has no ticket that would say which it is"))?;
    let ticket = call.shared.sealer.open(&ticket.ticket)?;
    if ticket.answer.is_empty() {
        // Its rows are made when they are fetched: there is nothing to end.
        return Ok(CancelStatus::NotCancellable);
    }
    let held = call.shared.answers.take(&ticket.answer)?;
    call.app.desk.cancel(&held);
    Ok(CancelStatus::Cancelled)
}
