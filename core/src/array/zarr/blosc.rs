//! Blosc, version 1, as zarrs calls it.

use serde_json::{Map, Value};
use zarrs::array::codec::bytes_to_bytes::blosc;

use super::element::Stored;
use super::error::Error;
use super::json;
use super::pack::{Packing, whole};

/// What blosc puts together.
const NAMES: &[(&str, blosc::BloscCompressor)] = &[
    ("blosclz", blosc::BloscCompressor::BloscLZ),
    ("lz4", blosc::BloscCompressor::LZ4),
    ("lz4hc", blosc::BloscCompressor::LZ4HC),
    ("snappy", blosc::BloscCompressor::Snappy),
    ("zlib", blosc::BloscCompressor::Zlib),
    ("zstd", blosc::BloscCompressor::Zstd),
];
/// How blosc orders bytes before; by number in Zarr 2.
const SHUFFLES: &[&str] = &["noshuffle", "shuffle", "bitshuffle"];

/// The step that `said` configures, in Zarr 3's words or NumCodecs'.
pub(super) fn read(said: &Map<String, Value>, stored: Stored) -> Result<Packing, Error> {
    let name = said.get("cname").map_or(Ok("lz4"), |name| json::text(name, "cname"))?;
    let known = NAMES.iter().find(|known| known.0 == name);
    let (name, _) =
        known.ok_or_else(|| Error::unsupported(format!("blosc's `{name}`"), "write it with lz4 or zstd"))?;
    let level = said.get("clevel").map_or(Ok(5), |level| whole(level, "clevel", 0, 9))?;
    let width = said.get("typesize").filter(|width| !width.is_null());
    let width = width.map_or(Ok(stored.bytes() as i64), |width| whole(width, "typesize", 0, 255))? as usize;
    let block =
        said.get("blocksize").map_or(Ok(0), |block| whole(block, "blocksize", 0, i32::MAX.into()))? as usize;
    let shuffle = match said.get("shuffle") {
        Some(Value::String(word)) => SHUFFLES.iter().copied().find(|known| known == word),
        // As numcodecs chooses where it is left to choose.
        Some(number) if number.as_i64() == Some(-1) => {
            Some(if stored.bytes() == 1 { "bitshuffle" } else { "shuffle" })
        }
        Some(number) => number.as_u64().and_then(|number| SHUFFLES.get(number as usize).copied()),
        None => Some("shuffle"),
    };
    let shuffle =
        shuffle.ok_or_else(|| Error::metadata("blosc's `shuffle` is none of those that there are"))?;
    Ok(Packing::Blosc { name, level: level as u8, shuffle, width, block })
}

/// The bytes, packed.
pub(super) fn packed(
    bytes: &[u8],
    (name, level, shuffle): (&str, u8, &str),
    width: usize,
    block: usize,
) -> Result<Vec<u8>, Error> {
    let shuffle = match shuffle {
        "shuffle" => blosc::BloscShuffleMode::Shuffle,
        "bitshuffle" => blosc::BloscShuffleMode::BitShuffle,
        _ => blosc::BloscShuffleMode::NoShuffle,
    };
    let known = NAMES.iter().find(|known| known.0 == name).map(|known| known.1);
    let level = blosc::BloscCompressionLevel::try_from(level).ok();
    let (Some(known), Some(level)) = (known, level) else { return Err(Error::Defect("packing with blosc")) };
    blosc::blosc_compress_bytes(bytes, level, shuffle, width, known, block, 1)
        .map_err(|error| Error::damaged(format!("blosc: {error}")))
}

/// Blosc's head says how much it unpacks to: that is believed only where the shape says so too.
pub(super) fn unpacked(bytes: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    let wrong = |said: String| Error::damaged(format!("blosc: {said}"));
    let said = blosc::blosc_validate(bytes)
        .ok_or_else(|| wrong("its head does not go with its bytes".to_owned()))?;
    if said == 0 || said > most {
        return Err(wrong(format!("it says that it unpacks to {said} bytes, and its shape takes {most}")));
    }
    blosc::blosc_decompress_bytes(bytes, said, 1).map_err(|_| wrong("its bytes do not unpack".to_owned()))
}
