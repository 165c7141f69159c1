//! `join_asof`: to each row, the row of the other frame whose key is nearest.

use polars::prelude::{
    AsOfOptions, AsofStrategy, Expr, JoinCoalesce, JoinType, LazyFrame, PlSmallStr, Scalar,
};

use super::{On, Verb};
use crate::frame::lower::{Error, Given, field_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

/// `join_asof`: to each row, the row of the other frame whose key is nearest.
pub(super) const VERB: Verb = Verb {
    name: "join_asof",
    on: On::Frame,
    params: &[
        Param::required("other", Kind::Frame),
        Param::named("left_on", Kind::Column, Default::None),
        Param::named("right_on", Kind::Column, Default::None),
        Param::named("on", Kind::Column, Default::None),
        Param::named("by_left", Kind::Names, Default::None),
        Param::named("by_right", Kind::Names, Default::None),
        Param::named("by", Kind::Names, Default::None),
        Param::named(
            "strategy",
            Kind::Choice(&["backward", "forward", "nearest"]),
            Default::Text("backward"),
        ),
        Param::named("suffix", Kind::Text, Default::Text("_right")),
        Param::named("tolerance", Kind::Literal, Default::None),
        Param::named("coalesce", Kind::Bool, Default::Bool(true)),
        Param::named("allow_exact_matches", Kind::Bool, Default::Bool(true)),
        Param::named("check_sortedness", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("join_asof.md"),
    polars: |given| {
        let (left_on, right_on) = keys(given)?;
        let frame = given.frame()?;
        let (tolerance, tolerance_str) = tolerance(given, &frame, &left_on)?;
        let (left_by, right_by) = groups(given)?;
        let options = AsOfOptions {
            strategy: match given.text("strategy")? {
                "forward" => AsofStrategy::Forward,
                "nearest" => AsofStrategy::Nearest,
                _ => AsofStrategy::Backward,
            },
            tolerance,
            tolerance_str,
            allow_eq: given.bool("allow_exact_matches")?,
            // Within groups Polars cannot check, and would warn of it at every call.
            check_sortedness: given.bool("check_sortedness")? && left_by.is_none(),
            left_by,
            right_by,
        };
        let coalesce = given.bool("coalesce")?;
        let coalesce = if coalesce { JoinCoalesce::CoalesceColumns } else { JoinCoalesce::KeepColumns };
        Ok(frame
            .join_builder()
            .with(given.other("other")?)
            .left_on([left_on])
            .right_on([right_on])
            .how(JoinType::AsOf(Box::new(options)))
            .suffix(given.text("suffix")?)
            .coalesce(coalesce)
            .finish()
            .into())
    },
};

fn keys(given: &Given<'_>) -> Result<(Expr, Expr), Error> {
    match (given.column_if("on")?, given.column_if("left_on")?, given.column_if("right_on")?) {
        (Some(on), None, None) => Ok((on.clone(), on)),
        (None, Some(left), Some(right)) => Ok((left, right)),
        _ => Err(Error::refused("`join_asof` is given neither `on` alone nor both `left_on` and `right_on`")
            .hinted("name the column by which both frames are sorted: `on=\"time\"`")),
    }
}

type Names = Option<Vec<PlSmallStr>>;

fn groups(given: &Given<'_>) -> Result<(Names, Names), Error> {
    let names = |name| {
        let names = given.names(name)?;
        Ok::<_, Error>(names.into_iter().map(PlSmallStr::from).collect::<Vec<_>>())
    };
    match (names("by")?, names("by_left")?, names("by_right")?) {
        (by, left, right) if by.is_empty() && left.is_empty() && right.is_empty() => Ok((None, None)),
        (by, left, right) if left.is_empty() && right.is_empty() => Ok((Some(by.clone()), Some(by))),
        (by, left, right) if by.is_empty() && left.len() == right.len() => Ok((Some(left), Some(right))),
        _ => {
            Err(Error::refused("`join_asof` is given neither `by` alone nor `by_left` and `by_right` alike")
                .hinted("name the columns that must be equal: `by=\"symbol\"`"))
        }
    }
}

/// How far keys may lie apart: as a number of theirs, or as a length of time.
fn tolerance(
    given: &Given<'_>,
    frame: &LazyFrame,
    key: &Expr,
) -> Result<(Option<Scalar>, Option<PlSmallStr>), Error> {
    let negative =
        |value: &str| Err(Error::refused(format!("`tolerance` is {value}, and cannot be negative")));
    match given.value("tolerance")? {
        Literal::None => Ok((None, None)),
        Literal::Int(value) if value < 0 => negative(&value.to_string()),
        Literal::Float(value) if value.is_nan() || value < 0.0 => negative(&format!("{value:?}")),
        Literal::Int(_) => Ok((Some(Scalar::from(given.int("tolerance")?)), None)),
        Literal::Float(value) => Ok((Some(Scalar::from(value)), None)),
        Literal::Text(text) => {
            if given.span("tolerance")?.negative() {
                return negative(&format!("{text:?}"));
            }
            // Polars panics where a length of time meets keys that are none.
            let (_, kind) = field_of(frame, key)?;
            if !kind.is_temporal() {
                return Err(Error::refused(format!(
                    "`tolerance` is {text:?}, and the keys are {}",
                    type_shown(&kind)
                ))
                .hinted("give a number"));
            }
            Ok((None, Some(PlSmallStr::from_str(&text))))
        }
        _ => Err(Error::refused("`tolerance` is neither a number nor a length of time")
            .hinted("write `tolerance=10` or `tolerance=\"2m\"`")),
    }
}
