//! `system.shards`: a row a file of an array, with what is known of its values. One that is not here holds nothing but the
//! fill value.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::catalog::StoredShard;

use super::rows::{batch, count, number, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Shards;

#[async_trait]
impl SystemTable for Shards {
    fn name(&self) -> &'static str {
        "shards"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let arrays = sources.pin.arrays.values();
        let rows: Vec<(&str, &StoredShard)> =
            arrays.flat_map(|array| array.shards.iter().map(|shard| (array.name.as_str(), shard))).collect();
        let counted = |of: fn(&StoredShard) -> u64| number(rows.iter().map(|(_, shard)| count(of(shard))));
        batch(vec![
            ("array", text(rows.iter().map(|(array, _)| Some(array))), false),
            ("number", counted(|shard| shard.number), false),
            ("file", text(rows.iter().map(|(_, shard)| Some(&shard.key))), false),
            ("bytes", counted(|shard| shard.bytes), false),
            ("elements", counted(|shard| shard.count), false),
            // As text: a number of 64 bits is in no other column as it is.
            ("least", text(rows.iter().map(|(_, shard)| shard.min.as_ref())), true),
            ("greatest", text(rows.iter().map(|(_, shard)| shard.max.as_ref())), true),
            ("nans", counted(|shard| shard.nans), false),
            ("fills", counted(|shard| shard.fills), false),
        ])
    }
}
