//! Which element is at a place of the order, without sorting: elements as whole numbers that have their order.
//!
//! Short columns are copied as such numbers and partitioned around the places that are asked for. Of a long one nothing
//! is copied: it is counted into buckets on all threads, and only the buckets that hold those places are looked into
//! (a selection by most significant digits, as in a radix sort).

use std::borrow::Cow;
use std::ops::Range;

use super::super::apart;
use super::super::element::Element;

/// Real numbers, as whole numbers of 64 bits that have their order.
pub trait Key: Element {
    /// The whole number; of NaN the greatest there is.
    fn key(self) -> u64;
    /// The element that has it.
    fn of_key(key: u64) -> Self;
    /// Whether it is NaN.
    fn is_gap(self) -> bool;
    /// It, as a real number.
    fn wide(self) -> f64;
    /// How far it is to another that is no less.
    fn away(self, to: Self) -> f64;
}

/// What has the sign bit is turned around, so that it comes first and backwards.
const SIGN: u64 = 1 << 63;

macro_rules! whole_keys {
    ($sign:expr; $($type:ty),*) => {
        $(impl Key for $type {
            fn key(self) -> u64 { (self as u64) ^ $sign }
            fn of_key(key: u64) -> Self { (key ^ $sign) as $type }
            fn is_gap(self) -> bool { false }
            fn wide(self) -> f64 { self as f64 }
            fn away(self, to: Self) -> f64 { (i128::from(to) - i128::from(self)) as f64 }
        })*
    };
}

whole_keys!(SIGN; i8, i16, i32, i64);
whole_keys!(0; u8, u16, u32, u64);

macro_rules! real_keys {
    ($($type:ty, $bits:ty;)*) => {
        $(impl Key for $type {
            fn key(self) -> u64 {
                let (bits, sign) = (self.to_bits(), 1 << (<$bits>::BITS - 1));
                match self.is_nan() {
                    true => u64::MAX,
                    false => u64::from(if bits & sign == 0 { bits | sign } else { !bits }),
                }
            }
            fn of_key(key: u64) -> Self {
                let (bits, sign) = (key as $bits, 1 << (<$bits>::BITS - 1));
                <$type>::from_bits(if bits & sign == 0 { !bits } else { bits ^ sign })
            }
            fn is_gap(self) -> bool { self.is_nan() }
            fn wide(self) -> f64 { f64::from(self) }
            fn away(self, to: Self) -> f64 { f64::from(to - self) }
        })*
    };
}

real_keys! {
    f32, u32;
    f64, u64;
}

/// Partitions the keys around each of the ranks, which ascend and count from `first`: what is at a rank is then what
/// a sort would have put there.
pub fn settle(keys: &mut [u64], first: usize, ranks: &[usize]) {
    let middle = ranks.len() / 2;
    let Some(at) = ranks.get(middle).map(|rank| rank - first).filter(|at| *at < keys.len()) else { return };
    let (left, _, right) = keys.select_nth_unstable(at);
    settle(left, first, &ranks[..middle]);
    settle(right, first + at + 1, &ranks[middle + 1..]);
}

/// Elements of a column that one task reads.
const PIECE: usize = 1 << 16;
/// Buckets that a range of keys is counted into: the counts of one thread stay in its second cache.
const BUCKET_BITS: u32 = 14;

/// A column of an array: `rows` elements, `step` apart.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a, T> {
    /// The array's elements.
    pub values: &'a [T],
    /// Where the first is.
    pub start: usize,
    /// How far apart they are.
    pub step: usize,
    /// How many there are.
    pub rows: usize,
}

impl<'a, T: Key> Column<'a, T> {
    fn piece(&self, rows: Range<usize>) -> Cow<'a, [T]> {
        let from = self.start + rows.start * self.step;
        match self.step {
            1 => Cow::Borrowed(&self.values[from..from + rows.len()]),
            step => Cow::Owned(self.values[from..].iter().step_by(step).take(rows.len()).copied().collect()),
        }
    }

    /// What becomes of `begin` when `add` has seen the elements, piece by piece: for some parts of the column, which
    /// are worked on side by side, in their order.
    pub fn folded<R: Send>(
        self,
        begin: &(dyn Fn() -> R + Sync),
        add: &(dyn Fn(&mut R, &[T]) + Sync),
    ) -> Vec<R> {
        apart::made_of_ranges(self.rows.div_ceil(PIECE), &|pieces| {
            let mut all = begin();
            for at in pieces {
                add(&mut all, &self.piece(at * PIECE..((at + 1) * PIECE).min(self.rows)));
            }
            all
        })
    }

    /// How many are NaN, and the least and the greatest key of the others.
    pub fn bounds(self) -> (usize, u64, u64) {
        let add = |found: &mut (usize, u64, u64), piece: &[T]| {
            *found = piece.iter().fold(*found, |(gaps, low, high), value| match value.is_gap() {
                true => (gaps + 1, low, high),
                false => (gaps, value.key().min(low), value.key().max(high)),
            });
        };
        let parts = self.folded(&|| (0, u64::MAX, 0), &add).into_iter();
        parts.fold((0, u64::MAX, 0), |a, b| (a.0 + b.0, a.1.min(b.1), a.2.max(b.2)))
    }

    /// The keys at the ranks, which ascend: of a column whose keys from `low` to `high` begin at rank `before`.
    pub fn ranked(self, low: u64, high: u64, before: usize, ranks: &[usize]) -> Vec<u64> {
        if low >= high {
            return vec![low; ranks.len()];
        }
        let span =
            Span { low, high, shift: (u64::BITS - (high - low).leading_zeros()).saturating_sub(BUCKET_BITS) };
        let counts = self.counted(span);
        let groups = grouped(&counts, before, ranks);
        let mut found = Vec::with_capacity(ranks.len());
        // What is looked into at once is no more than an eighth of the column, or a few pieces.
        let most = (self.rows / 8).max(4 * PIECE);
        let mut left = groups.as_slice();
        while let Some(first) = left.first() {
            if first.count > most {
                let (low, high) = span.bucket(first.bucket);
                found.extend(self.ranked(low, high, first.before, first.ranks));
                left = &left[1..];
                continue;
            }
            let mut total = 0;
            let fits = |group: &&Group<'_>| {
                total += group.count;
                total <= most
            };
            let (now, later) = left.split_at(left.iter().take_while(fits).count());
            found.extend(self.looked_into(span, now));
            left = later;
        }
        found
    }

    fn counted(self, span: Span) -> Vec<usize> {
        let empty = || vec![0_usize; span.buckets()];
        let count = |counts: &mut Vec<usize>, piece: &[T]| {
            for value in piece {
                if let Some(count) = span.place(value.key()).and_then(|bucket| counts.get_mut(bucket)) {
                    *count += 1;
                }
            }
        };
        self.folded(&empty, &count).into_iter().fold(empty(), |mut all, part| {
            all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
            all
        })
    }

    /// The keys at the ranks of those groups, whose buckets are gathered and partitioned.
    fn looked_into(self, span: Span, groups: &[Group<'_>]) -> Vec<u64> {
        let mut which = vec![usize::MAX; span.buckets()];
        for (at, group) in groups.iter().enumerate() {
            which[group.bucket] = at;
        }
        let empty = || vec![Vec::new(); groups.len()];
        let gather = |kept: &mut Vec<Vec<u64>>, piece: &[T]| {
            for value in piece {
                let key = value.key();
                let group = span.place(key).and_then(|bucket| which.get(bucket));
                if let Some(kept) = group.and_then(|group| kept.get_mut(*group)) {
                    kept.push(key);
                }
            }
        };
        let mut kept = self.folded(&empty, &gather).into_iter().fold(empty(), |mut all, part| {
            all.iter_mut().zip(part).for_each(|(all, mut part)| all.append(&mut part));
            all
        });
        apart::chunks(&mut kept, 1, &|at, keys| {
            keys.iter_mut().for_each(|keys| settle(keys, groups[at].before, groups[at].ranks));
        });
        let settled = kept.iter().zip(groups);
        settled.flat_map(|(keys, group)| group.ranks.iter().map(|rank| keys[rank - group.before])).collect()
    }
}

/// A range of keys, in buckets of equal width.
#[derive(Clone, Copy, Debug)]
struct Span {
    low: u64,
    high: u64,
    shift: u32,
}

impl Span {
    fn buckets(self) -> usize {
        ((self.high - self.low) >> self.shift) as usize + 1
    }

    fn place(self, key: u64) -> Option<usize> {
        (key >= self.low && key <= self.high).then(|| ((key - self.low) >> self.shift) as usize)
    }

    fn bucket(self, bucket: usize) -> (u64, u64) {
        let low = self.low + ((bucket as u64) << self.shift);
        (low, low.saturating_add((1 << self.shift) - 1).min(self.high))
    }
}

/// Ranks that are in one bucket.
struct Group<'a> {
    bucket: usize,
    count: usize,
    before: usize,
    ranks: &'a [usize],
}

fn grouped<'a>(counts: &[usize], before: usize, ranks: &'a [usize]) -> Vec<Group<'a>> {
    let (mut before, mut left, mut groups) = (before, ranks, Vec::new());
    for (bucket, count) in counts.iter().enumerate() {
        let (here, later) = left.split_at(left.partition_point(|rank| *rank < before + count));
        if !here.is_empty() {
            groups.push(Group { bucket, count: *count, before, ranks: here });
        }
        (before, left) = (before + count, later);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Key + PartialOrd>(values: &[T], step: usize) {
        let rows = values.len() / step;
        let column = Column { values, start: step - 1, step, rows };
        let mut sorted: Vec<u64> =
            values.iter().skip(step - 1).step_by(step).take(rows).map(|value| value.key()).collect();
        sorted.sort_unstable();
        apart::everywhere(|| {
            let (gaps, low, high) = column.bounds();
            let known = rows - gaps;
            let ranks: Vec<usize> = [0, 1, known / 3, known / 2, known - 2, known - 1].to_vec();
            let wanted: Vec<u64> = ranks.iter().map(|rank| sorted[*rank]).collect();
            assert_eq!(column.ranked(low, high, 0, &ranks), wanted);
            settle(&mut sorted.clone(), 0, &ranks);
        });
    }

    #[test]
    fn what_is_at_a_rank_is_what_a_sort_puts_there() {
        let drawn = |at: u64| at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let many = 300_000_u64;
        check(&(0..many).map(|at| drawn(at) as f64).collect::<Vec<_>>(), 1);
        check(&(0..many).map(|at| drawn(at) as i32).collect::<Vec<_>>(), 3);
        check(&(0..many).map(|at| (drawn(at) % 7) as u8).collect::<Vec<_>>(), 1);
        // Nearly all in one bucket, which is looked into again; and NaN.
        let crowded = |at: u64| match at % 1000 {
            0 => f64::NAN,
            1 => -1e300,
            2 => 1e300,
            _ => 1.0 + drawn(at) as f64 * 1e-17,
        };
        check(&(0..many).map(crowded).collect::<Vec<_>>(), 1);
        check(&(0..many).map(|at| u64::MAX - at % 3).collect::<Vec<_>>(), 1);
    }

    #[test]
    fn keys_have_the_order_of_what_they_stand_for() {
        let numbers = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 1e-320, 2.0, f64::INFINITY, f64::NAN];
        assert!(numbers.map(Key::key).is_sorted());
        assert_eq!(f64::of_key((-1.5_f64).key()), -1.5);
        assert_eq!(f32::of_key(2.5_f32.key()), 2.5);
        assert_eq!(i8::of_key((-7_i8).key()), -7);
        assert!([i64::MIN, -1, 0, i64::MAX].map(Key::key).is_sorted());
    }
}
