//! Histograms of one axis, of two and of many.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts};
use super::super::fuse::Reader;
use super::super::graph::{Array, Chunk, Meta};
use super::super::shape;
use super::bins::{Range, Ruler, UNKNOWN, even, even_narrow, outer_of};
use super::elementwise::{astype, data_of};
use super::structure::flat;
use super::tally::{blocks, ends, known, read_whole, tallied, tiles, weighing};

/// Bins as they are asked for.
#[derive(Clone, Debug)]
pub enum Bins {
    /// So many, evenly apart.
    Count(usize),
    /// Between these edges.
    Edges(Array),
}

/// The dtype of edges, where they are made: that of the elements where it is a real one.
pub(super) fn edged(x: DType) -> DType {
    if x == DType::Float32 { x } else { DType::Float64 }
}

/// Elements that bins are for: real numbers, truths as integers.
fn real(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = if x.dtype() == DType::Bool { astype(x, DType::UInt8)? } else { x.clone() };
    match x.dtype().is_real() {
        true => Ok(x),
        false => Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() }),
    }
}

/// The same on one axis.
pub fn countable(op: &'static str, x: &Array) -> Result<Array, Error> {
    flat(op, &real(op, x)?)
}

pub(super) fn enough(op: &'static str, bins: &Bins) -> Result<(), Error> {
    match bins {
        Bins::Count(0) => Err(Error::refused(op, "takes one bin or more, and got 0")),
        Bins::Edges(edges) if edges.axes() != 1 || !(edges.dtype().is_real()) => {
            let said =
                format!("takes edges that are real numbers on one axis, and got shape {:?}", edges.shape());
            Err(Error::refused(op, said))
        }
        _ => Ok(()),
    }
}

/// Edges that ascend.
pub(super) fn checked(op: &'static str, edges: Vec<f64>, strictly: bool) -> Result<Vec<f64>, Error> {
    if strictly && !edges.is_sorted_by(|a, b| a < b) {
        let said =
            format!("cannot make {} bins of finite width of so small a range", edges.len().saturating_sub(1));
        return Err(Error::refused(op, said));
    }
    // NaN is in no order, and in nobody's way.
    match edges.is_sorted_by(|a, b| a.partial_cmp(b) != Some(Ordering::Greater)) {
        true => Ok(edges),
        false => Err(Error::refused(op, "takes edges that ascend")),
    }
}

pub(super) fn real_values(chunk: &Chunk) -> Result<Vec<f64>, Error> {
    let mut values = Vec::with_capacity(chunk.data.len());
    blocks(chunk, 0..chunk.data.len(), &mut |_, block| values.extend_from_slice(block))?;
    Ok(values)
}

/// Edges for elements of that dtype of which the least and the greatest were found.
fn reckoned(
    op: &'static str,
    found: (f64, f64),
    dtype: DType,
    count: usize,
    range: Range,
) -> Result<Vec<f64>, Error> {
    let ends = outer_of(op, found, dtype, range)?;
    let edges = match (dtype, range) {
        (DType::Float32, None) => even_narrow(ends, count),
        (DType::Float32, _) => even(ends, count).into_iter().map(|edge| f64::from(edge as f32)).collect(),
        _ => even(ends, count),
    };
    checked(op, edges, true)
}

/// The edges of the bins.
pub fn edges(op: &'static str, x: &Array, bins: Bins, range: Range) -> Result<Array, Error> {
    enough(op, &bins)?;
    let x = real(op, x)?;
    match bins {
        Bins::Count(count) => {
            let (from, dtype) = (x.dtype(), edged(x.dtype()));
            let asks = range.is_none() && !x.is_empty();
            let found = asks.then(|| ends(op, &x)).transpose()?;
            let meta = Meta::new(dtype, [count.saturating_add(1)]);
            Array::whole(op, found.into_iter().collect(), meta, move |chunks| {
                let found = match chunks.first().map(Chunk::values::<f64>).transpose()? {
                    Some([low, high]) => (*low, *high),
                    _ => UNKNOWN,
                };
                Ok(data_of(reckoned(op, found, from, count, range)?, dtype))
            })
        }
        Bins::Edges(edges) => {
            let meta = edges.meta().clone();
            Array::whole(op, vec![edges], meta, move |chunks| {
                checked(op, real_values(&chunks[0])?, false)?;
                Ok((*chunks[0].data).clone())
            })
        }
    }
}

/// How many elements are in each bin, or the sum of their weights, or how dense they are; and the edges.
pub fn histogram(
    x: &Array,
    bins: Bins,
    range: Range,
    dense: bool,
    weights: Option<Array>,
) -> Result<Vec<Array>, Error> {
    let op = "histogram";
    let (x, is_even) = (real(op, x)?, matches!(bins, Bins::Count(_)));
    let edges = edges(op, &x, bins, range)?;
    let made = match weights {
        Some(weights) => weighed(op, &x, &weights, &edges, is_even)?,
        None => {
            let folds = Arc::new(Counts { x: x.dtype(), edges: edges.dtype(), is_even });
            let folding = Folding { first: 0, end: x.axes(), kept: Vec::new(), folds };
            let meta = Meta::new(DType::Int64, [edges.len().saturating_sub(1)]);
            Array::fold(op, vec![x, edges.clone()], meta, folding)?
        }
    };
    if !dense {
        return Ok(vec![made, edges]);
    }
    let meta = Meta::new(DType::Float64, made.shape());
    let dense = Array::whole(op, vec![made, edges.clone()], meta, move |chunks| {
        let rulers = [ruler(real_values(&chunks[1])?, is_even)];
        Ok(Data::Float64(density(Tally::Sums(real_values(&chunks[0])?), &rulers)))
    })?;
    Ok(vec![dense, edges])
}

/// The sums of the weights in each bin.
fn weighed(
    op: &'static str,
    x: &Array,
    weights: &Array,
    edges: &Array,
    is_even: bool,
) -> Result<Array, Error> {
    let dtype = weights.dtype();
    let weights = flat(op, &weighing(op, weights, x.shape())?)?;
    let meta = Meta::new(dtype, [edges.len().saturating_sub(1)]);
    Array::whole(op, vec![flat(op, x)?, weights, edges.clone()], meta, move |chunks| {
        let rulers = [ruler(real_values(&chunks[2])?, is_even)];
        Ok(made_of(sums(&chunks[..1], &rulers, &chunks[1])?, dtype))
    })
}

fn ruler(edges: Vec<f64>, is_even: bool) -> Ruler {
    if is_even { Ruler::even(edges) } else { Ruler::Any(edges) }
}

/// How many elements are in each bin; the edges come as the second input.
struct Counts {
    x: DType,
    edges: DType,
    is_even: bool,
}

impl Folds for Counts {
    fn parts(&self, readers: &[Reader<'_>], _: Form) -> Result<Parts, Error> {
        let [x, edges] = readers else { return Err(Error::Defect("histogram")) };
        let ruler = ruler(read_whole(edges, self.edges)?, self.is_even);
        let counted = tallied::<i64>(shape::count(x.shape()), ruler.bins(), |range, counts| {
            tiles(x, self.x, range, &mut |tile| ruler.place(tile, |_, bin| counts[bin] += 1))
        });
        Ok(Box::new(counted?))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        let mut one = known::<Vec<i64>>(one)?;
        one.iter_mut().zip(*known::<Vec<i64>>(other)?).for_each(|(one, other)| *one += other);
        Ok(one)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        known(parts).map(|counts| Data::Int64(*counts))
    }
}

/// Counts or sums.
pub(super) enum Tally {
    Counts(Vec<i64>),
    Sums(Vec<f64>),
}

pub(super) fn made_of(tally: Tally, dtype: DType) -> Data {
    match tally {
        Tally::Counts(counts) => data_of(counts, dtype),
        Tally::Sums(sums) => data_of(sums, dtype),
    }
}

/// Over all bins, and over what they are wide, high, …: what lies in one has a volume of 1 together.
pub(super) fn density(tally: Tally, rulers: &[Ruler]) -> Vec<f64> {
    let mut values: Vec<f64> = match tally {
        Tally::Counts(counts) => counts.into_iter().map(|count| count as f64).collect(),
        Tally::Sums(sums) => sums,
    };
    let total: f64 = values.iter().sum();
    for (at, value) in values.iter_mut().enumerate() {
        let mut left = at;
        for ruler in rulers.iter().rev() {
            let (bin, bins) = (left % ruler.bins(), ruler.bins());
            *value /= ruler.edges()[bin + 1] - ruler.edges()[bin];
            left /= bins;
        }
        *value /= total;
    }
    values
}

fn slots(rulers: &[Ruler]) -> usize {
    rulers.iter().map(Ruler::bins).product()
}

pub(super) fn counts(samples: &[Chunk], rulers: &[Ruler]) -> Result<Tally, Error> {
    let len = samples.first().map_or(0, |chunk| chunk.data.len());
    let counted = tallied::<i64>(len, slots(rulers), |range, counts| match (samples, rulers) {
        ([sample], [ruler]) => {
            blocks(sample, range, &mut |_, block| ruler.place(block, |_, bin| counts[bin] += 1))
        }
        _ => {
            let places = placed(samples, rulers, range)?;
            places.into_iter().flatten().for_each(|bin| counts[bin] += 1);
            Ok(())
        }
    });
    counted.map(Tally::Counts)
}

pub(super) fn sums(samples: &[Chunk], rulers: &[Ruler], weights: &Chunk) -> Result<Tally, Error> {
    let len = samples.first().map_or(0, |chunk| chunk.data.len());
    let weights = weights.values::<f64>()?;
    let summed = tallied::<f64>(len, slots(rulers), |range, sums| {
        let weights = &weights[range.clone()];
        for (bin, weight) in placed(samples, rulers, range)?.into_iter().zip(weights) {
            if let Some(bin) = bin {
                sums[bin] += weight;
            }
        }
        Ok(())
    });
    summed.map(Tally::Sums)
}

/// For each sample of a range the bin that it is in by all of its coordinates.
fn placed(
    samples: &[Chunk],
    rulers: &[Ruler],
    range: std::ops::Range<usize>,
) -> Result<Vec<Option<usize>>, Error> {
    let mut places = vec![Some(0_usize); range.len()];
    for (sample, ruler) in samples.iter().zip(rulers) {
        let mut own = vec![None; range.len()];
        blocks(sample, range.clone(), &mut |first, block| {
            ruler.place(block, |at, bin| own[first - range.start + at] = Some(bin));
        })?;
        for (place, own) in places.iter_mut().zip(own) {
            *place = place.zip(own).map(|(place, own)| place * ruler.bins() + own);
        }
    }
    Ok(places)
}
