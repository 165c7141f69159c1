//! How an answer leaves: nothing before its first rows are there, everything as it comes, and never a
//! broken body that looks whole.
//!
//! A short answer goes out in one piece, with its length. A longer one is pumped by a task of its own
//! through a channel that holds a bounded number of bytes, charged to the ledger: a slow reader slows the
//! question down and nobody else. Where the question fails after the first bytes, the body is cut: HTTP/1.1
//! lacks its last chunk, HTTP/2 is reset. Trailers could say why, and would end the stream as if all were well,
//! so the why is in the record. HTTP/1.0 has no such sign: there an answer goes out in one piece or not at all.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body::Frame;
use pantile_core::Code;
use pantile_core::format::Ending;
use pantile_core::pool::Charge;
use pantile_sql::Outcome;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::Instrument;

use super::accept::Accept;
use super::asked::{QUERY_ID, SNAPSHOT, id_header};
use super::json::REPLAYED;
use super::press::Press;
use crate::app::App;
use crate::desk::{Answer, Question, Rows};
use crate::error::Problem;

/// What computed the answer.
const ENGINE: HeaderName = HeaderName::from_static("pantile-engine");
const ROWS: HeaderName = HeaderName::from_static("pantile-rows");
const TRUNCATED: HeaderName = HeaderName::from_static("pantile-truncated");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// How long an answer's second batch is waited for before it counts as a long one.
const LONG_AFTER: Duration = Duration::from_millis(20);
/// How long the last words of a broken answer have to reach the socket before the body is cut: hyper drops
/// what it holds when a body fails.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Pieces on their way at most, besides the limit on their bytes.
const PIECES: usize = 64;

/// The response that carries `answer`. Fails with a problem as long as no byte has left.
pub(super) async fn respond(
    app: &App,
    answer: Answer,
    accept: &Accept,
    etag: Option<HeaderValue>,
) -> Result<Response, Problem> {
    let mut rows = answer.rows;
    let mut press = Press::new(&app.pool, Arc::clone(&answer.schema), accept)?;
    let first = rows.next().await.transpose()?;
    let timing = timing(&rows, answer.planned);
    let mut bytes = press.start()?;
    let rest = match first {
        None => Rest::Nothing,
        Some(batch) => {
            bytes.extend(press.batch(batch).await?);
            rest(&mut rows).await?
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(QUERY_ID, id_header(&answer.query_id));
    headers.insert(SNAPSHOT, HeaderValue::from(answer.snapshot));
    headers.insert(ENGINE, HeaderValue::from_static(answer.runs_on.as_str()));
    headers.insert(CACHE_STATUS, HeaderValue::from_static("pantile; fwd=miss"));
    headers.insert(header::VARY, HeaderValue::from_static(Accept::VARY));
    if let Ok(timing) = HeaderValue::from_str(&timing) {
        headers.insert(SERVER_TIMING, timing);
    }
    if let Outcome::Done { replayed: true, .. } = answer.outcome {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    looks(&mut headers, accept);
    match etag {
        Some(etag) => {
            headers.insert(header::ETAG, etag);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        None => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
    let body = match rest {
        Rest::Nothing => {
            let ending = ending(&rows);
            bytes.extend(press.finish(ending).await?);
            told(&mut headers, ending);
            Body::from(bytes)
        }
        rest if !accept.sees_breaks => {
            let (rest, ending) = whole(app, Pump { press, rows, pending: rest.batch() }, bytes).await?;
            told(&mut headers, ending);
            Body::from(rest)
        }
        rest => {
            headers.insert(header::TRAILER, HeaderValue::from_static("pantile-rows, pantile-truncated"));
            Body::new(pumped(app, Pump { press, rows, pending: rest.batch() }, bytes)?)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The columns that the question's answer would have, and no rows. Nothing runs.
pub(super) async fn described(app: &App, question: Question, accept: &Accept) -> Result<Response, Problem> {
    let query_id = question.query_id.clone();
    let schema = app.desk.describe(question).await?.schema;
    let mut press = Press::new(&app.pool, schema, accept)?;
    let mut bytes = press.start()?;
    bytes.extend(press.finish(Ending { rows: 0, truncated: false }).await?);
    let mut headers = HeaderMap::new();
    headers.insert(QUERY_ID, id_header(&query_id));
    headers.insert(header::VARY, HeaderValue::from_static(Accept::VARY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    looks(&mut headers, accept);
    let mut response = Response::new(Body::from(bytes));
    *response.headers_mut() = headers;
    Ok(response)
}

/// Says in which format and coding the body is.
fn looks(headers: &mut HeaderMap, accept: &Accept) {
    if let Some(media) = accept.format.media_types().first() {
        headers.insert(header::CONTENT_TYPE, content_type(media));
    }
    if let Some(coding) = accept.coding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
}

/// What comes after the first batch.
enum Rest {
    Nothing,
    Batch(RecordBatch),
    Unknown,
}

impl Rest {
    fn batch(self) -> Option<RecordBatch> {
        match self {
            Self::Batch(batch) => Some(batch),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

async fn rest(rows: &mut Rows) -> Result<Rest, Problem> {
    match tokio::time::timeout(LONG_AFTER, rows.next()).await {
        Err(_) => Ok(Rest::Unknown),
        Ok(None) => Ok(Rest::Nothing),
        Ok(Some(batch)) => Ok(Rest::Batch(batch?)),
    }
}

/// The type as a header. Text says in which letters it is written, which its readers may not guess.
fn content_type(media: &'static str) -> HeaderValue {
    let text = media.starts_with("text/").then(|| HeaderValue::from_str(&format!("{media}; charset=utf-8")));
    text.and_then(Result::ok).unwrap_or_else(|| HeaderValue::from_static(media))
}

fn ending(rows: &Rows) -> Ending {
    Ending { rows: rows.given(), truncated: rows.truncated() }
}

fn told(headers: &mut HeaderMap, ending: Ending) {
    headers.insert(ROWS, HeaderValue::from(ending.rows));
    headers.insert(TRUNCATED, HeaderValue::from_static(if ending.truncated { "true" } else { "false" }));
}

fn timing(rows: &Rows, planned: Duration) -> String {
    let ms = |span: Duration| span.as_secs_f64() * 1000.0;
    format!(
        "queue;dur={:.3}, plan;dur={:.3}, first;dur={:.3}",
        ms(rows.queued()),
        ms(planned),
        ms(rows.age())
    )
}

/// Charges what an answer may hold on its way out.
fn charged(app: &App) -> Result<Charge, Problem> {
    app.egress.try_charge("an answer", app.settings().egress_buffer.0).map_err(|refused| {
        Problem::of(Code::Busy, &refused)
            .retry_after(Duration::from_secs(1))
            .with("limit", "egress_memory".into())
    })
}

/// All bytes of an answer: `begun` first, then whatever the rows become. Refuses one that is longer than what is
/// held of any answer.
async fn whole(app: &App, mut pump: Pump, begun: Vec<u8>) -> Result<(Vec<u8>, Ending), Problem> {
    let _charge = charged(app)?;
    let max = app.settings().egress_buffer.0;
    let mut bytes = begun;
    while let Some(batch) = pump.next().await {
        bytes.extend(pump.press.batch(batch?).await?);
        if bytes.len() as u64 > max {
            let said = format!(
                "the answer is over {max} bytes, the limit egress_buffer, and over HTTP/1.0 a longer one that \
                 broke off would look whole"
            );
            return Err(Problem::new(Code::NotAcceptable, said)
                .hint("ask over HTTP/1.1, for which a proxy may need a setting (nginx: `proxy_http_version 1.1`)")
                .with("limit", "egress_buffer".into()));
        }
    }
    let ending = ending(&pump.rows);
    bytes.extend(pump.press.finish(ending).await?);
    Ok((bytes, ending))
}

/// Starts pumping: `begun` first, then whatever the rows become.
fn pumped(app: &App, pump: Pump, begun: Vec<u8>) -> Result<Pumped, Problem> {
    let buffer = app.settings().egress_buffer.0;
    let charge = charged(app)?;
    let (send, pieces) = mpsc::channel(PIECES);
    let room = Arc::new(Semaphore::new(usize::try_from(buffer).unwrap_or(Semaphore::MAX_PERMITS).max(1)));
    let pipe = Pipe { send, room_bytes: room.available_permits(), room };
    tokio::spawn(pump.run(pipe, begun).in_current_span());
    Ok(Pumped { pieces, ended: false, _charge: charge })
}

/// What is left to be sent of an answer.
struct Pump {
    press: Press,
    rows: Rows,
    pending: Option<RecordBatch>,
}

impl Pump {
    async fn next(&mut self) -> Option<Result<RecordBatch, crate::desk::Error>> {
        match self.pending.take() {
            Some(batch) => Some(Ok(batch)),
            None => self.rows.next().await,
        }
    }

    async fn run(mut self, pipe: Pipe, begun: Vec<u8>) {
        if pipe.send(begun).await.is_err() {
            return;
        }
        let failed = loop {
            let batch = tokio::select! {
                biased;
                // The reader went away while nothing was ready: dropping the rows ends the question.
                () = pipe.send.closed() => return,
                batch = self.next() => batch,
            };
            let bytes = match batch {
                None => break None,
                Some(Err(error)) => break Some(Problem::from(error)),
                Some(Ok(batch)) => self.press.batch(batch).await,
            };
            match bytes {
                Err(problem) => break Some(problem),
                Ok(bytes) => {
                    if pipe.send(bytes).await.is_err() {
                        return;
                    }
                }
            }
        };
        let ending = ending(&self.rows);
        match failed {
            Some(problem) => pipe.cut(self.press, &problem).await,
            None => match self.press.finish(ending).await {
                Ok(bytes) => pipe.end(bytes, ending).await,
                Err(problem) => pipe.abort(&problem).await,
            },
        }
    }
}

enum Piece {
    Bytes(Bytes, OwnedSemaphorePermit),
    End(Ending),
    Broken(String),
}

/// The pump's end of the channel.
struct Pipe {
    send: mpsc::Sender<Piece>,
    room: Arc<Semaphore>,
    room_bytes: usize,
}

impl Pipe {
    /// Sends the bytes, waiting for room. Fails when nobody reads any more.
    async fn send(&self, bytes: Vec<u8>) -> Result<(), ()> {
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(self.room_bytes));
            let permits = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            let room = tokio::select! {
                biased;
                () = self.send.closed() => return Err(()),
                room = Arc::clone(&self.room).acquire_many_owned(permits) => room.map_err(drop)?,
            };
            self.send.send(Piece::Bytes(piece, room)).await.map_err(drop)?;
        }
        Ok(())
    }

    async fn end(&self, bytes: Vec<u8>, ending: Ending) {
        if self.send(bytes).await.is_ok() {
            let _ = self.send.send(Piece::End(ending)).await;
        }
    }

    async fn cut(&self, press: Press, problem: &Problem) {
        let last_words = press.broken(problem.code, &problem.detail);
        if self.send(last_words).await.is_ok() {
            tokio::time::sleep(LAST_WORDS).await;
            self.abort(problem).await;
        }
    }

    async fn abort(&self, problem: &Problem) {
        tracing::info!(code = problem.code.as_str(), detail = problem.detail, "an answer broke off");
        let _ = self.send.send(Piece::Broken(problem.detail.clone())).await;
    }
}

/// The body of a long answer.
struct Pumped {
    pieces: mpsc::Receiver<Piece>,
    ended: bool,
    _charge: Charge,
}

/// What hyper is told of a broken answer, so that it cuts the body.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off: {0}")]
struct Broken(String);

impl http_body::Body for Pumped {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(cx).map(|piece| match piece {
            Some(Piece::Bytes(bytes, _room)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End(ending)) => {
                self.ended = true;
                let mut trailers = HeaderMap::new();
                told(&mut trailers, ending);
                Some(Ok(Frame::trailers(trailers)))
            }
            Some(Piece::Broken(why)) => Some(Err(Broken(why))),
            // The pump is gone without a word: whatever the reason, the answer is not whole.
            None => Some(Err(Broken("its pump stopped".to_owned()))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
