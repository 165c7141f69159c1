//! What Pantile holds, tried from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod arrays;
mod catalog;
mod drafts;
mod drawn;
mod engine;
#[cfg(feature = "failpoints")]
mod failpoints;
mod format;
mod lang;
mod pages;
mod stored_arrays;
mod tidy;
mod zarr;
