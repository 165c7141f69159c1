//! SQL in process: a data folder, a catalog and an engine over it, and statements.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answers;
mod bench;
mod changes;
mod external;
mod joins;
mod past;
mod policy;
mod programs;
mod pruning;
mod questions;
mod running;
mod session;
mod views;
