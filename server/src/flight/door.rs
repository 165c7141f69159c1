//! Flight's ten calls, each handed to the command or action it names.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action as Asked, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as Reply, SchemaResult,
    Ticket as Sealed,
};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use pantile_core::catalog::Draft;
use pantile_core::pool::Account;
use prost::Message;
use prost_types::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::call::Call;
use super::commands::{self, Reads};
use super::encode::{encode, schema_bytes, wire_schema};
use super::error::unimplemented;
use super::poll::{self, Poll};
use super::prepared::Prepared;
use super::put::Incoming;
use super::shelf::Shelf;
use super::ticket::{Sealer, Ticket};
use super::{ACTIONS, path};
use crate::app::App;
use crate::desk::Held;
use crate::error::Problem;

/// Answers that wait for their readers, at most.
const ANSWERS_MAX: usize = 10_000;
/// Prepared statements, at most.
const PREPARED_MAX: usize = 100_000;
/// Transactions, at most: each holds a snapshot back from the sweep.
const TRANSACTIONS_MAX: usize = 10_000;
/// Bytes of the largest message that is taken in: drivers send a batch in one.
const MESSAGE_BYTES: usize = 64 << 20;

/// What calls have in common.
pub(super) struct Shared {
    pub(super) answers: Shelf<Held>,
    pub(super) prepared: Shelf<Prepared>,
    pub(super) transactions: Shelf<Draft>,
    pub(super) polls: Shelf<Poll>,
    pub(super) sealer: Sealer,
    /// What is charged with what is kept for those who have no session.
    pub(super) nobodys: Arc<Account>,
    pub(super) ticket_ttl: Duration,
    /// When the server began: transactions that are older went with the one before.
    pub(super) since: SystemTime,
}

/// How often what is too old is let go.
const TIDY_EVERY: Duration = Duration::from_secs(30);

async fn tidy(stop: CancellationToken, shared: Arc<Shared>) {
    while tokio::time::timeout(TIDY_EVERY, stop.cancelled()).await.is_err() {
        shared.answers.tidy();
        shared.prepared.tidy();
        shared.transactions.all().iter().for_each(|draft| draft.tidy());
        shared.transactions.tidy();
        shared.polls.tidy();
    }
}

/// The service.
#[derive(Clone)]
pub struct Door {
    app: App,
    shared: Arc<Shared>,
}

/// The paths of its calls.
pub const PATH: &str = "/arrow.flight.protocol.FlightService/{*call}";

/// The service as it is mounted beside the paths of HTTP.
pub fn service(app: App) -> FlightServiceServer<Door> {
    let settings = app.settings();
    let (ticket_ttl, session_ttl) = (settings.ticket_ttl.0, settings.session_ttl.0);
    let shared = Arc::new(Shared {
        answers: Shelf::new("answer", ticket_ttl, ANSWERS_MAX).forgetting(),
        prepared: Shelf::new("prepared statement", session_ttl, PREPARED_MAX),
        // Longer than they live: who comes late is told that the time is over, and of which setting.
        transactions: Shelf::new(
            "transaction",
            settings.transaction_ttl.0.saturating_mul(2),
            TRANSACTIONS_MAX,
        ),
        polls: Shelf::new("poll", ticket_ttl, ANSWERS_MAX).forgetting(),
        sealer: Sealer::new(),
        nobodys: app.kept.part("the part of `kept_memory` for who has no session", app.kept.limit() / 2),
        ticket_ttl,
        since: SystemTime::now(),
    });
    tokio::spawn(tidy(app.stopping.clone(), Arc::clone(&shared)));
    FlightServiceServer::new(Door { app, shared })
        .max_decoding_message_size(MESSAGE_BYTES)
        .max_encoding_message_size(usize::MAX)
}

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

#[tonic::async_trait]
impl FlightService for Door {
    type HandshakeStream = Messages<HandshakeResponse>;
    type ListFlightsStream = Messages<FlightInfo>;
    type DoGetStream = Messages<FlightData>;
    type DoPutStream = Messages<PutResult>;
    type DoActionStream = Messages<Reply>;
    type ListActionsStream = Messages<ActionType>;
    type DoExchangeStream = Messages<FlightData>;

    /// Everybody is let in, as over HTTP, and gets a token that names a session of its own.
    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        let token = Uuid::now_v7().to_string();
        let reply = HandshakeResponse { protocol_version: 0, payload: Bytes::from(token.clone()) };
        let mut response = Response::new(once(reply));
        if let Ok(value) = MetadataValue::try_from(format!("Bearer {token}")) {
            response.metadata_mut().insert("authorization", value);
        }
        Ok(response)
    }

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        let call = self.call(&request)?;
        let flights = path::list(&call, &request.get_ref().expression)?;
        Ok(Response::new(futures::stream::iter(flights.into_iter().map(Ok)).boxed()))
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let call = self.call(&request)?;
        Ok(Response::new(self.info(&call, request.into_inner()).await?))
    }

    async fn poll_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        let call = self.call(&request)?;
        let descriptor = request.into_inner();
        let deadline = call.patience_for_polls();
        let (poll, name, until, patience) = match poll::ticket_in(&descriptor) {
            Some(sealed) => {
                let name = self.shared.sealer.open(&sealed)?.poll;
                let until = self.shared.polls.renew(&name)?;
                (self.shared.polls.get(&name)?, name, until, poll::AGAIN)
            }
            None => {
                self.shared.polls.make_room()?;
                let (door, mut call) = (self.clone(), call.without_deadline());
                let query_id = call.settle_query_id()?;
                let begun =
                    Poll::begin(&self.app, query_id, async move { door.info(&call, descriptor).await });
                let begun = Arc::new(begun);
                let (name, until) = self.shared.polls.keep(Arc::clone(&begun))?;
                (begun, name, until, poll::AT_FIRST)
            }
        };
        Ok(Response::new(match poll.wait(patience.min(deadline)).await {
            // Described is all that a flight has to be before it can be fetched.
            Some(info) => PollInfo {
                info: Some(info?),
                flight_descriptor: None,
                progress: Some(1.0),
                expiration_time: None,
            },
            None => {
                let again = poll::descriptor(&self.shared.sealer, &Ticket::poll(&name, until));
                // It has no endpoints yet, and can be cancelled.
                let info = FlightInfo { total_records: -1, total_bytes: -1, ..FlightInfo::default() };
                PollInfo {
                    info: Some(info.with_descriptor(again.clone())),
                    flight_descriptor: Some(again),
                    progress: Some(poll.progress()),
                    expiration_time: Some(Timestamp::from(until)),
                }
            }
        }))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let call = self.call(&request)?;
        let descriptor = request.into_inner();
        let schema = match kind_of(&descriptor)? {
            Kind::Path => path::schema(&call, &descriptor.path).await?,
            Kind::Command => {
                let (command, body) = commands::named(&descriptor.cmd)?;
                match &command.reads {
                    Some(Reads::Rows(rows)) => rows(&call, &body).await?.schema(),
                    Some(Reads::Question(question)) => {
                        self.app.desk.describe(question(&call, &body)?).await.map_err(Problem::from)?.schema
                    }
                    Some(Reads::Answer { schema, .. }) => schema(&call, &body).await?,
                    None => return Err(not_read(command.name).into()),
                }
            }
        };
        Ok(Response::new(SchemaResult { schema: schema_bytes(&wire_schema(&schema))? }))
    }

    async fn do_get(&self, request: Request<Sealed>) -> Result<Response<Self::DoGetStream>, Status> {
        let call = self.call(&request)?;
        let ticket = self.shared.sealer.open(&request.get_ref().ticket)?;
        if !ticket.command.is_empty() {
            let (command, body) = commands::named(&ticket.command)?;
            let Some(Reads::Rows(rows)) = &command.reads else { return Err(not_read(command.name).into()) };
            let batch: RecordBatch = rows(&call, &body).await?;
            let schema = batch.schema();
            return Ok(Response::new(encode(&self.app, &schema, once_problem(batch))));
        }
        let held = self.shared.answers.get(&ticket.answer)?;
        let partition = usize::try_from(ticket.partition).unwrap_or(usize::MAX);
        let batches = self.app.desk.read(&held, partition).await.map_err(Problem::from)?;
        let batches = batches.map_err(Problem::from).boxed();
        Ok(Response::new(encode(&self.app, &held.schema, batches)))
    }

    async fn do_put(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        let call = self.call(&request)?;
        let incoming = Incoming::begin(request.into_inner(), self.app.settings().body_timeout.0).await?;
        let descriptor = incoming.descriptor().clone();
        let metadata = match kind_of(&descriptor)? {
            Kind::Path => path::put(&call, &descriptor.path, incoming).await?,
            Kind::Command => {
                let (command, body) = commands::named(&descriptor.cmd)?;
                let Some(put) = command.put else {
                    return Err(unimplemented(format!("`{}` is not put", command.name)).into());
                };
                put(&call, &body, incoming).await?
            }
        };
        Ok(Response::new(once(PutResult { app_metadata: metadata })))
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(unimplemented("nothing here is exchanged: put rows, and get them").into())
    }

    async fn do_action(&self, request: Request<Asked>) -> Result<Response<Self::DoActionStream>, Status> {
        let mut call = self.call(&request)?;
        let Asked { r#type, body } = request.into_inner();
        let Some(action) = ACTIONS.iter().find(|action| action.name == r#type) else {
            let near = pantile_core::did_you_mean(pantile_core::nearest(
                &r#type,
                ACTIONS.iter().map(|action| action.name),
            ));
            let shown: String = r#type.chars().take(100).collect();
            return Err(unimplemented(format!("there is no action `{shown}`{near}")).into());
        };
        let reply = (action.run)(&mut call, body).await?;
        let replies = reply.into_iter().map(|body| Ok(Reply { body }));
        let mut response: Response<Self::DoActionStream> =
            Response::new(futures::stream::iter(replies.collect::<Vec<_>>()).boxed());
        if let Some(cookie) = call.cookie()
            && let Ok(value) = MetadataValue::try_from(cookie)
        {
            response.metadata_mut().insert("set-cookie", value);
        }
        Ok(response)
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        let actions = ACTIONS.iter().map(|action| {
            Ok(ActionType { r#type: action.name.to_owned(), description: action.about.to_owned() })
        });
        Ok(Response::new(futures::stream::iter(actions.collect::<Vec<_>>()).boxed()))
    }
}

/// How a flight is described.
enum Kind {
    Command,
    Path,
}

fn kind_of(descriptor: &FlightDescriptor) -> Result<Kind, Problem> {
    match descriptor.r#type() {
        DescriptorType::Cmd => Ok(Kind::Command),
        DescriptorType::Path => Ok(Kind::Path),
        DescriptorType::Unknown => {
            Err(Problem::invalid("the descriptor is neither a command nor a path; say which in its type"))
        }
    }
}

fn not_read(name: &str) -> Problem {
    unimplemented(format!("`{name}` has no rows to get; put it"))
}

fn once<T: Send + 'static>(message: T) -> Messages<T> {
    futures::stream::iter([Ok(message)]).boxed()
}

fn once_problem(batch: RecordBatch) -> BoxStream<'static, Result<RecordBatch, Problem>> {
    futures::stream::iter([Ok(batch)]).boxed()
}

impl Door {
    fn call<T>(&self, request: &Request<T>) -> Result<Call, Problem> {
        Call::of(&self.app, &self.shared, request)
    }

    /// What a flight is made of. What changes something is done when this returns.
    async fn info(&self, call: &Call, descriptor: FlightDescriptor) -> Result<FlightInfo, Problem> {
        // Before anything is changed that could then not be answered.
        self.shared.answers.make_room()?;
        let held = match kind_of(&descriptor)? {
            Kind::Path => path::hold(call, &descriptor.path).await?,
            Kind::Command => {
                let (command, body) = commands::named(&descriptor.cmd)?;
                match &command.reads {
                    None => return Err(not_read(command.name)),
                    Some(Reads::Question(question)) => {
                        Arc::new(self.app.desk.hold(question(call, &body)?).await?)
                    }
                    Some(Reads::Answer { hold, .. }) => hold(call, &body).await?,
                    Some(Reads::Rows(rows)) => {
                        let batch = rows(call, &body).await?;
                        let ticket = Ticket::command(descriptor.cmd.clone(), call.later());
                        let sealed = self.shared.sealer.seal(&ticket);
                        let rows = Some(batch.num_rows());
                        let endpoint = endpoint(sealed, call.later());
                        return flight(&batch.schema(), descriptor, vec![endpoint], rows);
                    }
                }
            }
        };
        let (schema, partitions) = (Arc::clone(&held.schema), held.partitions());
        // A statement that is done has one row that says so, and that is no row of a table.
        let rows = held.rows().filter(|_| matches!(held.outcome, pantile_sql::Outcome::Rows));
        let (name, until) = self.shared.answers.keep_for(call.owner()?, held.bytes(), held)?;
        let endpoints = (0..partitions).map(|partition| {
            let ticket = Ticket::answer(&name, partition, until);
            endpoint(self.shared.sealer.seal(&ticket), until)
        });
        let mut info = flight(&schema, descriptor, endpoints.collect(), rows)?;
        info.app_metadata = Bytes::from(name);
        Ok(info)
    }
}

/// An endpoint without a location: the ticket is for whom it was got from.
pub(super) fn endpoint(ticket: Bytes, until: SystemTime) -> FlightEndpoint {
    FlightEndpoint {
        ticket: Some(Sealed { ticket }),
        location: Vec::new(),
        expiration_time: Some(Timestamp::from(until)),
        app_metadata: Bytes::new(),
    }
}

/// What is said of a flight.
pub(super) fn flight(
    schema: &Schema,
    descriptor: FlightDescriptor,
    endpoint: Vec<FlightEndpoint>,
    rows: Option<usize>,
) -> Result<FlightInfo, Problem> {
    Ok(FlightInfo {
        schema: schema_bytes(&wire_schema(schema))?,
        flight_descriptor: Some(descriptor),
        ordered: endpoint.len() == 1,
        endpoint,
        total_records: rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(-1),
        total_bytes: -1,
        app_metadata: Bytes::new(),
    })
}

/// The message of that type in a body.
pub(super) fn read<M: Message + Default>(what: &str, body: &[u8]) -> Result<M, Problem> {
    M::decode(body).map_err(|error| super::error::malformed(what, &error))
}
