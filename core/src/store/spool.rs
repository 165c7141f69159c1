//! Uploads on their way: to disk first, whatever their size, so that memory stays flat and the whole
//! body is known (its length, its hash) before any of it counts.

use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};

use uuid::Uuid;

use super::{Error, Home};

/// A body being received. Its file has no name any more: it vanishes with the handle, whatever happens.
#[derive(Debug)]
pub struct Spool {
    file: File,
    hash: blake3::Hasher,
    bytes: u64,
}

/// A body received whole.
#[derive(Debug)]
pub struct Spooled {
    /// Its bytes, to be read from the start.
    pub file: File,
    /// How many.
    pub bytes: u64,
    /// Their BLAKE3.
    pub hash: [u8; 32],
}

impl Spool {
    /// An empty body.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn create(home: &Home) -> Result<Self, Error> {
        let path = home.staging().join(format!("upload-{}", Uuid::now_v7()));
        let failed = |source| Error::file("to make", &path, source);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(failed)?;
        std::fs::remove_file(&path).map_err(failed)?;
        Ok(Self { file, hash: blake3::Hasher::new(), bytes: 0 })
    }

    /// Takes the next bytes. Blocks on the disk, and not on it becoming durable.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::File`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|source| Error::file("to write", "an upload", source))?;
        self.hash.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The whole body, rewound.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(mut self) -> Result<Spooled, Error> {
        self.file.rewind().map_err(|source| Error::file("to rewind", "an upload", source))?;
        Ok(Spooled { file: self.file, bytes: self.bytes, hash: *self.hash.finalize().as_bytes() })
    }
}
