//! Numbers in a row, of which those that are high enough are found without a look at each.
//!
//! Over every [`LEAF`] numbers, and over every [`FAN`] such stretches, it is kept which is the lowest and which the
//! highest. A stretch is passed by where its highest is too low, and taken as it is where its lowest is high enough.
//! Where numbers are found, looking for them takes about as long as going over them, however many others there are.

use std::ops::Range;

use polars::prelude::IdxSize;

/// Numbers that are looked at one by one.
const LEAF: usize = 64;
/// Stretches that make the next wider one.
const FAN: usize = 8;

/// Numbers in a row.
#[derive(Debug)]
pub(super) struct Heights {
    numbers: Vec<IdxSize>,
    /// Stretches of `LEAF` numbers, then of `FAN` times as many, up to one that holds all.
    levels: Vec<Vec<Stretch>>,
}

#[derive(Clone, Copy, Debug)]
struct Stretch {
    lowest: IdxSize,
    highest: IdxSize,
}

impl Stretch {
    /// That of all of them.
    fn over(stretches: impl IntoIterator<Item = Self>) -> Self {
        let none = Self { lowest: IdxSize::MAX, highest: IdxSize::MIN };
        stretches.into_iter().fold(none, |one, other| Self {
            lowest: one.lowest.min(other.lowest),
            highest: one.highest.max(other.highest),
        })
    }

    /// Whether all of its numbers are at least `least`, or none; nothing where some are.
    fn all(self, least: IdxSize) -> Option<bool> {
        match (self.lowest >= least, self.highest >= least) {
            (true, _) => Some(true),
            (_, false) => Some(false),
            _ => None,
        }
    }
}

impl Heights {
    /// Over these numbers, in this order.
    pub(super) fn new(numbers: Vec<IdxSize>) -> Self {
        let one = |number: &IdxSize| Stretch { lowest: *number, highest: *number };
        let mut below: Vec<Stretch> =
            numbers.chunks(LEAF).map(|leaf| Stretch::over(leaf.iter().map(one))).collect();
        let mut levels = Vec::new();
        while below.len() > 1 {
            let wider = below.chunks(FAN).map(|fan| Stretch::over(fan.iter().copied())).collect();
            levels.push(std::mem::replace(&mut below, wider));
        }
        levels.push(below);
        Self { numbers, levels }
    }

    /// How many of the numbers from the place `from` on are at least `least`.
    pub(super) fn count(&self, from: usize, least: IdxSize) -> usize {
        self.stretches(from, least)
            .map(|(places, all)| self.high(&places, all, least))
            .fold(0, usize::saturating_add)
    }

    /// The places of `count` of those numbers behind the first `skipped`, in their order, as many at a time as lie
    /// side by side and are known to.
    pub(super) fn places(
        &self,
        (from, least): (usize, IdxSize),
        (skipped, count): (usize, usize),
        mut found: impl FnMut(Range<usize>),
    ) {
        let (mut skipped, mut count) = (skipped, count);
        for (places, all) in self.stretches(from, least) {
            if count == 0 {
                break;
            }
            let high = self.high(&places, all, least);
            let taken = high.saturating_sub(skipped).min(count);
            if taken > 0 && all {
                let first = places.start.saturating_add(skipped);
                found(first..first.saturating_add(taken));
            } else if taken > 0 {
                let numbers = self.at(&places);
                let those = places.zip(numbers).filter(|(_, number)| **number >= least);
                those.skip(skipped).take(taken).for_each(|(place, _)| found(place..place.saturating_add(1)));
            }
            (skipped, count) = (skipped.saturating_sub(high), count.saturating_sub(taken));
        }
    }

    /// How many of the numbers at these places are at least `least`, where it is known whether all are.
    fn high(&self, places: &Range<usize>, all: bool, least: IdxSize) -> usize {
        match all {
            true => places.len(),
            false => self.at(places).iter().filter(|number| **number >= least).count(),
        }
    }

    fn at(&self, places: &Range<usize>) -> &[IdxSize] {
        self.numbers.get(places.clone()).unwrap_or_default()
    }

    /// Places that hold all such numbers, in their order, and of each stretch of them whether all are.
    fn stretches(&self, from: usize, least: IdxSize) -> impl Iterator<Item = (Range<usize>, bool)> {
        let mut from = from;
        std::iter::from_fn(move || {
            while from < self.numbers.len() {
                let (to, all) = self.stretch(from, least);
                let places = from..to;
                from = to;
                if all != Some(false) {
                    return Some((places, all == Some(true)));
                }
            }
            None
        })
    }

    /// The end of the widest stretch that begins at `from` and is all or nothing; else, of one of a few numbers.
    fn stretch(&self, from: usize, least: IdxSize) -> (usize, Option<bool>) {
        let len = self.numbers.len();
        let to = |from: usize, width: usize| from.saturating_add(width).min(len);
        let within = from.checked_rem(LEAF).unwrap_or_default();
        let mut widest = (to(from.saturating_sub(within), LEAF), None);
        if within != 0 {
            return widest;
        }
        let (mut number, mut width) = (from / LEAF, LEAF);
        for level in &self.levels {
            let all = level.get(number).and_then(|stretch| stretch.all(least));
            if all.is_none() {
                break;
            }
            widest = (to(from, width), all);
            if !number.is_multiple_of(FAN) {
                break;
            }
            (number, width) = (number / FAN, width.saturating_mul(FAN));
        }
        widest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_high_enough_are_found() {
        // A row without a pattern, a rising, a falling and a flat one, of lengths on both sides of the widths.
        let mixed = |n: IdxSize| (0..n).map(|i| i.wrapping_mul(2_654_435_761) % (n + 1)).collect::<Vec<_>>();
        for n in [0, 1, 63, 64, 65, 511, 512, 513, 5000] {
            for numbers in [mixed(n), (0..n).collect(), (0..n).rev().collect(), vec![n / 2; n as usize]] {
                let heights = Heights::new(numbers.clone());
                for from in [0, 1, 63, 64, 100, 512, n as usize, n as usize + 7] {
                    for least in [0, 1, n / 3, n / 2, n / 2 + 1, n, n + 1] {
                        let wanted: Vec<usize> =
                            (from..numbers.len()).filter(|place| numbers[*place] >= least).collect();
                        for (skipped, count) in [(0, usize::MAX), (1, 2), (70, 600)] {
                            let mut places = Vec::new();
                            heights.places((from, least), (skipped, count), |found| places.extend(found));
                            let wanted: Vec<_> = wanted.iter().copied().skip(skipped).take(count).collect();
                            assert_eq!(places, wanted, "{n} numbers from {from} on, at least {least}");
                        }
                        assert_eq!(heights.count(from, least), wanted.len());
                    }
                }
            }
        }
    }

    #[test]
    fn few_among_many_are_found_by_few_looks() {
        let n = 1 << 20;
        let mut numbers = vec![0; n];
        numbers[n / 2 + 77] = 1;
        let heights = Heights::new(numbers);
        let looks: usize =
            heights.stretches(1, 1).map(|(places, all)| if all { 1 } else { places.len() }).sum();
        assert!(looks <= 3 * LEAF, "{looks}");
    }
}
