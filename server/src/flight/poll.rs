//! Flights that are asked for now and described later: statements that change much, and questions that take long to
//! plan.

use std::time::Duration;

use arrow_flight::sql::Any;
use arrow_flight::{FlightDescriptor, FlightInfo};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use prost::Message;
use tokio::task::JoinHandle;
use tonic::Status;

use super::ticket::{Sealer, Ticket};
use crate::app::App;
use crate::desk::QueryId;
use crate::error::Problem;

/// How long the first poll waits for the flight: most are there at once.
pub(super) const AT_FIRST: Duration = Duration::from_millis(200);
/// How long further polls wait, so that nobody polls without pause.
pub(super) const AGAIN: Duration = Duration::from_secs(5);
/// The type of the command in a descriptor of ours.
const TYPE: &str = "type.googleapis.com/pantile.Poll";

/// A flight that is under way.
pub(super) struct Poll {
    app: App,
    query_id: QueryId,
    task: JoinHandle<()>,
    described: Shared<BoxFuture<'static, Result<FlightInfo, Status>>>,
}

impl Poll {
    /// Begins to describe the flight, under that query id.
    pub(super) fn begin(
        app: &App,
        query_id: QueryId,
        describing: impl Future<Output = Result<FlightInfo, Problem>> + Send + 'static,
    ) -> Self {
        let described = describing.map(|described| described.map_err(Status::from)).boxed().shared();
        // It goes on while nobody polls.
        let task = tokio::spawn(described.clone().map(drop));
        Self { app: app.clone(), query_id, task, described }
    }

    /// The flight, if it is described within that time.
    pub(super) async fn wait(&self, patience: Duration) -> Option<Result<FlightInfo, Status>> {
        tokio::time::timeout(patience, self.described.clone()).await.ok()
    }

    /// How much of it is done, from 0 to 1: of the boxes of arrays, or of what it reads.
    pub(super) fn progress(&self) -> f64 {
        let Ok(entry) = self.app.desk.registry().entry(self.query_id.as_str()) else { return 0.0 };
        let (done, total) = match entry.boxes_total {
            0 => (entry.read_bytes, entry.read_bytes_total),
            total => (entry.boxes, total),
        };
        if total == 0 { 0.0 } else { (done as f64 / total as f64).clamp(0.0, 1.0) }
    }

    /// Ends it.
    pub(super) fn cancel(&self) {
        // One that is over already is not there any more.
        let _ = self.app.desk.registry().cancel(self.query_id.as_str());
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        if !self.task.is_finished() {
            self.cancel();
        }
    }
}

/// The descriptor to poll again with.
pub(super) fn descriptor(sealer: &Sealer, ticket: &Ticket) -> FlightDescriptor {
    let any = Any { type_url: TYPE.to_owned(), value: sealer.seal(ticket) };
    FlightDescriptor::new_cmd(any.encode_to_vec())
}

/// The sealed ticket in such a descriptor, if it is one.
pub(super) fn ticket_in(descriptor: &FlightDescriptor) -> Option<Bytes> {
    let any = Any::decode(descriptor.cmd.clone()).ok()?;
    (any.type_url == TYPE).then_some(any.value)
}
