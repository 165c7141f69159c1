//! Complex numbers, and signs.

use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes, unary};
use super::elementwise::{X, both, one};
use super::{Family, Op};

pub(super) const FAMILY: Family = Family {
    name: "complex",
    ops: &[
        one!("abs", Takes::As(map::abs, "numbers")),
        one!("sign", Takes::As(map::sign, "numbers")),
        one!("real", Takes::As(map::real_part, "numbers")),
        one!("imag", Takes::As(map::imag_part, "complex numbers")),
        Op::new("conj", X, |given| {
            let x = given.array("x")?;
            let loops = if x.dtype().is_complex() { map::conj_complex } else { map::positive };
            Ok(unary("conj", Takes::As(loops, "numbers"), &x)?.into())
        }),
        both!("copysign", map::copysign, Both::Floating),
    ],
    page: include_str!("complex.md"),
};
