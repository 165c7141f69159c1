//! Arrays made longer at their edges.
//!
//! What only copies elements is made in one pass, row by row; what computes them is made axis by axis, as NumPy does, so
//! that a later axis sees what stands beyond the edges of the earlier ones.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Limits, Meta, Rule};
use super::super::kernels::map;
use super::super::shape;
use super::create;
use super::edges::Edge;
use super::elementwise::{Scalar, astype};
use super::order::sort;
use super::picked::picked;
use super::reduce::{Along, extreme, mean};
use super::short::{add, applied, divide, multiply, subtract};
use super::structure::{broadcast_to, concat, part};
use super::take::take;

const OP: &str = "pad";
/// Places beyond an edge that are known before anything runs, at the most.
const FEW: usize = 1 << 16;

/// How many elements are put before an axis and behind it.
pub type Width = (usize, usize);

/// What the elements beyond the edges are.
#[derive(Clone, Debug)]
pub enum Filling {
    /// Copies of others.
    Copied(Edge),
    /// Twice the edge, less what is reflected.
    Odd(Edge),
    /// A value for each side of each axis.
    Constant(Vec<[Scalar; 2]>),
    /// On the way from the edge to a value.
    Ramp(Vec<[Scalar; 2]>),
    /// What becomes of so many elements next to the edge; of all where nothing is said.
    Of(Statistic, Vec<[Option<usize>; 2]>),
}

/// What many elements become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The greatest.
    Maximum,
    /// The least.
    Minimum,
    /// The mean.
    Mean,
    /// The median.
    Median,
}

/// The array with so many elements more at the edges of each axis.
pub fn pad(x: &Array, widths: &[Width], filling: &Filling) -> Result<Array, Error> {
    let is_copied = matches!(filling, Filling::Copied(_) | Filling::Constant(_));
    let empty = x.shape().iter().zip(widths).position(|(length, width)| *length == 0 && *width != (0, 0));
    if let Some(axis) = empty.filter(|_| !matches!(filling, Filling::Constant(_))) {
        return Err(Error::refused(
            OP,
            format!("has nothing to repeat along axis {axis}, which is empty; pad it with a constant"),
        ));
    }
    if widths.iter().all(|width| *width == (0, 0)) {
        return Ok(x.clone());
    }
    if is_copied {
        return copied(x, widths, filling);
    }
    let axes = widths.iter().enumerate().filter(|(_, width)| **width != (0, 0));
    axes.into_iter().try_fold(x.clone(), |x, (axis, width)| match filling {
        Filling::Odd(edge) => odd(&x, axis, *width, *edge),
        Filling::Ramp(ends) => ramped(&x, axis, *width, ends[axis]),
        Filling::Of(statistic, lengths) => repeated(&x, axis, *width, *statistic, lengths[axis]),
        Filling::Copied(_) | Filling::Constant(_) => Err(Error::Defect(OP)),
    })
}

fn wider(shape: &[usize], widths: &[Width]) -> Vec<usize> {
    let axes = shape.iter().zip(widths);
    axes.map(|(length, (before, after))| length.saturating_add(*before).saturating_add(*after)).collect()
}

fn copied(x: &Array, widths: &[Width], filling: &Filling) -> Result<Array, Error> {
    let dtype = x.dtype();
    let meta = Meta::new(dtype, wider(x.shape(), widths)).checked(OP)?;
    let (edge, ends) = match filling {
        Filling::Constant(ends) => {
            let ends =
                ends.iter().flatten().map(|end| constant(*end, dtype)).collect::<Result<Vec<_>, _>>()?;
            (Edge::Constant, ends)
        }
        Filling::Copied(edge) => (*edge, Vec::new()),
        _ => return Err(Error::Defect(OP)),
    };
    let (shape, boxed) = (meta.shape.clone(), (widths.to_vec(), ends.clone()));
    let widths = widths.to_vec();
    let made = Array::whole(OP, vec![x.clone()], meta, move |chunks| {
        let data: &Data = &chunks[0].data;
        each!(Data, data, values => {
            let ends = ends.iter().map(|end| end.values().map(|one| one[0])).collect::<Result<Vec<_>, _>>()?;
            let padding = Padding { from: &chunks[0].shape, to: &shape, widths: &widths, edge, ends: &ends };
            Ok(Element::data(padding.run(values)))
        })
    })?;
    let way = move |inputs: &[Array], _: Limits| {
        let axes = boxed.0.iter().enumerate().filter(|(_, width)| **width != (0, 0));
        let padded = axes.into_iter().try_fold(inputs[0].clone(), |x, (axis, width)| {
            longer(&x, axis, *width, edge, boxed.1.get(2 * axis..2 * axis + 2))
        });
        Ok(vec![padded?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// An axis with what stands beyond its edges: elements of the array, or the value in front and the one behind.
fn longer(
    x: &Array,
    axis: usize,
    (before, after): Width,
    edge: Edge,
    ends: Option<&[Chunk]>,
) -> Result<Array, Error> {
    let length = x.shape()[axis];
    let side = |first: isize, count: usize, end: usize| match ends.and_then(|ends| ends.get(end)) {
        Some(end) => {
            let mut shape = x.shape().to_vec();
            shape[axis] = count;
            broadcast_to(OP, &Array::constant(end.clone()), &shape)
        }
        None => picked(OP, x, &inside(first, count, edge, length)?, axis),
    };
    between(x, axis, side(-(before as isize), before, 0)?, side(length as isize, after, 1)?)
}

/// The places inside that stand for so many outside; they are there as long as they are few.
fn inside(first: isize, count: usize, edge: Edge, length: usize) -> Result<Array, Error> {
    let of = move |start: usize, count: usize| -> Vec<i64> {
        let places = (first + start as isize..).take(count);
        places.map(|at| edge.place(at, length).unwrap_or_default() as i64).collect()
    };
    match count <= FEW {
        true => Ok(create::of(of(0, count))),
        false => create::placed(OP, Meta::new(DType::Int64, [count]), move |region| {
            Ok(Data::Int64(of(region.start.first().copied().unwrap_or_default(), region.count())))
        }),
    }
}

/// The value as one element of that dtype.
fn constant(value: Scalar, dtype: DType) -> Result<Chunk, Error> {
    let value = match value {
        Scalar::Float(value) if dtype.is_integer() => Scalar::Int(value as i128),
        other => other,
    };
    value.array(OP, dtype)?.known().cloned().ok_or(Error::Defect(OP))
}

/// One pass over the rows of the result.
struct Padding<'a, T> {
    from: &'a [usize],
    to: &'a [usize],
    widths: &'a [Width],
    edge: Edge,
    /// The values beyond both edges of each axis, where those are constant.
    ends: &'a [T],
}

impl<T: Element> Padding<'_, T> {
    fn run(&self, values: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); shape::count(self.to)];
        let row = self.to.last().copied().unwrap_or(1).max(1);
        apart::chunks(&mut out, row, &|number, out| self.row(values, number, out));
        out
    }

    fn row(&self, values: &[T], number: usize, out: &mut [T]) {
        let last = self.to.len() - 1;
        let (before, length) = (self.widths[last].0, self.from[last]);
        let (front, back, middle) = match self.start(number) {
            Ok(start) => {
                let row = &values[start..start + length];
                out[before..before + length].copy_from_slice(row);
                let beyond = |at: isize| self.edge.place(at, length).map(|at| row[at]);
                let (front, rest) = out.split_at_mut(before);
                if self.edge != Edge::Constant {
                    let ends =
                        front.iter_mut().enumerate().map(|(at, slot)| (at as isize - before as isize, slot));
                    let rest = rest.iter_mut().enumerate().skip(length).map(|(at, slot)| (at as isize, slot));
                    ends.chain(rest).for_each(|(at, slot)| *slot = beyond(at).unwrap_or_default());
                    return;
                }
                (self.ends[2 * last], self.ends[2 * last + 1], None)
            }
            Err(fill) => (self.ends[2 * last], self.ends[2 * last + 1], Some(fill)),
        };
        out[..before].fill(front);
        out[before + length..].fill(back);
        if let Some(fill) = middle {
            out[before..before + length].fill(fill);
        }
    }

    /// Where the row begins that stands for row `number`; or the value that fills it.
    fn start(&self, number: usize) -> Result<usize, T> {
        let strides = shape::strides(self.from);
        let (mut start, mut rest, mut fill) = (0, number, None);
        for axis in (0..self.to.len() - 1).rev() {
            let at = (rest % self.to[axis]) as isize - self.widths[axis].0 as isize;
            rest /= self.to[axis];
            match self.edge.place(at, self.from[axis]) {
                Some(place) => start += place * strides[axis] as usize,
                // The last axis that the row is beyond has the word.
                None => fill = fill.or(Some(self.ends[2 * axis + usize::from(at >= 0)])),
            }
        }
        fill.map_or(Ok(start), Err)
    }
}

/// An axis with an array in front and one behind, of its dtype.
fn between(x: &Array, axis: usize, front: Array, back: Array) -> Result<Array, Error> {
    let dtype = x.dtype();
    concat(OP, &[astype(&front, dtype)?, x.clone(), astype(&back, dtype)?], Some(axis as i64))
}

/// A row along the axis, as an array of as many axes as `x`.
fn along<T: Element>(x: &Array, axis: usize, values: Vec<T>) -> Result<Array, Error> {
    let mut own = vec![1; x.axes()];
    own[axis] = values.len();
    create::of(values).reshaped(OP, own)
}

/// Reflected at the point of the edge: element `i` is one inside with its sign turned or not, and so many times the ends.
fn odd(x: &Array, axis: usize, (before, after): Width, edge: Edge) -> Result<Array, Error> {
    let length = x.shape()[axis] as i64;
    let period = if edge == Edge::Reflect { 2 * (length - 1) } else { 2 * length };
    let (mut places, mut signs, mut lasts, mut firsts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for at in -(before as i64)..length + after as i64 {
        let (turn, within) =
            if period == 0 { (0, 0) } else { (at.div_euclid(period), at.rem_euclid(period)) };
        let is_back = within >= length;
        places.push(if is_back { period - within - i64::from(edge == Edge::Symmetric) } else { within });
        signs.push(if is_back { -1 } else { 1 });
        lasts.push(2 * turn + if is_back { 2 } else { 0 });
        firsts.push(-2 * turn);
    }
    let dtype = x.dtype();
    let end = |at: i64, times: Vec<i64>| {
        let weights = astype(&along(x, axis, times)?, dtype)?;
        multiply(OP, part(OP, x, axis, at as isize, 1)?, weights)
    };
    let turned = multiply(
        OP,
        take(x, &create::of(places), Some(axis as i64))?,
        astype(&along(x, axis, signs)?, dtype)?,
    )?;
    add(OP, add(OP, turned, end(length - 1, lasts)?)?, end(0, firsts)?)
}

/// Evenly from a value to the edge, and from the other edge to a value.
fn ramped(x: &Array, axis: usize, (before, after): Width, ends: [Scalar; 2]) -> Result<Array, Error> {
    let ramp = |end: Scalar, at: usize, count: usize, is_back: bool| {
        let steps = (0..count).map(|step| if is_back { count - 1 - step } else { step } as f64);
        let steps = along(x, axis, steps.collect())?;
        let wide = if x.dtype().is_complex() { DType::Complex128 } else { DType::Float64 };
        let edge = astype(&part(OP, x, axis, at as isize, 1)?, wide)?;
        let end = end.array(OP, wide)?;
        let step = divide(OP, subtract(OP, &edge, &end)?, count.max(1) as f64)?;
        let made = add(OP, multiply(OP, step, astype(&steps, wide)?)?, end)?;
        if x.dtype().is_integer() { applied(OP, map::floor_float, &made) } else { Ok(made) }
    };
    let (front, back) = (ramp(ends[0], 0, before, false)?, ramp(ends[1], x.shape()[axis] - 1, after, true)?);
    between(x, axis, front, back)
}

/// What becomes of the elements next to each edge, over and over.
fn repeated(
    x: &Array,
    axis: usize,
    (before, after): Width,
    of: Statistic,
    lengths: [Option<usize>; 2],
) -> Result<Array, Error> {
    let all = x.shape()[axis];
    let made = |length: Option<usize>, is_back: bool, count: usize| {
        let length = length.unwrap_or(all).min(all);
        if length == 0 {
            return Err(Error::refused(OP, "takes a `stat_length` of 1 or more"));
        }
        let near = part(OP, x, axis, if is_back { (all - length) as isize } else { 0 }, length)?;
        let one = statistic(&near, axis, of)?;
        let mut shape = x.shape().to_vec();
        shape[axis] = count;
        broadcast_to(OP, &one, &shape)
    };
    between(x, axis, made(lengths[0], false, before)?, made(lengths[1], true, after)?)
}

fn statistic(x: &Array, axis: usize, of: Statistic) -> Result<Array, Error> {
    let along = Along { axes: Some(vec![axis as i64]), keep: true };
    let made = match of {
        Statistic::Maximum => return extreme(OP, x, &along, true),
        Statistic::Minimum => return extreme(OP, x, &along, false),
        Statistic::Mean => mean(x, &along)?,
        Statistic::Median => {
            let (sorted, length) = (sort(x, axis as i64, false)?, x.shape()[axis]);
            let low = part(OP, &sorted, axis, (length.saturating_sub(1) / 2) as isize, 1)?;
            let high = part(OP, &sorted, axis, (length / 2) as isize, 1)?;
            let wide = if x.dtype().is_floating() { x.dtype() } else { DType::Float64 };
            mean(&concat(OP, &[astype(&low, wide)?, astype(&high, wide)?], Some(axis as i64))?, &along)?
        }
    };
    if x.dtype().is_integer() { applied(OP, map::round, &made) } else { Ok(made) }
}
