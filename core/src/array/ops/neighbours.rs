//! Elements and those beside them: slopes, windows, blocks.

use std::f64::consts::PI;

use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::more::bessel_i0;
use super::super::make::edges::Edge;
use super::super::make::elementwise::{Operand, Scalar};
use super::super::make::stencil::{self, Beyond};
use super::super::make::{coarse, diagonals, gradient, weights};
use super::{Family, Given, Made, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::typed::Column;

const X: Param = Param::required("x", Kind::Array);

fn beyond(given: &Given<'_>) -> Beyond {
    let edge = match given.text("boundary") {
        Some("nearest") => Edge::Nearest,
        Some("constant") => Edge::Constant,
        Some("periodic") => Edge::Periodic,
        Some("none") => Edge::Nothing,
        _ => Edge::Symmetric,
    };
    Beyond { edge, value: given.maybe_number("cval").unwrap_or(Scalar::Int(0)) }
}

/// Numbers, one or several.
fn floats(given: &Given<'_>, name: &str) -> Vec<f64> {
    let one = |literal: &Literal| match literal {
        Literal::Int(value) => *value as f64,
        Literal::Float(value) => *value,
        _ => f64::NAN,
    };
    match given.args.get(name) {
        Some(Arg::Literal(Literal::List(values))) => values.iter().map(one).collect(),
        Some(Arg::Literal(value)) => vec![one(value)],
        _ => Vec::new(),
    }
}

fn map_overlap(given: &Given<'_>) -> Result<Array, Error> {
    let (op, x, size, beyond) = (given.op, &given.array("x")?, &given.ints("size")?[..], beyond(given));
    match given.text("func").unwrap_or_default() {
        "sum" => stencil::sum(op, x, size, beyond),
        "min" => stencil::extreme(op, x, size, beyond, false),
        "max" => stencil::extreme(op, x, size, beyond, true),
        "std" => stencil::std(op, x, size, beyond),
        "median" => stencil::median(op, x, size, beyond),
        "gaussian" => weights::gaussian(op, x, &floats(given, "sigma"), beyond),
        "convolve" => weights::convolve(op, x, &given.array("kernel")?, beyond),
        _ => stencil::mean(op, x, size, beyond),
    }
}

/// Pairs of an axis and a factor: of a dict, or of a factor for each axis.
fn factors(given: &Given<'_>) -> Result<Vec<(i64, i64)>, Error> {
    let int = |literal: &Literal| match literal {
        Literal::Int(value) => i64::try_from(*value).ok(),
        _ => None,
    };
    let found = match given.args.get("axes") {
        Some(Arg::Pairs(pairs)) => pairs.iter().map(|(axis, by)| int(axis).zip(int(by))).collect(),
        Some(Arg::Column(Column::Value(Literal::List(all)))) => {
            let axes = all.iter().enumerate();
            axes.map(|(axis, by)| int(by).map(|by| (axis as i64, by))).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    found.ok_or_else(|| {
        Error::refused(given.op, "takes as `axes` a dict of axes and factors, or a factor for each axis")
    })
}

macro_rules! window {
    ($name:literal, $of:expr) => {
        Op::new($name, &[Param::required("M", Kind::Int)], |given| {
            Ok(diagonals::window(given.op, given.int("M")?, $of)?.into())
        })
    };
}

fn cosines(at: f64, last: f64, weights: [f64; 3]) -> f64 {
    let angle = 2.0 * PI * at / last;
    weights[0] - weights[1] * angle.cos() + weights[2] * (2.0 * angle).cos()
}

pub(super) const FAMILY: Family = Family {
    name: "neighbours",
    ops: &[
        Op::new(
            "gradient",
            &[
                Param::required("f", Kind::Array),
                Param::rest("varargs", Kind::Arrays),
                Param::named("axis", Kind::Ints, Default::None),
                Param::named("edge_order", Kind::Int, Default::Int(1)),
            ],
            |given| {
                let second = match given.int("edge_order")? {
                    1 => false,
                    2 => true,
                    other => {
                        return Err(Error::refused(
                            given.op,
                            format!("has an edge_order of 1 or 2, not {other}"),
                        ));
                    }
                };
                let spacing = match given.args.get("varargs") {
                    Some(Arg::Arrays(all)) => all.clone(),
                    _ => Vec::new(),
                };
                let axes = given.maybe_ints("axis")?;
                let mut made = gradient::gradient(&given.array("f")?, &spacing, axes.as_deref(), second)?;
                match (made.pop(), made.is_empty()) {
                    (Some(one), true) => Ok(Made::One(one)),
                    (last, _) => {
                        made.extend(last);
                        Ok(made.into())
                    }
                }
            },
        ),
        Op::new(
            "trapezoid",
            &[
                Param::required("y", Kind::Array),
                Param::optional("x", Kind::Array, Default::None),
                Param::optional("dx", Kind::Float, Default::Float(1.0)),
                Param::optional("axis", Kind::Int, Default::Int(-1)),
            ],
            |given| {
                let dx = Operand::Scalar(Scalar::Float(given.maybe_float("dx").unwrap_or(1.0)));
                Ok(gradient::trapezoid(&given.array("y")?, given.maybe_array("x")?, dx, given.int("axis")?)?
                    .into())
            },
        ),
        Op::new(
            "sliding_window_view",
            &[
                X,
                Param::required("window_shape", Kind::Ints),
                Param::optional("axis", Kind::Ints, Default::None),
            ],
            |given| {
                let (window, axes) = (given.shape("window_shape")?, given.maybe_ints("axis")?);
                Ok(coarse::sliding_window_view(&given.array("x")?, &window, axes.as_deref())?.into())
            },
        ),
        Op::new(
            "map_overlap",
            &[
                X,
                Param::required(
                    "func",
                    Kind::Choice(&["mean", "sum", "min", "max", "std", "median", "gaussian", "convolve"]),
                ),
                Param::optional("size", Kind::Ints, Default::Int(3)),
                Param::optional(
                    "boundary",
                    Kind::Choice(&["reflect", "nearest", "constant", "periodic", "none"]),
                    Default::Text("reflect"),
                ),
                Param::optional("cval", Kind::Literal, Default::Int(0)),
                Param::named("kernel", Kind::Array, Default::None),
                Param::named("sigma", Kind::Floats, Default::Float(1.0)),
            ],
            |given| Ok(map_overlap(given)?.into()),
        ),
        Op::new(
            "coarsen",
            &[
                Param::required("reduction", Kind::Text),
                X,
                Param::required("axes", Kind::Mapping),
                Param::optional("trim_excess", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let name = given.text("reduction").unwrap_or_default();
                Ok(coarse::coarsen(name, &given.array("x")?, &factors(given)?, given.is("trim_excess"))?
                    .into())
            },
        ),
        window!("bartlett", |at, last| if at <= last / 2.0 {
            2.0 * at / last
        } else {
            2.0 - 2.0 * at / last
        }),
        window!("blackman", |at, last| cosines(at, last, [0.42, 0.5, 0.08])),
        window!("hamming", |at, last| cosines(at, last, [0.54, 0.46, 0.0])),
        window!("hanning", |at, last| cosines(at, last, [0.5, 0.5, 0.0])),
        Op::new(
            "kaiser",
            &[Param::required("M", Kind::Int), Param::required("beta", Kind::Float)],
            |given| {
                let beta = given.maybe_float("beta").unwrap_or_default();
                let of = move |at: f64, last: f64| {
                    let side = 2.0 * at / last - 1.0;
                    bessel_i0(beta * (1.0 - side * side).max(0.0).sqrt()) / bessel_i0(beta)
                };
                Ok(diagonals::window(given.op, given.int("M")?, of)?.into())
            },
        ),
    ],
    page: include_str!("neighbours.md"),
};
