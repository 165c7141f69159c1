//! `pantile load`: files to a table, in one commit however many they are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use pantile_core::format;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::client::{address, client, fine};
use super::parts::unread;
use super::profile::Profile;
use super::{Failure, complain};

/// Times that an upload is sent again when the connection breaks. Its key keeps it from being done twice.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let patterns = matches.get_many::<String>("files").unwrap_or_default();
    let files = patterns.map(|pattern| expanded(pattern)).collect::<Result<Vec<_>, _>>()?.concat();
    let load = Load {
        client: client()?,
        url: Profile::of(matches)?.url().to_owned(),
        table: matches.get_one::<String>("table").cloned().unwrap_or_default(),
        append: matches.get_flag("append"),
        format: matches.get_one::<String>("format").cloned(),
        options: options(matches)?,
        bar: bar(&files)?,
    };
    let rows = load.all(&files).await?;
    load.bar.finish_and_clear();
    let verb = if load.append { "added to" } else { "in" };
    // Closed standard output is nobody who wants to know.
    let _ = writeln!(std::io::stdout(), "{rows} rows of {} files {verb} {}", files.len(), load.table);
    Ok(())
}

struct Load {
    client: Client,
    url: String,
    table: String,
    append: bool,
    format: Option<String>,
    options: Vec<(String, String)>,
    bar: ProgressBar,
}

impl Load {
    /// Sends every file; several of them as one transaction.
    async fn all(&self, files: &[PathBuf]) -> Result<u64, Failure> {
        if let [file] = files {
            return Ok(rows(&self.one(file, None).await?));
        }
        let begin = address(&self.url, &["v1", "transactions"])?;
        let body = json!({ "expected": files.len() }).to_string();
        let begun =
            self.client.post(begin).header("content-type", "application/json").body(body).send().await;
        let begun = self.answer(begun).await?;
        let id = begun["id"].as_str().unwrap_or_default().to_owned();
        let sent = self.parts(files, &id).await;
        let path: &[&str] =
            if sent.is_ok() { &["v1", "transactions", &id, "commit"] } else { &["v1", "transactions", &id] };
        let method = if sent.is_ok() { Method::POST } else { Method::DELETE };
        let ended = self.client.request(method, address(&self.url, path)?).send().await;
        let rows = sent?;
        self.answer(ended).await?;
        Ok(rows)
    }

    async fn parts(&self, files: &[PathBuf], transaction: &str) -> Result<u64, Failure> {
        let mut all = 0_u64;
        let mut first: Option<(&Path, Value)> = None;
        for file in files {
            let loaded = self.one(file, Some(transaction)).await?;
            all = all.saturating_add(rows(&loaded));
            match &first {
                None => first = Some((file, loaded)),
                Some((path, held)) => same_columns(path, &held["schema"], &loaded["schema"])
                    .map_err(|said| Failure::Failed(said).in_file(file))?,
            }
        }
        Ok(all)
    }

    /// Sends the file; what the server says of it.
    async fn one(&self, file: &Path, transaction: Option<&str>) -> Result<Value, Failure> {
        let key = Uuid::now_v7().to_string();
        let begun = self.bar.position();
        let mut tries: u32 = 1;
        loop {
            self.bar.set_position(begun);
            self.bar.set_message(file.display().to_string());
            let request = self.request(file, transaction).await?.header("idempotency-key", &key);
            match request.send().await {
                Err(error) if tries < TRIES && !error.is_builder() && !error.is_connect() => {
                    tries = tries.saturating_add(1);
                    complain(&format!("{}: {error}; trying again", file.display()));
                    tokio::time::sleep(PAUSE).await;
                }
                sent => {
                    return self.answer(sent).await.map_err(|failure| failure.in_file(file));
                }
            }
        }
    }

    async fn request(&self, path: &Path, transaction: Option<&str>) -> Result<RequestBuilder, Failure> {
        let file = tokio::fs::File::open(path).await.map_err(|error| unread(path, &error))?;
        let length = file.metadata().await.map_err(|error| unread(path, &error))?.len();
        let segments: &[&str] =
            if self.append { &["v1", "tables", &self.table, "rows"] } else { &["v1", "tables", &self.table] };
        let mut address = address(&self.url, segments)?;
        if let Some(format) = self.format.as_deref().or_else(|| format_of(path)) {
            address.query_pairs_mut().append_pair("format", format);
        }
        for (name, value) in &self.options {
            address.query_pairs_mut().append_pair(name, value);
        }
        let bar = self.bar.clone();
        let pieces = ReaderStream::with_capacity(file, 256 << 10).inspect(move |piece| {
            if let Ok(piece) = piece {
                bar.inc(piece.len() as u64);
            }
        });
        let method = if self.append { Method::POST } else { Method::PUT };
        let request = self
            .client
            .request(method, address)
            .header("content-length", length)
            .body(reqwest::Body::wrap_stream(pieces));
        Ok(match transaction {
            Some(id) => request.header("pantile-transaction", id),
            None => request,
        })
    }

    async fn answer(&self, sent: Result<Response, reqwest::Error>) -> Result<Value, Failure> {
        let text = fine(sent, &self.url).await?.text().await.map_err(|error| Failure::of(&error))?;
        serde_json::from_str(&text).map_err(|error| Failure::of(&error))
    }
}

fn rows(loaded: &Value) -> u64 {
    loaded["rows"].as_u64().unwrap_or(0)
}

/// Refuses a file whose columns are not those of the first one. The server would refuse it too, and does not
/// know the files' names.
fn same_columns(first: &Path, held: &Value, found: &Value) -> Result<(), String> {
    if held == found {
        return Ok(());
    }
    let first = first.display();
    let apart = format!("load {first} alone and this one with --append");
    let (held, found) = (columns(held), columns(found));
    for (name, kind, nullable) in &found {
        match held.iter().find(|(known, ..)| known == name) {
            None => {
                return Err(format!(
                    "{first} has no column `{name}`; load them into two tables, or add it there"
                ));
            }
            Some((_, known, _)) if known != kind => {
                let both = if is_number(kind) && is_number(known) { "float64" } else { "utf8" };
                return Err(format!(
                    "column `{name}` is {kind} here and {known} in {first}; in text, name a type that fits both, \
                     as in --option schema={name}:{both}"
                ));
            }
            Some((.., known)) if known != nullable => {
                return Err(format!(
                    "column `{name}` may be null here or in {first}, and not in both; {apart}"
                ));
            }
            Some(_) => {}
        }
    }
    match held.iter().find(|(name, ..)| !found.iter().any(|(other, ..)| other == name)) {
        Some((name, ..)) => Err(format!("it has no column `{name}`, which {first} has; {apart}")),
        None => Err(format!("its columns are in another order than those of {first}; {apart}")),
    }
}

/// Whether it is one of the types that numbers in text are taken for.
fn is_number(kind: &str) -> bool {
    kind.contains("int") || kind.contains("float")
}

/// Names, types, and whether they may be null.
fn columns(schema: &Value) -> Vec<(&str, &str, bool)> {
    let columns = schema.as_array().map(Vec::as_slice).unwrap_or_default();
    let columns = columns.iter().map(|it| {
        (
            it["name"].as_str().unwrap_or_default(),
            it["type"].as_str().unwrap_or_default(),
            it["nullable"] == true,
        )
    });
    columns.collect()
}

fn options(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let texts = matches.get_many::<String>("option").unwrap_or_default();
    texts
        .map(|text| {
            let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| Failure::Usage(format!("--option {text} is not of the form NAME=VALUE")))
        })
        .collect()
}

/// The format that a file's name says, its compression left aside.
pub(super) fn format_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let bare = [".gz", ".zst", ".zstd"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    format::by_extension(bare.rsplit_once('.')?.1).map(|format| format.name())
}

/// The files a pattern means: itself where there is such a file, else those of its folder whose names fit.
fn expanded(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(pattern);
    if path.exists() || !pattern.contains(['*', '?']) {
        return Ok(vec![path.to_owned()]);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::Failed(format!("failed to list {}: {error}", folder.display())))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| fits(wanted.as_bytes(), name.as_bytes()))
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    if found.is_empty() { Err(Failure::Failed(format!("no file fits {pattern}"))) } else { Ok(found) }
}

/// Whether `name` fits a pattern in which `*` is any text and `?` any one byte.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => fits(rest, name) || matches!(name, [_, after @ ..] if fits(pattern, after)),
        ([b'?', rest @ ..], [_, after @ ..]) => fits(rest, after),
        ([wanted, rest @ ..], [found, after @ ..]) => wanted == found && fits(rest, after),
        _ => false,
    }
}

/// A bar over the bytes of all files; on something that is no terminal indicatif draws none.
fn bar(files: &[PathBuf]) -> Result<ProgressBar, Failure> {
    let mut bytes = 0_u64;
    for file in files {
        let metadata = std::fs::metadata(file)
            .map_err(|error| Failure::Failed(format!("failed to read {}: {error}", file.display())))?;
        bytes = bytes.saturating_add(metadata.len());
    }
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {msg}");
    Ok(ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_names() {
        assert!(fits(b"2024-*.parquet", b"2024-01.parquet") && !fits(b"2024-?.csv", b"2024-01.csv"));
        assert_eq!(format_of(Path::new("a/b.csv.gz")), Some("csv"));
        assert_eq!(format_of(Path::new("b.parquet")), Some("parquet"));
        assert_eq!(format_of(Path::new("README")), None);
    }
}
