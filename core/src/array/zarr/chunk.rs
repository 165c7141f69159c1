//! A file of an array: from elements to bytes, and the wanted ones of them back.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::codecs::{Body, Chain};
use super::describe::Description;
use super::error::Error;
use super::pack::{pack, packed_most, unpack};
use super::shard::{self, ShardIndex};
use super::wire::{Form, element_bytes, gather, is_all, scatter, spread};
use crate::array::grid::Region;
use crate::array::runs::{Place, turned};
use crate::array::{Layout, Slice, SliceMut, shape};

/// Why a range could not be read, in the words of whoever reads it.
pub(super) type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// The bytes of a file, read as they are needed.
pub struct Source<'a> {
    /// How many there are.
    pub bytes: u64,
    /// Reads some of them.
    pub read: &'a (dyn Fn(Range<u64>) -> Result<Bytes, ReadError> + Sync),
    /// The index of the shard that it is, where somebody has read it already.
    pub index: Option<&'a ShardIndex>,
    /// How many chunks of a shard are read and unpacked side by side before the next ones begin.
    pub at_once: usize,
}

/// A file of an array, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Chunks inside that have no bytes: all their elements are the fill value.
    pub left_out: usize,
}

impl Source<'_> {
    /// That range, or why not.
    pub(super) fn range(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let (offset, bytes) = (range.start, range.end.saturating_sub(range.start));
        if range.end > self.bytes || range.start > range.end {
            let said = format!(
                "it has {} bytes, and its index names those from {offset} to {}",
                self.bytes, range.end
            );
            return Err(Error::damaged(said));
        }
        let read = (self.read)(range).map_err(|source| Error::Read { offset, bytes, source })?;
        match read.len() as u64 == bytes {
            true => Ok(read),
            false => {
                Err(Error::damaged(format!("{} bytes came of {bytes} from byte {offset} on", read.len())))
            }
        }
    }
}

/// The file of a chunk whose elements lie in `source` as `layout` says, a box of those lengths: those of a chunk, fewer
/// where the array ends. Nothing where all of them are the fill value: then there is to be no file.
///
/// Cost: each element is copied once; chunks of a shard are packed side by side on the pool, and the packed bytes are in
/// memory.
///
/// # Errors
/// [`Error::Defect`] where the elements are not those of a chunk of the array.
pub fn encode(
    description: &Description,
    source: Slice<'_>,
    lengths: &[usize],
    layout: &Layout,
) -> Result<Option<Encoded>, Error> {
    let place = checked(description, &Region::whole(lengths), layout)?;
    match &description.body {
        Body::Plain(chain) => {
            let writer = ChunkWriter::new(description, chain)?;
            let bytes = writer.write(&description.chunk, source, lengths, &place)?;
            Ok(bytes.map(|bytes| Encoded { bytes, left_out: 0 }))
        }
        Body::Shard { order, chunk, chain, index } => {
            let writer = ChunkWriter::new(description, chain)?;
            let (place, order) = (place.turned(order.as_deref()), order.as_deref());
            let (lengths, whole) = (turned(lengths, order), turned(&description.chunk, order));
            shard::encode(&writer, *index, &whole, chunk, source, &lengths, &place)
        }
    }
}

/// Reads the elements of `wanted`, a box within a chunk, into `out`, where they lie as `layout` says.
///
/// Cost: a chunk is read and unpacked whole; of a shard the index, and chunks inside that have a part of the box, several
/// at a time side by side on the pool. Elements go from the unpacked bytes to their places, without a copy between.
///
/// # Errors
/// [`Error::Damaged`] where the bytes are no such chunk, [`Error::Read`] where they cannot be read, [`Error::Defect`]
/// where `out` does not have those places.
pub fn decode(
    description: &Description,
    source: &Source<'_>,
    wanted: &Region,
    out: &mut SliceMut<'_>,
    layout: &Layout,
) -> Result<(), Error> {
    let to = checked(description, wanted, layout)?;
    if wanted.lengths.contains(&0) {
        return Ok(());
    }
    match &description.body {
        Body::Plain(chain) => {
            let reader = ChunkReader { description, chain };
            let most = file_bytes_max(description).unwrap_or_default();
            if source.bytes > most {
                let said = format!("it has {} bytes, and its shape packs into {most} at most", source.bytes);
                return Err(Error::damaged(said));
            }
            let packed = source.range(0..source.bytes)?;
            let bytes = reader.unpack(&packed, &description.chunk)?;
            reader.place(&bytes, &description.chunk, wanted, out, &to)
        }
        Body::Shard { order, chunk, chain, index } => {
            let reader = ChunkReader { description, chain };
            let order = order.as_deref();
            let (whole, to) = (turned(&description.chunk, order), to.turned(order));
            let start = turned(&wanted.start, order);
            let wanted = Region { start, lengths: turned(&wanted.lengths, order) };
            shard::decode(&reader, *index, &whole, chunk, source, &wanted, out, &to)
        }
    }
}

/// The index of the shard that `source` is, for [`Source::index`]; nothing where the array has no shards.
///
/// # Errors
/// [`Error::Damaged`] where it is none, [`Error::Read`] where it cannot be read.
pub fn shard_index(description: &Description, source: &Source<'_>) -> Result<Option<ShardIndex>, Error> {
    let Body::Shard { order, chunk, chain, index } = &description.body else { return Ok(None) };
    let reader = ChunkReader { description, chain };
    let grid = shard::grid(&turned(&description.chunk, order.as_deref()), chunk)?;
    shard::index(&reader, *index, &grid, source).map(Some)
}

/// The most bytes that a file of the array has which is read whole; nothing where its files are shards, read in parts.
pub fn file_bytes_max(description: &Description) -> Option<u64> {
    match &description.body {
        Body::Plain(chain) => {
            let reader = ChunkReader { description, chain };
            Some(reader.packed_most(&description.chunk) as u64)
        }
        Body::Shard { .. } => None,
    }
}

/// Writes the fill value where a chunk that has no file would have the elements of a box of those lengths.
///
/// # Errors
/// [`Error::Defect`] where `out` does not have those places.
pub fn fill(
    description: &Description,
    lengths: &[usize],
    out: &mut SliceMut<'_>,
    layout: &Layout,
) -> Result<(), Error> {
    let wanted = Region { start: vec![0; lengths.len()], lengths: lengths.to_vec() };
    spread(&description.fill, lengths, out, &checked(description, &wanted, layout)?)
}

fn checked(description: &Description, wanted: &Region, layout: &Layout) -> Result<Place, Error> {
    let strides = layout.strides.iter().map(|stride| usize::try_from(*stride));
    let (strides, offset) = (strides.collect::<Result<Vec<_>, _>>(), usize::try_from(layout.offset));
    let (Ok(strides), Ok(offset)) = (strides, offset) else {
        return Err(Error::Defect("the wanted part of a chunk"));
    };
    // Elements that lie in one place are one element: those are to be spread out before.
    let apart = wanted.lengths.iter().zip(&strides).all(|(length, stride)| *length <= 1 || *stride > 0);
    match wanted.is_within(&description.chunk) && strides.len() == wanted.lengths.len() && apart {
        true => Ok(Place { offset, strides }),
        false => Err(Error::Defect("the wanted part of a chunk")),
    }
}

/// Writes chunks of one array.
pub(super) struct ChunkWriter<'a> {
    chain: &'a Chain,
    form: Form,
    fill: Vec<u8>,
}

impl<'a> ChunkWriter<'a> {
    fn new(description: &Description, chain: &'a Chain) -> Result<Self, Error> {
        let form = Form { stored: description.stored, big_endian: chain.big_endian };
        Ok(Self { chain, form, fill: element_bytes(form, &description.fill)? })
    }

    /// A chunk of shape `whole` whose first elements are a box of `source`, the rest the fill value; nothing where all
    /// are.
    pub(super) fn write(
        &self,
        whole: &[usize],
        source: Slice<'_>,
        lengths: &[usize],
        from: &Place,
    ) -> Result<Option<Vec<u8>>, Error> {
        let stored = turned(whole, self.chain.order.as_deref());
        let mut bytes = vec![0; shape::count(whole).saturating_mul(self.fill.len())];
        if whole != lengths && self.fill.iter().any(|byte| *byte != 0) {
            bytes.chunks_exact_mut(self.fill.len().max(1)).for_each(|slot| slot.copy_from_slice(&self.fill));
        }
        let to = Place::dense(&stored, &[]).turned_back(self.chain.order.as_deref());
        gather(self.form, source, from, lengths, &mut bytes, &to)?;
        if is_all(&bytes, &self.fill) {
            return Ok(None);
        }
        pack(&self.chain.packing, bytes).map(Some)
    }
}

/// Reads chunks of one array.
pub(super) struct ChunkReader<'a> {
    description: &'a Description,
    chain: &'a Chain,
}

impl ChunkReader<'_> {
    /// Bytes of a chunk of that shape, unpacked.
    pub(super) fn bytes(&self, whole: &[usize]) -> usize {
        shape::count(whole).saturating_mul(self.description.stored.bytes())
    }

    /// The most bytes that it has packed.
    pub(super) fn packed_most(&self, whole: &[usize]) -> usize {
        packed_most(&self.chain.packing, self.bytes(whole))
    }

    /// The bytes of the elements of a chunk.
    pub(super) fn unpack<'a>(&self, packed: &'a [u8], whole: &[usize]) -> Result<Cow<'a, [u8]>, Error> {
        unpack(&self.chain.packing, Cow::Borrowed(packed), self.bytes(whole))
    }

    /// Puts a box of an unpacked chunk where it is wanted.
    pub(super) fn place(
        &self,
        bytes: &[u8],
        whole: &[usize],
        part: &Region,
        out: &mut SliceMut<'_>,
        to: &Place,
    ) -> Result<(), Error> {
        let order = self.chain.order.as_deref();
        let from = Place::dense(&turned(whole, order), &[]).turned_back(order).at(&part.start);
        let form = Form { stored: self.description.stored, big_endian: self.chain.big_endian };
        scatter(form, bytes, &from, &part.lengths, out, to)
    }

    /// Puts the fill value where a box of a chunk is wanted that is not there.
    pub(super) fn spread(&self, lengths: &[usize], out: &mut SliceMut<'_>, to: &Place) -> Result<(), Error> {
        spread(&self.description.fill, lengths, out, to)
    }
}
