//! The data folder: one process holds it, and it lies on a disk whose fsync means something.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock, fstatfs};

use super::Error;
use super::durable::make_folder;

/// File systems that lose locks, or answer fsync without meaning it: their magic numbers from `statfs(2)`.
const REFUSED: &[(i64, &str)] = &[
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x517B, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x5346_414F, "AFS"),
    (0x4750_4653, "GPFS"),
];

/// The catalog's file.
const CATALOG: &str = "catalog.db";

/// A data folder, held by this process until dropped.
///
/// ```text
/// LOCK          who holds it
/// catalog.db    the only thing that ever changes
/// data/         partitions, immutable
/// staging/      files on their way; emptied at start
/// scratch/      spilled bytes of running questions; emptied at start
/// unfinished/   what long computations have come to so far; kept for a day where the process died
/// ```
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    _lock: File,
}

impl Home {
    /// Opens a folder that has a catalog, and makes nothing where there is none: for those who look after what a
    /// server has left.
    ///
    /// # Errors
    /// [`Error::NoHome`], and those of [`Home::open`].
    pub fn existing(path: &Path) -> Result<Self, Error> {
        if !path.join(CATALOG).is_file() {
            return Err(Error::NoHome { path: path.to_owned() });
        }
        Self::open(path)
    }

    /// Opens the folder, making it if it is missing.
    ///
    /// # Errors
    /// [`Error::InUse`] where another process holds it, [`Error::NetworkFileSystem`] where it may not lie,
    /// [`Error::File`] where it cannot be made or written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        make_folder(path)?;
        let path = path.canonicalize().map_err(|source| Error::file("to find", path, source))?;
        let lock = lock(&path)?;
        let home = Self { path, _lock: lock };
        for folder in [home.staging(), home.scratch()] {
            empty_folder(&folder)?;
        }
        make_folder(&home.data())?;
        Ok(home)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The catalog's file.
    pub fn catalog_file(&self) -> PathBuf {
        self.path.join(CATALOG)
    }

    /// Where partitions lie when they are kept locally.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Where files are written before they get their names; the same file system as [`Home::data`].
    pub fn staging(&self) -> PathBuf {
        self.path.join("staging")
    }

    /// Where long computations keep what they have come to so far.
    pub fn unfinished(&self) -> PathBuf {
        self.path.join("unfinished")
    }

    /// Where questions spill.
    pub fn scratch(&self) -> PathBuf {
        self.path.join("scratch")
    }
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("LOCK");
    let failed = |source| Error::file("to lock", &path, source);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    refuse_network(&file, folder)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let holder = if holder.trim().is_empty() { "unknown".to_owned() } else { holder.trim().to_owned() };
        return Err(Error::InUse { path: folder.to_owned(), holder });
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}

fn refuse_network(file: &File, folder: &Path) -> Result<(), Error> {
    let Ok(stat) = fstatfs(file) else { return Ok(()) };
    #[allow(clippy::unnecessary_cast, reason = "f_type has other widths on other targets")]
    let magic = stat.f_type as i64 & 0xFFFF_FFFF;
    match REFUSED.iter().find(|(refused, _)| *refused == magic) {
        Some((_, kind)) => Err(Error::NetworkFileSystem { path: folder.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Makes the folder and removes what an earlier process left in it.
fn empty_folder(path: &Path) -> Result<(), Error> {
    make_folder(path)?;
    let entries = std::fs::read_dir(path).map_err(|source| Error::file("to list", path, source))?;
    for entry in entries.flatten() {
        let entry = entry.path();
        let removed =
            if entry.is_dir() { std::fs::remove_dir_all(&entry) } else { std::fs::remove_file(&entry) };
        match removed {
            Ok(()) => {}
            // A folder that was let go may still be on its way out.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::file("to remove", entry, source)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::open(folder.path()).unwrap();
        let error = Home::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
        drop(first);
        Home::open(folder.path()).unwrap();
    }

    #[test]
    fn leftovers_are_gone_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("staging/deep")).unwrap();
        let home = Home::open(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(home.staging()).unwrap().count(), 0);
    }
}
