//! Medians and quantiles: of which elements, and which of them.

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::fold::Form;
use super::super::graph::{Array, Chunk, Limits, Meta, Rule};
use super::super::kernels::{map, pick, reals};
use super::super::shape;
use super::answers::{Asked, Finish, answers, between, between_narrow, turned};
use super::columns::{self, Lying};
use super::digits::{self, Pair};
use super::elementwise::{Both, Operand, Scalar, astype, binary};
use super::method::Method;
use super::rank::Key;
use super::reduce::{Along, ready};
use super::weighted;

/// The median: NaN of no elements, and where one is NaN that is not left out.
pub fn median(op: &'static str, x: &Array, along: &Along, skip: bool) -> Result<Array, Error> {
    let x = if x.dtype() == DType::Bool { astype(x, DType::Int8)? } else { x.clone() };
    let dtype = if x.dtype() == DType::Float32 { DType::Float32 } else { DType::Float64 };
    let ready = ready(op, real(op, &x)?, along)?;
    let (from, output) = (x.dtype(), Meta::new(dtype, ready.shape.clone()));
    if ready.form.outer * ready.form.inner != 1 {
        let make = move |inputs, form, output| medians(op, inputs, form, output, skip);
        return columns::made(Lying::new(&ready, &[]), vec![ready.x], 1, output, make);
    }
    let made = medians(op, vec![ready.x], ready.form, output.clone(), skip)?;
    let way = move |inputs: &[Array], _: Limits| {
        let wanted = digits::Wanted { op, method: Method::Median, skip, full: 1.0 };
        let half = Array::constant(Chunk::scalar(0.5));
        let last = move |pairs: &[Option<Pair>]| middles(op, from, pairs);
        Ok(vec![digits::between(wanted, &inputs[0], &half, output.clone(), last)?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// The median of each column of the one input.
fn medians(
    op: &'static str,
    inputs: Vec<Array>,
    form: Form,
    output: Meta,
    skip: bool,
) -> Result<Array, Error> {
    let from = inputs.first().ok_or(Error::Defect(op))?.dtype();
    Array::whole(op, inputs, output, move |chunks| {
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
    })
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
    let ready = ready(op, real(op, x)?, along)?;
    let Form { outer, rows, inner } = ready.form;
    if rows == 0 && shape::count(&ready.shape) > 0 && !(skip && dtype.is_floating()) {
        return Err(Error::refused(op, "of no elements is not defined"));
    }
    let (from, output) = (x.dtype(), Meta::new(dtype, [q.shape(), &ready.shape].concat()));
    let is_narrow = from == DType::Float32 && dtype == from && !takes;
    let kind = Kind { op, full, method, skip, takes, is_narrow };
    if outer * inner != 1 || !digits::are_found(q.len()) {
        let make = move |inputs, form, output| quantiles(kind, inputs, form, output);
        let lying = Lying::new(&ready, q.shape());
        return columns::made(lying, vec![ready.x, q], 1, output, make);
    }
    let made = quantiles(kind, vec![ready.x, q], ready.form, output.clone())?;
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
    let way = move |inputs: &[Array], _: Limits| {
        Ok(vec![digits::between(wanted, &inputs[0], &inputs[1], output.clone(), last)?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// Which quantiles, and how they are made.
#[derive(Clone, Copy, Debug)]
struct Kind {
    op: &'static str,
    full: f64,
    method: Method,
    skip: bool,
    /// Whether an answer is always an element.
    takes: bool,
    /// Whether what is between two elements is reckoned in 32 bits.
    is_narrow: bool,
}

/// The quantiles of each column of the first input; the second says which.
fn quantiles(kind: Kind, inputs: Vec<Array>, form: Form, output: Meta) -> Result<Array, Error> {
    let Kind { op, full, method, skip, takes, is_narrow } = kind;
    let from = inputs.first().ok_or(Error::Defect(op))?.dtype();
    Array::whole(op, inputs, output, move |chunks| {
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
    })
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
