//! What comes in with a `DoPut`.

use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::ipc::root_as_message;
use arrow_flight::{FlightData, FlightDescriptor};
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use pantile_core::Code;
use pantile_core::format::{self, ReadOptions};
use pantile_core::pool::Charge;
use tonic::{Status, Streaming};

use super::params;
use super::prepared::Bound;
use super::shelf::over;
use crate::app::App;
use crate::error::Problem;
use crate::upload::{Received, receive};

/// The format that what is put is read as.
pub(super) const ARROW: &str = "arrow";
/// What every message of an Arrow stream begins with.
const CONTINUATION: u32 = 0xffff_ffff;
/// Messages are padded to multiples of this.
const ALIGNMENT: usize = 8;

/// The messages of a `DoPut`, the first of which says what it is about.
pub(super) struct Incoming {
    descriptor: FlightDescriptor,
    messages: BoxStream<'static, Result<FlightData, Status>>,
}

impl Incoming {
    /// Waits for the first message.
    pub(super) async fn begin(messages: Streaming<FlightData>, patience: Duration) -> Result<Self, Status> {
        let mut messages = patient(messages, patience);
        let first = messages.try_next().await?;
        let mut first = first.ok_or_else(|| Problem::invalid("nothing was put"))?;
        let descriptor = first.flight_descriptor.take().ok_or_else(|| {
            Problem::invalid("the first message that is put has no descriptor, which says what it is about")
        })?;
        let messages = futures::stream::iter([Ok(first)]).chain(messages).boxed();
        Ok(Self { descriptor, messages })
    }

    /// What it is about.
    pub(super) fn descriptor(&self) -> &FlightDescriptor {
        &self.descriptor
    }

    /// Its rows, received to disk as the Arrow stream that they are; refused where a batch has more than `rows_max`.
    pub(super) async fn received(self, app: &App, rows_max: Option<u64>) -> Result<Received, Problem> {
        let mut problem = None;
        let bytes = self.bytes(rows_max).map(|bytes| {
            bytes.map_err(|error| {
                let said = error.detail.clone();
                problem = Some(error);
                said
            })
        });
        let received = receive(app, bytes, None).await;
        // What was wrong with the rows says more than that receiving them failed.
        match (received, problem) {
            (Err(_), Some(problem)) => Err(problem),
            (received, _) => Ok(received?),
        }
    }

    /// Its rows as parameters of a statement that takes `wanted`, read batch by batch as uploads are, at most `rows_max`;
    /// none at all where no columns came either.
    pub(super) async fn params(
        self,
        app: &App,
        rows_max: u64,
        mut charge: Charge,
        wanted: SchemaRef,
    ) -> Result<Option<Bound>, Problem> {
        let spooled = self.received(app, Some(rows_max)).await?.spooled;
        if spooled.bytes <= END_OF_STREAM.len() as u64 {
            return Ok(None);
        }
        let read = move || {
            let mut rows = Vec::new();
            let arrow =
                format::by_name(ARROW).ok_or_else(|| Problem::new(Code::Internal, "no format `arrow`"))?;
            for batch in arrow.read(spooled.file, &ReadOptions::default())? {
                let batch = batch.map_err(|error| match format::Error::try_from(error) {
                    Ok(error) => Problem::from(error),
                    Err(other) => Problem::new(Code::InvalidData, other.to_string()),
                })?;
                if (rows.len() as u64).saturating_add(batch.num_rows() as u64) > rows_max {
                    return Err(too_many(rows_max));
                }
                // Charged before they are made.
                charge.try_grow(params::bytes(&batch, &wanted)).map_err(|refused| over(&refused))?;
                rows.extend(params::rows(&batch, &wanted)?);
            }
            Ok(Some(Bound { rows, _charge: charge }))
        };
        app.pool.run(read).await?
    }

    /// Its messages as the bytes of an Arrow stream, which is what they are but for their frames.
    fn bytes(self, rows_max: Option<u64>) -> BoxStream<'static, Result<Bytes, Problem>> {
        let (mut begun, mut nothing) = (false, false);
        let messages = self.messages.map(move |message| {
            let message = message.map_err(|status| broken_off(&status))?;
            if message.data_header.is_empty() || nothing {
                return Ok(Bytes::new());
            }
            let columns = framed(&message, rows_max)?;
            if columns.is_some() && begun {
                return Err(Problem::new(
                    Code::InvalidData,
                    "the rows change their columns half-way: a second schema came; put them as a flight of their own",
                ));
            }
            begun = true;
            // Drivers put rows without columns where a statement takes no parameters.
            nothing = rows_max.is_some() && columns == Some(0);
            if nothing { Ok(Bytes::new()) } else { encapsulated(&message) }
        });
        let end = futures::stream::iter([Ok(Bytes::from_static(END_OF_STREAM))]);
        messages.chain(end).try_filter(|bytes| futures::future::ready(!bytes.is_empty())).boxed()
    }
}

/// Gives up on a sender that says nothing for too long.
fn patient(
    messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
    patience: Duration,
) -> BoxStream<'static, Result<FlightData, Status>> {
    futures::stream::unfold(Some(Box::pin(messages)), move |messages| async move {
        let mut messages = messages?;
        match tokio::time::timeout(patience, messages.next()).await {
            Ok(Some(Ok(message))) => Some((Ok(message), Some(messages))),
            Ok(Some(Err(status))) => Some((Err(status), None)),
            Ok(None) => None,
            Err(_) => {
                let said = format!("nothing came for {patience:?}, the limit `body_timeout`");
                Some((Err(Problem::new(Code::Timeout, said).into()), None))
            }
        }
    })
    .boxed()
}

fn broken_off(status: &Status) -> Problem {
    if status.code() == tonic::Code::DeadlineExceeded {
        return Problem::new(Code::Timeout, status.message());
    }
    Problem::new(
        Code::InvalidData,
        format!("what was put broke off: {}; nothing of it was kept", status.message()),
    )
}

/// How many columns it says there are, where it is a schema; checks that the frame says of the body what is true.
fn framed(message: &FlightData, rows_max: Option<u64>) -> Result<Option<usize>, Problem> {
    let wrong =
        |why: String| Problem::new(Code::InvalidData, format!("a message that was put is damaged: {why}"));
    let header = root_as_message(&message.data_header).map_err(|error| wrong(error.to_string()))?;
    let (said, is) = (header.bodyLength(), message.data_body.len());
    let padded = is.checked_next_multiple_of(ALIGNMENT).unwrap_or(is);
    if usize::try_from(said).ok().is_none_or(|said| said != is && said != padded) {
        return Err(wrong(format!("its header speaks of {said} bytes, and {is} came")));
    }
    let rows = header.header_as_record_batch().and_then(|batch| u64::try_from(batch.length()).ok());
    match rows_max {
        // Before they are unpacked.
        Some(max) if rows.is_some_and(|rows| rows > max) => Err(too_many(max)),
        _ => Ok(header.header_as_schema().map(|schema| schema.fields().map_or(0, |fields| fields.len()))),
    }
}

fn too_many(max: u64) -> Problem {
    let said = format!("more than {max} rows came, which is the most");
    Problem::new(Code::TooLarge, said).hint("ingest rows in bulk instead")
}

/// The message as it stands in an Arrow stream.
fn encapsulated(message: &FlightData) -> Result<Bytes, Problem> {
    let too_long = || Problem::new(Code::InvalidData, "a message that was put has a header that is too long");
    // With the eight bytes before it, the header ends on a multiple of eight.
    let padded = message.data_header.len().checked_next_multiple_of(ALIGNMENT).ok_or_else(too_long)?;
    let length = i32::try_from(padded).map_err(|_| too_long())?;
    let mut bytes =
        BytesMut::with_capacity(padded.saturating_add(message.data_body.len()).saturating_add(16));
    bytes.put_u32_le(CONTINUATION);
    bytes.put_i32_le(length);
    bytes.put_slice(&message.data_header);
    bytes.put_bytes(0, padded.saturating_sub(message.data_header.len()));
    bytes.put_slice(&message.data_body);
    let body = message.data_body.len();
    bytes.put_bytes(0, body.checked_next_multiple_of(ALIGNMENT).unwrap_or(body).saturating_sub(body));
    Ok(bytes.freeze())
}

/// What an Arrow stream ends with.
const END_OF_STREAM: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
