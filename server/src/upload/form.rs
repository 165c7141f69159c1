//! What a body of elements is: said, or told by its first bytes.

use std::fs::File;
use std::io::{Read, Seek};

use pantile_core::format::files::Files;
use pantile_core::format::{npz, zarr_files};

use super::Error;

/// What a `.npy` begins with.
const NPY: &[u8] = b"\x93NUMPY";
/// What Arrow's streams and files begin with.
const ARROW: &[&[u8]] = &[b"\xff\xff\xff\xff", b"ARROW1"];
/// What a zip archive begins with, and what an empty one is.
const ZIP: &[&[u8]] = &[b"PK\x03\x04", b"PK\x05\x06"];

/// What a body of elements is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file of NumPy's, one array.
    Npy,
    /// A zip archive of those.
    Npz,
    /// A zip archive of a Zarr store's files.
    Zarr,
    /// A zip archive of either.
    Zip,
    /// A stream or a file of Arrow's, its rows tensors.
    Arrow,
}

impl Form {
    /// Those that callers may name.
    pub const NAMES: &[&str] = &["npy", "npz", "zarr", "arrow"];

    /// The one that is called so in `?format=`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "npy" => Some(Self::Npy),
            "npz" => Some(Self::Npz),
            "zarr" => Some(Self::Zarr),
            "arrow" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// What a media type means; what else there is tells itself by its first bytes.
    pub fn of_media_type(media: &str) -> Option<Self> {
        match media {
            "application/zip" | "application/x-zip-compressed" | "application/zip+zarr" => Some(Self::Zip),
            "application/x-npz" => Some(Self::Npz),
            "application/vnd.apache.arrow.stream" | "application/vnd.apache.arrow.file" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// What the first bytes of the file are those of.
    pub(super) fn recognised(file: &mut File) -> Result<Self, Error> {
        let unreadable = |source: std::io::Error| Error::UnknownFormat { why: source.to_string() };
        let mut head = Vec::new();
        file.by_ref().take(NPY.len() as u64).read_to_end(&mut head).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        if head == NPY {
            return Ok(Self::Npy);
        }
        if ZIP.iter().any(|zip| head.starts_with(zip)) {
            return Ok(Self::Zip);
        }
        if ARROW.iter().any(|arrow| head.starts_with(arrow)) {
            return Ok(Self::Arrow);
        }
        let why =
            "an array comes as .npy, .npz, zipped Zarr or Arrow tensors, or as bytes with ?dtype= and ?shape="
                .to_owned();
        Err(Error::UnknownFormat { why })
    }

    /// What an archive of those files is.
    pub(super) fn of_archive(self, files: &dyn Files) -> Result<Self, Error> {
        match self {
            Self::Zip if zarr_files::is_zarr(files) => Ok(Self::Zarr),
            Self::Zip if !npz::names(files).is_empty() => Ok(Self::Npz),
            Self::Zip => {
                let why =
                    "the zip archive holds neither Zarr (`zarr.json`, `.zarray`) nor .npy files".to_owned();
                Err(Error::UnknownFormat { why })
            }
            said => Ok(said),
        }
    }
}
