//! Arrays of nothing: numbers in a row, ones on a diagonal.

use super::super::dtype::{DType, Kind};
use super::super::element::Element;
use super::super::error::Error;
use super::super::graph::{Array, Meta};
use super::elementwise::{Scalar, data_of};

fn real(op: &'static str, value: Scalar) -> Result<f64, Error> {
    match value {
        Scalar::Int(value) => Ok(value as f64),
        Scalar::Float(value) => Ok(value),
        Scalar::Bool(value) => Ok(f64::from(u8::from(value))),
        Scalar::Complex(_) => Err(Error::refused(op, "takes real numbers, and got a complex one")),
    }
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
        return Array::whole(op, Vec::new(), Meta::new(dtype, [count]), move |_| {
            let values = (0..count as i128).map(|at| start + at * step);
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
    Array::whole(op, Vec::new(), Meta::new(dtype, [count]), move |_| {
        Ok(data_of((0..count).map(|at| start + at as f64 * step).collect::<Vec<f64>>(), dtype))
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
        return Array::whole(op, Vec::new(), Meta::new(dtype, [count]), move |_| {
            let at = |at: usize| match steps {
                0 => start,
                steps if at == steps => stop,
                steps => start + (stop - start) * (at as f64 / steps as f64),
            };
            Ok(data_of((0..count).map(at).collect(), dtype))
        });
    }
    let (start, stop) = (real(op, start)?, real(op, stop)?);
    let dtype = dtype.unwrap_or(DType::Float64);
    Array::whole(op, Vec::new(), Meta::new(dtype, [count]), move |_| {
        let step = (stop - start) / steps as f64;
        let at = |at: usize| match steps {
            0 => start,
            steps if at == steps => stop,
            steps if step == 0.0 => start + (stop - start) * (at as f64 / steps as f64),
            _ => start + at as f64 * step,
        };
        let values = (0..count).map(at);
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
    Array::whole("eye", Vec::new(), Meta::new(dtype, [rows, columns]), move |_| {
        let mut out = vec![false; rows * columns];
        for row in 0..rows {
            let column = (row as i64).checked_add(k).and_then(|column| usize::try_from(column).ok());
            if let Some(column) = column.filter(|column| *column < columns) {
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
