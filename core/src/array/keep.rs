//! Arrays that are kept: what a program says of one, and how it is written, shard by shard, before the catalog names it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Map;
use uuid::Uuid;

use super::apart;
use super::cut::{cut_in_lines, cut_in_shards};
use super::error::Error;
use super::graph::Array;
use super::grid::{Grid, Region};
use super::notes::Notes;
use super::part::Boxes;
use super::rechunk;
use super::shape;
use super::stages::{self, Doing, Outcome, part};
use super::stats::Stats;
use super::stored::{number, of};
use super::tiling::{self, BOX_BYTES};
use super::zarr::{self, Description, Ours, Stored, Written};
use crate::Code;
use crate::catalog::{ARRAY_METADATA, NewArray, StoredShard, array_folder};
use crate::store::{self, Scratch, TileFolder, TileStore};

/// Which part of what questions may have a shard has at the most.
const SHARD_SHARE: u64 = 16;
/// How many times as many elements as a shard has may be unpacked for it.
const UNPACKED_MAX: usize = 8;
/// Threads that write shards, and wait for the disk.
const WRITERS: usize = 2;

/// What a program says of an array that it comes to and that is to be kept: `x.store("name")`, `x.persist("name")`.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The array.
    pub array: Array,
    /// Its name.
    pub name: Arc<str>,
    /// Whether it takes the place of one that is there.
    pub replaces: bool,
    /// What is unpacked at a time, where it is not chosen for the array.
    pub chunks: Option<Vec<usize>>,
    /// What lies in one file, likewise.
    pub shards: Option<Vec<usize>>,
    /// Whether it is kept in memory alone, where there is room.
    pub in_memory: bool,
    /// The names of the axes; none for all of them, or as many as there are axes.
    pub dims: Vec<Option<String>>,
}

impl Keep {
    /// How its elements are kept, and the array by the way on which it is computed for that. Where nobody says otherwise it
    /// is kept in shards of about a share of the `room` there is, whole along the axes that it is computed along.
    ///
    /// # Errors
    /// [`Error::Refused`] where the lengths or the names do not go together; those of the functions that make boxes.
    pub fn cut(&self, room: u64) -> Result<(Description, Array), Error> {
        let along = stages::along(&self.array, room)?;
        let description = self.description(&along, room)?;
        let array = match along.contains(&true) {
            true => self.array.clone(),
            false => self.by_way(&description.chunk)?,
        };
        Ok((description, array))
    }

    /// What the program says.
    fn verb(&self) -> &'static str {
        if self.in_memory { "persist" } else { "store" }
    }

    fn description(&self, along: &[bool], room: u64) -> Result<Description, Error> {
        let (dtype, shape) = (self.array.dtype(), self.array.shape());
        let shard = usize::try_from(BOX_BYTES.min(room / SHARD_SHARE)).unwrap_or(usize::MAX);
        let cut = match along.contains(&true) {
            true => cut_in_lines(dtype, shape, along, shard),
            false => cut_in_shards(dtype, shape, shard),
        };
        let ours = Ours {
            shape: shape.to_vec(),
            stored: Stored::of(self.array.logical()),
            cut: cut.asked(self.chunks.clone(), self.shards.clone()),
            fill: None,
            names: self.dims.clone(),
            attributes: Map::new(),
        };
        Description::ours(ours)
            .map_err(|error| Error::refused(self.verb(), format!("cannot keep it so: {error}")))
    }

    /// Its array; by way of boxes in between, where shards of that shape would otherwise unpack what it is made of many times.
    fn by_way(&self, shard: &[usize]) -> Result<Array, Error> {
        let (array, width) = (&self.array, self.array.dtype().bytes());
        let is_unpacked = Boxes::load(array, &Region::whole(array.shape())).unpacked > 0;
        let Some(chunks) = tiling::chunks(array).filter(|_| is_unpacked && !array.is_empty()) else {
            return Ok(array.clone());
        };
        let (from, to) = (Grid::new(array.shape(), &chunks)?, Grid::new(array.shape(), shard)?);
        let budget = shape::count(shard).saturating_mul(width).saturating_mul(UNPACKED_MAX);
        Ok(match rechunk::plan(&from, &to, width, budget) {
            Ok(rechunk::Plan::TwoStep { between, .. }) => array.clone().once(Some(between), None),
            _ => array.clone(),
        })
    }

    /// Computes what `outcome` stands for, shard by shard, and writes it into a folder of its own, durably; what an earlier
    /// process has written of it, and noted in scratch, is taken as it lies there. Blocks; made for the pool.
    ///
    /// # Errors
    /// What a step says of the values that it got, and [`Error::Stored`] where the disk takes no more; [`Error::Stopped`]
    /// soon after `cancel`. Nothing is left then.
    pub fn write(
        &self,
        outcome: &Outcome,
        description: Description,
        store: &Arc<TileStore>,
        doing: &Doing<'_>,
    ) -> Result<NewArray, Error> {
        let unkept = |error: &store::Error| Error::Stored {
            name: self.name.to_string(),
            said: format!("it cannot be written: {error}"),
            code: error.code(),
        };
        let failed = |error: zarr::Error| of(&self.name, &error);
        let grid = description.grid().map_err(failed)?;
        let mut keeping = match doing.notes() {
            Some(scratch) => Keeping::noted(store, scratch).map_err(|error| unkept(&error))?,
            None => Keeping::new(store),
        };
        let boxes: Vec<Region> = outcome.grid.regions().collect();
        let pack = |written: &SyncSender<Written>| {
            for wave in boxes.chunks(outcome.at_once) {
                let packed = apart::made(wave.len(), &|at| {
                    let shards = grid.overlapping(&wave[at]);
                    if keeping.has(shards.map(|shard| number(&grid, &shard.chunk_index))) {
                        doing.did_box();
                        return Ok(());
                    }
                    let elements = part(&outcome.array, &wave[at], doing.cancel)?;
                    doing.did_box();
                    grid.overlapping(&wave[at]).try_for_each(|shard| {
                        let own = elements.part(&shard.target);
                        let packed = zarr::packed(&description, shard.chunk_index, &own).map_err(failed)?;
                        // Whoever writes has failed, and says why.
                        written.send(packed).map_err(|_| Error::Stopped)
                    })
                });
                packed.into_iter().collect::<Result<(), Error>>()?;
                if doing.cancel.is_cancelled() {
                    return Err(Error::Stopped);
                }
            }
            Ok(())
        };
        let seal = |written: Written| {
            let number = number(&grid, &written.chunk_index);
            let shard = keeping.sealed(&description, &grid, written)?;
            keeping.note(number, shard.as_ref())?;
            Ok(shard)
        };
        let shards = written_beside(pack, &seal, &unkept)?;
        shards.into_iter().for_each(|shard| keeping.add(shard));
        keeping.take_noted();
        keeping.finish(zarr::metadata(&description)).map_err(|error| unkept(&error))
    }
}

/// What `seal` makes of all that `pack` sends: on threads of their own, as the disk is waited for there, while the next
/// ones are packed. One that is sent has been taken when sending it ends.
fn written_beside<S: Send>(
    pack: impl FnOnce(&SyncSender<Written>) -> Result<(), Error>,
    seal: &(impl Fn(Written) -> Result<S, store::Error> + Sync),
    unkept: &impl Fn(&store::Error) -> Error,
) -> Result<Vec<S>, Error> {
    let (sender, receiver) = sync_channel(0);
    let receiver = Arc::new(Mutex::new(receiver));
    let writer = |receiver: Arc<Mutex<Receiver<Written>>>| {
        let next = || receiver.lock().ok()?.recv().ok();
        std::iter::from_fn(next).map(seal).collect::<Result<Vec<S>, store::Error>>()
    };
    thread::scope(|scope| {
        let start = |_| {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name("pantile-shards".to_owned())
                .spawn_scoped(scope, move || writer(receiver))
        };
        let writers: Vec<_> =
            (0..WRITERS).map(start).collect::<Result<_, _>>().map_err(|error| Error::Stored {
                name: "store".to_owned(),
                said: format!("no thread: {error}"),
                code: Code::Internal,
            })?;
        drop(receiver);
        let packed = pack(&sender);
        drop(sender);
        let mut all = Vec::new();
        for writer in writers {
            let sealed = writer.join().map_err(|_| Error::Defect("store"))?;
            all.extend(sealed.map_err(|error| unkept(&error))?);
        }
        packed.map(|()| all)
    })
}

/// An array on its way into the catalog: its shards, durable one by one, and then what says how to read them.
#[derive(Debug)]
pub struct Keeping {
    folder: TileFolder,
    shards: Vec<StoredShard>,
    notes: Option<Notes>,
}

impl Keeping {
    /// An array of which nothing is there yet.
    pub fn new(store: &Arc<TileStore>) -> Self {
        Self { folder: new_folder(store), shards: Vec::new(), notes: None }
    }

    /// An array of which what is durable is noted in that scratch, and taken up from there. Blocks.
    ///
    /// # Errors
    /// [`store::Error::Full`], [`store::Error::File`], [`store::Error::ScratchFull`].
    fn noted(store: &Arc<TileStore>, scratch: &Arc<Scratch>) -> Result<Self, store::Error> {
        let folder = scratch.tiles(|| new_folder(store))?;
        Ok(Self { folder, shards: Vec::new(), notes: Some(Notes::new(scratch, store)) })
    }

    /// Whether those shards lie there from before.
    fn has(&self, numbers: impl Iterator<Item = u64>) -> bool {
        self.notes.as_ref().is_some_and(|notes| notes.has(self.folder.path(), numbers))
    }

    /// Notes that what there is of that shard is durable.
    fn note(&self, number: u64, shard: Option<&StoredShard>) -> Result<(), store::Error> {
        self.notes.as_ref().map_or(Ok(()), |notes| notes.put(number, shard))
    }

    /// That the shards that were found are parts of it.
    fn take_noted(&mut self) {
        self.shards.extend(self.notes.as_ref().map(Notes::taken).unwrap_or_default());
    }

    /// The shard, durable in its folder; nothing where it holds but the fill value. Blocks.
    ///
    /// # Errors
    /// [`store::Error::Full`], [`store::Error::File`].
    pub fn sealed(
        &self,
        description: &Description,
        grid: &Grid,
        written: Written,
    ) -> Result<Option<StoredShard>, store::Error> {
        let Written { chunk_index, encoded, stats } = written;
        let Some(encoded) = encoded else { return Ok(None) };
        let key = description.key(&chunk_index);
        self.clear(&key)?;
        let mut tile = self.folder.create(&key)?;
        tile.put(&encoded.bytes)?;
        let sealed = tile.seal()?;
        let Stats { count, min, max, nans, fills } = stats;
        Ok(Some(StoredShard {
            number: number(grid, &chunk_index),
            key,
            bytes: sealed.bytes,
            hash: sealed.hash,
            count,
            min: min.map(|min| min.to_string()),
            max: max.map(|max| max.to_string()),
            nans,
            fills,
        }))
    }

    /// Removes what an earlier process has left under that name and not noted.
    fn clear(&self, name: &str) -> Result<(), store::Error> {
        match &self.notes {
            Some(notes) if notes.is_resumed() => self.folder.clear(name),
            _ => Ok(()),
        }
    }

    /// That the shard is a part of it.
    pub fn add(&mut self, shard: Option<StoredShard>) {
        self.shards.extend(shard);
    }

    /// The array with all of its shards, and the text of its `zarr.json`, which says how to read them. Blocks.
    ///
    /// # Errors
    /// [`store::Error::Full`], [`store::Error::File`].
    pub fn finish(self, metadata: String) -> Result<NewArray, store::Error> {
        self.clear(ARRAY_METADATA)?;
        if let Some(notes) = &self.notes {
            // The catalog is going to name them: they are nobody's to take up any more.
            notes.settled()?;
        }
        let mut tile = self.folder.create(ARRAY_METADATA)?;
        tile.put(metadata.as_bytes())?;
        let metadata_hash = tile.seal()?.hash;
        Ok(NewArray {
            uuid: self.folder.uuid().to_string(),
            metadata: metadata.into(),
            metadata_hash,
            shards: self.shards,
            location: None,
            elements: None,
            hold: self.folder.hold(),
        })
    }
}

/// A folder for an array that is not there yet.
fn new_folder(store: &Arc<TileStore>) -> TileFolder {
    store.folder(array_folder(&Uuid::now_v7().to_string()))
}

/// Bytes that a shard takes beside its elements while it is packed: those that it is cut out of, and as they are packed.
pub fn packing_bytes(description: &Description) -> u64 {
    description.shard_bytes().saturating_mul(2)
}
