//! Arrays of which some elements are hidden: two arrays, the elements and where they are hidden.
//!
//! Everything here is made of functions of plain arrays: what is hidden stands for something that changes nothing (0 in
//! a sum, the greatest number in a minimum), and what comes of hidden elements alone is hidden.

use super::super::dtype::{DType, Kind};
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::{ints, map, pick};
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, choose, compare, full, truth, unary};
use super::reduce::{self, Along};
use super::scan;
use super::structure::{broadcast_to, flat};

/// An array, and where its elements are hidden.
#[derive(Clone, Debug)]
pub struct Masked {
    /// The elements, those that are hidden among them.
    pub data: Array,
    /// Whether each is hidden.
    pub mask: Array,
}

impl From<Masked> for Vec<Array> {
    fn from(masked: Masked) -> Self {
        vec![masked.data, masked.mask]
    }
}

pub(super) fn number(value: f64) -> Operand {
    Operand::Scalar(Scalar::Float(value))
}

pub(super) fn two(op: &'static str, loops: map::Two, a: &Array, b: &Array) -> Result<Array, Error> {
    binary(op, loops, Both::As("numbers"), Operand::Array(a.clone()), Operand::Array(b.clone()))
}

pub(super) fn divided(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    let b = if a.dtype().is_floating() { astype(b, a.dtype())? } else { b.clone() };
    binary(op, map::divide, Both::Floating, Operand::Array(a.clone()), Operand::Array(b))
}

pub(super) fn is(op: &'static str, loops: map::Two, x: &Array, value: Operand) -> Result<Array, Error> {
    compare(op, loops, Operand::Array(x.clone()), value)
}

/// Where either holds.
pub fn either(a: &Array, b: &Array) -> Result<Array, Error> {
    two("ma", map::or, a, b)
}

pub(super) fn not(op: &'static str, x: &Array) -> Result<Array, Error> {
    unary(op, Takes::As(map::not, "bools"), x)
}

/// What stands for a hidden element where nothing else is said.
pub fn fill_value(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Bool => Scalar::Bool(true),
        // As NumPy has it: that, in as many bits as there are.
        Kind::Int | Kind::UInt => Scalar::Int(wrapped(999_999, dtype)),
        Kind::Float | Kind::Complex => Scalar::Float(1e20),
    }
}

fn wrapped(value: i64, dtype: DType) -> i128 {
    ints!(dtype, T => (value as T) as i128).unwrap_or_default()
}

impl Masked {
    /// Of an array and a mask that broadcasts to it.
    pub fn new(op: &'static str, data: Array, mask: Option<Array>) -> Result<Self, Error> {
        let mask = match mask {
            Some(mask) => broadcast_to(op, &truth(&mask)?, data.shape())?,
            None => full(op, data.shape(), Scalar::Bool(false), DType::Bool)?,
        };
        Ok(Self { data, mask })
    }

    /// The elements, with `value` in place of those that are hidden.
    pub fn filled(&self, value: Option<Operand>) -> Result<Array, Error> {
        let dtype = self.data.dtype();
        let value = value.unwrap_or(Operand::Scalar(fill_value(dtype)));
        let value = value.array("ma.filled")?;
        let value = broadcast_to("ma.filled", &astype(&value, dtype)?, self.data.shape())?;
        choose(&self.mask, Operand::Array(value), Operand::Array(self.data.clone()))
    }

    pub(super) fn with(&self, value: f64) -> Result<Array, Error> {
        self.filled(Some(number(value)))
    }

    /// How many elements are not hidden.
    pub fn count(&self, along: &Along) -> Result<Array, Error> {
        reduce::count_nonzero(&not("ma.count", &self.mask)?, along)
    }

    /// Whether all are hidden.
    pub(super) fn gone(&self, along: &Along) -> Result<Array, Error> {
        reduce::truth("ma", &self.mask, along, true)
    }

    fn reduced(&self, data: Array, along: &Along) -> Result<Self, Error> {
        Ok(Self { data, mask: self.gone(along)? })
    }

    /// The sum of those that are not hidden.
    pub fn sum(&self, along: &Along, dtype: Option<DType>) -> Result<Self, Error> {
        self.reduced(reduce::sum(&self.with(0.0)?, along, dtype)?, along)
    }

    /// Their product.
    pub fn prod(&self, along: &Along, dtype: Option<DType>) -> Result<Self, Error> {
        self.reduced(reduce::prod(&self.with(1.0)?, along, dtype)?, along)
    }

    /// Real and complex numbers as they are, others of 64 bits.
    pub(super) fn floating(&self) -> Result<Self, Error> {
        let data = if self.data.dtype().is_floating() {
            self.data.clone()
        } else {
            astype(&self.data, DType::Float64)?
        };
        Ok(Self { data, mask: self.mask.clone() })
    }

    /// Their mean.
    pub fn mean(&self, along: &Along) -> Result<Self, Error> {
        let sum = self.floating()?.sum(along, None)?;
        Ok(Self { data: divided("ma.mean", &sum.data, &self.count(along)?)?, mask: sum.mask })
    }

    /// How far each is from the mean.
    pub fn anom(&self, axis: Option<i64>) -> Result<Self, Error> {
        let along = Along { axes: axis.map(|axis| vec![axis]), keep: true };
        self.away(&along)
    }

    fn away(&self, along: &Along) -> Result<Self, Error> {
        let own = self.floating()?;
        let mean = own.mean(&Along { keep: true, ..along.clone() })?;
        Ok(Self { data: two("ma.anom", map::subtract, &own.data, &mean.data)?, mask: own.mask })
    }

    /// The mean of the squares of their distances from the mean, over the count less `ddof`; hidden where that is not
    /// above 0.
    pub fn var(&self, op: &'static str, along: &Along, ddof: f64) -> Result<Self, Error> {
        let mut away = self.away(along)?;
        if away.data.dtype().is_complex() {
            away.data = unary(op, Takes::As(map::abs, "numbers"), &away.data)?;
        }
        let squares =
            Self { data: unary(op, Takes::As(map::square, "numbers"), &away.data)?, mask: away.mask };
        let sum = squares.sum(along, None)?;
        let count = astype(&self.count(along)?, DType::Float64)?;
        let count = binary(op, map::subtract, Both::As("numbers"), Operand::Array(count), number(ddof))?;
        let few = is(op, map::less_equal, &count, number(0.0))?;
        Ok(Self { data: divided(op, &sum.data, &count)?, mask: either(&sum.mask, &few)? })
    }

    /// The root of that.
    pub fn std(&self, along: &Along, ddof: f64) -> Result<Self, Error> {
        let var = self.var("ma.std", along, ddof)?;
        Ok(Self { data: unary("ma.std", Takes::Floating(map::sqrt), &var.data)?, ..var })
    }

    /// The elements with the least or the greatest number there is in place of hidden ones.
    pub(super) fn beyond(&self, op: &'static str, greatest: bool) -> Result<Array, Error> {
        let dtype = self.data.dtype();
        let least =
            ints!(dtype, T => Scalar::Int(T::MIN as i128)).unwrap_or(Scalar::Float(f64::NEG_INFINITY));
        let most = ints!(dtype, T => Scalar::Int(T::MAX as i128)).unwrap_or(Scalar::Float(f64::INFINITY));
        match dtype.is_real() {
            true => self.filled(Some(Operand::Scalar(if greatest { least } else { most }))),
            false => Err(Error::DType { op, takes: "real numbers", dtype }),
        }
    }

    /// The greatest or the least of them.
    pub fn extreme(&self, op: &'static str, along: &Along, greatest: bool) -> Result<Self, Error> {
        self.reduced(reduce::extreme(op, &self.beyond(op, greatest)?, along, greatest)?, along)
    }

    /// The greatest less the least.
    pub fn ptp(&self, along: &Along) -> Result<Self, Error> {
        let op = "ma.ptp";
        let (high, low) = (self.extreme(op, along, true)?, self.extreme(op, along, false)?);
        Ok(Self { data: two(op, map::subtract, &high.data, &low.data)?, mask: high.mask })
    }

    /// Where the greatest or the least of them is first.
    pub fn place(
        &self,
        op: &'static str,
        axis: Option<i64>,
        keep: bool,
        greatest: bool,
    ) -> Result<Array, Error> {
        super::places::arg_extreme(op, &self.beyond(op, greatest)?, axis, keep, greatest, false)
    }

    /// Whether any of them is true, or all are.
    pub fn truth(&self, op: &'static str, along: &Along, all: bool) -> Result<Self, Error> {
        let own = Self { data: truth(&self.data)?, mask: self.mask.clone() };
        let filled = own.filled(Some(Operand::Scalar(Scalar::Bool(all))))?;
        self.reduced(reduce::truth(op, &filled, along, all)?, along)
    }

    /// Sums or products so far, over what is hidden; that stays hidden.
    pub fn running(
        &self,
        op: &'static str,
        axis: Option<i64>,
        dtype: Option<DType>,
        product: bool,
    ) -> Result<Self, Error> {
        let own = match axis {
            Some(_) => self.clone(),
            None => Self { data: flat(op, &self.data)?, mask: flat(op, &self.mask)? },
        };
        let filled = own.with(if product { 1.0 } else { 0.0 })?;
        let data = scan::cumulative(op, &filled, Some(axis.unwrap_or(0)), dtype, false, product)?;
        Ok(Self { data, mask: own.mask })
    }

    /// With one value everywhere, and the same hidden.
    pub fn like(self, op: &'static str, value: f64, dtype: Option<DType>) -> Result<Self, Error> {
        let dtype = dtype.unwrap_or(self.data.dtype());
        Ok(Self { data: full(op, self.data.shape(), Scalar::Float(value), dtype)?, ..self })
    }

    /// Where those are that are not hidden, as a mask.
    pub fn seen(&self, op: &'static str) -> Result<Array, Error> {
        not(op, &self.mask)
    }
}
