//! Arrays put together and cut up: NumPy's stacks, splits, turns.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::shape;
use super::elementwise::Operand;
use super::structure::{concat, flip, moveaxis, part, permuted};

/// The most parts of one split.
const PARTS_MAX: usize = 1 << 14;

/// The array with so many axes at least.
pub fn at_least(op: &'static str, x: &Array, axes: usize) -> Result<Array, Error> {
    let shape = match (x.shape(), axes) {
        ([], _) => vec![1; axes],
        ([length], 2) => vec![1, *length],
        ([length], 3) => vec![1, *length, 1],
        ([rows, columns], 3) => vec![*rows, *columns, 1],
        (shape, _) => shape.to_vec(),
    };
    x.clone().reshaped(op, shape)
}

fn all_at_least(op: &'static str, arrays: &[Array], axes: usize) -> Result<Vec<Array>, Error> {
    arrays.iter().map(|array| at_least(op, array, axes)).collect()
}

/// Side by side: along the second axis, rows along their only one.
pub fn hstack(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    let arrays = all_at_least(op, arrays, 1)?;
    let is_row = arrays.first().is_some_and(|first| first.axes() == 1);
    concat(op, &arrays, Some(i64::from(!is_row)))
}

/// One below the other: along the first axis, rows as matrices.
pub fn vstack(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    concat(op, &all_at_least(op, arrays, 2)?, Some(0))
}

/// One behind the other: along the third axis.
pub fn dstack(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    concat(op, &all_at_least(op, arrays, 3)?, Some(2))
}

/// Rows as columns of a matrix.
pub fn column_stack(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    let columns = arrays.iter().map(|array| match array.axes() {
        0 | 1 => array.clone().reshaped(op, vec![array.len(), 1]),
        _ => Ok(array.clone()),
    });
    concat(op, &columns.collect::<Result<Vec<_>, _>>()?, Some(1))
}

/// Arrays in lists in lists.
#[derive(Clone, Debug)]
pub enum Nested {
    /// An array.
    One(Operand),
    /// A list.
    Many(Vec<Nested>),
}

impl Nested {
    fn depth(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
        }
    }

    fn is_even(&self, depth: usize) -> bool {
        match self {
            Self::One(_) => depth == 0,
            Self::Many(items) => {
                depth > 0 && !items.is_empty() && items.iter().all(|item| item.is_even(depth - 1))
            }
        }
    }

    fn axes(&self) -> usize {
        match self {
            Self::One(Operand::Array(array)) => array.axes(),
            Self::One(Operand::Scalar(_)) => 0,
            Self::Many(items) => items.iter().map(Self::axes).max().unwrap_or(0),
        }
    }
}

/// One array of blocks: the innermost lists along the last axis, those around them along the one before.
pub fn block(op: &'static str, blocks: &Nested) -> Result<Array, Error> {
    let depth = blocks.depth();
    if !blocks.is_even(depth) {
        return Err(Error::refused(op, "takes lists that are all as deep, none of them empty"));
    }
    blocked(op, blocks, depth, depth.max(blocks.axes()))
}

fn blocked(op: &'static str, blocks: &Nested, depth: usize, axes: usize) -> Result<Array, Error> {
    match blocks {
        Nested::One(operand) => {
            let array = operand.clone().array(op)?;
            let shape = [vec![1; axes - array.axes()], array.shape().to_vec()].concat();
            array.reshaped(op, shape)
        }
        Nested::Many(items) => {
            let parts = items.iter().map(|item| blocked(op, item, depth - 1, axes));
            concat(op, &parts.collect::<Result<Vec<_>, _>>()?, Some(-(depth as i64)))
        }
    }
}

/// How an axis is cut up.
pub enum Cuts {
    /// Into so many parts.
    Sections(i64),
    /// Before these places.
    Before(Vec<i64>),
}

/// The parts of an axis; where `even`, all must be of one length.
pub fn split(op: &'static str, x: &Array, cuts: &Cuts, axis: i64, even: bool) -> Result<Vec<Array>, Error> {
    let axis = shape::axis(op, axis, x.axes())?;
    let length = x.shape()[axis];
    let bounds = match cuts {
        Cuts::Sections(count) => sections(op, *count, length, even)?,
        Cuts::Before(places) => {
            let within = |at: &i64| {
                (if *at < 0 { at.saturating_add(length as i64) } else { *at }).clamp(0, length as i64)
                    as usize
            };
            [vec![0], places.iter().map(within).collect(), vec![length]].concat()
        }
    };
    if bounds.len() > PARTS_MAX {
        return Err(Error::refused(
            op,
            format!("would make {} arrays; {PARTS_MAX} are the most", bounds.len() - 1),
        ));
    }
    let parts = bounds.windows(2).map(|ends| {
        let count = ends[1].saturating_sub(ends[0]);
        part(op, x, axis, if count == 0 { 0 } else { ends[0] as isize }, count)
    });
    parts.collect()
}

fn sections(op: &'static str, count: i64, length: usize, even: bool) -> Result<Vec<usize>, Error> {
    let found = usize::try_from(count).ok().filter(|count| (1..=PARTS_MAX).contains(count));
    let count =
        found.ok_or_else(|| Error::refused(op, format!("takes 1 to {PARTS_MAX} parts, not {count}")))?;
    if even && !length.is_multiple_of(count) {
        let said = format!(
            "takes a number of parts that divides the length, and {count} does not divide {length}; or `array_split`"
        );
        return Err(Error::refused(op, said));
    }
    // The first parts are longer by one where it does not come out even.
    Ok((0..=count).map(|at| at * (length / count) + at.min(length % count)).collect())
}

/// Two axes exchanged.
pub fn swapaxes(op: &'static str, x: &Array, one: i64, other: i64) -> Result<Array, Error> {
    let (one, other) = (shape::axis(op, one, x.axes())?, shape::axis(op, other, x.axes())?);
    let mut order: Vec<usize> = (0..x.axes()).collect();
    order.swap(one, other);
    permuted(op, x, &order)
}

/// The axis before the one that is at `start`.
pub fn rollaxis(op: &'static str, x: &Array, axis: i64, start: i64) -> Result<Array, Error> {
    let axis = shape::axis(op, axis, x.axes())?;
    let to = if start < 0 { start.saturating_add(x.axes() as i64) } else { start };
    let to = usize::try_from(to).ok().filter(|to| *to <= x.axes());
    let to = to.ok_or(Error::Axis { op, axis: start, axes: x.axes() })?;
    let to = if axis < to { to - 1 } else { to };
    moveaxis(op, x, &[axis as i64], &[to as i64])
}

/// Turned by right angles in the plane of two axes.
pub fn rot90(op: &'static str, x: &Array, k: i64, axes: &[i64]) -> Result<Array, Error> {
    let found = shape::axes(op, axes, x.axes())?;
    let [one, other] = *found.as_slice() else {
        return Err(Error::refused(op, format!("turns in the plane of two axes, and got {axes:?}")));
    };
    let (one, other) = (one as i64, other as i64);
    match k.rem_euclid(4) {
        0 => Ok(x.clone()),
        1 => swapaxes(op, &flip(op, x, Some(&[other]))?, one, other),
        2 => flip(op, x, Some(&[one, other])),
        _ => flip(op, &swapaxes(op, x, one, other)?, Some(&[other])),
    }
}
