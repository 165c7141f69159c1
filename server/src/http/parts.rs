//! A body of parts (`multipart/form-data`): a program, values and frames by name, and what is said of the question.
//!
//! Parts are taken one after the other, as they come, and none is in memory as it was sent but small text: a frame
//! goes to a nameless file first, as an upload does, and its rows are charged to the questions' account as they are
//! read from there.

use std::fs::File;
use std::io::{Read, Seek};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use http::HeaderMap;
use multer::{Field, Multipart};
use pantile_core::Code;
use pantile_core::array::npy;
use pantile_core::format::{self, Format, ReadOptions, compression_of};
use pantile_core::lang::args::Literal;
use pantile_core::pool::{Cancel, Charge};
use pantile_sql::Sent;
use serde_json::Value;

use super::body::{coding, collect, media_type};
use super::expressions::ENGINE;
use super::query::Query;
use super::said::Said;
use crate::app::App;
use crate::error::Problem;
use crate::json::{bytes_max, literal, too_large};
use crate::upload::receive;

/// Parts that a body may have.
pub(super) const PARTS_MAX: usize = 256;
/// Bytes of a part's head, its boundary included.
const HEAD_BYTES_MAX: u64 = 64 << 10;
/// Bytes that tell what a part without a type is.
const MAGIC: usize = 64;

/// What a body of parts came to.
#[derive(Default)]
pub(super) struct Form {
    /// The text.
    pub(super) program: Option<String>,
    /// Values and frames.
    pub(super) sent: Sent,
    /// The rest, as the query string would say it.
    pub(super) said: Query,
    /// BLAKE3 of all of it but the boundaries, which change each time that the same is sent.
    pub(super) hash: [u8; 32],
}

/// The boundary between the parts of a body that says it has some.
pub(super) fn boundary(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if media_type(headers).as_deref() != Some("multipart/form-data") {
        return Ok(None);
    }
    let said =
        headers.get(http::header::CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
    multer::parse_boundary(said).map(Some).map_err(|_| {
        Problem::invalid("`Content-Type: multipart/form-data` does not say the boundary between the parts")
            .hint("leave the header to the client's library, as in `curl -F`")
    })
}

/// Takes all parts of the body.
pub(super) async fn taken(
    app: &App,
    headers: &HeaderMap,
    boundary: String,
    body: Body,
) -> Result<Form, Problem> {
    if coding(headers)?.is_some() {
        let said = "a body of parts is not decompressed as a whole";
        return Err(Problem::new(Code::UnsupportedMediaType, said).hint("compress its parts"));
    }
    let settings = app.settings();
    let watch =
        Arc::new(Watch { head: AtomicU64::new(0), all: AtomicU64::new(0), max: settings.upload_bytes.0 });
    let body = Arc::new(Mutex::new(body.into_data_stream()));
    let watched = Watched { body: Arc::clone(&body), watch: Arc::clone(&watch), paused: false };
    let text_max = bytes_max(app);
    let (form, said, hash) = (Form::default(), Vec::new(), blake3::Hasher::new());
    let mut taking = Taking { app, watch, form, said, hash, text_left: text_max, text_max };
    let mut parts = Multipart::new(watched, boundary);
    let mut count = 0_usize;
    while let Some(part) = taking.next(&mut parts).await? {
        count = count.saturating_add(1);
        if count > PARTS_MAX {
            let said = format!("the body has over {PARTS_MAX} parts, the limit request_parts");
            return Err(Problem::new(Code::TooLarge, said).with("limit", "request_parts".into()));
        }
        let Some(name) = part.name().map(str::to_owned) else {
            return Err(Problem::invalid(format!("part {count} of the body has no name"))
                .hint("`Content-Disposition: form-data; name=\"program\"`"));
        };
        taking.part(&name, part).await.map_err(|problem| of_part(problem, &name))?;
    }
    drop(parts);
    read_to_the_end(body, settings.body_timeout.0).await;
    let Taking { mut form, said, hash, .. } = taking;
    form.said = Query::of(said);
    form.hash = *hash.finalize().as_bytes();
    Ok(form)
}

/// Reads what comes behind the last part, if only that there is nothing: a connection that is closed with something unread
/// takes the answer along.
async fn read_to_the_end(body: Arc<Mutex<BodyDataStream>>, idle: Duration) {
    let Some(body) = Arc::into_inner(body) else { return };
    let (mut body, mut left) = (body.into_inner().unwrap_or_else(PoisonError::into_inner), HEAD_BYTES_MAX);
    while left > 0
        && let Ok(Some(Ok(more))) = tokio::time::timeout(idle, body.next()).await
    {
        left = left.saturating_sub(more.len() as u64);
    }
}

/// The parts so far.
struct Taking<'a> {
    app: &'a App,
    watch: Arc<Watch>,
    form: Form,
    said: Vec<(String, String)>,
    hash: blake3::Hasher,
    text_left: usize,
    text_max: usize,
}

/// What a part's type says that it is.
enum Holds {
    Value,
    Frame(Option<&'static dyn Format>),
    /// Its first bytes tell.
    Unsaid,
}

impl Taking<'_> {
    async fn next(&self, parts: &mut Multipart<'static>) -> Result<Option<Field<'static>>, Problem> {
        let idle = self.app.settings().body_timeout.0;
        self.watch.head.store(0, Ordering::Relaxed);
        match tokio::time::timeout(idle, parts.next_field()).await {
            Err(_) => Err(idled(idle)),
            Ok(Ok(part)) => Ok(part),
            Ok(Err(error)) => Err(self.watch.refused().unwrap_or_else(|| {
                let code = match error {
                    multer::Error::StreamReadFailed(_) | multer::Error::IncompleteStream => Code::InvalidData,
                    _ => Code::InvalidRequest,
                };
                Problem::new(code, format!("the parts of the body cannot be told apart: {error}"))
                    .hint("leave the boundaries to the client's library, as in `curl -F`")
            })),
        }
    }

    async fn part(&mut self, name: &str, part: Field<'static>) -> Result<(), Problem> {
        // What came with its head is its own.
        self.watch.head.store(0, Ordering::Relaxed);
        self.note(name.as_bytes());
        if name == "program" {
            let text = self.text(part).await?;
            return match self.form.program.replace(text) {
                None => Ok(()),
                Some(_) => Err(twice()),
            };
        }
        if Said::KEYS.contains(&name) || name == ENGINE {
            let text = self.text(part).await?;
            if self.said.iter().any(|(known, _)| known == name) {
                return Err(twice());
            }
            self.said.push((name.to_owned(), text.trim().to_owned()));
            return Ok(());
        }
        check_name(name)?;
        let sent = &self.form.sent;
        if sent.values.contains_key(name) || sent.frames.contains_key(name) || sent.arrays.contains_key(name)
        {
            return Err(twice());
        }
        let holds = holds(&part);
        let (head, rest) = begun(part, &self.watch, self.app.settings().body_timeout.0).await?;
        let holds = match holds {
            Holds::Unsaid if looks_like_a_value(&head) => Holds::Value,
            Holds::Unsaid if format::recognise(&head).is_some_and(|format| format.name() == "npy") => {
                Holds::Frame(format::recognise(&head))
            }
            Holds::Unsaid => Holds::Frame(None),
            said => said,
        };
        let whole = stream::once(std::future::ready(Ok(head))).chain(rest);
        match holds {
            Holds::Frame(Some(format)) if format.name() == "npy" => self.array(name, whole).await,
            Holds::Frame(format) => self.frame(name, format, whole).await,
            Holds::Value | Holds::Unsaid => self.value(name, whole).await,
        }
    }

    /// A part in memory, of which all together have so many bytes and no more.
    async fn bytes<E: std::fmt::Display>(
        &mut self,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Bytes, Problem> {
        let (idle, max) = (self.app.settings().body_timeout.0, self.text_max);
        let taken = collect(Box::pin(bytes), self.text_left, idle, || {
            too_large("the parts that are no frames are", max)
        });
        let taken = taken.await.map_err(|problem| self.watch.refused().unwrap_or(problem))?;
        self.text_left = self.text_left.saturating_sub(taken.len());
        self.note(&taken);
        Ok(taken)
    }

    async fn text(&mut self, part: Field<'static>) -> Result<String, Problem> {
        let watch = Arc::clone(&self.watch);
        let bytes = self.bytes(part.inspect(move |_| watch.head.store(0, Ordering::Relaxed))).await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            Problem::invalid(format!("the text is not UTF-8 from byte {valid} on"))
        })
    }

    async fn value<E: std::fmt::Display>(
        &mut self,
        name: &str,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(), Problem> {
        let bytes = self.bytes(bytes).await?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            Problem::invalid(format!("the value is not JSON: {error}"))
                .hint("a text is written in quotes: `-F 'which=\"UA\"'`; a frame is Parquet or Arrow")
        })?;
        let value: Literal = literal(value)
            .map_err(|kind| Problem::invalid(format!("the value is {kind}, which programs do not hold")))?;
        self.form.sent.values.insert(name.into(), value);
        Ok(())
    }

    /// A part in a nameless file, as an upload is.
    async fn spooled<E>(
        &mut self,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<File, Problem>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let received = receive(self.app, bytes, None).await;
        let received = received.map_err(|error| self.watch.refused().unwrap_or_else(|| error.into()))?;
        self.note(&received.spooled.hash);
        Ok(received.spooled.file)
    }

    async fn array<E>(
        &mut self,
        name: &str,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(), Problem>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut file = self.spooled(bytes).await?;
        let length = file.metadata().map_err(|error| unread(&error))?.len();
        // Once as bytes, once as elements.
        let charge =
            self.app.query.try_charge(&format!("the array sent as `{name}`"), length.saturating_mul(2));
        let mut charge = charge.map_err(over)?;
        let reading = self.app.pool.run(move || {
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(|error| unread(&error))?;
            npy::array(&bytes).map_err(|error| Problem::new(Code::InvalidData, error.to_string()))
        });
        let array = reading.await??;
        charge.shrink(length);
        self.form.sent.arrays.insert(name.into(), array);
        self.form.sent.charges.push(Arc::new(charge));
        Ok(())
    }

    async fn frame<E>(
        &mut self,
        name: &str,
        format: Option<&'static dyn Format>,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(), Problem>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let file = self.spooled(bytes).await?;
        self.note(format.map_or("", Format::name).as_bytes());
        let charge = self.app.query.try_charge(&format!("the frame sent as `{name}`"), 0);
        let reading = Reading { format, charge: charge.map_err(over)?, cancel: Cancel::new() };
        // Who leaves ends the reading.
        let _guard = reading.cancel.drop_guard();
        let (frame, charge) = self.app.pool.run(move || reading.frame(file)).await??;
        self.form.sent.frames.insert(name.into(), frame);
        self.form.sent.charges.push(Arc::new(charge));
        Ok(())
    }

    /// Makes it a part of the hash, apart from what comes next.
    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(&(bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }
}

fn unread(error: &std::io::Error) -> Problem {
    Problem::new(Code::StorageFailed, format!("an array that was sent could not be read again: {error}"))
}

fn holds(part: &Field<'_>) -> Holds {
    let Some(said) = part.content_type() else { return Holds::Unsaid };
    let media = said.essence_str();
    if media.eq_ignore_ascii_case("application/json") {
        return Holds::Value;
    }
    match format::by_media_type(media).filter(|format| format.reads() || format.name() == "npy") {
        Some(format) => Holds::Frame(Some(format)),
        None => Holds::Unsaid,
    }
}

/// The first bytes of a part, and the rest of it.
async fn begun(
    mut part: Field<'static>,
    watch: &Arc<Watch>,
    idle: Duration,
) -> Result<(Bytes, impl Stream<Item = Result<Bytes, multer::Error>> + Send + use<>), Problem> {
    let mut head = BytesMut::new();
    while head.len() < MAGIC {
        let chunk = tokio::time::timeout(idle, part.chunk()).await;
        // The data's, as is all that came beside it: the next piece of the body may be in already.
        watch.head.store(0, Ordering::Relaxed);
        match chunk {
            Err(_) => return Err(idled(idle)),
            Ok(Ok(None)) => break,
            Ok(Ok(Some(bytes))) => head.extend_from_slice(&bytes),
            Ok(Err(error)) => {
                let cut = || Problem::new(Code::InvalidData, format!("it ended before its end: {error}"));
                return Err(watch.refused().unwrap_or_else(cut));
            }
        }
    }
    let watch = Arc::clone(watch);
    Ok((head.freeze(), part.inspect(move |_| watch.head.store(0, Ordering::Relaxed))))
}

/// Whether a part of which nobody says what it is can only be a value: text, and no format of frames alone.
fn looks_like_a_value(head: &[u8]) -> bool {
    let binary = |format: &'static dyn Format| {
        !format.media_types().iter().any(|media| media.starts_with("text/") || media.ends_with("json"))
    };
    match format::recognise(head) {
        Some(format) => !binary(format),
        None => compression_of(head).is_none() && head.iter().all(|byte| *byte != 0),
    }
}

/// A frame that is read into memory.
struct Reading {
    format: Option<&'static dyn Format>,
    charge: Charge,
    cancel: Cancel,
}

type Frame = (SchemaRef, Vec<RecordBatch>);

impl Reading {
    /// Blocks; made for the pool.
    fn frame(mut self, mut file: File) -> Result<(Frame, Charge), Problem> {
        let format = match self.format {
            Some(format) => format,
            None => recognised(&mut file)?,
        };
        let reader = format.read(file, &ReadOptions::default())?;
        let schema = reader.schema();
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch.map_err(|error| match format::Error::try_from(error) {
                Ok(error) => Problem::from(error),
                Err(error) => Problem::of(Code::InvalidData, &error),
            })?;
            if self.cancel.is_cancelled() {
                return Err(Problem::new(Code::Cancelled, "the client went away"));
            }
            self.charge.try_grow(batch.get_array_memory_size() as u64).map_err(over)?;
            batches.push(batch);
        }
        Ok(((schema, batches), self.charge))
    }
}

fn recognised(file: &mut File) -> Result<&'static dyn Format, Problem> {
    let unknown = |why: &dyn std::fmt::Display| {
        Problem::new(Code::UnsupportedMediaType, format!("its type is not known: {why}"))
            .hint("say which, as in `-F 'trips=@trips.csv;type=text/csv'`")
    };
    let mut head = Vec::with_capacity(MAGIC);
    file.by_ref().take(MAGIC as u64).read_to_end(&mut head).map_err(|error| unknown(&error))?;
    file.rewind().map_err(|error| unknown(&error))?;
    format::recognise(&head)
        .filter(|format| format.reads())
        .ok_or_else(|| unknown(&"no `Content-Type` names one, and its first bytes are those of none"))
}

/// Refuses what cannot be a name in a program.
fn check_name(name: &str) -> Result<(), Problem> {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    let fits = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_numeric());
    if fits {
        return Ok(());
    }
    Err(Problem::invalid("its name is none that a program can have")
        .hint("names are of letters, digits and `_`, and begin with no digit"))
}

fn twice() -> Problem {
    Problem::invalid("it is in the body twice")
}

fn idled(idle: Duration) -> Problem {
    let why = format!("no byte of the body came for {idle:?}");
    Problem::new(Code::Timeout, why).with("limit", "body_timeout".into())
}

fn over(refused: pantile_core::pool::OverBudget) -> Problem {
    let limit = if refused.account == "total" { "memory" } else { "query_memory" };
    Problem::of(Code::LimitMemory, &refused).with("limit", limit.into())
}

/// The problem, with the part that it is about.
fn of_part(mut problem: Problem, name: &str) -> Problem {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    problem.detail = format!("part `{shown}`: {}", problem.detail);
    problem.with("part", shown.into())
}

/// What has come of a body.
struct Watch {
    /// Bytes since the last part's data.
    head: AtomicU64,
    all: AtomicU64,
    max: u64,
}

impl Watch {
    fn refused(&self) -> Option<Problem> {
        if self.all.load(Ordering::Relaxed) > self.max {
            let said = format!("the body is over the limit upload_bytes = {} bytes", self.max);
            return Some(Problem::new(Code::TooLarge, said).with("limit", "upload_bytes".into()));
        }
        (self.head.load(Ordering::Relaxed) > HEAD_BYTES_MAX).then(|| {
            let said =
                format!("a part's head, or what stands between two parts, is over {HEAD_BYTES_MAX} bytes");
            Problem::new(Code::TooLarge, said)
        })
    }
}

/// A body that gives one piece at a time, and no more between two parts than a head may have. What tells parts apart
/// would take in all that has come, and looks for the end of a head for as long as one lasts.
struct Watched {
    /// Read here until the last part has been, and to its end then.
    body: Arc<Mutex<BodyDataStream>>,
    watch: Arc<Watch>,
    paused: bool,
}

impl Stream for Watched {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.paused, false) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.watch.refused().is_some() {
            return Poll::Ready(Some(Err("over a limit".into())));
        }
        let next = self.body.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx);
        next.map(|next| {
            let bytes = match next? {
                Ok(bytes) => bytes,
                Err(error) => return Some(Err(error.into())),
            };
            self.paused = true;
            self.watch.all.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.watch.head.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            Some(Ok(bytes))
        })
    }
}
