//! Entity tags, weak ones: two answers of one tag hold the same rows, which a question without `ORDER BY` may
//! give in another order.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use pantile_core::catalog::SnapshotId;

use super::accept::Accept;
use super::asked::SNAPSHOT;

/// The tag of what `parts` determine.
pub(super) fn tag(parts: &[&[u8]]) -> Option<HeaderValue> {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let text = hash.finalize().to_hex();
    HeaderValue::from_str(&format!("W/\"{}\"", text.get(..32)?)).ok()
}

/// A 304, where the caller has what the tag names: with the headers that the answer would have had and that
/// tell the kept one apart (RFC 9110 §15.4.5).
pub(super) fn unchanged(
    headers: &HeaderMap,
    tag: Option<&HeaderValue>,
    snapshot: SnapshotId,
) -> Option<Response> {
    let tag = tag?.to_str().ok()?;
    let held = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let same = |held: &str| bare(held) == bare(tag) || held.trim() == "*";
    if !held.split(',').any(same) {
        return None;
    }
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(tag).ok()?);
    headers.insert(header::VARY, HeaderValue::from_static(Accept::VARY));
    headers.insert(SNAPSHOT, HeaderValue::from(snapshot));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(HeaderName::from_static("cache-status"), HeaderValue::from_static("pantile; hit"));
    Some(response)
}
