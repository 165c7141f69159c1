//! `.npz`: a zip archive of `.npy` files, each an array by its name.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::files::{Error, Files, chosen};
use crate::array::zarr::Incoming;

const ENDING: &str = ".npy";

/// Names of the arrays, without their `.npy`.
pub fn names(files: &dyn Files) -> Vec<&str> {
    files.names().filter_map(|name| name.strip_suffix(ENDING)).collect()
}

/// The array that is meant: the named one, or the only one.
///
/// # Errors
/// [`Error::Which`] with their names where there is none, or several and none is named.
pub fn pick(files: &dyn Files, asked: Option<&str>) -> Result<String, Error> {
    let asked = asked.map(|asked| asked.strip_suffix(ENDING).unwrap_or(asked));
    chosen(&names(files), asked).map(str::to_owned)
}

/// Opens the array: `work` gets what its head says, and a reader that stands at its first element.
///
/// # Errors
/// [`Error::Which`] where there is none of that name; pickles, texts and structures, with what to do; those of `work`.
pub fn open<R: Read + Seek + Send, T, E: From<Error>>(
    archive: &Archive<R>,
    name: &str,
    work: impl FnOnce(Incoming, &mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    let done = archive.with(&format!("{name}{ENDING}"), |mut body| {
        let incoming = Incoming::npy(&mut body).map_err(Error::from)?;
        work(incoming, body)
    })?;
    done.ok_or_else(|| Error::Which(format!("the body holds no array {name:?}")).into())
}
