//! `drop_nulls`: the rows that have no null.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

const SUBSET: &[Param] = &[Param::optional("subset", Kind::Names, Default::None)];

/// `drop_nulls`: the rows that have no null.
pub(super) const VERB: Verb = Verb {
    name: "drop_nulls",
    on: On::Frame,
    params: SUBSET,
    page: include_str!("drop_nulls.md"),
    polars: |given| Ok(given.frame()?.drop_nulls(given.selector("subset")?).into()),
};

/// `drop_nans`: the rows that have no NaN.
pub(super) const NANS: Verb = Verb {
    name: "drop_nans",
    on: On::Frame,
    params: SUBSET,
    page: include_str!("drop_nans.md"),
    polars: |given| Ok(given.frame()?.drop_nans(given.selector("subset")?).into()),
};
