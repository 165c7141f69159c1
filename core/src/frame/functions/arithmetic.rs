//! Operators on numbers, and what they are called.

use polars::prelude::Expr;

use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Kind, Param};

const OTHER: &[Param] = &[Param::required("other", Kind::Value)];

/// Operators on numbers, and what they are called.
pub(super) const FAMILY: Family = Family {
    name: "arithmetic",
    page: include_str!("arithmetic.md"),
    functions: &[
        Function::method("add", OTHER, |given| two(given, |one, other| one + other)),
        Function::method("sub", OTHER, |given| two(given, |one, other| one - other)),
        Function::method("mul", OTHER, |given| two(given, |one, other| one * other)),
        Function::method("truediv", OTHER, |given| two(given, Expr::true_div)),
        Function::method("floordiv", OTHER, |given| two(given, Expr::floor_div)),
        Function::method("mod", OTHER, |given| two(given, |one, other| one % other)),
        Function::method("pow", OTHER, |given| two(given, |one, other| one.pow(other))),
        Function::method("dot", &[Param::required("other", Kind::Column)], |given| two(given, Expr::dot)),
        Function::method("neg", &[], |given| Ok(-given.me()?)),
        Function::method("abs", &[], |given| Ok(given.me()?.abs())),
    ],
};

fn two(given: &Given<'_>, made: fn(Expr, Expr) -> Expr) -> Result<Expr, Error> {
    Ok(made(given.me()?, given.column("other")?))
}
