//! The command line, through the real binary.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::server::{Server, pantile};

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn sql(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    said(&pantile().args(["sql", "--url", &server.url]).args(arguments).output().unwrap())
}

#[tokio::test]
async fn sql_prints_csv_into_a_pipe_and_whatever_it_is_asked_for() {
    let server = Server::start(&[]);
    let (code, out, _) = sql(&server, &["-c", "SELECT 1 AS a; SELECT 'x;y' AS b"]);
    assert_eq!((code, out.as_str()), (Some(0), "a\n1\nb\nx;y\n"));
    let (_, out, _) = sql(&server, &["-c", "SELECT 1 AS a", "--format", "table"]);
    assert!(out.contains("(1 row)"), "{out}");
    let mut asked = pantile()
        .args(["sql", "--url", &server.url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    asked.stdin.take().unwrap().write_all(b"SELECT 2 AS a").unwrap();
    assert_eq!(said(&asked.wait_with_output().unwrap()).1, "a\n2\n");
}

#[tokio::test]
async fn sql_says_where_and_what_and_ends_with_1() {
    let server = Server::start(&["--demo"]);
    let (code, out, err) = sql(&server, &["-c", "SELECT *\nFROM fligths"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("line 2") && err.contains("`flights`") && err.contains("unknown_dataset"), "{err}");
}

#[tokio::test]
async fn a_set_holds_for_the_next_statement() {
    let server = Server::start(&[]);
    let (code, out, err) = sql(&server, &["-c", "SET row_limit = 1; SELECT * FROM (VALUES (1), (2)) t(a)"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.ends_with("a\n1\n"), "{out}");
}

#[tokio::test]
async fn load_makes_one_commit_of_several_files() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a-1.csv", "k,v\n1,x\n2,y\n"), ("a-2.csv", "k,v\n3,z\n")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let pattern = folder.path().join("a-*.csv");
    let load = |more: &[&str]| {
        let mut command = pantile();
        command.args(["load", "--url", &server.url, "--table", "t u"]).arg(&pattern).args(more);
        said(&command.output().unwrap())
    };
    let (code, out, err) = load(&[]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(server.value("SELECT count(*) FROM \"t u\"").await, 3);
    assert_eq!(server.value("SELECT count(*) FROM system.snapshots WHERE changes LIKE '%t u%'").await, 1);
    let (code, _, err) = load(&["--append"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(server.value("SELECT count(*) FROM \"t u\"").await, 6);
}

#[tokio::test]
async fn load_of_a_bad_file_names_it_and_leaves_nothing() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.csv"), "k\n1\n").unwrap();
    std::fs::write(folder.path().join("zbad.csv"), "k\n1,2\n").unwrap();
    let output = pantile()
        .args(["load", "--url", &server.url, "--table", "t"])
        .args([folder.path().join("good.csv"), folder.path().join("zbad.csv")])
        .output()
        .unwrap();
    let (code, _, err) = said(&output);
    assert_eq!(code, Some(1));
    assert!(err.contains("zbad.csv") && err.contains("line 2"), "{err}");
    assert_eq!(server.ask("SELECT * FROM t").await["code"], "unknown_dataset");
}

#[test]
fn exit_code_2_for_what_is_not_understood() {
    for arguments in [
        &["serve", "--lisen", "x"][..],
        &["serve", "--memory", "lots"],
        &["nonsense"],
        &["sql", "-c", ""],
        &["serve", "--listen", "0.0.0.0:0"],
    ] {
        let (code, out, err) = said(&pantile().args(arguments).output().unwrap());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?} {err}");
        assert!(!err.is_empty());
    }
    let output = pantile().args(["config"]).env("PANTILE_SLOT", "3").output().unwrap();
    let (code, _, err) = said(&output);
    assert!(code == Some(2) && err.contains("did you mean `slots`"), "{err}");
}

#[test]
fn config_says_where_each_value_was_set_and_keeps_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.toml");
    let text =
        "slots = 3\n[locations.lake]\nurl = 's3://b/p'\noptions = { aws_secret_access_key = 'hunter2' }\n";
    std::fs::write(&file, text).unwrap();
    let output = pantile()
        .args(["config", "--queue", "7", "--config"])
        .arg(&file)
        .env("PANTILE_TIMEOUT", "9s")
        .output();
    let (code, out, err) = said(&output.unwrap());
    assert_eq!(code, Some(0), "{err}");
    for line in [
        "slots = \"3\"  # the settings file",
        "queue = \"7\"  # the command line",
        "timeout = \"9s\"  # the environment",
        "[locations.lake]",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(!out.contains("hunter2"));
}

#[tokio::test]
async fn a_taken_port_and_a_taken_folder_are_told() {
    let server = Server::start(&[]);
    let other = tempfile::tempdir().unwrap();
    let output =
        pantile().args(["serve", "--listen", server.address(), "--data-dir"]).arg(other.path()).output();
    let (code, out, err) = said(&output.unwrap());
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("another process listens there"), "{err}");
    let data = server.folder.path().join("data");
    let output = pantile().args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data).output();
    let (code, _, err) = said(&output.unwrap());
    assert_eq!(code, Some(1));
    assert!(err.contains("is in use by process"), "{err}");
}

#[tokio::test]
async fn scrub_and_gc_after_a_stop() {
    let server = Server::start(&[]);
    server.put("t", "a\n1\n").await;
    server.put("t", "a\n2\n").await;
    let (code, folder) = server.stop("-TERM");
    assert_eq!(code, Some(0));
    let data = folder.path().join("data");
    let run =
        |arguments: &[&str]| said(&pantile().args(arguments).arg("--data-dir").arg(&data).output().unwrap());
    let (code, out, err) = run(&["scrub"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("2 files") && out.contains("0 faults"), "{out}");
    let (code, out, _) = run(&["gc", "--horizon", "0s"]);
    assert!(code == Some(0) && out.contains("1 files deleted"), "{out}");
    let file = walk(&data.join("data")).pop().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (code, out, _) = run(&["scrub"]);
    assert!(code == Some(1) && out.contains("not those that were written"), "{out}");
}

#[test]
fn scrub_and_gc_of_no_data_folder_fail_and_make_none() {
    let folder = tempfile::tempdir().unwrap();
    for data in [folder.path().join("nowhere"), folder.path().to_owned()] {
        for command in ["scrub", "gc"] {
            let output = pantile().arg(command).arg("--data-dir").arg(&data).output().unwrap();
            let (code, out, err) = said(&output);
            assert_eq!((code, out.as_str()), (Some(1), ""), "{command}");
            assert!(err.contains("is no data folder"), "{err}");
        }
    }
    assert!(walk(folder.path()).is_empty() && !folder.path().join("nowhere").exists());
}

#[tokio::test]
async fn an_error_in_a_file_of_statements_is_found_again() {
    let server = Server::start(&[]);
    let file = server.folder.path().join("q.sql");
    std::fs::write(&file, "SELECT 1;\n\n-- so\nSELECT 2 AS b,\n  nothing;\n").unwrap();
    let (code, _, err) = sql(&server, &["-f", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("at line 3, column 3\n") && err.contains("the statement that begins on line 3"),
        "{err}"
    );
    let (_, _, err) = sql(&server, &["-c", "SELECT nothing"]);
    assert!(err.contains("at line 1, column 8") && !err.contains("begins on"), "{err}");
}

#[tokio::test]
async fn files_of_different_columns_are_refused_by_name() {
    let server = Server::start(&[]);
    let file = |name: &str, text: &str| {
        let path = server.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let load = |files: &[&str]| {
        said(&pantile().args(["load", "--url", &server.url, "--table", "t"]).args(files).output().unwrap())
    };
    let first = file("first.csv", "a,b\n1,x\n");
    for (text, expected) in [
        ("a,b\n1.5,y\n", "column `a` is float64 here and int64 in"),
        ("a,b\nx,y\n", "--option schema=a:utf8"),
        ("b,a\ny,2\n", "its columns are in another order"),
        ("a,c\n2,y\n", "has no column `c`"),
        ("a\n2\n", "it has no column `b`"),
    ] {
        let second = file("second.csv", text);
        let (code, _, err) = load(&[&first, &second]);
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains("second.csv: ") && err.contains("first.csv") && err.contains(expected), "{err}");
    }
    assert_eq!(server.ask("SELECT * FROM t").await["code"], "unknown_dataset");
    let second = file("second.csv", "a,b\n1.5,y\n");
    let (code, _, err) = load(&[&first, &second, "--option", "schema=a:float64"]);
    assert_eq!(code, Some(0), "{err}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}
