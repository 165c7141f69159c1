//! What the rows before a row come to, the near ones more than the far ones.

use polars::prelude::EWMOptions;

use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const COM: Param = Param::named("com", Kind::Float, Default::None);
const SPAN: Param = Param::named("span", Kind::Float, Default::None);
const HALF_LIFE: Param = Param::named("half_life", Kind::Float, Default::None);
const ALPHA: Param = Param::named("alpha", Kind::Float, Default::None);
const ADJUST: Param = Param::named("adjust", Kind::Bool, Default::Bool(true));
const BIAS: Param = Param::named("bias", Kind::Bool, Default::Bool(false));
const MIN_SAMPLES: Param = Param::named("min_samples", Kind::Int, Default::Int(1));
const IGNORE_NULLS: Param = Param::named("ignore_nulls", Kind::Bool, Default::Bool(false));

const SPREAD: &[Param] = &[COM, SPAN, HALF_LIFE, ALPHA, ADJUST, BIAS, MIN_SAMPLES, IGNORE_NULLS];

/// What the rows before a row come to, the near ones more than the far ones.
pub(super) const FAMILY: Family = Family {
    name: "ewm",
    page: include_str!("ewm.md"),
    functions: &[
        Function::method(
            "ewm_mean",
            &[COM, SPAN, HALF_LIFE, ALPHA, ADJUST, MIN_SAMPLES, IGNORE_NULLS],
            |given| Ok(given.me()?.ewm_mean(options(given, given.bool("adjust")?, false)?)),
        ),
        Function::method("ewm_sum", &[COM, SPAN, HALF_LIFE, ALPHA, MIN_SAMPLES, IGNORE_NULLS], |given| {
            Ok(given.me()?.ewm_sum(options(given, false, false)?))
        }),
        Function::method("ewm_std", SPREAD, |given| {
            Ok(given.me()?.ewm_std(options(given, given.bool("adjust")?, given.bool("bias")?)?))
        }),
        Function::method("ewm_var", SPREAD, |given| {
            Ok(given.me()?.ewm_var(options(given, given.bool("adjust")?, given.bool("bias")?)?))
        }),
    ],
};

fn options(given: &Given<'_>, adjust: bool, bias: bool) -> Result<EWMOptions, Error> {
    Ok(EWMOptions {
        alpha: alpha(given)?,
        adjust,
        bias,
        min_periods: given.size("min_samples")?,
        ignore_nulls: given.bool("ignore_nulls")?,
    })
}

/// What the weights fall by from row to row, in one of the four ways to say so.
fn alpha(given: &Given<'_>) -> Result<f64, Error> {
    let (com, span) = (given.float_if("com")?, given.float_if("span")?);
    let (half_life, alpha) = (given.float_if("half_life")?, given.float_if("alpha")?);
    Ok(match (com, span, half_life, alpha) {
        (Some(com), None, None, None) if com >= 0.0 => 1.0 / (1.0 + com),
        (None, Some(span), None, None) if span >= 1.0 => 2.0 / (span + 1.0),
        (None, None, Some(half_life), None) if half_life > 0.0 => {
            1.0 - (-std::f64::consts::LN_2 / half_life).exp()
        }
        (None, None, None, Some(alpha)) if alpha > 0.0 && alpha <= 1.0 => alpha,
        _ => {
            return Err(Error::refused("how fast weights fall is not said, or not in one way").hinted(
                "give one of `com` (0 or more), `span` (1 or more), `half_life` (above 0), `alpha` (above 0, up to 1)",
            ));
        }
    })
}
