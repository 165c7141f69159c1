//! What comes back: the columns first, then rows as they are computed.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::BoxStream;
use pantile_core::catalog::SnapshotId;
use pantile_core::pool::Reason;
use pantile_sql::{Outcome, RunsOn};

use super::admit::{Seat, ended};
use super::{Error, QueryId};

/// An answer whose rows are still to come.
pub struct Answer {
    /// The question's name.
    pub query_id: QueryId,
    /// Its columns.
    pub schema: SchemaRef,
    /// The snapshot it was read from, or made.
    pub snapshot: SnapshotId,
    /// What kind of answer.
    pub outcome: Outcome,
    /// What computes it.
    pub runs_on: RunsOn,
    /// How long planning took.
    pub planned: Duration,
    /// Its rows.
    pub rows: Rows,
}

/// The rows of an answer. Dropping them ends the question.
pub struct Rows {
    batches: BoxStream<'static, Result<RecordBatch, pantile_sql::Error>>,
    seat: Option<Seat>,
    left: Option<u64>,
    given: u64,
    truncated: bool,
    queued: Duration,
    since: Instant,
}

impl Rows {
    pub(super) fn new(
        batches: BoxStream<'static, Result<RecordBatch, pantile_sql::Error>>,
        seat: Seat,
        row_limit: Option<u64>,
    ) -> Self {
        let (queued, since) = (seat.record().queued(), seat.record().since());
        Self { batches, seat: Some(seat), left: row_limit, given: 0, truncated: false, queued, since }
    }

    /// The next rows; nothing after the last, or after an error.
    ///
    /// # Errors
    /// [`Error::Ended`] once the question was ended, else what the engine says.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        loop {
            let seat = self.seat.as_mut()?;
            let _asking = seat.record().asking();
            let next = tokio::select! {
                biased;
                _ = ended(seat.cancel()) => Err(seat.fail(None)),
                next = self.batches.next() => match next {
                    Some(Err(error)) => Err(seat.fail(Some(Error::Sql(error)))),
                    Some(Ok(batch)) => Ok(Some(batch)),
                    None => Ok(None),
                },
            };
            match next {
                Err(error) => {
                    self.stop();
                    return Some(Err(error));
                }
                Ok(None) => {
                    self.end();
                    return None;
                }
                Ok(Some(batch)) if batch.num_rows() == 0 => {}
                Ok(Some(batch)) => return self.give(batch).map(Ok),
            }
        }
    }

    /// Rows given out so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Whether a row limit cut the answer off.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// How long ago the question came in.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// How long the question waited for its slot.
    pub fn queued(&self) -> Duration {
        self.queued
    }

    /// The batch, cut where the caller's limit lies; nothing when the limit is reached already, which is
    /// only known to cut anything off once there is one row more.
    fn give(&mut self, batch: RecordBatch) -> Option<RecordBatch> {
        let rows = batch.num_rows() as u64;
        let batch = match &mut self.left {
            Some(0) => {
                self.truncated = true;
                self.end();
                return None;
            }
            Some(left) if *left < rows => {
                let kept = batch.slice(0, usize::try_from(*left).unwrap_or(usize::MAX));
                self.truncated = true;
                kept
            }
            Some(left) => {
                *left = left.saturating_sub(rows);
                batch
            }
            None => batch,
        };
        self.given = self.given.saturating_add(batch.num_rows() as u64);
        if let Some(seat) = &self.seat {
            seat.record().gave(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
        }
        if self.truncated {
            self.end();
        }
        Some(batch)
    }

    /// Gives the seat back after a good end, and lets whatever still computes go.
    fn end(&mut self) {
        if let Some(seat) = self.seat.take() {
            let cancel = seat.cancel().clone();
            seat.finished();
            if self.truncated {
                cancel.cancel(Reason::Asked);
            }
        }
        self.stop();
    }

    fn stop(&mut self) {
        self.seat = None;
        self.batches = futures::stream::empty().boxed();
    }
}
