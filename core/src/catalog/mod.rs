//! Names, versions, snapshots, commits: one SQLite file in DuckLake's layout.
mod model;
pub use model::*;
