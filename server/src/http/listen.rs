//! Connections: accepted up to a limit, given up on when they say nothing, told to end when the server does.
//!
//! An accept loop of our own, because `axum::serve` sets no timer: without one, hyper waits for the rest of
//! a request's head for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::add_extension::AddExtension;

use crate::session::Connection;

/// Streams of one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 64 << 10;
/// How often an HTTP/2 connection that says nothing is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long accepting pauses when the system has no more handles: they come back as connections end.
const PAUSE: Duration = Duration::from_millis(100);

/// A bound port.
pub struct Listener {
    inner: TcpListener,
    connections: usize,
    header_timeout: Duration,
}

impl Listener {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says: most often that somebody else listens there.
    pub async fn bind(address: SocketAddr, connections: usize, header_timeout: Duration) -> io::Result<Self> {
        let inner = TcpListener::bind(address).await?;
        Ok(Self { inner, connections, header_timeout })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// Serves until `stop` is tripped: then it accepts nobody any more, lets every connection end the requests it
/// has, and returns when the last one is gone.
pub async fn serve(listener: Listener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(listener.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let builder = Arc::new(builder(listener.header_timeout));
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener.inner, &room) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let (router, stop, builder) = (router.clone(), stop.clone(), Arc::clone(&builder));
        let patience = listener.header_timeout;
        tasks.spawn(async move {
            // Before its first byte hyper does not know the protocol, and runs no timer.
            let mut first = [0];
            let spoke = tokio::select! {
                () = stop.cancelled() => false,
                // Looking at the byte itself: `readable` may be true of a socket that holds nothing.
                spoke = tokio::time::timeout(patience, stream.peek(&mut first)) => matches!(spoke, Ok(Ok(1))),
            };
            if spoke {
                converse(&builder, stream, router, stop).await;
            }
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without it a small answer may wait 40 ms for the peer's acknowledgement of the one before.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "failed to accept a connection");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}

/// One connection to its end.
async fn converse(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    router: Router,
    stop: CancellationToken,
) {
    let service = TowerToHyperService::new(AddExtension::new(router, Connection::default()));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection broke");
    }
}

fn builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(512 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES as u32)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    builder
}
