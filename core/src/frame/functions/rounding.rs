//! Numbers with fewer digits, and numbers within bounds.

use polars::prelude::RoundMode;

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const DECIMALS: Param = Param::optional("decimals", Kind::Int, Default::Int(0));
const MODES: Kind = Kind::Choice(&["half_to_even", "half_away_from_zero"]);

/// Numbers with fewer digits, and numbers within bounds.
pub(super) const FAMILY: Family = Family {
    name: "rounding",
    page: include_str!("rounding.md"),
    functions: &[
        Function::method(
            "round",
            &[DECIMALS, Param::optional("mode", MODES, Default::Text("half_to_even"))],
            |given| {
                let mode = match given.text("mode")? {
                    "half_away_from_zero" => RoundMode::HalfAwayFromZero,
                    _ => RoundMode::HalfToEven,
                };
                Ok(given.me()?.round(given.size("decimals")?, mode))
            },
        ),
        Function::method("round_sig_figs", &[Param::required("digits", Kind::Int)], |given| {
            Ok(given.me()?.round_sig_figs(given.size("digits")?))
        }),
        Function::method("truncate", &[DECIMALS], |given| Ok(given.me()?.truncate(given.size("decimals")?))),
        Function::method("floor", &[], |given| Ok(given.me()?.floor())),
        Function::method("ceil", &[], |given| Ok(given.me()?.ceil())),
        Function::method("sign", &[], |given| Ok(given.me()?.sign())),
        Function::method(
            "clip",
            &[
                Param::optional("lower_bound", Kind::Column, Default::None),
                Param::optional("upper_bound", Kind::Column, Default::None),
            ],
            |given| {
                let me = given.me()?;
                Ok(match (given.column_if("lower_bound")?, given.column_if("upper_bound")?) {
                    (Some(lower), Some(upper)) => me.clip(lower, upper),
                    (Some(lower), None) => me.clip_min(lower),
                    (None, Some(upper)) => me.clip_max(upper),
                    (None, None) => me,
                })
            },
        ),
    ],
};
