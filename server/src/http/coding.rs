//! `Accept-Encoding`: how a body is compressed on its way.

use std::io::{self, Write};

use flate2::write::GzEncoder;
use http::{HeaderMap, header};

use super::accept::thousandths;

/// How a body is compressed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// What `Accept-Encoding` likes best; zstd before gzip where it likes both.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut best = (0, Self::Identity);
        let texts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for range in texts.flat_map(|text| text.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let coding = match parts.next().map(str::to_ascii_lowercase).as_deref() {
                Some("zstd") => Self::Zstd,
                Some("gzip" | "x-gzip") => Self::Gzip,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            if quality > best.0 || (quality == best.0 && quality > 0 && coding == Self::Zstd) {
                best = (quality, coding);
            }
        }
        best.1
    }

    /// Its name in `Content-Encoding`.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// Compresses a body piece by piece; every piece comes out whole, so that a reader never waits for rows
/// that are in a buffer of ours.
pub(super) enum Squeezer {
    /// Does nothing.
    Identity,
    /// gzip.
    Gzip(Box<GzEncoder<Vec<u8>>>),
    /// zstd.
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Squeezer {
    /// A squeezer for that coding, at the fastest level: the network is nearer than the next core.
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Identity => Self::Identity,
            Coding::Gzip => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), flate2::Compression::fast()))),
            Coding::Zstd => Self::Zstd(Box::new(zstd::stream::write::Encoder::new(Vec::new(), 1)?)),
        })
    }

    /// The piece, compressed.
    pub(super) fn piece(&mut self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes),
            _ if bytes.is_empty() => Ok(bytes),
            Self::Gzip(encoder) => {
                encoder.write_all(&bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Zstd(encoder) => {
                encoder.write_all(&bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    /// What comes after the last piece.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(Vec::new()),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use super::*;

    #[test]
    fn zstd_goes_before_gzip_unless_the_caller_says_otherwise() {
        let coding = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            Coding::of(&headers)
        };
        assert_eq!(coding("gzip, deflate, br, zstd"), Coding::Zstd);
        assert_eq!(coding("gzip;q=1, zstd;q=0.5"), Coding::Gzip);
        assert_eq!(coding("zstd;q=0, br"), Coding::Identity);
    }

    #[test]
    fn pieces_can_be_read_before_the_end() {
        let mut squeezer = Squeezer::new(Coding::Gzip).unwrap();
        let piece = squeezer.piece(b"hello".to_vec()).unwrap();
        let mut read = [0; 5];
        flate2::read::GzDecoder::new(&piece[..]).read_exact(&mut read).unwrap();
        assert_eq!(&read, b"hello");
    }
}
