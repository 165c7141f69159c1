//! The same elements in another order or under another shape.

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::shape;
use super::super::strided;
use super::elementwise::astype;

/// The most arrays that one call makes.
const PARTS_MAX: usize = 1 << 14;

/// The axes in another order: axis `i` of the result is axis `order[i]` of `x`.
pub fn permute_dims(op: &'static str, x: &Array, order: &[i64]) -> Result<Array, Error> {
    let order = shape::axes(op, order, x.axes())?;
    if order.len() != x.axes() {
        let said = format!("takes each of the {} axes once, and got {order:?}", x.axes());
        return Err(Error::refused(op, said));
    }
    permuted(op, x, &order)
}

pub(super) fn permuted(op: &'static str, x: &Array, order: &[usize]) -> Result<Array, Error> {
    if order.iter().enumerate().all(|(at, axis)| at == *axis) {
        return Ok(x.clone());
    }
    let strides = shape::strides(x.shape());
    let lengths = order.iter().map(|axis| x.shape()[*axis]).collect();
    x.clone().view(op, lengths, 0, order.iter().map(|axis| strides[*axis]).collect())
}

/// The last two axes exchanged.
pub fn matrix_transpose(op: &'static str, x: &Array) -> Result<Array, Error> {
    let axes = x.axes();
    if axes < 2 {
        return Err(Error::refused(
            op,
            format!("takes arrays of two axes or more, and got shape {:?}", x.shape()),
        ));
    }
    let mut order: Vec<usize> = (0..axes).collect();
    order.swap(axes - 1, axes - 2);
    permuted(op, x, &order)
}

/// The axis at another place; the others keep their order.
pub fn moveaxis(op: &'static str, x: &Array, from: &[i64], to: &[i64]) -> Result<Array, Error> {
    let (from, to) = (shape::axes(op, from, x.axes())?, shape::axes(op, to, x.axes())?);
    if from.len() != to.len() {
        return Err(Error::refused(
            op,
            format!("takes as many sources as destinations, and got {from:?} and {to:?}"),
        ));
    }
    let mut rest = (0..x.axes()).filter(|axis| !from.contains(axis));
    let order: Vec<usize> = (0..x.axes())
        .filter_map(|place| match to.iter().position(|axis| *axis == place) {
            Some(known) => Some(from[known]),
            None => rest.next(),
        })
        .collect();
    permuted(op, x, &order)
}

/// The axis as the last one.
pub(super) fn last(op: &'static str, x: &Array, axis: usize) -> Result<Array, Error> {
    moveaxis(op, x, &[axis as i64], &[-1])
}

/// The last axis back where `axis` is.
pub(super) fn back(op: &'static str, x: &Array, axis: usize) -> Result<Array, Error> {
    moveaxis(op, x, &[-1], &[axis as i64])
}

/// The elements in their order under another shape, one length of which may be -1: what is left.
pub fn reshape(op: &'static str, x: &Array, lengths: &[i64]) -> Result<Array, Error> {
    let refused = || {
        let said =
            format!("cannot make shape {lengths:?} of shape {:?}, which has {} elements", x.shape(), x.len());
        Error::refused(op, said)
    };
    let known = lengths.iter().filter(|length| **length >= 0).map(|length| *length as usize);
    let known: Vec<usize> = known.collect();
    let count = shape::elements(&known).ok_or_else(refused)?;
    let left = match lengths.len() - known.len() {
        0 => 1,
        1 if count > 0 && x.len().is_multiple_of(count) => x.len() / count,
        _ => return Err(refused()),
    };
    let lengths: Vec<usize> = lengths
        .iter()
        .map(|length| match length {
            -1 => Ok(left),
            length => usize::try_from(*length).map_err(|_| refused()),
        })
        .collect::<Result<_, _>>()?;
    match shape::elements(&lengths) == Some(x.len()) {
        true => x.clone().reshaped(op, lengths),
        false => Err(refused()),
    }
}

/// All elements on one axis.
pub fn flat(op: &'static str, x: &Array) -> Result<Array, Error> {
    let count = x.len();
    x.clone().reshaped(op, vec![count])
}

/// Axes of length 1 put in: where they are counts in the result.
pub fn expand_dims(op: &'static str, x: &Array, axes: &[i64]) -> Result<Array, Error> {
    let total = x.axes() + axes.len();
    let new = shape::axes(op, axes, total)?;
    let mut lengths = x.shape().iter().copied();
    let shape = (0..total).map(|axis| if new.contains(&axis) { 1 } else { lengths.next().unwrap_or(1) });
    let shape = shape.collect();
    x.clone().reshaped(op, shape)
}

/// Axes of length 1 left out.
pub fn squeeze(op: &'static str, x: &Array, axes: &[i64]) -> Result<Array, Error> {
    let gone = shape::axes(op, axes, x.axes())?;
    if let Some(axis) = gone.iter().find(|axis| x.shape()[**axis] != 1) {
        let said = format!("leaves out axes of length 1, and axis {axis} has length {}", x.shape()[*axis]);
        return Err(Error::refused(op, said));
    }
    let kept = x.shape().iter().enumerate().filter(|(axis, _)| !gone.contains(axis));
    let kept = kept.map(|(_, length)| *length).collect();
    x.clone().reshaped(op, kept)
}

/// The elements along the axes backwards.
pub fn flip(op: &'static str, x: &Array, axes: Option<&[i64]>) -> Result<Array, Error> {
    let axes = match axes {
        Some(axes) => shape::axes(op, axes, x.axes())?,
        None => (0..x.axes()).collect(),
    };
    let (mut offset, mut strides) = (0, shape::strides(x.shape()));
    for axis in axes {
        offset += strides[axis] * (x.shape()[axis].max(1) as isize - 1);
        strides[axis] = -strides[axis];
    }
    if x.is_empty() {
        return Ok(x.clone());
    }
    x.clone().view(op, x.shape().to_vec(), offset, strides)
}

/// The array as if repeated along axes of length 1 and new ones in front.
pub fn broadcast_to(op: &'static str, x: &Array, to: &[usize]) -> Result<Array, Error> {
    let both = shape::broadcast(op, x.shape(), to)?;
    if both != to {
        return Err(Error::Broadcast { op, left: x.shape().to_vec(), right: to.to_vec() });
    }
    if to == x.shape() {
        return Ok(x.clone());
    }
    let strides = shape::broadcast_strides(x.shape(), &shape::strides(x.shape()), to);
    x.clone().view(op, to.to_vec(), 0, strides)
}

/// Arrays one after the other along an axis.
pub fn concat(op: &'static str, arrays: &[Array], axis: Option<i64>) -> Result<Array, Error> {
    let Some(first) = arrays.first() else {
        return Err(Error::refused(op, "takes one array at least"));
    };
    let dtype = arrays.iter().map(Array::dtype).reduce(DType::promoted).unwrap_or(first.dtype());
    let arrays = arrays.iter().map(|array| match axis {
        Some(_) => astype(array, dtype),
        None => flat(op, &astype(array, dtype)?),
    });
    let arrays: Vec<Array> = arrays.collect::<Result<_, _>>()?;
    let axis = shape::axis(op, axis.unwrap_or(0), arrays[0].axes())?;
    let mut shape = arrays[0].shape().to_vec();
    for (number, array) in arrays.iter().enumerate().skip(1) {
        let fits = array.axes() == shape.len()
            && (0..shape.len()).all(|at| at == axis || array.shape()[at] == arrays[0].shape()[at]);
        if !fits {
            let said = format!(
                "takes arrays of one shape but for axis {axis}, and array {number} has shape {:?} beside {:?}",
                array.shape(),
                arrays[0].shape()
            );
            return Err(Error::refused(op, said));
        }
        shape[axis] = shape[axis].saturating_add(array.shape()[axis]);
    }
    let inner: usize = shape[axis + 1..].iter().product();
    let mut end = 0;
    let ends = arrays.iter().map(|array| {
        end += array.shape()[axis];
        end
    });
    let row = Row { op, axis, ends: ends.collect() };
    let made = Array::whole(op, arrays, Meta::new(dtype, shape), move |chunks| joined(chunks, axis, inner))?;
    Ok(made.with_rule(Rule::Of(Box::new(row))))
}

/// Arrays one after the other along an axis, and where each ends.
struct Row {
    op: &'static str,
    axis: usize,
    ends: Vec<usize>,
}

impl Boxed for Row {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let (low, high) = (region.start[self.axis], region.start[self.axis] + region.lengths[self.axis]);
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let arrays =
            starts.zip(&self.ends).enumerate().filter(|(_, (start, end))| *start < high && low < **end);
        let part = |(number, (start, end)): (usize, (usize, &usize))| {
            let mut part = region.clone();
            part.start[self.axis] = low.max(start) - start;
            part.lengths[self.axis] = high.min(*end) - low.max(start);
            (number, part)
        };
        arrays.map(part).collect()
    }

    fn make(&self, _: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        match <[Array; 1]>::try_from(parts) {
            Ok([one]) => Ok(one),
            Err(parts) => concat(self.op, &parts, Some(self.axis as i64)),
        }
    }
}

fn joined(chunks: &[Chunk], axis: usize, inner: usize) -> Result<Data, Error> {
    let first = chunks.first().ok_or(Error::Defect("concat"))?;
    let outer: usize = first.shape[..axis].iter().product();
    let rows: Vec<usize> = chunks.iter().map(|chunk| chunk.shape[axis] * inner).collect();
    let data: &Data = &first.data;
    each!(Data, data, values => {
        let parts = chunks.iter().map(|chunk| like(values, chunk));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let mut out = Vec::with_capacity(rows.iter().sum::<usize>() * outer);
        for at in 0..outer {
            for (part, row) in parts.iter().zip(&rows) {
                out.extend_from_slice(&part[at * row..(at + 1) * row]);
            }
        }
        Ok(Element::data(out))
    })
}

/// The chunk's elements, which are of the type of the others.
pub(super) fn like<'a, T: Element>(_: &[T], chunk: &'a Chunk) -> Result<&'a [T], Error> {
    chunk.values()
}

/// Arrays of one shape along a new axis.
pub fn stack(op: &'static str, arrays: &[Array], axis: i64) -> Result<Array, Error> {
    if let Some(odd) = arrays.iter().find(|array| array.shape() != arrays[0].shape()) {
        let said =
            format!("takes arrays of one shape, and got {:?} and {:?}", arrays[0].shape(), odd.shape());
        return Err(Error::refused(op, said));
    }
    let arrays = arrays.iter().map(|array| expand_dims(op, array, &[axis]));
    concat(op, &arrays.collect::<Result<Vec<_>, _>>()?, Some(axis))
}

/// The slices along an axis, each an array.
pub fn unstack(op: &'static str, x: &Array, axis: i64) -> Result<Vec<Array>, Error> {
    let axis = shape::axis(op, axis, x.axes())?;
    if x.shape()[axis] > PARTS_MAX {
        let said = format!("would make {} arrays; {PARTS_MAX} are the most", x.shape()[axis]);
        return Err(Error::refused(op, said));
    }
    (0..x.shape()[axis])
        .map(|at| part(op, x, axis, at as isize, 1).and_then(|x| squeeze(op, &x, &[axis as i64])))
        .collect()
}

/// `length` elements along the axis, from `start` on.
pub(in crate::array) fn part(
    op: &'static str,
    x: &Array,
    axis: usize,
    start: isize,
    length: usize,
) -> Result<Array, Error> {
    let strides = shape::strides(x.shape());
    let mut lengths = x.shape().to_vec();
    lengths[axis] = length;
    x.clone().view(op, lengths, start * strides[axis], strides)
}

/// The elements shifted along axes; what leaves at one end comes in at the other.
pub fn roll(op: &'static str, x: &Array, shift: &[i64], axes: Option<&[i64]>) -> Result<Array, Error> {
    let Some(axes) = axes else {
        let total = shift.iter().fold(0_i64, |sum, one| sum.wrapping_add(*one));
        return flat(op, x)
            .and_then(|flat| rolled(op, &flat, total, 0))
            .and_then(|r| r.reshaped(op, x.shape().to_vec()));
    };
    let all: Vec<usize> = axes.iter().map(|one| shape::axis(op, *one, x.axes())).collect::<Result<_, _>>()?;
    let shifts = match shift {
        [one] => vec![*one; all.len()],
        many if many.len() == all.len() => many.to_vec(),
        _ => return Err(Error::refused(op, "takes one shift, or as many as axes")),
    };
    all.into_iter().zip(shifts).try_fold(x.clone(), |x, (axis, shift)| rolled(op, &x, shift, axis))
}

fn rolled(op: &'static str, x: &Array, shift: i64, axis: usize) -> Result<Array, Error> {
    let length = x.shape()[axis];
    let by = if length == 0 { 0 } else { shift.rem_euclid(length as i64) as usize };
    if by == 0 || x.is_empty() {
        return Ok(x.clone());
    }
    let tail = part(op, x, axis, (length - by) as isize, by)?;
    concat(op, &[tail, part(op, x, axis, 0, length - by)?], Some(axis as i64))
}

/// Each element `times` over.
pub fn repeat(op: &'static str, x: &Array, times: i64, axis: Option<i64>) -> Result<Array, Error> {
    let times = usize::try_from(times)
        .map_err(|_| Error::refused(op, format!("repeats 0 times or more, not {times}")))?;
    let Some(axis) = axis else { return repeat(op, &flat(op, x)?, times as i64, Some(0)) };
    let axis = shape::axis(op, axis, x.axes())?;
    let mut wide = x.shape().to_vec();
    wide.insert(axis + 1, times);
    let x = broadcast_to(op, &expand_dims(op, x, &[axis as i64 + 1])?, &wide)?;
    wide.remove(axis + 1);
    wide[axis] = wide[axis].saturating_mul(times);
    x.reshaped(op, wide)
}

/// For each of so many elements how often it comes, as `times` says for it, or for all.
pub fn counts(op: &'static str, times: &Array, length: usize) -> Result<Array, Error> {
    if times.len() != length && times.len() != 1 {
        let said = format!("takes a count for each of {length} elements, and got {}", times.len());
        return Err(Error::refused(op, said));
    }
    broadcast_to(op, &astype(&flat(op, times)?, DType::Int64)?, &[length])
}

/// The array side by side with itself.
pub fn tile(op: &'static str, x: &Array, times: &[i64]) -> Result<Array, Error> {
    let counts = times.iter().map(|times| {
        usize::try_from(*times)
            .map_err(|_| Error::refused(op, format!("repeats 0 times or more, not {times}")))
    });
    let counts: Vec<usize> = counts.collect::<Result<_, _>>()?;
    let axes = counts.len().max(x.axes());
    let longer = |short: &[usize]| [vec![1; axes - short.len()], short.to_vec()].concat();
    let (lengths, counts) = (longer(x.shape()), longer(&counts));
    let apart: Vec<usize> = lengths.iter().flat_map(|length| [1, *length]).collect();
    let wide = counts.iter().zip(&lengths).flat_map(|(count, length)| [*count, *length]).collect::<Vec<_>>();
    let shape = counts.iter().zip(&lengths).map(|(count, length)| count.saturating_mul(*length)).collect();
    let x = x.clone().reshaped(op, apart)?;
    broadcast_to(op, &x, &wide)?.reshaped(op, shape)
}

/// Coordinates: each array along an axis of its own.
pub fn meshgrid(op: &'static str, arrays: &[Array], indexing: &str) -> Result<Vec<Array>, Error> {
    if let Some(odd) = arrays.iter().find(|array| array.axes() > 1) {
        return Err(Error::refused(op, format!("takes arrays of one axis, and got shape {:?}", odd.shape())));
    }
    let swap = indexing == "xy" && arrays.len() > 1;
    let axis_of = |number: usize| match number {
        0 | 1 if swap => 1 - number,
        other => other,
    };
    let mut lengths = vec![1; arrays.len()];
    for (number, array) in arrays.iter().enumerate() {
        lengths[axis_of(number)] = array.len();
    }
    let made = arrays.iter().enumerate().map(|(number, array)| {
        let mut own = vec![1; arrays.len()];
        own[axis_of(number)] = array.len();
        broadcast_to(op, &array.clone().reshaped(op, own)?, &lengths)
    });
    made.collect()
}

/// The part of each matrix on and below the diagonal `k`, or on and above it; 0 elsewhere.
pub fn triangle(op: &'static str, x: &Array, k: i64, lower: bool) -> Result<Array, Error> {
    let [.., rows, columns] = *x.shape() else {
        return Err(Error::refused(op, format!("takes matrices, and got shape {:?}", x.shape())));
    };
    let meta = x.meta().clone();
    let made = Array::whole(op, vec![x.clone()], meta, move |chunks| {
        let keeps = |at: usize| {
            let (row, column) = ((at / columns % rows) as i64, (at % columns) as i64);
            if lower { column <= row.saturating_add(k) } else { column >= row.saturating_add(k) }
        };
        let data: &Data = &chunks[0].data;
        Ok(each!(Data, data, values => {
            let mut out = values.clone();
            strided::blocks(&mut out, |start, piece| {
                let kept = piece.iter_mut().enumerate().filter(|(at, _)| !keeps(start + at));
                kept.for_each(|(_, value)| *value = Default::default());
            });
            Element::data(out)
        }))
    })?;
    Ok(made.with_rule(Rule::Of(Box::new(Triangle { op, k, lower }))))
}

/// A box of a triangle is one of the same box, whose diagonal lies elsewhere.
struct Triangle {
    op: &'static str,
    k: i64,
    lower: bool,
}

impl Boxed for Triangle {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        vec![(0, region.clone())]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let ([x], [.., row, column]) = (&*parts, &*region.start) else { return Err(Error::Defect(self.op)) };
        let k = self.k.saturating_add(*row as i64).saturating_sub(*column as i64);
        triangle(self.op, x, k, self.lower)
    }
}

/// The diagonal of each matrix.
pub fn diagonal(op: &'static str, x: &Array, k: i64) -> Result<Array, Error> {
    let [.., rows, columns] = *x.shape() else {
        return Err(Error::refused(op, format!("takes matrices, and got shape {:?}", x.shape())));
    };
    let strides = shape::strides(x.shape());
    let size = usize::try_from(k.unsigned_abs()).unwrap_or(usize::MAX);
    let (down, right) = if k < 0 { (size, 0) } else { (0, size) };
    let length = rows.saturating_sub(down).min(columns.saturating_sub(right));
    let mut lengths = x.shape()[..x.axes() - 2].to_vec();
    lengths.push(length);
    let (row, column) = (strides[x.axes() - 2], strides[x.axes() - 1]);
    let offset = if length == 0 { 0 } else { down as isize * row + right as isize * column };
    let mut steps = strides[..x.axes() - 2].to_vec();
    steps.push(row + column);
    x.clone().view(op, lengths, offset, steps)
}
