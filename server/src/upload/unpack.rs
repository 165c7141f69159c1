//! Taking a body's compression off while it comes in, with a guard against what unpacks to far too much.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use pantile_core::format::Coding;
use pantile_core::store::{self, Spool};
use zstd::stream::raw::{DParameter, Decoder};
use zstd::stream::zio;

use super::Error;
use crate::config::Settings;

/// Bytes that may come of anything, however small: below it the ratio says nothing.
const FREE_BYTES: u64 = 64 << 20;
/// The largest window a zstd body may ask for: 32 MiB, which is more than `zstd -19` takes.
const WINDOW_LOG_MAX: u32 = 25;

/// What a body may come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) expanded_max: u64,
    pub(super) ratio_max: u64,
}

impl Bounds {
    /// Those of the settings.
    pub(super) fn of(settings: &Settings) -> Self {
        Self { expanded_max: settings.upload_expanded_bytes.0, ratio_max: settings.upload_ratio as u64 }
    }

    /// Refuses what would unpack to too many bytes, or to far more than came.
    pub(super) fn check(self, received: u64, expanded: u64) -> Result<(), Error> {
        self.fits(expanded)?;
        let max = self.ratio_max;
        match expanded > FREE_BYTES && expanded / received.max(1) > max {
            true => Err(Error::Bomb { received, expanded, max }),
            false => Ok(()),
        }
    }

    /// Refuses too many bytes, whatever they come of.
    pub(super) fn fits(self, expanded: u64) -> Result<(), Error> {
        let max = self.expanded_max;
        match expanded > max {
            true => Err(Error::TooLarge { limit: "upload_expanded_bytes", max }),
            false => Ok(()),
        }
    }
}

/// Where received bytes go: through a decoder or not, and always past the guard.
pub(super) enum Sink {
    Plain(Box<Guard>),
    Gzip(Box<MultiGzDecoder<Guard>>),
    Zstd(Box<zio::Writer<Guard, Decoder<'static>>>),
}

/// The nameless file, and the count of what goes into it.
pub(super) struct Guard {
    spool: Spool,
    bounds: Bounds,
    packed: bool,
    received: u64,
    /// The refusal, kept aside: decoders hand on nothing but `io::Error`.
    refused: Option<Error>,
}

impl Sink {
    /// A sink for a body packed so.
    pub(super) fn new(spool: Spool, coding: Option<Coding>, bounds: Bounds) -> Result<Self, Error> {
        let guard = Guard { spool, bounds, packed: coding.is_some(), received: 0, refused: None };
        match coding {
            None => Ok(Self::Plain(Box::new(guard))),
            Some(Coding::Gzip) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(guard)))),
            Some(Coding::Zstd) => {
                let failed = |why: io::Error| Error::Packed { coding: "zstd", why: why.to_string() };
                let mut decoder = Decoder::new().map_err(failed)?;
                decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX)).map_err(failed)?;
                Ok(Self::Zstd(Box::new(zio::Writer::new(guard, decoder))))
            }
        }
    }

    /// Takes the next bytes of the body. Blocks; made for the pool.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.guard().received = self.guard().received.saturating_add(bytes.len() as u64);
        let written = match self {
            Self::Plain(guard) => guard.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
            Self::Zstd(decoder) => decoder.write_all(bytes),
        };
        written.map_err(|why| self.refusal(&why))
    }

    /// The whole body. Blocks; made for the pool.
    pub(super) fn finish(mut self) -> Result<Spool, Error> {
        let finished = match &mut self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zstd(decoder) => decoder.finish(),
        };
        finished.map_err(|why| self.refusal(&why))?;
        match self {
            Self::Plain(guard) => Ok(guard.spool),
            Self::Gzip(decoder) => {
                let coding = "gzip";
                decoder
                    .finish()
                    .map(|guard| guard.spool)
                    .map_err(|why| Error::Packed { coding, why: why.to_string() })
            }
            Self::Zstd(decoder) => Ok(decoder.into_inner().0.spool),
        }
    }

    fn guard(&mut self) -> &mut Guard {
        match self {
            Self::Plain(guard) => guard,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.writer_mut(),
        }
    }

    /// The guard's own refusal where there is one, else what the decoder says.
    fn refusal(&mut self, why: &io::Error) -> Error {
        let coding = match self {
            Self::Zstd(_) => "zstd",
            _ => "gzip",
        };
        let refused = self.guard().refused.take();
        refused.unwrap_or_else(|| Error::Packed { coding, why: why.to_string() })
    }
}

impl Guard {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let expanded = self.spool.bytes().saturating_add(bytes.len() as u64);
        self.bounds.check(if self.packed { self.received } else { expanded }, expanded)?;
        self.spool.write(bytes).map_err(|error: store::Error| Error::Store(error))
    }
}

impl Write for Guard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.take(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(refused) => {
                self.refused = Some(refused);
                Err(io::Error::other("refused"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
