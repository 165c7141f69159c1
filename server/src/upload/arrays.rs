//! From a received body to an array's shards, and to a commit.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use pantile_core::array::keep::Keeping;
use pantile_core::array::zarr::{Description, Incoming};
use pantile_core::catalog::{self, NewArray};
use serde_json::{Map, Value, json};

use super::commit::{Head, Loaded, Made, Put};
use super::fetch::Found;
use super::shards::Shards;
use super::unpack::Bounds;
use super::{Error, Form, Received, archived, tensors};
use crate::app::App;

/// Elements that are in memory at a time, in bytes, where nobody says how the array is to be cut; and as a share of what
/// uploads may take. With a shard of twice as many that is half of that.
const SLAB_BYTES: u64 = 64 << 20;
const SLAB_SHARE: u64 = 6;
/// Bytes that are read of the body at a time.
pub(super) const READ_BYTES: usize = 1 << 20;

/// What a caller says of elements.
#[derive(Default)]
pub struct Said {
    /// What the body is, where it has no head that says so.
    pub raw: Option<Incoming>,
    /// What it is otherwise; its first bytes tell where nobody says.
    pub form: Option<Form>,
    /// The Zarr store that it is instead of a body.
    pub located: Option<Arc<Found>>,
    /// Whether it is to be read there from now on, and not copied.
    pub stays: bool,
    /// What was found of it then.
    pub lying: Option<Kept>,
    /// Which of several arrays in it is meant.
    pub member: Option<String>,
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
    let memory = app.upload.try_charge("an array", 0).map_err(Error::Memory)?;
    let bounds = Bounds::of(app.settings());
    let kept = app
        .pool
        .run(move || {
            let (keeping, cancel) = (Keeping::new(&store), &cancel);
            let shards =
                Shards { keeping, slab_bytes, bounds, received: wire_bytes, memory, cancel, bytes: 0 };
            said.write(spooled.file, shards)
        })
        .await;
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

/// An array that is written, or lies where it stays, and not visible yet.
pub struct Kept {
    pub(super) array: NewArray,
    pub(super) description: Description,
    pub(super) bytes: u64,
}

impl Kept {
    /// What is to become visible, and what is told of it.
    fn made(self, name: &str, created: bool, wire_bytes: u64) -> Made {
        let Self { array, description, bytes } = self;
        let mut told = json!({
            "name": name,
            "created": created,
            "dtype": description.stored.to_string(),
            "shape": description.shape,
            "chunk": description.inner(),
            "shard": description.chunk,
        });
        match &array.location {
            None => {
                told["shards"] = array.shards.len().into();
                told["bytes"] = bytes.into();
            }
            Some(at) => {
                told["location"] = at.location.as_str().into();
                told["path"] = at.path.as_str().into();
            }
        }
        let rows = description.shape.iter().fold(1_u64, |count, length| count.saturating_mul(*length as u64));
        Made { put: Put::Array(array), told, rows, bytes: wire_bytes }
    }
}

impl Said {
    /// Blocks; made for the pool.
    fn write(mut self, mut file: File, mut shards: Shards<'_>) -> Result<Kept, Error> {
        if let Some(kept) = self.lying.take() {
            return Ok(kept);
        }
        if let Some(found) = self.located.clone() {
            shards.received = found.files.bytes();
            return archived::zarr(self, &found.files, shards);
        }
        let form = match (&self.raw, self.form) {
            (Some(_), _) => Form::Npy,
            (None, Some(form)) => form,
            (None, None) => Form::recognised(&mut file)?,
        };
        if form == Form::Arrow {
            return tensors::write(self, file, shards);
        }
        if form != Form::Npy {
            return archived::write(self, form, file, shards);
        }
        if let Some(member) = self.member {
            return Err(Error::NoMember { member });
        }
        let mut body = BufReader::with_capacity(READ_BYTES, file);
        let incoming = match self.raw.clone() {
            Some(raw) => raw,
            None => Incoming::npy(&mut body)?,
        };
        let description = shards.elements(self, &incoming, &mut body)?;
        shards.finish(description)
    }
}
