//! NumPy's further functions of elements.

use super::super::kernels::{map, more};
use super::super::make::elementwise::{Both, Takes, binary, unary};
use super::super::make::numbers;
use super::elementwise::{X, both, one};
use super::{Family, Op};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const B: Param = Param::required("b", Kind::Array);
const RTOL: Param = Param::optional("rtol", Kind::Float, Default::Float(1e-5));
const ATOL: Param = Param::optional("atol", Kind::Float, Default::Float(1e-8));
const EQUAL_NAN: Param = Param::optional("equal_nan", Kind::Bool, Default::Bool(false));
const CLOSE: &[Param] = &[A, B, RTOL, ATOL, EQUAL_NAN];

macro_rules! close {
    ($name:literal, $make:expr) => {
        Op::new($name, CLOSE, |given| {
            let (a, b) = (given.array("a")?, given.array("b")?);
            let (rtol, atol) =
                (given.maybe_float("rtol").unwrap_or(1e-5), given.maybe_float("atol").unwrap_or(1e-8));
            Ok($make(given.op, &a, &b, rtol, atol, given.is("equal_nan"))?.into())
        })
    };
}

macro_rules! pair {
    ($name:literal, $first:expr, $second:expr) => {
        Op::new($name, X, |given| {
            let x = given.array("x")?;
            Ok(vec![unary($name, Takes::Floating($first), &x)?, unary($name, Takes::Floating($second), &x)?]
                .into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "numbers",
    ops: &[
        one!("cbrt", Takes::Floating(more::cbrt)),
        one!("exp2", Takes::Floating(more::exp2)),
        one!("deg2rad", Takes::Floating(more::radians)),
        one!("radians", Takes::Floating(more::radians)),
        one!("rad2deg", Takes::Floating(more::degrees)),
        one!("degrees", Takes::Floating(more::degrees)),
        one!("fix", Takes::Rounding(map::trunc_float)),
        one!("sinc", Takes::Floating(more::sinc)),
        one!("i0", Takes::Floating(more::i0)),
        pair!("modf", more::fraction, map::trunc_float),
        pair!("frexp", more::mantissa, more::exponent),
        Op::new("divmod", super::elementwise::BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            let takes = Both::As("real numbers");
            let quotient = binary("divmod", map::floor_divide, takes, a.clone(), b.clone())?;
            Ok(vec![quotient, binary("divmod", map::remainder, takes, a, b)?].into())
        }),
        Op::new("ldexp", super::elementwise::BOTH, |given| {
            Ok(numbers::ldexp(given.op, &given.array("x1")?, &given.array("x2")?)?.into())
        }),
        Op::new("float_power", super::elementwise::BOTH, |given| {
            Ok(numbers::float_power(given.op, given.operand("x1")?, given.operand("x2")?)?.into())
        }),
        both!("fmod", more::fmod, Both::As("real numbers")),
        both!("fmax", more::fmax, Both::As("real numbers")),
        both!("fmin", more::fmin, Both::As("real numbers")),
        both!("gcd", more::gcd, Both::As("integers")),
        both!("lcm", more::lcm, Both::As("integers")),
        both!("heaviside", more::heaviside, Both::Floating),
        close!("isclose", numbers::isclose),
        close!("allclose", numbers::allclose),
        Op::new(
            "array_equal",
            &[Param::required("a1", Kind::Array), Param::required("a2", Kind::Array), EQUAL_NAN],
            |given| {
                let (a, b) = (given.array("a1")?, given.array("a2")?);
                Ok(numbers::array_equal(given.op, &a, &b, given.is("equal_nan"))?.into())
            },
        ),
        Op::new(
            "nan_to_num",
            &[
                Param::required("x", Kind::Array),
                Param::optional("copy", Kind::Bool, Default::Bool(true)),
                Param::optional("nan", Kind::Float, Default::Float(0.0)),
                Param::optional("posinf", Kind::Float, Default::None),
                Param::optional("neginf", Kind::Float, Default::None),
            ],
            |given| {
                let nan = given.maybe_float("nan").unwrap_or(0.0);
                let (high, low) = (given.maybe_float("posinf"), given.maybe_float("neginf"));
                Ok(numbers::nan_to_num(given.op, &given.array("x")?, nan, high, low)?.into())
            },
        ),
        Op::new(
            "angle",
            &[Param::required("z", Kind::Array), Param::optional("deg", Kind::Bool, Default::Bool(false))],
            |given| Ok(numbers::angle(given.op, &given.array("z")?, given.is("deg"))?.into()),
        ),
        Op::new(
            "unwrap",
            &[
                Param::required("p", Kind::Array),
                Param::optional("discont", Kind::Float, Default::None),
                Param::optional("axis", Kind::Int, Default::Int(-1)),
                Param::named("period", Kind::Float, Default::Float(std::f64::consts::TAU)),
            ],
            |given| {
                let period = given.maybe_float("period").unwrap_or(std::f64::consts::TAU);
                let jump = given.maybe_float("discont");
                Ok(numbers::unwrap(given.op, &given.array("p")?, jump, given.int("axis")?, period)?.into())
            },
        ),
        Op::new(
            "ediff1d",
            &[
                Param::required("ary", Kind::Array),
                Param::optional("to_end", Kind::Array, Default::None),
                Param::optional("to_begin", Kind::Array, Default::None),
            ],
            |given| {
                let (after, before) = (given.maybe_array("to_end")?, given.maybe_array("to_begin")?);
                Ok(numbers::ediff1d(given.op, &given.array("ary")?, after, before)?.into())
            },
        ),
    ],
    page: include_str!("numbers.md"),
};
