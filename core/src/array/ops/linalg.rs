//! Linear algebra.

use super::super::error::Error;
use super::super::make::factors;
use super::super::make::linear::{self, Order};
use super::super::make::matmul;
use super::super::make::reduce::Along;
use super::super::make::{structure, systems};
use super::{Family, Given, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Given as By, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const X1: Param = Param::required("x1", Kind::Array);
const X2: Param = Param::required("x2", Kind::Array);
const BOTH: &[Param] = &[X1, X2];
const LAST: Param = Param::named("axis", Kind::Int, Default::Int(-1));
const OFFSET: Param = Param::named("offset", Kind::Int, Default::Int(0));
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const RTOL: Param = Param::named("rtol", Kind::Array, Default::None);
const ALONG: &[Param] = &[X1, X2, LAST];
const AXES: Param = Param { name: "axes", kind: Kind::Literal, given: By::NamedElse(Default::Int(2)) };

const OVER: &[Param] = &[X1, X2, AXES];

macro_rules! one {
    ($name:literal, $make:expr) => {
        Op::new($name, &[X], |given| Ok($make($name, &given.array("x")?)?.into()))
    };
}

macro_rules! two {
    ($name:literal, $params:expr, |$given:ident, $a:ident, $b:ident| $make:expr) => {
        Op::new($name, $params, |$given| {
            let ($a, $b) = ($given.array("x1")?, $given.array("x2")?);
            let ($a, $b) = (&$a, &$b);
            Ok($make.into())
        })
    };
}

/// `axes` of `tensordot`: how many of the last and the first, or which.
fn axes(given: &Given<'_>, left: usize) -> Result<(Vec<i64>, Vec<i64>), Error> {
    let ints = |literal: &Literal| match literal {
        Literal::Int(axis) => i64::try_from(*axis).ok().map(|axis| vec![axis]),
        Literal::List(axes) => axes
            .iter()
            .map(|axis| if let Literal::Int(axis) = axis { i64::try_from(*axis).ok() } else { None })
            .collect(),
        _ => None,
    };
    let found = match given.args.get("axes") {
        Some(Arg::Literal(Literal::Int(count))) => i64::try_from(*count)
            .ok()
            .filter(|count| *count >= 0)
            .map(|count| ((left as i64 - count..left as i64).collect(), (0..count).collect())),
        Some(Arg::Literal(Literal::List(pair))) => match pair.as_slice() {
            [one, other] => ints(one).zip(ints(other)),
            _ => None,
        },
        _ => None,
    };
    found.ok_or_else(|| Error::refused(given.op, "takes as `axes` a count, or a pair of lists of axes"))
}

/// The norm that is named there.
pub(super) fn norm_of(given: &Given<'_>, name: &str, usual: Order) -> Result<Order, Error> {
    match (given.text(name), given.maybe_float(name)) {
        (Some("fro"), _) => Ok(Order::Frobenius),
        (Some("nuc"), _) => Ok(Order::Nuclear),
        (Some(other), _) => Err(Error::refused(given.op, format!("has no norm {other:?}"))),
        (None, Some(order)) => Ok(Order::Of(order)),
        (None, None) => Ok(usual),
    }
}

macro_rules! shared {
    (matmul: $name:literal) => {
        two!($name, BOTH, |given, a, b| matmul::matmul(given.op, a, b)?)
    };
    (transpose: $name:literal) => {
        one!($name, structure::matrix_transpose)
    };
    (vecdot: $name:literal) => {
        two!($name, ALONG, |given, a, b| linear::vecdot(given.op, a, b, given.int("axis")?)?)
    };
    (tensordot: $name:literal) => {
        two!($name, OVER, |given, a, b| {
            let (left, right) = axes(given, a.axes())?;
            linear::tensordot(given.op, a, b, &left, &right)?
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "linalg",
    ops: &[
        shared!(matmul: "matmul"),
        shared!(tensordot: "tensordot"),
        shared!(vecdot: "vecdot"),
        Op::new("linalg.cholesky", &[X, Param::named("upper", Kind::Bool, Default::Bool(false))], |given| {
            Ok(systems::cholesky(given.op, &given.array("x")?, given.is("upper"))?.into())
        }),
        two!("linalg.cross", ALONG, |given, a, b| linear::cross(given.op, a, b, given.int("axis")?)?),
        one!("linalg.det", systems::det),
        Op::new("linalg.diagonal", &[X, OFFSET], |given| {
            Ok(structure::diagonal(given.op, &given.array("x")?, given.int("offset")?)?.into())
        }),
        one!("linalg.eig", factors::eig),
        one!("linalg.eigh", factors::eigh),
        one!("linalg.eigvals", factors::eigvals),
        one!("linalg.eigvalsh", factors::eigvalsh),
        one!("linalg.inv", systems::inv),
        shared!(matmul: "linalg.matmul"),
        Op::new(
            "linalg.matrix_norm",
            &[X, KEEP, Param::named("ord", Kind::Literal, Default::Text("fro"))],
            |given| {
                let order = norm_of(given, "ord", Order::Frobenius)?;
                Ok(linear::matrix_norm(given.op, &given.array("x")?, order, given.is("keepdims"))?.into())
            },
        ),
        Op::new("linalg.matrix_power", &[X, Param::required("n", Kind::Int)], |given| {
            Ok(linear::matrix_power(given.op, &given.array("x")?, given.int("n")?)?.into())
        }),
        Op::new("linalg.matrix_rank", &[X, RTOL], |given| {
            Ok(factors::matrix_rank(given.op, &given.array("x")?, given.maybe_operand("rtol"))?.into())
        }),
        shared!(transpose: "linalg.matrix_transpose"),
        two!("linalg.outer", BOTH, |given, a, b| linear::outer(given.op, a, b)?),
        Op::new("linalg.pinv", &[X, RTOL], |given| {
            Ok(factors::pinv(given.op, &given.array("x")?, given.maybe_operand("rtol"))?.into())
        }),
        Op::new(
            "linalg.qr",
            &[X, Param::named("mode", Kind::Choice(&["reduced", "complete"]), Default::Text("reduced"))],
            |given| {
                Ok(factors::qr(given.op, &given.array("x")?, given.text("mode") == Some("complete"))?.into())
            },
        ),
        one!("linalg.slogdet", systems::slogdet),
        two!("linalg.solve", BOTH, |given, a, b| systems::solve(given.op, a, b)?),
        Op::new(
            "linalg.svd",
            &[X, Param::named("full_matrices", Kind::Bool, Default::Bool(true))],
            |given| Ok(factors::svd(given.op, &given.array("x")?, given.is("full_matrices"))?.into()),
        ),
        one!("linalg.svdvals", factors::svdvals),
        shared!(tensordot: "linalg.tensordot"),
        Op::new("linalg.trace", &[X, OFFSET, Param::named("dtype", Kind::Text, Default::None)], |given| {
            Ok(linear::trace(given.op, &given.array("x")?, given.int("offset")?, given.dtype("dtype")?)?
                .into())
        }),
        shared!(vecdot: "linalg.vecdot"),
        Op::new(
            "linalg.vector_norm",
            &[
                X,
                Param::named("axis", Kind::Ints, Default::None),
                KEEP,
                Param::named("ord", Kind::Float, Default::Float(2.0)),
            ],
            |given| {
                let along = Along { axes: given.maybe_ints("axis")?, keep: given.is("keepdims") };
                let order = given.maybe_float("ord").unwrap_or(2.0);
                Ok(linear::vector_norm(given.op, &given.array("x")?, &along, order)?.into())
            },
        ),
    ],
    page: include_str!("linalg.md"),
};
