//! A grid over an array: chunks of one shape, those at the ends of axes cut off where the array ends.
//!
//! Everything here is arithmetic on lengths; no element is touched. Lengths may come from a file that lies, so whatever
//! can leave its type is checked when the grid is made.

use super::error::Error;
use super::shape;
use super::strided::Layout;

/// A box within an array.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// The index of its first element.
    pub start: Vec<usize>,
    /// How long it is on each axis.
    pub lengths: Vec<usize>,
}

impl Region {
    /// All of an array of that shape.
    pub fn whole(shape: &[usize]) -> Self {
        Self { start: vec![0; shape.len()], lengths: shape.to_vec() }
    }

    /// So many rows of an array of that shape, from a place on.
    pub fn rows(shape: &[usize], first: usize, count: usize) -> Self {
        let mut rows = Self::whole(shape);
        if let (Some(start), Some(length)) = (rows.start.first_mut(), rows.lengths.first_mut()) {
            (*start, *length) = (first, count);
        }
        rows
    }

    /// How many elements it has.
    pub fn count(&self) -> usize {
        shape::count(&self.lengths)
    }

    /// The same box, where it is counted from the first element of another.
    pub fn of(&self, other: &Self) -> Self {
        let start = self.start.iter().zip(&other.start).map(|(own, other)| own.saturating_add(*other));
        Self { start: start.collect(), lengths: self.lengths.clone() }
    }

    /// Where its elements lie in a buffer of all of an array of that shape, the last axis the densest.
    pub fn layout(&self, shape: &[usize]) -> Layout {
        let strides = shape::strides(shape);
        let steps = self.start.iter().zip(&strides);
        let offset = steps.fold(0, |offset: isize, (start, stride)| {
            offset.saturating_add((*start as isize).saturating_mul(*stride))
        });
        Layout { offset, strides }
    }

    /// Whether its elements lie one after the other in an array of that shape.
    pub fn lies_together(&self, shape: &[usize]) -> bool {
        let first = self.lengths.iter().position(|length| *length != 1).unwrap_or(self.lengths.len());
        self.lengths.iter().zip(shape).skip(first.saturating_add(1)).all(|(own, all)| own == all)
    }

    /// Whether it lies within an array of that shape.
    pub fn is_within(&self, shape: &[usize]) -> bool {
        let axes = self.start.iter().zip(&self.lengths).zip(shape);
        let fits = |((start, length), axis): ((&usize, &usize), &usize)| {
            start.checked_add(*length).is_some_and(|end| end <= *axis)
        };
        self.start.len() == shape.len() && self.lengths.len() == shape.len() && axes.into_iter().all(fits)
    }
}

/// Chunks of one shape over an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    shape: Vec<usize>,
    chunk: Vec<usize>,
    counts: Vec<usize>,
}

/// What a box and a chunk have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Which chunk.
    pub chunk_index: Vec<usize>,
    /// The part, counted from the chunk's first element.
    pub source: Region,
    /// The part, counted from the box's first element.
    pub target: Region,
}

impl Grid {
    /// A grid of chunks of shape `chunk` over an array of shape `shape`.
    ///
    /// # Errors
    /// [`Error::Refused`]: as many lengths as axes are needed, none of them 0, and chunks that can be counted.
    pub fn new(shape: &[usize], chunk: &[usize]) -> Result<Self, Error> {
        let refused = |said: String| Err(Error::refused("grid", said));
        if shape.len() != chunk.len() {
            return refused(format!("takes one chunk length an axis, and got {chunk:?} for shape {shape:?}"));
        }
        if shape.len() > shape::AXES_MAX {
            return refused(format!("takes at most {} axes, and got {}", shape::AXES_MAX, shape.len()));
        }
        if let Some(axis) = chunk.iter().position(|length| *length == 0) {
            return refused(format!("takes chunks of at least one element, and axis {axis} got 0"));
        }
        if shape::elements(shape).is_none() || shape::elements(chunk).is_none() {
            return refused(format!("cannot count the elements of shape {shape:?} in chunks of {chunk:?}"));
        }
        let counts = shape.iter().zip(chunk).map(|(length, chunk)| length.div_ceil(*chunk)).collect();
        Ok(Self { shape: shape.to_vec(), chunk: chunk.to_vec(), counts })
    }

    /// The array's shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The shape of a chunk that is not cut off.
    pub fn chunk(&self) -> &[usize] {
        &self.chunk
    }

    /// How many chunks there are on each axis.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// How many chunks there are.
    pub fn len(&self) -> usize {
        shape::count(&self.counts)
    }

    /// Whether there are no chunks: an axis has no elements.
    pub fn is_empty(&self) -> bool {
        self.counts.contains(&0)
    }

    /// The chunk that has the element of that index; nothing where there is no such element.
    pub fn chunk_of(&self, index: &[usize]) -> Option<Vec<usize>> {
        let inside = index.iter().zip(&self.shape).all(|(at, length)| at < length);
        (inside && index.len() == self.shape.len())
            .then(|| index.iter().zip(&self.chunk).map(|(at, chunk)| at / chunk).collect())
    }

    /// What a chunk holds of the array, cut off at its end; nothing where there is no such chunk.
    pub fn region(&self, chunk_index: &[usize]) -> Option<Region> {
        let inside = chunk_index.iter().zip(&self.counts).all(|(at, count)| at < count);
        if !inside || chunk_index.len() != self.counts.len() {
            return None;
        }
        // A chunk that is there begins before the array ends: nothing here leaves its type.
        let start: Vec<usize> = chunk_index.iter().zip(&self.chunk).map(|(at, chunk)| at * chunk).collect();
        let axes = start.iter().zip(&self.chunk).zip(&self.shape);
        let lengths = axes.map(|((start, chunk), length)| *chunk.min(&(length - start))).collect();
        Some(Region { start, lengths })
    }

    /// Every chunk's index, the last axis the fastest.
    pub fn indices(&self) -> Indices {
        let first = vec![0; self.counts.len()];
        Indices { next: (!self.is_empty()).then(|| first.clone()), first, end: self.counts.clone() }
    }

    /// Every chunk as a box of the array, in the order of their indices.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        self.indices().filter_map(|index| self.region(&index))
    }

    /// The chunks that have a part of `wanted`, and which; none where it is no box of the array's.
    pub fn overlapping(&self, wanted: &Region) -> Overlaps<'_> {
        let there = wanted.is_within(&self.shape) && !wanted.lengths.contains(&0);
        let axes = || wanted.start.iter().zip(&wanted.lengths).zip(&self.chunk);
        let first: Vec<usize> = axes().map(|((start, _), chunk)| start / chunk).collect();
        let end = axes().map(|((start, length), chunk)| start.saturating_add(*length).div_ceil(*chunk));
        let indices = Indices { next: there.then(|| first.clone()), first, end: end.collect() };
        Overlaps { grid: self, wanted: wanted.clone(), indices }
    }

    fn overlap(&self, wanted: &Region, chunk_index: Vec<usize>) -> Option<Overlap> {
        let held = self.region(&chunk_index)?;
        let axes = self.shape.len();
        let none = || Region { start: Vec::with_capacity(axes), lengths: Vec::with_capacity(axes) };
        let (mut source, mut target) = (none(), none());
        let lines = |region: &Region| {
            region.start.clone().into_iter().zip(region.lengths.clone()).collect::<Vec<_>>()
        };
        for ((held, held_length), (asked, asked_length)) in lines(&held).into_iter().zip(lines(wanted)) {
            let start = held.max(asked);
            let end = held.checked_add(held_length)?.min(asked.checked_add(asked_length)?);
            let length = end.checked_sub(start)?;
            source.start.push(start.checked_sub(held)?);
            target.start.push(start.checked_sub(asked)?);
            source.lengths.push(length);
            target.lengths.push(length);
        }
        Some(Overlap { chunk_index, source, target })
    }
}

/// Chunk indices, one after the other.
#[derive(Clone, Debug)]
pub struct Indices {
    next: Option<Vec<usize>>,
    first: Vec<usize>,
    end: Vec<usize>,
}

impl Iterator for Indices {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let now = self.next.take()?;
        let mut next = now.clone();
        for ((place, first), end) in next.iter_mut().zip(&self.first).zip(&self.end).rev() {
            *place = place.saturating_add(1);
            if *place < *end {
                self.next = Some(next);
                break;
            }
            *place = *first;
        }
        Some(now)
    }
}

/// The chunks that have a part of a box.
#[derive(Clone, Debug)]
pub struct Overlaps<'a> {
    grid: &'a Grid,
    wanted: Region,
    indices: Indices,
}

impl Iterator for Overlaps<'_> {
    type Item = Overlap;

    fn next(&mut self) -> Option<Overlap> {
        let chunk_index = self.indices.next()?;
        self.grid.overlap(&self.wanted, chunk_index)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// A shape, a chunk for it, and a box in it.
    fn cases() -> impl Strategy<Value = (Vec<usize>, Vec<usize>, Region)> {
        let axis = (0_usize..9, 1_usize..6, 0_usize..9, 0_usize..9);
        prop::collection::vec(axis, 0..4).prop_map(|axes| {
            let region = Region {
                start: axes.iter().map(|(length, _, start, _)| start % (length + 1)).collect(),
                lengths: axes
                    .iter()
                    .map(|(length, _, start, end)| end % (length - start % (length + 1) + 1))
                    .collect(),
            };
            (axes.iter().map(|axis| axis.0).collect(), axes.iter().map(|axis| axis.1).collect(), region)
        })
    }

    fn elements(region: &Region) -> impl Iterator<Item = Vec<usize>> {
        let start = region.start.clone();
        let grid = Grid::new(&region.lengths, &vec![1; region.lengths.len()]).unwrap();
        grid.indices().map(move |index| index.iter().zip(&start).map(|(at, start)| at + start).collect())
    }

    proptest! {
        #[test]
        fn chunks_hold_each_element_once((shape, chunk, _) in cases()) {
            let grid = Grid::new(&shape, &chunk).unwrap();
            let mut found: Vec<Vec<usize>> = Vec::new();
            for index in grid.indices() {
                let region = grid.region(&index).unwrap();
                prop_assert!(region.is_within(&shape) && region.count() > 0);
                for element in elements(&region) {
                    prop_assert_eq!(grid.chunk_of(&element), Some(index.clone()));
                    found.push(element);
                }
            }
            found.sort();
            let all: Vec<Vec<usize>> = elements(&Region::whole(&shape)).collect();
            prop_assert_eq!(found, all);
            prop_assert_eq!(grid.indices().count(), grid.len());
        }

        #[test]
        fn overlaps_make_up_the_box((shape, chunk, wanted) in cases()) {
            let grid = Grid::new(&shape, &chunk).unwrap();
            let mut found: Vec<Vec<usize>> = Vec::new();
            for overlap in grid.overlapping(&wanted) {
                let held = grid.region(&overlap.chunk_index).unwrap();
                prop_assert!(overlap.source.is_within(&held.lengths));
                prop_assert!(overlap.target.is_within(&wanted.lengths));
                for (from, to) in elements(&overlap.source).zip(elements(&overlap.target)) {
                    let from: Vec<usize> = from.iter().zip(&held.start).map(|(at, start)| at + start).collect();
                    let to: Vec<usize> = to.iter().zip(&wanted.start).map(|(at, start)| at + start).collect();
                    prop_assert_eq!(&from, &to);
                    found.push(to);
                }
            }
            found.sort();
            prop_assert_eq!(found, elements(&wanted).collect::<Vec<_>>());
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for (shape, chunk) in [
            (vec![4], vec![0]),
            (vec![4], vec![]),
            (vec![1 << 40, 1 << 40], vec![1, 1]),
            (vec![1; 65], vec![1; 65]),
        ] {
            assert!(Grid::new(&shape, &chunk).is_err(), "{shape:?} in {chunk:?}");
        }
        let grid = Grid::new(&[1 << 60], &[1 << 20]).unwrap();
        assert_eq!(grid.len(), 1 << 40);
        let outside = Region { start: vec![1 << 60], lengths: vec![usize::MAX] };
        assert_eq!(grid.overlapping(&outside).count(), 0);
        assert_eq!((grid.region(&[1 << 40]), grid.chunk_of(&[1 << 60])), (None, None));
    }

    #[test]
    fn an_array_without_axes_has_one_chunk() {
        let grid = Grid::new(&[], &[]).unwrap();
        assert_eq!(grid.indices().collect::<Vec<_>>(), [Vec::<usize>::new()]);
        assert_eq!(grid.overlapping(&Region::whole(&[])).count(), 1);
    }
}
