//! Where a view finds its elements: on which axes of its input it goes along.

use super::graph::{Call, Kernel};
use super::grid::Region;
use super::shape;

/// How the places of a view are places of its input.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// Along axes: from a first place, so many steps on each axis of the input for a step on an axis of the view.
    Axes { first: Vec<isize>, steps: Vec<Vec<isize>> },
    /// Nothing but where in the order of the input's elements.
    Order { offset: isize, strides: Vec<isize>, shape: Vec<usize> },
}

impl Places {
    /// Of a call that shows the elements of its input, at other places or under another shape.
    pub(super) fn of(call: &Call) -> Option<Self> {
        let (shape, input) = (&call.outputs.first()?.shape, call.inputs.first()?.shape());
        match &call.kernel {
            Kernel::View { offset, strides } => Some(Self::new(*offset, strides, shape, input)),
            Kernel::Reshape => Some(Self::new(0, &shape::strides(shape), shape, input)),
            _ => None,
        }
    }

    /// Of a view of that shape, offset and strides over an input of shape `input`, whose last axis is the densest.
    fn new(offset: isize, strides: &[isize], lengths: &[usize], input: &[usize]) -> Self {
        along(offset, strides, lengths, input).unwrap_or_else(|| Self::Order {
            offset,
            strides: strides.to_vec(),
            shape: input.to_vec(),
        })
    }

    /// The smallest box of the input that has all that a box of the view shows. The box has elements.
    pub(super) fn touched(&self, region: &Region) -> Region {
        match self {
            Self::Axes { first, steps } => {
                let axes = (0..first.len()).map(|axis| {
                    let (low, high) = ends(first[axis], steps.iter().map(|steps| steps[axis]), region);
                    (low as usize, (high - low) as usize + 1)
                });
                let (start, lengths) = axes.unzip();
                Region { start, lengths }
            }
            Self::Order { offset, strides, shape } => {
                let (low, high) = ends(*offset, strides.iter().copied(), region);
                rows(low as usize, high as usize, shape)
            }
        }
    }

    /// Where the view's box lies within the box of the input that it touches: its offset and its strides.
    pub(super) fn within(&self, region: &Region, touched: &Region) -> (isize, Vec<isize>) {
        let dense = shape::strides(&touched.lengths);
        match self {
            Self::Axes { first, steps } => {
                let strides = steps
                    .iter()
                    .map(|steps| steps.iter().zip(&dense).map(|(step, dense)| step * dense).sum());
                let strides: Vec<isize> = strides.collect();
                let origin = first.iter().zip(&touched.start).zip(&dense);
                let origin: isize =
                    origin.map(|((first, start), dense)| (first - *start as isize) * dense).sum();
                // Each step of the view from its begin to the box's, as it goes within the box.
                let there = region.start.iter().zip(&strides).map(|(start, stride)| *start as isize * stride);
                (origin + there.sum::<isize>(), strides)
            }
            Self::Order { offset, strides, shape } => {
                let there = region.start.iter().zip(strides).map(|(start, stride)| *start as isize * stride);
                let begin = touched.start.iter().zip(shape::strides(shape));
                let begin: isize = begin.map(|(start, stride)| *start as isize * stride).sum();
                (offset + there.sum::<isize>() - begin, strides.clone())
            }
        }
    }

    /// The axis of the input that an axis of the view goes along, element by element, where it is one.
    pub(super) fn axis(&self, of: usize) -> Option<usize> {
        let Self::Axes { steps, .. } = self else { return None };
        let mut moved = steps[of].iter().enumerate().filter(|(_, step)| **step != 0);
        match (moved.next(), moved.next()) {
            (Some((axis, 1 | -1)), None) => Some(axis),
            _ => None,
        }
    }
}

/// The least and the greatest place that a box comes to, from `first` on, by steps along its axes.
fn ends(first: isize, steps: impl Iterator<Item = isize>, region: &Region) -> (isize, isize) {
    let axes = steps.zip(region.start.iter().zip(&region.lengths));
    axes.fold((first, first), |(low, high), (step, (start, length))| {
        let (one, other) = (step * *start as isize, step * (start + length - 1) as isize);
        (low + one.min(other), high + one.max(other))
    })
}

/// The smallest box whose elements lie together and that has those from `low` to `high` in the order of all.
fn rows(low: usize, high: usize, shape: &[usize]) -> Region {
    let place = |mut at: usize| {
        let mut place = vec![0; shape.len()];
        for (place, length) in place.iter_mut().zip(shape).rev() {
            (*place, at) = (at % length.max(&1), at / length.max(&1));
        }
        place
    };
    let (mut start, last) = (place(low), place(high));
    let mut lengths = vec![1; shape.len()];
    if let Some(axis) = (0..shape.len()).find(|axis| start[*axis] != last[*axis]) {
        lengths[axis] = last[axis] - start[axis] + 1;
        lengths[axis + 1..].copy_from_slice(&shape[axis + 1..]);
        start[axis + 1..].fill(0);
    }
    Region { start, lengths }
}

/// The steps along axes, where the view is such a one: found digit by digit in the input's strides, and then tried at
/// the corners, as everything between lies between.
fn along(offset: isize, strides: &[isize], lengths: &[usize], input: &[usize]) -> Option<Places> {
    if lengths.contains(&0) {
        return None;
    }
    let dense = shape::strides(input);
    let digits = |value: isize| -> Option<Vec<isize>> {
        let (mut left, sign) = (value.checked_abs()?, value.signum());
        let digits = dense.iter().zip(input).map(|(stride, length)| {
            if *length <= 1 {
                return 0;
            }
            let digit = left / stride;
            left %= stride;
            digit * sign
        });
        let digits = digits.collect();
        (left == 0).then_some(digits)
    };
    let first = digits(offset)?;
    let steps = strides.iter().zip(lengths).map(|(stride, length)| match length {
        0 | 1 => Some(vec![0; input.len()]),
        _ => digits(*stride),
    });
    let steps: Vec<Vec<isize>> = steps.collect::<Option<_>>()?;
    let whole = Region::whole(lengths);
    let inside = (0..input.len()).all(|axis| {
        let (low, high) = ends(first[axis], steps.iter().map(|steps| steps[axis]), &whole);
        low >= 0 && high < input[axis] as isize
    });
    (inside && whole.count() > 0).then_some(Places::Axes { first, steps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_goes_along_axes() {
        let input = [4, 1, 6];
        let axis = |offset: isize, strides: &[isize], lengths: &[usize]| {
            let places = Places::new(offset, strides, lengths, &input);
            (0..lengths.len()).map(|of| places.axis(of)).collect::<Vec<_>>()
        };
        // Turned, backwards, every second one, repeated, a new axis, the diagonal, all in one row.
        assert_eq!(axis(0, &[1, 6], &[6, 4]), [Some(2), Some(0)]);
        assert_eq!(axis(23, &[-6, -1], &[4, 6]), [Some(0), Some(2)]);
        assert_eq!(axis(1, &[6, 2], &[4, 3]), [Some(0), None]);
        assert_eq!(axis(0, &[0, 1], &[9, 6]), [None, Some(2)]);
        assert_eq!(axis(0, &[6, 6, 1], &[4, 1, 6]), [Some(0), None, Some(2)]);
        assert_eq!(axis(0, &[7], &[4]), [None]);
        assert_eq!(axis(0, &[1], &[24]), [None]);
    }

    #[test]
    fn what_lies_together_is_a_box_of_rows() {
        let of = |low, high| {
            let region = rows(low, high, &[4, 3, 5]);
            (region.start, region.lengths)
        };
        assert_eq!(of(7, 7), (vec![0, 1, 2], vec![1, 1, 1]));
        assert_eq!(of(6, 8), (vec![0, 1, 1], vec![1, 1, 3]));
        assert_eq!(of(6, 12), (vec![0, 1, 0], vec![1, 2, 5]));
        assert_eq!(of(14, 15), (vec![0, 0, 0], vec![2, 3, 5]));
    }
}
