//! Bytes to fewer bytes and back: gzip, zlib, zstd, Blosc; checksums; shuffled bytes.
//!
//! A chunk says by its shape how many bytes it must become, and unpacking stops there: what would become more is damaged
//! or a trap.

use std::borrow::Cow;
use std::io::Write;

use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::{Map, Value, json};

use super::element::Stored;
use super::error::Error;
use super::steps::{CRC_BYTES, checked, inflated, shuffled, zstd_packed, zstd_unpacked};
use super::{blosc, json};

/// One step from bytes to bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A gzip file.
    Gzip {
        /// From 0, fast, to 9, small.
        level: u32,
    },
    /// A zlib stream.
    Zlib {
        /// From 0, fast, to 9, small.
        level: u32,
    },
    /// A Zstandard frame.
    Zstd {
        /// From 1, fast, to 22, small; below 0 faster still.
        level: i32,
        /// Whether it carries a checksum.
        checksum: bool,
    },
    /// A Blosc 1 buffer.
    Blosc {
        /// What it packs with.
        name: &'static str,
        /// From 0, not at all, to 9, small.
        level: u8,
        /// `noshuffle`, `shuffle` or `bitshuffle`.
        shuffle: &'static str,
        /// Bytes of what is shuffled.
        width: usize,
        /// Bytes of a block; 0 where Blosc may choose.
        block: usize,
    },
    /// CRC-32C of the bytes, behind them.
    Crc32c,
    /// First bytes of all elements first, then second ones, and so on.
    Shuffle {
        /// Bytes of an element.
        width: usize,
    },
}

impl Packing {
    /// The step of that name, `said` its configuration: Zarr 3's, or NumCodecs' in Zarr 2.
    pub(super) fn read(name: &str, said: &Map<String, Value>, stored: Stored) -> Result<Self, Error> {
        let level = || said.get("level").map_or(Ok(1), |level| whole(level, "level", 0, 9));
        match name.strip_prefix("numcodecs.").unwrap_or(name) {
            "gzip" => Ok(Self::Gzip { level: level()? as u32 }),
            "zlib" => Ok(Self::Zlib { level: level()? as u32 }),
            "zstd" => Ok(Self::Zstd {
                level: said.get("level").map_or(Ok(3), |level| whole(level, "level", -131_072, 22))? as i32,
                checksum: said.get("checksum") == Some(&Value::Bool(true)),
            }),
            "blosc" => blosc::read(said, stored),
            "crc32c" => Ok(Self::Crc32c),
            "shuffle" => {
                let width =
                    said.get("elementsize").map_or(Ok(4), |width| whole(width, "elementsize", 1, 1 << 16))?;
                Ok(Self::Shuffle { width: width as usize })
            }
            _ => Err(Error::unsupported(
                format!("codec `{name}`"),
                "these are: gzip, zlib, zstd, blosc, crc32c, shuffle; write the array with one of them",
            )),
        }
    }

    /// The step as Zarr 3 writes it.
    pub(super) fn write(&self) -> Value {
        let (name, configuration) = match self {
            Self::Gzip { level } => ("gzip", json!({"level": level})),
            Self::Zlib { level } => ("numcodecs.zlib", json!({"level": level})),
            Self::Zstd { level, checksum } => ("zstd", json!({"level": level, "checksum": checksum})),
            Self::Blosc { name, level, shuffle, width, block } => (
                "blosc",
                json!({"cname": name, "clevel": level, "shuffle": shuffle, "typesize": width, "blocksize": block}),
            ),
            Self::Crc32c => return json!({"name": "crc32c"}),
            Self::Shuffle { width } => ("numcodecs.shuffle", json!({"elementsize": width})),
        };
        json!({"name": name, "configuration": configuration})
    }

    /// The most bytes that `bytes` become.
    fn most(&self, bytes: usize) -> usize {
        match self {
            Self::Crc32c => bytes.saturating_add(CRC_BYTES),
            Self::Shuffle { .. } => bytes,
            // Streams that are cut into very small blocks grow; none of use to anybody doubles.
            _ => bytes.saturating_mul(2).saturating_add(1 << 16),
        }
    }

    /// Whether `bytes` always become as many as [`Packing::most`] says.
    fn is_exact(&self) -> bool {
        matches!(self, Self::Crc32c | Self::Shuffle { .. })
    }

    fn pack(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Defect("packing a chunk");
        match self {
            Self::Gzip { level } => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::new(*level));
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
            }
            Self::Zlib { level } => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(*level));
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
            }
            Self::Zstd { level, checksum } => zstd_packed(bytes, *level, *checksum).map_err(failed),
            Self::Blosc { name, level, shuffle, width, block } => {
                blosc::packed(bytes, (name, *level, shuffle), *width, *block)
            }
            Self::Crc32c => Ok([bytes, &crc32c::crc32c(bytes).to_le_bytes()].concat()),
            Self::Shuffle { width } => shuffled(bytes, *width, false),
        }
    }

    /// The bytes that were packed, no more than `most`.
    fn unpack<'a>(&self, bytes: Cow<'a, [u8]>, most: usize) -> Result<Cow<'a, [u8]>, Error> {
        match self {
            Self::Gzip { .. } => inflated(MultiGzDecoder::new(&*bytes), "gzip", most).map(Cow::Owned),
            Self::Zlib { .. } => inflated(ZlibDecoder::new(&*bytes), "zlib", most).map(Cow::Owned),
            Self::Zstd { .. } => zstd_unpacked(&bytes, most).map(Cow::Owned),
            Self::Blosc { .. } => blosc::unpacked(&bytes, most).map(Cow::Owned),
            Self::Crc32c => checked(bytes),
            Self::Shuffle { width } => shuffled(&bytes, *width, true).map(Cow::Owned),
        }
    }
}

/// The most bytes that a chunk of `bytes` becomes.
pub(super) fn packed_most(steps: &[Packing], bytes: usize) -> usize {
    steps.iter().fold(bytes, |bytes, step| step.most(bytes))
}

/// The bytes, packed step by step.
pub(super) fn pack(steps: &[Packing], bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    steps.iter().try_fold(bytes, |bytes, step| step.pack(&bytes))
}

/// The bytes that were packed, which must be exactly `bytes`.
///
/// # Errors
/// [`Error::Damaged`] where they are others, or more or fewer.
pub(super) fn unpack<'a>(
    steps: &[Packing],
    packed: Cow<'a, [u8]>,
    bytes: usize,
) -> Result<Cow<'a, [u8]>, Error> {
    let mut sizes = vec![(bytes, true)];
    for step in steps {
        let (most, exact) = sizes.last().copied().unwrap_or((bytes, true));
        sizes.push((step.most(most), exact && step.is_exact()));
    }
    let mut left = packed;
    for (step, (most, exact)) in steps.iter().zip(&sizes).rev() {
        left = step.unpack(left, *most)?;
        check_len(left.len(), *most, *exact)?;
    }
    check_len(left.len(), bytes, true)?;
    Ok(left)
}

fn check_len(len: usize, most: usize, exact: bool) -> Result<(), Error> {
    match len == most || (!exact && len < most) {
        true => Ok(()),
        false => Err(Error::damaged(format!("it has {len} bytes where its shape takes {most}"))),
    }
}

/// A whole number within bounds.
pub(super) fn whole(value: &Value, name: &str, least: i64, most: i64) -> Result<i64, Error> {
    let found = value.as_i64().filter(|found| (least..=most).contains(found));
    let said =
        || format!("`{name}` takes whole numbers from {least} to {most}, and got {}", json::shown(value));
    found.ok_or_else(|| Error::metadata(said()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn steps() -> Vec<Vec<Packing>> {
        let blosc = |name, shuffle| Packing::Blosc { name, level: 5, shuffle, width: 4, block: 0 };
        vec![
            vec![],
            vec![Packing::Gzip { level: 1 }],
            vec![Packing::Zlib { level: 9 }, Packing::Crc32c],
            vec![Packing::Zstd { level: 3, checksum: true }, Packing::Crc32c],
            vec![Packing::Crc32c, Packing::Zstd { level: -5, checksum: false }],
            vec![Packing::Shuffle { width: 4 }, Packing::Zstd { level: 1, checksum: false }],
            vec![blosc("lz4", "shuffle")],
            vec![blosc("zstd", "bitshuffle"), Packing::Gzip { level: 5 }],
            vec![blosc("blosclz", "noshuffle"), Packing::Crc32c],
            vec![blosc("snappy", "noshuffle")],
            vec![blosc("zlib", "shuffle")],
            vec![blosc("lz4hc", "shuffle")],
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn what_is_packed_is_unpacked(numbers in prop::collection::vec(0_u8..4, 1..500), noise in any::<[u8; 8]>()) {
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| [*number, 0, 0, noise[usize::from(*number)]]).collect();
            for steps in steps() {
                let packed = pack(&steps, bytes.clone()).unwrap();
                prop_assert!(packed.len() <= packed_most(&steps, bytes.len()));
                let back = unpack(&steps, Cow::Borrowed(&packed), bytes.len()).unwrap();
                prop_assert_eq!(&*back, &bytes);
            }
        }

        #[test]
        fn damage_is_never_taken_for_more_bytes(at in any::<prop::sample::Index>(), bit in 0_u32..8, cut in any::<prop::sample::Index>()) {
            let bytes: Vec<u8> = (0..2000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
            for steps in steps() {
                let mut packed = pack(&steps, bytes.clone()).unwrap();
                let short = &packed[..cut.index(packed.len())];
                if let Ok(found) = unpack(&steps, Cow::Borrowed(short), bytes.len()) {
                    prop_assert_eq!(&*found, &bytes);
                }
                let at = at.index(packed.len());
                packed[at] ^= 1_u8 << bit;
                if let Ok(found) = unpack(&steps, Cow::Borrowed(&packed), bytes.len()) {
                    prop_assert_eq!(found.len(), bytes.len());
                }
            }
        }
    }

    #[test]
    fn what_unpacks_to_more_than_its_shape_is_refused_before_it_does() {
        let bomb = vec![0_u8; 64 << 20];
        for steps in steps().into_iter().filter(|steps| steps.len() == 1) {
            let packed = pack(&steps, bomb.clone()).unwrap();
            let error = unpack(&steps, Cow::Owned(packed), 1 << 10).unwrap_err().to_string();
            assert!(error.contains("1024"), "{error}");
        }
        let packed = pack(&[Packing::Crc32c], vec![1, 2, 3, 4]).unwrap();
        let few = unpack(&[Packing::Crc32c], Cow::Borrowed(&packed), 5).unwrap_err().to_string();
        assert!(few.contains("4 bytes where its shape takes 5"), "{few}");
        assert!(unpack(&[], Cow::Borrowed(&[0; 8]), 7).is_err());
    }
}
