//! Roots, logarithms, and functions of angles.

use polars::lazy::dsl::lit;

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

/// Roots, logarithms, and functions of angles.
pub(super) const FAMILY: Family = Family {
    name: "mathematics",
    page: include_str!("mathematics.md"),
    functions: &[
        Function::method("sqrt", &[], |given| Ok(given.me()?.sqrt())),
        Function::method("cbrt", &[], |given| Ok(given.me()?.cbrt())),
        Function::method("exp", &[], |given| Ok(given.me()?.exp())),
        Function::method(
            "log",
            &[Param::optional("base", Kind::Column, Default::Float(std::f64::consts::E))],
            |given| Ok(given.me()?.log(given.column("base")?)),
        ),
        Function::method("log10", &[], |given| Ok(given.me()?.log(lit(10.0)))),
        Function::method("log1p", &[], |given| Ok(given.me()?.log1p())),
        Function::method("sin", &[], |given| Ok(given.me()?.sin())),
        Function::method("cos", &[], |given| Ok(given.me()?.cos())),
        Function::method("tan", &[], |given| Ok(given.me()?.tan())),
        Function::method("cot", &[], |given| Ok(given.me()?.cot())),
        Function::method("arcsin", &[], |given| Ok(given.me()?.arcsin())),
        Function::method("arccos", &[], |given| Ok(given.me()?.arccos())),
        Function::method("arctan", &[], |given| Ok(given.me()?.arctan())),
        Function::method("sinh", &[], |given| Ok(given.me()?.sinh())),
        Function::method("cosh", &[], |given| Ok(given.me()?.cosh())),
        Function::method("tanh", &[], |given| Ok(given.me()?.tanh())),
        Function::method("arcsinh", &[], |given| Ok(given.me()?.arcsinh())),
        Function::method("arccosh", &[], |given| Ok(given.me()?.arccosh())),
        Function::method("arctanh", &[], |given| Ok(given.me()?.arctanh())),
        Function::method("degrees", &[], |given| Ok(given.me()?.degrees())),
        Function::method("radians", &[], |given| Ok(given.me()?.radians())),
    ],
};
