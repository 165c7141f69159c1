//! Elements that are picked by their values, and sets of them: what comes of it is known when the values are.

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::fuse::gathered;
use super::super::graph::Chunk;
use super::super::kernels::{all, pick};
use super::super::shape;
use super::super::strided::Layout;
use super::elementwise::cast_chunk;
use super::index::places_of;
use super::order::Ordered;

fn row(values: Vec<i64>) -> Chunk {
    Chunk::new([values.len()], Data::Int64(values))
}

/// The numbers of the elements that are not 0, counted through all axes.
pub fn flatnonzero(x: &Chunk) -> Result<Chunk, Error> {
    let flat = Chunk { shape: vec![x.data.len()], data: std::sync::Arc::clone(&x.data) };
    places_of(&flat)?.pop().ok_or(Error::Defect("flatnonzero"))
}

/// A row for each element that is not 0: its place on every axis.
pub fn argwhere(x: &Chunk) -> Result<Chunk, Error> {
    let axes = places_of(x)?;
    let count = match axes.first() {
        Some(first) => first.data.len(),
        None => flatnonzero(x)?.data.len(),
    };
    let columns = axes.iter().map(Chunk::values::<i64>).collect::<Result<Vec<_>, _>>()?;
    let rows = (0..count).flat_map(|at| columns.iter().map(move |column| column[at]));
    Ok(Chunk::new([count, columns.len()], Data::Int64(rows.collect())))
}

/// The elements along an axis, or all in a row, where the condition holds.
pub fn compress(op: &'static str, condition: &Chunk, x: &Chunk, axis: Option<usize>) -> Result<Chunk, Error> {
    let condition = cast_chunk(condition, DType::Bool);
    let places: Vec<usize> =
        condition.values::<bool>()?.iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
    let (mut shape, axis) = match axis {
        Some(axis) => (x.shape.clone(), axis),
        None => (vec![x.data.len()], 0),
    };
    let length = shape[axis];
    if let Some(at) = places.iter().find(|at| **at >= length) {
        return Err(Error::refused(
            op,
            format!("got a condition that holds at {at}, and there are {length} elements"),
        ));
    }
    let (outer, inner): (usize, usize) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
    shape[axis] = places.len();
    let data: &Data = &x.data;
    let data = each!(Data, data, values => {
        let mut out = Vec::with_capacity(outer * places.len() * inner);
        for block in 0..outer {
            for at in &places {
                let start = (block * length + at) * inner;
                out.extend_from_slice(&values[start..start + inner]);
            }
        }
        Element::data(out)
    });
    Ok(Chunk::new(shape, data))
}

/// The array without zeros at the ends of the axes.
pub fn trimmed(x: &Chunk, axes: &[usize], front: bool, behind: bool) -> Result<Chunk, Error> {
    let places = places_of(x)?;
    let (mut shape, mut offset) = (x.shape.clone(), 0_isize);
    let strides = shape::strides(&x.shape);
    for axis in axes {
        let at = places[*axis].values::<i64>()?;
        let (low, high) = match (at.iter().min(), at.iter().max()) {
            (Some(low), Some(high)) => (*low as usize, *high as usize + 1),
            _ => {
                shape[*axis] = 0;
                continue;
            }
        };
        let (low, high) = (if front { low } else { 0 }, if behind { high } else { x.shape[*axis] });
        shape[*axis] = high - low;
        offset += low as isize * strides[*axis];
    }
    let layout = Layout { offset, strides };
    let data = gathered(x.data.slice(), layout, &shape);
    Ok(Chunk::new(shape, data))
}

/// What is made of two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What is in one of them at least.
    Either,
    /// What is in both.
    Both,
    /// What is in the first alone.
    First,
    /// What is in just one.
    One,
}

/// The elements of both as one set, in order; each NaN by itself.
pub fn sets(op: &'static str, a: &Chunk, b: &Chunk, of: Of) -> Result<Chunk, Error> {
    all!(a.data.dtype(), T => {
        let (a, b) = (distinct(a.values::<T>()?), distinct(b.values::<T>()?));
        let is = |among: &[T], value: &T| among.binary_search_by(|known| known.order(value)).is_ok_and(|at| among[at] == *value);
        let mut found: Vec<T> = match of {
            Of::Both => a.iter().filter(|value| is(&b, value)).copied().collect(),
            Of::First => a.iter().filter(|value| !is(&b, value)).copied().collect(),
            Of::Either => a.iter().chain(b.iter().filter(|value| !is(&a, value))).copied().collect(),
            Of::One => {
                let own = a.iter().filter(|value| !is(&b, value));
                own.chain(b.iter().filter(|value| !is(&a, value))).copied().collect()
            }
        };
        found.sort_by(T::order);
        // NumPy takes NaN for one value where sets are made.
        #[expect(clippy::eq_op, reason = "NaN alone is not what it is")]
        let nan = found.iter().position(|value| value.order(value).is_eq() && *value != *value);
        if let Some(first) = nan {
            found.truncate(first + 1);
        }
        Ok(Chunk::new([found.len()], T::data(found)))
    })
    .ok_or(Error::Defect(op))?
}

fn distinct<T: Ordered>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort_by(T::order);
    values.dedup_by(|one, other| one == other);
    values
}

/// What is in both, and where it is first in each.
pub fn intersection(op: &'static str, a: &Chunk, b: &Chunk) -> Result<Vec<Chunk>, Error> {
    let both = sets(op, a, b, Of::Both)?;
    let places = |x: &Chunk| {
        all!(x.data.dtype(), T => {
            let values = x.values::<T>()?;
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|one, other| values[*one].order(&values[*other]));
            let first = |value: &T| order.partition_point(|at| values[*at].order(value).is_lt());
            Ok(row(both.values::<T>()?.iter().map(|value| order[first(value)] as i64).collect()))
        })
        .ok_or(Error::Defect(op))?
    };
    let (own, theirs) = (places(a)?, places(b)?);
    Ok(vec![both, own, theirs])
}
