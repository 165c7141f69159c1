//! Operators of our own, where DataFusion's take too long a way. The rules put them into plans.

mod conjunct;
mod gather;
mod keys;
mod selection;

pub(crate) use gather::GatherKeysExec;
pub(crate) use keys::{AmongKeys, Keys, gathers};
pub(crate) use selection::SelectionExec;
