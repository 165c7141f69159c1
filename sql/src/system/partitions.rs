//! `system.partitions`: a row a partition of a held table, in row order. Where its file lies is nobody's business.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::catalog::{Partition, Table};

use super::rows::{batch, count, number, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Partitions;

#[async_trait]
impl SystemTable for Partitions {
    fn name(&self) -> &'static str {
        "partitions"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let rows: Vec<(&Table, i64, &Partition)> = sources
            .pin
            .tables
            .values()
            .flat_map(|table| {
                table.partitions.iter().zip(0..).map(|(partition, index)| (&**table, index, &**partition))
            })
            .collect();
        batch(vec![
            ("table", text(rows.iter().map(|(table, ..)| Some(&table.name))), false),
            ("index", number(rows.iter().map(|(_, index, _)| Some(*index))), false),
            ("id", number(rows.iter().map(|(.., partition)| Some(partition.id))), false),
            ("rows", number(rows.iter().map(|(.., partition)| count(partition.rows))), false),
            ("bytes", number(rows.iter().map(|(.., partition)| count(partition.bytes))), false),
            ("since", number(rows.iter().map(|(.., partition)| Some(partition.since))), false),
        ])
    }
}
