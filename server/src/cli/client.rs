//! The client's half of `sql` and `load`: requests, and problems told to people.

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::Failure;
use crate::error::whole;

/// A client. Answers may take as long as they take; the server has its time-outs.
pub(super) fn client() -> Result<Client, Failure> {
    Client::builder()
        .user_agent(concat!("pantile/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(10))
        .tcp_nodelay(true)
        .build()
        .map_err(|error| Failure::of(&error))
}

/// The address of `path` at the server `url`; each part of the path becomes one segment, whatever is in it.
pub(super) fn address(url: &str, path: &[&str]) -> Result<url::Url, Failure> {
    let wrong = |why: String| Failure::Usage(format!("`{url}` is not a server's address: {why}"));
    let mut address = url::Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    match address.path_segments_mut() {
        Ok(mut segments) => {
            segments.pop_if_empty().extend(path);
        }
        Err(()) => return Err(wrong("it has no path".to_owned())),
    }
    Ok(address)
}

/// The response, where it is no problem.
pub(super) async fn fine(sent: Result<Response, reqwest::Error>, url: &str) -> Result<Response, Failure> {
    let response = sent.map_err(|error| unreachable_server(&error, url))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    Err(Failure::Failed(problem(status, &body)))
}

fn unreachable_server(error: &reqwest::Error, url: &str) -> Failure {
    let hint = if error.is_connect() { "; is it running? `pantile serve` starts one" } else { "" };
    Failure::Failed(format!("no answer from {url}: {}{hint}", whole(error)))
}

/// A problem document as a person reads it.
fn problem(status: StatusCode, body: &str) -> String {
    let Ok(document) = serde_json::from_str::<Value>(body) else {
        return format!("the server answered {status}: {}", body.chars().take(500).collect::<String>());
    };
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let mut said = text("detail").or(text("title")).unwrap_or("the server gave no reason").to_owned();
    if let Some(at) = document.get("position") {
        said.push_str(&format!("\n  at line {}, column {}", at["line"], at["column"]));
    }
    if let Some(hint) = text("hint") {
        said.push_str(&format!("\n  hint: {hint}"));
    }
    if let Some(code) = text("code") {
        said.push_str(&format!("\n  code: {code}"));
    }
    said
}
