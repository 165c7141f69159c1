//! What is missing: nulls, NaN, and what stands in their place.

use polars::prelude::{Expr, FillNullStrategy, InterpolationMethod};

use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const STRATEGIES: Kind = Kind::Choice(&["forward", "backward", "min", "max", "mean", "zero", "one"]);
const LIMIT: Param = Param::optional("limit", Kind::Int, Default::None);

/// What is missing: nulls, NaN, and what stands in their place.
pub(super) const FAMILY: Family = Family {
    name: "nulls",
    page: include_str!("nulls.md"),
    functions: &[
        Function::method("is_null", &[], |given| Ok(given.me()?.is_null())),
        Function::method("is_not_null", &[], |given| Ok(given.me()?.is_not_null())),
        Function::method("is_nan", &[], |given| Ok(given.me()?.is_nan())),
        Function::method("is_not_nan", &[], |given| Ok(given.me()?.is_not_nan())),
        Function::method("is_finite", &[], |given| Ok(given.me()?.is_finite())),
        Function::method("is_infinite", &[], |given| Ok(given.me()?.is_infinite())),
        Function::method(
            "fill_null",
            &[
                Param::optional("value", Kind::Value, Default::None),
                Param::optional("strategy", STRATEGIES, Default::None),
                LIMIT,
            ],
            fill_null,
        ),
        Function::method("fill_nan", &[Param::required("value", Kind::Value)], |given| {
            Ok(given.me()?.fill_nan(given.column("value")?))
        }),
        Function::method("forward_fill", &[LIMIT], |given| {
            Ok(given.me()?.fill_null_with_strategy(FillNullStrategy::Forward(given.size_if("limit")?)))
        }),
        Function::method("backward_fill", &[LIMIT], |given| {
            Ok(given.me()?.fill_null_with_strategy(FillNullStrategy::Backward(given.size_if("limit")?)))
        }),
        Function::method(
            "interpolate",
            &[Param::optional("method", Kind::Choice(&["linear", "nearest"]), Default::Text("linear"))],
            |given| {
                Ok(given.me()?.interpolate(match given.text("method")? {
                    "nearest" => InterpolationMethod::Nearest,
                    _ => InterpolationMethod::Linear,
                }))
            },
        ),
        Function::method("interpolate_by", &[Param::required("by", Kind::Column)], |given| {
            Ok(given.me()?.interpolate_by(given.column("by")?))
        }),
    ],
};

fn fill_null(given: &Given<'_>) -> Result<Expr, Error> {
    let (value, strategy) = (given.column_if("value")?, given.text_if("strategy")?);
    let limit = given.size_if("limit")?;
    let strategy = match (value, strategy) {
        (Some(_), Some(strategy)) => {
            return Err(Error::refused(format!("nulls are filled with `value` or {strategy:?}, not both")));
        }
        (None, None) => {
            return Err(Error::refused("nothing is said to fill nulls with")
                .hinted("give `value`, or a `strategy` such as \"forward\""));
        }
        (Some(_), None) | (None, Some("min" | "max" | "mean" | "zero" | "one")) if limit.is_some() => {
            return Err(Error::refused(
                "`limit` goes with the strategies \"forward\" and \"backward\" alone",
            ));
        }
        (Some(value), None) => return Ok(given.me()?.fill_null(value)),
        (None, Some(strategy)) => strategy,
    };
    Ok(given.me()?.fill_null_with_strategy(match strategy {
        "forward" => FillNullStrategy::Forward(limit),
        "backward" => FillNullStrategy::Backward(limit),
        "min" => FillNullStrategy::Min,
        "max" => FillNullStrategy::Max,
        "mean" => FillNullStrategy::Mean,
        "zero" => FillNullStrategy::Zero,
        _ => FillNullStrategy::One,
    }))
}
