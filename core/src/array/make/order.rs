//! Order along an axis: sorting, and where a value belongs.

use std::cmp::Ordering;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::kernels::{all, pick};
use super::super::shape;
use super::beside::beside;
use super::elementwise::astype;
use super::runs::{self, Sorting};
use super::structure::{back, last};
use num_complex::Complex;

/// Elements that have an order: NaN comes last; complex numbers go by their real part, then by the other.
pub trait Ordered: Element {
    /// Which comes first.
    fn order(&self, other: &Self) -> Ordering;
}

macro_rules! ordered {
    ($($type:ty),*) => {
        $(impl Ordered for $type {
            fn order(&self, other: &Self) -> Ordering { self.cmp(other) }
        })*
    };
}

ordered!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! ordered_floats {
    ($($type:ty),*) => {
        $(impl Ordered for $type {
            fn order(&self, other: &Self) -> Ordering {
                self.partial_cmp(other).unwrap_or_else(|| self.is_nan().cmp(&other.is_nan()))
            }
        }

        impl Ordered for Complex<$type> {
            fn order(&self, other: &Self) -> Ordering {
                let nan = |z: &Self| z.re.is_nan() || z.im.is_nan();
                nan(self).cmp(&nan(other)).then(self.re.order(&other.re)).then(self.im.order(&other.im))
            }
        })*
    };
}

ordered_floats!(f32, f64);

/// The elements sorted along the axis.
pub fn sort(x: &Array, axis: i64, descending: bool) -> Result<Array, Error> {
    let op = "sort";
    let axis = shape::axis(op, axis, x.axes())?;
    let moved = last(op, x, axis)?;
    let (dtype, meta) = (x.dtype(), moved.meta().clone());
    let row = *meta.shape.last().unwrap_or(&1);
    let sorted = Array::whole(op, vec![moved], meta, move |chunks| {
        all!(dtype, T => {
            let mut values = chunks[0].values::<T>()?.to_vec();
            apart::rows(values.len(), &mut values, row, &|_, row| match descending {
                true => row.sort_by(|a, b| b.order(a)),
                false => row.sort_by(T::order),
            });
            Ok(T::data(values))
        })
        .ok_or(Error::Defect(op))?
    })?;
    back(op, &by_runs_too(sorted, Sorting { op, descending, places: false }), axis)
}

/// The places of the elements in their order along the axis; of equal ones the first comes first.
pub fn argsort(x: &Array, axis: i64, descending: bool) -> Result<Array, Error> {
    let op = "argsort";
    let axis = shape::axis(op, axis, x.axes())?;
    let moved = last(op, x, axis)?;
    let (dtype, meta) = (x.dtype(), Meta::new(DType::Int64, moved.shape()));
    let row = *meta.shape.last().unwrap_or(&1);
    let sorted = Array::whole(op, vec![moved], meta, move |chunks| {
        all!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            let mut places: Vec<i64> = (0..values.len()).map(|at| (at % row.max(1)) as i64).collect();
            let sort = |number: usize, places: &mut [i64]| {
                let values = &values[number * row..number * row + places.len()];
                match descending {
                    true => places.sort_by(|a, b| values[*b as usize].order(&values[*a as usize])),
                    false => places.sort_by(|a, b| values[*a as usize].order(&values[*b as usize])),
                }
            };
            apart::rows(values.len(), &mut places, row, &sort);
            Ok(Data::Int64(places))
        })
        .ok_or(Error::Defect(op))?
    })?;
    back(op, &by_runs_too(sorted, Sorting { op, descending, places: true }), axis)
}

/// Lines are sorted one by one; a long row by runs.
fn by_runs_too(sorted: Array, sorting: Sorting) -> Array {
    let last = sorted.axes() - 1;
    let run = sorted.call().inputs.first().and_then(runs::run_of);
    sorted.with_rule(match run {
        Some(run) => {
            Rule::Instead(Box::new(move |inputs, _| Ok(vec![runs::by_runs(sorting, &inputs[0], run)?])))
        }
        None => Rule::Lines(vec![last]),
    })
}

/// Where each value belongs among sorted ones.
pub fn searchsorted(
    sorted: &Array,
    values: &Array,
    right: bool,
    sorter: Option<Array>,
) -> Result<Array, Error> {
    let op = "searchsorted";
    if sorted.axes() != 1 {
        return Err(Error::refused(
            op,
            format!("searches an array of one axis, and got shape {:?}", sorted.shape()),
        ));
    }
    let dtype = sorted.dtype().promoted(values.dtype());
    let sorted = match sorter {
        Some(sorter) => super::take::take(sorted, &sorter, Some(0))?,
        None => sorted.clone(),
    };
    let meta = Meta::new(DType::Int64, values.shape());
    beside(op, astype(values, dtype)?, vec![astype(&sorted, dtype)?], meta, move |chunks| {
        all!(dtype, T => {
            let (values, sorted) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
            let place = |value: &T| sorted.partition_point(|known| match known.order(value) {
                Ordering::Less => true,
                Ordering::Equal => right,
                Ordering::Greater => false,
            });
            Ok(Data::Int64(values.iter().map(|value| place(value) as i64).collect()))
        })
        .ok_or(Error::Defect(op))?
    })
}

/// For each axis the places of the elements that are not 0.
pub fn nonzero(x: &Chunk) -> Result<Vec<Chunk>, Error> {
    super::index::places_of(x)
}
