//! A box in two buffers at once: where each row of it begins in the one and in the other.

use super::element::{Element, Slice, SliceMut, each};
use super::error::Error;
use super::grid::Overlap;
use super::strided::Layout;

/// A row: its elements lie `from_step` apart from `from` on in the one buffer, likewise in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::array) struct Run {
    pub(in crate::array) from: usize,
    pub(in crate::array) from_step: usize,
    pub(in crate::array) to: usize,
    pub(in crate::array) to_step: usize,
    pub(in crate::array) len: usize,
}

/// Where a box begins in a buffer, and how far apart neighbours are on each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::array) struct Place {
    pub(in crate::array) offset: usize,
    pub(in crate::array) strides: Vec<usize>,
}

impl Place {
    /// Of the box that begins at `start` in a dense buffer of an array of shape `lengths`, the last axis the densest.
    pub(in crate::array) fn dense(lengths: &[usize], start: &[usize]) -> Self {
        let mut strides = vec![0; lengths.len()];
        let mut step = 1_usize;
        for (stride, length) in strides.iter_mut().zip(lengths).rev() {
            *stride = step;
            step = step.saturating_mul((*length).max(1));
        }
        let offset = start
            .iter()
            .zip(&strides)
            .fold(0, |offset: usize, (at, stride)| offset.saturating_add(at.saturating_mul(*stride)));
        Self { offset, strides }
    }

    /// The same, of a buffer that nothing lies before.
    pub(in crate::array) fn layout(&self) -> Layout {
        let far = |steps: usize| isize::try_from(steps).unwrap_or(isize::MAX);
        Layout { offset: far(self.offset), strides: self.strides.iter().copied().map(far).collect() }
    }

    /// The same where axis `order[n]` of the array is axis `n` of the buffer.
    pub(in crate::array) fn turned_back(self, order: Option<&[usize]>) -> Self {
        let Some(order) = order else { return self };
        let mut strides = vec![0; self.strides.len()];
        for (stride, axis) in self.strides.iter().zip(order) {
            if let Some(slot) = strides.get_mut(*axis) {
                *slot = *stride;
            }
        }
        Self { strides, ..self }
    }

    /// The same for a box whose axes are taken in that order.
    pub(in crate::array) fn turned(&self, order: Option<&[usize]>) -> Self {
        let strides = turned(&self.strides, order);
        Self { offset: self.offset, strides }
    }

    /// Of the element at `start` of this box.
    pub(in crate::array) fn at(&self, start: &[usize]) -> Self {
        let steps = start.iter().zip(&self.strides);
        let offset =
            steps.fold(self.offset, |offset, (at, stride)| offset.saturating_add(at.saturating_mul(*stride)));
        Self { offset, strides: self.strides.clone() }
    }
}

/// Calls `row` for each row of a box of those lengths, until it fails.
///
/// Axes that lie one after the other in both buffers are taken as one: a box that is dense in both is one row.
pub(in crate::array) fn rows<E>(
    lengths: &[usize],
    from: &Place,
    to: &Place,
    mut row: impl FnMut(Run) -> Result<(), E>,
) -> Result<(), E> {
    if lengths.contains(&0) {
        return Ok(());
    }
    let mut axes = merged(lengths, from, to);
    let inner = axes.pop().unwrap_or(Axis { length: 1, from: 1, to: 1 });
    let mut index = vec![0_usize; axes.len()];
    let mut run =
        Run { from: from.offset, from_step: inner.from, to: to.offset, to_step: inner.to, len: inner.length };
    loop {
        row(run)?;
        let mut moved = false;
        for (place, axis) in index.iter_mut().zip(&axes).rev() {
            *place = place.saturating_add(1);
            if *place < axis.length {
                run.from = run.from.saturating_add(axis.from);
                run.to = run.to.saturating_add(axis.to);
                moved = true;
                break;
            }
            *place = 0;
            let back = axis.length.saturating_sub(1);
            run.from = run.from.saturating_sub(axis.from.saturating_mul(back));
            run.to = run.to.saturating_sub(axis.to.saturating_mul(back));
        }
        if !moved {
            return Ok(());
        }
    }
}

/// Copies a box of those lengths from one buffer to another of the same dtype.
///
/// # Errors
/// [`Error::Defect`] where the dtypes differ, or the box does not lie within both.
pub(in crate::array) fn copy(
    lengths: &[usize],
    source: Slice<'_>,
    from: &Place,
    out: &mut SliceMut<'_>,
    to: &Place,
) -> Result<(), Error> {
    let outside = || Error::Defect("a box");
    each!(SliceMut, out, values => {
        let source = Element::of(&source).ok_or_else(outside)?;
        rows(lengths, from, to, |run| {
            if (run.from_step, run.to_step) != (1, 1) {
                return (0..run.len).try_for_each(|at| {
                    let value = source.get(run.from.saturating_add(at.saturating_mul(run.from_step)));
                    let slot = values.get_mut(run.to.saturating_add(at.saturating_mul(run.to_step)));
                    let (slot, value) = slot.zip(value).ok_or_else(outside)?;
                    *slot = *value;
                    Ok(())
                });
            }
            let taken = source.get(run.from..run.from.saturating_add(run.len));
            let put = values.get_mut(run.to..run.to.saturating_add(run.len));
            let (put, taken) = put.zip(taken).ok_or_else(outside)?;
            put.copy_from_slice(taken);
            Ok(())
        })
    })
}

/// Copies the part that a chunk has of a box: out of all elements of the chunk, of shape `all`, to where it lies in the box, of
/// shape `lengths`.
///
/// # Errors
/// Those of [`copy`].
pub(in crate::array) fn copy_part(
    part: &Overlap,
    (source, all): (Slice<'_>, &[usize]),
    (out, lengths): (&mut SliceMut<'_>, &[usize]),
) -> Result<(), Error> {
    let from = Place::dense(all, &part.source.start);
    copy(&part.target.lengths, source, &from, out, &Place::dense(lengths, &part.target.start))
}

/// The lengths of a box whose axes are taken in that order.
pub(in crate::array) fn turned(lengths: &[usize], order: Option<&[usize]>) -> Vec<usize> {
    match order {
        None => lengths.to_vec(),
        Some(order) => order.iter().filter_map(|axis| lengths.get(*axis).copied()).collect(),
    }
}

#[derive(Clone, Copy)]
struct Axis {
    length: usize,
    from: usize,
    to: usize,
}

fn merged(lengths: &[usize], from: &Place, to: &Place) -> Vec<Axis> {
    let axes = lengths.iter().zip(&from.strides).zip(&to.strides);
    let axes = axes.map(|((length, from), to)| Axis { length: *length, from: *from, to: *to });
    let mut out: Vec<Axis> = Vec::with_capacity(lengths.len());
    for axis in axes.filter(|axis| axis.length != 1) {
        match out.last_mut() {
            Some(last)
                if last.from == axis.from.saturating_mul(axis.length)
                    && last.to == axis.to.saturating_mul(axis.length) =>
            {
                *last = Axis { length: last.length.saturating_mul(axis.length), ..axis };
            }
            _ => out.push(axis),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(lengths: &[usize], from: &Place, to: &Place) -> (usize, Vec<(usize, usize)>) {
        let (mut runs, mut found) = (0, Vec::new());
        let done: Result<(), ()> = rows(lengths, from, to, |run| {
            runs += 1;
            found.extend((0..run.len).map(|at| (run.from + at * run.from_step, run.to + at * run.to_step)));
            Ok(())
        });
        assert!(done.is_ok());
        (runs, found)
    }

    #[test]
    fn what_is_dense_in_both_is_one_row() {
        let place = Place::dense(&[2, 3, 4], &[0, 0, 0]);
        let (runs, found) = pairs(&[2, 3, 4], &place, &place);
        assert_eq!(runs, 1);
        assert_eq!(found, (0..24).map(|at| (at, at)).collect::<Vec<_>>());
    }

    #[test]
    fn a_box_within_a_turned_buffer_is_found() {
        // An array of shape (4, 5) whose first axis is the densest.
        let from = Place::dense(&[5, 4], &[0, 0]).turned_back(Some(&[1, 0])).at(&[1, 2]);
        let to = Place::dense(&[2, 3], &[0, 0]);
        let (_, found) = pairs(&[2, 3], &from, &to);
        let all: Vec<(usize, usize)> = (0..2)
            .flat_map(|row| (0..3).map(move |column| ((1 + row) + (2 + column) * 4, row * 3 + column)))
            .collect();
        assert_eq!(found, all);
        assert_eq!(pairs(&[2, 0], &from, &to).0, 0);
        assert_eq!(pairs(&[], &Place::dense(&[], &[]), &Place::dense(&[], &[])).1, [(0, 0)]);
    }
}
