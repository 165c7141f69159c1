//! Histograms of two axes and more.

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::bins::{Range, Ruler, even, even_narrow, outer};
use super::elementwise::{astype, data_of};
use super::histogram::{
    Bins, checked, countable, counts, density, edged, enough, made_of, real_values, sums,
};
use super::tally::weighing;

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
    let (axes, shape) = (samples.len(), samples.first().map(|one| one.shape().to_vec()).unwrap_or_default());
    if let Some(other) = samples.iter().find(|other| other.axes() != 1 || other.shape() != shape) {
        let said = format!(
            "takes coordinates that are as many on each axis, and got {shape:?} and {:?}",
            other.shape()
        );
        return Err(Error::refused(op, said));
    }
    let weights = weights.map(|weights| weighing(op, &weights, &shape)).transpose()?;
    let has_weights = weights.is_some();
    // Coordinates have one dtype, as if they were one array.
    let dtype = samples.iter().map(Array::dtype).reduce(DType::promoted).unwrap_or(DType::Float64);
    let samples = samples.iter().map(|one| countable(op, &astype(one, dtype)?));
    let samples: Vec<Array> = samples.collect::<Result<_, _>>()?;
    let edge_of = |axis: usize| match (&bins[axis], ranges[axis]) {
        (Bins::Edges(edges), _) => edges.meta().clone(),
        (Bins::Count(count), None) => Meta::new(edged(samples[axis].dtype()), [count.saturating_add(1)]),
        (Bins::Count(count), _) => Meta::new(DType::Float64, [count.saturating_add(1)]),
    };
    let edges: Vec<Meta> = (0..axes).map(edge_of).collect();
    let lengths: Vec<usize> = edges.iter().map(|edges| edges.len().saturating_sub(1)).collect();
    let outputs = [Meta::new(DType::Float64, lengths)].into_iter().chain(edges.iter().cloned()).collect();
    let given = bins.iter().filter_map(|bins| match bins {
        Bins::Edges(edges) => Some(edges.clone()),
        Bins::Count(_) => None,
    });
    let inputs = samples.into_iter().chain(weights).chain(given).collect();
    Array::several(op, inputs, outputs, move |chunks| {
        let (samples, rest) = chunks.split_at(axes);
        let (weights, mut given) = rest.split_at(usize::from(has_weights));
        let mut rulers = Vec::with_capacity(axes);
        for axis in 0..axes {
            rulers.push(match (&bins[axis], given) {
                (Bins::Edges(_), [edges, later @ ..]) => {
                    given = later;
                    Ruler::Any(checked(op, real_values(edges)?, false)?)
                }
                (Bins::Count(count), _) => spread(op, &samples[axis], *count, ranges[axis])?,
                _ => return Err(Error::Defect(op)),
            });
        }
        let tally = match weights {
            [weights] => sums(samples, &rulers, weights)?,
            _ => counts(samples, &rulers)?,
        };
        let made =
            if dense { Data::Float64(density(tally, &rulers)) } else { made_of(tally, DType::Float64) };
        let edges =
            rulers.iter().zip(&edges).map(|(ruler, meta)| data_of(ruler.edges().to_vec(), meta.dtype));
        Ok([made].into_iter().chain(edges).collect())
    })
}

/// Bins that are evenly apart; those of a grid may be so narrow that some hold nothing.
fn spread(op: &'static str, x: &Chunk, count: usize, range: Range) -> Result<Ruler, Error> {
    let ends = outer(op, x, range)?;
    Ok(Ruler::even(match (x.data.dtype(), range) {
        (DType::Float32, None) => even_narrow(ends, count),
        _ => even(ends, count),
    }))
}
