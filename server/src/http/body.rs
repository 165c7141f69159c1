//! Small bodies, taken in whole: bounded in bytes, and in time between bytes.

use std::io::Read;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use futures::{Stream, StreamExt};
use http::{HeaderMap, header};
use pantile_core::Code;
use pantile_core::format::Coding;

use crate::app::App;
use crate::error::Problem;
use crate::json::{bytes_max, too_large};

/// The largest window that a small body in zstd may ask for: 8 MiB, which is more than any such body.
const WINDOW_LOG_MAX: u32 = 23;

/// What is too large, where it is.
const BODY: &str = "the body is";

/// A request's body and type.
pub(super) struct Whole {
    /// The bytes.
    pub(super) bytes: Bytes,
    /// Whether they say that they are JSON.
    pub(super) is_json: bool,
}

impl FromRequest<App> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let max = bytes_max(app);
        let is_json = media_type(request.headers())
            .is_some_and(|media| media == "application/json" || media.ends_with("+json"));
        utf8(request.headers())?;
        let coding = coding(request.headers())?;
        let idle = app.settings().body_timeout.0;
        let bytes =
            collect(request.into_body().into_data_stream(), max, idle, || too_large(BODY, max)).await?;
        let bytes = match coding {
            Some(coding) => app.pool.run(move || unpacked(&bytes, coding, max)).await??,
            None => bytes,
        };
        Ok(Self { bytes, is_json })
    }
}

impl Whole {
    /// The body as text.
    pub(super) fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            Problem::invalid(format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
        })
    }
}

/// The body's media type, in lower case and without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// A parameter of the body's media type, in lower case and without quotes: `header` of
/// `text/csv; header=absent`.
fn media_parameter(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = text.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(found, _)| found.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_ascii_lowercase())
}

/// Whether the first row holds the names, as RFC 4180 says it: `text/csv; header=absent`. It does where nothing
/// is said.
pub(super) fn header_said(headers: &HeaderMap) -> Result<bool, Problem> {
    match media_parameter(headers, "header").as_deref() {
        None | Some("present") => Ok(true),
        Some("absent") => Ok(false),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            let said = format!("`header={shown}` in `Content-Type` should be `present` or `absent`");
            Err(Problem::invalid(said))
        }
    }
}

/// Refuses a body that says it is text in other letters than UTF-8.
pub(super) fn utf8(headers: &HeaderMap) -> Result<(), Problem> {
    match media_parameter(headers, "charset").as_deref() {
        // `binary` is what `file --mime` says of what is no text.
        None | Some("utf-8" | "utf8" | "us-ascii" | "binary") => Ok(()),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            let said = format!("the body is text in `{shown}`, and only UTF-8 is read");
            let problem = Problem::new(Code::UnsupportedMediaType, said);
            Err(problem.hint("convert it first, as in `iconv -f latin1 -t utf-8`"))
        }
    }
}

/// How the body says it is packed.
pub(super) fn coding(headers: &HeaderMap) -> Result<Option<Coding>, Problem> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let names = values.flat_map(|value| value.to_str().unwrap_or("unreadable").split(','));
    let names: Vec<String> = names
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    let shown: String = names.join(", ").chars().take(40).collect();
    let said = match names.as_slice() {
        [] => return Ok(None),
        [name] => match name.as_str() {
            "gzip" | "x-gzip" => return Ok(Some(Coding::Gzip)),
            "zstd" => return Ok(Some(Coding::Zstd)),
            _ => format!("the body's encoding `{shown}` is not known"),
        },
        _ => format!("the body is encoded as `{shown}`, and one encoding at a time is undone"),
    };
    Err(Problem::new(Code::UnsupportedMediaType, said).hint("send it as gzip, as zstd, or as it is"))
}

/// What was packed, as far as it is within `max` bytes.
fn unpacked(packed: &[u8], coding: Coding, max: usize) -> Result<Bytes, Problem> {
    let mut whole = Vec::new();
    let limit = (max as u64).saturating_add(1);
    let (name, read) = match coding {
        Coding::Gzip => ("gzip", MultiGzDecoder::new(packed).take(limit).read_to_end(&mut whole)),
        Coding::Zstd => ("zstd", zstd_decoder(packed).and_then(|it| it.take(limit).read_to_end(&mut whole))),
    };
    read.map_err(|error| Problem::new(Code::InvalidData, format!("the body is not valid {name}: {error}")))?;
    if whole.len() > max { Err(too_large(BODY, max)) } else { Ok(whole.into()) }
}

fn zstd_decoder(packed: &[u8]) -> std::io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// The bytes as far as they are no more than `max`; else what `over` says.
pub(super) async fn collect<E: std::fmt::Display>(
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    max: usize,
    idle: Duration,
    over: impl FnOnce() -> Problem,
) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    loop {
        let received = whole.len();
        match tokio::time::timeout(idle, stream.next()).await {
            Err(_) => {
                let why = format!("no byte of the body came for {idle:?}, after {received} bytes");
                return Err(Problem::new(Code::Timeout, why).with("limit", "body_timeout".into()));
            }
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(error))) => {
                let why = format!("the body ended after {received} bytes, before its end: {error}");
                return Err(Problem::new(Code::InvalidData, why));
            }
            Ok(Some(Ok(bytes))) if received.saturating_add(bytes.len()) > max => {
                return Err(over());
            }
            Ok(Some(Ok(bytes))) => whole.extend_from_slice(&bytes),
        }
    }
}
