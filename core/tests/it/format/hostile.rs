//! Files that are cut, bent, or lie about their size: each an error, none a panic, none a shorter table.

use std::sync::Arc;

use arrow::array::*;
use pantile_core::Code;
use pantile_core::format::{Compression, Error, FORMATS, Format, ReadOptions, WriteOptions};

use super::{named, read, rows_of_document, samples, schema_of, write};

/// A small file of the format, with a column of each kind of layout in it.
fn small_file(format: &dyn Format, compression: Compression) -> Vec<u8> {
    let columns = samples::columns();
    let kinds = ["i64", "text", "text_view", "bool", "list", "pair", "map", "dictionary"];
    let columns = columns.iter().filter(|(name, _)| kinds.contains(&name.as_str()));
    let columns = columns.map(|(name, array)| (name, array.slice(0, 2), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let options = WriteOptions { compression: Some(compression), ..WriteOptions::default() };
    let bytes = write(format, &schema_of(&batch), &[batch.clone(), batch], &options);
    if format.name() == "json" { rows_of_document(&bytes) } else { bytes }
}

fn readable() -> impl Iterator<Item = &'static dyn Format> {
    FORMATS.iter().copied().filter(|format| format.reads())
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    for format in readable() {
        let bytes = small_file(format, Compression::Zstd);
        // Lines have no end but their own: a file cut between two of them is whole.
        let lines = matches!(format.name(), "csv" | "tsv" | "ndjson");
        for length in 0..bytes.len() {
            match read(format, &bytes[..length], &ReadOptions::default()) {
                Ok(_) => assert!(lines, "{} cut at {length} of {} was read", format.name(), bytes.len()),
                Err(error) => {
                    assert_eq!(error.code(), Code::InvalidData, "{} at {length}: {error}", format.name())
                }
            }
        }
    }
}

#[test]
fn a_stream_without_its_end_marker_is_an_error() {
    let format = named("arrow");
    let bytes = small_file(format, Compression::None);
    assert_eq!(&bytes[bytes.len() - 8..], b"\xff\xff\xff\xff\0\0\0\0");
    let error = read(format, &bytes[..bytes.len() - 8], &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("no end marker"), "{error}");
    let more = [&bytes[..], b"\xff\xff\xff\xff"].concat();
    let error = read(format, &more, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("bytes follow"), "{error}");
}

/// A generator as good as this needs: the same bits every time.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[test]
fn bent_bits_never_end_the_process() {
    let mut state = 7;
    for format in readable() {
        for compression in [Compression::None, Compression::Lz4, Compression::Zstd] {
            let bytes = small_file(format, compression);
            for _ in 0..600 {
                let mut bent = bytes.clone();
                for _ in 0..1 + next(&mut state) % 3 {
                    let at = next(&mut state) % bent.len();
                    bent[at] ^= 1 << (next(&mut state) % 8);
                }
                // Some flips only change a value, which no format without checksums can know.
                let _ = read(format, &bent, &ReadOptions::default());
            }
        }
    }
}

#[test]
fn bent_bytes_never_end_the_process() {
    for name in ["arrow", "arrow-file", "parquet"] {
        let format = named(name);
        let bytes = small_file(format, Compression::Zstd);
        for at in 0..bytes.len() {
            for value in [0x00, 0x7f, 0x80, 0xff] {
                let mut bent = bytes.clone();
                bent[at] = value;
                let _ = read(format, &bent, &ReadOptions::default());
            }
        }
    }
}

#[test]
fn lengths_beyond_reason_are_refused_before_memory_is_taken() {
    let stream = named("arrow");
    let mut bytes = small_file(stream, Compression::None);
    bytes[4..8].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_eq!(read(stream, &bytes, &ReadOptions::default()).unwrap_err().code(), Code::InvalidData);
    bytes[4..8].copy_from_slice(&(-5_i32).to_le_bytes());
    assert_eq!(read(stream, &bytes, &ReadOptions::default()).unwrap_err().code(), Code::InvalidData);

    let parquet = named("parquet");
    let mut bytes = small_file(parquet, Compression::None);
    let tail = bytes.len() - 8;
    bytes[tail..tail + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = read(parquet, &bytes, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("longer than the file"), "{error}");

    // The length that a compressed buffer claims to have.
    let numbers = Arc::new(Int64Array::from_iter_values(std::iter::repeat_n(1, 10_000))) as ArrayRef;
    let batch = samples::batch("a", &numbers);
    for name in ["arrow", "arrow-file"] {
        let format = named(name);
        let options = WriteOptions { compression: Some(Compression::Zstd), ..WriteOptions::default() };
        let mut bytes = write(format, &schema_of(&batch), std::slice::from_ref(&batch), &options);
        let claim = 80_000_i64.to_le_bytes();
        let at = bytes.windows(8).position(|window| window == claim).unwrap();
        bytes[at..at + 8].copy_from_slice(&(1_i64 << 45).to_le_bytes());
        let error = read(format, &bytes, &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{name}: {error:?}");
    }
}

#[test]
fn noise_is_no_file_of_any_kind() {
    let mut state = 3;
    for format in readable() {
        for length in [1, 2, 8, 12, 64, 4_096] {
            let mut noise: Vec<u8> = (0..length).map(|_| next(&mut state) as u8 | 0x80).collect();
            let error = read(format, &noise, &ReadOptions::default()).unwrap_err();
            assert_eq!(error.code(), Code::InvalidData, "{}: {error}", format.name());
            noise.fill(0);
            let _ = read(format, &noise, &ReadOptions::default());
        }
    }
}

#[test]
fn an_empty_file_has_no_columns() {
    for format in readable() {
        let error = read(format, b"", &ReadOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidData, "{}: {error}", format.name());
    }
    let error = read(named("csv"), b"", &ReadOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "the csv file has no columns: it is empty");
}

#[test]
fn what_is_too_large_is_refused() {
    let wide: String = (0..20_000).map(|column| format!("c{column},")).collect();
    let error = read(named("csv"), wide.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("16384")), (Code::TooLarge, true), "{error}");
    let mut long = b"a\n\"".to_vec();
    long.resize(17 << 20, b'x');
    let error = read(named("csv"), &long, &ReadOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("line 2")), (Code::TooLarge, true), "{error}");
    let keys: String = (0..20_000).map(|key| format!("\"k{key}\":1,")).collect();
    let map = format!("{{\"a\":{{{}}}}}", keys.trim_end_matches(','));
    let error = read(named("ndjson"), map.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("more than 16384 different fields; name a map"), "{error}");
    let named_map = super::options(&[("schema", "a:map<utf8,int64>")]);
    assert_eq!(read(named("ndjson"), map.as_bytes(), &named_map).unwrap().num_rows(), 1);
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for name in ["ndjson", "json"] {
        let text = if name == "json" { format!("[{deep}") } else { deep.clone() };
        let error = read(named(name), text.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidData, "{error}");
    }
}

#[test]
fn pages_that_may_expand_without_end_are_refused() {
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{BrotliLevel, Compression as Codec, GzipLevel};
    use parquet::file::properties::WriterProperties;
    let noise = Int64Array::from_iter_values(
        (0..1_u64 << 19).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15) as i64),
    );
    let batch = samples::batch("a", &(Arc::new(noise) as ArrayRef));
    let written = |codec, page_bytes| {
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_dictionary_enabled(false)
            .set_data_page_size_limit(page_bytes)
            .set_data_page_row_count_limit(usize::MAX);
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    };
    let gzip = Codec::GZIP(GzipLevel::default());
    for (codec, page_bytes) in [(gzip, 1 << 20), (Codec::SNAPPY, 16 << 20)] {
        let rows = read(named("parquet"), &written(codec, page_bytes), &ReadOptions::default()).unwrap();
        assert_eq!(rows.column(0), batch.column(0));
    }
    let brotli = Codec::BROTLI(BrotliLevel::default());
    for (codec, page_bytes, code) in [(gzip, 16 << 20, Code::TooLarge), (brotli, 1 << 10, Code::Unsupported)]
    {
        let error = read(named("parquet"), &written(codec, page_bytes), &ReadOptions::default()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains("zstd"), "{error}");
    }
}
