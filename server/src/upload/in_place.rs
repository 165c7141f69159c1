//! An array that stays where it lies, at a location: what is known of it is kept, and nothing else.

use std::time::Duration;

use pantile_core::array::in_place::find;
use pantile_core::array::zarr;
use pantile_core::catalog::{ArrayLocation, NewArray};
use pantile_core::format::files;
use tokio::time::timeout;

use super::Error;
use super::arrays::{Kept, Said};
use super::shards::METADATA_BYTES_MAX;
use crate::app::App;
use crate::error::Problem;

/// How long an array is looked for: one in a store of many groups in a slow bucket can be named by its own folder.
const LOOKING: Duration = Duration::from_secs(120);

/// The array of the Zarr store at `location/path` that is meant, of which its metadata are read.
///
/// # Errors
/// A location that is not configured, a path that leaves it or is no array's; metadata that are not read.
pub(super) async fn lying(app: &App, from: &str, said: &mut Said) -> Result<Kept, Problem> {
    let (location, place) = app.engine.place(from)?;
    let mut memory = app.upload.try_charge("a location", 0).map_err(Error::Memory)?;
    let charge = |bytes| memory.try_grow(bytes).map_err(Error::Memory);
    let looked = timeout(LOOKING, find::<Error>(&place, said.member.as_deref(), charge)).await;
    let found = looked.map_err(|_| Error::from(files::Error::Late { waited: LOOKING }))??;
    let (names, attributes) = (std::mem::take(&mut said.names), std::mem::take(&mut said.attributes));
    let description = found.description.called(names, attributes).map_err(Error::from)?;
    let metadata = zarr::metadata(&description);
    if metadata.len() > METADATA_BYTES_MAX {
        return Err(Error::Metadata { bytes: metadata.len(), max: METADATA_BYTES_MAX }.into());
    }
    let at = ArrayLocation { location: location.name, path: found.place.folder().to_owned() };
    Ok(Kept { array: NewArray::at(at, metadata), description, bytes: 0 })
}
