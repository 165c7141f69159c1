//! Histograms of one axis, of two and of many.

use std::cmp::Ordering;

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::bins::{Range, Ruler, even, even_narrow, outer};
use super::elementwise::{astype, data_of};
use super::structure::flat;
use super::tally::{blocks, tallied, weighing};

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

/// The elements on one axis, truths as integers.
pub fn countable(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = if x.dtype() == DType::Bool { astype(x, DType::UInt8)? } else { x.clone() };
    match x.dtype().is_real() {
        true => flat(op, &x),
        false => Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() }),
    }
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

/// Edges for the elements of a chunk, as they are reckoned and as they are compared with.
fn reckoned(op: &'static str, x: &Chunk, count: usize, range: Range) -> Result<Vec<f64>, Error> {
    let ends = outer(op, x, range)?;
    let edges = match (x.data.dtype(), range) {
        (DType::Float32, None) => even_narrow(ends, count),
        (DType::Float32, _) => even(ends, count).into_iter().map(|edge| f64::from(edge as f32)).collect(),
        _ => even(ends, count),
    };
    checked(op, edges, true)
}

/// The edges of the bins.
pub fn edges(op: &'static str, x: &Array, bins: Bins, range: Range) -> Result<Array, Error> {
    enough(op, &bins)?;
    let x = countable(op, x)?;
    match bins {
        Bins::Count(count) => {
            let meta = Meta::new(edged(x.dtype()), [count.saturating_add(1)]);
            let dtype = meta.dtype;
            Array::whole(op, vec![x], meta, move |chunks| {
                Ok(data_of(reckoned(op, &chunks[0], count, range)?, dtype))
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
    enough(op, &bins)?;
    let weights = weights
        .map(|weights| Ok::<_, Error>((weights.dtype(), flat(op, &weighing(op, &weights, x.shape())?)?)))
        .transpose()?;
    let x = countable(op, x)?;
    let counted = weights.as_ref().map_or(DType::Int64, |(dtype, _)| *dtype);
    let dtype = if dense { DType::Float64 } else { counted };
    let (count, edge) = match &bins {
        Bins::Count(count) => (*count, edged(x.dtype())),
        Bins::Edges(edges) => (edges.len().saturating_sub(1), edges.dtype()),
    };
    let outputs = vec![
        Meta::new(dtype, [count]),
        Meta::new(edge, [count.saturating_add(usize::from(!is_empty(&bins)))]),
    ];
    let has_weights = weights.is_some();
    let given = match &bins {
        Bins::Edges(edges) => Some(edges.clone()),
        Bins::Count(_) => None,
    };
    let inputs = [x].into_iter().chain(weights.map(|(_, weights)| weights)).chain(given).collect();
    Array::several(op, inputs, outputs, move |chunks| {
        let weights = chunks.get(1).filter(|_| has_weights);
        let given = chunks.get(1 + usize::from(has_weights));
        let ruler = match given {
            Some(edges) => Ruler::Any(checked(op, real_values(edges)?, false)?),
            None => Ruler::even(reckoned(op, &chunks[0], count, range)?),
        };
        let made = match (weights, given) {
            (None, None) | (None, Some(_)) => counts(&chunks[..1], std::slice::from_ref(&ruler))?,
            (Some(weights), _) => sums(&chunks[..1], std::slice::from_ref(&ruler), weights)?,
        };
        let made = if dense {
            data_of(density(made, std::slice::from_ref(&ruler)), dtype)
        } else {
            made_of(made, dtype)
        };
        let edges =
            given.map_or_else(|| data_of(ruler.edges().to_vec(), edge), |edges| (*edges.data).clone());
        Ok(vec![made, edges])
    })
}

fn is_empty(bins: &Bins) -> bool {
    matches!(bins, Bins::Edges(edges) if edges.is_empty())
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
