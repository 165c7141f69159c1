//! Polars has it of frames in memory; this is a plan: the steps between the first time and the last, and to each the
//! rows of that time.

use polars::prelude::{
    ClosedWindow, DataType, ExplodeOptions, Expr, JoinType, MaintainOrderJoin, PlSmallStr, by_name, col,
    date_ranges, datetime_ranges,
};

use super::{On, Verb};
use crate::frame::functions::made;
use crate::frame::functions::moment::reach_ns;
use crate::frame::lower::{Error, field_of};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

/// `upsample`: a row for every step of time.
///
/// Polars has it of frames in memory; this is a plan: the steps between the first time and the last, and to each the
/// rows of that time.
pub(super) const VERB: Verb = Verb {
    name: "upsample",
    on: On::Frame,
    params: &[
        Param::required("time_column", Kind::Name),
        Param::required("every", Kind::Span),
        Param::named("group_by", Kind::Names, Default::None),
        Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("upsample.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let (time, groups) = (given.text("time_column")?, given.names("group_by")?);
        let schema = frame.collect_schema()?;
        let (_, kind) = field_of(&frame, &col(time))?;
        let every = given.span("every")?;
        let last = made::in_reach(col(time).max(), reach_ns(&[every]));
        let last = made::span_end(col(time).min(), last, &every);
        let (first, last) = (Some(col(time).min()), Some(last));
        let (every, both) = (Some(every), ClosedWindow::Both);
        let steps = match &kind {
            DataType::Date => date_ranges(first, last, every, None, both)?,
            DataType::Datetime(..) => datetime_ranges(first, last, every, None, both, None, None)?,
            other => {
                return Err(Error::refused(format!(
                    "`time_column` is `{time}`, which is {}",
                    type_shown(other)
                ))
                .hinted("steps are made of a Date or a Datetime: cast it"));
            }
        };
        let keys: Vec<Expr> = groups.iter().map(|name| col(*name)).collect();
        let steps = if keys.is_empty() {
            frame.clone().select([steps.alias(time)])
        } else {
            frame.clone().group_by_stable(&keys).agg([steps.alias(time)])
        };
        // Of no rows there are no steps: a null, which is left out.
        let steps = steps.explode(
            by_name([time], true, false),
            ExplodeOptions { empty_as_null: false, keep_nulls: false },
        );
        let on: Vec<Expr> = keys.into_iter().chain([col(time)]).collect();
        let ordered = given.bool("maintain_order")?;
        let order = if ordered { MaintainOrderJoin::LeftRight } else { MaintainOrderJoin::None };
        let rows = steps
            .join_builder()
            .with(frame)
            .on(on)
            .how(JoinType::Left)
            .join_nulls(true)
            .maintain_order(order)
            .finish();
        let mut names: Vec<PlSmallStr> = schema.iter_names().cloned().collect();
        if groups.is_empty() {
            // The time is the first of them, as where Polars has them in memory.
            names.sort_by_key(|name| name.as_str() != time);
        }
        Ok(rows.select([by_name(names, true, false).as_expr()]).into())
    },
};
