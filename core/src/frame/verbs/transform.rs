//! `transform`: what groups come to, beside each of their rows.

use super::{On, Verb};
use crate::frame::functions::windows::beside_rows;
use crate::frame::lower::Error;
use crate::lang::signature::{Kind, Param};

/// `transform`: what groups come to, beside each of their rows.
pub(super) const VERB: Verb = Verb {
    name: "transform",
    on: On::Groups,
    params: &[Param::rest("columns", Kind::Columns), Param::rest_named("named", Kind::Column)],
    page: include_str!("transform.md"),
    polars: |given| {
        let columns = given.columns_and_named("columns", "named")?;
        if columns.is_empty() {
            return Err(Error::refused("`transform` is given no column")
                .hinted("say what is made of each group: `.transform(mean=col(\"n\").mean())`"));
        }
        let (frame, keys) = given.groups()?.rows("transform")?;
        let beside = columns.into_iter().map(|column| beside_rows(column, keys.clone()));
        Ok(frame.with_columns(beside.collect::<Result<Vec<_>, _>>()?).into())
    },
};
