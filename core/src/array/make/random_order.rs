//! Elements in a random order, and some of them.

use std::collections::HashMap;

use super::super::dtype::DType;
use super::super::element::{Data, each};
use super::super::error::Error;
use super::super::graph::{Array, Meta};
use super::super::random::{self, below};
use super::super::shape;
use super::create::counted;
use super::elementwise::{Operand, Scalar};
use super::random::{Drawing, drawn, elements, integers};
use super::random_rows::{Beside, chances, of_rows};
use super::structure::{back, flat, last, reshape};
use super::take::take;

/// How far what adds up to 1 may be away from it.
const NEAR_ONE: f64 = 1.5e-8;

/// The numbers from 0 to before `count` in a random order, or the first `taken` of them (R. A. Fisher and F. Yates,
/// as R. Durstenfeld has it, 1964): each draws one of those that are left.
fn order(drawing: Drawing, count: usize, taken: usize, size: Vec<usize>) -> Result<Array, Error> {
    let (op, stream) = (drawing.op, drawing.stream);
    Array::whole(op, Vec::new(), Meta::new(DType::Int64, size), move |_| {
        let steps =
            elements(&stream, taken, |at, draws| Ok((at as u64 + below((count - at) as u64, draws)) as i64))?;
        let Data::Int64(steps) = steps else { return Err(Error::Defect(op)) };
        // A few of many: only what has moved is written down.
        let few = taken < count / 8;
        Ok(Data::Int64(if few { moved(&steps) } else { swapped(counted(count), steps) }))
    })
}

fn swapped(mut values: Vec<i64>, steps: Vec<i64>) -> Vec<i64> {
    for (at, to) in steps.iter().enumerate() {
        values.swap(at, *to as usize);
    }
    values.truncate(steps.len());
    values
}

fn moved(steps: &[i64]) -> Vec<i64> {
    let mut elsewhere: HashMap<i64, i64> = HashMap::new();
    let each = steps.iter().enumerate().map(|(at, to)| {
        let at = at as i64;
        let own = elsewhere.remove(&at).unwrap_or(at);
        if *to == at { own } else { elsewhere.insert(*to, own).unwrap_or(*to) }
    });
    each.collect()
}

/// How many there are to choose from, and what they are; numbers from 0 on where nothing else is given.
fn population(op: &'static str, a: Operand, axis: i64) -> Result<(Option<(Array, usize)>, usize), Error> {
    let count = match &a {
        Operand::Scalar(Scalar::Int(count)) => usize::try_from(*count).ok(),
        Operand::Array(array) if array.axes() > 0 => {
            let axis = shape::axis(op, axis, array.axes())?;
            return Ok((Some((array.clone(), axis)), array.shape()[axis]));
        }
        _ => None,
    };
    match count {
        Some(count) => Ok((None, count)),
        None => Err(Error::refused(op, "takes a whole number of 0 or more, or an array with axes")),
    }
}

fn picked(from: Option<(Array, usize)>, places: Array) -> Result<Array, Error> {
    match from {
        Some((array, axis)) => take(&array, &places, Some(axis as i64)),
        None => Ok(places),
    }
}

/// The elements of `x` along the axis in a random order, or the numbers before `x`.
pub fn permutation(drawing: Drawing, x: Operand, axis: i64) -> Result<Array, Error> {
    let (from, count) = population(drawing.op, x, axis)?;
    picked(from, order(drawing, count, count, vec![count])?)
}

/// Each row along the axis in a random order of its own; without an axis, all elements.
pub fn permuted(drawing: Drawing, x: &Array, axis: Option<i64>) -> Result<Array, Error> {
    let op = drawing.op;
    let Some(axis) = axis else {
        let lengths: Vec<i64> = x.shape().iter().map(|length| *length as i64).collect();
        let mixed = permutation(drawing, Operand::Array(flat(op, x)?), 0)?;
        return reshape(op, &mixed, &lengths);
    };
    let axis = shape::axis(op, axis, x.axes())?;
    let moved = last(op, x, axis)?;
    let meta = moved.meta().clone();
    let mixed = of_rows(op, vec![(Beside::Row, moved)], meta, move |rows, chunks| {
        let (data, width): (&Data, _) = (&chunks[0].data, rows.width());
        each!(Data, data, values => rows.drawn(&drawing, |row, draws, out| {
            out.copy_from_slice(&values[row * width..(row + 1) * width]);
            for at in 0..width {
                out.swap(at, at + below((width - at) as u64, draws) as usize);
            }
            Ok(())
        }))
    })?;
    back(op, &mixed, axis)
}

/// What is chosen, and how.
pub struct Choice {
    /// The elements, or how many numbers from 0 on.
    pub a: Operand,
    /// Whether one may come twice.
    pub replace: bool,
    /// How often each comes; all alike where nothing is said.
    pub p: Option<Operand>,
    /// Along which axis of `a`.
    pub axis: i64,
}

/// Elements of `a`, as many as `size` has.
pub fn choice(drawing: Drawing, choice: Choice) -> Result<Array, Error> {
    let op = drawing.op;
    let (from, count) = population(op, choice.a, choice.axis)?;
    let size = drawing.size.clone().unwrap_or_default();
    let wanted = shape::elements(&size).unwrap_or(usize::MAX);
    if count == 0 && wanted > 0 {
        return Err(drawing.refused("cannot choose of no elements"));
    }
    if !choice.replace && wanted > count {
        return Err(drawing.refused(format!("cannot take {wanted} of {count} elements without `replace`")));
    }
    let p = choice.p.map(|p| chances(op, p, count)).transpose()?;
    let places = match (choice.replace, p) {
        (_, _) if count == 0 => order(drawing, 0, 0, size)?,
        (true, None) => {
            let high = Operand::Scalar(Scalar::Int(count as i128));
            let drawing = Drawing { size: Some(size), ..drawing };
            integers(drawing, Operand::Scalar(Scalar::Int(0)), high, DType::Int64, false)?
        }
        (true, Some(p)) => weighed(drawing, &p, size)?,
        (false, None) => order(drawing, count, wanted, size)?,
        (false, Some(p)) => in_a_race(drawing, p, wanted, size)?,
    };
    picked(from, places)
}

fn checked(op: &'static str, p: &[f64]) -> Result<f64, Error> {
    for one in p {
        random::probability("p", *one).map_err(|said| Error::refused(op, said))?;
    }
    let sum: f64 = p.iter().sum();
    match (sum - 1.0).abs() <= NEAR_ONE {
        true => Ok(sum),
        false => {
            Err(Error::refused(op, format!("takes chances `p` that add up to 1, and these add up to {sum}")))
        }
    }
}

/// Each drawn as often as its chance says: where a number from 0 to 1 falls among the sums so far.
fn weighed(drawing: Drawing, p: &Array, size: Vec<usize>) -> Result<Array, Error> {
    let (op, stream, count) = (drawing.op, drawing.stream, shape::count(&size));
    Array::whole(op, vec![p.clone()], Meta::new(DType::Int64, size), move |chunks| {
        let p = chunks[0].values::<f64>()?;
        let sum = checked(op, p)?;
        let sums: Vec<f64> = p
            .iter()
            .scan(0.0, |so_far, one| {
                *so_far += one;
                Some(*so_far / sum)
            })
            .collect();
        let last = p.iter().rposition(|one| *one > 0.0).unwrap_or_default();
        elements(&stream, count, |_, draws| {
            let at = draws.unit();
            Ok(sums.partition_point(|sum| *sum <= at).min(last) as i64)
        })
    })
}

/// One after the other without those that were: the order in which clocks ring that each go at the pace of its chance
/// (P. S. Efraimidis and P. G. Spirakis: Weighted random sampling with a reservoir, 2006).
fn in_a_race(drawing: Drawing, p: Array, wanted: usize, size: Vec<usize>) -> Result<Array, Error> {
    let op = drawing.op;
    let times = drawn(Drawing { size: Some(vec![p.len()]), ..drawing }, [], random::standard_exponential)?;
    Array::whole(op, vec![p, times], Meta::new(DType::Int64, size), move |chunks| {
        let (p, times) = (chunks[0].values::<f64>()?, chunks[1].values::<f64>()?);
        checked(op, p)?;
        let mut rings: Vec<(f64, i64)> = p
            .iter()
            .zip(times)
            .enumerate()
            .filter(|(_, (p, _))| **p > 0.0)
            .map(|(at, (p, time))| (time / p, at as i64))
            .collect();
        if rings.len() < wanted {
            let said =
                format!("cannot take {wanted} without `replace`: {} have a chance above 0", rings.len());
            return Err(Error::refused(op, said));
        }
        rings.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        Ok(Data::Int64(rings.into_iter().take(wanted).map(|(_, at)| at).collect()))
    })
}
