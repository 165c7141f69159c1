//! `system.cache`: a row for each column of a partition, and for each chunk of an array, that is kept decoded.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::catalog::{PartitionId, StoredArray, Table};
use pantile_core::store::{CacheEntry, CacheKey};
use uuid::Uuid;

use super::rows::{batch, count, flag, number, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Cache;

#[async_trait]
impl SystemTable for Cache {
    fn name(&self) -> &'static str {
        "cache"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let tables: HashMap<PartitionId, &Table> = sources
            .pin
            .tables
            .values()
            .flat_map(|table| table.partitions.iter().map(|partition| (partition.id, &**table)))
            .collect();
        let arrays: HashMap<Uuid, &Arc<StoredArray>> =
            sources.pin.arrays.values().filter_map(|array| Some((array.version()?, array))).collect();
        let mut rows = sources.cache.entries();
        rows.sort_by_key(|row| row.key);
        let table = |partition| tables.get(&partition).copied();
        let column = |partition, id| table(partition)?.columns.iter().find(|column| column.id == id);
        let of_table = |row: &CacheEntry| match row.key {
            CacheKey::Column(partition, id) => Some((partition, id)),
            CacheKey::Chunk(..) => None,
        };
        let of_array = |row: &CacheEntry| match row.key {
            CacheKey::Chunk(array, number) => Some((array, number)),
            CacheKey::Column(..) => None,
        };
        let tables = rows.iter().map(|row| table(of_table(row)?.0).map(|table| &table.name));
        let columns = rows.iter().map(|row| of_table(row).and_then(|(partition, id)| column(partition, id)));
        let arrays = rows.iter().map(|row| arrays.get(&of_array(row)?.0).map(|array| &array.name));
        batch(vec![
            ("table", text(tables), true),
            ("column", text(columns.map(|column| column.map(|column| &column.name))), true),
            ("partition", number(rows.iter().map(|row| Some(of_table(row)?.0))), true),
            ("array", text(arrays), true),
            ("chunk", number(rows.iter().map(|row| count(of_array(row)?.1))), true),
            ("bytes", number(rows.iter().map(|row| count(row.bytes))), false),
            ("uses", number(rows.iter().map(|row| count(row.uses))), false),
            ("pinned", flag(rows.iter().map(|row| row.pinned)), false),
        ])
    }
}
