//! Between points that are known.

use num_complex::Complex;

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Meta};
use super::super::maths::real;
use super::super::strided;
use super::beside::beside;
use super::elementwise::{Scalar, astype};

/// What is left and right of the points, and after how much they come again.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    /// Below the first.
    pub left: Option<Scalar>,
    /// Above the last.
    pub right: Option<Scalar>,
    /// As an angle comes again after a turn.
    pub period: Option<f64>,
}

/// Numbers, each with one part or two.
trait Part: Element {
    fn joined(value: Complex<f64>) -> Self;
    fn parts(self) -> Complex<f64>;
}

impl Part for f64 {
    fn joined(value: Complex<f64>) -> Self {
        value.re
    }
    fn parts(self) -> Complex<f64> {
        self.into()
    }
}

impl Part for Complex<f64> {
    fn joined(value: Complex<f64>) -> Self {
        value
    }
    fn parts(self) -> Complex<f64> {
        self
    }
}

fn number(scalar: Scalar) -> Complex<f64> {
    match scalar {
        Scalar::Bool(value) => f64::from(u8::from(value)).into(),
        Scalar::Int(value) => (value as f64).into(),
        Scalar::Float(value) => value.into(),
        Scalar::Complex(value) => value,
    }
}

/// The values at `x` on the lines between points at `xp`, which ascend, that have the values `fp`.
pub fn interp(x: &Array, xp: &Array, fp: &Array, beyond: Beyond) -> Result<Array, Error> {
    let op = "interp";
    if xp.axes() != 1 || fp.shape() != xp.shape() || xp.is_empty() {
        let said = format!(
            "takes points on one axis, one at least, each with a value, and got shapes {:?} and {:?}",
            xp.shape(),
            fp.shape()
        );
        return Err(Error::refused(op, said));
    }
    if beyond.period == Some(0.0) {
        return Err(Error::refused(op, "takes a period other than 0"));
    }
    if let Some(dtype) = [x.dtype(), xp.dtype()].into_iter().find(|dtype| dtype.is_complex()) {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    let dtype = if fp.dtype().is_complex() { DType::Complex128 } else { DType::Float64 };
    let points = vec![astype(xp, DType::Float64)?, astype(fp, dtype)?];
    beside(op, astype(x, DType::Float64)?, points, Meta::new(dtype, x.shape()), move |chunks| {
        let (x, xp) = (chunks[0].values::<f64>()?, chunks[1].values::<f64>()?);
        match dtype {
            DType::Float64 => Ok(Points::new(xp, chunks[2].values::<f64>()?, beyond).at(x)),
            _ => Ok(Points::new(xp, chunks[2].values::<Complex<f64>>()?, beyond).at(x)),
        }
    })
}

struct Points<T> {
    xp: Vec<f64>,
    fp: Vec<T>,
    left: T,
    right: T,
    period: Option<f64>,
}

impl<T: Part> Points<T> {
    fn new(xp: &[f64], fp: &[T], beyond: Beyond) -> Self {
        let Some(period) = beyond.period.map(f64::abs) else {
            let side = |said: Option<Scalar>, own: Option<&T>| match said {
                Some(said) => T::joined(number(said)),
                None => own.copied().unwrap_or_default(),
            };
            let (left, right) = (side(beyond.left, fp.first()), side(beyond.right, fp.last()));
            return Self { xp: xp.to_vec(), fp: fp.to_vec(), left, right, period: None };
        };
        let mut points: Vec<(f64, T)> =
            xp.iter().zip(fp).map(|(x, f)| (real::remainder(*x, period), *f)).collect();
        points.sort_by(|a, b| super::order::Ordered::order(&a.0, &b.0));
        // The last one comes before the first, too, and the first after the last.
        let around =
            points.last().map(|(x, f)| (x - period, *f)).zip(points.first().map(|(x, f)| (x + period, *f)));
        let (before, after) = around.unzip();
        let all = before.into_iter().chain(points).chain(after);
        let (xp, fp): (Vec<f64>, Vec<T>) = all.unzip();
        let (left, right) = (fp.first().copied().unwrap_or_default(), fp.last().copied().unwrap_or_default());
        Self { xp, fp, left, right, period: Some(period) }
    }

    fn at(&self, x: &[f64]) -> Data {
        let mut out = vec![T::default(); x.len()];
        strided::blocks(&mut out, |start, piece| {
            for (slot, x) in piece.iter_mut().zip(&x[start..]) {
                *slot = self.one(self.period.map_or(*x, |period| real::remainder(*x, period)));
            }
        });
        T::data(out)
    }

    fn one(&self, x: f64) -> T {
        if x.is_nan() {
            return T::joined(Complex::new(x, x));
        }
        let above = self.xp.partition_point(|point| *point <= x);
        match (self.xp.get(above.wrapping_sub(1)..=above), self.fp.get(above.wrapping_sub(1)..=above)) {
            (Some(&[low, high]), Some(&[from, to])) => {
                if low == x {
                    return from;
                }
                let (from, to) = (from.parts(), to.parts());
                T::joined(Complex::new(
                    line(x, (low, high), (from.re, to.re)),
                    line(x, (low, high), (from.im, to.im)),
                ))
            }
            _ if above == 0 => self.left,
            _ if self.xp.last().is_some_and(|last| x > *last) => self.right,
            _ => self.fp.last().copied().unwrap_or_default(),
        }
    }
}

/// On the line through two points; from the other end where that is not a number.
fn line(x: f64, (low, high): (f64, f64), (from, to): (f64, f64)) -> f64 {
    let slope = (to - from) / (high - low);
    let near = slope * (x - low) + from;
    if !near.is_nan() {
        return near;
    }
    let far = slope * (x - high) + to;
    if far.is_nan() && from == to { from } else { far }
}
