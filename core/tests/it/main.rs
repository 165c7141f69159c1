//! What Pantile holds, tried from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod catalog;
mod drafts;
#[cfg(feature = "failpoints")]
mod failpoints;
mod format;
mod tidy;
