//! Bins of histograms: where their edges are, how many there are by a rule of thumb, and which one a number is in.

use std::f64::consts::PI;

use super::super::dtype::{DType, Kind};
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::method::Method;
use super::rank::Column;
use super::tally::{blocks, extremes, tallied};

/// From where to where bins are.
pub type Range = Option<(f64, f64)>;

/// What stands for the least and the greatest of no elements.
pub(super) const UNKNOWN: (f64, f64) = (0.0, 1.0);

/// Rules that say how many bins there are, by NumPy's names.
pub const RULES: &[&str] = &["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"];

/// The range, if it is one.
pub fn ranged(op: &'static str, low: f64, high: f64) -> Result<(f64, f64), Error> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        let said =
            format!("takes a range of two finite numbers, the lower one first, and got ({low}, {high})");
        return Err(Error::refused(op, said));
    }
    Ok((low, high))
}

/// Where the first bin begins and the last one ends; nowhere near each other where all elements are the same.
pub(super) fn outer(op: &'static str, chunk: &Chunk, range: Range) -> Result<(f64, f64), Error> {
    let found = if range.is_none() { extremes(chunk)?.unwrap_or(UNKNOWN) } else { UNKNOWN };
    outer_of(op, found, chunk.data.dtype(), range)
}

/// The same where the least and the greatest element of that dtype are known.
pub(super) fn outer_of(
    op: &'static str,
    found: (f64, f64),
    dtype: DType,
    range: Range,
) -> Result<(f64, f64), Error> {
    let narrow = dtype == DType::Float32;
    let (low, high) = range.unwrap_or(found);
    if !(low.is_finite() && high.is_finite()) {
        let said = format!("needs a range where elements are not finite: it would be from {low} to {high}");
        return Err(Error::refused(op, said));
    }
    match low == high {
        true if narrow && range.is_none() => Ok((f64::from(low as f32 - 0.5), f64::from(high as f32 + 0.5))),
        true => Ok((low - 0.5, high + 0.5)),
        false => Ok((low, high)),
    }
}

/// `count + 1` numbers that are evenly apart, as `linspace` has them.
pub(super) fn even((low, high): (f64, f64), count: usize) -> Vec<f64> {
    let (steps, away) = (count as f64, high - low);
    let step = away / steps;
    let at = |at: usize| match at == count {
        true => high,
        false if step == 0.0 => at as f64 / steps * away + low,
        false => at as f64 * step + low,
    };
    (0..=count).map(at).collect()
}

/// The same, reckoned in 32 bits.
pub(super) fn even_narrow((low, high): (f64, f64), count: usize) -> Vec<f64> {
    let (steps, low, high) = (count as f32, low as f32, high as f32);
    let step = (high - low) / steps;
    let at = |at: usize| match at == count {
        true => high,
        false if step == 0.0 => at as f32 / steps * (high - low) + low,
        false => at as f32 * step + low,
    };
    (0..=count).map(|number| f64::from(at(number))).collect()
}

/// Which bin a number is in: from its edge to before the next one, the last edge in the last bin.
#[derive(Clone, Debug)]
pub(super) enum Ruler {
    /// Edges that ascend and are evenly apart, but for their last digits.
    Even { low: f64, high: f64, edges: Vec<f64> },
    /// Any that ascend.
    Any(Vec<f64>),
}

impl Ruler {
    /// Of edges that are evenly apart.
    pub(super) fn even(edges: Vec<f64>) -> Self {
        match (edges.first().copied(), edges.last().copied()) {
            (Some(low), Some(high)) if (high - low).is_finite() && edges.is_sorted_by(|a, b| a < b) => {
                Self::Even { low, high, edges }
            }
            _ => Self::Any(edges),
        }
    }

    /// How many bins there are.
    pub(super) fn bins(&self) -> usize {
        self.edges().len().saturating_sub(1)
    }

    pub(super) fn edges(&self) -> &[f64] {
        match self {
            Self::Even { edges, .. } | Self::Any(edges) => edges,
        }
    }

    /// Has `each` see the number of each block's element and the bin that it is in.
    pub(super) fn place(&self, block: &[f64], mut each: impl FnMut(usize, usize)) {
        match self {
            Self::Even { low, high, edges } => {
                let (low, high, count) = (*low, *high, edges.len() - 1);
                let (away, bins) = (high - low, count as f64);
                for (at, value) in block.iter().enumerate() {
                    if *value >= low && *value <= high {
                        each(at, settled((((value - low) / away) * bins) as usize, *value, edges, count - 1));
                    }
                }
            }
            Self::Any(edges) => {
                let Some((last, bins)) = edges.last().zip(edges.len().checked_sub(2)) else { return };
                for (at, value) in block.iter().enumerate() {
                    let above = edges.partition_point(|edge| edge <= value);
                    if above > 0 && value <= last {
                        each(at, (above - 1).min(bins));
                    }
                }
            }
        }
    }
}

/// A bin that was reckoned is at most one away from the one whose edges hold the number: the edges decide.
#[inline]
fn settled(bin: usize, value: f64, edges: &[f64], last: usize) -> usize {
    let bin = bin.min(last);
    match edges.get(bin..bin + 2) {
        Some(&[low, _]) if value < low => bin.saturating_sub(1),
        Some(&[_, high]) if value >= high && bin < last => bin + 1,
        _ => bin,
    }
}

/// What is computed first where a rule says how many bins there are: their number.
pub fn advised(op: &'static str, x: &Array, rule: &str, range: Range) -> Array {
    let rule = rule.to_owned();
    Array::open(op, vec![x.clone()], vec![DType::Int64], move |chunks| {
        let count = advice(op, &chunks[0], &rule, range)?;
        Ok(vec![Chunk::scalar(count)])
    })
}

fn advice(op: &'static str, chunk: &Chunk, rule: &str, range: Range) -> Result<i64, Error> {
    let (low, high) = outer(op, chunk, range)?;
    let mut kept = Vec::with_capacity(chunk.data.len());
    let inside = |value: &&f64| range.is_none() || (**value >= low && **value <= high);
    blocks(chunk, 0..chunk.data.len(), &mut |_, block| kept.extend(block.iter().filter(inside)))?;
    if kept.is_empty() {
        return Ok(1);
    }
    let width = width(&kept, rule, (low, high))?;
    let whole = matches!(chunk.data.dtype().kind(), Kind::Int | Kind::UInt);
    let width = if whole && width > 0.0 { width.max(1.0) } else { width };
    let count = if width == 0.0 { 1.0 } else { ((high - low) / width).ceil() };
    match (1.0..1e15).contains(&count) {
        true => Ok(count as i64),
        false => {
            Err(Error::refused(op, format!("would make {count} bins by the rule {rule:?}: say how many")))
        }
    }
}

/// How wide the rule has bins: Sturges (1926), Doane (1976), Scott (1979), Freedman and Diaconis (1981), Stone (1984),
/// and as NumPy puts them together.
fn width(values: &[f64], rule: &str, range: (f64, f64)) -> Result<f64, Error> {
    let n = values.len() as f64;
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)));
    let spread = high - low;
    Ok(match rule {
        "sqrt" => spread / n.sqrt(),
        "rice" => spread / (2.0 * n.powf(1.0 / 3.0)),
        "scott" => (24.0 * PI.sqrt() / n).powf(1.0 / 3.0) * deviation(values).1,
        "doane" => doane(values, spread),
        "fd" => freedman(values),
        "stone" => stone(values, spread, range)?,
        "auto" => freedman(values).max(spread / n.sqrt() / 2.0).min(spread / (n.log2() + 1.0)),
        _ => spread / (n.log2() + 1.0),
    })
}

/// The mean and the standard deviation.
fn deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt())
}

fn doane(values: &[f64], spread: f64) -> f64 {
    let (n, (mean, sigma)) = (values.len() as f64, deviation(values));
    if n <= 2.0 || sigma <= 0.0 {
        return 0.0;
    }
    let skew = values.iter().map(|value| ((value - mean) / sigma).powi(3)).sum::<f64>() / n;
    let by_chance = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    spread / (1.0 + n.log2() + (1.0 + skew.abs() / by_chance).log2())
}

fn freedman(values: &[f64]) -> f64 {
    let column = Column { values, start: 0, step: 1, rows: values.len() };
    let (_, low, high) = column.bounds();
    let at = |q: f64| {
        let spot = Method::Linear.spot(values.len(), q);
        let found =
            |rank: usize| column.ranked(low, high, 0, &[rank]).first().map_or(0.0, |key| key_value(*key));
        spot.between_two(found(spot.low), found(spot.high))
    };
    2.0 * (at(0.75) - at(0.25)) * (values.len() as f64).powf(-1.0 / 3.0)
}

fn key_value(key: u64) -> f64 {
    super::rank::Key::of_key(key)
}

fn stone(values: &[f64], spread: f64, range: (f64, f64)) -> Result<f64, Error> {
    let n = values.len() as f64;
    if n <= 1.0 || spread == 0.0 {
        return Ok(0.0);
    }
    let most = (n.sqrt() as usize).max(100);
    let (mut best, mut least) = (1, f64::INFINITY);
    for count in 1..=most {
        let ruler = Ruler::even(even(range, count));
        let counts = tallied::<u64>(values.len(), count, |part, counts| {
            ruler.place(&values[part], |_, bin| counts[bin] += 1);
            Ok(())
        })?;
        let squares: f64 = counts.iter().map(|count| (*count as f64 / n).powi(2)).sum();
        let loss = (2.0 - (n + 1.0) * squares) / (spread / count as f64);
        if loss < least {
            (best, least) = (count, loss);
        }
    }
    Ok(spread / best as f64)
}
