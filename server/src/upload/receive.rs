//! Receiving a body into a nameless file, in bounded memory, however long it is and however slowly it comes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use pantile_core::format::{Coding, compression_of};
use pantile_core::store::{Spool, Spooled};

use super::Error;
use super::unpack::{Bounds, Sink};
use crate::app::App;

/// Bytes that are gathered before they are handed to the pool: a wake-up there costs as much as copying
/// some tens of kilobytes.
const GATHER: usize = 512 << 10;
/// What a body is charged for while it comes in: the bytes gathered, those being written, and decoders.
const BUFFER_BYTES: u64 = 2 << 20;
/// What a zstd body is charged for besides: its window.
const WINDOW_BYTES: u64 = 32 << 20;
/// Bytes that tell how a body is packed.
const MAGIC: usize = 4;

/// A body, received whole and unpacked.
pub struct Received {
    /// The bytes.
    pub spooled: Spooled,
    /// How many came over the wire.
    pub wire_bytes: u64,
}

/// Receives a body. `coding` is how it says it is packed; where it does not, its first bytes may.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::Bomb`], [`Error::Packed`], [`Error::Cut`], [`Error::Idle`],
/// [`Error::Memory`], and a full disk.
pub async fn receive<E>(
    app: &App,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
    coding: Option<Coding>,
) -> Result<Received, Error>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let settings = app.settings();
    let mut charge = app.upload.try_charge("an upload", BUFFER_BYTES).map_err(Error::Memory)?;
    let mut gathered = Gathered::new(body, settings.body_timeout.0, settings.upload_bytes.0);

    let first = gathered.next(MAGIC).await?.unwrap_or_default();
    let coding = coding.or_else(|| compression_of(&first));
    if coding == Some(Coding::Zstd) {
        charge.try_grow(WINDOW_BYTES).map_err(Error::Memory)?;
    }
    let bounds = Bounds::of(settings);
    let home = app.home.clone();
    let mut sink = app
        .pool
        .run(move || {
            let mut sink = Sink::new(Spool::create(&home)?, coding, bounds)?;
            sink.write(&first).map(|()| sink)
        })
        .await??;
    while let Some(bytes) = gathered.next(GATHER).await? {
        sink = app.pool.run(move || sink.write(&bytes).map(|()| sink)).await??;
    }
    let spooled = app.pool.run(move || sink.finish()?.finish().map_err(Error::Store)).await??;
    Ok(Received { spooled, wire_bytes: gathered.received })
}

/// A body's bytes in pieces of a useful size.
struct Gathered<S> {
    body: std::pin::Pin<Box<S>>,
    idle: Duration,
    max: u64,
    received: u64,
    ended: bool,
}

impl<S, E> Gathered<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn new(body: S, idle: Duration, max: u64) -> Self {
        Self { body: Box::pin(body), idle, max, received: 0, ended: false }
    }

    /// The next bytes, at least `least` of them unless the body ends before; nothing at its end.
    async fn next(&mut self, least: usize) -> Result<Option<Bytes>, Error> {
        let mut piece = BytesMut::new();
        while piece.len() < least && !self.ended {
            let (received, idle) = (self.received, self.idle);
            match tokio::time::timeout(idle, self.body.next()).await {
                Err(_) => return Err(Error::Idle { received, idle }),
                Ok(None) => self.ended = true,
                Ok(Some(Err(error))) => return Err(Error::Cut { received, source: error.into() }),
                Ok(Some(Ok(bytes))) => {
                    self.received = received.saturating_add(bytes.len() as u64);
                    if self.received > self.max {
                        return Err(Error::TooLarge { limit: "upload_bytes", max: self.max });
                    }
                    piece.extend_from_slice(&bytes);
                }
            }
        }
        Ok(if piece.is_empty() { None } else { Some(piece.freeze()) })
    }
}
