//! Functions of each element and its neighbours: what a window over an array makes of them.

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Rule};
use super::super::kernels::number::Number;
use super::super::kernels::{fields, floats, ints, numbers, pick};
use super::super::maths::real;
use super::create;
use super::edges::Edge;
use super::elementwise::{Scalar, astype};
use super::reduce::summed;
use super::short::{divide, floating};
use super::sliding::{Reach, Sliding};
use super::windowed::Windows;

/// The most elements of a window that is looked at as a whole.
const WINDOW_MAX: usize = 1 << 16;
/// The longest window along one axis.
const LENGTH_MAX: usize = 1 << 20;

/// What stands beyond the edges: how elements are repeated, or a value.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    /// What is repeated.
    pub edge: Edge,
    /// The value, where none is.
    pub value: Scalar,
}

impl Beyond {
    pub(super) fn fill<T: Element>(self, op: &'static str, dtype: DType, nothing: T) -> Result<T, Error> {
        match self.edge {
            Edge::Constant => {
                let one = self.value.array(op, dtype)?;
                let known = one.known().and_then(|chunk| T::of(&chunk.data.slice()).and_then(<[T]>::first));
                known.copied().ok_or(Error::Defect(op))
            }
            _ => Ok(nothing),
        }
    }
}

fn reaches(op: &'static str, x: &Array, size: &[i64]) -> Result<Vec<Reach>, Error> {
    let sizes = match size {
        [one] => vec![*one; x.axes()],
        many => many.to_vec(),
    };
    let fits = |size: &i64| usize::try_from(*size).ok().filter(|size| (1..=LENGTH_MAX).contains(size));
    let found: Option<Vec<usize>> = sizes.iter().map(fits).collect();
    let found = found.filter(|found| found.len() == x.axes()).ok_or_else(|| {
        let said =
            format!("takes a size of 1 to {LENGTH_MAX} for each of {} axes, and got {size:?}", x.axes());
        Error::refused(op, said)
    })?;
    Ok(found.into_iter().map(Reach::around).collect())
}

/// How far windows reach to either side; nothing where they reach to the other end.
pub(super) fn far(reaches: &[Reach], beyond: Beyond) -> Option<Vec<usize>> {
    // What stands beyond an edge is found within a window's length of it.
    (beyond.edge != Edge::Periodic).then(|| reaches.iter().map(|reach| reach.length).collect())
}

/// The array, of which a box is made of no more than what is within reach of it.
pub(super) fn near(made: Array, far: Option<Vec<usize>>) -> Array {
    match far {
        Some(far) => made.with_rule(Rule::Around(far)),
        None => made,
    }
}

/// The sum of each window, over `count` where one is given.
fn sums(
    op: &'static str,
    x: &Array,
    reaches: Vec<Reach>,
    beyond: Beyond,
    count: Option<f64>,
) -> Result<Array, Error> {
    let meta = x.meta().clone();
    let (dtype, far) = (meta.dtype, far(&reaches, beyond));
    let made = Array::whole(op, vec![x.clone()], meta, move |chunks| {
        let shape = &chunks[0].shape;
        match count {
            None => numbers!(dtype, T => {
                let fill = beyond.fill(op, dtype, T::default())?;
                let sliding = Sliding { edge: beyond.edge, fill, with: T::add, done: |sum| sum };
                Ok(T::data(sliding.run(chunks[0].values::<T>()?, shape, &reaches)))
            }),
            Some(count) => fields!(dtype, T => {
                let count = Beyond { edge: Edge::Constant, value: Scalar::Float(count) }.fill::<T>(op, dtype, T::default())?;
                let fill = beyond.fill(op, dtype, T::default())?;
                let sliding = Sliding { edge: beyond.edge, fill, with: T::add, done: |sum: T| sum / count };
                Ok(T::data(sliding.run(chunks[0].values::<T>()?, shape, &reaches)))
            }),
        }
        .ok_or(Error::Defect(op))?
    })?;
    Ok(near(made, far))
}

/// The sum of each window.
pub fn sum(op: &'static str, x: &Array, size: &[i64], beyond: Beyond) -> Result<Array, Error> {
    let x = astype(x, summed(x.dtype()))?;
    sums(op, &x, reaches(op, &x, size)?, beyond, None)
}

/// The mean of each window; where nothing stands beyond the edges, of what there is.
pub fn mean(op: &'static str, x: &Array, size: &[i64], beyond: Beyond) -> Result<Array, Error> {
    let x = floating(x)?;
    let reaches = reaches(op, &x, size)?;
    if beyond.edge != Edge::Nothing {
        let count = reaches.iter().map(|reach| reach.length as f64).product();
        return sums(op, &x, reaches, beyond, Some(count));
    }
    let mut made = sums(op, &x, reaches.clone(), beyond, None)?;
    for (axis, reach) in reaches.into_iter().enumerate() {
        let length = x.shape()[axis];
        let counts = (0..length).map(|at| {
            let end = (at + reach.length - reach.before).min(length);
            (end - at.saturating_sub(reach.before)) as f64
        });
        let mut own = vec![1; x.axes()];
        own[axis] = length;
        let counts = astype(&create::of(counts.collect::<Vec<_>>()), x.dtype().real())?;
        made = divide(op, made, counts.reshaped(op, own)?)?;
    }
    Ok(made)
}

/// The greatest or the least of each window; NaN where one is.
pub fn extreme(
    op: &'static str,
    x: &Array,
    size: &[i64],
    beyond: Beyond,
    greatest: bool,
) -> Result<Array, Error> {
    let (meta, dtype) = (x.meta().clone(), x.dtype());
    if !dtype.is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    let reaches = reaches(op, x, size)?;
    let far = far(&reaches, beyond);
    let made = Array::whole(op, vec![x.clone()], meta, move |chunks| {
        let x = &chunks[0];
        let made = match greatest {
            true => floats!(dtype, T => slid(op, x, &reaches, beyond, T::NEG_INFINITY, real::maximum))
                .or_else(|| ints!(dtype, T => slid(op, x, &reaches, beyond, T::MIN, |a, b| a.max(b)))),
            false => floats!(dtype, T => slid(op, x, &reaches, beyond, T::INFINITY, real::minimum))
                .or_else(|| ints!(dtype, T => slid(op, x, &reaches, beyond, T::MAX, |a, b| a.min(b)))),
        };
        made.ok_or(Error::Defect(op))?
    })?;
    Ok(near(made, far))
}

fn slid<T: Element>(
    op: &'static str,
    x: &Chunk,
    reaches: &[Reach],
    beyond: Beyond,
    nothing: T,
    with: impl Fn(T, T) -> T + Copy + Send + Sync,
) -> Result<Data, Error> {
    let sliding =
        Sliding { edge: beyond.edge, fill: beyond.fill(op, T::DTYPE, nothing)?, with, done: |value| value };
    Ok(T::data(sliding.run(x.values::<T>()?, &x.shape, reaches)))
}

/// Windows that are looked at as a whole, none of them too large for that.
pub(super) fn looked_at(op: &'static str, x: &Array, size: &[i64]) -> Result<Vec<Reach>, Error> {
    let reaches = reaches(op, x, size)?;
    let count = reaches.iter().try_fold(1_usize, |all, reach| all.checked_mul(reach.length));
    match count.is_some_and(|count| count <= WINDOW_MAX) {
        true => Ok(reaches),
        false => Err(Error::refused(
            op,
            format!("takes windows of {WINDOW_MAX} elements at most, and got {size:?}"),
        )),
    }
}

/// What `make` says of all elements of each window, which are real numbers of 32 or 64 bits.
fn whole_windows(
    op: &'static str,
    x: &Array,
    size: &[i64],
    beyond: Beyond,
    single: fn(&mut [f32]) -> f32,
    double: fn(&mut [f64]) -> f64,
) -> Result<Array, Error> {
    if x.dtype().is_complex() {
        return Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() });
    }
    let x = floating(x)?;
    let reaches = looked_at(op, &x, size)?;
    if x.axes() == 0 {
        return whole_windows(op, &x.reshaped(op, vec![1])?, &[1], beyond, single, double)?
            .reshaped(op, vec![]);
    }
    let meta = x.meta().clone();
    let (dtype, far) = (meta.dtype, far(&reaches, beyond));
    let made = Array::whole(op, vec![x], meta, move |chunks| match dtype {
        DType::Float32 => made::<f32>(op, &chunks[0], &reaches, beyond, single),
        _ => made::<f64>(op, &chunks[0], &reaches, beyond, double),
    })?;
    Ok(near(made, far))
}

fn made<T: Element>(
    op: &'static str,
    x: &Chunk,
    reaches: &[Reach],
    beyond: Beyond,
    make: fn(&mut [T]) -> T,
) -> Result<Data, Error> {
    let fill = beyond.fill(op, T::DTYPE, T::default())?;
    Ok(T::data(Windows::new(&x.shape, reaches, beyond.edge, fill).each(x.values::<T>()?, make)))
}

macro_rules! of_window {
    ($median:ident, $spread:ident, $type:ty) => {
        /// The one in the middle, or the mean of the two there; NaN where one is.
        fn $median(seen: &mut [$type]) -> $type {
            if seen.iter().any(|value| value.is_nan()) {
                return <$type>::NAN;
            }
            let middle = seen.len() / 2;
            let is_odd = seen.len() % 2 == 1;
            let (below, one, _) = seen.select_nth_unstable_by(middle, <$type>::total_cmp);
            match is_odd {
                true => *one,
                false => (*one + below.iter().copied().fold(<$type>::NEG_INFINITY, <$type>::max)) / 2.0,
            }
        }

        /// The root of the mean of the squares of the distances from the mean.
        fn $spread(seen: &mut [$type]) -> $type {
            let count = seen.len() as $type;
            let mean = seen.iter().sum::<$type>() / count;
            (seen.iter().map(|value| (value - mean) * (value - mean)).sum::<$type>() / count).sqrt()
        }
    };
}

of_window!(median_of_singles, spread_of_singles, f32);
of_window!(median_of_doubles, spread_of_doubles, f64);

/// The median of each window.
pub fn median(op: &'static str, x: &Array, size: &[i64], beyond: Beyond) -> Result<Array, Error> {
    whole_windows(op, x, size, beyond, median_of_singles, median_of_doubles)
}

/// The standard deviation of each window.
pub fn std(op: &'static str, x: &Array, size: &[i64], beyond: Beyond) -> Result<Array, Error> {
    whole_windows(op, x, size, beyond, spread_of_singles, spread_of_doubles)
}
