//! Quantiles to within a share of their value, in one pass and a memory that does not grow with the elements.
//!
//! Elements are counted by their sign, their exponent and the first bits of their mantissa: buckets whose width is a
//! fixed share of what they hold. So do HdrHistogram (Gil Tene) and DDSketch (Masson, Rim, Lee: "DDSketch: a fast and
//! fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019) with buckets that are evenly apart
//! within each power of two. Counts of parts of the data add up, in any order, to those of the whole.

use super::rank::{Column, Key};

/// Bits of the mantissa that tell buckets apart: the middle of one is within 2 to the power of -10 of all it holds.
const BITS: u32 = 9;
const PER_POWER: usize = 1 << BITS;
/// Powers of two, and zero and what is near it, of both signs.
const POWERS: usize = 1 << 12;

/// How often each bucket came; those of a power of two are there once one of them came.
#[derive(Clone, Debug)]
pub struct Sketch {
    powers: Vec<Option<Box<[u64; PER_POWER]>>>,
    gaps: u64,
    low: f64,
    high: f64,
}

impl Sketch {
    fn new() -> Self {
        Self { powers: vec![None; POWERS], gaps: 0, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }

    /// Of all elements of a column, on all threads.
    pub fn of<T: Key>(column: Column<'_, T>) -> Self {
        let add = |sketch: &mut Self, piece: &[T]| piece.iter().for_each(|value| sketch.add(value.wide()));
        column.folded(&Self::new, &add).into_iter().fold(Self::new(), Self::merged)
    }

    fn add(&mut self, value: f64) {
        if value.is_nan() {
            self.gaps += 1;
            return;
        }
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
        // Both zeros are one.
        let key = (value + 0.0).key() >> (52 - BITS);
        let power =
            self.powers[(key >> BITS) as usize % POWERS].get_or_insert_with(|| Box::new([0; PER_POWER]));
        power[key as usize % PER_POWER] += 1;
    }

    /// That of both.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        for (own, other) in self.powers.iter_mut().zip(other.powers) {
            match (own.as_mut(), other) {
                (Some(own), Some(other)) => own.iter_mut().zip(*other).for_each(|(own, other)| *own += other),
                (None, other @ Some(_)) => *own = other,
                _ => {}
            }
        }
        let (low, high) = (self.low.min(other.low), self.high.max(other.high));
        Self { gaps: self.gaps + other.gaps, low, high, ..self }
    }

    /// How many NaN came.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The elements at the ranks, which ascend, each to within its bucket.
    pub fn ranked(&self, ranks: &[usize]) -> Vec<f64> {
        let (mut before, mut left, mut found) = (0, ranks, Vec::with_capacity(ranks.len()));
        let powers = self.powers.iter().enumerate();
        let counts = powers.filter_map(|(power, counts)| counts.as_ref().map(|counts| (power, counts)));
        for (bucket, count) in counts.flat_map(|(power, counts)| {
            counts.iter().enumerate().map(move |(at, count)| (power * PER_POWER + at, *count as usize))
        }) {
            let (here, later) = left.split_at(left.partition_point(|rank| *rank < before + count));
            found.resize(found.len() + here.len(), self.middle(bucket as u64));
            (before, left) = (before + count, later);
        }
        found
    }

    fn middle(&self, bucket: u64) -> f64 {
        let first = bucket << (52 - BITS);
        let (one, other) = (f64::of_key(first), f64::of_key(first | ((1 << (52 - BITS)) - 1)));
        let middle = match one.is_infinite() || other.is_infinite() || other.is_nan() || one.is_nan() {
            true if bucket as usize > POWERS / 2 * PER_POWER => self.high,
            true => self.low,
            // Zero, and what is so near it that it has not all of its bits.
            false if one == 0.0 || other == 0.0 => 0.0,
            false => one + (other - one) / 2.0,
        };
        middle.max(self.low).min(self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_is_within_its_bound() {
        let drawn = |at: u64| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64;
        let values: Vec<f64> = (0..400_000)
            .map(|at| (drawn(at) / 1e15 - 4.0).powi(3) + if at == 7 { f64::INFINITY } else { 0.0 })
            .collect();
        let sketch = Sketch::of(Column { values: &values, start: 0, step: 1, rows: values.len() });
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let ranks = [0, 1000, 100_000, 200_000, 399_998, 399_999];
        for (rank, got) in ranks.iter().zip(sketch.ranked(&ranks)) {
            let wanted = sorted[*rank];
            assert!(
                got == wanted || (got - wanted).abs() <= wanted.abs() / 1024.0,
                "{rank}: {got} for {wanted}"
            );
        }
    }
}
