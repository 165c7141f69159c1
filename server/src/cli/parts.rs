//! A body of parts: a program, values beside it, and frames that are read from their files as they are sent.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use pantile_core::format;
use reqwest::Body;
use serde_json::Value;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::Failure;
use super::load::format_of;

/// Bytes of a file that are read at a time.
const PIECE_BYTES: usize = 256 << 10;

/// The fields of a program in JSON, and the files' frames by their names, as the body and what it says it is. reqwest's own
/// parts would bring two crates along.
pub(super) async fn body(fields: &Value, frames: &[(String, PathBuf)]) -> Result<(String, Body), Failure> {
    let boundary = Uuid::now_v7().simple().to_string();
    let begun = |name: &str, kind: Option<&str>| {
        let kind = kind.map_or(String::new(), |kind| format!("Content-Type: {kind}\r\n"));
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{kind}\r\n")
    };
    let mut small = String::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        match value {
            Value::Object(values) => values.iter().for_each(|(name, value)| {
                small.push_str(&format!("{}{value}\r\n", begun(name, Some("application/json"))));
            }),
            Value::String(text) => small.push_str(&format!("{}{text}\r\n", begun(name, None))),
            _ => {}
        }
    }
    let mut pieces: Vec<BoxStream<'static, std::io::Result<Bytes>>> = vec![text(small)];
    for (name, path) in frames {
        let file = tokio::fs::File::open(path).await.map_err(|error| unread(path, &error))?;
        let kind = format_of(path).and_then(format::by_name).and_then(|format| format.media_types().first());
        pieces.push(text(begun(name, kind.copied())));
        pieces.push(ReaderStream::with_capacity(file, PIECE_BYTES).into_stream().boxed());
        pieces.push(text("\r\n".to_owned()));
    }
    pieces.push(text(format!("--{boundary}--\r\n")));
    let body = Body::wrap_stream(stream::iter(pieces).flatten());
    Ok((format!("multipart/form-data; boundary={boundary}"), body))
}

fn text(text: String) -> BoxStream<'static, std::io::Result<Bytes>> {
    stream::iter([Ok(Bytes::from(text))]).boxed()
}

/// What is said of a file that cannot be read.
pub(super) fn unread(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("failed to read {}: {error}", path.display()))
}
