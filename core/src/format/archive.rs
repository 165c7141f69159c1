//! A zip archive of somebody else's: names that lead nowhere else, entries that unpack to no more than they say.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use parking_lot::Mutex;
use zip::{CompressionMethod, ZipArchive};

use super::files::{Error, File, Files};

/// Entries of the largest archive.
const ENTRIES_MAX: u64 = 1 << 20;
/// Bytes that one entry takes in memory while its archive is open, with a name of usual length.
const ENTRY_BYTES: u64 = 1 << 10;
/// Bytes at the end of an archive within which its directory is announced.
const TAIL_BYTES: u64 = 22 + 65_535 + 20;
/// What the announcement begins with, and what it begins with where there are more entries than two bytes count.
const END: &[u8] = b"PK\x05\x06";
const LOCATOR: &[u8] = b"PK\x06\x07";

/// An archive, and what is in it.
pub struct Archive<R> {
    zip: Mutex<ZipArchive<R>>,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    number: usize,
    file: File,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens it, reading its directory and where each entry begins. Of several entries of one name the last counts, as
    /// for Python: zarr-python writes metadata anew behind what was there. `charge` is asked for the bytes that the
    /// directory will take before they are taken.
    ///
    /// # Errors
    /// [`Error::Zip`]; [`Error::Refused`] for too many entries, names that lead out of it, entries that are encrypted,
    /// links, or made of the same bytes; what `charge` says.
    pub fn open<E: From<Error>>(mut reader: R, charge: impl FnOnce(u64) -> Result<(), E>) -> Result<Self, E> {
        let announced = announced(&mut reader).map_err(Error::from)?;
        let Some(announced) = announced else {
            return Err(Error::Refused("is cut off: it has no directory at its end".to_owned()).into());
        };
        if announced > ENTRIES_MAX {
            let said = format!("has {announced} entries, and archives of at most {ENTRIES_MAX} are read");
            return Err(Error::Refused(said).into());
        }
        charge(announced.saturating_mul(ENTRY_BYTES))?;
        Ok(Self::read_directory(reader)?)
    }

    fn read_directory(mut reader: R) -> Result<Self, Error> {
        reader.rewind()?;
        let mut zip = ZipArchive::new(reader)?;
        if zip.has_overlapping_files()? {
            return Err(Error::Refused("has entries that are made of the same bytes".to_owned()));
        }
        let mut entries = BTreeMap::new();
        for number in 0..zip.len() {
            let entry = zip.by_index_raw(number)?;
            let name = entry.name()?.into_owned();
            if entry.is_dir() {
                continue;
            }
            check_name(&name)?;
            if entry.encrypted() || entry.is_symlink() {
                return Err(Error::Refused(format!("has an entry {name:?} that is encrypted or a link")));
            }
            let parts = entry.compression() == CompressionMethod::Stored;
            entries.insert(name, Entry { number, file: File { bytes: entry.size(), parts } });
        }
        Ok(Self { zip: Mutex::new(zip), entries })
    }

    /// Reads a file from its start, piece by piece; nothing where there is none of that name. Others wait meanwhile.
    ///
    /// # Errors
    /// [`Error::Zip`], and those of `work`.
    pub fn with<T, E: From<Error>>(
        &self,
        name: &str,
        work: impl FnOnce(&mut dyn Read) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        let mut zip = self.zip.lock();
        let mut file = zip.by_index(entry.number).map_err(Error::from)?;
        work(&mut file).map(Some)
    }
}

impl<R: Read + Seek + Send> Files for Archive<R> {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.entries.keys().map(String::as_str))
    }

    fn file(&self, name: &str) -> Option<File> {
        self.entries.get(name).map(|entry| entry.file)
    }

    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.file(name) else { return Ok(None) };
        if file.bytes > most {
            let said = format!("has {} bytes in {name:?}, and at most {most} are read", file.bytes);
            return Err(Error::Refused(said));
        }
        self.with(name, |reader| {
            let mut bytes = Vec::with_capacity(usize::try_from(file.bytes).unwrap_or_default());
            reader.take(file.bytes.saturating_add(1)).read_to_end(&mut bytes)?;
            check_bytes(name, bytes.len() as u64, file.bytes)?;
            Ok(bytes)
        })
    }

    fn range(&self, name: &str, range: Range<u64>) -> Result<Bytes, Error> {
        let Some(entry) = self.entries.get(name) else {
            return Err(Error::Refused(format!("has no entry {name:?}")));
        };
        let length = range.end.saturating_sub(range.start);
        let mut zip = self.zip.lock();
        let mut reader = zip.by_index_seek(entry.number)?;
        reader.seek(SeekFrom::Start(range.start))?;
        let mut bytes = Vec::new();
        reader.take(length).read_to_end(&mut bytes)?;
        check_bytes(name, bytes.len() as u64, length)?;
        Ok(bytes.into())
    }
}

fn check_bytes(name: &str, is: u64, said: u64) -> Result<(), Error> {
    match is == said {
        true => Ok(()),
        false => {
            Err(Error::Refused(format!("has other bytes in {name:?} than the {said} that it says there are")))
        }
    }
}

/// Refuses a name that a file system would take for a place outside.
fn check_name(name: &str) -> Result<(), Error> {
    let leads_out =
        name.starts_with('/') || name.contains(['\\', '\0']) || name.split('/').any(|part| part == "..");
    match leads_out {
        true => Err(Error::Refused(format!("has an entry {name:?}, whose name leads out of it"))),
        false => Ok(()),
    }
}

/// How many entries its end says that there are, the most where it can be read in several ways; nothing where it has none.
fn announced<R: Read + Seek>(reader: &mut R) -> std::io::Result<Option<u64>> {
    let length = reader.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(TAIL_BYTES);
    reader.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    reader.by_ref().take(TAIL_BYTES).read_to_end(&mut tail)?;
    let mut most = None;
    for at in 0..tail.len() {
        let Some(rest) = tail.get(at..) else { break };
        let count = if rest.starts_with(END) {
            number(rest, 10..12)
        } else if rest.starts_with(LOCATOR) {
            number(rest, 8..16).map_or(Ok(None), |at| announced_at(reader, at))?
        } else {
            None
        };
        most = most.max(count);
    }
    Ok(most)
}

/// The count of an archive with more entries than two bytes count.
fn announced_at<R: Read + Seek>(reader: &mut R, at: u64) -> std::io::Result<Option<u64>> {
    reader.seek(SeekFrom::Start(at))?;
    let mut end = Vec::new();
    reader.by_ref().take(40).read_to_end(&mut end)?;
    Ok(number(&end, 32..40))
}

/// A number of up to eight bytes, the least first.
fn number(bytes: &[u8], range: Range<usize>) -> Option<u64> {
    Some(bytes.get(range)?.iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Cursor, Write};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(names: &[&str], bytes: &[u8], method: CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn open(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>, Error> {
        Archive::open(Cursor::new(bytes), |_| Ok::<_, Error>(()))
    }

    #[test]
    fn files_are_read_whole_or_in_part() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let bytes = archive(&["a/b", "c"], b"0123456789", method);
            let zip = open(&bytes).unwrap();
            assert_eq!(zip.names().collect::<Vec<_>>(), ["a/b", "c"]);
            assert_eq!(zip.read("c", 10).unwrap().unwrap(), b"0123456789");
            assert!(zip.read("c", 9).unwrap_err().to_string().contains("10 bytes"));
            assert_eq!(zip.read("d", 9).unwrap(), None);
            let part = zip.range("a/b", 2..5);
            assert_eq!(part.ok(), (method == CompressionMethod::Stored).then(|| Bytes::from_static(b"234")));
        }
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../x", "a/../../x", "/etc/x", "a\\..\\x"] {
            let error = open(&archive(&[name], b"", CompressionMethod::Stored)).err();
            assert!(error.is_some_and(|error| error.to_string().contains("leads out")), "{name}");
        }
    }

    #[test]
    fn of_entries_of_one_name_the_last_counts() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [("a1", b"first"), ("a2", b"other")] {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            zip.start_file(name, stored).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        let at: Vec<usize> = (0..bytes.len() - 2).filter(|at| &bytes[*at..*at + 2] == b"a2").collect();
        at.iter().for_each(|at| bytes[at + 1] = b'1');
        let zip = open(&bytes).unwrap();
        assert_eq!(zip.names().collect::<Vec<_>>(), ["a1"]);
        assert_eq!(zip.read("a1", 9).unwrap().unwrap(), b"other");
    }

    #[test]
    fn sizes_that_lie_are_found_out() {
        let bytes = archive(&["bomb"], &[0; 100_000], CompressionMethod::Deflated);
        let directory = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
        for said in [10_u32, 1 << 30] {
            let mut lying = bytes.clone();
            lying[directory + 24..directory + 28].copy_from_slice(&said.to_le_bytes());
            assert!(open(&lying).unwrap().read("bomb", 1 << 31).is_err(), "{said}");
        }
        let end = bytes.len() - 22;
        let mut many = bytes.clone();
        many[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
        assert!(open(&many).is_err());
        for cut in 0..200.min(bytes.len()) {
            assert!(open(&bytes[..bytes.len() - 1 - cut]).is_err());
        }
    }

    #[test]
    fn what_the_directory_takes_is_asked_for_first() {
        let bytes = archive(&["a", "b"], b"", CompressionMethod::Stored);
        let refused = Archive::open(Cursor::new(&bytes[..]), |bytes| {
            assert_eq!(bytes, 2 * ENTRY_BYTES);
            Err::<(), _>(Error::Refused("has no room".to_owned()))
        });
        assert_eq!(
            refused.err().map(|error| error.to_string()).as_deref(),
            Some("the zip archive has no room")
        );
    }

    #[test]
    fn entries_of_the_same_bytes_are_refused() {
        let mut bytes = archive(&["a1", "a2"], b"0123456789", CompressionMethod::Stored);
        let marks: Vec<usize> =
            (0..bytes.len() - 4).filter(|at| &bytes[*at..*at + 4] == b"PK\x01\x02").collect();
        // Both begin where the first one does.
        bytes.copy_within(marks[0] + 42..marks[0] + 46, marks[1] + 42);
        let error = open(&bytes).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("same bytes")));
    }
}
