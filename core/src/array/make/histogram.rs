//! Histograms of one axis, of two and of many.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts, known};
use super::super::fuse::{Reader, TILE};
use super::super::graph::{Array, Chunk, Meta};
use super::super::shape;
use super::bins::{Range, Ruler, UNKNOWN, even, even_narrow, outer_of};
use super::elementwise::{astype, data_of};
use super::structure::flat;
use super::tally::{Tally, blocks, ends, joined, read_whole, tallied, tiles, weighing};

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
    let dtype = weights.as_ref().map_or(DType::Int64, Array::dtype);
    let weights = weights.map(|weights| weighing(op, &weights, x.shape())).transpose()?;
    in_cells(op, vec![x], weights, vec![(edges, is_even)], dtype, dense)
}

/// How many samples are in each cell between edges, of which it is said whether they are evenly apart, or the sums of their
/// weights, or how dense they are; and the edges. The samples' coordinates have one shape and one dtype.
pub(super) fn in_cells(
    op: &'static str,
    samples: Vec<Array>,
    weights: Option<Array>,
    edges: Vec<(Array, bool)>,
    made: DType,
    dense: bool,
) -> Result<Vec<Array>, Error> {
    let first = samples.first().ok_or_else(|| Error::refused(op, "takes coordinates on one axis or more"))?;
    let (x, end, weighted) = (first.dtype(), first.axes(), weights.is_some());
    let of_edges = edges.iter().map(|(edges, is_even)| (edges.dtype(), *is_even)).collect();
    let folds = Arc::new(Cells { x, edges: of_edges, weighted, made });
    let folding = Folding { first: 0, end, kept: Vec::new(), folds };
    let shape: Vec<usize> = edges.iter().map(|(edges, _)| edges.len().saturating_sub(1)).collect();
    let edges: Vec<Array> = edges.into_iter().map(|(edges, _)| edges).collect();
    let inputs = samples.into_iter().chain(weights).chain(edges.iter().cloned()).collect();
    let mut made = Array::fold(op, inputs, Meta::new(made, shape.clone()), folding)?;
    if dense {
        let inputs = [made].into_iter().chain(edges.iter().cloned()).collect();
        made = Array::whole(op, inputs, Meta::new(DType::Float64, shape), move |chunks| {
            let (made, edges) = chunks.split_first().ok_or(Error::Defect(op))?;
            let edges = edges.iter().map(real_values).collect::<Result<Vec<_>, _>>()?;
            Ok(Data::Float64(density(real_values(made)?, &edges)))
        })?;
    }
    Ok([made].into_iter().chain(edges).collect())
}

fn ruler(edges: Vec<f64>, is_even: bool) -> Ruler {
    if is_even { Ruler::even(edges) } else { Ruler::Any(edges) }
}

/// How many samples are in each cell, or the sums of their weights. Coordinates come first, one array for each axis of the
/// grid, and then weights where there are any; the edges along each axis are behind them.
pub(super) struct Cells {
    /// The dtype of the coordinates.
    pub(super) x: DType,
    /// Of the edges along each axis their dtype, and whether they are evenly apart.
    pub(super) edges: Vec<(DType, bool)>,
    pub(super) weighted: bool,
    /// The dtype of what comes of it.
    pub(super) made: DType,
}

impl Folds for Cells {
    fn parts(&self, readers: &[Reader<'_>], _: Form) -> Result<Parts, Error> {
        let (samples, rest) = readers.split_at(self.edges.len());
        let (weights, edges) = rest.split_at(usize::from(self.weighted));
        let rulers = edges
            .iter()
            .zip(&self.edges)
            .map(|(reader, (dtype, is_even))| read_whole(reader, *dtype).map(|edges| ruler(edges, *is_even)));
        let rulers: Vec<Ruler> = rulers.collect::<Result<_, _>>()?;
        let slots = rulers.iter().map(Ruler::bins).product();
        let len = samples.first().map_or(0, |reader| shape::count(reader.shape()));
        let tally = match weights {
            [weights] => Tally::Sums(tallied(len, slots, |range, sums: &mut [f64]| {
                let mut weights = weights.tiles::<f64>();
                self.placed(samples, &rulers, range, &mut |start, bins| {
                    for (bin, weight) in bins.iter().zip(weights.values(start, bins.len())?) {
                        if let Some(sum) = bin.and_then(|bin| sums.get_mut(bin)) {
                            *sum += weight;
                        }
                    }
                    Ok(())
                })
            })?),
            _ => Tally::Counts(match (samples, &*rulers) {
                ([sample], [ruler]) => tallied(len, slots, |range, counts: &mut [i64]| {
                    tiles(sample, self.x, range, &mut |tile| ruler.place(tile, |_, bin| counts[bin] += 1))
                })?,
                _ => tallied(len, slots, |range, counts: &mut [i64]| {
                    self.placed(samples, &rulers, range, &mut |_, bins| {
                        bins.iter().flatten().for_each(|bin| counts[*bin] += 1);
                        Ok(())
                    })
                })?,
            }),
        };
        Ok(Box::new(tally))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        joined(one, other)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        known(parts).map(|tally| match *tally {
            Tally::Counts(counts) => data_of(counts, self.made),
            Tally::Sums(sums) => data_of(sums, self.made),
        })
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        Tally::noted(parts)
    }

    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error> {
        Tally::taken_up(rows)
    }

    fn boxed(&self) -> usize {
        self.edges.len() + usize::from(self.weighted)
    }
}

/// For each sample of a tile the cell that it is in by all of its coordinates; the number of the first comes with them.
type Placed<'a> = &'a mut dyn FnMut(usize, &[Option<usize>]) -> Result<(), Error>;

impl Cells {
    fn placed(
        &self,
        samples: &[Reader<'_>],
        rulers: &[Ruler],
        range: std::ops::Range<usize>,
        each: Placed<'_>,
    ) -> Result<(), Error> {
        for start in range.clone().step_by(TILE) {
            let tile = start..(start + TILE).min(range.end);
            let mut cells = vec![Some(0_usize); tile.len()];
            for (sample, ruler) in samples.iter().zip(rulers) {
                let mut own = vec![None; tile.len()];
                tiles(sample, self.x, tile.clone(), &mut |values| {
                    ruler.place(values, |at, bin| own[at] = Some(bin));
                })?;
                for (cell, own) in cells.iter_mut().zip(own) {
                    *cell = cell.zip(own).map(|(cell, own)| cell * ruler.bins() + own);
                }
            }
            each(start, &cells)?;
        }
        Ok(())
    }
}

/// Over all bins, and over what they are wide, high, …: what lies in one has a volume of 1 together.
fn density(mut values: Vec<f64>, edges: &[Vec<f64>]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    for (at, value) in values.iter_mut().enumerate() {
        let mut left = at;
        for edges in edges.iter().rev() {
            let bins = edges.len().saturating_sub(1);
            *value /= edges[left % bins + 1] - edges[left % bins];
            left /= bins;
        }
        *value /= total;
    }
    values
}
