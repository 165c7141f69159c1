//! Arrays of nothing, and of values that are written out.

use super::super::dtype::DType;
use super::super::element::{Element, of_dtype};
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::make::elementwise::{Operand, Scalar, astype, full};
use super::super::make::{create, structure};
use super::{Family, Given, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Given as By, Kind, Param};

const SHAPE: Param = Param::required("shape", Kind::Ints);
const X: Param = Param::required("x", Kind::Array);
const DTYPE: Param = Param::named("dtype", Kind::Text, Default::None);
const K: Param = Param::named("k", Kind::Int, Default::Int(0));

fn filled(given: &Given<'_>, value: Scalar) -> Result<Array, Error> {
    full(given.op, &given.shape("shape")?, value, given.dtype("dtype")?.unwrap_or(value.dtype()))
}

fn like(given: &Given<'_>, value: Scalar) -> Result<Array, Error> {
    let x = given.array("x")?;
    full(given.op, x.shape(), value, given.dtype("dtype")?.unwrap_or(x.dtype()))
}

const ZERO: Scalar = Scalar::Float(0.0);
const ONE: Scalar = Scalar::Float(1.0);

/// Bytes as elements, the least significant first.
fn of_bytes(given: &Given<'_>) -> Result<Array, Error> {
    let dtype = given.dtype("dtype")?.unwrap_or(DType::Float64);
    let Some(Arg::Literal(Literal::Bytes(bytes))) = given.args.get("buffer") else {
        return Err(Error::refused(given.op, "takes bytes: b\"…\""));
    };
    if bytes.len() % dtype.bytes() != 0 {
        let said = format!("got {} bytes, and each {dtype} has {}", bytes.len(), dtype.bytes());
        return Err(Error::refused(given.op, said));
    }
    let data = of_dtype!(dtype, T => T::data(bytes.chunks_exact(dtype.bytes()).map(<T as Element>::from_le).collect()));
    Ok(Array::constant(Chunk::new([bytes.len() / dtype.bytes()], data)))
}

pub(super) const FAMILY: Family = Family {
    name: "creation",
    ops: &[
        Op::new("array", &[Param::required("name", Kind::Text)], |given| {
            let name = given.text("name").unwrap_or_default();
            let found = given.stored.get(name).cloned();
            found.map(Into::into).ok_or_else(|| Error::refused(given.op, format!("finds no array {name:?}")))
        }),
        Op::new("asarray", &[Param::required("obj", Kind::Array), DTYPE], |given| {
            let dtype = given.dtype("dtype")?;
            Ok(match (given.operand("obj")?, dtype) {
                (Operand::Scalar(number), Some(dtype)) => number.array(given.op, dtype)?,
                (operand, None) => operand.array(given.op)?,
                (Operand::Array(array), Some(dtype)) => astype(&array, dtype)?,
            }
            .into())
        }),
        Op::new("frombuffer", &[Param::required("buffer", Kind::Literal), DTYPE], |given| {
            Ok(of_bytes(given)?.into())
        }),
        Op::new("zeros", &[SHAPE, DTYPE], |given| Ok(filled(given, ZERO)?.into())),
        Op::new("ones", &[SHAPE, DTYPE], |given| Ok(filled(given, ONE)?.into())),
        Op::new("empty", &[SHAPE, DTYPE], |given| Ok(filled(given, ZERO)?.into())),
        Op::new("full", &[SHAPE, Param::required("fill_value", Kind::Literal), DTYPE], |given| {
            Ok(filled(given, given.number("fill_value")?)?.into())
        }),
        Op::new("zeros_like", &[X, DTYPE], |given| Ok(like(given, ZERO)?.into())),
        Op::new("ones_like", &[X, DTYPE], |given| Ok(like(given, ONE)?.into())),
        Op::new("empty_like", &[X, DTYPE], |given| Ok(like(given, ZERO)?.into())),
        Op::new("full_like", &[X, Param::required("fill_value", Kind::Literal), DTYPE], |given| {
            Ok(like(given, given.number("fill_value")?)?.into())
        }),
        Op::new(
            "arange",
            &[
                Param::required("start", Kind::Literal),
                Param { name: "stop", kind: Kind::Literal, given: By::Else(Default::None) },
                Param { name: "step", kind: Kind::Literal, given: By::Else(Default::Int(1)) },
                DTYPE,
            ],
            |given| {
                let (first, step) = (given.number("start")?, given.number("step")?);
                let (start, stop) = match given.maybe_number("stop") {
                    Some(stop) => (first, stop),
                    None => (Scalar::Int(0), first),
                };
                Ok(create::arange(start, stop, step, given.dtype("dtype")?)?.into())
            },
        ),
        Op::new(
            "linspace",
            &[
                Param::required("start", Kind::Literal),
                Param::required("stop", Kind::Literal),
                Param::required("num", Kind::Int),
                DTYPE,
                Param::named("endpoint", Kind::Bool, Default::Bool(true)),
            ],
            |given| {
                let (start, stop, count) = (given.number("start")?, given.number("stop")?, given.int("num")?);
                Ok(create::linspace(start, stop, count, given.dtype("dtype")?, given.is("endpoint"))?.into())
            },
        ),
        Op::new(
            "eye",
            &[
                Param::required("n_rows", Kind::Int),
                Param { name: "n_cols", kind: Kind::Int, given: By::Else(Default::None) },
                K,
                DTYPE,
            ],
            |given| {
                let length = |length: i64| {
                    usize::try_from(length)
                        .map_err(|_| Error::refused(given.op, "takes lengths of 0 or more"))
                };
                let rows = length(given.int("n_rows")?)?;
                let columns = given.maybe_int("n_cols")?.map(length).transpose()?.unwrap_or(rows);
                let dtype = given.dtype("dtype")?.unwrap_or(DType::Float64);
                Ok(create::eye(rows, columns, given.int("k")?, dtype)?.into())
            },
        ),
        Op::new("tril", &[X, K], |given| {
            Ok(structure::triangle(given.op, &given.array("x")?, given.int("k")?, true)?.into())
        }),
        Op::new("triu", &[X, K], |given| {
            Ok(structure::triangle(given.op, &given.array("x")?, given.int("k")?, false)?.into())
        }),
        Op::new(
            "meshgrid",
            &[
                Param::rest("arrays", Kind::Arrays),
                Param::named("indexing", Kind::Choice(&["xy", "ij"]), Default::Text("xy")),
            ],
            |given| {
                let arrays = given.arrays("arrays")?;
                Ok(structure::meshgrid(given.op, &arrays, given.text("indexing").unwrap_or("xy"))?.into())
            },
        ),
    ],
    page: include_str!("creation.md"),
};
