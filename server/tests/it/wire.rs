//! What only a bare socket shows: bodies that stop, heads that never end, answers that break, clients that go.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};

use crate::server::{Server, problem};

/// Runs for minutes unless somebody ends it, on one thread, so that there is one to look on from.
const ENDLESS: &str = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) \
     SELECT count(*) FROM r";
/// Fails far behind its first rows.
const BREAKS: &str = "SELECT 100 / (300000 - n) AS a, * FROM (SELECT row_number() OVER (ORDER BY time_hour) AS n, * FROM flights)";

fn talk(server: &Server, text: &str) -> String {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(text.as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = String::new();
    let _ = socket.read_to_string(&mut reply);
    reply
}

async fn running(server: &Server, text: &str) -> bool {
    let sql = format!("SELECT count(*) FROM system.queries WHERE state = 'running' AND sql LIKE '{text}%'");
    server.value(&sql).await != 0
}

async fn wait_for(server: &Server, text: &str, wanted: bool) -> Duration {
    let since = Instant::now();
    while running(server, text).await != wanted {
        assert!(since.elapsed() < Duration::from_secs(20), "`{text}` running: {}", !wanted);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_half_way_writes_nothing() {
    let server = Server::start(&[]);
    let head = "PUT /v1/tables/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n";
    let reply = talk(&server, &format!("{head}Content-Length: 100\r\n\r\na\n1\n"));
    assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 400"), "{reply}");
    let reply = talk(&server, &format!("{head}Transfer-Encoding: chunked\r\n\r\n4\r\na\n1\n\r\n"));
    assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 400"), "{reply}");
    assert_eq!(server.ask("SELECT * FROM t").await["code"], "unknown_dataset");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_given_up_on() {
    let server = Server::start(&["--header-timeout", "500ms"]);
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: loc"] {
        let since = Instant::now();
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(begun.as_bytes()).unwrap();
        let mut reply = Vec::new();
        let _ = socket.read_to_end(&mut reply);
        assert!(since.elapsed() < Duration::from_secs(5), "{begun:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_pauses_is_given_up_on() {
    let server = Server::start(&["--body-timeout", "300ms"]);
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "PUT /v1/tables/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na\n1\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut reply = String::new();
    let _ = socket.read_to_string(&mut reply);
    assert!(reply.starts_with("HTTP/1.1 504") && reply.contains("body_timeout"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_never_looks_whole() {
    let server = Server::start(&["--demo"]);
    let h2 = Client::builder().http2_prior_knowledge().build().unwrap();
    for client in [&server.client, &h2] {
        for format in ["csv", "json", "ndjson", "arrow", "parquet", "text"] {
            for coding in ["identity", "gzip", "zstd"] {
                let url = format!("{}/v1/sql?format={format}", server.url);
                let response =
                    client.post(url).header("accept-encoding", coding).body(BREAKS).send().await.unwrap();
                if response.status() == 200 {
                    assert!(response.bytes().await.is_err(), "{format} {coding} looks whole");
                } else {
                    assert_eq!(response.status(), 422, "{format} {coding}");
                }
            }
        }
    }
    let response = server.request(Method::POST, "/v1/sql?format=ndjson").body(BREAKS).send().await.unwrap();
    let (mut response, mut last) = (response, Vec::new());
    while let Ok(Some(piece)) = response.chunk().await {
        last = piece.to_vec();
    }
    assert!(String::from_utf8_lossy(&last).contains("\"invalid_value\""), "no last record");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_answered_before_the_body_is_told_that_the_connection_ends() {
    let server = Server::start(&[]);
    for (accept, closes) in [("image/png", true), ("text/csv", false)] {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Length: 8\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        if !closes {
            socket.write_all(b"SELECT 1").unwrap();
        }
        let mut reply = [0; 4096];
        let length = socket.read(&mut reply).unwrap();
        let reply = String::from_utf8_lossy(&reply[..length]).to_ascii_lowercase();
        assert_eq!(reply.contains("connection: close\r\n"), closes, "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_1_0_an_answer_is_whole_or_refused() {
    let server = Server::start(&["--demo", "--egress-buffer", "1MiB"]);
    let ask = |sql: &str| {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("POST /v1/sql?format=csv HTTP/1.0\r\nContent-Length: {}\r\n\r\n", sql.len());
        socket.write_all((head + sql).as_bytes()).unwrap();
        let mut reply = String::new();
        socket.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    };
    // Of several batches, and within the buffer.
    let (head, body) = ask("SELECT flight FROM flights WHERE month < 6");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
    assert!(head.contains(&format!("pantile-rows: {}\r\n", body.lines().count() - 1)), "{head}");
    let (head, body) = ask("SELECT * FROM flights");
    assert!(head.starts_with("http/1.0 406") || head.starts_with("http/1.1 406"), "{head}");
    assert!(body.contains("\"limit\":\"egress_buffer\"") && body.contains("HTTP/1.1"), "{body}");
    let (head, body) = ask(BREAKS);
    assert!(!head.contains(" 200 "), "{head}");
    assert!(body.contains("invalid_value") || body.contains("not_acceptable"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_gets_trailers() {
    let server = Server::start(&["--demo"]);
    let h2 = Client::builder().http2_prior_knowledge().build().unwrap();
    let url = format!("{}/v1/sql?format=csv", server.url);
    let response = h2.post(url).body("SELECT * FROM flights").send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(response.headers()["trailer"], "pantile-rows, pantile-truncated");
    assert_eq!(response.text().await.unwrap().lines().count(), 336_777);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_ends_the_question() {
    let server = Server::start(&["--demo"]);
    let mut socket = TcpStream::connect(server.address()).unwrap();
    let head =
        format!("POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", ENDLESS.len());
    socket.write_all(format!("{head}{ENDLESS}").as_bytes()).unwrap();
    wait_for(&server, "WITH RECURSIVE", true).await;
    drop(socket);
    let took = wait_for(&server, "WITH RECURSIVE", false).await;
    assert!(took < Duration::from_secs(2), "{took:?}");

    let sql = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 1000) b";
    let mut response = server.request(Method::POST, "/v1/sql?format=csv").body(sql).send().await.unwrap();
    response.chunk().await.unwrap();
    wait_for(&server, "SELECT a.*", true).await;
    drop(response);
    let took = wait_for(&server, "SELECT a.*", false).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_can_be_ended_by_its_id_and_by_its_time() {
    let server = Server::start(&["--demo"]);
    let body = serde_json::json!({ "sql": ENDLESS, "query_id": "mine" });
    let asked = tokio::spawn(server.request(Method::POST, "/v1/sql").json(&body).send());
    wait_for(&server, "WITH RECURSIVE", true).await;
    let seen = server.request(Method::GET, "/v1/statements/mine").send().await.unwrap();
    let seen: serde_json::Value = seen.json().await.unwrap();
    assert_eq!((&seen["state"], &seen["finished"]), (&"running".into(), &serde_json::Value::Null));
    let twice = server.request(Method::POST, "/v1/sql").json(&body).send().await.unwrap();
    assert_eq!(problem(twice).await.1, "already_exists");
    let ended = server.request(Method::DELETE, "/v1/statements/mine").send().await.unwrap();
    assert_eq!(ended.status(), 200);
    let (status, code, _) = problem(asked.await.unwrap().unwrap()).await;
    assert_eq!((status, code.as_str()), (499, "cancelled"));

    let body = serde_json::json!({ "sql": ENDLESS, "timeout_ms": 300 });
    let late = server.request(Method::POST, "/v1/sql").json(&body).send().await.unwrap();
    let (status, code, document) = problem(late).await;
    assert_eq!((status, code.as_str()), (504, "timeout"));
    assert_eq!(document["limit"], "timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_sends_further_ones_away() {
    let server = Server::start(&["--demo", "--slots", "1", "--queue", "1", "--queue-wait", "500ms"]);
    let body = serde_json::json!({ "sql": ENDLESS, "query_id": "first" });
    let first = tokio::spawn(server.request(Method::POST, "/v1/sql").json(&body).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ask = || server.request(Method::POST, "/v1/sql").body("SELECT 1").send();
    let (a, b) = tokio::join!(ask(), ask());
    for response in [a.unwrap(), b.unwrap()] {
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(problem(response).await.1, "busy");
    }
    assert_eq!(server.request(Method::GET, "/readyz").send().await.unwrap().status(), 200);
    server.request(Method::DELETE, "/v1/statements/first").send().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(server.value("SELECT 1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_end_and_ends_those_that_do_not() {
    let server = Server::start(&["--demo", "--drain", "700ms"]);
    let asked = tokio::spawn(server.request(Method::POST, "/v1/sql").body(ENDLESS).send());
    wait_for(&server, "WITH RECURSIVE", true).await;
    let since = Instant::now();
    let (code, _) = server.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(
        (Duration::from_millis(600)..Duration::from_secs(8)).contains(&since.elapsed()),
        "{:?}",
        since.elapsed()
    );
    let (status, code, _) = problem(asked.await.unwrap().unwrap()).await;
    assert_eq!((status, code.as_str()), (503, "unavailable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_explode_are_refused_and_the_server_lives_on() {
    let server = Server::start(&[]);
    let laughs: String = (1..60)
        .map(|n| format!(", c{n} AS (SELECT x FROM c{0} UNION ALL SELECT x FROM c{0})", n - 1))
        .collect();
    for sql in [
        format!("SELECT {}1", "1+".repeat(20_000)),
        format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("WITH c0 AS (SELECT 1 AS x){laughs} SELECT count(*) FROM c59"),
        format!("SELECT '{}'", "x".repeat(3 << 20)),
    ] {
        let (status, code, document) =
            problem(server.request(Method::POST, "/v1/sql").body(sql).send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (422, "limit_sql"), "{document}");
        assert!(document["limit"].is_string(), "{document}");
    }
    assert_eq!(server.value("SELECT 1").await, 1);
}
