//! Arrays that come as Arrow's tensors, in a stream or a file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use pantile_core::array::tensors::{NoArray, Told};
use pantile_core::array::zarr::Incoming;
use pantile_core::format::{self, ReadOptions};

use super::Error;
use super::arrays::{Kept, READ_BYTES, Said};
use super::shards::Shards;

/// Bytes by which a format is known.
const HEAD: u64 = 64;

/// Keeps the array that the file's rows are. They are gone through twice: only at the end it is known how many there are.
///
/// Blocks; made for the pool.
pub(super) fn write(said: Said, mut file: File, mut shards: Shards<'_>) -> Result<Kept, Error> {
    if let Some(member) = said.member {
        return Err(Error::NoMember { member });
    }
    let unreadable = |error: io::Error| Error::Format(format::Error::Io(error));
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
    let known = format::recognise(&head).filter(|format| format.name().starts_with("arrow"));
    let known =
        known.ok_or_else(|| Error::UnknownFormat { why: "it is no stream or file of Arrow's".to_owned() })?;
    let open = |mut file: File| {
        file.rewind().map_err(unreadable)?;
        Ok::<_, Error>(known.read(file, &ReadOptions::default())?)
    };
    let rows = open(file.try_clone().map_err(unreadable)?)?;
    let told = Told::of(&rows.schema())?;
    let mut checked = told.clone().bytes(rows);
    let expanded = io::copy(&mut checked, &mut io::sink()).map_err(of_rows)?;
    shards.check(expanded)?;
    shards.goes_on()?;
    let lengths = told.shape(checked.rows())?;
    let lengths = lengths.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let incoming = Incoming::raw(told.dtype().name(), &lengths, false)?;
    let mut body = BufReader::with_capacity(READ_BYTES, told.bytes(open(file)?));
    let description = shards.elements(said, &incoming, &mut body)?;
    shards.finish(description)
}

/// What is wrong with rows, as it was said below the reader that they are.
fn of_rows(error: io::Error) -> Error {
    let said = error.to_string();
    match error.downcast::<NoArray>() {
        Ok(error) => Error::NoArray(error),
        Err(error) => match error.into_inner().map(|inner| inner.downcast::<arrow::error::ArrowError>()) {
            Some(Ok(error)) => format::Error::try_from(*error).map_or_else(
                |other| Error::Format(format::Error::Corrupt { format: "arrow", detail: other.to_string() }),
                Error::Format,
            ),
            _ => Error::Format(format::Error::Corrupt { format: "arrow", detail: said }),
        },
    }
}
