//! `system.cache`: a row a column of a partition that is kept decoded.

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::catalog::{PartitionId, Table};

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
        let mut rows = sources.cache.entries();
        rows.sort_by_key(|row| (row.partition, row.column));
        let table = |partition| tables.get(&partition).copied();
        let column = |partition, id| table(partition)?.columns.iter().find(|column| column.id == id);
        batch(vec![
            ("table", text(rows.iter().map(|row| table(row.partition).map(|table| &table.name))), true),
            (
                "column",
                text(rows.iter().map(|row| column(row.partition, row.column).map(|column| &column.name))),
                true,
            ),
            ("partition", number(rows.iter().map(|row| Some(row.partition))), false),
            ("bytes", number(rows.iter().map(|row| count(row.bytes))), false),
            ("uses", number(rows.iter().map(|row| count(row.uses))), false),
            ("pinned", flag(rows.iter().map(|row| row.pinned)), false),
        ])
    }
}
