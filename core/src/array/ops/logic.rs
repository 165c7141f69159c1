//! Truths, and bits.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::super::make::elementwise::{Both, Operand, Takes, binary, truth, unary};
use super::elementwise::{BOTH, X, both};
use super::{Family, Given, Op};

fn truths(op: &'static str, loops: map::Two, given: &Given<'_>) -> Result<Array, Error> {
    let of = |name| Ok(Operand::Array(truth(&given.array(name)?)?));
    binary(op, loops, Both::As("truths"), of("x1")?, of("x2")?)
}

macro_rules! logical {
    ($name:literal, $loops:expr) => {
        Op::new($name, BOTH, |given| Ok(truths($name, $loops, given)?.into()))
    };
}

pub(super) const FAMILY: Family = Family {
    name: "logic",
    ops: &[
        logical!("logical_and", map::and),
        logical!("logical_or", map::or),
        logical!("logical_xor", map::xor),
        Op::new("logical_not", X, |given| {
            Ok(unary("logical_not", Takes::As(map::not, "truths"), &truth(&given.array("x")?)?)?.into())
        }),
        both!("bitwise_and", map::and, Both::As("integers and truths")),
        both!("bitwise_or", map::or, Both::As("integers and truths")),
        both!("bitwise_xor", map::xor, Both::As("integers and truths")),
        Op::new("bitwise_invert", X, |given| {
            let x = given.array("x")?;
            let loops = if x.dtype() == DType::Bool { map::not } else { map::invert_int };
            Ok(unary("bitwise_invert", Takes::As(loops, "integers and truths"), &x)?.into())
        }),
        both!("bitwise_left_shift", map::shift_left, Both::As("integers")),
        both!("bitwise_right_shift", map::shift_right, Both::As("integers")),
    ],
    page: include_str!("logic.md"),
};
