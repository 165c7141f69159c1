//! Results of which each box of an array has a part, whose number of elements depends on values: elements that a mask
//! shows, places of those that are not 0, distinct ones.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Gather, Rule};
use super::super::grid::Region;
use super::super::kernels::{all, pick};
use super::order::{self, Ordered};
use super::sets;
use super::structure::{broadcast_to, concat, flat};

/// The elements that the mask, which has the shape of `x`, shows, in a row.
pub fn selected(op: &'static str, x: &Array, mask: &Array) -> Array {
    let inputs = vec![x.clone(), mask.clone()];
    let made = Array::open(op, inputs, vec![x.dtype()], |chunks| {
        let (data, mask): (&Data, _) = (&chunks[0].data, chunks[1].values::<bool>()?);
        let shown = each!(Data, data, values => {
            let shown = values.iter().zip(mask).filter(|(_, is_shown)| **is_shown);
            Element::data(shown.map(|(value, _)| *value).collect())
        });
        Ok(vec![Chunk::new([shown.len()], shown)])
    });
    made.with_rule(Rule::Gathered(Box::new(InRow)))
}

/// For each axis the places of the elements that are not 0.
pub fn nonzero(op: &'static str, x: &Array) -> Array {
    let dtypes = vec![DType::Int64; x.axes()];
    let made = Array::open(op, vec![x.clone()], dtypes, |chunks| order::nonzero(&chunks[0]));
    made.with_rule(Rule::Gathered(Box::new(Places)))
}

/// Those results of [`sets::unique`] that are wanted, by their numbers.
pub fn unique(op: &'static str, x: &Array, wanted: &[usize]) -> Array {
    let (wanted, of) = (wanted.to_vec(), x.shape().to_vec());
    let dtype = |number: &usize| if *number == sets::VALUES { x.dtype() } else { DType::Int64 };
    let (dtypes, own) = (wanted.iter().map(dtype).collect(), wanted.clone());
    let made = Array::open(op, vec![x.clone()], dtypes, move |chunks| {
        let all = sets::unique(&chunks[0])?;
        Ok(own.iter().map(|number| all[*number].clone()).collect())
    });
    // Which of them each element is are as many numbers as there are elements.
    match wanted.contains(&sets::INVERSE) {
        false => made.with_rule(Rule::Gathered(Box::new(Distinct { wanted, of }))),
        true => made,
    }
}

/// The distinct elements of both, which are of one dtype, in their order; NaN is one of them. With each where it is first
/// in the one, and how many elements after the begin of the one it is first in the other: -1 where it is not.
pub fn of_both(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    let side =
        |x: &Array, is_other: bool| broadcast_to(op, &Array::constant(Chunk::scalar(is_other)), &[x.len()]);
    let all = concat(op, &[flat(op, a)?, flat(op, b)?], Some(0))?;
    let sides = concat(op, &[side(a, false)?, side(b, true)?], Some(0))?;
    let dtypes = vec![a.dtype(), DType::Int64, DType::Int64];
    let made = Array::open(op, vec![all, sides], dtypes, move |chunks| {
        let sides = chunks[1].values::<bool>()?;
        all!(chunks[0].data.dtype(), T => sided(chunks[0].values::<T>()?, sides)).ok_or(Error::Defect(op))?
    });
    Ok(made.with_rule(Rule::Gathered(Box::new(Sided))))
}

fn sided<T: Ordered>(values: &[T], sides: &[bool]) -> Result<Vec<Chunk>, Error> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].order(&values[*b]));
    let (mut found, mut firsts) = (Vec::new(), [Vec::new(), Vec::new()]);
    for at in order {
        if !found.last().is_some_and(|known| is_one(known, &values[at])) {
            found.push(values[at]);
            firsts.iter_mut().for_each(|first| first.push(NOWHERE));
        }
        if let Some(first) = firsts[usize::from(sides[at])].last_mut() {
            *first = earlier(*first, at as i64);
        }
    }
    let rows = firsts.into_iter().map(|first| Chunk::new([first.len()], Data::Int64(first)));
    Ok([Chunk::new([found.len()], T::data(found))].into_iter().chain(rows).collect())
}

/// Where an element is first that is not there.
const NOWHERE: i64 = -1;

fn earlier(one: i64, other: i64) -> i64 {
    if one == NOWHERE || other == NOWHERE { one.max(other) } else { one.min(other) }
}

/// Whether two elements are one in a set: NaN is, too.
fn is_one<T: Ordered>(a: &T, b: &T) -> bool {
    #[expect(clippy::eq_op, reason = "NaN alone is not what it is")]
    let both_nan = a != a && b != b;
    a == b || both_nan
}

/// Elements as [`of_both`] has them.
struct Sided;

impl Gather for Sided {
    fn place(&self, region: &Region, made: Vec<Chunk>) -> Vec<Chunk> {
        let before = region.start.first().copied().unwrap_or(0) as i64;
        let mut made = made.into_iter();
        let values = made.next();
        values.into_iter().chain(made.map(|places| moved(places, before))).collect()
    }

    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        let ([one, ones @ ..], [other, others @ ..]) = (&*before, &*next) else {
            return Err(Error::Defect("sets"));
        };
        let (own, theirs) = (numbers(ones)?, numbers(others)?);
        let mut both: Vec<Vec<i64>> = vec![Vec::new(); own.len()];
        let each = |from_one: Option<usize>, from_other: Option<usize>| {
            for (at, both) in both.iter_mut().enumerate() {
                let place =
                    |rows: &[&[i64]], from: Option<usize>| from.map_or(NOWHERE, |from| rows[at][from]);
                both.push(earlier(place(&own, from_one), place(&theirs, from_other)));
            }
        };
        let values = all!(one.data.dtype(), T => {
            let values = merged(one.values::<T>()?, other.values::<T>()?, is_one, each);
            Ok::<_, Error>(Chunk::new([values.len()], T::data(values)))
        })
        .ok_or(Error::Defect("sets"))??;
        let rows = both.into_iter().map(|places| Chunk::new([places.len()], Data::Int64(places)));
        Ok([values].into_iter().chain(rows).collect())
    }
}

/// What boxes have comes one behind the other.
struct InRow;

impl Gather for InRow {
    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        before.into_iter().zip(next).map(|(before, next)| appended(before, &next)).collect()
    }
}

/// The same of places, which are those of a box until it is said where that is.
struct Places;

impl Gather for Places {
    fn place(&self, region: &Region, made: Vec<Chunk>) -> Vec<Chunk> {
        let moved = |(chunk, start): (Chunk, &usize)| moved(chunk, *start as i64);
        made.into_iter().zip(&region.start).map(moved).collect()
    }

    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        InRow.join(before, next)
    }
}

/// Distinct elements in their order, which come first, and what else is wanted of them.
struct Distinct {
    wanted: Vec<usize>,
    /// The shape of the array that they are of.
    of: Vec<usize>,
}

impl Gather for Distinct {
    /// Where an element is first is counted from the begin of a box, whose elements lie one behind the other.
    fn place(&self, region: &Region, made: Vec<Chunk>) -> Vec<Chunk> {
        let before = region.layout(&self.of).offset as i64;
        let moved = |(chunk, number): (Chunk, &usize)| match *number {
            sets::FIRST => moved(chunk, before),
            _ => chunk,
        };
        made.into_iter().zip(&self.wanted).map(moved).collect()
    }

    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        let defect = || Error::Defect("unique");
        let (Some((one, ones)), Some((other, others))) = (before.split_first(), next.split_first()) else {
            return Err(defect());
        };
        let (own, theirs) = (numbers(ones)?, numbers(others)?);
        let mut both: Vec<Vec<i64>> = vec![Vec::new(); own.len()];
        let each = |from_one: Option<usize>, from_other: Option<usize>| {
            for (at, number) in self.wanted[1..].iter().enumerate() {
                let (one, other) =
                    (from_one.map(|from| own[at][from]), from_other.map(|from| theirs[at][from]));
                both[at].push(match *number {
                    sets::FIRST => one.or(other).unwrap_or(0),
                    _ => one.unwrap_or(0) + other.unwrap_or(0),
                });
            }
        };
        let values = all!(one.data.dtype(), T => {
            let values = merged(one.values::<T>()?, other.values::<T>()?, T::eq, each);
            Ok::<_, Error>(Chunk::new([values.len()], T::data(values)))
        })
        .ok_or_else(defect)??;
        let rest = both.into_iter().map(|numbers| Chunk::new([numbers.len()], Data::Int64(numbers)));
        Ok([values].into_iter().chain(rest).collect())
    }
}

/// Places, so many further, where they are places.
fn moved(chunk: Chunk, by: i64) -> Chunk {
    let further = |place: &i64| if *place == NOWHERE { NOWHERE } else { place.saturating_add(by) };
    match &*chunk.data {
        Data::Int64(places) => {
            let places = places.iter().map(further).collect();
            Chunk::new(chunk.shape, Data::Int64(places))
        }
        _ => chunk,
    }
}

fn numbers(chunks: &[Chunk]) -> Result<Vec<&[i64]>, Error> {
    chunks.iter().map(Chunk::values).collect()
}

/// Two rows of distinct values as one, and `each` told where a value was in the one and in the other; `is_same` says which
/// two are one.
fn merged<T: Ordered>(
    one: &[T],
    other: &[T],
    is_same: fn(&T, &T) -> bool,
    mut each: impl FnMut(Option<usize>, Option<usize>),
) -> Vec<T> {
    let mut values = Vec::with_capacity(one.len().max(other.len()));
    let (mut i, mut j) = (0, 0);
    while i < one.len() || j < other.len() {
        let first = match (one.get(i), other.get(j)) {
            (Some(a), Some(b)) if is_same(a, b) => None,
            (Some(a), Some(b)) => Some(a.order(b) != Ordering::Greater),
            (a, _) => Some(a.is_some()),
        };
        let (from_one, from_other) = (first != Some(false), first != Some(true));
        values.push(if from_one { one[i] } else { other[j] });
        each(from_one.then_some(i), from_other.then_some(j));
        (i, j) = (i + usize::from(from_one), j + usize::from(from_other));
    }
    values
}

/// A row, and another behind it.
fn appended(mut row: Chunk, more: &Chunk) -> Result<Chunk, Error> {
    Arc::make_mut(&mut row.data).append(&more.data.slice()).ok_or(Error::Defect("a row"))?;
    Ok(Chunk { shape: vec![row.data.len()], ..row })
}
