//! What Pantile holds, tried from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod catalog;
#[cfg(feature = "failpoints")]
mod failpoints;
mod tidy;
