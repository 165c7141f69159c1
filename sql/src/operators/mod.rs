//! Operators of our own, where DataFusion's take too long a way or there is none. The rules put them into plans;
//! [`InTurnExec`] and [`NumberedExec`] come from the scan of a table, [`SealedExec`] from that of a view.

mod conjunct;
mod gather;
mod in_turn;
mod keys;
mod numbered;
mod polars;
mod sealed;
mod selection;
mod yielding;

pub(crate) use gather::GatherKeysExec;
pub(crate) use in_turn::InTurnExec;
pub(crate) use keys::{AmongKeys, Keys, gathers};
pub(crate) use numbered::NumberedExec;
pub(crate) use polars::{Input, PolarsExec};
pub(crate) use sealed::SealedExec;
pub(crate) use selection::SelectionExec;
pub(crate) use yielding::YieldingExec;
