//! Small bodies, taken in whole: bounded in bytes, and in time between bytes.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{HeaderMap, header};
use pantile_core::Code;

use crate::app::App;
use crate::error::Problem;

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
        // The statement may come in JSON, which escapes and has parameters beside it.
        let max = usize::try_from(app.settings().sql_bytes.0).unwrap_or(usize::MAX).saturating_mul(4);
        let is_json = media_type(request.headers())
            .is_some_and(|media| media == "application/json" || media.ends_with("+json"));
        let idle = app.settings().body_timeout.0;
        Ok(Self { bytes: collect(request.into_body(), max, idle).await?, is_json })
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

async fn collect(body: Body, max: usize, idle: Duration) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
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
                let why = format!("the body is over {max} bytes, four times the limit sql_bytes");
                return Err(Problem::new(Code::TooLarge, why).with("limit", "sql_bytes".into()));
            }
            Ok(Some(Ok(bytes))) => whole.extend_from_slice(&bytes),
        }
    }
}
