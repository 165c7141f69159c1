//! `system.arrays`: a row an array, with how it is cut.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::array::zarr::{self, Description};
use pantile_core::catalog::{ARRAY_METADATA, StoredArray};

use super::rows::{batch, count, flag, number, numbers, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Arrays;

#[async_trait]
impl SystemTable for Arrays {
    fn name(&self) -> &'static str {
        "arrays"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let described = |array: &StoredArray| zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA).ok();
        let rows: Vec<(&StoredArray, Option<Description>)> =
            sources.pin.arrays.values().map(|array| (&**array, described(array))).collect();
        let of = |lengths: fn(&Description) -> Vec<usize>| {
            numbers(rows.iter().map(|(_, said)| said.as_ref().map(lengths)))
        };
        let dims = |said: &Description| -> Vec<String> {
            said.names.iter().map(|name| name.clone().unwrap_or_default()).collect()
        };
        let elements = |said: &Description| {
            said.shape.iter().fold(1_u64, |all, length| all.saturating_mul(*length as u64))
        };
        batch(vec![
            ("name", text(rows.iter().map(|(array, _)| Some(&array.name))), false),
            ("dtype", text(rows.iter().map(|(_, said)| Some(said.as_ref()?.stored.dtype().name()))), true),
            ("shape", of(|said| said.shape.clone()), true),
            ("chunks", of(Description::decoded), true),
            ("shards", of(|said| said.chunk.clone()), true),
            ("dims", text(rows.iter().map(|(_, said)| Some(dims(said.as_ref()?).join(",")))), true),
            ("elements", number(rows.iter().map(|(_, said)| count(elements(said.as_ref()?)))), true),
            ("bytes", number(rows.iter().map(|(array, _)| array.bytes().and_then(count))), true),
            ("files", number(rows.iter().map(|(array, _)| count(ours(array)?.shards.len() as u64))), true),
            ("since", number(rows.iter().map(|(array, _)| Some(array.begin_snapshot))), false),
            ("pinned", flag(rows.iter().map(|(array, _)| array.pinned)), false),
            (
                "location",
                text(rows.iter().map(|(array, _)| Some(array.location.as_ref()?.to_string()))),
                true,
            ),
        ])
    }
}

/// The array where its files are ours: nobody has counted those of somebody else's.
fn ours(array: &StoredArray) -> Option<&StoredArray> {
    array.location.is_none().then_some(array)
}
