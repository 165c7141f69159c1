//! Positions, triangles, scales.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::make::diagonals::{self, Outside};
use super::super::make::{create, structure};
use super::{Family, Given, Op};
use crate::lang::signature::{Default, Kind, Param};

const V: Param = Param::required("v", Kind::Array);
const K: Param = Param::optional("k", Kind::Int, Default::Int(0));
const N: Param = Param::required("n", Kind::Int);
const M: Param = Param::optional("m", Kind::Int, Default::None);
const DTYPE: Param = Param::optional("dtype", Kind::Text, Default::None);
const START: Param = Param::required("start", Kind::Literal);
const STOP: Param = Param::required("stop", Kind::Literal);
const COUNT: Param = Param::optional("num", Kind::Int, Default::Int(50));
const END: Param = Param::optional("endpoint", Kind::Bool, Default::Bool(true));
const MODES: &[&str] = &["raise", "wrap", "clip"];

fn length(given: &Given<'_>, name: &str) -> Result<Option<usize>, Error> {
    let found = given.maybe_int(name)?.map(usize::try_from).transpose();
    found.map_err(|_| Error::refused(given.op, format!("takes a `{name}` of 0 or more")))
}

fn sides(given: &Given<'_>, rows: &str, columns: &str) -> Result<(usize, usize), Error> {
    let rows = length(given, rows)?.unwrap_or_default();
    Ok((rows, length(given, columns)?.unwrap_or(rows)))
}

macro_rules! triangle {
    ($name:literal, $lower:literal) => {
        Op::new($name, &[N, K, M], |given| {
            let (rows, columns) = sides(given, "n", "m")?;
            Ok(diagonals::triangle_indices(given.op, rows, columns, given.int("k")?, $lower)?.into())
        })
    };
}

fn real(given: &Given<'_>, name: &str) -> Result<f64, Error> {
    given
        .maybe_float(name)
        .ok_or_else(|| Error::refused(given.op, format!("takes a real number as `{name}`")))
}

pub(super) const FAMILY: Family = Family {
    name: "diagonals",
    ops: &[
        Op::new("diag", &[V, K], |given| {
            Ok(diagonals::diag(given.op, &given.array("v")?, given.int("k")?)?.into())
        }),
        Op::new("diagflat", &[V, K], |given| {
            Ok(diagonals::on_diagonal(given.op, &given.array("v")?, given.int("k")?)?.into())
        }),
        Op::new(
            "tri",
            &[Param::required("N", Kind::Int), Param::optional("M", Kind::Int, Default::None), K, DTYPE],
            |given| {
                let (rows, columns) = sides(given, "N", "M")?;
                let dtype = given.dtype("dtype")?.unwrap_or(DType::Float64);
                Ok(diagonals::tri(given.op, rows, columns, given.int("k")?, dtype)?.into())
            },
        ),
        Op::new("identity", &[N, DTYPE], |given| {
            let (rows, columns) = sides(given, "n", "n")?;
            Ok(create::eye(rows, columns, 0, given.dtype("dtype")?.unwrap_or(DType::Float64))?.into())
        }),
        Op::new(
            "vander",
            &[
                Param::required("x", Kind::Array),
                Param::optional("N", Kind::Int, Default::None),
                Param::optional("increasing", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let count = given.maybe_int("N")?;
                Ok(diagonals::vander(given.op, &given.array("x")?, count, given.is("increasing"))?.into())
            },
        ),
        Op::new(
            "indices",
            &[
                Param::required("dimensions", Kind::Ints),
                DTYPE,
                Param::optional("sparse", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (lengths, dtype) =
                    (given.shape("dimensions")?, given.dtype("dtype")?.unwrap_or(DType::Int64));
                match given.is("sparse") {
                    true => Ok(diagonals::axis_places(given.op, &lengths, dtype, true)?.into()),
                    false => Ok(diagonals::indices(given.op, &lengths, dtype)?.into()),
                }
            },
        ),
        Op::new(
            "logspace",
            &[START, STOP, COUNT, END, Param::optional("base", Kind::Float, Default::Float(10.0)), DTYPE],
            |given| {
                let ends = (given.number("start")?, given.number("stop")?);
                let (count, end, base) = (given.int("num")?, given.is("endpoint"), real(given, "base")?);
                Ok(diagonals::logspace(given.op, ends, count, end, base, given.dtype("dtype")?)?.into())
            },
        ),
        Op::new("geomspace", &[START, STOP, COUNT, END, DTYPE], |given| {
            let ends = (real(given, "start")?, real(given, "stop")?);
            Ok(diagonals::geomspace(
                given.op,
                ends,
                given.int("num")?,
                given.is("endpoint"),
                given.dtype("dtype")?,
            )?
            .into())
        }),
        triangle!("tril_indices", true),
        triangle!("triu_indices", false),
        Op::new(
            "unravel_index",
            &[Param::required("indices", Kind::Array), Param::required("shape", Kind::Ints)],
            |given| {
                Ok(diagonals::unravel_index(given.op, &given.array("indices")?, &given.shape("shape")?)?
                    .into())
            },
        ),
        Op::new(
            "ravel_multi_index",
            &[
                Param::required("multi_index", Kind::Arrays),
                Param::required("dims", Kind::Ints),
                Param::optional("mode", Kind::Choice(MODES), Default::Text("raise")),
            ],
            |given| {
                let outside = [Outside::named(given.text("mode").unwrap_or_default())];
                Ok(diagonals::ravel_multi_index(
                    given.op,
                    &given.arrays("multi_index")?,
                    &given.shape("dims")?,
                    &outside,
                )?
                .into())
            },
        ),
        Op::new("ix_", &[Param::rest("args", Kind::Arrays)], |given| {
            Ok(diagonals::open_mesh(given.op, &given.arrays("args")?)?.into())
        }),
        Op::new(
            "diagonal",
            &[
                Param::required("a", Kind::Array),
                Param::optional("offset", Kind::Int, Default::Int(0)),
                Param::optional("axis1", Kind::Int, Default::Int(0)),
                Param::optional("axis2", Kind::Int, Default::Int(1)),
            ],
            |given| {
                let axes = [given.int("axis1")?, given.int("axis2")?];
                let x = structure::moveaxis(given.op, &given.array("a")?, &axes, &[-2, -1])?;
                Ok(structure::diagonal(given.op, &x, given.int("offset")?)?.into())
            },
        ),
    ],
    page: include_str!("diagonals.md"),
};
