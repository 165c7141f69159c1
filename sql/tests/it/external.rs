//! Tables over files at a location, and files made from tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array};
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow::record_batch::RecordBatch;
use pantile_core::Code;

use crate::bench::Bench;

#[tokio::test]
async fn out_and_in_again() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, 'n' || i AS name, i * 0.5 AS x FROM generate_series(1, 250) AS s(i)").await;
    for (format, file) in [
        ("PARQUET", "a.parquet"),
        ("CSV", "a.csv"),
        ("NDJSON", "a.ndjson"),
        ("JSON", "a.json"),
        ("ARROW", "a.arrow"),
    ] {
        assert_eq!(bench.done(&format!("COPY t TO 'lake/out/{file}'")).await, Some(250), "{format}");
        bench
            .done(&format!(
                "CREATE OR REPLACE EXTERNAL TABLE e STORED AS {format} LOCATION 'lake/out/{file}'"
            ))
            .await;
        assert_eq!(
            bench.rows("SELECT count(*), sum(id), max(name), sum(x) FROM e").await,
            "250|31375|n99|15687.5",
            "{format}"
        );
    }
    assert_eq!(bench.done("COPY (SELECT id FROM t WHERE id < 3) TO 'lake/few.parquet'").await, Some(2));
    assert_eq!(bench.code("INSERT INTO e VALUES (1, 'a', 1)").await, Code::Unsupported);
    assert_eq!(bench.code("DELETE FROM e").await, Code::Unsupported);
    assert!(
        bench
            .rows("SELECT location FROM system.datasets WHERE name = 'e'")
            .await
            .contains("lake/out/a.arrow")
    );
}

/// Names in the lake, what is being written included.
fn names(bench: &Bench) -> Vec<String> {
    let entries = std::fs::read_dir(&bench.lake).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_copy_that_fails_leaves_what_was_there() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 300000) AS s(i)").await;
    let fails = "SELECT CASE WHEN id = 299999 THEN 1 / (id - id) ELSE id END AS id FROM t";
    for format in ["parquet", "csv", "ndjson", "json", "arrow", "csv.gz"] {
        let path = format!("keep.{format}");
        assert_eq!(bench.done(&format!("COPY (SELECT 1 AS id) TO 'lake/{path}'")).await, Some(1));
        let before = std::fs::read(bench.lake.join(&path)).unwrap();
        assert_eq!(
            bench.code(&format!("COPY ({fails}) TO 'lake/{path}'")).await,
            Code::InvalidValue,
            "{format}"
        );
        assert_eq!(std::fs::read(bench.lake.join(&path)).unwrap(), before, "{format}");
        assert_eq!(names(&bench), [path.as_str()], "{format}");
        std::fs::remove_file(bench.lake.join(&path)).unwrap();
        assert_eq!(
            bench.code(&format!("COPY ({fails}) TO 'lake/{path}'")).await,
            Code::InvalidValue,
            "{format}"
        );
        assert_eq!(names(&bench), [""; 0], "{format}");
    }
    let ask = bench.asking("COPY (SELECT sum(a.id * b.id) AS x FROM t a, t b) TO 'lake/slow.parquet'");
    let cancel = ask.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        cancel.cancel(pantile_core::pool::Reason::Asked);
    });
    assert_eq!(bench.answer(ask).await.unwrap_err().code(), Code::Cancelled);
    assert_eq!(names(&bench), [""; 0]);
}

#[tokio::test]
async fn a_copy_is_written_as_an_answer_is() {
    let bench = Bench::new();
    let text = |path: &str| std::fs::read_to_string(bench.lake.join(path)).unwrap();
    let rows = "COPY (SELECT * FROM (VALUES (1, [1, 2]), (2, NULL)) AS v (a, b) ORDER BY a)";
    for (target, written) in [
        ("'lake/1.csv'", "a,b\n1,\"[1,2]\"\n2,\n"),
        (
            "'lake/2.txt' STORED AS CSV OPTIONS ('header' 'false', 'delimiter' ';', 'null' 'NA')",
            "1;[1,2]\n2;NA\n",
        ),
        ("'lake/3.csv' OPTIONS ('format.has_header' 'false')", "1,\"[1,2]\"\n2,\n"),
        ("'lake/4.jsonl'", "{\"a\":1,\"b\":[1,2]}\n{\"a\":2,\"b\":null}\n"),
        ("'lake/5.x' STORED AS NDJSON", "{\"a\":1,\"b\":[1,2]}\n{\"a\":2,\"b\":null}\n"),
        ("'lake/6.json'", "[\n{\"a\":1,\"b\":[1,2]},\n{\"a\":2,\"b\":null}\n]\n"),
        ("'lake/7 ä.tsv'", "a\tb\n1\t[1,2]\n2\t\n"),
    ] {
        assert_eq!(bench.done(&format!("{rows} TO {target}")).await, Some(2), "{target}");
        assert_eq!(
            text(target.split('\'').nth(1).unwrap().strip_prefix("lake/").unwrap()),
            written,
            "{target}"
        );
    }
    bench.done("COPY (SELECT 1 AS a WHERE false) TO 'lake/none.json'").await;
    assert_eq!(text("none.json"), "[\n]\n");
    for (statement, code, said) in [
        (
            "COPY (SELECT interval '1 day' AS i) TO 'lake/i.parquet'",
            Code::Unsupported,
            "cannot hold column `i`",
        ),
        ("COPY (SELECT 1 AS a) TO 'lake/i.xyz'", Code::InvalidSql, "the end of `i.xyz`"),
        ("COPY (SELECT 1 AS a) TO 'lake/i.csv' STORED AS AVRO", Code::InvalidSql, "`STORED AS AVRO`"),
        (
            "COPY (SELECT 1 AS a) TO 'lake/i.csv' OPTIONS ('rows' '7')",
            Code::InvalidSql,
            "there is no such option",
        ),
        ("COPY (SELECT 1 AS a) TO 'lake/i/' STORED AS CSV", Code::InvalidSql, "names no file"),
        (
            "COPY (SELECT 1 AS a) TO 'lake/i' STORED AS CSV PARTITIONED BY (a)",
            Code::Unsupported,
            "PARTITIONED BY",
        ),
    ] {
        let error = bench.refusal(statement).await;
        assert_eq!(error.code(), code, "{statement}: {error}");
        assert!(error.to_string().contains(said), "{statement}: {error}");
    }
}

#[tokio::test]
async fn names_of_files_may_have_spaces_and_accents() {
    let bench = Bench::new();
    put(&bench, "sp ace é/a b#%20.csv", "a\n1\n");
    for place in ["sp ace é/a b#%20.csv", "sp ace é/", "sp ace é/*.csv"] {
        bench
            .done(&format!("CREATE OR REPLACE EXTERNAL TABLE e STORED AS CSV LOCATION 'lake/{place}'"))
            .await;
        assert_eq!(bench.rows("SELECT a FROM e").await, "1", "{place}");
    }
}

#[tokio::test]
async fn patterns_folders_and_files_that_come_later() {
    let bench = Bench::with(256 << 20, |limits| limits.files = 3);
    bench.done("COPY (SELECT 1 AS a) TO 'lake/p/y=2025/one.parquet'").await;
    bench.done("COPY (SELECT 2 AS a, 'b' AS b) TO 'lake/p/y=2026/two.parquet'").await;
    bench.done("CREATE EXTERNAL TABLE p STORED AS PARQUET PARTITIONED BY (y) LOCATION 'lake/p/'").await;
    assert_eq!(bench.rows("SELECT a, y FROM p ORDER BY a").await, "1|2025\n2|2026");
    assert_eq!(bench.rows("SELECT a FROM p WHERE y = '2026'").await, "2");
    bench.done("COPY (SELECT 3 AS a) TO 'lake/p/y=2026/three.parquet'").await;
    assert_eq!(bench.rows("SELECT count(*), sum(a) FROM p").await, "3|6");
    bench.done("CREATE EXTERNAL TABLE q STORED AS PARQUET LOCATION 'lake/p/*/t*.parquet'").await;
    assert_eq!(bench.rows("SELECT sum(a) FROM q").await, "5");
    bench
        .done("CREATE EXTERNAL TABLE r (a BIGINT, b TEXT, c INT) STORED AS PARQUET LOCATION 'lake/p/y=2026/'")
        .await;
    assert_eq!(bench.rows("SELECT a, b, c FROM r ORDER BY a").await, "2|b|-\n3|-|-");
    bench.done("COPY (SELECT 4 AS a) TO 'lake/p/y=2026/four.parquet'").await;
    let error = bench.refusal("SELECT count(*) FROM p").await;
    assert_eq!(error.limit_met().unwrap().name, "sql_files");
    assert_eq!(
        bench.code("CREATE EXTERNAL TABLE none STORED AS CSV LOCATION 'lake/none/*.csv'").await,
        Code::InvalidRequest
    );
}

/// Another order, a column that is missing or of another type, one that the table does not have.
#[tokio::test]
async fn files_are_read_by_the_names_of_their_columns() {
    for format in ["PARQUET", "NDJSON", "ARROW", "CSV"] {
        let bench = Bench::new();
        let files = ["1 AS a, 'x' AS b", "'y' AS b, 7 AS c, CAST(2 AS SMALLINT) AS a", "3 AS a", "'z' AS b"];
        for (number, columns) in files.iter().enumerate() {
            let path = format!("lake/e/{number}.{}", format.to_lowercase());
            bench.done(&format!("COPY (SELECT {columns}) TO '{path}' STORED AS {format}")).await;
        }
        bench
            .done(&format!(
                "CREATE EXTERNAL TABLE e (a BIGINT, b TEXT, d DATE) STORED AS {format} LOCATION 'lake/e/'"
            ))
            .await;
        assert_eq!(bench.rows("SELECT * FROM e ORDER BY a").await, "1|x|-\n2|y|-\n3|-|-\n-|z|-", "{format}");
        assert_eq!(bench.rows("SELECT sum(a + 1), max(b) FROM e WHERE b <> 'z'").await, "5|y", "{format}");
        assert_eq!(bench.rows("SELECT count(*), count(d) FROM e").await, "4|0", "{format}");
        bench.done(&format!("CREATE EXTERNAL TABLE f STORED AS {format} LOCATION 'lake/e/[13].*'")).await;
        // `a` has no nulls in the file that has it, and is missing from the other.
        assert_eq!(bench.rows("SELECT a, b FROM f WHERE a IS NULL").await, "-|z", "{format}");
    }
}

#[tokio::test]
async fn arrow_files_and_streams_may_lie_side_by_side() {
    let bench = Bench::new();
    let place = bench.lake.join("mixed");
    std::fs::create_dir(&place).unwrap();
    // Large enough that tasks share a file by ranges of its bytes.
    let texts: DictionaryArray<Int32Type> = ["x", "y"].into_iter().cycle().take(500_000).collect();
    let ids = Int32Array::from(vec![1; 500_000]);
    let columns: [(&str, ArrayRef); 2] = [("b", Arc::new(texts)), ("a", Arc::new(ids))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let stream = std::fs::File::create(place.join("1.arrow")).unwrap();
    let mut stream = StreamWriter::try_new(stream, &batch.schema()).unwrap();
    let file = std::fs::File::create(place.join("2.arrow")).unwrap();
    let mut file = FileWriter::try_new(file, &batch.schema()).unwrap();
    for _ in 0..4 {
        stream.write(&batch).unwrap();
        file.write(&batch).unwrap();
    }
    stream.finish().unwrap();
    file.finish().unwrap();
    let columns = batch.project(&[1]).unwrap();
    let empty = std::fs::File::create(place.join("3.arrow")).unwrap();
    FileWriter::try_new(empty, &columns.schema()).unwrap().finish().unwrap();
    bench.done("CREATE EXTERNAL TABLE m STORED AS ARROW LOCATION 'lake/mixed/'").await;
    let question = "SELECT count(*), sum(a), count(b), min(b), max(b) FROM m";
    assert_eq!(bench.rows(question).await, "4000000|4000000|4000000|x|y");
    std::fs::write(place.join("4.arrow"), "a,b\n1,2\n3,4\n").unwrap();
    assert_eq!(bench.code(question).await, Code::InvalidData);
}

#[tokio::test]
async fn links_that_lead_out_of_a_location_are_forbidden() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.csv"), "a\n1\n").unwrap();
    std::os::unix::fs::symlink(outside.path(), bench.lake.join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), bench.lake.join("link.csv")).unwrap();
    for path in ["link.csv", "out/secret.csv", "out/*.csv", "*.csv"] {
        let create = format!("CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'lake/{path}'");
        let error = bench.refusal(&create).await;
        assert_eq!(error.code(), Code::Forbidden, "{path}: {error}");
        assert!(error.to_string().contains("symbolic link"), "{error}");
        bench.done(&create.replace("e STORED", "e (a INT) STORED")).await;
        assert_eq!(bench.code("SELECT * FROM e").await, Code::Forbidden, "{path}");
        bench.done("DROP TABLE e").await;
    }
    for format in ["csv", "parquet", "arrow"] {
        let copy = format!("COPY (SELECT 1 AS a) TO 'lake/out/new.{format}'");
        assert_eq!(bench.code(&copy).await, Code::Forbidden, "{format}");
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}

/// A file of the lake, with its folders.
fn put(bench: &Bench, path: &str, bytes: impl AsRef<[u8]>) {
    let path = bench.lake.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn headers_of_csv_files_are_read_as_they_are_written() {
    let bench = Bench::new();
    // A mark of the byte order, quotes, a comma and a break in a name, ends of lines of either kind.
    put(&bench, "h/1.csv", "\u{feff}a,\"b, \"\"c\"\"\"\r\n1,x\r\n");
    put(&bench, "h/2.csv", "\"b, \"\"c\"\"\",\"line\nbreak\",a\n\"y,\ny\",7,2\n");
    put(&bench, "h/3.csv", "a,more\n3,ä\n");
    put(&bench, "h/4.csv", "a\n");
    put(&bench, "h/5.csv", "\n\na\n4");
    put(&bench, "h/6.csv", "\n");
    let columns = "(a BIGINT, \"b, \"\"c\"\"\" TEXT) STORED AS CSV";
    bench.done(&format!("CREATE EXTERNAL TABLE h {columns} LOCATION 'lake/h/'")).await;
    assert_eq!(bench.rows("SELECT * FROM h ORDER BY a").await, "1|x\n2|y,\ny\n3|-\n4|-");
    assert_eq!(bench.rows("SELECT count(*), sum(a) FROM h").await, "4|10");
    put(&bench, "empty.csv", "");
    bench.done(&format!("CREATE EXTERNAL TABLE n {columns} LOCATION 'lake/empty.csv'")).await;
    assert_eq!(bench.rows("SELECT count(a) FROM n").await, "0");
}

#[tokio::test]
async fn a_csv_file_says_a_name_once() {
    let bench = Bench::new();
    put(&bench, "twice.csv", "a,b,a\n1,2,3\n");
    let error = bench.refusal("CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'lake/twice.csv'").await;
    assert_eq!(error.code(), Code::InvalidData);
    assert!(error.to_string().contains("the header of `twice.csv` has two columns named `a`"), "{error}");
    bench.done("CREATE EXTERNAL TABLE e (a INT, b INT) STORED AS CSV LOCATION 'lake/twice.csv'").await;
    assert_eq!(bench.rows("SELECT b FROM e").await, "2");
    let error = bench.refusal("SELECT a FROM e").await;
    assert_eq!(error.code(), Code::InvalidData);
    assert!(error.to_string().contains("the header of `twice.csv` has two columns named `a`"), "{error}");
    put(&bench, "twice.csv", format!("\"a,b\n{}", "1,2\n".repeat(500_000)));
    let error = bench.refusal("SELECT a FROM e").await;
    assert_eq!(error.code(), Code::InvalidData);
    assert!(error.to_string().contains("quote"), "{error}");
}

#[tokio::test]
async fn columns_of_csv_files_are_those_of_all_files() {
    let bench = Bench::new();
    put(&bench, "u/1.csv", "a,n,t,none\n".to_owned() + &"1,1,1,\n".repeat(3000));
    put(&bench, "u/2.csv", "t,b,n\nx,2026-01-02,1.5\n");
    put(&bench, "u/3.csv", "new\n");
    bench.done("CREATE EXTERNAL TABLE u STORED AS CSV LOCATION 'lake/u/'").await;
    assert_eq!(
        bench.rows("SELECT count(a), sum(n), max(t), min(b), count(\"none\"), count(new) FROM u").await,
        "3000|3001.5|x|2026-01-02|0|0"
    );
    put(&bench, "u/4.csv", "none,new\nx,y\n");
    assert_eq!(bench.rows("SELECT max(\"none\"), max(new) FROM u").await, "x|y");
}

#[tokio::test]
async fn large_csv_files_are_shared_by_tasks() {
    let bench = Bench::new();
    let rows: String = (0..600_000).map(|row| format!("row number {row},{row},\n")).collect();
    put(&bench, "large.csv", format!("b,a,c\n{rows}"));
    bench.done("CREATE EXTERNAL TABLE e (a BIGINT, b TEXT) STORED AS CSV LOCATION 'lake/large.csv'").await;
    assert!(bench.rows("EXPLAIN SELECT sum(a) FROM e").await.contains("2 groups"));
    assert_eq!(
        bench.rows("SELECT count(*), sum(a), max(b) FROM e").await,
        "600000|179999700000|row number 99999"
    );
}

#[tokio::test]
async fn options_of_csv_files() {
    let bench = Bench::new();
    put(&bench, "o/1.csv", "a;'b;c'\n1;'it\\'s'\nNA;NA\n;x\n");
    put(&bench, "o/2.csv", "'b;c';a\ny;2\n");
    let options = "OPTIONS ('delimiter' ';', 'quote' '''', 'escape' '\\', 'null' 'NA')";
    bench.done(&format!("CREATE EXTERNAL TABLE o STORED AS CSV LOCATION 'lake/o/' {options}")).await;
    assert_eq!(bench.rows("SELECT sum(a), count(a), count(*) FROM o").await, "3|2|4");
    assert_eq!(bench.rows("SELECT * FROM o ORDER BY a, 2").await, "1|it's\n2|y\n-|x\n-|-");
    put(&bench, "p/1.csv", "1,x\n2,NA\n");
    put(&bench, "p/2.csv", "3,y\n");
    let options = "OPTIONS ('header' 'false', 'null' 'NA')";
    bench.done(&format!("CREATE EXTERNAL TABLE p STORED AS CSV LOCATION 'lake/p/' {options}")).await;
    assert_eq!(bench.rows("SELECT * FROM p ORDER BY 1").await, "1|x\n2|-\n3|y");
    put(&bench, "p/3.csv", "3,y,z\n");
    let error = bench.refusal("SELECT * FROM p").await;
    assert!(error.to_string().contains("incorrect number of fields"), "{error}");
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused() {
    let bench = Bench::new();
    put(&bench, "a.csv", "a\tb\n1\tx\n");
    let create = "CREATE EXTERNAL TABLE e (a INT, b TEXT) STORED AS CSV LOCATION 'lake/a.csv'";
    for (option, value, rule) in [
        ("delimiter", ";;", "one ASCII character"),
        ("quote", "\u{e4}", "one ASCII character"),
        ("quote", "none", "read with quotes"),
        ("header", "maybe", "true or false"),
        ("newlines", "some", "true or false"),
        ("compression", "rar", "compression type RAR"),
        ("schema", "a:int64", "is not an option"),
    ] {
        let error = bench.refusal(&format!("{create} OPTIONS ('{option}' '{value}')")).await;
        assert!(matches!(error.code(), Code::InvalidSql | Code::Unsupported), "{option} {value}: {error:?}");
        assert!(error.to_string().contains(rule), "{option} {value}: {error}");
    }
    bench.done(&format!("{create} OPTIONS ('delimiter' 'tab', 'header' 'yes')")).await;
    assert_eq!(bench.rows("SELECT * FROM e").await, "1|x");
}

#[tokio::test]
async fn packed_csv_files_are_read_by_name() {
    let bench = Bench::new();
    bench.done("COPY (SELECT 1 AS a, 'x' AS b) TO 'lake/z/1.csv.gz' STORED AS CSV OPTIONS ('format.compression' 'gzip')").await;
    bench.done("COPY (SELECT 'y' AS b, 2 AS a) TO 'lake/z/2.csv.gz' STORED AS CSV OPTIONS ('format.compression' 'gzip')").await;
    bench
        .done(
            "CREATE EXTERNAL TABLE z STORED AS CSV LOCATION 'lake/z/*.csv.gz' OPTIONS ('compression' 'gzip')",
        )
        .await;
    assert_eq!(bench.rows("SELECT a, b FROM z ORDER BY a").await, "1|x\n2|y");
}

#[tokio::test]
async fn types_that_differ_are_widened_or_named() {
    let bench = Bench::new();
    for (folder, one, other, rows) in [
        ("i", "1::bigint AS a", "2::int AS a", "1\n2"),
        ("f", "1.5::double AS a", "2.5::float AS a", "1.5\n2.5"),
        ("m", "1::int AS a", "2.5::double AS a", "1.0\n2.5"),
        ("s", "arrow_cast('x', 'LargeUtf8') AS a", "'y' AS a, 1 AS b", "x\ny"),
    ] {
        bench.done(&format!("COPY (SELECT {one}) TO 'lake/{folder}/1.parquet'")).await;
        bench.done(&format!("COPY (SELECT {other}) TO 'lake/{folder}/2.parquet'")).await;
        bench
            .done(&format!("CREATE EXTERNAL TABLE {folder} STORED AS PARQUET LOCATION 'lake/{folder}/'"))
            .await;
        assert_eq!(bench.rows(&format!("SELECT a FROM {folder} ORDER BY a")).await, rows, "{folder}");
    }
    bench.done("COPY (SELECT 'x' AS a) TO 'lake/i/3.parquet'").await;
    let refused = bench.refusal("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION 'lake/i/'").await;
    assert_eq!(refused.code(), Code::SchemaMismatch);
    assert!(refused.to_string().starts_with("column `a` is Int64 in `i/1.parquet` and Utf8"), "{refused}");
    assert!(refused.to_string().ends_with("in `i/3.parquet`"), "{refused}");
    put(&bench, "j/1.ndjson", "{\"a\":1}\n");
    put(&bench, "j/2.ndjson", "{\"a\":2.5,\"b\":\"x\"}\n");
    bench.done("CREATE EXTERNAL TABLE j STORED AS NDJSON LOCATION 'lake/j/'").await;
    assert_eq!(bench.rows("SELECT a, b FROM j ORDER BY a").await, "1.0|-\n2.5|x");
    put(&bench, "bad/1.parquet", b"PAR1 this is none\x08\0\0\0PAR1");
    let refused = bench.refusal("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION 'lake/bad/'").await;
    assert_eq!(refused.to_string(), "the file `bad/1.parquet` is damaged, or of another format");
    bench.done("CREATE EXTERNAL TABLE x (a INT) STORED AS PARQUET LOCATION 'lake/bad/'").await;
    let refused = bench.refusal("SELECT a FROM x").await;
    assert_eq!(refused.to_string(), "the file `bad/1.parquet` is damaged, or of another format");
}
