//! To whole numbers.

use super::super::kernels::map;
use super::super::make::elementwise::Takes;
use super::Family;
use super::elementwise::one;

pub(super) const FAMILY: Family = Family {
    name: "rounding",
    ops: &[
        one!("floor", Takes::Rounding(map::floor_float)),
        one!("ceil", Takes::Rounding(map::ceil_float)),
        one!("trunc", Takes::Rounding(map::trunc_float)),
        one!("round", Takes::Rounding(map::round)),
    ],
    page: include_str!("rounding.md"),
};
