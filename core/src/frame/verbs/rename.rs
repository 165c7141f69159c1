//! `rename`: other names for some columns.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `rename`: other names for some columns.
pub(super) const VERB: Verb = Verb {
    name: "rename",
    on: On::Frame,
    params: &[
        Param::required("mapping", Kind::Renames),
        Param::named("strict", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("rename.md"),
    polars: |given| {
        let (old, new): (Vec<&str>, Vec<&str>) = given.renames("mapping")?.into_iter().unzip();
        Ok(given.frame()?.rename(old, new, given.bool("strict")?).into())
    },
};
