//! Bodies that a file of cases cannot hold: large, binary, broken, compressed.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use pantile_core::format::{Ending, WriteOptions, by_name};
use reqwest::Method;

use crate::server::{Server, problem};

fn file(format: &str, rows: i64) -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
    let batch =
        RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from_iter_values(0..rows))]).unwrap();
    let mut encoder = by_name(format).unwrap().encoder(schema, &WriteOptions::default()).unwrap();
    let mut bytes = encoder.start().unwrap();
    bytes.extend(encoder.batch(&batch).unwrap());
    let ending = Ending { rows: rows.cast_unsigned(), truncated: false };
    bytes.extend(encoder.finish(ending).unwrap());
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn every_format_is_known_by_its_first_bytes_packed_or_not() {
    let server = Server::start(&[]);
    for format in ["parquet", "arrow", "arrow-file", "csv", "ndjson"] {
        let plain = file(format, 1000);
        let zstd = zstd::encode_all(&plain[..], 3).unwrap();
        for body in [plain.clone(), gzip(&plain), zstd] {
            let response = server.put("t", body).await;
            assert!(response.status().is_success(), "{format}: {}", response.text().await.unwrap());
            assert_eq!(server.value("SELECT sum(a) FROM t").await, 499_500, "{format}");
        }
    }
}

#[tokio::test]
async fn a_format_that_is_named_is_not_guessed() {
    let server = Server::start(&[]);
    let typed =
        server.request(Method::PUT, "/v1/tables/t").header("content-type", "text/csv").body("{a\n1\n");
    assert_eq!(typed.send().await.unwrap().status(), 201);
    let asked = server.request(Method::PUT, "/v1/tables/u?format=csv&delimiter=;").body("a;b\n1;2\n");
    assert_eq!(asked.send().await.unwrap().status(), 201);
    assert_eq!(server.value("SELECT b FROM u").await, 2);
    let (status, code, _) = problem(server.put("v", vec![0_u8, 159, 146, 150, 7]).await).await;
    assert_eq!((status, code.as_str()), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn damaged_files_are_refused_and_leave_nothing() {
    let server = Server::start(&[]);
    for format in ["parquet", "arrow", "arrow-file"] {
        let whole = file(format, 10_000);
        let cut = &whole[..whole.len() / 2];
        let (status, code, document) = problem(server.put("t", cut.to_vec()).await).await;
        assert_eq!((status, code.as_str()), (400, "invalid_data"), "{format}: {document}");
    }
    let packed = gzip(&file("csv", 1000));
    let (status, code, _) = problem(server.put("t", packed[..packed.len() - 10].to_vec()).await).await;
    assert_eq!((status, code.as_str()), (400, "invalid_data"));
    let packed = zstd::encode_all(&file("csv", 1000)[..], 3).unwrap();
    let (status, code, _) = problem(server.put("t", packed[..packed.len() - 10].to_vec()).await).await;
    assert_eq!((status, code.as_str()), (400, "invalid_data"));
    assert_eq!(server.ask("SELECT * FROM t").await["code"], "unknown_dataset");
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_fills_the_disk() {
    let server = Server::start(&["--upload-ratio", "100"]);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(b"a\n").unwrap();
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..200 {
        bomb.write_all(&zeros).unwrap();
    }
    let (status, code, document) = problem(server.put("t", bomb.finish().unwrap()).await).await;
    assert_eq!((status, code.as_str()), (413, "too_large"), "{document}");
    assert_eq!(document["limit"], "upload_ratio");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
    let server = Server::start(&["--upload-bytes", "1KiB"]);
    let body = vec![b'1'; 4096];
    let pieces = futures::stream::iter([Ok::<_, std::io::Error>(body.clone())]);
    for body in [reqwest::Body::from(body), reqwest::Body::wrap_stream(pieces)] {
        let (status, code, document) = problem(server.put("t", body).await).await;
        assert_eq!((status, code.as_str()), (413, "too_large"));
        assert_eq!(document["limit"], "upload_bytes");
    }
}

#[tokio::test]
async fn a_statement_may_come_packed_and_is_bounded() {
    let server = Server::start(&["--sql-bytes", "1KiB"]);
    let ask = |coding: &'static str, body: Vec<u8>| {
        server
            .request(Method::POST, "/v1/sql?format=csv")
            .header("content-encoding", coding)
            .body(body)
            .send()
    };
    let sql = b"SELECT 41 + 1 AS n";
    for (coding, body) in [("gzip", gzip(sql)), ("zstd", zstd::encode_all(&sql[..], 3).unwrap())] {
        assert_eq!(ask(coding, body.clone()).await.unwrap().text().await.unwrap(), "n\n42\n", "{coding}");
        let (status, code, _) = problem(ask(coding, body[..body.len() - 6].to_vec()).await.unwrap()).await;
        assert_eq!((status, code.as_str()), (400, "invalid_data"), "{coding}");
    }
    let (status, code, document) = problem(ask("gzip", gzip(&[b' '; 1 << 20])).await.unwrap()).await;
    assert_eq!((status, code.as_str()), (413, "too_large"));
    assert_eq!(document["limit"], "sql_bytes");
    assert_eq!(problem(ask("br", sql.to_vec()).await.unwrap()).await.0, 415);
}

#[tokio::test]
async fn of_two_that_make_one_table_one_makes_it() {
    let server = Server::start(&[]);
    let make =
        || server.request(Method::PUT, "/v1/tables/t").header("if-none-match", "*").body("a\n1\n").send();
    let made = futures::future::join_all((0..8).map(|_| make())).await;
    let mut made: Vec<u16> = made.into_iter().map(|response| response.unwrap().status().as_u16()).collect();
    made.sort_unstable();
    assert_eq!(made, [201, 412, 412, 412, 412, 412, 412, 412]);
}

#[tokio::test]
async fn a_snapshot_once_acknowledged_is_there_after_a_kill() {
    let server = Server::start(&[]);
    assert_eq!(server.put("t", file("parquet", 5000)).await.status(), 201);
    assert_eq!(server.append("t", file("arrow", 7)).await.status(), 200);
    let (_, folder) = server.stop("-KILL");
    let server = Server::on(folder, &[]);
    assert_eq!(server.value("SELECT count(*) FROM t").await, 5007);
}

#[tokio::test]
async fn small_appends_are_put_together_beside_readers() {
    let server = Server::start(&["--tidy-every", "200ms", "--compact-partitions", "4"]);
    server.put("t", "a\n0\n").await;
    for number in 1..10 {
        server.append("t", format!("a\n{number}\n")).await;
    }
    for _ in 0..50 {
        if server.value("SELECT count(*) FROM system.partitions WHERE \"table\" = 't'").await.as_i64()
            < Some(4)
        {
            assert_eq!(server.value("SELECT sum(a) FROM t").await, 45);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nothing was put together: {}", server.ask("SELECT * FROM system.partitions").await);
}

#[tokio::test]
async fn the_demonstration_is_loaded_once() {
    let server = Server::start(&["--demo"]);
    assert_eq!(server.value("SELECT count(*) FROM flights").await, 336_776);
    server.ask("DROP TABLE weather").await;
    let snapshot = server.value("SELECT max(id) FROM system.snapshots").await.as_i64().unwrap();
    let (_, folder) = server.stop("-TERM");
    let server = Server::on(folder, &["--demo"]);
    assert_eq!(server.value("SELECT max(id) FROM system.snapshots").await, snapshot + 1);
}
