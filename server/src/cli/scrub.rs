//! `pantile scrub`: whether everything is still as it was written.

use std::io::Write;

use clap::ArgMatches;
use indicatif::ProgressBar;
use pantile_core::catalog::Catalog;
use pantile_core::store::Home;

use super::{Failure, settings};
use crate::app::tiles;

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let effective = settings(matches)?;
    let home = Home::existing(&effective.settings.data_dir).map_err(|error| Failure::of(&error))?;
    let catalog = Catalog::open(&home).map_err(|error| Failure::of(&error))?;
    let store = tiles(&effective, &home).map_err(|error| Failure::of(&error))?;
    let bar = ProgressBar::new(0);
    let found = catalog
        .scrub(&store, |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })
        .await
        .map_err(|error| Failure::of(&error))?;
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    for fault in &found.faults {
        let _ = writeln!(out, "{fault}");
    }
    let _ = writeln!(
        out,
        "{} files, {} bytes read; {} faults; {} files belong to nothing",
        found.files,
        found.bytes,
        found.faults.len(),
        found.orphans
    );
    if found.faults.is_empty() { Ok(()) } else { Err(Failure::Said) }
}
