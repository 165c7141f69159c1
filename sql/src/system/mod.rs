//! The `system` schema: what the server knows of itself, as tables.
//!
//! A table is a file here and a line in [`SYSTEM_TABLES`]; its columns are declared beside the rows that fill
//! them. All of them show the snapshot that the statement reads, where they are about one.

mod arrays;
mod cache;
mod datasets;
mod functions;
mod keywords;
mod partitions;
mod queries;
mod rows;
mod settings;
mod shards;
mod snapshots;

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, TableProvider};
use pantile_core::catalog::{Catalog, Pin};
use pantile_core::store::HotCache;

use crate::context::Planners;
use crate::{Error, SystemSource};

/// Every table, sorted by name.
pub(crate) static SYSTEM_TABLES: &[&dyn SystemTable] = &[
    &arrays::Arrays,
    &cache::Cache,
    &datasets::Datasets,
    &functions::Functions,
    &keywords::Keywords,
    &partitions::Partitions,
    &queries::Queries,
    &settings::Settings,
    &shards::Shards,
    &snapshots::Snapshots,
];

/// One table of the `system` schema.
#[async_trait]
pub(crate) trait SystemTable: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its rows now: the same columns every time.
    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error>;
}

/// Where rows come from.
pub(crate) struct Sources {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) cache: Arc<HotCache>,
    pub(crate) server: Arc<dyn SystemSource>,
    pub(crate) planners: Arc<Planners>,
    pub(crate) pin: Pin,
}

/// The table of that name, with its rows of this moment.
pub(crate) async fn provider(name: &str, sources: &Sources) -> Result<Option<Arc<dyn TableProvider>>, Error> {
    let Some(table) = SYSTEM_TABLES.iter().find(|table| table.name() == name) else { return Ok(None) };
    let rows = table.rows(sources).await?;
    let table =
        MemTable::try_new(rows.schema(), vec![vec![rows]]).map_err(|error| Error::planning(&error))?;
    Ok(Some(Arc::new(table)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(SYSTEM_TABLES.is_sorted_by_key(|table| table.name()));
    }
}
