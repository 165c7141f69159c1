//! Slopes of what is known at points, and areas below it.

use std::ops::Div;

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Chunk, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{fields, map, pick};
use super::super::shape;
use super::super::strided;
use super::elementwise::{Operand, Scalar, astype, data_of};
use super::reduce::{Along, sum, truth};
use super::scan::diff;
use super::short::{add, compared, divide, floating, multiply};
use super::structure::part;

/// The slope along each of the axes, by differences of second order within, of first or second at the edges.
pub fn gradient(
    f: &Array,
    spacing: &[Operand],
    axes: Option<&[i64]>,
    second: bool,
) -> Result<Vec<Array>, Error> {
    let op = "gradient";
    let f = floating(f)?;
    let axes = match axes {
        Some(axes) => shape::axes(op, axes, f.axes())?,
        None => (0..f.axes()).collect(),
    };
    let one = Operand::Scalar(Scalar::Float(1.0));
    let spacing = match spacing {
        [] => vec![one; axes.len()],
        [Operand::Scalar(step)] => vec![Operand::Scalar(*step); axes.len()],
        [Operand::Array(step)] if step.axes() == 0 => vec![Operand::Array(step.clone()); axes.len()],
        many if many.len() == axes.len() => many.to_vec(),
        many => {
            let said =
                format!("takes one distance, or one for each of {} axes, and got {}", axes.len(), many.len());
            return Err(Error::refused(op, said));
        }
    };
    axes.into_iter().zip(spacing).map(|(axis, spacing)| slope(op, &f, axis, spacing, second)).collect()
}

fn slope(op: &'static str, f: &Array, axis: usize, spacing: Operand, second: bool) -> Result<Array, Error> {
    let (length, least) = (f.shape()[axis], 2 + usize::from(second));
    if length < least {
        let said = format!("takes {least} elements or more along axis {axis}, and got {length}");
        return Err(Error::refused(op, said));
    }
    let spacing = astype(&spacing.array(op)?, DType::Float64)?;
    if spacing.axes() > 0 && spacing.shape() != [length] {
        let said = format!(
            "takes a distance, or {length} places on axis {axis}, and got shape {:?}",
            spacing.shape()
        );
        return Err(Error::refused(op, said));
    }
    if spacing.axes() == 0 {
        // The slope at an edge is made of three elements at the most; within, of both neighbours.
        let reach = (0..f.axes()).map(|own| if own == axis { REACH } else { 0 }).collect();
        return Ok(slopes_of(op, vec![f.clone(), spacing], axis, second)?.with_rule(Rule::Around(reach)));
    }
    // Where all places are as far apart, they are taken as one distance: of all, not of those of a box.
    let steps = diff(&spacing, 0, 1, None, None)?;
    let first = part(op, &steps, 0, 0, 1)?;
    let is_even =
        truth(op, &compared(op, map::equal, &steps, first)?, &Along { axes: None, keep: false }, true)?;
    let made = slopes_of(op, vec![f.clone(), spacing, is_even], axis, second)?;
    Ok(made.with_rule(Rule::Of(Box::new(Uneven { op, axis, length, second }))))
}

/// How far from its own place an element is that a slope is made of.
const REACH: usize = 2;

/// The slopes of an array at distances: at one, or at places of which it is known whether they are evenly apart.
fn slopes_of(op: &'static str, inputs: Vec<Array>, axis: usize, second: bool) -> Result<Array, Error> {
    let meta = inputs.first().ok_or(Error::Defect(op))?.meta().clone();
    let dtype = meta.dtype;
    Array::whole(op, inputs, meta, move |chunks| {
        let (length, inner) = (chunks[0].shape[axis], shape::count(&chunks[0].shape[axis + 1..]));
        let spaces = Spaces::of(chunks)?;
        fields!(dtype, T => {
            let weights = spaces.weights::<T>(dtype, length, second)?;
            Ok(T::data(slopes(chunks[0].values::<T>()?, (length, inner), &weights)))
        })
        .ok_or(Error::Defect(op))?
    })
}

/// A box of slopes at places: made of what is within reach on the axis, at its places.
struct Uneven {
    op: &'static str,
    axis: usize,
    length: usize,
    second: bool,
}

impl Uneven {
    /// From where on what a box is made of lies on the axis, and how long that is.
    fn near(&self, region: &Region) -> (usize, usize) {
        let (start, length) = (region.start[self.axis], region.lengths[self.axis]);
        let first = start.saturating_sub(REACH);
        (first, (start + length + REACH).min(self.length) - first)
    }
}

impl Boxed for Uneven {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let (mut wide, (start, length)) = (region.clone(), self.near(region));
        (wide.start[self.axis], wide.lengths[self.axis]) = (start, length);
        let places = Region { start: vec![start], lengths: vec![length] };
        vec![(0, wide), (1, places), (2, Region::whole(&[]))]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let made = slopes_of(self.op, parts, self.axis, self.second)?;
        let before = region.start[self.axis] - self.near(region).0;
        part(self.op, &made, self.axis, before as isize, region.lengths[self.axis])
    }
}

/// How far the elements are from one another.
enum Spaces {
    Even(f64),
    Uneven(Vec<f64>),
}

impl Spaces {
    fn of(chunks: &[Chunk]) -> Result<Self, Error> {
        let [_, spacing, more @ ..] = chunks else { return Err(Error::Defect("gradient")) };
        let values = spacing.values::<f64>()?;
        let Some(is_even) = more.first() else { return Ok(Self::Even(values[0])) };
        Ok(match is_even.values::<bool>()? {
            [true] => Self::Even(values[1] - values[0]),
            _ => Self::Uneven(values.windows(2).map(|pair| pair[1] - pair[0]).collect()),
        })
    }

    /// What the three elements that a slope is made of weigh, for each element along the axis.
    fn weights<T: Element>(&self, dtype: DType, length: usize, second: bool) -> Result<Weights<T>, Error> {
        let cast = |values: Vec<f64>| -> Result<Vec<T>, Error> {
            let data: Data = data_of(values, dtype);
            Ok(T::of(&data.slice()).ok_or(Error::Defect("gradient"))?.to_vec())
        };
        let step = |at: usize| match self {
            Self::Even(step) => *step,
            Self::Uneven(steps) => steps[at],
        };
        let edge = |near: f64, far: f64| match second {
            true => [
                -(2.0 * near + far) / (near * (near + far)),
                (near + far) / (near * far),
                -near / (far * (near + far)),
            ],
            false => [-1.0 / near, 1.0 / near, 0.0],
        };
        let (first, last) =
            (edge(step(0), step(length.min(3) - 2)), edge(step(length - 2), step(length.max(3) - 3)));
        let within = match self {
            Self::Even(step) => Within::Even(cast(vec![2.0 * step])?[0]),
            Self::Uneven(steps) => {
                let mut rows = Vec::with_capacity(3 * length);
                for pair in steps.windows(2) {
                    let (low, high) = (pair[0], pair[1]);
                    rows.extend([
                        -high / (low * (low + high)),
                        (high - low) / (low * high),
                        low / (high * (low + high)),
                    ]);
                }
                Within::Uneven(cast(rows)?)
            }
        };
        let last = last.map(|weight| -weight).to_vec();
        let by = cast(vec![step(0), step(length - 2)])?;
        Ok(Weights { first: cast(first.to_vec())?, last: cast(last)?, by, within, second })
    }
}

enum Within<T> {
    /// The difference of both neighbours, over this.
    Even(T),
    /// Three weights for each element but the first and the last.
    Uneven(Vec<T>),
}

struct Weights<T> {
    first: Vec<T>,
    last: Vec<T>,
    /// The first distance and the last.
    by: Vec<T>,
    within: Within<T>,
    second: bool,
}

fn slopes<T: Number + Div<Output = T>>(
    values: &[T],
    (length, inner): (usize, usize),
    weights: &Weights<T>,
) -> Vec<T> {
    let mut out = vec![T::default(); values.len()];
    let of = |at: usize, weights: &[T], places: [usize; 3]| {
        let value = |number: usize| weights[number].mul(values[at + places[number] * inner]);
        value(0).add(value(1)).add(value(2))
    };
    strided::blocks(&mut out, |start, piece| {
        let (mut row, mut column) = (start / inner % length, start % inner);
        for (number, slot) in piece.iter_mut().enumerate() {
            let at = start + number;
            *slot = match (row, &weights.within) {
                (0, _) if weights.second => of(at, &weights.first, [0, 1, 2]),
                (0, _) => values[at + inner].sub(values[at]) / weights.by[0],
                (row, _) if row + 1 == length => match weights.second {
                    true => of(at - 2 * inner, &weights.last, [2, 1, 0]),
                    false => values[at].sub(values[at - inner]) / weights.by[1],
                },
                (_, Within::Even(by)) => values[at + inner].sub(values[at - inner]) / *by,
                (row, Within::Uneven(rows)) => of(at - inner, &rows[3 * (row - 1)..], [0, 1, 2]),
            };
            column += 1;
            if column == inner {
                (column, row) = (0, if row + 1 == length { 0 } else { row + 1 });
            }
        }
    });
    out
}

/// The area below `y` along the axis: of trapezoids between neighbours.
pub fn trapezoid(y: &Array, x: Option<Array>, dx: Operand, axis: i64) -> Result<Array, Error> {
    let op = "trapezoid";
    let at = shape::axis(op, axis, y.axes())?;
    let y = floating(y)?;
    let length = y.shape()[at];
    let steps = match x {
        None => dx,
        Some(x) => {
            let own = match x.axes() {
                1 => {
                    let mut shape = vec![1; y.axes()];
                    shape[at] = x.len();
                    x.reshaped(op, shape)?
                }
                axes if axes == y.axes() => x,
                _ => {
                    return Err(Error::refused(
                        op,
                        format!("takes an `x` of one axis or of those of `y`, and got shape {:?}", x.shape()),
                    ));
                }
            };
            if own.shape()[at] != length {
                return Err(Error::refused(
                    op,
                    format!("takes {length} places, and got {}", own.shape()[at]),
                ));
            }
            Operand::Array(diff(&own, at as i64, 1, None, None)?)
        }
    };
    if length == 0 {
        return sum(&y, &Along { axes: Some(vec![axis]), keep: false }, None);
    }
    let (low, high) = (part(op, &y, at, 0, length - 1)?, part(op, &y, at, 1, length - 1)?);
    let areas = divide(op, multiply(op, add(op, high, low)?, steps)?, 2.0)?;
    sum(&areas, &Along { axes: Some(vec![axis]), keep: false }, None)
}
