//! NumPy's products of vectors and arrays: dot, inner, outer, Kronecker's, convolutions.

use super::super::element::Element;
use super::super::error::Error;
use super::super::graph::{Array, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{numbers, pick};
use super::super::strided;
use super::create::along;
use super::linear::{self, conjugated, tensordot};
use super::matmul::matmul;
use super::short::{of_truths, times};
use super::structure::{expand_dims, flat, flip, moveaxis};

/// The most products that a convolution may take: hours of one machine.
const WORK_MAX: u128 = 1 << 42;

/// The sum of products over the last axis of `a` and the last but one of `b`.
pub fn dot(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    of_truths(a, b, |a, b| match (a.axes(), b.axes()) {
        (0, _) | (_, 0) => times(op, a, b),
        (_, 1) | (1, 2) | (2, 2) => matmul(op, a, b),
        _ => tensordot(op, a, b, &[-1], &[-2]),
    })
}

/// The sum of products over the last axis of both.
pub fn inner(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    of_truths(a, b, |a, b| match a.axes().min(b.axes()) {
        0 => times(op, a, b),
        _ => tensordot(op, a, b, &[-1], &[-1]),
    })
}

/// Every product of an element of the one with one of the other, each on one axis.
pub fn outer(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    times(op, &expand_dims(op, &flat(op, a)?, &[1])?, &expand_dims(op, &flat(op, b)?, &[0])?)
}

/// The sum of all products, the first conjugated.
pub fn vdot(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    if a.len() != b.len() {
        let said = format!("takes arrays of as many elements, and got {} and {}", a.len(), b.len());
        return Err(Error::refused(op, said));
    }
    let a = conjugated(op, &flat(op, a)?)?;
    dot(op, &a, &flat(op, b)?)
}

/// Each element of `a` times all of `b`, in its place.
pub fn kron(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    let axes = a.axes().max(b.axes());
    let longer = |x: &Array| [vec![1; axes - x.axes()], x.shape().to_vec()].concat();
    let (own, theirs) = (longer(a), longer(b));
    let apart = |lengths: &[usize], first: bool| -> Vec<usize> {
        lengths.iter().flat_map(|length| if first { [*length, 1] } else { [1, *length] }).collect()
    };
    let a = a.clone().reshaped(op, apart(&own, true))?;
    let b = b.clone().reshaped(op, apart(&theirs, false))?;
    let shape = own.iter().zip(&theirs).map(|(one, other)| one.saturating_mul(*other)).collect();
    times(op, &a, &b)?.reshaped(op, shape)
}

/// Vectors of length 3 along axes of their own, and the one that stands upright on them.
pub fn cross(op: &'static str, a: &Array, b: &Array, axes: [i64; 3]) -> Result<Array, Error> {
    let (a, b) = (moveaxis(op, a, &[axes[0]], &[-1])?, moveaxis(op, b, &[axes[1]], &[-1])?);
    moveaxis(op, &linear::cross(op, &a, &b, -1)?, &[-1], &[axes[2]])
}

/// How much of where two rows overlap a convolution gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// All.
    Full,
    /// As much as the longer one has.
    Same,
    /// Where they overlap wholly.
    Valid,
}

impl Overlap {
    /// The overlap of that name, as NumPy has it.
    pub fn named(name: &str) -> Self {
        match name {
            "same" => Self::Same,
            "valid" => Self::Valid,
            _ => Self::Full,
        }
    }

    /// Where in all of it the part begins, and how long it is; `turned` where it runs the other way.
    fn part(self, long: usize, short: usize, turned: bool) -> (usize, usize) {
        let same = if turned { short / 2 } else { short - 1 - short / 2 };
        match self {
            Self::Full => (0, long + short - 1),
            Self::Same => (same, long),
            Self::Valid => (short - 1, long - short + 1),
        }
    }
}

/// The row `a` folded with the row `v`.
pub fn convolve(op: &'static str, a: &Array, v: &Array, overlap: Overlap) -> Result<Array, Error> {
    rows(op, a, v)?;
    let (long, short) = if v.len() > a.len() { (v, a) } else { (a, v) };
    folded(op, long, short, overlap.part(long.len(), short.len(), false))
}

/// The row `a` laid over the row `v`, which is conjugated, at each place.
pub fn correlate(op: &'static str, a: &Array, v: &Array, overlap: Overlap) -> Result<Array, Error> {
    rows(op, a, v)?;
    let turned = flip(op, &conjugated(op, v)?, None)?;
    let part = overlap.part(a.len().max(v.len()), a.len().min(v.len()), v.len() > a.len());
    match v.len() > a.len() {
        true => folded(op, &turned, a, part),
        false => folded(op, a, &turned, part),
    }
}

fn rows(op: &'static str, a: &Array, v: &Array) -> Result<(), Error> {
    if a.axes() != 1 || v.axes() != 1 || a.is_empty() || v.is_empty() {
        let said =
            format!("takes rows of one element or more, and got shapes {:?} and {:?}", a.shape(), v.shape());
        return Err(Error::refused(op, said));
    }
    let work = a.len() as u128 * v.len() as u128;
    if work > WORK_MAX {
        let said =
            format!("would take {work} products, and {WORK_MAX} are the most: multiply Fourier transforms");
        return Err(Error::refused(op, said));
    }
    Ok(())
}

fn folded(op: &'static str, long: &Array, short: &Array, part: (usize, usize)) -> Result<Array, Error> {
    of_truths(long, short, |long, short| laid(op, long, short, part))
}

/// So many elements of the convolution from a place on; a box of them is made of the elements that it reaches.
fn laid(
    op: &'static str,
    long: &Array,
    short: &Array,
    (first, count): (usize, usize),
) -> Result<Array, Error> {
    let (dtype, (length, reach)) = (long.dtype(), (long.len(), short.len()));
    let inputs = vec![long.clone(), short.clone()];
    let made = Array::whole(op, inputs, Meta::new(dtype, [count]), move |chunks| {
        numbers!(dtype, T => {
            let (long, short) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
            Ok(T::data(slid(long, short, (first, count))))
        })
        .ok_or(Error::Defect(op))?
    })?;
    let reached = move |region: &Region| {
        let own = along(region, 0);
        let low = (first + own.start + 1).saturating_sub(reach).min(length);
        low..(first + own.end).min(length).max(low)
    };
    let needs = move |region: &Region| {
        let reached = reached(region);
        let part = Region { start: vec![reached.start], lengths: vec![reached.len()] };
        vec![(0, part), (1, Region::whole(&[reach]))]
    };
    let make = move |region: &Region, parts: &[Array]| match parts {
        [long, short] => {
            laid(op, long, short, (first + along(region, 0).start - reached(region).start, region.count()))
        }
        _ => Err(Error::Defect(op)),
    };
    Ok(made.with_rule(Rule::by(needs, make)))
}

/// Element `i` of all is the sum of `long[i - k] * short[k]`.
fn slid<T: Number>(long: &[T], short: &[T], (first, count): (usize, usize)) -> Vec<T> {
    let mut out = vec![T::default(); count];
    strided::blocks(&mut out, |start, piece| {
        let from = first + start;
        for (k, factor) in short.iter().enumerate() {
            // The elements of this piece that `short[k]` reaches.
            let low = k.saturating_sub(from).min(piece.len());
            let high = (long.len() + k).saturating_sub(from).min(piece.len());
            if low < high {
                let values = &long[from + low - k..from + high - k];
                piece[low..high]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(out, value)| *out = out.add(factor.mul(*value)));
            }
        }
    });
    out
}
