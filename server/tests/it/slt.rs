//! SQL from files: `tests/slt/*.slt`, asked over HTTP, and over Flight SQL with prepared statements.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::TryStreamExt;
use pantile_core::format::{self, Ending, WriteOptions};
use reqwest::{Client, Method};
use serde_json::Value;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};
use tonic::transport::{Channel, Endpoint};

use crate::server::Server;

struct OverHttp {
    client: Client,
    url: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

#[async_trait::async_trait]
impl AsyncDB for OverHttp {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Refused> {
        let refused = |error: reqwest::Error| Refused(error.to_string());
        let body = serde_json::json!({ "sql": sql, "session": "slt" });
        let request = self.client.request(Method::POST, format!("{}/v1/sql", self.url)).json(&body);
        let answer: Value = request.send().await.map_err(refused)?.json().await.map_err(refused)?;
        if let Some(code) = answer["code"].as_str() {
            return Err(Refused(format!("{code}: {}", answer["detail"].as_str().unwrap_or_default())));
        }
        // A statement that writes answers with one row that says so.
        if answer["schema"][0]["name"] == "statement" {
            let rows = answer["rows"][0]["rows"].as_u64().unwrap_or(0);
            return Ok(DBOutput::StatementComplete(rows));
        }
        Ok(rows(&answer))
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "pantile"
    }

    async fn sleep(time: Duration) {
        tokio::time::sleep(time).await;
    }
}

struct OverFlight {
    client: FlightSqlServiceClient<Channel>,
}

#[async_trait::async_trait]
impl AsyncDB for OverFlight {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Refused> {
        let mut prepared =
            self.client.prepare(sql.to_owned(), None).await.map_err(|error| refused(&error))?;
        // Drivers tell updates by there being no columns.
        if prepared.dataset_schema().map_err(|error| refused(&error))?.fields().is_empty() {
            let rows = prepared.execute_update().await.map_err(|error| refused(&error))?;
            return Ok(DBOutput::StatementComplete(rows.try_into().unwrap_or(0)));
        }
        let info = prepared.execute().await.map_err(|error| refused(&error))?;
        let schema = Arc::new(info.clone().try_decode_schema().unwrap());
        let mut batches: Vec<RecordBatch> = Vec::new();
        for endpoint in info.endpoint {
            let stream =
                self.client.do_get(endpoint.ticket.unwrap()).await.map_err(|error| refused(&error))?;
            let read: Result<Vec<RecordBatch>, _> = stream.try_collect().await;
            batches.extend(read.map_err(|error| refused(&error))?);
        }
        prepared.close().await.unwrap();
        // Spelled as HTTP spells them.
        let json = format::by_name("json").unwrap();
        let mut encoder = json.encoder(schema, &WriteOptions::default()).unwrap();
        let mut bytes = encoder.start().unwrap();
        batches.iter().for_each(|batch| bytes.extend(encoder.batch(batch).unwrap()));
        bytes.extend(encoder.finish(Ending { rows: 0, truncated: false }).unwrap());
        Ok(rows(&serde_json::from_slice(&bytes).unwrap()))
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "pantile"
    }

    async fn sleep(time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// The message, and the code that stands in its details.
fn refused(error: &FlightError) -> Refused {
    Refused(match error {
        FlightError::Tonic(status) => {
            format!("{} {}", status.message(), String::from_utf8_lossy(status.details()))
        }
        other => other.to_string(),
    })
}

fn rows(answer: &Value) -> DBOutput<DefaultColumnType> {
    let columns = answer["schema"].as_array().unwrap().len();
    let rows = answer["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| row.as_object().unwrap().values().map(shown).collect()).collect();
    DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_file_holds_over_http() {
    let mut wrong = Vec::new();
    for file in files() {
        let server = Server::start(&["--demo"]);
        let (client, url) = (server.client.clone(), server.url.clone());
        let mut runner =
            sqllogictest::Runner::new(|| async { Ok(OverHttp { client: client.clone(), url: url.clone() }) });
        if let Err(error) = runner.run_file_async(&file).await {
            wrong.push(format!("{}: {error}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn every_file_holds_over_flight() {
    let mut wrong = Vec::new();
    for file in files() {
        let server = Server::start(&["--demo"]);
        let channel = Endpoint::from_shared(server.url.clone()).unwrap().connect().await.unwrap();
        let mut runner = sqllogictest::Runner::new(|| async {
            let mut client = FlightSqlServiceClient::new(channel.clone());
            client.set_header("pantile-session", "slt");
            Ok(OverFlight { client })
        });
        if let Err(error) = runner.run_file_async(&file).await {
            wrong.push(format!("{}: {error}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
