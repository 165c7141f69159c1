//! Functions of elements: what their operands are cast to, and what comes back.

use num_complex::Complex;

use super::super::dtype::{DType, Kind};
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::{cast, map};
use super::super::shape;

/// A number as programs write it: it takes the dtype of the array beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `True`.
    Bool(bool),
    /// `1`.
    Int(i128),
    /// `1.5`.
    Float(f64),
    /// `1+2j`.
    Complex(Complex<f64>),
}

/// What a function of elements is given.
#[derive(Clone, Debug)]
pub enum Operand {
    /// An array.
    Array(Array),
    /// A number beside one.
    Scalar(Scalar),
}

impl Scalar {
    fn kind(self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Complex(_) => Kind::Complex,
        }
    }

    /// The dtype that it has alone.
    pub fn dtype(self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::Int(value) if i64::try_from(value).is_err() => DType::UInt64,
            Self::Int(_) => DType::Int64,
            Self::Float(_) => DType::Float64,
            Self::Complex(_) => DType::Complex128,
        }
    }

    /// The dtype that it and an array of `dtype` have together.
    pub fn beside(self, dtype: DType) -> DType {
        match (self.kind(), dtype.kind()) {
            (own, of) if own <= of || (own == Kind::Int && of == Kind::UInt) => dtype,
            (Kind::Int, _) => DType::Int64,
            (Kind::Float, _) => DType::Float64,
            _ => dtype.complex(),
        }
    }

    /// It, as an array without axes.
    ///
    /// # Errors
    /// [`Error::Refused`] for an integer that the dtype does not hold.
    pub fn array(self, op: &'static str, dtype: DType) -> Result<Array, Error> {
        let chunk = match self {
            Self::Bool(value) => cast_chunk(&Chunk::scalar(value), dtype),
            Self::Int(value) => match i64::try_from(value) {
                Ok(value) => cast_chunk(&Chunk::scalar(value), dtype),
                Err(_) => cast_chunk(&Chunk::scalar(u64::try_from(value).unwrap_or(u64::MAX)), dtype),
            },
            Self::Float(value) => cast_chunk(&Chunk::scalar(value), dtype),
            Self::Complex(value) => cast_chunk(&Chunk::scalar(value), dtype),
        };
        match self {
            Self::Int(value) if !holds(dtype, value) => {
                Err(Error::refused(op, format!("got the integer {value}, which {dtype} does not hold")))
            }
            _ => Ok(Array::constant(chunk)),
        }
    }
}

fn holds(dtype: DType, value: i128) -> bool {
    let bits = u32::try_from(dtype.bytes() * 8).unwrap_or_default();
    match dtype.kind() {
        Kind::Int => value >= -(1_i128 << (bits - 1)) && value < 1_i128 << (bits - 1),
        Kind::UInt => value >= 0 && value < 1_i128 << bits,
        _ => true,
    }
}

/// The chunk with elements of another dtype.
pub fn cast_chunk(chunk: &Chunk, dtype: DType) -> Chunk {
    let mut data = Data::zeros(dtype, chunk.data.len());
    cast::cast(chunk.data.dtype(), dtype)(&[chunk.data.slice()], data.slice_mut());
    Chunk::new(chunk.shape.clone(), data)
}

impl Operand {
    /// The array, or the number as one.
    pub fn array(self, op: &'static str) -> Result<Array, Error> {
        match self {
            Self::Array(array) => Ok(array),
            Self::Scalar(scalar) => scalar.array(op, scalar.dtype()),
        }
    }

    /// It, of that dtype.
    pub(super) fn of(self, op: &'static str, dtype: DType) -> Result<Array, Error> {
        match self {
            Self::Array(array) => astype(&array, dtype),
            Self::Scalar(scalar) => scalar.array(op, dtype),
        }
    }
}

/// The dtype that operands have together.
pub fn together(operands: &[&Operand]) -> DType {
    let arrays = operands.iter().filter_map(|operand| match operand {
        Operand::Array(array) => Some(array.dtype()),
        Operand::Scalar(_) => None,
    });
    let scalars = || {
        operands.iter().filter_map(|operand| match operand {
            Operand::Scalar(scalar) => Some(*scalar),
            Operand::Array(_) => None,
        })
    };
    match arrays.reduce(DType::promoted) {
        Some(dtype) => scalars().fold(dtype, |dtype, scalar| scalar.beside(dtype)),
        None => scalars().map(Scalar::dtype).reduce(DType::promoted).unwrap_or(DType::Float64),
    }
}

/// The elements as those of another dtype.
pub fn astype(x: &Array, dtype: DType) -> Result<Array, Error> {
    if x.dtype() == dtype {
        return Ok(x.clone());
    }
    if let Some(chunk) = x.known().filter(|chunk| chunk.data.len() <= 64) {
        return Ok(Array::constant(cast_chunk(chunk, dtype)));
    }
    Array::map("astype", cast::cast(x.dtype(), dtype), vec![x.clone()], Meta::new(dtype, x.shape()))
}

/// What a function of one operand takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// What the loop is written for.
    As(map::One, &'static str),
    /// Real and complex numbers; integers become real ones.
    Floating(map::One),
    /// The same; integers stay what they are.
    Rounding(map::One),
}

/// A function of one operand.
pub fn unary(op: &'static str, takes: Takes, x: &Array) -> Result<Array, Error> {
    let (x, loops, wants) = match takes {
        Takes::As(loops, wants) => (x.clone(), loops, wants),
        Takes::Floating(loops) => (astype(x, x.dtype().floating())?, loops, "numbers"),
        Takes::Rounding(_) if x.dtype().is_integer() => return Ok(x.clone()),
        Takes::Rounding(loops) => (x.clone(), loops, "real numbers"),
    };
    let (loops, dtype) = loops(x.dtype()).ok_or(Error::DType { op, takes: wants, dtype: x.dtype() })?;
    let meta = Meta::new(dtype, x.shape());
    Array::map(op, loops, vec![x], meta)
}

/// What a function of two operands takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Both {
    /// What the loop is written for.
    As(&'static str),
    /// Real and complex numbers; integers become real ones of 64 bits.
    Floating,
}

/// A function of two operands, which are promoted to one dtype and broadcast to one shape.
pub fn binary(op: &'static str, loops: map::Two, both: Both, a: Operand, b: Operand) -> Result<Array, Error> {
    let mut dtype = together(&[&a, &b]);
    if both == Both::Floating && !dtype.is_floating() {
        dtype = DType::Float64;
    }
    let takes = match both {
        Both::As(takes) => takes,
        Both::Floating => "numbers",
    };
    let (loops, out) = loops(dtype).ok_or(Error::DType { op, takes, dtype })?;
    let (a, b) = (a.of(op, dtype)?, b.of(op, dtype)?);
    let shape = shape::broadcast(op, a.shape(), b.shape())?;
    Array::map(op, loops, vec![a, b], Meta::new(out, shape))
}

/// A comparison, element by element; with an integer that the array's dtype does not hold, too.
pub fn compare(op: &'static str, loops: map::Two, a: Operand, b: Operand) -> Result<Array, Error> {
    let dtype = together(&[&a, &b]);
    let held = |operand: Operand| match operand {
        Operand::Scalar(Scalar::Int(value)) if !holds(dtype, value) => {
            let own = Scalar::Int(value);
            own.array(op, own.dtype()).map(Operand::Array)
        }
        other => Ok(other),
    };
    binary(op, loops, Both::As("real numbers"), held(a)?, held(b)?)
}

/// The elements of `a` where `condition` holds, else those of `b`.
pub fn choose(condition: &Array, a: Operand, b: Operand) -> Result<Array, Error> {
    let op = "where";
    let condition = astype(condition, DType::Bool)?;
    let dtype = together(&[&a, &b]);
    let (a, b) = (a.of(op, dtype)?, b.of(op, dtype)?);
    let shape = shape::broadcast_all(op, [condition.shape(), a.shape(), b.shape()])?;
    let loops = map::choose(dtype).ok_or(Error::Defect(op))?;
    Array::map(op, loops, vec![condition, a, b], Meta::new(dtype, shape))
}

/// The elements held between the bounds.
pub fn clip(x: &Array, low: Option<Operand>, high: Option<Operand>) -> Result<Array, Error> {
    let op = "clip";
    if !x.dtype().is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype: x.dtype() });
    }
    let bounded = |x: Array, bound: Option<Operand>, loops: map::Two| match bound {
        None => Ok(x),
        Some(bound) => binary(op, loops, Both::As("real numbers"), Operand::Array(x), bound),
    };
    bounded(bounded(x.clone(), low, map::maximum)?, high, map::minimum)
}

/// The same elements, whether they are true: not 0.
pub fn truth(x: &Array) -> Result<Array, Error> {
    astype(x, DType::Bool)
}

/// An array of that shape with one value everywhere.
pub fn full(op: &'static str, shape: &[usize], value: Scalar, dtype: DType) -> Result<Array, Error> {
    let single = match value {
        Scalar::Float(_) | Scalar::Complex(_) | Scalar::Bool(_) => of_any(value, dtype),
        Scalar::Int(_) => value.array(op, dtype)?,
    };
    single.view(op, shape.to_vec(), 0, vec![0; shape.len()])
}

fn of_any(value: Scalar, dtype: DType) -> Array {
    let chunk = match value {
        Scalar::Bool(value) => Chunk::scalar(value),
        Scalar::Int(value) => Chunk::scalar(value as i64),
        Scalar::Float(value) => Chunk::scalar(value),
        Scalar::Complex(value) => Chunk::scalar(value),
    };
    Array::constant(cast_chunk(&chunk, dtype))
}

/// Data of `dtype` from values, cast one by one.
pub fn data_of<T: Element>(values: Vec<T>, dtype: DType) -> Data {
    if T::DTYPE == dtype {
        return T::data(values);
    }
    let len = values.len();
    let mut data = Data::zeros(dtype, len);
    cast::cast(T::DTYPE, dtype)(&[T::slice(&values)], data.slice_mut());
    data
}
