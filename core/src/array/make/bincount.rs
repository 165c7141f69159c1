//! How often each integer comes, and in which bin each number is.

use std::ops::Range;
use std::sync::Arc;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts, known};
use super::super::fuse::{Reader, TILE};
use super::super::graph::{Array, Chunk, Gather, Meta, Rule};
use super::super::kernels::{ints, pick, reals};
use super::super::shape;
use super::super::strided;
use super::beside::beside;
use super::elementwise::astype;
use super::order::Ordered;
use super::tally::{Tally, joined, tallied, weighing};

fn row(op: &'static str, x: &Array) -> Result<Array, Error> {
    if x.axes() != 1 || x.dtype().is_floating() {
        let said = format!("counts integers on one axis, and got {} of shape {:?}", x.dtype(), x.shape());
        return Err(Error::refused(op, said));
    }
    if x.dtype() == DType::Bool { astype(x, DType::UInt8) } else { Ok(x.clone()) }
}

/// What is computed first: the greatest element, or -1; an element below 0 is refused.
pub fn greatest(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = row(op, x)?;
    let dtype = x.dtype();
    let made = Array::open(op, vec![x], vec![DType::Int64], move |chunks| {
        let found = ints!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            let bounds = |range: Range<usize>| {
                values[range].iter().fold((T::MAX, T::MIN), |(low, high), value| (low.min(*value), high.max(*value)))
            };
            let pieces = apart::made_of_ranges(values.len(), &bounds).into_iter();
            let (low, high) = pieces.fold((T::MAX, T::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)));
            (!values.is_empty()).then_some((i128::from(low), i128::from(high)))
        });
        let (low, high) = found.ok_or(Error::Defect(op))?.unwrap_or((0, -1));
        match (low, i64::try_from(high)) {
            (0.., Ok(high)) => Ok(vec![Chunk::scalar(high)]),
            (0.., _) => Err(Error::refused(op, format!("counts up to 9223372036854775807, and got {high}"))),
            _ => Err(Error::refused(op, format!("counts integers of 0 or more, and got {low}"))),
        }
    });
    Ok(made.with_rule(Rule::Gathered(Box::new(Greatest))))
}

/// The greatest of what is the greatest of boxes.
struct Greatest;

impl Gather for Greatest {
    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        let value = |made: &[Chunk]| made.first().and_then(|one| one.values::<i64>().ok()?.first().copied());
        match (value(&before), value(&next)) {
            (Some(one), Some(other)) => Ok(vec![Chunk::scalar(one.max(other))]),
            _ => Err(Error::Defect("bincount")),
        }
    }
}

/// How often each integer up to `most` comes, or the sum of their weights; `least` counts at least.
pub fn bincount(x: &Array, weights: Option<Array>, least: usize, most: i64) -> Result<Array, Error> {
    let op = "bincount";
    let x = row(op, x)?;
    let slots = usize::try_from(most.saturating_add(1)).unwrap_or_default().max(least);
    let weights = weights.map(|weights| weighing(op, &weights, x.shape())).transpose()?;
    let dtype = x.dtype();
    let inputs: Vec<Array> = [x].into_iter().chain(weights).collect();
    let counted = if inputs.len() > 1 { DType::Float64 } else { DType::Int64 };
    let folds = Arc::new(Numbers { dtype, slots, inputs: inputs.len() });
    let folding = Folding { first: 0, end: 1, kept: Vec::new(), folds };
    Array::fold(op, inputs, Meta::new(counted, [slots]), folding)
}

/// How often each integer comes, or the sums of the weights that come second.
struct Numbers {
    dtype: DType,
    slots: usize,
    inputs: usize,
}

impl Folds for Numbers {
    fn parts(&self, readers: &[Reader<'_>], _: Form) -> Result<Parts, Error> {
        let defect = Error::Defect("bincount");
        let x = readers.first().ok_or(Error::Defect("bincount"))?;
        let len = shape::count(x.shape());
        let counted = ints!(self.dtype, T => {
            #[allow(clippy::unnecessary_fallible_conversions, reason = "it is of some of the dtypes")]
            let place = |value: T| usize::try_from(value).unwrap_or(usize::MAX);
            match readers.get(1) {
                Some(weights) => tallied::<f64>(len, self.slots, |range, sums| {
                    let (mut values, mut weights) = (x.tiles::<T>(), weights.tiles::<f64>());
                    for start in range.clone().step_by(TILE) {
                        let count = TILE.min(range.end - start);
                        for (value, weight) in values.values(start, count)?.iter().zip(weights.values(start, count)?) {
                            if let Some(sum) = sums.get_mut(place(*value)) {
                                *sum += weight;
                            }
                        }
                    }
                    Ok(())
                })
                .map(Tally::Sums),
                None => tallied::<i64>(len, self.slots, |range, counts| {
                    let mut values = x.tiles::<T>();
                    for start in range.clone().step_by(TILE) {
                        for value in values.values(start, TILE.min(range.end - start))? {
                            if let Some(count) = counts.get_mut(place(*value)) {
                                *count += 1;
                            }
                        }
                    }
                    Ok(())
                })
                .map(Tally::Counts),
            }
        });
        Ok(Box::new(counted.ok_or(defect)??))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        joined(one, other)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        Ok(match *known::<Tally>(parts)? {
            Tally::Counts(counts) => Data::Int64(counts),
            Tally::Sums(sums) => Data::Float64(sums),
        })
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        Tally::noted(parts)
    }

    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error> {
        Tally::taken_up(rows)
    }

    fn boxed(&self) -> usize {
        self.inputs
    }
}

/// The number of the bin that each element is in.
pub fn digitize(x: &Array, bins: &Array, right: bool) -> Result<Array, Error> {
    let op = "digitize";
    let dtype = x.dtype().promoted(bins.dtype());
    let dtype = if dtype == DType::Bool { DType::Int8 } else { dtype };
    if bins.axes() != 1 || dtype.is_complex() {
        let said = format!(
            "takes real numbers, bins on one axis, and got {dtype} and bins of shape {:?}",
            bins.shape()
        );
        return Err(Error::refused(op, said));
    }
    let meta = Meta::new(DType::Int64, x.shape());
    beside(op, astype(x, dtype)?, vec![astype(bins, dtype)?], meta, move |chunks| {
        reals!(dtype, T => {
            let (values, bins) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
            let (up, down) = (bins.is_sorted_by(|a, b| a.order(b).is_le()), bins.is_sorted_by(|a, b| a.order(b).is_ge()));
            if !up && !down {
                return Err(Error::refused(op, "takes bins that ascend or descend"));
            }
            let mut out = vec![0_i64; values.len()];
            strided::blocks(&mut out, |start, piece| {
                for (slot, value) in piece.iter_mut().zip(&values[start..]) {
                    *slot = bins.partition_point(|edge| {
                        let order = if up { edge.order(value) } else { value.order(edge) };
                        order.is_lt() || (order.is_eq() && up != right)
                    }) as i64;
                }
            });
            Ok(Data::Int64(out))
        })
        .ok_or(Error::Defect(op))?
    })
}
