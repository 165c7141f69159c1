//! The files of an array at a location, as one question sees them: each in one state.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;

use super::node::{Node, deciding, node};
use crate::Code;
use crate::array::error::Error;
use crate::array::files::{File, ReadError};
use crate::array::zarr::Description;
use crate::format::files;
use crate::pool::Cancel;
use crate::store::{FileState, Place};

/// Bytes of metadata that are read to see whether they still say the same.
const METADATA_BYTES_MAX: u64 = 4 << 20;
/// Files whose state is kept, some 40 bytes each. Beyond it the memory starts anew.
const SEEN: usize = 1 << 20;
/// The state of a file that is not there: its elements are the fill value.
const ABSENT: FileState = FileState { bytes: 0, mark: 0 };

/// The files of an array at a location.
#[derive(Debug)]
pub struct Theirs {
    place: Place,
    /// Whether the metadata say what they said, once they have been read.
    same: OnceLock<Result<(), Error>>,
    /// What files were when they were first looked at, by the numbers of their chunks.
    seen: Mutex<HashMap<u64, FileState>>,
}

impl Theirs {
    /// Those in that folder.
    pub fn new(place: Place) -> Self {
        Self { place, same: OnceLock::new(), seen: Mutex::default() }
    }

    /// Where they are, as messages say it.
    pub fn called(&self, key: &str) -> String {
        self.place.called(key)
    }

    /// Refuses to go on where the metadata no longer say what is `known` of the array; read once. Blocks.
    ///
    /// # Errors
    /// [`Error::Stored`] with what to do, [`Error::Stopped`].
    pub fn check(&self, name: &str, known: &Description, cancel: &Cancel) -> Result<(), Error> {
        self.same.get_or_init(|| self.compare(name, known, cancel)).clone()
    }

    fn compare(&self, name: &str, known: &Description, cancel: &Cancel) -> Result<(), Error> {
        let stored = |said: String, code: Code| Error::Stored { name: name.to_owned(), said, code };
        let again = "; `PUT` it again with `in_place` to have what lies there now";
        let at = self.place.called("");
        let mut charge = |_: u64| Ok(());
        match self.place.wait(cancel, node::<files::Error>(&self.place, METADATA_BYTES_MAX, &mut charge)) {
            Ok(Node::Array(now)) => match *now {
                Ok(now) if deciding(&now) == deciding(known) => Ok(()),
                Ok(now) => {
                    let is = format!("shape {:?} of {}", now.shape, now.stored);
                    let was = format!("shape {:?} of {}", known.shape, known.stored);
                    let how = match is == was {
                        true => format!("{is}, cut or packed in another way"),
                        false => format!("{is}, and was {was}"),
                    };
                    let said = format!(
                        "the metadata at `{at}` have changed since it got its name: it is {how}{again}"
                    );
                    Err(stored(said, Code::StorageDamaged))
                }
                Err(error) => {
                    let said =
                        format!("the metadata at `{at}` have changed since it got its name: {error}{again}");
                    Err(stored(said, Code::StorageDamaged))
                }
            },
            Ok(Node::Group | Node::Neither) => {
                Err(stored(format!("there is no Zarr array at `{at}` any more"), Code::StorageDamaged))
            }
            Ok(Node::Outside(link)) => {
                Err(stored(format!("its metadata at `{at}`: {link}"), Code::Forbidden))
            }
            Err(files::Error::Stopped) => Err(Error::Stopped),
            Err(error) => {
                let code =
                    if error.code() == Code::InvalidData { Code::StorageDamaged } else { error.code() };
                Err(stored(format!("its metadata at `{at}`: {error}"), code))
            }
        }
    }

    /// The file of that key, the chunk's of that number; nothing where there is none. Where its bytes are needed all at once
    /// they are at most `most`. Blocks.
    ///
    /// # Errors
    /// Those of [`Place::whole`]; [`files::Error::Changed`] also where it is not what it was for this question before.
    pub fn open<'a>(
        &'a self,
        number: u64,
        key: &str,
        most: Option<u64>,
        cancel: &'a Cancel,
    ) -> Result<Option<File<'a>>, files::Error> {
        let seen = self.seen(number);
        if seen == Some(ABSENT) {
            return Ok(None);
        }
        if let Some(most) = most {
            let read = self.place.wait(cancel, self.place.whole(key, most))?;
            let state = self.note(number, key, read.as_ref().map_or(ABSENT, |(state, _)| *state))?;
            let slices = |bytes: Bytes| File { bytes: state.bytes, mark: state.mark, read: in_memory(bytes) };
            return Ok(read.map(|(_, bytes)| slices(bytes)));
        }
        let state = match seen {
            Some(state) => state,
            None => {
                let now = self.place.wait(cancel, self.place.state(key))?;
                self.note(number, key, now.unwrap_or(ABSENT))?
            }
        };
        if state == ABSENT {
            return Ok(None);
        }
        let key = key.to_owned();
        let read = move |range: Range<u64>| -> Result<Bytes, ReadError> {
            Ok(self.place.wait(cancel, self.place.range(&key, state, range))?)
        };
        Ok(Some(File { bytes: state.bytes, mark: state.mark, read: Box::new(read) }))
    }

    /// Looks at files that were not looked at yet, given by the numbers of their chunks and their keys, as far as that goes:
    /// why one cannot be looked at is told when it is read. Blocks.
    pub fn look(&self, mut files: Vec<(u64, String)>, cancel: &Cancel) {
        files.retain(|(number, _)| self.seen(*number).is_none());
        if files.is_empty() {
            return;
        }
        let (numbers, keys): (Vec<u64>, Vec<String>) = files.into_iter().unzip();
        let states = self.place.wait(cancel, self.place.states(&keys)).unwrap_or_default();
        for ((number, key), state) in numbers.into_iter().zip(&keys).zip(states) {
            // One that has changed meanwhile stays what it was first.
            let _ = self.note(number, key, state.unwrap_or(ABSENT));
        }
    }

    /// The mark of a file that was looked at; 0 of one that is not there.
    pub fn mark(&self, number: u64) -> Option<u64> {
        self.seen(number).map(|state| state.mark)
    }

    fn seen(&self, number: u64) -> Option<FileState> {
        self.seen.lock().ok().and_then(|seen| seen.get(&number).copied())
    }

    /// Keeps what a file was, where that is what it was before.
    fn note(&self, number: u64, key: &str, now: FileState) -> Result<FileState, files::Error> {
        let Ok(mut seen) = self.seen.lock() else { return Ok(now) };
        if seen.len() >= SEEN {
            seen.clear();
        }
        match *seen.entry(number).or_insert(now) == now {
            true => Ok(now),
            false => Err(files::Error::Changed { name: self.place.called(key) }),
        }
    }
}

/// Ranges of bytes that are there.
fn in_memory<'a>(bytes: Bytes) -> Box<dyn Fn(Range<u64>) -> Result<Bytes, ReadError> + Send + Sync + 'a> {
    Box::new(move |range| {
        let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
        let inside = bytes.get(start..end).map(|_| bytes.slice(start..end));
        inside.ok_or_else(|| "a range outside of the file".into())
    })
}
