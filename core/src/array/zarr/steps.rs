//! What packs and unpacks, each told how many bytes it may make.

use std::borrow::Cow;
use std::io::Read;

use super::error::Error;

/// Bytes of a checksum.
pub(super) const CRC_BYTES: usize = 4;

/// What `decoder` gives; one byte more than `most` is enough to know that there are too many.
pub(super) fn inflated(decoder: impl Read, name: &str, most: usize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(most.saturating_add(1));
    let mut bounded = decoder.take((most as u64).saturating_add(1));
    let read = bounded.read_to_end(&mut out).map_err(|error| Error::damaged(format!("{name}: {error}")))?;
    match read > most {
        true => Err(Error::damaged(format!(
            "{name}: it unpacks to more than the {most} bytes that its shape takes"
        ))),
        false => Ok(out),
    }
}

/// Bytes in the middle that are packed first, to see whether it is worth it; of at least sixteen times as many.
const TRIED: usize = 64 << 10;
/// The level at which bytes go into a frame nearly as they are.
const AS_THEY_ARE: i32 = -131_072;

/// A Zstandard frame of the bytes. Where a tenth is not to be gained, as of measurements with many digits, they go into it
/// nearly as they are.
pub(super) fn zstd_packed(bytes: &[u8], level: i32, checksum: bool) -> std::io::Result<Vec<u8>> {
    let middle = bytes.len() / 2;
    let level = match bytes.get(middle..middle.saturating_add(TRIED)) {
        Some(tried) if bytes.len() / 16 >= TRIED && level > 0 => {
            let packed = zstd::bulk::compress(tried, level)?;
            if packed.len() > TRIED / 10 * 9 { AS_THEY_ARE } else { level }
        }
        _ => level,
    };
    let mut packer = zstd::bulk::Compressor::new(level)?;
    packer.include_checksum(checksum)?;
    packer.compress(bytes)
}

/// The bytes of a Zstandard frame, no more than `most`, whatever it says of itself.
pub(super) fn zstd_unpacked(bytes: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    let failed = |error: std::io::Error| {
        Error::damaged(format!("zstd: {error}; its shape takes {most} bytes at most"))
    };
    let mut out = Vec::with_capacity(most);
    let mut unpacker = zstd::bulk::Decompressor::new().map_err(failed)?;
    unpacker.decompress_to_buffer(bytes, &mut out).map_err(failed)?;
    Ok(out)
}

/// The bytes before the checksum, where it is theirs.
pub(super) fn checked(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, [u8]>, Error> {
    let Some((body, said)) = bytes.split_last_chunk::<CRC_BYTES>() else {
        return Err(Error::damaged(format!("it has {} bytes, too few for a checksum", bytes.len())));
    };
    let (said, is, len) = (u32::from_le_bytes(*said), crc32c::crc32c(body), body.len());
    if said != is {
        return Err(Error::damaged(format!("its checksum is {is:08x}, and {said:08x} was written")));
    }
    Ok(match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..len).unwrap_or_default()),
        Cow::Owned(mut bytes) => {
            bytes.truncate(len);
            Cow::Owned(bytes)
        }
    })
}

/// First bytes of all elements of `width` bytes first, then second ones, and so on; `back` from there.
pub(super) fn shuffled(bytes: &[u8], width: usize, back: bool) -> Result<Vec<u8>, Error> {
    let count = bytes.len().checked_div(width).unwrap_or_default();
    if count.checked_mul(width) != Some(bytes.len()) {
        return Err(Error::damaged(format!("{} bytes are no whole number of {width}", bytes.len())));
    }
    let mut out = vec![0; bytes.len()];
    for place in 0..width {
        let apart = (place..bytes.len()).step_by(width);
        let together = place.saturating_mul(count)..;
        for (apart, together) in apart.zip(together) {
            let (from, to) = if back { (together, apart) } else { (apart, together) };
            if let (Some(slot), Some(byte)) = (out.get_mut(to), bytes.get(from)) {
                *slot = *byte;
            }
        }
    }
    Ok(out)
}
