//! `pantile gc`: lets go, at once, of what the server would let go of in time.

use std::io::Write;

use clap::ArgMatches;
use pantile_core::catalog::{Ages, Catalog};
use pantile_core::store::Home;

use super::{Failure, settings};
use crate::app::{ages, tiles};
use crate::config::{Span, Unit};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let effective = settings(matches)?;
    let ages = match matches.get_one::<String>("horizon") {
        None => ages(&effective.settings),
        Some(text) => {
            let age = Span::parse(text).map_err(|why| Failure::Usage(format!("--horizon: {why}")))?.0;
            // Keys of requests stay: who repeats one must not do it twice.
            Ages { snapshots: age, orphans: age, ..ages(&effective.settings) }
        }
    };
    let home = Home::existing(&effective.settings.data_dir).map_err(|error| Failure::of(&error))?;
    let catalog = Catalog::open(&home).map_err(|error| Failure::of(&error))?;
    let store = tiles(&effective, &home).map_err(|error| Failure::of(&error))?;
    // Twice: what the first pass schedules is due in the second, where the horizon is that near. Nobody reads
    // meanwhile, because the folder is ours alone.
    let first = catalog.sweep(&store, ages).await.map_err(|error| Failure::of(&error))?;
    let second = catalog.sweep(&store, ages).await.map_err(|error| Failure::of(&error))?;
    let _ = writeln!(
        std::io::stdout(),
        "{} snapshots let go, {} files scheduled for deletion, {} files deleted",
        first.snapshots.saturating_add(second.snapshots),
        first.scheduled.saturating_add(second.scheduled),
        first.deleted.saturating_add(second.deleted)
    );
    Ok(())
}
