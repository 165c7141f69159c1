//! What the rows around a row come to: windows of so many rows.

use polars::lazy::dsl::{self, RollingCovOptions};
use polars::prelude::{
    Column, Expr, IdxSize, NULL, RollingFnParams, RollingOptionsFixedWindow, RollingVarParams, lit,
    polars_ensure,
};

use super::choices::{INTERPOLATION, ROLLING_RANK, from_0_to_1, interpolation, rolling_rank};
use super::statistics::pair;
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const WINDOW_SIZE: Param = Param::required("window_size", Kind::Int);
const WEIGHTS: Param = Param::optional("weights", Kind::Floats, Default::None);
const MIN_SAMPLES: Param = Param::named("min_samples", Kind::Int, Default::None);
const CENTER: Param = Param::named("center", Kind::Bool, Default::Bool(false));
const DDOF: Param = Param::named("ddof", Kind::Int, Default::Int(1));
const BIAS: Param = Param::named("bias", Kind::Bool, Default::Bool(true));
const A: Param = Param::required("a", Kind::Column);
const B: Param = Param::required("b", Kind::Column);

const WEIGHTED: &[Param] = &[WINDOW_SIZE, WEIGHTS, MIN_SAMPLES, CENTER];
const SPREAD: &[Param] = &[WINDOW_SIZE, WEIGHTS, MIN_SAMPLES, CENTER, DDOF];

/// What the rows around a row come to: windows of so many rows.
pub(super) const FAMILY: Family = Family {
    name: "rolling",
    page: include_str!("rolling.md"),
    functions: &[
        Function::method("rolling_mean", WEIGHTED, |given| Ok(column(given)?.rolling_mean(weighted(given)?))),
        Function::method("rolling_sum", WEIGHTED, |given| Ok(column(given)?.rolling_sum(weighted(given)?))),
        Function::method("rolling_min", WEIGHTED, |given| Ok(column(given)?.rolling_min(weighted(given)?))),
        Function::method("rolling_max", WEIGHTED, |given| Ok(column(given)?.rolling_max(weighted(given)?))),
        Function::method("rolling_median", WEIGHTED, |given| {
            Ok(column(given)?.rolling_median(weighted(given)?))
        }),
        Function::method("rolling_std", SPREAD, |given| Ok(column(given)?.rolling_std(spread(given)?))),
        Function::method("rolling_var", SPREAD, |given| Ok(column(given)?.rolling_var(spread(given)?))),
        Function::method(
            "rolling_quantile",
            &[
                Param::required("quantile", Kind::Float),
                INTERPOLATION,
                Param::optional("window_size", Kind::Int, Default::Int(2)),
                WEIGHTS,
                MIN_SAMPLES,
                CENTER,
            ],
            |given| {
                let quantile = from_0_to_1(given.float("quantile")?)?;
                Ok(column(given)?.rolling_quantile(interpolation(given)?, quantile, weighted(given)?))
            },
        ),
        Function::method("rolling_skew", &[WINDOW_SIZE, BIAS, MIN_SAMPLES, CENTER], |given| {
            let bias = given.bool("bias")?;
            let options = window(given, Some(RollingFnParams::Skew { bias }))?;
            Ok(never_empty(given.me()?, |me| me.rolling_skew(options)))
        }),
        Function::method(
            "rolling_kurtosis",
            &[
                WINDOW_SIZE,
                Param::named("fisher", Kind::Bool, Default::Bool(true)),
                BIAS,
                MIN_SAMPLES,
                CENTER,
            ],
            |given| {
                let (fisher, bias) = (given.bool("fisher")?, given.bool("bias")?);
                let options = window(given, Some(RollingFnParams::Kurtosis { fisher, bias }))?;
                Ok(never_empty(given.me()?, |me| me.rolling_kurtosis(options)))
            },
        ),
        Function::method(
            "rolling_rank",
            &[
                WINDOW_SIZE,
                Param::optional("method", ROLLING_RANK, Default::Text("average")),
                Param::named("seed", Kind::Int, Default::Int(0)),
                MIN_SAMPLES,
                CENTER,
            ],
            |given| {
                let (method, seed) = (rolling_rank(given)?, Some(given.size("seed")?));
                Ok(given.me()?.rolling_rank(window(given, Some(RollingFnParams::Rank { method, seed }))?))
            },
        ),
        Function::free("rolling_corr", &[A, B, WINDOW_SIZE, MIN_SAMPLES], |given| {
            together(given, 1, dsl::rolling_corr)
        }),
        Function::free("rolling_cov", &[A, B, WINDOW_SIZE, MIN_SAMPLES, DDOF], |given| {
            together(given, given.size("ddof")?, dsl::rolling_cov)
        }),
    ],
};

/// The window, and how many of its rows have to hold a value: all, where nothing is said.
fn sizes<T: TryFrom<i64> + Copy>(given: &Given<'_>) -> Result<(T, T), Error> {
    let (size, least) = (given.int("window_size")?, given.int_if("min_samples")?);
    if size < 1 {
        return Err(Error::refused(format!("`window_size` is {size}, and a window has one row at least")));
    }
    if let Some(least) = least.filter(|least| *least > size) {
        return Err(Error::refused(format!(
            "`min_samples` is {least}, more than the {size} rows of `window_size`"
        )));
    }
    let size = given.size("window_size")?;
    Ok((size, given.size_if("min_samples")?.unwrap_or(size)))
}

fn window(given: &Given<'_>, params: Option<RollingFnParams>) -> Result<RollingOptionsFixedWindow, Error> {
    let (window_size, min_periods) = sizes(given)?;
    let center = given.bool("center")?;
    Ok(RollingOptionsFixedWindow { window_size, min_periods, weights: None, center, fn_params: params })
}

/// What the window is over: numbers with a point, and none missing, where rows count differently. Polars' types do not
/// know the one, and Polars 0.55.2 panics at the other.
fn column(given: &Given<'_>) -> Result<Expr, Error> {
    let me = given.me()?;
    if !given.has("weights")? {
        return Ok(me);
    }
    let none_missing = |column: Column| {
        polars_ensure!(column.null_count() == 0, ComputeError: "windows with `weights` take no nulls, and column `{}` has some: `fill_null` or `drop_nulls` first", column.name());
        Ok(column)
    };
    Ok((me * dsl::lit(1.0)).map(none_missing, |_, field| Ok(field.clone())))
}

/// A window whose rows may count differently.
fn weighted(given: &Given<'_>) -> Result<RollingOptionsFixedWindow, Error> {
    let window = window(given, None)?;
    if !given.has("weights")? {
        return Ok(window);
    }
    let weights = given.floats("weights")?;
    if weights.len() != window.window_size {
        return Err(Error::refused(format!(
            "`weights` holds {} numbers for the {} rows of `window_size`",
            weights.len(),
            window.window_size
        )));
    }
    Ok(RollingOptionsFixedWindow { weights: Some(weights), ..window })
}

fn spread(given: &Given<'_>) -> Result<RollingOptionsFixedWindow, Error> {
    let ddof = given.size("ddof")?;
    Ok(RollingOptionsFixedWindow {
        fn_params: Some(RollingFnParams::Var(RollingVarParams { ddof })),
        ..weighted(given)?
    })
}

fn together(
    given: &Given<'_>,
    ddof: u8,
    made: fn(Expr, Expr, RollingCovOptions) -> Expr,
) -> Result<Expr, Error> {
    let (window_size, min_periods) = sizes::<IdxSize>(given)?;
    let (a, b) = pair(given)?;
    Ok(made(a, b, RollingCovOptions { window_size, min_periods, ddof }))
}

/// `made` of a column with a null behind it, which is cut off again: Polars 0.55.2 panics where there is no row.
fn never_empty(me: Expr, made: impl FnOnce(Expr) -> Expr) -> Expr {
    let rows = me.clone().len();
    made(me.append(lit(NULL), true)).slice(lit(0), rows)
}
