//! `fill_null`: something in place of nulls.

use polars::prelude::{DataType, DataTypeSelector, FillNullStrategy, Selector, all, dtype_cols};

use super::{On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const STRATEGY: Kind = Kind::Choice(&["forward", "backward", "min", "max", "mean", "zero", "one"]);

/// `fill_null`: something in place of nulls.
pub(super) const VERB: Verb = Verb {
    name: "fill_null",
    on: On::Frame,
    params: &[
        Param::optional("value", Kind::Value, Default::None),
        Param::optional("strategy", STRATEGY, Default::None),
        Param::optional("limit", Kind::Int, Default::None),
        Param::named("matches_supertype", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("fill_null.md"),
    polars: |given| {
        let strategy = given.text_if("strategy")?;
        let limit = if given.has("limit")? { Some(given.count("limit")?) } else { None };
        if limit.is_some() && !matches!(strategy, Some("forward" | "backward")) {
            return Err(Error::refused("`limit` is given without a strategy that goes on")
                .hinted("it counts the nulls that `\"forward\"` or `\"backward\"` fills in a row"));
        }
        let strategy = match (given.column_if("value")?, strategy) {
            (Some(value), None) => {
                let columns = filled(given)?.as_expr().fill_null(value);
                return Ok(given.frame()?.with_columns([columns]).into());
            }
            (None, Some("forward")) => FillNullStrategy::Forward(limit),
            (None, Some("backward")) => FillNullStrategy::Backward(limit),
            (None, Some("min")) => FillNullStrategy::Min,
            (None, Some("max")) => FillNullStrategy::Max,
            (None, Some("mean")) => FillNullStrategy::Mean,
            (None, Some("zero")) => FillNullStrategy::Zero,
            (None, Some(_)) => FillNullStrategy::One,
            (Some(_), Some(_)) => {
                return Err(Error::refused("`fill_null` is given both `value` and `strategy`"));
            }
            (None, None) => {
                return Err(Error::refused("`fill_null` is given neither `value` nor `strategy`"));
            }
        };
        Ok(given.frame()?.with_columns([all().as_expr().fill_null_with_strategy(strategy)]).into())
    },
};

/// `fill_nan`: something in place of NaN.
pub(super) const NAN: Verb = Verb {
    name: "fill_nan",
    on: On::Frame,
    params: &[Param::required("value", Kind::Value)],
    page: include_str!("fill_nan.md"),
    polars: |given| Ok(given.frame()?.fill_nan(given.column("value")?).into()),
};

/// The columns that a value fills: those of its own kind, and all where it is computed.
fn filled(given: &Given<'_>) -> Result<Selector, Error> {
    let of = |kinds: &[DataType]| dtype_cols(kinds).as_selector();
    let nulls = of(&[DataType::Null]);
    let close = given.bool("matches_supertype")?;
    Ok(match given.constant("value")? {
        Some(Literal::Bool(_)) => of(&[DataType::Boolean]) | nulls,
        Some(Literal::Int(_) | Literal::Float(_)) if close => DataTypeSelector::Numeric.as_selector() | nulls,
        Some(Literal::Int(_)) => of(&[DataType::Int64]) | nulls,
        Some(Literal::Float(_)) => of(&[DataType::Float64]) | nulls,
        Some(Literal::Text(_)) => {
            of(&[DataType::String]) | DataTypeSelector::Categorical.as_selector() | nulls
        }
        _ => all(),
    })
}
