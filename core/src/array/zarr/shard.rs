//! Shards: many chunks in one file, and an index of where each lies, so that a part of it is read without the rest.

use std::ops::Range;

use super::chunk::{ChunkReader, ChunkWriter, Encoded, Source};
use super::codecs::IndexForm;
use super::error::Error;
use super::pack::{Packing, pack, unpack};
use crate::array::grid::{Grid, Overlap, Region};
use crate::array::runs::Place;
use crate::array::{Slice, SliceMut, apart};

/// What stands for offset and size of a chunk that has no bytes.
const NONE: u64 = u64::MAX;
/// Bytes of the index for one chunk: an offset and a size.
const ENTRY_BYTES: usize = 16;

/// Where the chunks of a shard lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardIndex {
    ranges: Vec<Option<Range<u64>>>,
    counts: Vec<usize>,
}

impl ShardIndex {
    /// Bytes of the index of a shard with that many chunks.
    pub fn bytes(form: IndexForm, chunks: usize) -> usize {
        let checksum = if form.checked { 4 } else { 0 };
        chunks.saturating_mul(ENTRY_BYTES).saturating_add(checksum)
    }

    /// Where in a shard of `file` bytes its index lies.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the file is shorter than the index.
    pub fn range(form: IndexForm, chunks: usize, file: u64) -> Result<Range<u64>, Error> {
        let bytes = Self::bytes(form, chunks) as u64;
        let Some(start) = file.checked_sub(bytes) else {
            let said =
                format!("it has {file} bytes, and the index of its {chunks} chunks alone takes {bytes}");
            return Err(Error::damaged(said));
        };
        Ok(if form.at_start { 0..bytes } else { start..file })
    }

    /// The index that the bytes are, of a shard of `file` bytes with `counts` chunks on the axes, none of which has more
    /// than `chunk_bytes`.
    ///
    /// # Errors
    /// [`Error::Damaged`] where its checksum is another, or a chunk would lie outside of the file.
    pub fn read(
        form: IndexForm,
        bytes: &[u8],
        counts: &[usize],
        file: u64,
        chunk_bytes: u64,
    ) -> Result<Self, Error> {
        let chunks: usize = counts.iter().product();
        let checksum: &[Packing] = if form.checked { &[Packing::Crc32c] } else { &[] };
        let bytes = unpack(checksum, bytes.into(), chunks.saturating_mul(ENTRY_BYTES))
            .map_err(|error| named(error, "the index of the shard"))?;
        let number = |bytes: &[u8; 8]| {
            if form.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) }
        };
        let (numbers, _) = bytes.as_chunks::<8>();
        let (pairs, _) = numbers.as_chunks::<2>();
        let range = |(at, [offset, size]): (usize, &[[u8; 8]; 2])| {
            entry(at, number(offset), number(size), file, chunk_bytes)
        };
        let ranges = pairs.iter().enumerate().map(range).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { ranges, counts: counts.to_vec() })
    }

    /// Where the chunk of that index lies; nothing where it has no bytes.
    pub fn of(&self, chunk_index: &[usize]) -> Option<Range<u64>> {
        self.ranges.get(number_of(chunk_index, &self.counts)).cloned().flatten()
    }

    fn write(self, form: IndexForm) -> Result<Vec<u8>, Error> {
        let entries = self.ranges.into_iter().flat_map(|range| {
            range.map_or([NONE, NONE], |range| [range.start, range.end.saturating_sub(range.start)])
        });
        let number = |number: u64| if form.big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
        let bytes: Vec<u8> = entries.flat_map(number).collect();
        pack(if form.checked { &[Packing::Crc32c] } else { &[] }, bytes)
    }
}

fn entry(at: usize, offset: u64, size: u64, file: u64, most: u64) -> Result<Option<Range<u64>>, Error> {
    if (offset, size) == (NONE, NONE) {
        return Ok(None);
    }
    let end = offset.checked_add(size).filter(|end| *end <= file);
    let Some(end) = end else {
        return Err(Error::damaged(format!(
            "its index puts chunk {at} at byte {offset}, {size} bytes long, and the file has {file}"
        )));
    };
    if size > most {
        let said =
            format!("its index gives chunk {at} {size} bytes, and its shape packs into {most} at most");
        return Err(Error::damaged(said));
    }
    Ok(Some(offset..end))
}

/// Which chunk of the index that is, the last axis the fastest.
fn number_of(chunk_index: &[usize], counts: &[usize]) -> usize {
    let axes = chunk_index.iter().zip(counts);
    axes.fold(0, |number: usize, (at, count)| number.saturating_mul(*count).saturating_add(*at))
}

fn counts(whole: &[usize], chunk: &[usize]) -> Vec<usize> {
    whole.iter().zip(chunk).map(|(whole, chunk)| whole.checked_div(*chunk).unwrap_or_default()).collect()
}

/// How many chunks are packed or unpacked side by side before the next ones begin: what is in memory beside the elements.
pub fn at_once() -> usize {
    apart::threads().saturating_mul(2).max(1)
}

/// A shard of shape `whole` whose first elements are a box of `source`; nothing where all are the fill value.
pub(super) fn encode(
    writer: &ChunkWriter<'_>,
    form: IndexForm,
    whole: &[usize],
    chunk: &[usize],
    source: Slice<'_>,
    lengths: &[usize],
    from: &Place,
) -> Result<Option<Encoded>, Error> {
    let grid = grid(lengths, chunk)?;
    let counts = counts(whole, chunk);
    let chunks: usize = counts.iter().product();
    let mut index = ShardIndex { ranges: vec![None; chunks], counts };
    let mut out = if form.at_start { vec![0; ShardIndex::bytes(form, chunks)] } else { Vec::new() };
    let mut written = 0_usize;
    let mut indices = grid.indices();
    loop {
        let now: Vec<Vec<usize>> = indices.by_ref().take(at_once()).collect();
        if now.is_empty() {
            break;
        }
        let one = |number: usize| {
            let part = grid.region(&now[number]).ok_or(Error::Defect("the chunks of a shard"))?;
            writer.write(chunk, source, &part.lengths, &from.at(&part.start))
        };
        let packed: Vec<Option<Vec<u8>>> =
            apart::made(now.len(), &one).into_iter().collect::<Result<_, _>>()?;
        for (chunk_index, packed) in now.iter().zip(packed) {
            let (Some(packed), number) = (packed, number_of(chunk_index, &index.counts)) else { continue };
            let start = out.len() as u64;
            out.extend_from_slice(&packed);
            written = written.saturating_add(1);
            if let Some(range) = index.ranges.get_mut(number) {
                *range = Some(start..out.len() as u64);
            }
        }
    }
    if written == 0 {
        return Ok(None);
    }
    finish(out, index, form).map(|bytes| Some(Encoded { bytes, left_out: chunks.saturating_sub(written) }))
}

fn finish(mut out: Vec<u8>, index: ShardIndex, form: IndexForm) -> Result<Vec<u8>, Error> {
    let index = index.write(form)?;
    if !form.at_start {
        out.extend_from_slice(&index);
    } else if let Some(place) = out.get_mut(..index.len()) {
        place.copy_from_slice(&index);
    }
    Ok(out)
}

/// The chunks of a shard.
pub(super) fn grid(whole: &[usize], chunk: &[usize]) -> Result<Grid, Error> {
    Grid::new(whole, chunk).map_err(|_| Error::Defect("the chunks of a shard"))
}

/// Reads the index of a shard.
pub(super) fn index(
    reader: &ChunkReader<'_>,
    form: IndexForm,
    grid: &Grid,
    source: &Source<'_>,
) -> Result<ShardIndex, Error> {
    let bytes = source.range(ShardIndex::range(form, grid.len(), source.bytes)?)?;
    let most = reader.packed_most(grid.chunk()) as u64;
    ShardIndex::read(form, &bytes, grid.counts(), source.bytes, most)
}

/// Reads a box of a shard into `out`.
#[allow(clippy::too_many_arguments, reason = "all that a shard is, and where what goes")]
pub(super) fn decode(
    reader: &ChunkReader<'_>,
    form: IndexForm,
    whole: &[usize],
    chunk: &[usize],
    source: &Source<'_>,
    wanted: &Region,
    out: &mut SliceMut<'_>,
    to: &Place,
) -> Result<(), Error> {
    let grid = grid(whole, chunk)?;
    let read = if source.index.is_none() { Some(index(reader, form, &grid, source)?) } else { None };
    let index = source.index.or(read.as_ref()).filter(|index| index.counts == grid.counts());
    let index = index.ok_or(Error::Defect("the index of a shard"))?;
    let mut overlaps = grid.overlapping(wanted);
    loop {
        let now: Vec<Overlap> = overlaps.by_ref().take(source.at_once.max(1)).collect();
        if now.is_empty() {
            return Ok(());
        }
        // A chunk whose bytes are not packed is placed out of what was read, without another copy.
        let bytes_of =
            |number: usize| index.of(&now[number].chunk_index).map(|range| source.range(range)).transpose();
        let read = apart::made(now.len(), &bytes_of).into_iter().collect::<Result<Vec<_>, _>>()?;
        let one = |number: usize| {
            let what = |error| named(error, &format!("chunk {:?} inside of it", now[number].chunk_index));
            read[number].as_ref().map(|bytes| reader.unpack(bytes, chunk).map_err(what)).transpose()
        };
        let unpacked = apart::made(read.len(), &one).into_iter().collect::<Result<Vec<_>, _>>()?;
        for (overlap, bytes) in now.iter().zip(&unpacked) {
            let to = to.at(&overlap.target.start);
            match bytes {
                Some(bytes) => reader.place(bytes, chunk, &overlap.source, out, &to)?,
                None => reader.spread(&overlap.source.lengths, out, &to)?,
            }
        }
    }
}

/// Says which part of the file is damaged.
fn named(error: Error, what: &str) -> Error {
    match error {
        Error::Damaged { said } => Error::Damaged { said: format!("{what}: {said}") },
        other => other,
    }
}
