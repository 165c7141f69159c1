//! A server under test: the binary, a data folder of its own, port 0.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;

/// A running server; killed when dropped.
pub struct Server {
    pub url: String,
    pub client: Client,
    pub folder: TempDir,
    child: Child,
}

/// `pantile`, in an environment without settings of ours.
pub fn pantile() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pantile"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PANTILE_")) {
        command.env_remove(name);
    }
    command
}

impl Server {
    /// A server on an empty folder.
    pub fn start(flags: &[&str]) -> Self {
        Self::on(tempfile::tempdir().unwrap(), flags)
    }

    /// A server on that folder.
    pub fn on(folder: TempDir, flags: &[&str]) -> Self {
        let (child, url) = serve(folder.path(), flags);
        let client = Client::builder().timeout(Duration::from_secs(120)).build().unwrap();
        Self { url, client, folder, child }
    }

    /// Stops it with that signal and gives its exit code and folder back.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, TempDir) {
        self.signal(signal);
        let code = self.child.wait().unwrap().code();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (code, folder)
    }

    pub fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
    }

    /// Host and port, for bare sockets.
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn put(&self, table: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(Method::PUT, &format!("/v1/tables/{table}")).body(body).send().await.unwrap()
    }

    pub async fn append(&self, table: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(Method::POST, &format!("/v1/tables/{table}/rows")).body(body).send().await.unwrap()
    }

    /// The whole JSON answer.
    pub async fn ask(&self, sql: &str) -> Value {
        let response = self.request(Method::POST, "/v1/sql").body(sql.to_owned()).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// The first value of the first row, as JSON.
    pub async fn value(&self, sql: &str) -> Value {
        let answer = self.ask(sql).await;
        let row = answer["rows"][0].as_object().unwrap_or_else(|| panic!("{sql}: {answer}"));
        row.values().next().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(folder: &Path, flags: &[&str]) -> (Child, String) {
    let mut child = pantile()
        .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "warn", "--data-dir"])
        .arg(folder.join("data"))
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let Some(url) = line.strip_prefix("pantile ready ") else {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        panic!("the server did not start: {line}{said}");
    };
    // Its log has to go somewhere, or the pipe fills up.
    let log = child.stderr.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            eprintln!("{line}");
        }
    });
    (child, url.trim().to_owned())
}

/// The problem's code, and the document.
pub async fn problem(response: Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}"));
    (status, document["code"].as_str().unwrap_or_default().to_owned(), document)
}
