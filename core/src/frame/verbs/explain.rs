//! `explain`: how the program would run.

use super::{On, Verb};
use crate::frame::lower::Error;

/// `explain`: how the program would run. It ends a program, so nothing is planned of it.
pub(super) const VERB: Verb = Verb {
    name: "explain",
    on: On::Frame,
    params: &[],
    page: include_str!("explain.md"),
    polars: |_| Err(Error::Undeclared("self")),
};
