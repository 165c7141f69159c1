//! What an administrator's location holds instead of a body.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use pantile_core::pool::Charge;
use pantile_core::store::located::{Lies, Located, lies};

use super::{Error, Received, Said, in_place, receive};
use crate::app::App;
use crate::error::Problem;

/// A Zarr store at a location, and the memory that its names take.
pub struct Found {
    /// Its files.
    pub(super) files: Located,
    _names: Charge,
}

/// A file at `location/path` as if it were the body; of a folder, notes in `said` which one it is, and nothing comes.
/// Nothing comes either of what stays there, which is looked at.
///
/// # Errors
/// A location that is not configured, a path that leaves it or holds nothing; what there is to say of bodies.
pub async fn fetch(app: &App, from: &str, said: &mut Said) -> Result<Received, Problem> {
    let nothing = stream::empty::<Result<Bytes, Infallible>>();
    if said.stays {
        said.lying = Some(in_place::lying(app, from, said).await?);
        return Ok(receive(app, nothing, None).await?);
    }
    let (location, path) = app.engine.located(from)?;
    let mut names = app.upload.try_charge("a location", 0).map_err(Error::Memory)?;
    let found = lies(location.store, &path, |bytes| names.try_grow(bytes).map_err(Error::Memory)).await?;
    let received = match found {
        Lies::Bytes(bytes) => receive(app, bytes, None).await?,
        Lies::Files(files) => {
            said.located = Some(Arc::new(Found { files, _names: names }));
            receive(app, nothing, None).await?
        }
    };
    Ok(received)
}
