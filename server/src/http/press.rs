//! Rows to bytes: an encoder and a squeezer, run on the pool unless the rows are few.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use pantile_core::Code;
use pantile_core::format::{Encoder, Ending};
use pantile_core::pool::Pool;

use super::accept::Accept;
use super::coding::{Coding, Squeezer};
use crate::error::Problem;

/// Rows below this size are encoded where they are: the way to the pool and back takes longer (some 20 µs)
/// than making a few kilobytes of JSON.
const SMALL_BYTES: usize = 16 << 10;

/// Makes the bytes of one answer.
pub(super) struct Press {
    pool: Arc<Pool>,
    /// Away while it works on the pool.
    works: Option<Works>,
    small: bool,
}

struct Works {
    encoder: Box<dyn Encoder>,
    squeezer: Squeezer,
}

impl Press {
    pub(super) fn new(pool: &Arc<Pool>, schema: SchemaRef, accept: &Accept) -> Result<Self, Problem> {
        let encoder = accept.format.encoder(schema, &accept.options)?;
        let squeezer = Squeezer::new(accept.coding).map_err(|error| internal(&error))?;
        let small = accept.coding == Coding::Identity;
        Ok(Self { pool: Arc::clone(pool), works: Some(Works { encoder, squeezer }), small })
    }

    /// What comes before the first row.
    pub(super) fn start(&mut self) -> Result<Vec<u8>, Problem> {
        let Some(works) = &mut self.works else { return Err(lost()) };
        let bytes = works.encoder.start()?;
        works.squeezer.piece(bytes).map_err(|error| internal(&error))
    }

    /// The rows of one batch.
    pub(super) async fn batch(&mut self, batch: RecordBatch) -> Result<Vec<u8>, Problem> {
        if self.small && batch.get_array_memory_size() <= SMALL_BYTES {
            return self.works.as_mut().ok_or_else(lost)?.batch(&batch);
        }
        let mut works = self.works.take().ok_or_else(lost)?;
        let (works, bytes) = self
            .pool
            .run(move || {
                let bytes = works.batch(&batch);
                (works, bytes)
            })
            .await?;
        self.works = Some(works);
        bytes
    }

    /// What comes after the last row of a whole answer.
    pub(super) async fn finish(mut self, ending: Ending) -> Result<Vec<u8>, Problem> {
        let works = self.works.take().ok_or_else(lost)?;
        if self.small { works.finish(ending) } else { self.pool.run(move || works.finish(ending)).await? }
    }

    /// What comes when the answer breaks. The body must be cut after it.
    pub(super) fn broken(mut self, code: Code, message: &str) -> Vec<u8> {
        let Some(works) = &mut self.works else { return Vec::new() };
        let bytes = works.encoder.broken(code, message);
        works.squeezer.piece(bytes).unwrap_or_default()
    }
}

impl Works {
    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Problem> {
        let bytes = self.encoder.batch(batch)?;
        self.squeezer.piece(bytes).map_err(|error| internal(&error))
    }

    fn finish(mut self, ending: Ending) -> Result<Vec<u8>, Problem> {
        let bytes = self.encoder.finish(ending)?;
        let mut bytes = self.squeezer.piece(bytes).map_err(|error| internal(&error))?;
        bytes.extend(self.squeezer.finish().map_err(|error| internal(&error))?);
        Ok(bytes)
    }
}

fn lost() -> Problem {
    Problem::new(Code::Internal, "the encoder was lost to an earlier failure")
}

fn internal(error: &std::io::Error) -> Problem {
    Problem::of(Code::Internal, error)
}
