//! What there is room for.

use super::super::cut;
use super::super::error::Error;
use super::super::graph::{Array, Meta};
use super::super::grid::Grid;
use super::super::plan::Plan;
use super::super::{shape, tiling};

/// Boxes of one array, at the most: of 32 MiB each, 32 TiB.
const BOXES_MAX: usize = 1 << 20;
/// Which part of what there is a chunk should have.
const CHUNK_SHARE: u64 = 32;

/// What there is room for, stage by stage.
pub(super) struct Admission {
    pub(super) room: u64,
    /// What earlier stages have come to.
    pub(super) held: u64,
    pub(super) peak: u64,
    /// How many boxes there is room for at once, at the least.
    pub(super) at_once: usize,
    /// Elements that are computed, read and unpacked, all boxes together.
    pub(super) work: f64,
    /// The first that there is no room for.
    pub(super) over: Option<Error>,
}

impl Admission {
    /// Adds what boxes of these arrays take.
    pub(super) fn works<'a>(&mut self, arrays: impl IntoIterator<Item = &'a Array>, grid: &Grid) {
        let each = arrays.into_iter().map(|array| tiling::work(array, grid)).sum::<f64>();
        self.work += each * shape::count(grid.shape()) as f64;
    }

    /// How many of such plans run at once, `most` at the most: beside so many bytes, and with so many more for each.
    pub(super) fn admit(&mut self, plan: &Plan, beside: u64, each: u64, most: usize) -> usize {
        let (computing, at) = plan.computing();
        let one = computing.saturating_add(each);
        let (reading, unpacked) = plan.reading();
        let fixed = self.held.saturating_add(beside).saturating_add(reading);
        let fit = self.room.saturating_sub(fixed) / one.max(1);
        let at_once = usize::try_from(fit).unwrap_or(most).min(most);
        let bytes = fixed.saturating_add(one.saturating_mul(at_once.max(1) as u64));
        self.peak = self.peak.max(bytes);
        if most > 1 {
            self.at_once = self.at_once.min(at_once);
        }
        if (at_once == 0 || bytes > self.room) && self.over.is_none() {
            let (op, shape) = at.map_or(("array", Vec::new()), |(op, meta)| (op, meta.shape.clone()));
            let slab = usize::try_from(self.room / CHUNK_SHARE).unwrap_or(usize::MAX);
            let chunk = unpacked.filter(|_| reading > self.room / 2);
            let chunk = chunk.map(|meta| cut::cut(meta.dtype, &meta.shape, slab).chunk);
            self.over = Some(Error::NoRoom { op, shape, bytes, limit: self.room, chunk });
        }
        at_once.max(1)
    }

    /// The same of a step that takes so many bytes.
    pub(super) fn admit_bytes(&mut self, (op, meta): (&'static str, &Meta), bytes: u64) {
        let bytes = self.held.saturating_add(bytes);
        self.peak = self.peak.max(bytes);
        if bytes > self.room && self.over.is_none() {
            let shape = meta.shape.clone();
            self.over = Some(Error::NoRoom { op, shape, bytes, limit: self.room, chunk: None });
        }
    }
}

/// Refuses more boxes than anybody waits for.
pub(super) fn few(op: &'static str, grid: Grid) -> Result<Grid, Error> {
    match grid.len() > BOXES_MAX {
        true => {
            let said = format!(
                "of shape {:?} would be computed in {} boxes; {BOXES_MAX} are the most",
                grid.shape(),
                grid.len()
            );
            Err(Error::refused(op, said))
        }
        false => Ok(grid),
    }
}
