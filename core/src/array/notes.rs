//! What a store notes of the shards that it has written, so that the same one goes on from there when the process has died.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::catalog::StoredShard;
use crate::store::{Error, Scratch, TileStore};

/// The notes of one array.
#[derive(Debug)]
pub(super) struct Notes {
    scratch: Arc<Scratch>,
    store: Arc<TileStore>,
    /// Those that were found: nothing of a shard that holds but the fill value.
    found: Mutex<HashMap<u64, Option<StoredShard>>>,
}

impl Notes {
    pub(super) fn new(scratch: &Arc<Scratch>, store: &Arc<TileStore>) -> Self {
        let (scratch, store) = (Arc::clone(scratch), Arc::clone(store));
        Self { scratch, store, found: Mutex::default() }
    }

    /// Whether an earlier process has begun them.
    pub(super) fn is_resumed(&self) -> bool {
        self.scratch.is_resumed()
    }

    /// Whether an earlier process has written the shards of those numbers, and all of them lie in that folder as they were
    /// written: they are taken then, and none where one is missing, as they are made together.
    pub(super) fn has(&self, folder: &str, numbers: impl Iterator<Item = u64>) -> bool {
        let one = |number: u64| {
            let noted = read(number, &self.scratch.get(&name(number))?)?;
            noted.as_ref().is_none_or(|shard| self.lies(folder, shard)).then_some((number, noted))
        };
        let found = if self.is_resumed() { numbers.map(one).collect::<Option<Vec<_>>>() } else { None };
        found.map(|found| self.found.lock().extend(found)).is_some()
    }

    fn lies(&self, folder: &str, shard: &StoredShard) -> bool {
        let tile = self.store.open(&format!("{folder}{}", shard.key));
        let bytes = tile.and_then(|tile| tile.read(0..shard.bytes));
        bytes.is_ok_and(|bytes| blake3::hash(&bytes).as_bytes() == &shard.hash)
    }

    /// Notes that a shard is durable.
    pub(super) fn put(&self, number: u64, shard: Option<&StoredShard>) -> Result<(), Error> {
        self.scratch.put(&name(number), written(shard).to_string().as_bytes())
    }

    /// The shards that were found.
    pub(super) fn taken(&self) -> Vec<StoredShard> {
        std::mem::take(&mut *self.found.lock()).into_values().flatten().collect()
    }

    /// The catalog is going to name the tiles: nobody takes them up from here any more, whatever happens next.
    pub(super) fn settled(&self) -> Result<(), Error> {
        self.scratch.let_go_of_tiles()
    }
}

fn name(number: u64) -> String {
    format!("shard.{number}")
}

fn written(shard: Option<&StoredShard>) -> Value {
    shard.map_or(Value::Null, |shard| {
        json!({
            "key": shard.key,
            "bytes": shard.bytes,
            "hash": blake3::Hash::from_bytes(shard.hash).to_hex().as_str(),
            "count": shard.count,
            "min": shard.min,
            "max": shard.max,
            "nans": shard.nans,
            "fills": shard.fills,
        })
    })
}

/// The note, where it is one.
fn read(number: u64, note: &[u8]) -> Option<Option<StoredShard>> {
    let note: Value = serde_json::from_slice(note).ok()?;
    if note.is_null() {
        return Some(None);
    }
    let (whole, text) =
        (|name: &str| note.get(name)?.as_u64(), |name: &str| note.get(name)?.as_str().map(str::to_owned));
    Some(Some(StoredShard {
        number,
        key: text("key")?,
        bytes: whole("bytes")?,
        hash: *blake3::Hash::from_hex(text("hash")?).ok()?.as_bytes(),
        count: whole("count")?,
        min: text("min"),
        max: text("max"),
        nans: whole("nans")?,
        fills: whole("fills")?,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let shard = StoredShard {
            number: 7,
            key: "c.0.7".to_owned(),
            bytes: 1 << 40,
            hash: [9; 32],
            count: 12,
            min: Some("-0.1".to_owned()),
            max: None,
            nans: 3,
            fills: 0,
        };
        let text = written(Some(&shard)).to_string();
        assert_eq!(read(7, text.as_bytes()).unwrap().unwrap(), shard);
        assert_eq!(read(7, written(None).to_string().as_bytes()), Some(None));
        assert_eq!(read(7, &text.as_bytes()[..20]), None);
    }
}
