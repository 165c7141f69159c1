//! `explode`: a row for each item of a list.

use polars::prelude::{ExplodeOptions, by_name};

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `explode`: a row for each item of a list.
pub(super) const VERB: Verb = Verb {
    name: "explode",
    on: On::Frame,
    params: &[
        Param::required("columns", Kind::Names),
        Param::rest("more_columns", Kind::Names),
        Param::named("empty_as_null", Kind::Bool, Default::Bool(false)),
        Param::named("keep_nulls", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("explode.md"),
    polars: |given| {
        let names = given.names("columns")?.into_iter().chain(given.names("more_columns")?);
        let options = ExplodeOptions {
            empty_as_null: given.bool("empty_as_null")?,
            keep_nulls: given.bool("keep_nulls")?,
        };
        Ok(given.frame()?.explode(by_name(names, true, true), options).into())
    },
};
