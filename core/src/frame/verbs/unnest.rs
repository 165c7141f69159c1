//! `unnest`: a column for each field of a struct.

use polars::prelude::{DataTypeSelector, by_name};

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `unnest`: a column for each field of a struct.
pub(super) const VERB: Verb = Verb {
    name: "unnest",
    on: On::Frame,
    params: &[
        Param::optional("columns", Kind::Names, Default::None),
        Param::rest("more_columns", Kind::Names),
        Param::named("separator", Kind::Text, Default::None),
    ],
    page: include_str!("unnest.md"),
    polars: |given| {
        let mut names = given.names("columns")?;
        names.extend(given.names("more_columns")?);
        let columns = if given.has("columns")? {
            by_name(names, true, true)
        } else {
            DataTypeSelector::Struct.as_selector()
        };
        Ok(given.frame()?.unnest(columns, given.text_if("separator")?.map(Into::into)).into())
    },
};
