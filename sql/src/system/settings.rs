//! `system.settings`: what the server says.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;

use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Settings;

#[async_trait]
impl SystemTable for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        Ok(sources.server.settings())
    }
}
