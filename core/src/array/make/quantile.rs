//! Medians and quantiles: which elements they are between, and those elements by selection.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::fold::Form;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::kernels::{map, pick, reals};
use super::super::shape;
use super::digits::{self, Pair};
use super::elementwise::{Both, Operand, Scalar, astype, binary};
use super::method::{Method, Spot};
use super::rank::{Column, Key, settle};
use super::reduce::{Along, Ready, ready};
use super::sketch::Sketch;
use super::weighted;

/// Elements of a column from which on it is searched by all threads, and not copied.
const LONG: usize = 1 << 18;
/// Elements that one task copies.
const TASK: usize = 1 << 16;

/// What is asked of each column.
struct Asked<'a> {
    quotas: &'a [f64],
    method: Method,
    /// Whether NaN are left out.
    skip: bool,
}

/// How an answer is made of the elements that it is between.
struct Finish<T, R> {
    gap: R,
    between: fn(T, T, f64) -> R,
    /// Of a number, where only that is known.
    near: fn(f64) -> R,
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
fn answers<T: Key, R: Element>(values: &[T], form: Form, asked: &Asked<'_>, finish: &Finish<T, R>) -> Vec<R> {
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

fn between<T: Key>(a: T, b: T, share: f64) -> f64 {
    let away = a.away(b);
    match share >= 0.5 {
        true => b.wide() - away * (1.0 - share),
        false => a.wide() + away * share,
    }
}

fn between_narrow(a: f32, b: f32, share: f64) -> f32 {
    match share >= 0.5 {
        true => b - (b - a) * (1.0 - share) as f32,
        false => a + (b - a) * share as f32,
    }
}

/// The median: NaN of no elements, and where one is NaN that is not left out.
pub fn median(op: &'static str, x: &Array, along: &Along, skip: bool) -> Result<Array, Error> {
    let x = if x.dtype() == DType::Bool { astype(x, DType::Int8)? } else { x.clone() };
    let dtype = if x.dtype() == DType::Float32 { DType::Float32 } else { DType::Float64 };
    let Ready { x, form, shape, .. } = ready(op, real(op, &x)?, along)?;
    let (from, output) = (x.dtype(), Meta::new(dtype, shape));
    let boxed = output.clone();
    let made = Array::whole(op, vec![x], output, move |chunks| {
        let asked = Asked { quotas: &[0.5], method: Method::Median, skip };
        if from == DType::Float32 {
            let between = |a: f32, b: f32, _| if a == b { a } else { (a + b) / 2.0 };
            let finish = Finish { gap: f32::NAN, between, near: |value| value as f32 };
            return Ok(Data::Float32(answers(chunks[0].values::<f32>()?, form, &asked, &finish)));
        }
        reals!(from, T => {
            let between = |a: T, b: T, _| if a == b { a.wide() } else { (a.wide() + b.wide()) / 2.0 };
            let finish = Finish { gap: f64::NAN, between, near: |value| value };
            Ok(Data::Float64(answers(chunks[0].values::<T>()?, form, &asked, &finish)))
        })
        .ok_or(Error::Defect(op))?
    })?;
    if form.outer * form.inner != 1 {
        return Ok(made);
    }
    let way = move |inputs: &[Array], _: u64| {
        let wanted = digits::Wanted { op, method: Method::Median, skip, full: 1.0 };
        let half = Array::constant(Chunk::scalar(0.5));
        let last = move |pairs: &[Option<Pair>]| middles(op, from, pairs);
        Ok(vec![digits::between(wanted, &inputs[0], &half, boxed.clone(), last)?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// Medians that are between those keys of elements of that dtype.
fn middles(op: &'static str, from: DType, pairs: &[Option<Pair>]) -> Result<Data, Error> {
    if from == DType::Float32 {
        let middle = |a: f32, b: f32| if a == b { a } else { (a + b) / 2.0 };
        return Ok(Data::Float32(of_pairs(pairs, f32::NAN, |a, b, _| middle(a, b))));
    }
    reals!(from, T => {
        let middle = |a: T, b: T| if a == b { a.wide() } else { (a.wide() + b.wide()) / 2.0 };
        Data::Float64(of_pairs(pairs, f64::NAN, |a, b, _| middle(a, b)))
    })
    .ok_or(Error::Defect(op))
}

/// Answers that are between those keys.
fn of_pairs<T: Key, R: Copy>(pairs: &[Option<Pair>], gap: R, between: impl Fn(T, T, f64) -> R) -> Vec<R> {
    let one = |pair: &Option<Pair>| {
        pair.map_or(gap, |(low, high, share)| between(T::of_key(low), T::of_key(high), share))
    };
    pairs.iter().map(one).collect()
}

fn real<'a>(op: &'static str, x: &'a Array) -> Result<&'a Array, Error> {
    match x.dtype().is_real() {
        true => Ok(x),
        false => Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() }),
    }
}

/// What of an array is asked, beside along which axes.
pub struct Wanted {
    /// Which quantiles: from 0 to `full`.
    pub q: Operand,
    /// What stands for the greatest element: 1, of percentiles 100.
    pub full: f64,
    /// How what is between two elements is made.
    pub method: Method,
    /// How much each element counts.
    pub weights: Option<Array>,
    /// Whether NaN are left out.
    pub skip: bool,
}

/// Quantiles: those of one `q` have the shape of a reduction, of several there is an axis more, which comes first.
pub fn quantile(op: &'static str, x: &Array, along: &Along, wanted: Wanted) -> Result<Array, Error> {
    let Wanted { q, full, method, weights, skip } = wanted;
    let takes = method.takes() || (method == Method::Linear && full == 1.0 && is_whole(&q));
    let dtype = if takes { x.dtype() } else { blended(real(op, x)?.dtype(), &q) };
    let q = quotas(op, &real(op, &q.array(op)?)?.clone(), full)?;
    if let Some(weights) = weights {
        return weighted::quantile(op, x, along, q, full, &weights, skip);
    }
    let Ready { x, form, shape, .. } = ready(op, real(op, x)?, along)?;
    if form.rows == 0 && shape::count(&shape) > 0 && !(skip && dtype.is_floating()) {
        return Err(Error::refused(op, "of no elements is not defined"));
    }
    let (from, output) = (x.dtype(), Meta::new(dtype, [q.shape(), &shape].concat()));
    let (boxed, is_narrow) = (output.clone(), from == DType::Float32 && dtype == from && !takes);
    let is_one = form.outer * form.inner == 1 && digits::are_found(q.len());
    let made = Array::whole(op, vec![x, q], output, move |chunks| {
        let quotas = checked(op, chunks[1].values()?, full)?;
        let (asked, count) = (Asked { quotas, method, skip }, quotas.len());
        if is_narrow {
            let finish = Finish { gap: f32::NAN, between: between_narrow, near: |value| value as f32 };
            let answers = answers(chunks[0].values::<f32>()?, form, &asked, &finish);
            return Ok(Data::Float32(turned(answers, count)));
        }
        reals!(from, T => {
            let values = chunks[0].values::<T>()?;
            Ok(match takes {
                true => {
                    let finish = Finish { gap: T::of_key(u64::MAX), between: |a: T, _, _| a, near: |_| T::default() };
                    T::data(turned(answers(values, form, &asked, &finish), count))
                }
                false => {
                    let finish = Finish { gap: f64::NAN, between: between::<T>, near: |value| value };
                    Data::Float64(turned(answers(values, form, &asked, &finish), count))
                }
            })
        })
        .ok_or(Error::Defect(op))?
    })?;
    if !is_one {
        return Ok(made);
    }
    let last = move |pairs: &[Option<Pair>]| {
        if is_narrow {
            return Ok(Data::Float32(of_pairs(pairs, f32::NAN, between_narrow)));
        }
        reals!(from, T => match takes {
            true => T::data(of_pairs(pairs, T::of_key(u64::MAX), |a: T, _, _| a)),
            false => Data::Float64(of_pairs(pairs, f64::NAN, between::<T>)),
        })
        .ok_or(Error::Defect(op))
    };
    let wanted = digits::Wanted { op, method, skip, full };
    let way = move |inputs: &[Array], _: u64| {
        Ok(vec![digits::between(wanted, &inputs[0], &inputs[1], boxed.clone(), last)?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

fn is_whole(q: &Operand) -> bool {
    match q {
        Operand::Array(array) => array.dtype().is_integer(),
        Operand::Scalar(scalar) => matches!(scalar, Scalar::Int(_)),
    }
}

/// The dtype of what is between two elements: a plain number as `q` leaves that of `x`.
fn blended(x: DType, q: &Operand) -> DType {
    match q {
        Operand::Array(array) if x == DType::Float32 => x.promoted(array.dtype()),
        Operand::Scalar(_) if x == DType::Float32 => x,
        _ => DType::Float64,
    }
}

/// `q` from 0 to 1; refused now where it is known now.
fn quotas(op: &'static str, q: &Array, full: f64) -> Result<Array, Error> {
    if q.axes() > 2 {
        return Err(Error::refused(
            op,
            format!("takes `q` of at most two axes, and got shape {:?}", q.shape()),
        ));
    }
    let q = astype(q, DType::Float64)?;
    if let Some(chunk) = q.known() {
        let quotas: Vec<f64> = chunk.values::<f64>()?.iter().map(|q| q / full).collect();
        checked(op, &quotas, full)?;
        return Ok(Array::constant(Chunk::new(chunk.shape.clone(), Data::Float64(quotas))));
    }
    let full = Operand::Scalar(Scalar::Float(full));
    binary(op, map::divide, Both::Floating, Operand::Array(q), full)
}

/// The quotas, if each is from 0 to 1.
pub(super) fn checked<'a>(op: &'static str, quotas: &'a [f64], full: f64) -> Result<&'a [f64], Error> {
    match quotas.iter().find(|q| !(0.0..=1.0).contains(*q)) {
        Some(q) => Err(Error::refused(op, format!("takes `q` from 0 to {full}, and got {}", q * full))),
        None => Ok(quotas),
    }
}
