//! Arrow files and streams.

use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use async_trait::async_trait;
use datafusion::common::DataFusionError;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{ArrowOpener, FileOpener};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use pantile_core::Code;

use super::named::{Reader, Rows, Wanted};
use crate::Error;

/// What an Arrow file begins with. Zeros follow, up to a multiple of 8 and at most 64, and then the same as in a
/// stream, the schema first.
const MAGIC: &[u8] = b"ARROW1";
/// Enough to see where the zeros end.
const HEAD_BYTES: u64 = 72;
/// No schema is longer. What is no Arrow file gives a length all the same.
const SCHEMA_BYTES_MAX: u64 = 16 << 20;

/// Arrow files and streams, in any mixture.
#[derive(Debug)]
pub(super) struct Arrow;

#[async_trait]
impl Reader for Arrow {
    fn name(&self) -> &'static str {
        "arrow"
    }

    fn shares(&self) -> bool {
        true
    }

    async fn open(&self, mut file: PartitionedFile, wanted: Wanted) -> Result<Rows, DataFusionError> {
        let path = &file.object_meta.location;
        let head = wanted.store.get_range(path, 0..HEAD_BYTES).await?;
        let padded = head.strip_prefix(MAGIC);
        let schema = schema(wanted.store.as_ref(), path, padded.map_or(0, after_zeros)).await?;
        let fields = wanted.columns.fields().iter();
        let present: Vec<usize> = fields.filter_map(|field| schema.index_of(field.name()).ok()).collect();
        let schema = Arc::new(schema.project(&present)?);
        let opener = if padded.is_some() {
            ArrowOpener::new_file_opener(wanted.store, Some(present))
        } else {
            // A stream does not say where its batches are: it goes whole to whoever has its first byte.
            if file.range.take().is_some_and(|range| range.start > 0) {
                return Ok(Rows { schema, batches: stream::empty().boxed() });
            }
            ArrowOpener::new_stream_file_opener(wanted.store, Some(present))
        };
        Ok(Rows { schema, batches: opener.open(file)?.await? })
    }
}

/// Where the schema begins. Its own first bytes are a length that may begin with a zero.
fn after_zeros(padded: &[u8]) -> u64 {
    let zeros = padded.iter().take_while(|byte| **byte == 0).count();
    (MAGIC.len() as u64).saturating_add(zeros as u64) / 8 * 8
}

/// The schema of a stream that begins at this byte of a file.
async fn schema(store: &dyn ObjectStore, path: &Path, from: u64) -> Result<SchemaRef, DataFusionError> {
    let range = from..from.saturating_add(SCHEMA_BYTES_MAX);
    let mut bytes = store.get_opts(path, GetOptions::new().with_range(Some(range))).await?.into_stream();
    let mut decoder = StreamDecoder::new();
    while let Some(part) = bytes.try_next().await? {
        let decoded = decoder.decode(&mut Buffer::from(part));
        if let Some(schema) = decoder.schema() {
            return Ok(schema);
        }
        decoded?;
    }
    Err(Error::new(
        Code::InvalidData,
        format!("`{path}` is not an Arrow file: it does not begin with a schema"),
    )
    .carried())
}
