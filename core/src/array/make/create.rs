//! Arrays of nothing: numbers in a row, ones on a diagonal.

use std::sync::Arc;

use super::super::dtype::{DType, Kind};
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Meta, Rule};
use super::super::grid::Region;
use super::elementwise::{Scalar, data_of};

fn real(op: &'static str, value: Scalar) -> Result<f64, Error> {
    match value {
        Scalar::Int(value) => Ok(value as f64),
        Scalar::Float(value) => Ok(value),
        Scalar::Bool(value) => Ok(f64::from(u8::from(value))),
        Scalar::Complex(_) => Err(Error::refused(op, "takes real numbers, and got a complex one")),
    }
}

/// An array whose elements depend on nothing but their places: `of` makes a box of it.
pub(super) fn placed(
    op: &'static str,
    meta: Meta,
    of: impl Fn(&Region) -> Result<Data, Error> + Send + Sync + 'static,
) -> Result<Array, Error> {
    let (whole, of) = (Region::whole(&meta.shape), Arc::new(of));
    let (dtype, again) = (meta.dtype, Arc::clone(&of));
    let made = Array::whole(op, Vec::new(), meta, move |_| again(&whole))?;
    Ok(made.with_rule(Rule::Of(Box::new(Placed { op, dtype, of }))))
}

struct Placed<F> {
    op: &'static str,
    dtype: DType,
    of: Arc<F>,
}

impl<F: Fn(&Region) -> Result<Data, Error> + Send + Sync + 'static> Boxed for Placed<F> {
    fn needs(&self, _: &[Array], _: &Region) -> Vec<(usize, Region)> {
        Vec::new()
    }

    fn make(&self, region: &Region, _: Vec<Array>) -> Result<Array, Error> {
        let (own, of) = (region.clone(), Arc::clone(&self.of));
        Array::whole(self.op, Vec::new(), Meta::new(self.dtype, region.lengths.clone()), move |_| of(&own))
    }
}

/// The places that a box has on that axis.
pub(super) fn along(region: &Region, axis: usize) -> std::ops::Range<usize> {
    let at = |places: &[usize]| places.get(axis).copied().unwrap_or(0);
    let start = at(&region.start);
    start..start.saturating_add(at(&region.lengths))
}

/// The numbers from `start` to before `stop`.
pub fn arange(start: Scalar, stop: Scalar, step: Scalar, dtype: Option<DType>) -> Result<Array, Error> {
    let op = "arange";
    if let (Scalar::Int(start), Scalar::Int(stop), Scalar::Int(step)) = (start, stop, step) {
        if step == 0 {
            return Err(Error::refused(op, "takes a step other than 0"));
        }
        let span = (stop - start).max(0).max(if step < 0 { start - stop } else { 0 });
        let span = if (stop - start).signum() == step.signum() { span } else { 0 };
        let count = usize::try_from((span + step.abs() - 1) / step.abs()).unwrap_or(usize::MAX);
        let dtype = dtype.unwrap_or(DType::Int64);
        return placed(op, Meta::new(dtype, [count]), move |region| {
            let values = along(region, 0).map(|at| start + at as i128 * step);
            Ok(match dtype.kind() {
                Kind::UInt => data_of(values.map(|value| value as u64).collect(), dtype),
                _ => data_of(values.map(|value| value as i64).collect(), dtype),
            })
        });
    }
    let (start, stop, step) = (real(op, start)?, real(op, stop)?, real(op, step)?);
    let count = ((stop - start) / step).ceil();
    if !count.is_finite() {
        return Err(Error::refused(
            op,
            format!("from {start} to {stop} by {step} is no finite number of steps"),
        ));
    }
    let count = count.max(0.0) as usize;
    let dtype = dtype.unwrap_or(DType::Float64);
    placed(op, Meta::new(dtype, [count]), move |region| {
        Ok(data_of(along(region, 0).map(|at| start + at as f64 * step).collect::<Vec<f64>>(), dtype))
    })
}

/// `count` numbers from `start` to `stop`, evenly apart.
pub fn linspace(
    start: Scalar,
    stop: Scalar,
    count: i64,
    dtype: Option<DType>,
    endpoint: bool,
) -> Result<Array, Error> {
    let op = "linspace";
    let count = usize::try_from(count)
        .map_err(|_| Error::refused(op, format!("takes 0 numbers or more, not {count}")))?;
    let steps = if endpoint { count.saturating_sub(1) } else { count };
    if let (Scalar::Complex(_), _) | (_, Scalar::Complex(_)) = (start, stop) {
        let (start, stop) = (complex(start), complex(stop));
        let dtype = dtype.unwrap_or(DType::Complex128);
        return placed(op, Meta::new(dtype, [count]), move |region| {
            let at = |at: usize| match steps {
                0 => start,
                steps if at == steps => stop,
                steps => start + (stop - start) * (at as f64 / steps as f64),
            };
            Ok(data_of(along(region, 0).map(at).collect(), dtype))
        });
    }
    let (start, stop) = (real(op, start)?, real(op, stop)?);
    let dtype = dtype.unwrap_or(DType::Float64);
    placed(op, Meta::new(dtype, [count]), move |region| {
        let step = (stop - start) / steps as f64;
        let at = |at: usize| match steps {
            0 => start,
            steps if at == steps => stop,
            steps if step == 0.0 => start + (stop - start) * (at as f64 / steps as f64),
            _ => start + at as f64 * step,
        };
        let values = along(region, 0).map(at);
        Ok(match dtype.is_integer() {
            true => data_of(values.map(f64::floor).collect(), dtype),
            false => data_of(values.collect::<Vec<f64>>(), dtype),
        })
    })
}

fn complex(value: Scalar) -> num_complex::Complex<f64> {
    match value {
        Scalar::Complex(value) => value,
        Scalar::Int(value) => (value as f64).into(),
        Scalar::Float(value) => value.into(),
        Scalar::Bool(value) => f64::from(u8::from(value)).into(),
    }
}

/// Ones on the diagonal `k`, zeros elsewhere.
pub fn eye(rows: usize, columns: usize, k: i64, dtype: DType) -> Result<Array, Error> {
    placed("eye", Meta::new(dtype, [rows, columns]), move |region| {
        let ([top, left], [rows, columns]) = (&*region.start, &*region.lengths) else {
            return Err(Error::Defect("eye"));
        };
        let mut out = vec![false; rows * columns];
        for row in 0..*rows {
            let column = ((top + row) as i64).checked_add(k).and_then(|column| usize::try_from(column).ok());
            let column = column.and_then(|column| column.checked_sub(*left));
            if let Some(column) = column.filter(|column| column < columns) {
                out[row * columns + column] = true;
            }
        }
        Ok(data_of(out, dtype))
    })
}

/// The number of each element, in order: flat positions.
pub fn counted(count: usize) -> Vec<i64> {
    let mut out = vec![0_i64; count];
    super::super::strided::blocks(&mut out, |start, piece| {
        piece.iter_mut().enumerate().for_each(|(at, value)| *value = (start + at) as i64);
    });
    out
}

/// An array of those values.
pub fn of<T: Element>(values: Vec<T>) -> Array {
    let count = values.len();
    Array::constant(super::super::graph::Chunk::new([count], T::data(values)))
}
