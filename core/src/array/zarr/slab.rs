//! An array that comes element by element, written chunk by chunk: what is in memory is one row of its chunks.

use std::io::Read;

use super::chunk::{Encoded, encode};
use super::describe::Description;
use super::error::Error;
use super::incoming::Incoming;
use crate::array::grid::{Grid, Overlap};
use crate::array::runs::{Place, turned};
use crate::array::stats::Stats;
use crate::array::{Chunk, Data, Layout, shape};

/// A chunk of the array, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Which.
    pub chunk_index: Vec<usize>,
    /// Its file; nothing where all of its elements are the fill value.
    pub encoded: Option<Encoded>,
    /// What is known of its elements.
    pub stats: Stats,
}

/// How the elements that come are cut.
struct Slabs {
    /// Which axis of the array is which of the elements that come, where they are not in order.
    order: Option<Vec<usize>>,
    /// The array's chunks, axes in the order of the elements that come.
    chunks: Grid,
    /// Boxes of elements that come one after the other, each a whole number of chunks.
    slabs: Grid,
}

/// Elements that are in memory at a time while [`write`] runs: charge their bytes first.
///
/// # Errors
/// Those of [`write`], as far as they show without a body.
pub fn slab_elements(description: &Description, incoming: &Incoming) -> Result<usize, Error> {
    let slabs = slabs(description, incoming)?.slabs;
    Ok(slabs.chunk().iter().zip(slabs.shape()).map(|(slab, length)| slab.min(length)).product())
}

/// Reads all elements from `body` and gives each chunk to `each`, in the order in which they are complete.
///
/// Cost: one pass over the body; one slab of elements and one packed chunk in memory.
///
/// # Errors
/// [`Error::Damaged`] where the body has more or fewer bytes than its shape takes, [`Error::Read`] where it cannot be
/// read, and what `each` says.
pub fn write<E: From<Error>>(
    description: &Description,
    incoming: &Incoming,
    body: &mut dyn Read,
    mut each: impl FnMut(Written) -> Result<(), E>,
) -> Result<(), E> {
    let cut = slabs(description, incoming)?;
    let mut before = 0_usize;
    for index in cut.slabs.indices() {
        let slab = cut.slabs.region(&index).ok_or(Error::Defect("the slabs of an array"))?;
        let data = incoming.next(body, before, slab.count())?;
        before = before.saturating_add(slab.count());
        for overlap in cut.chunks.overlapping(&slab) {
            each(written(description, cut.order.as_deref(), &data, &slab.lengths, &overlap)?)?;
        }
    }
    Ok(check_end(body, incoming)?)
}

/// The chunk of that index, of elements that are there.
///
/// # Errors
/// Those of [`encode`].
pub fn packed(
    description: &Description,
    chunk_index: Vec<usize>,
    elements: &Chunk,
) -> Result<Written, Error> {
    let times = description.stored.is_time();
    let stats = Stats::of(elements.data.slice(), &description.fill, times);
    let layout = Layout { offset: 0, strides: shape::strides(&elements.shape) };
    let encoded = encode(description, elements.data.slice(), &elements.shape, &layout)?;
    Ok(Written { chunk_index, encoded, stats })
}

fn slabs(description: &Description, incoming: &Incoming) -> Result<Slabs, Error> {
    if incoming.shape != description.shape || incoming.stored.held() != description.dtype() {
        return Err(Error::Defect("the elements of an array that comes"));
    }
    let axes = incoming.shape.len();
    let order = (incoming.fortran && axes > 1).then(|| (0..axes).rev().collect::<Vec<_>>());
    let lengths = turned(&description.shape, order.as_deref());
    let chunk = turned(&description.chunk, order.as_deref());
    // Axes before the first one that a chunk has more than one element of are walked one by one.
    let first = chunk.iter().position(|length| *length > 1).unwrap_or(axes.saturating_sub(1));
    let axis = |(at, (length, chunk)): (usize, (&usize, &usize))| match at > first {
        true => (*length).max(1),
        false => *chunk,
    };
    let slab: Vec<usize> = lengths.iter().zip(&chunk).enumerate().map(axis).collect();
    let grid =
        |chunk: &[usize]| Grid::new(&lengths, chunk).map_err(|_| Error::Defect("the slabs of an array"));
    Ok(Slabs { chunks: grid(&chunk)?, slabs: grid(&slab)?, order })
}

/// The chunk that has that part of a box of elements, axes of both in the order that says which of the array each is.
pub(super) fn written(
    description: &Description,
    order: Option<&[usize]>,
    data: &Data,
    slab: &[usize],
    overlap: &Overlap,
) -> Result<Written, Error> {
    let place = Place::dense(slab, &[]);
    let times = description.stored.is_time();
    let stats = Stats::of_part(data.slice(), &place, &overlap.target, &description.fill, times);
    // Turned around twice is as it was.
    let place = place.at(&overlap.target.start).turned(order);
    let layout = place.layout();
    let lengths = turned(&overlap.target.lengths, order);
    let encoded = encode(description, data.slice(), &lengths, &layout)?;
    Ok(Written { chunk_index: turned(&overlap.chunk_index, order), encoded, stats })
}

fn check_end(body: &mut dyn Read, incoming: &Incoming) -> Result<(), Error> {
    let bytes = shape::count(&incoming.shape).saturating_mul(incoming.stored.bytes());
    match body.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => {
            let said = format!("shape {:?} takes {bytes} bytes, and more come", incoming.shape);
            Err(Error::damaged(said))
        }
        Err(source) => Err(Error::Read { offset: bytes as u64, bytes: 1, source: source.into() }),
    }
}
