//! Arrays that come in files: one of a `.npz`, one of a Zarr store, cut anew.

use std::fs::File;
use std::io::BufReader;

use pantile_core::array::cut::recut;
use pantile_core::array::zarr::{Ours, Recut};
use pantile_core::format::archive::Archive;
use pantile_core::format::files::Files;
use pantile_core::format::npz;
use pantile_core::format::zarr_files::{self, ZarrFiles};

use super::arrays::{Kept, Said};
use super::shards::{Shards, elements_bytes};
use super::{Error, Form};

/// The array of an archive that is meant. Blocks; made for the pool.
pub(super) fn write(said: Said, form: Form, file: File, mut shards: Shards<'_>) -> Result<Kept, Error> {
    let archive = Archive::open(BufReader::new(file), |bytes| shards.charge(bytes))?;
    match form.of_archive(&archive)? {
        Form::Zarr => zarr(said, &archive, shards),
        _ => member(said, &archive, shards),
    }
}

/// The array of a Zarr store that is meant, block by block: what is in memory is one of them.
pub(super) fn zarr(said: Said, files: &dyn Files, mut shards: Shards<'_>) -> Result<Kept, Error> {
    shards.charge(zarr_files::metadata_bytes(files))?;
    let source = ZarrFiles::open(files, said.member.as_deref())?;
    shards.check(source.written_bytes())?;
    let slab_bytes = usize::try_from(shards.slab_bytes).unwrap_or(usize::MAX);
    let from = &source.description;
    let cut = recut(from.dtype(), &from.shape, (&from.decoded(), &from.chunk), slab_bytes);
    let description = said.described(Ours {
        shape: from.shape.clone(),
        stored: from.stored,
        cut,
        fill: Some(from.fill.clone()),
        names: from.names.clone(),
        attributes: from.attributes.clone(),
    })?;
    let recut = Recut::new(from, &source.written, &description, slab_bytes.saturating_mul(2))?;
    // Blocks are larger than chunks: of an array with few of them most is the fill value, which nobody sent.
    shards.bounds.fits(recut.elements().saturating_mul(description.dtype().bytes() as u64))?;
    let block = elements_bytes(&description, recut.block_elements());
    shards.charge(block.saturating_add(description.shard_bytes()).saturating_add(source.working_bytes()))?;
    let grid = description.grid()?;
    let cancel = shards.cancel;
    let stopped = || if cancel.is_cancelled() { Err(Error::Stopped) } else { Ok(()) };
    recut.run::<Error>(
        |region, data| source.read(region, data, stopped),
        |written| shards.put(&description, &grid, written),
    )?;
    shards.finish(description)
}

/// The array of a `.npz` that is meant, as it comes.
fn member(said: Said, archive: &Archive<BufReader<File>>, mut shards: Shards<'_>) -> Result<Kept, Error> {
    let name = npz::pick(archive, said.member.as_deref())?;
    let bytes = archive.file(&format!("{name}.npy")).map_or(0, |file| file.bytes);
    shards.check(bytes)?;
    let description = npz::open(archive, &name, |incoming, body| shards.elements(said, &incoming, body))?;
    shards.finish(description)
}
