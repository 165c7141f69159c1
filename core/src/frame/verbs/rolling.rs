//! `rolling`: for each row, the rows that lie before it in time.

use polars::prelude::{ClosedWindow, DataType, Duration, Expr, LazyFrame, RollingGroupOptions};

use super::{On, Verb};
use crate::frame::functions::made;
use crate::frame::functions::moment::reach_ns;
use crate::frame::lower::{Error, Given, field_of};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

/// Which ends of a window belong to it.
pub(super) const CLOSED: Kind = Kind::Choice(&["left", "right", "both", "none"]);

/// `rolling`: for each row, the rows that lie before it in time.
pub(super) const VERB: Verb = Verb {
    name: "rolling",
    on: On::Frame,
    params: &[
        Param::required("index_column", Kind::Column),
        Param::required("period", Kind::Span),
        Param::named("offset", Kind::Span, Default::None),
        Param::named("closed", CLOSED, Default::Text("right")),
        Param::named("group_by", Kind::Columns, Default::None),
    ],
    page: include_str!("rolling.md"),
    polars: |given| {
        let (frame, index) = indexed(given)?;
        let period = above_zero(given, "period", given.span("period")?)?;
        let offset = given.span_if("offset")?.unwrap_or(-period);
        // Replaced, the column is still in order.
        let frame = frame.with_columns([made::in_reach(index.clone(), reach_ns(&[period, offset]))]);
        let options = RollingGroupOptions {
            period,
            offset,
            closed_window: closed(given)?,
            ..RollingGroupOptions::default()
        };
        Ok(frame.rolling(index, given.columns("group_by")?, options).into())
    },
};

/// The length of time, unless there is nothing in it.
pub(super) fn above_zero(given: &Given<'_>, name: &'static str, span: Duration) -> Result<Duration, Error> {
    match span.negative() || span.is_zero() {
        false => Ok(span),
        true => {
            Err(Error::refused(format!("`{name}` is {:?}, and should be more than 0", given.text(name)?)))
        }
    }
}

/// Which ends of a window belong to it.
pub(super) fn closed(given: &Given<'_>) -> Result<ClosedWindow, Error> {
    Ok(match given.text("closed")? {
        "left" => ClosedWindow::Left,
        "both" => ClosedWindow::Both,
        "none" => ClosedWindow::None,
        _ => ClosedWindow::Right,
    })
}

/// The frame, and its column along which windows lie: of a type that they can be measured in, and a column by name.
///
/// Polars takes an expression, too, and panics where it has no type.
pub(super) fn indexed(given: &Given<'_>) -> Result<(LazyFrame, Expr), Error> {
    let (frame, index) = (given.frame()?, given.column("index_column")?);
    let (name, kind) = field_of(&frame, &index)?;
    let whole = matches!(kind, DataType::Int32 | DataType::Int64 | DataType::UInt32 | DataType::UInt64);
    if !whole && !kind.is_temporal() {
        return Err(Error::refused(format!("`index_column` is `{name}`, which is {}", type_shown(&kind)))
            .hinted("windows lie along a date, a time or an integer of 32 or 64 bits: cast it"));
    }
    Ok(match index {
        index @ Expr::Column(_) => (frame, index),
        index => (frame.with_columns([index]), Expr::Column(name)),
    })
}
