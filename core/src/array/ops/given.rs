//! What an op was given, as it asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::make::elementwise::{Operand, Scalar};
use super::super::make::reduce::Along;
use crate::lang::args::{Arg, Args, Literal};

/// The arguments of a call.
pub struct Given<'a> {
    /// Who asks.
    pub op: &'static str,
    /// What it was given.
    pub args: &'a Args,
    /// What came of what it asked for.
    pub seen: Option<&'a [Chunk]>,
    /// Arrays that the program reads, by their names.
    pub stored: &'a HashMap<Arc<str>, Array>,
}

impl Given<'_> {
    fn missing(&self, name: &str) -> Error {
        Error::refused(self.op, format!("needs `{name}`"))
    }

    /// The array or the number.
    pub fn operand(&self, name: &str) -> Result<Operand, Error> {
        self.maybe_operand(name).ok_or_else(|| self.missing(name))
    }

    /// The array or the number, where it is given.
    pub fn maybe_operand(&self, name: &str) -> Option<Operand> {
        match self.args.get(name) {
            Some(Arg::Array(operand)) => Some(operand.clone()),
            _ => None,
        }
    }

    /// The array.
    pub fn array(&self, name: &str) -> Result<Array, Error> {
        self.operand(name)?.array(self.op)
    }

    /// The array, where it is given.
    pub fn maybe_array(&self, name: &str) -> Result<Option<Array>, Error> {
        self.maybe_operand(name).map(|operand| operand.array(self.op)).transpose()
    }

    /// Arrays, promoted to nothing.
    pub fn arrays(&self, name: &str) -> Result<Vec<Array>, Error> {
        match self.args.get(name) {
            Some(Arg::Arrays(all)) => all.iter().map(|one| one.clone().array(self.op)).collect(),
            Some(Arg::Array(Operand::Array(rows))) if rows.axes() > 0 => {
                super::super::make::structure::unstack(self.op, rows, 0)
            }
            _ => Err(self.missing(name)),
        }
    }

    fn literal(&self, name: &str) -> Option<&Literal> {
        match self.args.get(name) {
            Some(Arg::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The integer, where it is given.
    pub fn maybe_int(&self, name: &str) -> Result<Option<i64>, Error> {
        match self.literal(name) {
            Some(Literal::Int(value)) => self.narrow(*value).map(Some),
            _ => Ok(None),
        }
    }

    fn narrow(&self, value: i128) -> Result<i64, Error> {
        i64::try_from(value)
            .map_err(|_| Error::refused(self.op, format!("got {value}, which is beyond 64 bits")))
    }

    /// The integer.
    pub fn int(&self, name: &str) -> Result<i64, Error> {
        self.maybe_int(name)?.ok_or_else(|| self.missing(name))
    }

    /// The integer, or nothing where `None` is written in its place.
    pub fn int_or_none(&self, name: &str) -> Result<Option<i64>, Error> {
        match self.literal(name) {
            Some(Literal::Int(_) | Literal::None) => self.maybe_int(name),
            _ => Err(Error::refused(self.op, format!("takes an integer or None as `{name}`"))),
        }
    }

    /// The integers, one or several, where they are given.
    pub fn maybe_ints(&self, name: &str) -> Result<Option<Vec<i64>>, Error> {
        match self.literal(name) {
            Some(Literal::Int(value)) => self.narrow(*value).map(|value| Some(vec![value])),
            Some(Literal::List(values)) => values
                .iter()
                .map(|value| match value {
                    Literal::Int(value) => self.narrow(*value),
                    _ => Err(self.missing(name)),
                })
                .collect::<Result<_, _>>()
                .map(Some),
            _ => Ok(None),
        }
    }

    /// The integers, one or several.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>, Error> {
        self.maybe_ints(name)?.ok_or_else(|| self.missing(name))
    }

    /// The lengths of a shape.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>, Error> {
        let lengths = self.ints(name)?;
        let each = lengths.iter().map(|length| usize::try_from(*length));
        each.collect::<Result<_, _>>()
            .map_err(|_| Error::refused(self.op, format!("takes lengths of 0 or more, and got {lengths:?}")))
    }

    /// The number, where it is given.
    pub fn maybe_number(&self, name: &str) -> Option<Scalar> {
        match self.literal(name)? {
            Literal::Bool(value) => Some(Scalar::Bool(*value)),
            Literal::Int(value) => Some(Scalar::Int(*value)),
            Literal::Float(value) => Some(Scalar::Float(*value)),
            Literal::Complex(re, im) => Some(Scalar::Complex(num_complex::Complex::new(*re, *im))),
            _ => None,
        }
    }

    /// The number.
    pub fn number(&self, name: &str) -> Result<Scalar, Error> {
        self.maybe_number(name).ok_or_else(|| Error::refused(self.op, format!("takes a number as `{name}`")))
    }

    /// The real number, where it is given.
    pub fn maybe_float(&self, name: &str) -> Option<f64> {
        match self.maybe_number(name)? {
            Scalar::Int(value) => Some(value as f64),
            Scalar::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is `True`.
    pub fn is(&self, name: &str) -> bool {
        self.args.is(name)
    }

    /// The text, where it is one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.args.text(name).map(AsRef::as_ref)
    }

    /// The dtype, where it is given.
    pub fn dtype(&self, name: &str) -> Result<Option<DType>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        DType::named(text).map(Some).ok_or_else(|| {
            let near = crate::nearest(text, DType::ALL.iter().map(|dtype| dtype.name()));
            Error::refused(self.op, format!("knows no dtype {text:?}{}", crate::did_you_mean(near)))
        })
    }

    /// `axis` and `keepdims`.
    pub fn along(&self) -> Result<Along, Error> {
        Ok(Along { axes: self.maybe_ints("axis")?, keep: self.is("keepdims") })
    }

    /// What came of what was asked for: as arrays that are there.
    pub fn constants(&self) -> Option<Vec<Array>> {
        self.seen.map(|chunks| chunks.iter().cloned().map(Array::constant).collect())
    }
}
