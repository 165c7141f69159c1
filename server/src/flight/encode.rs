//! Batches as Flight sends them.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow_flight::{FlightData, IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use pantile_core::array::tensors::Tensors;
use pantile_core::format::plain::{plain_batches, plain_schema};
use tonic::Status;

use crate::app::App;
use crate::error::Problem;

/// Bytes of one message, so that clients with gRPC's usual limit of 4 MiB can read it.
const MESSAGE_BYTES: usize = 2 << 20;
/// Batches that are encoded while the one before them is sent.
const AHEAD: usize = 2;

/// The schema as it is promised and sent: without views, dictionaries and runs, which many drivers cannot read, an array as
/// boxes of it.
pub(super) fn wire_schema(schema: &Schema) -> SchemaRef {
    Tensors::of(schema).map_or_else(|| plain_schema(schema), |tensors| plain_schema(tensors.schema()))
}

/// A schema as the bytes of a message, as Flight keeps them in its messages.
pub(super) fn schema_bytes(schema: &Schema) -> Result<Bytes, Problem> {
    let message: IpcMessage = SchemaAsIpc::new(schema, &IpcWriteOptions::default())
        .try_into()
        .map_err(|error: ArrowError| Problem::of(pantile_core::Code::Internal, &error))?;
    Ok(message.0)
}

/// A stream of batches as one of messages: the schema first, then batches of at most [`MESSAGE_BYTES`].
///
/// Batches are encoded on the pool, some ahead of the one that is sent: the thread that writes to the socket does
/// nothing else.
pub(super) fn encode(
    app: &App,
    schema: &Schema,
    batches: BoxStream<'static, Result<RecordBatch, Problem>>,
) -> BoxStream<'static, Result<FlightData, Status>> {
    let batches = boxes(schema, batches);
    let schema = wire_schema(schema);
    let first = FlightData::from(SchemaAsIpc::new(&schema, &IpcWriteOptions::default()));
    let pool = Arc::clone(&app.pool);
    let encoded = move |batch: Result<RecordBatch, Problem>| {
        let (pool, schema) = (Arc::clone(&pool), Arc::clone(&schema));
        async move {
            let batch = batch?;
            let messages = pool.run(move || messages(&batch, &schema)).await.map_err(Problem::from)?;
            messages.map_err(|error| Problem::of(pantile_core::Code::Internal, &error))
        }
    };
    let rest = batches
        .map(encoded)
        .buffered(AHEAD)
        .map_ok(|messages| futures::stream::iter(messages.into_iter().map(Ok)))
        .try_flatten()
        .map_err(|problem: Problem| Status::from(problem));
    futures::stream::once(async { Ok(first) }).chain(rest).boxed()
}

/// An array as boxes of it; all else as it is.
fn boxes(
    schema: &Schema,
    batches: BoxStream<'static, Result<RecordBatch, Problem>>,
) -> BoxStream<'static, Result<RecordBatch, Problem>> {
    let Some(mut tensors) = Tensors::of(schema) else { return batches };
    let boxed = move |batch: Result<RecordBatch, Problem>| {
        let boxes = batch.and_then(|batch| {
            tensors.push(&batch).map_err(|error| Problem::of(pantile_core::Code::Internal, &error))
        });
        futures::future::ready(boxes.transpose())
    };
    batches.filter_map(boxed).boxed()
}

thread_local! {
    /// What encoding works in, kept by each thread of the pool: a buffer as long as the message before, which
    /// would else grow by doubling, copied each time.
    static DESK: RefCell<IpcWriteContext> = RefCell::default();
}

/// The messages of a batch. What is plain has no dictionaries, so batches need not know of each other.
fn messages(batch: &RecordBatch, schema: &SchemaRef) -> Result<Vec<FlightData>, ArrowError> {
    let mut messages = Vec::new();
    DESK.with_borrow_mut(|desk| {
        for batch in plain_batches(batch, schema)? {
            put(&batch, desk, &mut messages)?;
        }
        Ok(messages)
    })
}

/// Encodes a batch, by halves where it is too long for one message.
fn put(
    batch: &RecordBatch,
    desk: &mut IpcWriteContext,
    messages: &mut Vec<FlightData>,
) -> Result<(), ArrowError> {
    let rows = batch.num_rows();
    let bytes: usize = batch.columns().iter().map(sliced_bytes).sum();
    if bytes < MESSAGE_BYTES || rows < 2 {
        desk.set_reserve_scratch(bytes < MESSAGE_BYTES);
        let mut tracker = DictionaryTracker::new(false);
        let (dictionaries, encoded) =
            IpcDataGenerator::default().encode(batch, &mut tracker, &IpcWriteOptions::default(), desk)?;
        // Padding may be what makes it too long.
        if rows < 2 || encoded.arrow_data.len() + encoded.ipc_message.len() <= MESSAGE_BYTES {
            messages.extend(dictionaries.into_iter().chain([encoded]).map(FlightData::from));
            return Ok(());
        }
    }
    put(&batch.slice(0, rows / 2), desk, messages)?;
    put(&batch.slice(rows / 2, rows - rows / 2), desk, messages)
}

/// Bytes of a column's own rows, of buffers that it may share with others.
fn sliced_bytes(column: &ArrayRef) -> usize {
    column.to_data().get_slice_memory_size().unwrap_or(usize::MAX)
}
