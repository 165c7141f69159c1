//! Small answers in JSON.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use pantile_core::catalog::SnapshotId;

use super::asked::SNAPSHOT;
use super::router::no_store;

/// Marks an answer that is that of an earlier request with the same key.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("pantile-replayed");

/// A response of that JSON text.
pub(super) fn json(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response of that JSON text to what made that snapshot; nobody may keep it.
pub(super) fn marked(
    status: StatusCode,
    text: String,
    snapshot: Option<SnapshotId>,
    replayed: bool,
) -> Response {
    let mut response = json(status, text);
    mark(&mut response, snapshot, replayed);
    no_store(response)
}

/// Notes on a response which snapshot it made, and whether it is a repetition.
pub(super) fn mark(response: &mut Response, snapshot: Option<SnapshotId>, replayed: bool) {
    let headers = response.headers_mut();
    if let Some(snapshot) = snapshot {
        headers.insert(SNAPSHOT, HeaderValue::from(snapshot));
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
}
