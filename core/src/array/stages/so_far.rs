//! What a stage that goes through boxes has come to so far, so that the same one goes on from there when the process has died.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Chunk, Meta};
use super::super::npy;
use super::Doing;
use crate::store::Scratch;

/// How long nothing is noted after a note.
const APART: Duration = Duration::from_secs(2);
/// Bytes of the largest note: more would take longer to write than to compute again.
const NOTE_BYTES: u64 = 16 << 20;

/// Its notes, where there is scratch that is found again.
pub(super) struct SoFar<'a> {
    name: String,
    scratch: Option<&'a Arc<Scratch>>,
    last: Instant,
}

impl<'a> SoFar<'a> {
    /// Those of the stage whose first result has that name.
    pub(super) fn new(stage: Option<String>, doing: &'a Doing<'_>) -> Self {
        let name = format!("{}.so-far", stage.unwrap_or_default());
        Self { name, scratch: doing.notes(), last: Instant::now() }
    }

    /// The same where a note has that many bytes: none where that is too large.
    pub(super) fn of_bytes(self, bytes: u64) -> Self {
        Self { scratch: self.scratch.filter(|_| bytes <= NOTE_BYTES), ..self }
    }

    /// How many boxes an earlier process was done with, and the arrays that it noted then.
    pub(super) fn found(&self) -> Option<(usize, Vec<Chunk>)> {
        let note = self.scratch.filter(|scratch| scratch.is_resumed())?.get(&self.name)?;
        let mut chunks = Vec::new();
        let mut left = &*note;
        while let Some((length, rest)) = left.split_first_chunk() {
            let (piece, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            chunks.push(npy::read(piece).ok()?);
            left = rest;
        }
        let done =
            chunks.first()?.values::<i64>().ok()?.first().and_then(|done| usize::try_from(*done).ok())?;
        Some((done, chunks.split_off(1)))
    }

    /// Notes that so many boxes are done, and what `write` has of them, unless it has just noted.
    pub(super) fn note(
        &mut self,
        done: usize,
        write: impl FnOnce(&mut Note) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(scratch) = self.scratch.filter(|_| self.last.elapsed() >= APART) else { return Ok(()) };
        let mut note = Note(Some(Vec::new()));
        note.push(&[1], &Data::Int64(vec![done as i64]));
        write(&mut note)?;
        // Who has no room for notes goes on without.
        if note.0.is_none_or(|note| scratch.put(&self.name, &note).is_err()) {
            self.scratch = None;
        }
        self.last = Instant::now();
        Ok(())
    }
}

/// Arrays, one behind the other; nothing where they are too large.
pub(super) struct Note(Option<Vec<u8>>);

impl Note {
    /// Adds one of that shape.
    pub(super) fn push(&mut self, shape: &[usize], data: &Data) {
        let meta = Meta::new(data.dtype(), shape);
        let room = |note: &Vec<u8>| (note.len() as u64).saturating_add(meta.bytes()) <= NOTE_BYTES;
        self.0 = self.0.take().filter(room).map(|mut note| {
            let mut piece = npy::header(&meta);
            npy::push(data.slice(), &mut piece);
            note.extend((piece.len() as u64).to_le_bytes());
            note.extend(piece);
            note
        });
    }
}
