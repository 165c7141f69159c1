//! The client's half of `sql`, `expr` and `load`: requests, and problems told to people.

use std::path::PathBuf;

use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Failure, parts};
use crate::error::whole;

/// How long a cancel may take before the connection is closed instead, which ends the question too.
const CANCEL_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

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

/// How far a question has come.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) state: String,
    pub(super) rows: u64,
    #[serde(default)]
    pub(super) boxes: u64,
    #[serde(default)]
    pub(super) boxes_total: u64,
    pub(super) read_bytes: u64,
    pub(super) read_bytes_total: u64,
}

/// What a server is asked.
pub(super) enum Question<'a> {
    /// A statement.
    Sql(&'a str),
    /// A program of expressions.
    Program {
        /// Its text.
        text: &'a str,
        /// Values by the names it has for them.
        values: &'a Map<String, Value>,
        /// Files that hold frames, by the names it has for those.
        frames: &'a [(String, PathBuf)],
        /// What is to run it, where that is not the server's choice.
        engine: Option<&'a str>,
    },
}

impl Question<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Sql(text) | Self::Program { text, .. } => text,
        }
    }

    /// Where it is asked.
    fn path(&self) -> [&'static str; 2] {
        match self {
            Self::Sql(_) => ["v1", "sql"],
            Self::Program { .. } => ["v1", "expressions"],
        }
    }

    /// As a body of a request.
    fn body(&self) -> Value {
        match self {
            Self::Sql(text) => json!({ "sql": text }),
            Self::Program { text, values, engine, .. } => {
                json!({ "program": text, "values": values, "engine": engine })
            }
        }
    }

    /// What goes beside that body, from files.
    fn frames(&self) -> &[(String, PathBuf)] {
        match self {
            Self::Sql(_) => &[],
            Self::Program { frames, .. } => frames,
        }
    }
}

/// A server that is asked questions, in one session: a `SET` holds for those after it.
#[derive(Clone)]
pub(super) struct Server {
    client: Client,
    url: String,
    session: String,
}

impl Server {
    /// The server at that address. Nothing is sent yet.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self { client: client()?, url: url.to_owned(), session: Uuid::now_v7().to_string() })
    }

    /// Whether it is there.
    pub(super) async fn greet(&self) -> Result<(), Failure> {
        let sent = self.client.get(address(&self.url, &["healthz"])?).send().await;
        fine(sent, &self.url).await.map(drop)
    }

    /// Asks one question, under an id that can cancel it.
    pub(super) async fn ask(
        &self,
        question: &Question<'_>,
        format: &str,
        query_id: &str,
    ) -> Result<Response, Failure> {
        let mut body = question.body();
        body["session"] = json!(self.session);
        body["query_id"] = json!(query_id);
        self.post(question, format, &body).await
    }

    /// The rows of an answer of moderate size, whatever is set in the session.
    pub(super) async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, Failure> {
        let question = Question::Sql(sql);
        let response = self.post(&question, "json", &question.body()).await?;
        let mut document: Value = response.json().await.map_err(|error| Failure::of(&error))?;
        let rows = document.get_mut("rows").map(Value::take).unwrap_or_default();
        serde_json::from_value(rows).map_err(|error| Failure::of(&error))
    }

    async fn post(&self, question: &Question<'_>, format: &str, body: &Value) -> Result<Response, Failure> {
        let mut address = address(&self.url, &question.path())?;
        address.query_pairs_mut().append_pair("format", format);
        let (kind, body) = match question.frames() {
            [] => ("application/json".to_owned(), body.to_string().into()),
            frames => parts::body(body, frames).await?,
        };
        let request = self.client.post(address).header("content-type", kind);
        // A long answer's row count comes behind it.
        let sent = request.header("te", "trailers").body(body).send().await;
        fine_within(sent, &self.url, question.text()).await
    }

    /// Ends the question of that id. One that is over already is as good as ended.
    pub(super) async fn cancel(&self, query_id: &str) {
        if let Ok(address) = address(&self.url, &["v1", "statements", query_id]) {
            let _ = self.client.delete(address).timeout(CANCEL_WAIT).send().await;
        }
    }

    /// How far the question of that id has come; none where the server does not tell.
    pub(super) async fn progress(&self, query_id: &str) -> Option<Progress> {
        let address = address(&self.url, &["v1", "statements", query_id]).ok()?;
        let response = self.client.get(address).send().await.ok()?;
        response.error_for_status().ok()?.json().await.ok()
    }

    /// The server's address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// The response, where it is no problem.
pub(super) async fn fine(sent: Result<Response, reqwest::Error>, url: &str) -> Result<Response, Failure> {
    fine_within(sent, url, "").await
}

/// The response, where it is no problem; what is wrong with `text` is shown in it.
async fn fine_within(
    sent: Result<Response, reqwest::Error>,
    url: &str,
    text: &str,
) -> Result<Response, Failure> {
    let response = sent.map_err(|error| unreachable_server(&error, url))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    Err(Failure::Failed(problem(status, &body, text)))
}

fn unreachable_server(error: &reqwest::Error, url: &str) -> Failure {
    let hint = if error.is_connect() { "; is it running? `pantile serve` starts one" } else { "" };
    Failure::Failed(format!("no answer from {url}: {}{hint}", whole(error)))
}

/// A problem document as a person reads it.
fn problem(status: StatusCode, body: &str, statement: &str) -> String {
    let Ok(document) = serde_json::from_str::<Value>(body) else {
        return format!("the server answered {status}: {}", body.chars().take(500).collect::<String>());
    };
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let mut said = text("detail").or(text("title")).unwrap_or("the server gave no reason").to_owned();
    if let Some(at) = document.get("position") {
        said.push_str(&format!("\n  at line {}, column {}", at["line"], at["column"]));
        said.push_str(&pointed_at(statement, at).unwrap_or_default());
    }
    if let Some(hint) = text("hint") {
        said.push_str(&format!("\n  hint: {hint}"));
    }
    if let Some(code) = text("code") {
        said.push_str(&format!("\n  code: {code}"));
    }
    said
}

/// The line of the statement that is spoken of, with a caret under the place.
fn pointed_at(statement: &str, at: &Value) -> Option<String> {
    let place = |name: &str| usize::try_from(at.get(name)?.as_u64()?).ok()?.checked_sub(1);
    let line = statement.lines().nth(place("line")?)?;
    let before: String = line.chars().take(place("column")?).collect();
    // As wide as what stands above; a tab stays one.
    let blanks: String = before.chars().map(blank).collect();
    Some(format!("\n    {line}\n    {blanks}^"))
}

/// Blanks as wide as the sign.
fn blank(c: char) -> &'static str {
    match c {
        '\t' => "\t",
        _ => match unicode_width::UnicodeWidthChar::width(c) {
            Some(0) => "",
            Some(2) => "  ",
            _ => " ",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_the_place() {
        let at = |line: u64, column: u64| {
            pointed_at("SELECT 1,\n\t漢 x", &json!({ "line": line, "column": column }))
        };
        assert_eq!(at(2, 4).as_deref(), Some("\n    \t漢 x\n    \t   ^"));
        assert_eq!(at(3, 1), None);
        assert_eq!(at(0, 0), None);
        assert_eq!(at(1, 99).as_deref(), Some("\n    SELECT 1,\n             ^"));
    }
}
