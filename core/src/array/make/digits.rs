//! Quantiles of all elements, box by box: which element is at a place of the order is found digit by digit, as a radix
//! sort finds it, with a count over all elements for each digit.

use std::ops::Range;
use std::sync::Arc;

use super::super::dtype::{DType, Kind};
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts, known, seen};
use super::super::fuse::{Reader, TILE};
use super::super::graph::{Array, Meta};
use super::super::kernels::{pick, reals};
use super::super::shape;
use super::method::{Method, Spot};
use super::quantile::checked;
use super::rank::Key;
use super::tally::tallied;

/// Bits of a digit, where few elements are asked for.
const DIGIT_BITS: u32 = 16;
/// Elements asked for up to which digits have all of those bits.
const FEW: usize = 4;
/// Quantiles that are found so, at the most.
const MANY: usize = 256;
/// Numbers of a state before those of its quantiles: how many elements are NaN, and how many there are.
const HEAD: usize = 2;
/// Numbers of a state for each quantile: of both elements that it is between the digits that are known, and how many
/// elements are less than all that begin so.
const EACH: usize = 4;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) op: &'static str,
    pub(super) method: Method,
    /// Whether NaN are left out.
    pub(super) skip: bool,
    /// What stands for the greatest element.
    pub(super) full: f64,
}

/// Two keys, and how far from the first.
pub(super) type Pair = (u64, u64, f64);

/// Whether so many quantiles are found so.
pub(super) fn are_found(quotas: usize) -> bool {
    (1..=MANY).contains(&quotas)
}

/// The array of that dtype and shape that `last` makes of the keys that the quantiles `q` of all elements of `x` are
/// between: nothing where there is no answer.
pub(super) fn between(
    wanted: Wanted,
    x: &Array,
    q: &Array,
    output: Meta,
    last: impl Fn(&[Option<Pair>]) -> Result<Data, Error> + Send + Sync + 'static,
) -> Result<Array, Error> {
    let Wanted { op, method, skip, full } = wanted;
    let wide = x.dtype().bytes() as u32 * u8::BITS;
    let asked = (q.len() * 2).div_ceil(FEW).next_power_of_two();
    let bits = DIGIT_BITS - asked.ilog2();
    let (mut state, mut left) = (None, wide);
    while left > 0 {
        let below = left.saturating_sub(bits);
        let folds = Digits { wanted, dtype: x.dtype(), quotas: q.len(), bits: left - below, below };
        let folding = Folding { first: 0, end: x.axes(), kept: Vec::new(), folds: Arc::new(folds) };
        let meta = Meta::new(DType::UInt64, [HEAD + EACH * q.len()]);
        let inputs = [x.clone(), q.clone()].into_iter().chain(state);
        state = Some(Array::fold(op, inputs.collect(), meta, folding)?);
        left = below;
    }
    let least = least(x.dtype());
    let state = state.ok_or(Error::Defect(op))?;
    Array::whole(op, vec![state, q.clone()], output, move |chunks| {
        let (state, quotas) = (chunks[0].values::<u64>()?, checked(op, chunks[1].values()?, full)?);
        let Some(count) = counted(state, skip) else { return last(&vec![None; quotas.len()]) };
        let pair = |(numbers, q): (&[u64], &f64)| {
            let share = method.spot(count, *q).share;
            Some((numbers[0].wrapping_add(least), numbers[2].wrapping_add(least), share))
        };
        last(&state[HEAD..].chunks_exact(EACH).zip(quotas).map(pair).collect::<Vec<_>>())
    })
}

/// How many elements count, where any answer is to be had.
fn counted(state: &[u64], skip: bool) -> Option<usize> {
    let (gaps, all) = (*state.first()?, *state.get(1)?);
    let known = if skip { all - gaps } else { all };
    (known > 0 && (skip || gaps == 0)).then_some(known as usize)
}

/// The key of the least element that a dtype holds: those of its elements are no further from it than it has bits.
fn least(dtype: DType) -> u64 {
    match dtype.kind() {
        Kind::Int => (1 << 63) - (1 << (dtype.bytes() as u32 * u8::BITS - 1)),
        _ => 0,
    }
}

/// One digit of the elements that quantiles are between.
struct Digits {
    wanted: Wanted,
    dtype: DType,
    quotas: usize,
    /// How many bits the digit has.
    bits: u32,
    /// How many are below it.
    below: u32,
}

/// How many elements have each digit, behind each row of digits that is known.
struct Counted {
    quotas: Vec<f64>,
    /// What is known before.
    state: Vec<u64>,
    /// The digits that are known, each row of them once.
    rows: Vec<u64>,
    /// For each of them, and each digit: how many.
    counts: Vec<u64>,
    gaps: u64,
    all: u64,
}

impl Digits {
    fn count<T: Key>(
        &self,
        x: &Reader<'_>,
        rows: &[u64],
        range: Range<usize>,
        counts: &mut [u64],
    ) -> Result<(), Error> {
        let (least, above, mask) = (least(self.dtype), self.bits + self.below, (1_u64 << self.bits) - 1);
        let Some((gaps, counts)) = counts.split_first_mut() else { return Ok(()) };
        let mut reading = x.tiles::<T>();
        for start in range.clone().step_by(TILE) {
            for value in reading.values(start, TILE.min(range.end - start))? {
                if value.is_gap() {
                    *gaps += 1;
                    continue;
                }
                let key = value.key().wrapping_sub(least);
                let row = key.checked_shr(above).unwrap_or(0);
                if let Some(at) = find(rows, row) {
                    counts[at << self.bits | (key >> self.below & mask) as usize] += 1;
                }
            }
        }
        Ok(())
    }

    /// The row of digits with one more, and how many elements are less than all that begin so.
    fn further(&self, counted: &Counted, row: u64, before: u64, rank: u64) -> [u64; 2] {
        let at = counted.rows.partition_point(|known| *known < row) << self.bits;
        let (mut before, mut found) = (before, 0);
        for (digit, count) in counted.counts[at..at + (1 << self.bits)].iter().enumerate() {
            found = digit as u64;
            if before + count > rank {
                break;
            }
            before += count;
        }
        [row << self.bits | found, before]
    }
}

/// Where the row is among those, which ascend.
#[inline]
fn find(rows: &[u64], row: u64) -> Option<usize> {
    match rows.len() {
        0..=4 => rows.iter().position(|known| *known == row),
        _ => rows.binary_search(&row).ok(),
    }
}

impl Folds for Digits {
    fn parts(&self, readers: &[Reader<'_>], _: Form) -> Result<Parts, Error> {
        let [x, q, before @ ..] = readers else { return Err(Error::Defect(self.wanted.op)) };
        let quotas = q.tiles::<f64>().values(0, self.quotas)?.to_vec();
        let state = match before.first() {
            Some(state) => state.tiles::<u64>().values(0, HEAD + EACH * self.quotas)?.to_vec(),
            None => vec![0; HEAD + EACH * self.quotas],
        };
        let mut rows: Vec<u64> =
            state[HEAD..].chunks_exact(EACH).flat_map(|numbers| [numbers[0], numbers[2]]).collect();
        rows.sort_unstable();
        rows.dedup();
        let (all, slots) = (shape::count(x.shape()), 1 + (rows.len() << self.bits));
        let counts = reals!(self.dtype, T => {
            tallied::<u64>(all, slots, |range, counts| self.count::<T>(x, &rows, range, counts))
        });
        let mut counts = counts.ok_or(Error::Defect(self.wanted.op))??;
        let gaps = counts.remove(0);
        Ok(Box::new(Counted { quotas, state, rows, counts, gaps, all: all as u64 }))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        let (mut one, other) = (known::<Counted>(one)?, known::<Counted>(other)?);
        one.counts.iter_mut().zip(&other.counts).for_each(|(one, other)| *one += other);
        (one.gaps, one.all) = (one.gaps + other.gaps, one.all + other.all);
        Ok(one)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        let Wanted { op, method, skip, full } = self.wanted;
        let found = known::<Counted>(parts)?;
        let quotas = checked(op, &found.quotas, full)?;
        let mut state = vec![found.gaps, found.all];
        match counted(&state, skip) {
            None => state.resize(HEAD + EACH * quotas.len(), 0),
            Some(count) => {
                for (q, numbers) in quotas.iter().zip(found.state[HEAD..].chunks_exact(EACH)) {
                    let Spot { low, high, .. } = method.spot(count, *q);
                    state.extend(self.further(&found, numbers[0], numbers[1], low as u64));
                    state.extend(self.further(&found, numbers[2], numbers[3], high as u64));
                }
            }
        }
        Ok(Data::UInt64(state))
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        let Counted { quotas, state, rows, counts, gaps, all } = seen(parts)?;
        let numbers = [state, rows, counts].map(|numbers| Data::UInt64(numbers.clone()));
        let ends = [Data::UInt64(vec![*gaps, *all]), Data::Float64(quotas.clone())];
        Ok(numbers.into_iter().chain(ends).collect())
    }

    fn taken_up(&self, noted: &[Data]) -> Result<Parts, Error> {
        let defect = || Error::Defect(self.wanted.op);
        let [
            Data::UInt64(state),
            Data::UInt64(rows),
            Data::UInt64(counts),
            Data::UInt64(ends),
            Data::Float64(quotas),
        ] = noted
        else {
            return Err(defect());
        };
        let [gaps, all] = **ends else { return Err(defect()) };
        let (quotas, state, rows, counts) = (quotas.clone(), state.clone(), rows.clone(), counts.clone());
        Ok(Box::new(Counted { quotas, state, rows, counts, gaps, all }))
    }

    fn part_bytes(&self, _: usize) -> u64 {
        // Behind the first digit there may be as many rows as elements that are asked for.
        (self.quotas as u64 * 2) << (self.bits + 3)
    }
}
