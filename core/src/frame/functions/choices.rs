//! Texts that choose, and what they choose of Polars'.

use polars::prelude::{ClosedInterval, ClosedWindow, QuantileMethod, RollingRankMethod, SortOptions};

use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

/// Which of its two ends an interval or a window has.
pub(super) const CLOSED: Kind = Kind::Choice(&["left", "right", "both", "none"]);

/// What a quantile is that falls between two values.
pub(super) const QUANTILE: Kind =
    Kind::Choice(&["nearest", "higher", "lower", "midpoint", "linear", "equiprobable"]);

/// `interpolation="nearest"`.
pub(super) const INTERPOLATION: Param = Param::optional("interpolation", QUANTILE, Default::Text("nearest"));

/// What equal values of a window rank.
pub(super) const ROLLING_RANK: Kind = Kind::Choice(&["average", "min", "max", "dense", "random"]);

/// `descending=False`.
pub(super) const DESCENDING: Param = Param::named("descending", Kind::Bool, Default::Bool(false));

/// `nulls_last=False`.
pub(super) const NULLS_LAST: Param = Param::named("nulls_last", Kind::Bool, Default::Bool(false));

/// How values are sorted, of the arguments `descending` and `nulls_last`.
pub(super) fn sorting(given: &Given<'_>) -> Result<SortOptions, Error> {
    Ok(SortOptions::default()
        .with_order_descending(given.bool("descending")?)
        .with_nulls_last(given.bool("nulls_last")?))
}

/// The window's ends, of the argument `closed`.
pub(super) fn window(given: &Given<'_>) -> Result<ClosedWindow, Error> {
    Ok(match given.text("closed")? {
        "left" => ClosedWindow::Left,
        "right" => ClosedWindow::Right,
        "none" => ClosedWindow::None,
        _ => ClosedWindow::Both,
    })
}

/// The interval's ends, of the argument `closed`.
pub(super) fn interval(given: &Given<'_>) -> Result<ClosedInterval, Error> {
    Ok(match given.text("closed")? {
        "left" => ClosedInterval::Left,
        "right" => ClosedInterval::Right,
        "none" => ClosedInterval::None,
        _ => ClosedInterval::Both,
    })
}

/// The quantile's method, of the argument `interpolation`.
pub(super) fn interpolation(given: &Given<'_>) -> Result<QuantileMethod, Error> {
    Ok(match given.text("interpolation")? {
        "higher" => QuantileMethod::Higher,
        "lower" => QuantileMethod::Lower,
        "midpoint" => QuantileMethod::Midpoint,
        "linear" => QuantileMethod::Linear,
        "equiprobable" => QuantileMethod::Equiprobable,
        _ => QuantileMethod::Nearest,
    })
}

/// The rank's method, of the argument `method`.
pub(super) fn rolling_rank(given: &Given<'_>) -> Result<RollingRankMethod, Error> {
    Ok(match given.text("method")? {
        "min" => RollingRankMethod::Min,
        "max" => RollingRankMethod::Max,
        "dense" => RollingRankMethod::Dense,
        "random" => RollingRankMethod::Random,
        _ => RollingRankMethod::Average,
    })
}

/// A quantile, which is from 0 to 1.
pub(super) fn from_0_to_1(quantile: f64) -> Result<f64, Error> {
    if (0.0..=1.0).contains(&quantile) {
        return Ok(quantile);
    }
    Err(Error::refused(format!("`quantile` is {quantile}, which is not from 0 to 1")))
}
