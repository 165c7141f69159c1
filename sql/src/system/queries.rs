//! `system.queries`: what the server says.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;

use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Queries;

#[async_trait]
impl SystemTable for Queries {
    fn name(&self) -> &'static str {
        "queries"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        Ok(sources.server.queries())
    }
}
