//! What is known of a stored array without touching a chunk.

use serde_json::{Map, Value};

use super::codecs::{Body, Chain, IndexForm};
use super::element::Stored;
use super::error::Error;
use super::pack::Packing;
use crate::array::cut::Cut;
use crate::array::grid::Grid;
use crate::array::runs::turned;
use crate::array::{BYTES_MAX, DType, Data, shape};

/// Bytes of the largest chunk that is decoded at a time.
pub const CHUNK_BYTES_MAX: usize = 1 << 31;
/// Chunks of the largest shard: its index has 16 bytes for each.
const SHARD_CHUNKS_MAX: usize = 1 << 22;

/// An array as its metadata describe it.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// How long its axes are.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub stored: Stored,
    /// The shape of what lies in one file: a chunk, or a shard of chunks.
    pub chunk: Vec<usize>,
    /// How those files are called.
    pub keys: Keys,
    /// What elements are that nobody wrote: one of them.
    pub fill: Data,
    /// How a file holds its elements.
    pub body: Body,
    /// The names of its axes, as many as there are axes.
    pub names: Vec<Option<String>>,
    /// What else is said of it, as it was said.
    pub attributes: Map<String, Value>,
}

/// How the file of a chunk is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Whether names begin with `c`.
    pub prefixed: bool,
    /// What stands between numbers: `/` or `.`.
    pub separator: char,
}

/// What there is to say of an array that we store.
#[derive(Clone, Debug, PartialEq)]
pub struct Ours {
    /// How long its axes are.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub stored: Stored,
    /// How it is cut.
    pub cut: Cut,
    /// What elements are that nobody wrote; zero where nobody says.
    pub fill: Option<Data>,
    /// The names of its axes; none for all of them, or as many as there are axes.
    pub names: Vec<Option<String>>,
    /// What else is said of it.
    pub attributes: Map<String, Value>,
}

impl Description {
    /// An array of ours: shards of chunks that zstd packs, each with its checksum, as is their index.
    ///
    /// # Errors
    /// [`Error::Metadata`] where the lengths do not go together.
    pub fn ours(ours: Ours) -> Result<Self, Error> {
        let Ours { shape, stored, cut, fill, names, attributes } = ours;
        let packing = vec![Packing::Zstd { level: 1, checksum: false }, Packing::Crc32c];
        let chain = Chain { order: None, big_endian: false, packing };
        let index = IndexForm { big_endian: false, checked: true, at_start: false };
        let names = if names.is_empty() { vec![None; shape.len()] } else { names };
        let fill = fill.unwrap_or_else(|| Data::zeros(stored.held(), 1));
        let body = match shape.is_empty() {
            // zarr-python reads no shard without axes.
            true => Body::Plain(chain),
            false => Body::Shard { order: None, chunk: cut.chunk, chain, index },
        };
        // One folder an array: one to be made durable, listed and removed.
        let keys = Keys { prefixed: true, separator: '.' };
        Self { shape, stored, chunk: cut.shard, keys, fill, body, names, attributes }.checked()
    }

    /// Itself with those names of axes, none for those that it has, and these attributes on top of its own.
    ///
    /// # Errors
    /// [`Error::Metadata`] where the names are not as many as its axes.
    pub fn called(
        mut self,
        names: Vec<Option<String>>,
        attributes: Map<String, Value>,
    ) -> Result<Self, Error> {
        if !names.is_empty() {
            self.names = names;
        }
        self.attributes.extend(attributes);
        self.checked()
    }

    /// The dtype that its elements have once they are read.
    pub fn dtype(&self) -> DType {
        self.stored.held()
    }

    /// The grid of its files.
    ///
    /// # Errors
    /// [`Error::Defect`]: a checked description has one.
    pub fn grid(&self) -> Result<Grid, Error> {
        Grid::new(&self.shape, &self.chunk).map_err(|_| Error::Defect("the grid of an array"))
    }

    /// The name of a chunk's file, from the array's folder on.
    pub fn key(&self, chunk_index: &[usize]) -> String {
        let numbers: Vec<String> = chunk_index.iter().map(ToString::to_string).collect();
        let separator = self.keys.separator.to_string();
        match (self.keys.prefixed, numbers.is_empty()) {
            (true, true) => "c".to_owned(),
            (false, true) => "0".to_owned(),
            (true, false) => format!("c{separator}{}", numbers.join(&separator)),
            (false, false) => numbers.join(&separator),
        }
    }

    /// The index of the chunk whose file is called so; nothing where the array has none.
    pub fn index_of(&self, key: &str) -> Option<Vec<usize>> {
        let numbers = if self.keys.prefixed { key.strip_prefix('c')? } else { key };
        let index = match self.shape.is_empty() {
            true => Some(Vec::new()),
            false => {
                let numbers =
                    if self.keys.prefixed { numbers.strip_prefix(self.keys.separator)? } else { numbers };
                numbers.split(self.keys.separator).map(|number| number.parse().ok()).collect()
            }
        };
        let inside = |index: &Vec<usize>| {
            let axes = index.iter().zip(&self.shape).zip(&self.chunk);
            let start = |(at, chunk): (&usize, &usize)| at.checked_mul(*chunk);
            let mut within =
                axes.map(|((at, length), chunk)| start((at, chunk)).is_some_and(|at| at < *length));
            index.len() == self.shape.len() && within.all(|within| within)
        };
        // `+1` and `01` are numbers, and no names of files.
        index.filter(|index| inside(index) && self.key(index) == key)
    }

    /// Bytes of the elements of a shard, or of a chunk that is in none.
    pub fn shard_bytes(&self) -> u64 {
        (shape::count(&self.chunk) as u64).saturating_mul(self.dtype().bytes() as u64)
    }

    /// The shape of what is decoded at a time, its axes in the order of the array's.
    pub fn decoded(&self) -> Vec<usize> {
        let mut lengths = self.inner().to_vec();
        if let Body::Shard { order: Some(order), chunk, .. } = &self.body {
            for (axis, length) in order.iter().zip(chunk) {
                if let Some(slot) = lengths.get_mut(*axis) {
                    *slot = *length;
                }
            }
        }
        lengths
    }

    /// The shape of what is decoded at a time: a chunk, of a shard those inside, as the shard's axes are.
    pub fn inner(&self) -> &[usize] {
        match &self.body {
            Body::Plain(_) => &self.chunk,
            Body::Shard { chunk, .. } => chunk,
        }
    }

    /// Itself, where its parts go together.
    ///
    /// # Errors
    /// [`Error::Metadata`] with the rule that is broken.
    pub(super) fn checked(mut self) -> Result<Self, Error> {
        for (length, chunk) in self.shape.iter().zip(&mut self.chunk) {
            // Some writers cut an axis without elements into chunks without any.
            if *length == 0 && *chunk == 0 {
                *chunk = 1;
            }
        }
        Grid::new(&self.shape, &self.chunk).map_err(|error| Error::metadata(error.to_string()))?;
        self.check_size()?;
        let axes = self.shape.len();
        if self.names.len() != axes {
            let said = format!("it names {} axes, and shape {:?} has {axes}", self.names.len(), self.shape);
            return Err(Error::metadata(said));
        }
        let orders = match &self.body {
            Body::Plain(chain) => vec![&chain.order],
            Body::Shard { order, chain, .. } => vec![order, &chain.order],
        };
        orders.into_iter().flatten().try_for_each(|order| check_order(order, axes))?;
        self.check_chunk()?;
        Ok(self)
    }

    fn check_size(&self) -> Result<(), Error> {
        let bytes = shape::elements(&self.shape).and_then(|count| count.checked_mul(self.stored.bytes()));
        match bytes.is_some_and(|bytes| bytes as u64 <= BYTES_MAX) {
            true => Ok(()),
            false => Err(Error::metadata(format!(
                "shape {:?} of elements of {} bytes is beyond the {BYTES_MAX} bytes that an array may have",
                self.shape,
                self.stored.bytes()
            ))),
        }
    }

    fn check_chunk(&self) -> Result<(), Error> {
        if let Body::Shard { order, chunk, .. } = &self.body {
            check_shard(&turned(&self.chunk, order.as_deref()), chunk)?;
        }
        let bytes = shape::count(self.inner()).checked_mul(self.stored.bytes());
        match bytes.is_some_and(|bytes| bytes <= CHUNK_BYTES_MAX) {
            true => Ok(()),
            false => Err(Error::metadata(format!(
                "chunks of shape {:?} have more than the {CHUNK_BYTES_MAX} bytes that are decoded at a time",
                self.inner()
            ))),
        }
    }
}

fn check_order(order: &[usize], axes: usize) -> Result<(), Error> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    match sorted.into_iter().eq(0..axes) {
        true => Ok(()),
        false => Err(Error::metadata(format!(
            "a `transpose` takes each axis from 0 to {axes}, the last left out, once, and got {order:?}"
        ))),
    }
}

fn check_shard(shard: &[usize], chunk: &[usize]) -> Result<(), Error> {
    let divides = |(whole, part): (&usize, &usize)| whole.checked_rem(*part) == Some(0);
    if shard.len() != chunk.len() || !shard.iter().zip(chunk).all(divides) {
        let said = format!("a shard of shape {shard:?} is no whole number of chunks of shape {chunk:?}");
        return Err(Error::metadata(said));
    }
    let chunks = shard
        .iter()
        .zip(chunk)
        .try_fold(1_usize, |count, (whole, part)| count.checked_mul(whole.checked_div(*part)?));
    match chunks.is_some_and(|chunks| chunks <= SHARD_CHUNKS_MAX) {
        true => Ok(()),
        false => Err(Error::metadata(format!(
            "a shard of shape {shard:?} has more chunks of shape {chunk:?} than the {SHARD_CHUNKS_MAX} that are read"
        ))),
    }
}
