//! Angles, and hyperbolic functions.

use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes};
use super::Family;
use super::elementwise::{both, one};

pub(super) const FAMILY: Family = Family {
    name: "trigonometry",
    ops: &[
        one!("sin", Takes::Floating(map::sin)),
        one!("cos", Takes::Floating(map::cos)),
        one!("tan", Takes::Floating(map::tan)),
        one!("asin", Takes::Floating(map::asin)),
        one!("acos", Takes::Floating(map::acos)),
        one!("atan", Takes::Floating(map::atan)),
        both!("atan2", map::atan2, Both::Floating),
        one!("sinh", Takes::Floating(map::sinh)),
        one!("cosh", Takes::Floating(map::cosh)),
        one!("tanh", Takes::Floating(map::tanh)),
        one!("asinh", Takes::Floating(map::asinh)),
        one!("acosh", Takes::Floating(map::acosh)),
        one!("atanh", Takes::Floating(map::atanh)),
    ],
    page: include_str!("trigonometry.md"),
};
