//! What the compiler does not hold: which room may name which, and that everything listed has its page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pantile_core::{Code, format};

/// Rooms, and the words their lines of code may not hold, with the reason.
const ABSENT: &[(&str, &[&str], &str)] = &[
    (
        "core/src",
        &["datafusion", "axum", "tonic", "hyper::", "serde::", "pantile_sql", "pantile_server"],
        "core knows no engine of SQL and no wire",
    ),
    (
        "core/src/format",
        &["File::open", "File::create", "OpenOptions", "fs::read", "fs::write", "object_store"],
        "formats turn bytes into batches and open nothing",
    ),
    ("core/src/frame", &["File::", "OpenOptions", "std::fs"], "only the store opens files"),
    ("core/src/catalog", &["File::", "OpenOptions", "std::fs"], "only the store opens files"),
    (
        "sql/src",
        &["axum", "tonic", "hyper::", "pantile_server", "std::fs"],
        "SQL knows no wire and opens no file",
    ),
    (
        "server/src/desk",
        &["axum", "tonic", "crate::http", "crate::flight", "datafusion"],
        "the desk serves every door alike",
    ),
    (
        "server/src/http",
        &["crate::flight", "tonic", "datafusion"],
        "HTTP and Flight differ only at their ends",
    ),
    (
        "server/src/flight",
        &["crate::http", "axum", "datafusion"],
        "HTTP and Flight differ only at their ends",
    ),
    ("server/src", &["datafusion"], "all of DataFusion is in sql"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// The file's lines of code, comments and everything from its unit tests on left out.
fn code_of(path: &Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or("").to_owned());
    code.enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(at, line)| (at + 1, line))
        .collect()
}

#[test]
fn rooms_name_only_what_they_may() {
    let mut broken = Vec::new();
    for (room, absent, why) in ABSENT {
        for path in sources(&root().join(room)) {
            for (number, line) in code_of(&path) {
                if let Some(word) = absent.iter().find(|word| line.contains(*word)) {
                    broken.push(format!("{}:{number} names `{word}`: {why}", path.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let pages = std::fs::read_dir(root().join("docs/errors")).unwrap();
    let pages: BTreeSet<String> = pages
        .map(|page| page.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(pages, codes);
}

#[test]
fn every_format_has_its_page() {
    for format in format::FORMATS {
        let name = format.name().replace('-', "_");
        let near = [format!("{name}.md"), format!("{name}/{name}.md"), format!("{name}/mod.md")];
        let folder = root().join("core/src/format");
        assert!(near.iter().any(|page| folder.join(page).exists()), "{name} has no page beside it");
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    for room in ["core/src", "sql/src", "server/src"] {
        for path in sources(&root().join(room)) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} has no door comment", path.display());
        }
    }
}
