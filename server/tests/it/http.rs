//! Requests and replies from files: `tests/http/*.yaml`, each file against a server of its own.
//!
//! A case is a `request` line, `headers`, a `body`, and what is expected: `status`, `reply` headers (a text,
//! or `true` for any), `json` (a subset of the document), `text` (the whole body), `contains`. `save` keeps a
//! value of the reply (a JSON pointer, or `header NAME`) for `${name}` in later cases.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::server::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    status: u16,
    #[serde(default)]
    reply: BTreeMap<String, Value>,
    json: Option<Value>,
    text: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
}

async fn run(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http").join(file);
    let cases: Vec<Case> = serde_norway::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let server = Server::start(&[]);
    let mut saved = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(why) = check(&server, case, &mut saved).await {
            wrong.push(format!("{file}: {}: {why}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn check(server: &Server, case: &Case, saved: &mut BTreeMap<String, String>) -> Result<(), String> {
    let filled = |text: &str| {
        saved.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    };
    let line = filled(&case.request);
    let (method, path) = line.split_once(' ').ok_or("the request line has no path")?;
    let method: Method = method.parse().map_err(|_| "no such method")?;
    let mut request = server.request(method, path).body(filled(&case.body));
    for (name, value) in &case.headers {
        request = request.header(name, filled(value));
    }
    let response = request.send().await.map_err(|error| error.to_string())?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.map_err(|error| error.to_string())?;
    let document: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if status != case.status {
        return Err(format!("status {status}, expected {}: {text}", case.status));
    }
    for (name, expected) in &case.reply {
        let fine = match expected {
            Value::Bool(there) => header(name).is_some() == *there,
            Value::String(expected) => header(name) == Some(filled(expected).as_str()),
            other => header(name) == Some(other.to_string().as_str()),
        };
        if !fine {
            return Err(format!("header {name} is {:?}, expected {expected}", header(name)));
        }
    }
    if let Some(expected) = &case.json {
        subset(expected, &document, "").map_err(|why| format!("{why} in {text}"))?;
    }
    if case.text.as_ref().is_some_and(|expected| *expected != text) {
        return Err(format!("the body is {text:?}"));
    }
    if let Some(missing) = case.contains.iter().find(|part| !text.contains(filled(part).as_str())) {
        return Err(format!("`{missing}` is not in {text}"));
    }
    for (name, place) in &case.save {
        let value = match place.strip_prefix("header ") {
            Some(name) => header(name).map(str::to_owned),
            None => {
                document.pointer(place).map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
            }
        };
        saved.insert(name.clone(), value.ok_or_else(|| format!("there is no {place} to save in {text}"))?);
    }
    Ok(())
}

/// Whether all of `expected` is in `found`; where not.
fn subset(expected: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().try_for_each(|(name, expected)| {
                subset(expected, found.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"))
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(place, (expected, found))| subset(expected, found, &format!("{at}/{place}")))
        }
        (expected, found) if expected == found => Ok(()),
        _ => Err(format!("{at} is {found}, expected {expected}")),
    }
}

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            run(concat!(stringify!($name), ".yaml")).await;
        })*

        #[test]
        fn every_file_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http");
            let mut found: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            found.sort();
            assert_eq!(found, [$(concat!(stringify!($name), ".yaml")),*]);
        }
    };
}
files!(answers, bad_input, datasets, server, sql, tables, transactions);
