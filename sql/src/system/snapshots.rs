//! `system.snapshots`: a row a commit that is kept, oldest first.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;

use super::rows::{batch, number, text, time};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Snapshots;

#[async_trait]
impl SystemTable for Snapshots {
    fn name(&self) -> &'static str {
        "snapshots"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let rows = sources.catalog.snapshots().await?;
        batch(vec![
            ("id", number(rows.iter().map(|row| Some(row.id))), false),
            ("time", time(rows.iter().map(|row| row.time)), false),
            ("changes", text(rows.iter().map(|row| Some(&row.changes))), false),
            ("author", text(rows.iter().map(|row| row.author.as_ref())), true),
            ("message", text(rows.iter().map(|row| row.message.as_ref())), true),
        ])
    }
}
