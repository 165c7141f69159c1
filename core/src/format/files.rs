//! Files by their names, which together are something: those of a zip archive, or below a place of a store.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::Code;
use crate::array::zarr;
use crate::store::LeadsOut;

/// Why files, or what they are together, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no archive, or a damaged one.
    #[error("not readable as a zip archive")]
    Zip(#[from] zip::result::ZipError),
    /// An entry of an archive, or all of them, break a rule.
    #[error("the zip archive {0}")]
    Refused(String),
    /// Several arrays, of which one is to be named, or none that is meant. The caller can name one.
    #[error("{0}")]
    Which(String),
    /// A file is longer than is read of such files.
    #[error("`{name}` has {bytes} bytes, and at most {max} are read")]
    Long {
        /// Its name.
        name: String,
        /// How many it has.
        bytes: u64,
        /// How many it may have.
        max: u64,
    },
    /// They could not be read.
    #[error("failed to read the files")]
    Read(#[from] std::io::Error),
    /// A place of a store could not be read; the log says why.
    #[error("the files at the location could not be read")]
    Store,
    /// A link at a location leads out of it.
    #[error(transparent)]
    LeadsOut(#[from] LeadsOut),
    /// Nothing lies at a place of a store.
    #[error("there is nothing at `{path}` in the location")]
    Nothing {
        /// The path, from the location on.
        path: String,
    },
    /// One was written while it was read. Another try reads it as it is then.
    #[error("`{name}` changed while it was read; ask again")]
    Changed {
        /// Which one.
        name: String,
    },
    /// A store said nothing for too long. Worth another try.
    #[error("the location gave no answer within {waited:?}")]
    Late {
        /// How long was waited.
        waited: Duration,
    },
    /// Whoever wanted them has been told to stop.
    #[error("the reading was stopped")]
    Stopped,
    /// What cannot be read where it lies, only copied.
    #[error(
        "`{name}` is a file, and only the folder of a Zarr array is read in place; without `in_place` it is copied"
    )]
    NoFolder {
        /// What was named.
        name: String,
    },
    /// An array in them cannot be read.
    #[error(transparent)]
    Array(#[from] zarr::Error),
}

impl Error {
    /// The code that clients may act on.
    pub fn code(&self) -> Code {
        match self {
            Self::Zip(_) | Self::Refused(_) | Self::Long { .. } | Self::Read(_) => Code::InvalidData,
            Self::Which(_) => Code::InvalidRequest,
            Self::Store | Self::Changed { .. } | Self::Late { .. } => Code::StorageFailed,
            Self::Stopped => Code::Cancelled,
            Self::NoFolder { .. } => Code::Unsupported,
            Self::LeadsOut(_) => Code::Forbidden,
            Self::Nothing { .. } => Code::NotFound,
            Self::Array(error) => error.code(),
        }
    }
}

/// A file, before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// How many bytes it says that it has.
    pub bytes: u64,
    /// Whether some of them can be read without the rest.
    pub parts: bool,
}

/// Files by their names: paths with `/` between their parts, none at the start.
pub trait Files: Sync {
    /// All names, sorted.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;

    /// The file of that name.
    fn file(&self, name: &str) -> Option<File>;

    /// All bytes of a file, at most `most`; nothing where there is none of that name.
    ///
    /// # Errors
    /// Where it says that it has more, or has others than it says.
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error>;

    /// Some bytes of a file that is read in parts.
    ///
    /// # Errors
    /// Where it ends before, or is not.
    fn range(&self, name: &str, range: Range<u64>) -> Result<Bytes, Error>;
}

/// One of several names: the one that is asked for, in full or by how it ends, or the only one.
///
/// # Errors
/// [`Error::Which`] with the names where there is none, or several.
pub fn chosen<'a>(names: &[&'a str], asked: Option<&str>) -> Result<&'a str, Error> {
    let which = |said: String| Err(Error::Which(said));
    match (asked.map(|asked| asked.trim_matches('/')), names) {
        (_, []) => which("the body holds no array".to_owned()),
        (None, [only]) => Ok(only),
        (None, several) => which(format!(
            "the body holds several arrays, and `?array=` names one of them: {}",
            listed(several)
        )),
        (Some(asked), names) => {
            if let Some(found) = names.iter().find(|name| **name == asked) {
                return Ok(found);
            }
            let ends = |name: &&&str| {
                name.strip_suffix(asked).is_some_and(|rest| rest.ends_with('/')) && !asked.is_empty()
            };
            match names.iter().filter(ends).collect::<Vec<_>>().as_slice() {
                [found] => Ok(found),
                _ => which(format!("the body holds no array {asked:?}, but {}", listed(names))),
            }
        }
    }
}

/// The first names, as a refusal shows them.
fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(10).map(|name| format!("{name:?}")).collect();
    let more = names.len().saturating_sub(shown.len());
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{end}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_chosen_by_its_name_or_its_end() {
        let names = ["a.zarr/lat", "a.zarr/t2m", "b/t2m", "c"];
        let found = |asked| chosen(&names, asked).ok();
        assert_eq!(found(Some("c")), Some("c"));
        assert_eq!(found(Some("/a.zarr/t2m/")), Some("a.zarr/t2m"));
        assert_eq!(found(Some("lat")), Some("a.zarr/lat"));
        for asked in [None, Some("t2m"), Some("at"), Some(""), Some("d")] {
            let said = chosen(&names, asked).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("\"a.zarr/lat\", \"a.zarr/t2m\", \"b/t2m\", \"c\""), "{asked:?}: {said}");
        }
        assert_eq!(chosen(&["only"], None).ok(), Some("only"));
        assert!(chosen(&[], None).is_err());
    }
}
