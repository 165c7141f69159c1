//! What the rows near a row come to: windows of so much time, or of so many steps of another column.

use polars::prelude::{Expr, RollingFnParams, RollingOptionsDynamicWindow, RollingVarParams};

use super::choices::{self, CLOSED, INTERPOLATION, ROLLING_RANK, from_0_to_1, interpolation, rolling_rank};
use super::made;
use super::moment::reach_ns;
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const BY: Param = Param::required("by", Kind::Column);
const WINDOW_SIZE: Param = Param::required("window_size", Kind::Span);
const ONE: Param = Param::named("min_samples", Kind::Int, Default::Int(1));
const NONE: Param = Param::named("min_samples", Kind::Int, Default::Int(0));
const ENDS: Param = Param::named("closed", CLOSED, Default::Text("right"));
const DDOF: Param = Param::named("ddof", Kind::Int, Default::Int(1));

const PLAIN: &[Param] = &[BY, WINDOW_SIZE, ONE, ENDS];
const SPREAD: &[Param] = &[BY, WINDOW_SIZE, ONE, ENDS, DDOF];

/// What the rows near a row come to: windows of so much time, or of so many steps of another column.
pub(super) const FAMILY: Family = Family {
    name: "rolling_by",
    page: include_str!("rolling_by.md"),
    functions: &[
        Function::method("rolling_mean_by", PLAIN, |given| {
            Ok(given.me()?.rolling_mean_by(along(given)?, window(given, None)?))
        }),
        Function::method("rolling_sum_by", &[BY, WINDOW_SIZE, NONE, ENDS], |given| {
            Ok(given.me()?.rolling_sum_by(along(given)?, window(given, None)?))
        }),
        Function::method("rolling_min_by", PLAIN, |given| {
            Ok(given.me()?.rolling_min_by(along(given)?, window(given, None)?))
        }),
        Function::method("rolling_max_by", PLAIN, |given| {
            Ok(given.me()?.rolling_max_by(along(given)?, window(given, None)?))
        }),
        Function::method("rolling_median_by", PLAIN, |given| {
            Ok(given.me()?.rolling_median_by(along(given)?, window(given, None)?))
        }),
        Function::method("rolling_std_by", SPREAD, |given| {
            Ok(given.me()?.rolling_std_by(along(given)?, spread(given)?))
        }),
        Function::method("rolling_var_by", SPREAD, |given| {
            Ok(given.me()?.rolling_var_by(along(given)?, spread(given)?))
        }),
        Function::method(
            "rolling_quantile_by",
            &[BY, WINDOW_SIZE, Param::required("quantile", Kind::Float), INTERPOLATION, ONE, ENDS],
            |given| {
                let (method, quantile) = (interpolation(given)?, from_0_to_1(given.float("quantile")?)?);
                let by = along(given)?;
                Ok(given.me()?.rolling_quantile_by(by, method, quantile, window(given, None)?))
            },
        ),
        Function::method(
            "rolling_rank_by",
            &[
                BY,
                WINDOW_SIZE,
                Param::optional("method", ROLLING_RANK, Default::Text("average")),
                Param::named("seed", Kind::Int, Default::Int(0)),
                ONE,
                ENDS,
            ],
            |given| {
                let (method, seed) = (rolling_rank(given)?, Some(given.size("seed")?));
                let window = window(given, Some(RollingFnParams::Rank { method, seed }))?;
                Ok(given.me()?.rolling_rank_by(along(given)?, window))
            },
        ),
    ],
};

/// What windows lie along, once it is known that their ends can be held.
fn along(given: &Given<'_>) -> Result<Expr, Error> {
    Ok(made::in_reach(given.column("by")?, reach_ns(&[given.span("window_size")?])))
}

fn window(given: &Given<'_>, params: Option<RollingFnParams>) -> Result<RollingOptionsDynamicWindow, Error> {
    Ok(RollingOptionsDynamicWindow {
        window_size: given.span("window_size")?,
        min_periods: given.size("min_samples")?,
        closed_window: choices::window(given)?,
        fn_params: params,
    })
}

fn spread(given: &Given<'_>) -> Result<RollingOptionsDynamicWindow, Error> {
    let ddof = given.size("ddof")?;
    window(given, Some(RollingFnParams::Var(RollingVarParams { ddof })))
}
