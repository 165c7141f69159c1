//! `value_counts`: how often values occur together.

use polars::prelude::{DataType, Expr, SortMultipleOptions, len};

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// `value_counts`: how often values occur together.
pub(super) const VERB: Verb = Verb {
    name: "value_counts",
    on: On::Frame,
    params: &[
        Param::rest("columns", Kind::Columns),
        Param::named("sort", Kind::Bool, Default::Bool(true)),
        Param::named("name", Kind::Text, Default::None),
        Param::named("normalize", Kind::Bool, Default::Bool(false)),
        Param::named("drop_nulls", Kind::Bool, Default::Bool(false)),
    ],
    page: include_str!("value_counts.md"),
    polars: |given| {
        let (columns, normalize) = (given.columns("columns")?, given.bool("normalize")?);
        let frame = given.frame()?;
        let mut frame = if columns.is_empty() { frame } else { frame.select(columns) };
        let schema = frame.collect_schema()?;
        let name = given.text_if("name")?.unwrap_or(if normalize { "proportion" } else { "count" });
        if schema.is_empty() {
            return Err(Error::refused("`value_counts` is asked of a frame without columns"));
        }
        if schema.contains(name) {
            return Err(Error::refused(format!(
                "a column `{name}` is counted, and its counts cannot have that name"
            ))
            .hinted("give them another: `name=\"n\"`"));
        }
        let keys: Vec<Expr> = schema.iter_names().cloned().map(Expr::Column).collect();
        let frame = if given.bool("drop_nulls")? { frame.drop_nulls(None) } else { frame };
        let count = || Expr::Column(name.into());
        let counts = frame.group_by_stable(keys).agg([len().alias(name)]);
        let counts = if given.bool("sort")? {
            let greatest_first = SortMultipleOptions::default().with_order_descending(true);
            counts.sort_by_exprs([count()], greatest_first.with_maintain_order(true))
        } else {
            counts
        };
        if !normalize {
            return Ok(counts.into());
        }
        let number = || count().cast(DataType::Float64);
        Ok(counts.with_columns([number() / number().sum()]).into())
    },
};
