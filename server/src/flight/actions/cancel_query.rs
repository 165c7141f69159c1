//! Ends a flight, as clients of before Arrow 13 ask for it.

use arrow_flight::sql::{ActionCancelQueryRequest, ActionCancelQueryResult};
use arrow_flight::{CancelStatus, FlightInfo};
use futures::FutureExt;

use super::super::door::read;
use super::cancel_flight_info::cancelled;
use super::{Action, packed, unpacked};

pub(super) const ACTION: Action = Action {
    name: "CancelQuery",
    about: "Ends a flight; `CancelFlightInfo` does the same.\nRequest: ActionCancelQueryRequest\nResponse: ActionCancelQueryResult",
    run: |call, body| {
        async move {
            let ActionCancelQueryRequest { info } = unpacked("ActionCancelQueryRequest", &body)?;
            let info: FlightInfo = read("the flight to cancel", &info)?;
            let status = cancelled(call, &info).await?;
            // Both number their outcomes alike: unspecified, cancelled, cancelling, not cancellable.
            let result = match status {
                CancelStatus::Unspecified => 0,
                CancelStatus::Cancelled => 1,
                CancelStatus::Cancelling => 2,
                CancelStatus::NotCancellable => 3,
            };
            Ok(packed("ActionCancelQueryResult", &ActionCancelQueryResult { result }))
        }
        .boxed()
    },
};
