//! `merge_sorted`: the rows of two sorted frames as one that is sorted.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `merge_sorted`: the rows of two sorted frames as one that is sorted.
pub(super) const VERB: Verb = Verb {
    name: "merge_sorted",
    on: On::Frame,
    params: &[
        Param::required("other", Kind::Frame),
        Param::required("key", Kind::Names),
        Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("merge_sorted.md"),
    polars: |given| {
        let (other, key) = (given.other("other")?, given.names("key")?);
        Ok(given.frame()?.merge_sorted(other, key, given.bool("maintain_order")?)?.into())
    },
};
