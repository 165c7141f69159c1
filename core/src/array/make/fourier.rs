//! Fourier transforms along axes, by rustfft.

use num_complex::Complex;
use rustfft::{FftNum, FftPlanner};

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Limits, Meta, Rule};
use super::super::kernels::map;
use super::super::shape;
use super::elementwise::{Scalar, Takes, astype, unary};
use super::long_fourier;
use super::structure::{back, concat, flip, last, part, roll};

/// By what a transform is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// The inverse by the length.
    Backward,
    /// Both by its root.
    Ortho,
    /// The forward one by the length.
    Forward,
}

impl Norm {
    fn scale(self, length: usize, inverse: bool) -> f64 {
        let length = length as f64;
        match (self, inverse) {
            (Self::Backward, false) | (Self::Forward, true) => 1.0,
            (Self::Backward, true) | (Self::Forward, false) => 1.0 / length,
            (Self::Ortho, _) => 1.0 / length.sqrt(),
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Backward => Self::Forward,
            Self::Forward => Self::Backward,
            Self::Ortho => Self::Ortho,
        }
    }
}

/// The elements along the axis cut off at `length`, or with zeros up to it.
pub(super) fn sized(op: &'static str, x: &Array, axis: usize, length: usize) -> Result<Array, Error> {
    if length == 0 {
        return Err(Error::refused(op, "transforms one element at least along each axis"));
    }
    let own = x.shape()[axis];
    if length <= own {
        return part(op, x, axis, 0, length);
    }
    let mut shape = x.shape().to_vec();
    shape[axis] = length - own;
    let zeros = super::elementwise::full(op, &shape, Scalar::Int(0), x.dtype())?;
    concat(op, &[x.clone(), zeros], Some(axis as i64))
}

fn length(op: &'static str, asked: Option<i64>, own: usize) -> Result<usize, Error> {
    match asked {
        None => Ok(own),
        Some(asked) => usize::try_from(asked).ok().filter(|asked| *asked > 0).ok_or_else(|| {
            Error::refused(
                op,
                format!("transforms one element at least along each axis, and was asked for {asked}"),
            )
        }),
    }
}

fn complex(op: &'static str, x: &Array) -> Result<Array, Error> {
    match x.dtype() {
        DType::Bool => Err(Error::DType { op, takes: "numbers", dtype: DType::Bool }),
        dtype => astype(x, dtype.complex()),
    }
}

/// The transform along one axis.
pub fn fft(
    op: &'static str,
    x: &Array,
    n: Option<i64>,
    axis: i64,
    norm: Norm,
    inverse: bool,
) -> Result<Array, Error> {
    let axis = shape::axis(op, axis, x.axes())?;
    let n = length(op, n, x.shape()[axis])?;
    let x = sized(op, &complex(op, x)?, axis, n)?;
    let lines = Lines { op, length: n, inverse, scale: norm.scale(n, inverse) };
    let made = lines.transformed(&last(op, &x, axis)?)?;
    let way = move |inputs: &[Array], limits: Limits| {
        let x = inputs.first().ok_or(Error::Defect(op))?;
        let made = if lines.is_short(x, limits) {
            lines.one_by_one(x)
        } else {
            long_fourier::of_lines(lines, x, limits)
        };
        Ok(vec![made?])
    };
    back(op, &made.with_rule(Rule::Instead(Box::new(way))), axis)
}

/// A transform of lines, which lie along the last axis.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) op: &'static str,
    pub(super) length: usize,
    pub(super) inverse: bool,
    pub(super) scale: f64,
}

impl Lines {
    fn transformed(self, x: &Array) -> Result<Array, Error> {
        let Self { op, length, inverse, scale } = self;
        Array::whole(op, vec![x.clone()], x.meta().clone(), move |chunks| match &*chunks[0].data {
            Data::Complex64(values) => Ok(transformed(values, length, inverse, scale as f32)),
            Data::Complex128(values) => Ok(transformed(values, length, inverse, scale)),
            _ => Err(Error::Defect(op)),
        })
    }

    /// Each line by itself, all of it in memory.
    pub(super) fn one_by_one(self, x: &Array) -> Result<Array, Error> {
        Ok(self.transformed(x)?.with_rule(Rule::Lines(vec![x.axes() - 1])))
    }

    /// Whether there is room for a line.
    pub(super) fn is_short(self, x: &Array, limits: Limits) -> bool {
        limits.fit_line(Meta::new(x.dtype(), [self.length]).bytes())
    }
}

fn transformed<T: FftNum + std::ops::Mul>(values: &[Complex<T>], n: usize, inverse: bool, scale: T) -> Data
where
    Complex<T>: Element,
{
    let mut planner = FftPlanner::new();
    let plan = if inverse { planner.plan_fft_inverse(n) } else { planner.plan_fft_forward(n) };
    let mut out = values.to_vec();
    apart::rows(values.len(), &mut out, n, &|_, row| {
        plan.process(row);
        row.iter_mut().for_each(|value| *value = value.scale(scale));
    });
    Element::data(out)
}

/// The transform of real numbers: the half that says all.
pub fn rfft(op: &'static str, x: &Array, n: Option<i64>, axis: i64, norm: Norm) -> Result<Array, Error> {
    if x.dtype().is_complex() {
        return Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() });
    }
    let made = fft(op, x, n, axis, norm, false)?;
    let axis = shape::axis(op, axis, x.axes())?;
    let half = made.shape()[axis] / 2 + 1;
    part(op, &made, axis, 0, half)
}

/// The real numbers whose transform's half it is.
pub fn irfft(op: &'static str, x: &Array, n: Option<i64>, axis: i64, norm: Norm) -> Result<Array, Error> {
    let at = shape::axis(op, axis, x.axes())?;
    let n = length(op, n, (x.shape()[at].max(1) - 1) * 2)?;
    if n == 0 {
        return Err(Error::refused(op, "makes one element at least"));
    }
    let half = sized(op, &complex(op, x)?, at, n / 2 + 1)?;
    let mirrored = (n - 1) / 2;
    let whole = match mirrored {
        0 => part(op, &half, at, 0, n.min(half.shape()[at]))?,
        _ => {
            let rest = flip(op, &part(op, &half, at, 1, mirrored)?, Some(&[at as i64]))?;
            let rest = unary(op, Takes::As(map::conj_complex, "numbers"), &rest)?;
            concat(op, &[real_ends(op, &half, at, n)?, rest], Some(at as i64))?
        }
    };
    let made = fft(op, &whole, None, axis, norm, true)?;
    unary(op, Takes::As(map::real_part, "numbers"), &made)
}

/// The half with what lies on no other's mirror made real, as it would be.
fn real_ends(op: &'static str, half: &Array, axis: usize, n: usize) -> Result<Array, Error> {
    let real = |start: usize, length: usize| {
        let end = part(op, half, axis, start as isize, length)?;
        astype(&unary(op, Takes::As(map::real_part, "numbers"), &end)?, half.dtype())
    };
    let count = half.shape()[axis];
    let mut parts = vec![real(0, 1)?];
    match n % 2 {
        0 => {
            parts.push(part(op, half, axis, 1, count - 2)?);
            parts.push(real(count - 1, 1)?);
        }
        _ => parts.push(part(op, half, axis, 1, count - 1)?),
    }
    concat(op, &parts, Some(axis as i64))
}

/// The transform of what is mirrored, whose half `x` is: real numbers.
pub fn hfft(op: &'static str, x: &Array, n: Option<i64>, axis: i64, norm: Norm) -> Result<Array, Error> {
    let conj = unary(op, Takes::As(map::conj_complex, "numbers"), &complex(op, x)?)?;
    irfft(op, &conj, n, axis, norm.turned())
}

/// The half of what is mirrored, whose transform `x` is.
pub fn ihfft(op: &'static str, x: &Array, n: Option<i64>, axis: i64, norm: Norm) -> Result<Array, Error> {
    let made = rfft(op, x, n, axis, norm.turned())?;
    unary(op, Takes::As(map::conj_complex, "numbers"), &made)
}

/// Along which axes a transform goes, and how long each is.
pub fn along(
    op: &'static str,
    x: &Array,
    s: Option<&[i64]>,
    axes: Option<&[i64]>,
) -> Result<Vec<(i64, Option<i64>)>, Error> {
    let axes: Vec<i64> = match (axes, s) {
        (Some(axes), _) => axes.to_vec(),
        (None, Some(s)) => (0..s.len() as i64).map(|at| at - s.len() as i64).collect(),
        (None, None) => (0..x.axes() as i64).collect(),
    };
    shape::axes(op, &axes, x.axes())?;
    match s {
        Some(s) if s.len() != axes.len() => Err(Error::refused(
            op,
            format!("takes a length for each axis, and got {} for {}", s.len(), axes.len()),
        )),
        Some(s) => Ok(axes.into_iter().zip(s.iter().map(|length| Some(*length))).collect()),
        None => Ok(axes.into_iter().map(|axis| (axis, None)).collect()),
    }
}

/// The transform along several axes.
pub fn fftn(
    op: &'static str,
    x: &Array,
    along: &[(i64, Option<i64>)],
    norm: Norm,
    inverse: bool,
) -> Result<Array, Error> {
    let x = complex(op, x)?;
    along.iter().rev().try_fold(x, |x, (axis, n)| fft(op, &x, *n, *axis, norm, inverse))
}

/// The transform of real numbers along several axes: the half along the last.
pub fn rfftn(op: &'static str, x: &Array, along: &[(i64, Option<i64>)], norm: Norm) -> Result<Array, Error> {
    let Some(((axis, n), rest)) = along.split_last() else { return complex(op, x) };
    fftn(op, &rfft(op, x, *n, *axis, norm)?, rest, norm, false)
}

/// The real numbers whose transform's half it is.
pub fn irfftn(op: &'static str, x: &Array, along: &[(i64, Option<i64>)], norm: Norm) -> Result<Array, Error> {
    let Some(((axis, n), rest)) = along.split_last() else { return Ok(x.clone()) };
    irfft(op, &fftn(op, x, rest, norm, true)?, *n, *axis, norm)
}

/// The frequencies of a transform of `n` elements that are `d` apart.
pub fn fftfreq(op: &'static str, n: i64, d: f64, half: bool, dtype: Option<DType>) -> Result<Array, Error> {
    let n = usize::try_from(n)
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| Error::refused(op, "takes one element at least"))?;
    let count = if half { n / 2 + 1 } else { n };
    let dtype = dtype.unwrap_or(DType::Float64);
    Array::whole(op, Vec::new(), Meta::new(dtype, [count]), move |_| {
        let at = |at: usize| if half || at < n.div_ceil(2) { at as f64 } else { at as f64 - n as f64 };
        let values = (0..count).map(|number| at(number) / (n as f64 * d));
        Ok(super::elementwise::data_of(values.collect::<Vec<f64>>(), dtype))
    })
}

/// The frequency 0 in the middle, or back at the front.
pub fn shift(op: &'static str, x: &Array, axes: Option<&[i64]>, inverse: bool) -> Result<Array, Error> {
    let axes: Vec<i64> = axes.map_or_else(|| (0..x.axes() as i64).collect(), <[i64]>::to_vec);
    let by = axes.iter().map(|axis| {
        let half = x.shape()[shape::axis(op, *axis, x.axes())?] as i64;
        Ok(if inverse { -(half / 2) } else { half / 2 })
    });
    let by: Vec<i64> = by.collect::<Result<_, Error>>()?;
    if axes.is_empty() {
        return Ok(x.clone());
    }
    roll(op, x, &by, Some(&axes))
}
