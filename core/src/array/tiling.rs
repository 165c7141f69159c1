//! The boxes in which an array is computed where it is not in memory at once.

use std::sync::Arc;

use super::error::Error;
use super::graph::{Array, Call, Kernel, Limits, Once};
use super::grid::{Grid, Region};
use super::part::Boxes;
use super::plan::ordered_beyond;
use super::shape;
use super::view::Places;

/// Bytes that a box should have: enough that what a box costs by itself is nothing beside it.
pub const BOX_BYTES: u64 = 32 << 20;
/// Bytes of a box that stays in a cache near the processor, where boxes as small take no more work.
const BOX_BYTES_NEAR: u64 = 1 << 20;
/// Small boxes, at the most: there is a little to do for each.
const SMALL_MAX: usize = 1 << 16;
/// How much more work is no more, and how much is far more.
const NEARLY: f64 = 1.1;
const FAR: f64 = 8.0;
/// How much more work is so much more that a box of several shards is worth its room; how many boxes' room that is, and how many
/// boxes there have to be left.
const LESS: f64 = 1.2;
const BOXES_TOGETHER: u64 = 4;
const BOXES_LOW: usize = 8;
/// Which part of a box a cell should have that is written in one order and read in another, at the least.
const CELL_SHARE: u64 = 32;

/// Boxes over the array: so large that nothing that is made for one has more than about the bytes of a box, whole along the
/// axes that the calls behind it need whole, and of whole chunks of what is stored. Where smaller ones take hardly more work,
/// each is a chunk, which is read in place where it is in memory.
///
/// # Errors
/// Those of [`Grid::new`].
pub(super) fn boxes(array: &Array, limits: Limits) -> Result<Grid, Error> {
    let bytes = limits.box_bytes;
    let (chunk, mut must) = (chunks(array), musts(array));
    let mut large = boxes_of(array, &chunk, &must, elements(array, bytes))?;
    let all = Region::whole(array.shape());
    if work(array, &large) > weight(array, &all) * FAR {
        // What reads whole lines for some elements of each reads them once, where a box has all of those and there is room.
        let most = elements(array, (limits.held / 2).max(bytes.saturating_mul(2)));
        for axis in 0..must.len() {
            let others: Vec<bool> = (0..must.len()).map(|own| must[own] || own == axis).collect();
            let other = boxes_of(array, &chunk, &others, elements(array, bytes))?;
            if heaviest(array, other.chunk()) <= most && is_far_more(array, &large, &other) {
                (large, must) = (other, others);
            }
        }
    }
    let least = elements(array, BOX_BYTES_NEAR.min(bytes));
    let most = chunk.as_ref().map_or(least, |chunk| shape::count(chunk).max(least));
    let small = boxes_of(array, &chunk, &must, most)?;
    let takes_more = !(large.len()..SMALL_MAX).contains(&small.len())
        || work(array, &small) > work(array, &large) * NEARLY;
    Ok(if takes_more { large } else { small })
}

/// What an element of a box takes, of one in the middle.
pub(super) fn work(array: &Array, grid: &Grid) -> f64 {
    middle(grid).map_or(0.0, |region| weight(array, &region))
}

fn middle(grid: &Grid) -> Option<Region> {
    let index: Vec<usize> = grid.counts().iter().map(|count| count.saturating_sub(1) / 2).collect();
    grid.region(&index)
}

fn weight(array: &Array, region: &Region) -> f64 {
    let load = Boxes::load(array, region);
    load.all.saturating_add(load.unpacked) as f64 / region.count().max(1) as f64
}

/// Whether a box takes no more where it is computed in pieces of that shape.
pub fn may_be_cut(array: &Array, region: &Region, piece: &[usize]) -> bool {
    let lengths = piece.iter().zip(&region.lengths).map(|(piece, length)| *piece.min(length)).collect();
    let middle =
        |((start, length), piece): ((&usize, &usize), &usize)| start + length / 2 / piece.max(&1) * piece;
    let start = region.start.iter().zip(&region.lengths).zip(piece).map(middle).collect();
    let own = Region { start, lengths };
    own.is_within(array.shape()) && weight(array, &own) <= weight(array, region) * NEARLY
}

/// Whether boxes of the one grid take far more than those of the other: they do the same over and over.
fn is_far_more(array: &Array, one: &Grid, other: &Grid) -> bool {
    work(array, one) > work(array, other) * FAR
}

/// How an array is to be computed once, as the pieces in the order of its elements would do the same over and over, or be far
/// larger than what may be held; nothing where they would not. It is read in boxes of which each makes a piece of few.
///
/// # Errors
/// Those of [`Grid::new`].
pub(super) fn out_of_order(array: &Array, bands: &Grid, limits: Limits) -> Result<Option<Once>, Error> {
    let Limits { box_bytes, held } = limits;
    if matches!(array.call().kernel, Kernel::Constant(_) | Kernel::Stored(..)) {
        return Ok(None);
    }
    let is_large = heaviest(array, bands.chunk()) > elements(array, held.max(box_bytes.saturating_mul(2)));
    if !is_large && work(array, bands) <= weight(array, &Region::whole(array.shape())) * FAR {
        return Ok(None);
    }
    let strip = strip(array.meta().bytes(), box_bytes);
    let computed = boxes(array, Limits { box_bytes: strip, held })?;
    let is_smaller = is_large && computed.len() > bands.len();
    if !is_smaller && !is_far_more(array, bands, &computed) {
        return Ok(None);
    }
    let mut room = elements(array, strip);
    let mut read: Vec<usize> = Vec::with_capacity(array.axes());
    for (own, length) in computed.chunk().iter().zip(array.shape()).rev() {
        let piece = room.clamp(1, *length.max(&1));
        room /= piece;
        read.push(match own >= length {
            true => piece,
            // Boxes of whole cells.
            false => own / (own.div_ceil(piece)..=*own).find(|parts| own.is_multiple_of(*parts)).unwrap_or(1),
        });
    }
    read.reverse();
    Ok(Some(Once { computed: Some(computed.chunk().to_vec()), read: Some(read) }))
}

/// Bytes of a strip of something that has so many, where it is written in strips along one axis and read in strips along another:
/// so many that what two of them share, a cell, is no small piece.
pub fn strip(bytes: u64, box_bytes: u64) -> u64 {
    let cell = box_bytes / CELL_SHARE;
    let strip = u128::from(cell).saturating_mul(bytes.into()).isqrt();
    u64::try_from(strip).unwrap_or(u64::MAX).max(box_bytes)
}

fn boxes_of(array: &Array, chunk: &Option<Vec<usize>>, must: &[bool], most: usize) -> Result<Grid, Error> {
    let lengths = array.shape();
    let mut own: Vec<usize> = lengths
        .iter()
        .enumerate()
        .map(|(axis, length)| match (must[axis], chunk) {
            (true, _) => *length,
            (false, Some(chunk)) => chunk[axis].min(*length),
            (false, None) => 1,
        })
        .map(|length| length.max(1))
        .collect();
    let single: Vec<usize> =
        lengths.iter().zip(must).map(|(length, must)| if *must { (*length).max(1) } else { 1 }).collect();
    let bound = Bound { most, least: loads(array, &single) };
    // Larger, the last axis first: by whole chunks.
    for axis in (0..own.len()).rev() {
        grow(array, &mut own, axis, &bound);
    }
    shrink(array, &mut own, must, most.saturating_mul(2).max(bound.least.0));
    Grid::new(lengths, &own)
}

/// Pieces of the array in the order of its elements: so large that nothing that is made for one has more than about so many
/// bytes.
///
/// # Errors
/// Those of [`Grid::new`].
pub fn bands(array: &Array, bytes: u64) -> Result<Grid, Error> {
    let lengths = array.shape();
    let most = elements(array, bytes);
    let first = musts(array).into_iter().position(|must| must).unwrap_or(lengths.len());
    let mut own: Vec<usize> = lengths
        .iter()
        .enumerate()
        .map(|(axis, length)| if axis < first { 1 } else { (*length).max(1) })
        .collect();
    let bound = Bound { most, least: loads(array, &own) };
    for axis in (0..first).rev() {
        grow(array, &mut own, axis, &bound);
        if own[axis] < lengths[axis] {
            // Whole chunks, so that none is read twice.
            if let Some(chunk) = chunks(array).map(|chunk| chunk[axis]).filter(|chunk| *chunk <= own[axis]) {
                own[axis] -= own[axis] % chunk;
            }
            break;
        }
    }
    Grid::new(lengths, &own)
}

fn elements(array: &Array, bytes: u64) -> usize {
    usize::try_from(bytes / array.dtype().bytes() as u64).unwrap_or(usize::MAX).max(1)
}

/// How large a box becomes.
struct Bound {
    /// Elements of whatever is made for it.
    most: usize,
    /// What the smallest one takes, as [`loads`] says. Where that is more already, it becomes no more than twice as much.
    least: (usize, usize),
}

impl Bound {
    fn admits(&self, (most, all): (usize, usize)) -> bool {
        most <= self.most || (most <= self.least.0 && all <= self.least.1.saturating_mul(2))
    }
}

/// Doubles a box along an axis, as long as that is within the bound.
fn grow(array: &Array, own: &mut [usize], axis: usize, bound: &Bound) {
    while own[axis] < array.shape()[axis] {
        let before = own[axis];
        own[axis] = before.saturating_mul(2).min(array.shape()[axis]);
        if !bound.admits(loads(array, own)) {
            own[axis] = before;
            return;
        }
    }
}

/// Halves a box, as long as something that is made for it has more elements: along the first axis that helps, and along all
/// where no one does alone, as where a product's box is wide on both sides.
fn shrink(array: &Array, own: &mut Vec<usize>, must: &[bool], most: usize) {
    let halved = |own: &[usize], which: &dyn Fn(usize) -> bool| -> Vec<usize> {
        let half = |(axis, length): (usize, &usize)| if which(axis) { length.div_ceil(2) } else { *length };
        own.iter().enumerate().map(half).collect()
    };
    loop {
        let now = heaviest(array, own);
        let may = |axis: usize| !must[axis] && own[axis] > 1;
        if now <= most || !(0..own.len()).any(may) {
            return;
        }
        let mut single = (0..own.len()).filter(|axis| may(*axis)).map(|axis| halved(own, &|one| one == axis));
        *own = match single.find(|smaller| heaviest(array, smaller) < now) {
            Some(smaller) => smaller,
            None => halved(own, &may),
        };
    }
}

/// How many elements the largest array has that is made for a box of that shape.
fn heaviest(array: &Array, own: &[usize]) -> usize {
    loads(array, own).0
}

/// That, and how many are computed and read: for the first box, or for one in the middle, whichever are more.
fn loads(array: &Array, own: &[usize]) -> (usize, usize) {
    let first = corner(own, array.shape());
    let mut middle = first.clone();
    let axes = middle.start.iter_mut().zip(&first.lengths).zip(array.shape());
    // Where the boxes of a grid begin.
    axes.for_each(|((start, length), all)| *start = (all - length) / 2 / (*length).max(1) * length);
    let load = Boxes::load(array, &first);
    if middle == first {
        return (load.most, load.all);
    }
    let other = Boxes::load(array, &middle);
    (load.most.max(other.most), load.all.max(other.all))
}

/// Boxes over the array, of a shard each, but whole along the axes that the calls behind it need whole; and of several shards
/// each, where `several` says that they may be, there is room, and that takes less, as of products of matrices.
///
/// # Errors
/// Those of [`Grid::new`].
pub(super) fn of_shards(
    array: &Array,
    shard: &[usize],
    several: bool,
    limits: Limits,
) -> Result<Grid, Error> {
    let (lengths, must) = (array.shape(), musts(array));
    let axes = must.iter().zip(lengths).zip(shard);
    let own = axes.map(|((must, length), shard)| if *must { (*length).max(1) } else { *shard });
    let mut grid = Grid::new(lengths, &own.collect::<Vec<_>>())?;
    let most = elements(array, (limits.held / 2).min(limits.box_bytes.saturating_mul(BOXES_TOGETHER)));
    while several && grid.len() > 1 {
        let mut larger = Vec::new();
        for axis in (0..must.len()).filter(|axis| !must[*axis] && grid.chunk()[*axis] < lengths[*axis]) {
            let mut own = grid.chunk().to_vec();
            own[axis] = own[axis].saturating_mul(2);
            larger.push(Grid::new(lengths, &own)?);
        }
        let takes = |grid: &Grid| work(array, grid);
        let fits = |grid: &Grid| grid.len() >= BOXES_LOW && heaviest(array, grid.chunk()) <= most;
        let larger = larger.into_iter().filter(fits).min_by(|one, other| takes(one).total_cmp(&takes(other)));
        match larger.filter(|larger| takes(larger) * LESS <= takes(&grid)) {
            Some(larger) => grid = larger,
            None => break,
        }
    }
    Ok(grid)
}

/// Which axes a box has to have all of: half of one takes nearly as much work.
pub(super) fn musts(array: &Array) -> Vec<bool> {
    let whole = Region::whole(array.shape());
    let all = Boxes::load(array, &whole).all;
    let one = |axis: usize| {
        let mut half = whole.clone();
        half.lengths[axis] /= 2;
        half.lengths[axis] > 0 && Boxes::load(array, &half).all > all / 4 * 3
    };
    (0..array.axes()).map(one).collect()
}

/// How long the chunks of what is stored are on the axes of the array, 1 where nothing says; nothing where no axis is
/// any stored array's.
pub(super) fn chunks(array: &Array) -> Option<Vec<usize>> {
    let is_known = |call: &Arc<Call>| call.chunk.get().is_some();
    for call in ordered_beyond(std::slice::from_ref(array), &is_known) {
        call.chunk.get_or_init(|| chunks_of(&call));
    }
    array.call().chunk.get().cloned().flatten()
}

/// How long the chunks are along an axis of the array, and how much of one lies before it; nothing where it is in none.
pub(super) fn lying(array: &Array, axis: usize) -> Option<(usize, usize)> {
    let Kernel::Stored(source, own) = &array.call().kernel else {
        return chunks(array).map(|chunk| (chunk[axis], 0));
    };
    let chunk = source.chunk()?[axis].max(1);
    Some((chunk, own.start[axis] % chunk))
}

fn chunks_of(call: &Call) -> Option<Vec<usize>> {
    let shape = &call.outputs.first()?.shape;
    let of = |input: &Array| input.call().chunk.get().cloned().flatten().map(|chunk| (input.len(), chunk));
    match &call.kernel {
        Kernel::Stored(source, _) => source.chunk().map(<[usize]>::to_vec),
        Kernel::Map(_) => {
            let same = call.inputs.iter().filter(|input| input.shape() == *shape);
            same.filter_map(of).map(|(_, chunk)| chunk).max_by_key(|chunk| shape::count(chunk))
        }
        _ if let Some(places) = Places::of(call) => viewed(&places, shape, &of(&call.inputs[0])?.1),
        Kernel::Fold(folding) => {
            let chunk = of(&call.inputs[0])?.1;
            let mut own = vec![1; shape.len()];
            let left = (0..chunk.len()).filter(|axis| !(folding.first..folding.end).contains(axis));
            left.zip(&folding.kept).for_each(|(axis, kept)| own[*kept] = chunk[axis]);
            Some(own)
        }
        // A call with a rule goes, in what is not along its axes, with its largest input.
        _ if call.rule.is_some() => {
            let inputs = call.inputs.iter().filter(|input| input.axes() == shape.len());
            let (_, chunk) = inputs.filter_map(of).max_by_key(|(len, _)| *len)?;
            Some(chunk.into_iter().zip(shape).map(|(chunk, length)| chunk.min(*length).max(1)).collect())
        }
        _ => None,
    }
}

fn viewed(places: &Places, shape: &[usize], chunk: &[usize]) -> Option<Vec<usize>> {
    let own: Vec<Option<usize>> =
        (0..shape.len()).map(|axis| places.axis(axis).map(|of| chunk[of])).collect();
    own.iter().any(Option::is_some).then(|| own.into_iter().map(|length| length.unwrap_or(1)).collect())
}

/// The first of the boxes: none is larger.
pub fn first(grid: &Grid) -> Region {
    corner(grid.chunk(), grid.shape())
}

/// Of the first box and one in the middle that for which more is computed: of arrays side by side one may take nothing.
pub(super) fn heavier(arrays: &[Array], grid: &Grid) -> Region {
    let load = |region: &Region| {
        arrays.iter().map(|array| Boxes::load(array, region).all).fold(0, usize::saturating_add)
    };
    let first = first(grid);
    match middle(grid) {
        Some(middle) if load(&middle) > load(&first) => middle,
        _ => first,
    }
}

/// The box of that shape at the begin of an array.
fn corner(own: &[usize], shape: &[usize]) -> Region {
    let lengths = own.iter().zip(shape).map(|(own, length)| *own.min(length)).collect();
    Region { start: vec![0; own.len()], lengths }
}
