//! Shapes: what broadcasts, which axes there are, where elements lie.

use super::error::Error;

/// The most axes that an array may have.
pub const AXES_MAX: usize = 64;

/// How many elements an array of that shape has; nothing where that is beyond counting.
pub fn elements(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_usize, |count, length| count.checked_mul(*length))
}

/// How many elements an array of that shape has.
pub fn count(shape: &[usize]) -> usize {
    elements(shape).unwrap_or(usize::MAX)
}

/// How far apart neighbours lie on each axis, in elements, where the last axis is the densest.
pub fn strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut step = 1_isize;
    for (stride, length) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.saturating_mul((*length).max(1) as isize);
    }
    strides
}

/// The shape that both broadcast to.
///
/// # Errors
/// [`Error::Broadcast`] where they do not.
pub fn broadcast(op: &'static str, left: &[usize], right: &[usize]) -> Result<Vec<usize>, Error> {
    let axes = left.len().max(right.len());
    let at =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |axis| shape[axis]);
    let pairs = (0..axes).map(|axis| (at(left, axis), at(right, axis)));
    pairs
        .map(|pair| match pair {
            (one, other) if one == other => Some(one),
            (1, length) | (length, 1) => Some(length),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::Broadcast { op, left: left.to_vec(), right: right.to_vec() })
}

/// The shape that all broadcast to.
///
/// # Errors
/// [`Error::Broadcast`] where they do not.
pub fn broadcast_all<'a>(
    op: &'static str,
    shapes: impl IntoIterator<Item = &'a [usize]>,
) -> Result<Vec<usize>, Error> {
    shapes.into_iter().try_fold(Vec::new(), |sum, shape| broadcast(op, &sum, shape))
}

/// The axis that `axis` counts from the front, or below 0 from the back.
///
/// # Errors
/// [`Error::Axis`] where there is none.
pub fn axis(op: &'static str, axis: i64, axes: usize) -> Result<usize, Error> {
    let found = if axis < 0 { axis.saturating_add(axes as i64) } else { axis };
    usize::try_from(found).ok().filter(|found| *found < axes).ok_or(Error::Axis { op, axis, axes })
}

/// Several axes, each once.
///
/// # Errors
/// [`Error::Axis`] where one is not there, [`Error::Refused`] where one comes twice.
pub fn axes(op: &'static str, asked: &[i64], axes: usize) -> Result<Vec<usize>, Error> {
    let found: Vec<usize> = asked.iter().map(|one| axis(op, *one, axes)).collect::<Result<_, _>>()?;
    match found.iter().enumerate().find(|(at, one)| found[..*at].contains(one)) {
        Some((_, twice)) => Err(Error::refused(op, format!("axis {twice} comes twice in {asked:?}"))),
        None => Ok(found),
    }
}

/// The strides of an array of `shape` where it is broadcast to `to`: 0 along what it repeats.
pub fn broadcast_strides(shape: &[usize], strides: &[isize], to: &[usize]) -> Vec<isize> {
    let missing = to.len().saturating_sub(shape.len());
    (0..to.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(own) if shape[own] == to[axis] => strides[own],
            _ => 0,
        })
        .collect()
}
