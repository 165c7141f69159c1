//! Arrays as the catalog knows them: names, versions, shards. What stands in their `zarr.json` is others' to read.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::error::Error;
use super::model::{PROVISIONAL, SnapshotId, TEMPORARY};
use super::schema::SCHEMA_NAME;
use crate::array::persisted::Persisted;
use crate::store::Hold;

/// An array's number: kept through renames, never used again. One space with the numbers of tables and views.
pub type ArrayId = i64;

/// The file in an array's folder that says what the array is.
pub const ARRAY_METADATA: &str = "zarr.json";

/// What stands for a location's name where an array is in memory.
const MEMORY: &str = "memory:";

/// The folder of an array's version, relative to the store's root, with a slash at its end.
pub fn array_folder(uuid: &str) -> String {
    format!("{SCHEMA_NAME}/{uuid}.zarr/")
}

/// A named array: one version of it, written once.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredArray {
    /// Its number.
    pub id: ArrayId,
    /// Names its folder, so that no user's text is ever part of a path; a UUID of the time it was begun.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Grows when it is renamed.
    pub schema_version: i64,
    /// The commit that gave it its name.
    pub begin_snapshot: SnapshotId,
    /// The text of its `zarr.json`, byte for byte; of one at a location what was read there, as we would have written it.
    pub metadata: Arc<str>,
    /// BLAKE3 of that text.
    pub metadata_hash: [u8; 32],
    /// Its shards by number. One that is not here holds nothing but the fill value, unless the array lies at a location.
    pub shards: Arc<[StoredShard]>,
    /// Whether the hot cache must keep it.
    pub pinned: bool,
    /// Set when the chunks lie at a location of somebody else's, or in memory, not in a folder of ours.
    pub location: Option<ArrayLocation>,
    /// Its elements, where they are in memory and nowhere else: none where the process that had them has ended.
    pub elements: Option<Arc<Persisted>>,
    /// Keeps its folder, where the catalog does not name it.
    pub hold: Hold,
}

/// An immutable, checksummed file of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredShard {
    /// Its number in the grid of shards, the last axis the fastest.
    pub number: u64,
    /// Its name in the array's folder, as `c.0.3`.
    pub key: String,
    /// How many bytes the file has.
    pub bytes: u64,
    /// BLAKE3 of the file.
    pub hash: [u8; 32],
    /// Elements in it.
    pub count: u64,
    /// Least value that is not NaN, as text; absent where unknown.
    pub min: Option<String>,
    /// Greatest value that is not NaN.
    pub max: Option<String>,
    /// NaNs in it.
    pub nans: u64,
    /// Elements in it that are the fill value.
    pub fills: u64,
}

/// Where an array lies that has no folder of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayLocation {
    /// The location's name, as configured; that of memory is none that can be.
    pub location: String,
    /// The array's folder below it.
    pub path: String,
}

impl ArrayLocation {
    /// In the server's memory.
    pub fn memory() -> Self {
        Self { location: MEMORY.to_owned(), path: String::new() }
    }

    /// Whether it is in the server's memory.
    pub fn is_memory(&self) -> bool {
        self.location == MEMORY
    }
}

/// As it is named: `lake/dem.zarr`, or `memory`.
impl fmt::Display for ArrayLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_memory() {
            true => f.write_str("memory"),
            false => write!(f, "{}/{}", self.location, self.path),
        }
    }
}

/// An array whose shards and `zarr.json` are durable in its folder and belong to nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewArray {
    /// Names its folder, [`array_folder`]: a UUID of version 7.
    pub uuid: String,
    /// The text of its `zarr.json`, byte for byte.
    pub metadata: Arc<str>,
    /// BLAKE3 of that text.
    pub metadata_hash: [u8; 32],
    /// Its shards, those that hold nothing but the fill value left out.
    pub shards: Vec<StoredShard>,
    /// Where it lies, when not in a folder of ours; it has no shards of ours then.
    pub location: Option<ArrayLocation>,
    /// Its elements, where they are in memory.
    pub elements: Option<Arc<Persisted>>,
    /// Keeps its folder until the catalog names it.
    pub hold: Hold,
}

impl StoredArray {
    /// The folder of its shards, relative to the store's root, with a slash at its end.
    pub fn folder(&self) -> String {
        array_folder(&self.uuid)
    }

    /// What no other version of any array has.
    pub fn version(&self) -> Option<Uuid> {
        Uuid::parse_str(&self.uuid).ok()
    }

    /// Where a shard of it lies, relative to the store's root.
    pub fn path_of(&self, shard: &StoredShard) -> String {
        format!("{}{}", self.folder(), shard.key)
    }

    /// The shard of that number; nothing where it holds but the fill value.
    pub fn shard(&self, number: u64) -> Option<&StoredShard> {
        let found = self.shards.binary_search_by_key(&number, |shard| shard.number).ok()?;
        self.shards.get(found)
    }

    /// Bytes that it takes with us: of all shards, or in memory. Nobody has counted those of somebody else's.
    pub fn bytes(&self) -> Option<u64> {
        match self.location {
            None => Some(self.shards.iter().map(|shard| shard.bytes).sum()),
            Some(_) => self.elements.as_ref().map(|elements| elements.bytes()),
        }
    }

    /// Whether somebody else may change what it has.
    pub fn is_elsewhere(&self) -> bool {
        self.location.as_ref().is_some_and(|at| !at.is_memory())
    }

    /// Whether it was kept in the server's memory, were it by a process that has ended.
    pub fn is_in_memory(&self) -> bool {
        self.location.as_ref().is_some_and(ArrayLocation::is_memory)
    }

    /// Whether its number is its own only for now, and may be another's tomorrow.
    pub fn is_provisional(&self) -> bool {
        self.id >= PROVISIONAL
    }

    /// Whether it is its session's own.
    pub fn is_temporary(&self) -> bool {
        self.id >= TEMPORARY
    }
}

impl NewArray {
    /// One that is read where it lies. `metadata` is what is known of it, as we would have written it: its own may be of
    /// another version of Zarr.
    pub fn at(location: ArrayLocation, metadata: String) -> Self {
        Self {
            uuid: Uuid::now_v7().to_string(),
            metadata_hash: *blake3::hash(metadata.as_bytes()).as_bytes(),
            metadata: metadata.into(),
            shards: Vec::new(),
            location: Some(location),
            elements: None,
            hold: Hold::default(),
        }
    }

    /// One whose elements are in memory.
    pub fn in_memory(elements: Persisted, metadata: String) -> Self {
        let elements = Some(Arc::new(elements));
        Self { elements, ..Self::at(ArrayLocation::memory(), metadata) }
    }

    /// Puts the shards in their order, and refuses what cannot be an array's files: they are read, and one day deleted,
    /// under the names that stand here.
    pub(super) fn settled(mut self) -> Result<Self, Error> {
        let refused =
            |name: &str, why: &str| Err(Error::BadName { name: name.to_owned(), why: why.to_owned() });
        if Uuid::parse_str(&self.uuid).is_err() {
            return refused(&self.uuid, "an array's folder is a UUID");
        }
        if *blake3::hash(self.metadata.as_bytes()).as_bytes() != self.metadata_hash {
            return refused(ARRAY_METADATA, "its text is not the one that was written");
        }
        self.shards.sort_by_key(|shard| shard.number);
        let (mut keys, mut before) = (BTreeSet::from([ARRAY_METADATA]), None);
        for shard in &self.shards {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if !shard.key.starts_with(|c: char| c.is_ascii_alphanumeric()) || !shard.key.chars().all(plain) {
                return refused(&shard.key, "a shard's file lies in the array's folder");
            }
            if !keys.insert(&shard.key) || before == Some(shard.number) {
                return refused(&shard.key, "another file of the array has that name or number");
            }
            before = Some(shard.number);
        }
        match &self.location {
            Some(_) if !self.shards.is_empty() => {
                refused(&self.uuid, "an array at a location has no shards of ours")
            }
            Some(at) if at.path.split('/').any(|part| part == "." || part == "..") => {
                refused(&at.path, "a path stays within its location")
            }
            _ => Ok(self),
        }
    }
}
