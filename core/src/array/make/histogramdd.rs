//! Histograms of two axes and more.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::bins::{Range, UNKNOWN, even, even_narrow, outer_of};
use super::elementwise::{astype, data_of};
use super::histogram::{Bins, countable, edged, edges, enough, in_cells};
use super::tally::{ends, weighing};

/// How many samples are in each cell of a grid, and the edges along each axis; `samples` are their coordinates.
pub fn gridded(
    op: &'static str,
    samples: &[Array],
    bins: Vec<Bins>,
    ranges: Vec<Range>,
    dense: bool,
    weights: Option<Array>,
) -> Result<Vec<Array>, Error> {
    bins.iter().try_for_each(|bins| enough(op, bins))?;
    let shape = samples.first().map(|one| one.shape().to_vec()).unwrap_or_default();
    if let Some(other) = samples.iter().find(|other| other.axes() != 1 || other.shape() != shape) {
        let said = format!(
            "takes coordinates that are as many on each axis, and got {shape:?} and {:?}",
            other.shape()
        );
        return Err(Error::refused(op, said));
    }
    let weights = weights.map(|weights| weighing(op, &weights, &shape)).transpose()?;
    // Coordinates have one dtype, as if they were one array.
    let dtype = samples.iter().map(Array::dtype).reduce(DType::promoted).unwrap_or(DType::Float64);
    let samples = samples.iter().map(|one| countable(op, &astype(one, dtype)?));
    let samples: Vec<Array> = samples.collect::<Result<_, _>>()?;
    let edges = samples.iter().zip(bins).zip(ranges).map(|((sample, bins), range)| match bins {
        Bins::Edges(_) => Ok((edges(op, sample, bins, range)?, false)),
        Bins::Count(count) => Ok((spread(op, sample, count, range)?, true)),
    });
    let edges = edges.collect::<Result<_, Error>>()?;
    in_cells(op, samples, weights, edges, DType::Float64, dense)
}

/// Edges that are evenly apart; those of a grid may be so near that nothing is between some.
fn spread(op: &'static str, x: &Array, count: usize, range: Range) -> Result<Array, Error> {
    let asks = range.is_none() && !x.is_empty();
    let found = asks.then(|| ends(op, x)).transpose()?;
    let from = x.dtype();
    let dtype = if range.is_none() { edged(from) } else { DType::Float64 };
    let meta = Meta::new(dtype, [count.saturating_add(1)]);
    Array::whole(op, found.into_iter().collect(), meta, move |chunks| {
        let found = match chunks.first().map(Chunk::values::<f64>).transpose()? {
            Some([low, high]) => (*low, *high),
            _ => UNKNOWN,
        };
        let ends = outer_of(op, found, from, range)?;
        let edges = match (from, range) {
            (DType::Float32, None) => even_narrow(ends, count),
            _ => even(ends, count),
        };
        Ok(data_of(edges, dtype))
    })
}
