//! From a received body to an array's shards, and to a commit.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use pantile_core::array::cut::cut;
use pantile_core::array::keep::Keeping;
use pantile_core::array::zarr::{self, Description, Incoming, Ours};
use pantile_core::catalog::{self, NewArray};
use pantile_core::pool::{Cancel, Charge};
use pantile_core::store::TileStore;
use serde_json::{Map, Value, json};

use super::commit::{Head, Loaded, Made, Put};
use super::{Error, Received};
use crate::app::App;

/// Elements that are in memory at a time, in bytes, where nobody says how the array is to be cut; and as a share of what
/// uploads may take. With a shard of twice as many that is half of that.
const SLAB_BYTES: u64 = 64 << 20;
const SLAB_SHARE: u64 = 6;
/// Bytes that are read of the body at a time.
const READ_BYTES: usize = 1 << 20;
/// What a `.npy` begins with.
const NPY: &[u8] = b"\x93NUMPY";

/// What a caller says of elements.
pub struct Said {
    /// What the body is, where it has no head that says so.
    pub raw: Option<Incoming>,
    /// What is decoded at a time, where it is not chosen for the array.
    pub chunk: Option<Vec<usize>>,
    /// What lies in one file, likewise.
    pub shard: Option<Vec<usize>>,
    /// The names of the axes; none for all of them, or as many as there are axes.
    pub names: Vec<Option<String>>,
    /// What else there is to say.
    pub attributes: Map<String, Value>,
}

/// What was asked for with a body of elements.
pub struct Elements {
    /// What is said of every upload.
    pub head: Head,
    /// What is said of the array.
    pub said: Said,
}

/// Turns a received body into an array and commits it.
///
/// # Errors
/// Whatever the body, the catalog or the disk gives reason for; nothing is kept then.
pub async fn keep(app: &App, elements: Elements, received: Received) -> Result<Loaded, Error> {
    let Elements { head, said } = elements;
    let fingerprint = head.fingerprint(&received);
    if let Some(loaded) = head.known(app, fingerprint).await? {
        return Ok(loaded);
    }
    let created = free(app, &head)?;
    let seat = head.seat(app, format!("PUT /v1/arrays/{}", head.name)).await?;
    let slab_bytes = SLAB_BYTES.min(app.upload.limit() / SLAB_SHARE);
    let Received { spooled, wire_bytes } = received;
    let (store, cancel) = (Arc::clone(&app.store), seat.cancel().clone());
    let charge = app.upload.try_charge("an array", 0).map_err(Error::Memory)?;
    let kept = app.pool.run(move || said.write(spooled.file, &store, slab_bytes, charge, &cancel)).await;
    let made = kept.map_err(Error::from).and_then(|kept| Ok(kept?.made(&head.name, created, wire_bytes)));
    head.end(app, seat, made, fingerprint).await
}

/// Refuses what cannot succeed before the body is received; says whether the array is a new one.
///
/// # Errors
/// A precondition that does not hold, and a name that is no array's.
pub fn free(app: &App, head: &Head) -> Result<bool, Error> {
    match head.snapshot(app)?.kind_of(&head.name) {
        None => Ok(true),
        Some("array") => Ok(false),
        Some(kind) => Err(catalog::Error::AlreadyExists { kind, name: head.name.clone() }.into()),
    }
}

/// An array that is written, and not visible yet.
struct Kept {
    array: NewArray,
    description: Description,
    bytes: u64,
}

impl Kept {
    /// What is to become visible, and what is told of it.
    fn made(self, name: &str, created: bool, wire_bytes: u64) -> Made {
        let Self { array, description, bytes } = self;
        let told = json!({
            "name": name,
            "created": created,
            "dtype": description.stored.to_string(),
            "shape": description.shape,
            "chunk": description.inner(),
            "shard": description.chunk,
            "shards": array.shards.len(),
            "bytes": bytes,
        });
        let rows = description.shape.iter().fold(1_u64, |count, length| count.saturating_mul(*length as u64));
        Made { put: Put::Array(array), told, rows, bytes: wire_bytes }
    }
}

impl Said {
    /// Blocks; made for the pool.
    fn write(
        self,
        mut file: File,
        store: &Arc<TileStore>,
        slab_bytes: u64,
        mut charge: Charge,
        cancel: &Cancel,
    ) -> Result<Kept, Error> {
        let unreadable = |source: std::io::Error| Error::UnknownFormat { why: source.to_string() };
        let mut body = match &self.raw {
            Some(_) => BufReader::with_capacity(READ_BYTES, file),
            None => {
                let mut head = Vec::new();
                file.by_ref().take(NPY.len() as u64).read_to_end(&mut head).map_err(unreadable)?;
                file.rewind().map_err(unreadable)?;
                if head != NPY {
                    let why = "an array comes as .npy, or as bytes with ?dtype= and ?shape=".to_owned();
                    return Err(Error::UnknownFormat { why });
                }
                BufReader::with_capacity(READ_BYTES, file)
            }
        };
        let incoming = match self.raw.clone() {
            Some(raw) => raw,
            None => Incoming::npy(&mut body)?,
        };
        let description = self.described(&incoming, slab_bytes)?;
        let slab = zarr::slab_elements(&description, &incoming)?;
        let wide = description.dtype().bytes() as u64;
        // A slab as it is read, and one packed shard.
        let shard = description.chunk.iter().fold(wide, |bytes, length| bytes.saturating_mul(*length as u64));
        let bytes = (slab as u64).saturating_mul(wide).saturating_add(shard);
        charge.try_grow(bytes).map_err(|over| match over.asked > over.limit {
            true => Error::Slab { bytes, max: over.limit },
            false => Error::Memory(over),
        })?;
        let (mut keeping, mut bytes) = (Keeping::new(store, description.clone())?, 0_u64);
        zarr::write::<Error>(&description, &incoming, &mut body, |written| {
            if cancel.is_cancelled() {
                return Err(Error::Stopped);
            }
            let shard = keeping.sealed(written)?;
            bytes = bytes.saturating_add(shard.as_ref().map_or(0, |shard| shard.bytes));
            keeping.add(shard);
            Ok(())
        })?;
        Ok(Kept { array: keeping.finish()?, description, bytes })
    }

    fn described(self, incoming: &Incoming, slab_bytes: u64) -> Result<Description, Error> {
        let (dtype, shape) = (incoming.stored.held(), incoming.shape.clone());
        let own = cut(dtype, &shape, usize::try_from(slab_bytes).unwrap_or(usize::MAX));
        let ours = Ours {
            shape,
            stored: incoming.stored,
            cut: own.asked(self.chunk, self.shard),
            fill: None,
            names: self.names,
            attributes: self.attributes,
        };
        Ok(Description::ours(ours)?)
    }
}
