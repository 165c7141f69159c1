//! Bins of histograms: where their edges are, and which one a number is in.

use super::super::dtype::DType;
use super::super::error::Error;

/// From where to where bins are.
pub type Range = Option<(f64, f64)>;

/// What stands for the least and the greatest of no elements.
pub(super) const UNKNOWN: (f64, f64) = (0.0, 1.0);

/// The range, if it is one.
pub fn ranged(op: &'static str, low: f64, high: f64) -> Result<(f64, f64), Error> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        let said =
            format!("takes a range of two finite numbers, the lower one first, and got ({low}, {high})");
        return Err(Error::refused(op, said));
    }
    Ok((low, high))
}

/// Where the first bin begins and the last one ends, where the least and the greatest element of that dtype are known; not at
/// one place where all elements are the same.
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
