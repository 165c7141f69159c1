//! What stands around every handler: who may ask from where, and one log line a request.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Version, header};
use http_body::{Body as _, Frame, SizeHint};
use pantile_core::Code;
use tracing::Instrument;

use super::asked::{QUERY_ID, RequestId};
use crate::app::App;
use crate::error::Problem;

/// Names under which a server on a loopback address may always be asked.
const OWN_NAMES: &[&str] = &["localhost", "127.0.0.1", "[::1]"];

/// Refuses, on a loopback address, requests for another host's name: a web page whose name was made to
/// point at this machine (DNS rebinding) would otherwise be of the same origin as we are.
pub(super) async fn host(State(app): State<App>, request: Request, next: Next) -> Response {
    let loopback = !app.settings().insecure;
    let host = asked_host(&request);
    let name = host.as_deref().map(without_port);
    let ours = |name: &str| {
        let more = app.settings().hosts.0.split(',').map(str::trim).filter(|host| !host.is_empty());
        OWN_NAMES.iter().copied().chain(more).any(|own| own.eq_ignore_ascii_case(name))
            || name.starts_with("127.")
    };
    match name {
        Some(name) if loopback && !ours(name) => {
            Problem::new(Code::Forbidden, format!("this server does not answer to the host name `{name}`"))
                .hint("ask it as localhost, or add the name to the setting `hosts`")
                .into_response()
        }
        _ => next.run(request).await,
    }
}

/// Refuses what a web page of another origin could make a browser send: everything but plain reading,
/// whose answers a browser keeps from it.
pub(super) async fn origin(request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    match foreign_origin(&request) {
        Some(origin) if !reads => Problem::new(
            Code::Forbidden,
            format!("a web page of {origin} may not send {} requests here", request.method()),
        )
        .into_response(),
        _ => next.run(request).await,
    }
}

/// Says `Connection: close` where a request is answered before all of its body has come: hyper closes the
/// connection then, and a client that was not told sends its next request into nothing.
pub(super) async fn unread(request: Request, next: Next) -> Response {
    if request.version() > Version::HTTP_11 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let read = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(Watched { body, read: Arc::clone(&read) }));
    let mut response = next.run(request).await;
    if !read.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body that notes when its end has been read.
struct Watched {
    body: Body,
    read: Arc<AtomicBool>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Gives the request its id, a span, a line in the log, and headers that every answer has.
pub(super) async fn logged(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", query_id = %id);
    let since = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        let code = response.extensions().get::<Code>().map_or("", |code| code.as_str());
        let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status >= 500 {
            tracing::warn!(%method, path, status, code, ms, "request failed");
        } else {
            tracing::debug!(%method, path, status, code, ms, "request answered");
        }
        let headers = response.headers_mut();
        headers.entry(QUERY_ID).or_insert_with(|| id.header());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers
            .insert(header::SERVER, HeaderValue::from_static(concat!("pantile/", env!("CARGO_PKG_VERSION"))));
        response
    }
    .instrument(span)
    .await
}

/// What a handler's panic becomes. The connection, and everybody else's, goes on.
pub(super) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(text, "a handler panicked");
    Problem::new(Code::Internal, "a handler panicked; the server's log has more").into_response()
}

fn foreign_origin(request: &Request) -> Option<String> {
    let origin = text(request.headers(), &header::ORIGIN)?;
    let own = asked_host(request)?;
    let of_origin = origin.split_once("://").map(|(_, host)| host);
    (of_origin != Some(own.as_str())).then(|| origin.chars().take(100).collect())
}

/// The host and port that were asked for: `Host`, or HTTP/2's `:authority`.
fn asked_host(request: &Request) -> Option<String> {
    let authority = request.uri().authority().map(Authority::as_str);
    authority.or_else(|| text(request.headers(), &header::HOST)).map(str::to_owned)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
