//! Batches as Flight sends them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use pantile_core::format::plain::{plain_batches, plain_schema};
use tonic::Status;

use crate::app::App;
use crate::error::Problem;

/// Bytes of one message, so that clients with gRPC's usual limit of 4 MiB can read it.
const MESSAGE_BYTES: usize = 2 << 20;

/// The schema as it is promised and sent: without views, dictionaries and runs, which many drivers cannot read.
pub(super) fn wire_schema(schema: &Schema) -> SchemaRef {
    plain_schema(schema)
}

/// A schema as the bytes of a message, as Flight keeps them in its messages.
pub(super) fn schema_bytes(schema: &Schema) -> Result<Bytes, Problem> {
    let message: IpcMessage = SchemaAsIpc::new(schema, &IpcWriteOptions::default())
        .try_into()
        .map_err(|error: arrow::error::ArrowError| Problem::of(pantile_core::Code::Internal, &error))?;
    Ok(message.0)
}

/// A stream of batches as one of messages: the schema first, then batches of at most [`MESSAGE_BYTES`].
pub(super) fn encode(
    app: &App,
    schema: &Schema,
    batches: BoxStream<'static, Result<RecordBatch, Problem>>,
) -> BoxStream<'static, Result<FlightData, Status>> {
    let schema = wire_schema(schema);
    let pool = Arc::clone(&app.pool);
    let plain = Arc::clone(&schema);
    let batches = batches.then(move |batch| {
        let (pool, schema) = (Arc::clone(&pool), Arc::clone(&plain));
        async move {
            let batch = batch?;
            if batch.schema_ref().fields() == schema.fields() {
                return Ok(vec![batch]);
            }
            let plain = pool.run(move || plain_batches(&batch, &schema)).await.map_err(Problem::from)?;
            plain.map_err(|error| Problem::of(pantile_core::Code::Internal, &error))
        }
    });
    let batches = batches
        .map_ok(|batches| futures::stream::iter(batches.into_iter().map(Ok)))
        .try_flatten()
        .map_err(|problem: Problem| FlightError::Tonic(Box::new(Status::from(problem))));
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(MESSAGE_BYTES)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(batches)
        .map_err(|error| match error {
            FlightError::Tonic(status) => *status,
            other => Problem::of(pantile_core::Code::Internal, &other).into(),
        })
        .boxed()
}
