//! Exponentials, logarithms, powers and roots.

use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes};
use super::Family;
use super::elementwise::{both, one};

pub(super) const FAMILY: Family = Family {
    name: "exponential",
    ops: &[
        one!("exp", Takes::Floating(map::exp)),
        one!("expm1", Takes::Floating(map::expm1)),
        one!("log", Takes::Floating(map::log)),
        one!("log1p", Takes::Floating(map::log1p)),
        one!("log2", Takes::Floating(map::log2)),
        one!("log10", Takes::Floating(map::log10)),
        both!("logaddexp", map::logaddexp, Both::Floating),
        both!("pow", map::pow, Both::As("numbers")),
        one!("sqrt", Takes::Floating(map::sqrt)),
    ],
    page: include_str!("exponential.md"),
};
