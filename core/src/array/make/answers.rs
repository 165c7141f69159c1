//! What is between elements of columns, found by selection.

use super::super::apart;
use super::super::element::Element;
use super::super::fold::Form;
use super::method::{Method, Spot};
use super::rank::{Column, Key, settle};
use super::sketch::Sketch;

/// Elements of a column from which on it is searched by all threads, and not copied.
const LONG: usize = 1 << 18;
/// Elements that one task copies.
const TASK: usize = 1 << 16;

/// What is asked of each column.
pub(super) struct Asked<'a> {
    pub(super) quotas: &'a [f64],
    pub(super) method: Method,
    /// Whether NaN are left out.
    pub(super) skip: bool,
}

/// How an answer is made of the elements that it is between.
pub(super) struct Finish<T, R> {
    pub(super) gap: R,
    pub(super) between: fn(T, T, f64) -> R,
    /// Of a number, where only that is known.
    pub(super) near: fn(f64) -> R,
}

impl Asked<'_> {
    fn spots(&self, count: usize) -> Vec<Spot> {
        self.quotas.iter().map(|q| self.method.spot(count, *q)).collect()
    }

    /// How many elements count, where any answer is to be had.
    fn known(&self, rows: usize, gaps: usize) -> Option<usize> {
        let known = if self.skip { rows - gaps } else { rows };
        (known > 0 && (self.skip || gaps == 0)).then_some(known)
    }

    fn of_keys<T: Key, R: Element>(&self, keys: &mut [u64], finish: &Finish<T, R>, out: &mut [R]) {
        let gaps = keys.iter().filter(|key| T::of_key(**key).is_gap()).count();
        let Some(known) = self.known(keys.len(), gaps) else { return };
        let spots = self.spots(known);
        settle(keys, 0, &ranks(&spots));
        for (slot, spot) in out.iter_mut().zip(spots) {
            *slot = (finish.between)(T::of_key(keys[spot.low]), T::of_key(keys[spot.high]), spot.share);
        }
    }

    fn of_long<T: Key, R: Element>(&self, column: Column<'_, T>, finish: &Finish<T, R>, out: &mut [R]) {
        if self.method == Method::Approximate {
            return self.near(column, finish, out);
        }
        let (gaps, low, high) = column.bounds();
        let Some(known) = self.known(column.rows, gaps) else { return };
        let spots = self.spots(known);
        let ranks = ranks(&spots);
        let keys = column.ranked(low, high, 0, &ranks);
        let at = |rank: usize| T::of_key(keys[ranks.partition_point(|known| *known < rank)]);
        for (slot, spot) in out.iter_mut().zip(spots) {
            *slot = (finish.between)(at(spot.low), at(spot.high), spot.share);
        }
    }

    fn near<T: Key, R: Element>(&self, column: Column<'_, T>, finish: &Finish<T, R>, out: &mut [R]) {
        let sketch = Sketch::of(column);
        let Some(known) = self.known(column.rows, sketch.gaps() as usize) else { return };
        let spots = self.spots(known);
        let ranks = ranks(&spots);
        let found = sketch.ranked(&ranks);
        for (slot, spot) in out.iter_mut().zip(spots) {
            *slot = (finish.near)(found[ranks.partition_point(|known| *known < spot.low)]);
        }
    }
}

/// The ranks that spots are between, each once, as they ascend.
fn ranks(spots: &[Spot]) -> Vec<usize> {
    let mut ranks: Vec<usize> = spots.iter().flat_map(|spot| [spot.low, spot.high]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}

/// For each cell of the result its answers, one after the other.
pub(super) fn answers<T: Key, R: Element>(
    values: &[T],
    form: Form,
    asked: &Asked<'_>,
    finish: &Finish<T, R>,
) -> Vec<R> {
    let (cells, count) = (form.outer * form.inner, asked.quotas.len());
    let mut out = vec![finish.gap; cells * count];
    if form.rows == 0 || out.is_empty() {
        return out;
    }
    if form.rows >= LONG {
        for (cell, out) in out.chunks_mut(count).enumerate() {
            let start = cell / form.inner * form.rows * form.inner + cell % form.inner;
            asked.of_long(Column { values, start, step: form.inner, rows: form.rows }, finish, out);
        }
        return out;
    }
    let task = (TASK / form.rows).clamp(1, TASK);
    let work = |number: usize, out: &mut [R]| {
        let (mut first, mut left) = (number * task, out);
        while !left.is_empty() {
            // Neighbours in one row are copied together.
            let wide = (form.inner - first % form.inner).min(left.len() / count);
            let (now, later) = left.split_at_mut(wide * count);
            let mut keys = copied(values, form, first, wide);
            for (keys, out) in keys.chunks_mut(form.rows).zip(now.chunks_mut(count)) {
                asked.of_keys(keys, finish, out);
            }
            (first, left) = (first + wide, later);
        }
    };
    apart::chunks(&mut out, task * count, &work);
    out
}

/// The keys of `wide` columns that lie side by side, each column by itself.
fn copied<T: Key>(values: &[T], form: Form, first: usize, wide: usize) -> Vec<u64> {
    let start = first / form.inner * form.rows * form.inner + first % form.inner;
    if form.inner == 1 {
        return values[start..start + form.rows].iter().map(|value| value.key()).collect();
    }
    let mut keys = vec![0; wide * form.rows];
    for row in 0..form.rows {
        let from = start + row * form.inner;
        for (at, value) in values[from..from + wide].iter().enumerate() {
            keys[at * form.rows + row] = value.key();
        }
    }
    keys
}

/// Answers that stand by cell, by quota.
pub(super) fn turned<R: Element>(answers: Vec<R>, count: usize) -> Vec<R> {
    match count {
        0 | 1 => answers,
        _ => (0..count).flat_map(|q| answers.iter().skip(q).step_by(count).copied()).collect(),
    }
}

pub(super) fn between<T: Key>(a: T, b: T, share: f64) -> f64 {
    let away = a.away(b);
    match share >= 0.5 {
        true => b.wide() - away * (1.0 - share),
        false => a.wide() + away * share,
    }
}

pub(super) fn between_narrow(a: f32, b: f32, share: f64) -> f32 {
    match share >= 0.5 {
        true => b - (b - a) * (1.0 - share) as f32,
        false => a + (b - a) * share as f32,
    }
}
