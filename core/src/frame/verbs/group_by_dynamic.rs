//! `group_by_dynamic`: rows by windows of time.

use polars::prelude::{
    DataType, Duration, DynamicGroupOptions, Label, SortMultipleOptions, StartBy, TimeUnit,
};

use super::rolling::{CLOSED, above_zero, closed, indexed};
use super::{On, Verb};
use crate::frame::functions::made;
use crate::frame::functions::moment::reach_ns;
use crate::frame::lower::{Error, Given, field_of};
use crate::lang::signature::{Default, Kind, Param};

const START_BY: Kind = Kind::Choice(&[
    "window",
    "datapoint",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]);

/// `group_by_dynamic`: rows by windows of time.
pub(super) const VERB: Verb = Verb {
    name: "group_by_dynamic",
    on: On::Frame,
    params: &[
        Param::required("index_column", Kind::Column),
        Param::required("every", Kind::Span),
        Param::named("period", Kind::Span, Default::None),
        Param::named("offset", Kind::Span, Default::None),
        Param::named("include_boundaries", Kind::Bool, Default::Bool(false)),
        Param::named("closed", CLOSED, Default::Text("left")),
        Param::named("label", Kind::Choice(&["left", "right", "datapoint"]), Default::Text("left")),
        Param::named("group_by", Kind::Columns, Default::None),
        Param::named("start_by", START_BY, Default::Text("window")),
    ],
    page: include_str!("group_by_dynamic.md"),
    polars: |given| {
        let (frame, index) = indexed(given)?;
        let every = every(given)?;
        let group_by = given.columns("group_by")?;
        let period = match given.span_if("period")? {
            Some(period) => above_zero(given, "period", period)?,
            None => every,
        };
        let offset = given.span_if("offset")?.map_or_else(|| Duration::try_parse("0ns"), Ok)?;
        let kind = field_of(&frame, &index)?.1;
        let whole = kind.is_integer();
        let unit_ns = match kind {
            DataType::Date => made::DAY_NS,
            DataType::Datetime(TimeUnit::Milliseconds, _) => 1_000_000,
            DataType::Datetime(TimeUnit::Microseconds, _) => 1_000,
            _ => 1,
        };
        // A window may begin as far before the first row, and a week if it is to begin on a certain day.
        let week = if whole { Duration::try_parse("0ns")? } else { Duration::try_parse("7d")? };
        let span_ns = reach_ns(&[every, every, period, offset, week]);
        let windows = made::windows(index.clone(), unit_ns, &every, &period, span_ns, &group_by)?;
        let frame = frame.with_columns([windows]);
        let options = DynamicGroupOptions {
            every,
            period,
            offset,
            label: match given.text("label")? {
                "right" => Label::Right,
                "datapoint" => Label::DataPoint,
                _ => Label::Left,
            },
            include_boundaries: given.bool("include_boundaries")?,
            closed_window: closed(given)?,
            start_by: start_by(given)?,
            ..DynamicGroupOptions::default()
        };
        // Polars' streaming engine answers wrongly, and says nothing, where the rows are not in order and there are
        // no groups (0.55.2; with groups, and in memory, it refuses).
        let frame = if group_by.is_empty() {
            frame.sort_by_exprs([index.clone()], SortMultipleOptions::default().with_maintain_order(true))
        } else {
            frame
        };
        Ok(frame.group_by_dynamic(index, group_by, options).into())
    },
};

/// How far it is from the beginning of one window to that of the next.
pub(super) fn every(given: &Given<'_>) -> Result<Duration, Error> {
    above_zero(given, "every", given.span("every")?)
}

fn start_by(given: &Given<'_>) -> Result<StartBy, Error> {
    Ok(match given.text("start_by")? {
        "datapoint" => StartBy::DataPoint,
        "monday" => StartBy::Monday,
        "tuesday" => StartBy::Tuesday,
        "wednesday" => StartBy::Wednesday,
        "thursday" => StartBy::Thursday,
        "friday" => StartBy::Friday,
        "saturday" => StartBy::Saturday,
        "sunday" => StartBy::Sunday,
        _ => StartBy::WindowBound,
    })
}
