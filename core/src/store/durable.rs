//! The two steps that make a file survive a power cut, and what happens when they fail.

use std::fs::File;
use std::path::Path;

use super::{Error, is_full};

/// Ends the process: after a failed fsync nobody knows what the disk holds, and asking again may answer
/// "fine" for pages the kernel has dropped. Starting anew reads what is really there.
pub fn stop(what: &str, why: &dyn std::fmt::Display) -> ! {
    tracing::error!(what, %why, "cannot make data durable, stopping");
    eprintln!(
        "pantile: cannot make data durable ({what}: {why}); stopping, so that nothing is promised that the disk does not hold"
    );
    std::process::exit(74)
}

/// Makes the file's bytes and size durable.
///
/// A full disk is the one failure that is given back: the file is new and nobody knows of it yet. Any
/// other stops the process.
pub(super) fn sync_file(file: &File, path: &Path) -> Result<(), Error> {
    match file.sync_all() {
        Ok(()) => Ok(()),
        Err(error) if is_full(&error) => Err(Error::file("to sync", path, error)),
        Err(error) => stop("fsync of a file", &error),
    }
}

/// Makes the names in a folder durable. A failure stops the process.
pub fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = File::open(path).map_err(|source| Error::file("to open", path, source))?;
    match folder.sync_all() {
        Ok(()) => Ok(()),
        Err(error) => stop("fsync of a folder", &error),
    }
}

/// Makes `path` and every parent of it that is missing, each durably.
pub(super) fn make_folder(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        make_folder(parent)?;
    }
    match std::fs::create_dir(path) {
        Ok(()) => {}
        // Another upload was faster, but may not have synced it yet: sync it again below.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Error::file("to make folder", path, error)),
    }
    sync_folder(parent.unwrap_or(Path::new(".")))
}
