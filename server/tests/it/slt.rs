//! SQL from files: `tests/slt/*.slt`, asked over HTTP.

use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};

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
        let schema = answer["schema"].as_array().unwrap();
        let rows: Vec<Vec<String>> = answer["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row.as_object().unwrap().values().map(shown).collect())
            .collect();
        // A statement that writes answers with one row that says so.
        if schema.first().is_some_and(|column| column["name"] == "statement") {
            let rows = answer["rows"][0]["rows"].as_u64().unwrap_or(0);
            return Ok(DBOutput::StatementComplete(rows));
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; schema.len()], rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "pantile"
    }

    async fn sleep(time: Duration) {
        tokio::time::sleep(time).await;
    }
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
async fn every_file_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
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
