//! What is checked of a Parquet file before anything in it is decoded.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};

use super::super::{COLUMNS_MAX, Error, guard};
use super::{NAME, thrift};

/// A footer is read whole.
const FOOTER_BYTES_MAX: u64 = 256 << 20;
/// The largest pages of a row group's columns, decompressed, are in memory together.
const PAGES_BYTES_MAX: u64 = 2 << 30;
/// What a page expands to beyond what its header claims is an error, but only Snappy's, Zstandard's and the
/// raw LZ4 decoder stop there. Of gzip and framed LZ4, which expand at most so many times, larger pages are
/// refused; of Brotli, which has no such bound, all.
const GZIP_PAGE_BYTES_MAX: u64 = PAGES_BYTES_MAX / 1_032;
const LZ4_PAGE_BYTES_MAX: u64 = PAGES_BYTES_MAX / 255;
/// Page headers are some tens of bytes, but may hold statistics.
const PAGE_HEADER_BYTES_MAX: usize = 1 << 20;

/// The footer of a file that can be read: all of it is there, its column chunks lie within the file, and no
/// row group needs more memory for its pages than is reasonable, whatever they expand to.
///
/// # Errors
/// [`Error::Corrupt`], [`Error::NoColumns`], [`Error::TooLarge`], [`Error::Io`].
pub fn checked_metadata(file: &File) -> Result<Arc<ParquetMetaData>, Error> {
    guard::guarded(NAME, || {
        let file_bytes = file.metadata().map_err(Error::Io)?.len();
        check_footer(file, file_bytes)?;
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Skip);
        let metadata = reader.parse_and_finish(file).map_err(Error::parquet)?;
        match metadata.file_metadata().schema_descr().num_columns() {
            0 => return Err(Error::NoColumns { format: NAME, empty: false }),
            columns if columns > COLUMNS_MAX => {
                return Err(Error::TooLarge {
                    what: format!("the number of columns, {columns}, those inside of others counted,"),
                    limit: format!("{COLUMNS_MAX} columns"),
                    advice: "put them into lists",
                });
            }
            _ => {}
        }
        for (number, group) in metadata.row_groups().iter().enumerate() {
            check_row_group(file, file_bytes, number, group)?;
        }
        let rows: i128 = metadata.row_groups().iter().map(|group| i128::from(group.num_rows())).sum();
        let said = i128::from(metadata.file_metadata().num_rows());
        if rows != said {
            return Err(Error::corrupt(
                NAME,
                format!("its footer says {said} rows, its row groups say {rows}"),
            ));
        }
        Ok(Arc::new(metadata))
    })
}

fn check_footer(file: &File, file_bytes: u64) -> Result<(), Error> {
    let mut magic = [0; 4];
    let mut tail = [0; 8];
    if file_bytes < 12 {
        return Err(Error::corrupt(NAME, format!("it has only {file_bytes} bytes")));
    }
    file.read_exact_at(&mut magic, 0).map_err(Error::Io)?;
    file.read_exact_at(&mut tail, file_bytes - 8).map_err(Error::Io)?;
    if &tail[4..] == b"PARE" {
        return Err(Error::corrupt(NAME, "its footer is encrypted; decrypt it first"));
    }
    if &magic != b"PAR1" {
        return Err(Error::corrupt(NAME, "it does not begin with PAR1"));
    }
    if &tail[4..] != b"PAR1" {
        return Err(Error::corrupt(NAME, "it does not end with PAR1, so its end is missing"));
    }
    let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    if length > file_bytes - 12 {
        return Err(Error::corrupt(NAME, "its footer is longer than the file"));
    }
    if length > FOOTER_BYTES_MAX {
        return Err(Error::TooLarge {
            what: format!("the footer, of {length} bytes,"),
            limit: format!("{FOOTER_BYTES_MAX} bytes"),
            advice: "write fewer columns or larger row groups",
        });
    }
    let mut footer = vec![0; length as usize];
    file.read_exact_at(&mut footer, file_bytes - 8 - length).map_err(Error::Io)?;
    if thrift::plausible(&footer) { Ok(()) } else { Err(Error::corrupt(NAME, "its footer is damaged")) }
}

fn check_row_group(
    file: &File,
    file_bytes: u64,
    number: usize,
    group: &RowGroupMetaData,
) -> Result<(), Error> {
    let damaged = |what: &str| Error::corrupt(NAME, format!("row group {number} {what}"));
    if group.num_rows() < 0 {
        return Err(damaged("says it has a negative number of rows"));
    }
    let mut pages = 0_u64;
    for column in group.columns() {
        let outside =
            || damaged(&format!("has a column `{}` outside of the file", column.column_path().string()));
        let start =
            column.dictionary_page_offset().filter(|offset| *offset > 0).unwrap_or(column.data_page_offset());
        let start = u64::try_from(start.min(column.data_page_offset())).map_err(|_| outside())?;
        let length = u64::try_from(column.compressed_size()).map_err(|_| outside())?;
        let end = start.checked_add(length).filter(|end| *end <= file_bytes).ok_or_else(outside)?;
        if column.num_values() < 0 {
            return Err(damaged("says a column has a negative number of values"));
        }
        pages = pages.saturating_add(largest_page(file, column, start, end)?);
    }
    if pages > PAGES_BYTES_MAX {
        return Err(Error::TooLarge {
            what: format!("what the pages of row group {number} expand to, {pages} bytes,"),
            limit: format!("{PAGES_BYTES_MAX} bytes"),
            advice: "write it with smaller pages (a data page size of 1 MiB is usual)",
        });
    }
    Ok(())
}

/// The largest decompressed size a page header in `start..end` claims. A header that does not parse ends the
/// walk: the decoder will fail on it too, and says more about it.
fn largest_page(file: &File, column: &ColumnChunkMetaData, start: u64, end: u64) -> Result<u64, Error> {
    let mut largest = 0;
    let mut at = start;
    let mut buffer = vec![0; 256];
    while at < end {
        let read = ((end - at) as usize).min(buffer.len());
        file.read_exact_at(&mut buffer[..read], at).map_err(Error::Io)?;
        let Some(page) = thrift::page_sizes(&buffer[..read]) else {
            if read < buffer.len() || buffer.len() >= PAGE_HEADER_BYTES_MAX {
                break;
            }
            buffer.resize(buffer.len() * 8, 0);
            continue;
        };
        if let Compression::BROTLI(_) = column.compression() {
            let instead = vec!["zstd", "snappy", "lz4_raw", "gzip"];
            return Err(Error::Unsupported {
                format: "parquet compressed with Brotli",
                asked: "read",
                instead,
            });
        }
        let (claimed, compressed_max) = match column.compression() {
            Compression::UNCOMPRESSED => (page.compressed, u64::MAX),
            Compression::GZIP(_) => (page.uncompressed, GZIP_PAGE_BYTES_MAX),
            Compression::LZ4 => (page.uncompressed, LZ4_PAGE_BYTES_MAX),
            _ => (page.uncompressed, u64::MAX),
        };
        if page.compressed > compressed_max {
            return Err(Error::TooLarge {
                what: format!(
                    "a page of column `{}`, {} bytes,",
                    column.column_path().string(),
                    page.compressed
                ),
                limit: format!("{compressed_max} bytes for its compression, {:?}", column.compression()),
                advice: "write the file with zstd or snappy",
            });
        }
        largest = largest.max(claimed);
        at = at.saturating_add(page.header_bytes as u64).saturating_add(page.compressed);
    }
    Ok(largest)
}
