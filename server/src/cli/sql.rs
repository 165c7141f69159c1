//! `pantile sql`: statements out, answers in.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::ArgMatches;
use futures::StreamExt;
use serde_json::json;
use uuid::Uuid;

use super::client::{address, client, fine};
use super::split::statements;
use super::{Failure, whole};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let url = matches.get_one::<String>("url").map(String::as_str).unwrap_or_default();
    let text = text(matches)?;
    let format = match matches.get_one::<String>("format").map(String::as_str) {
        Some("table") => "text",
        Some(format) => format,
        None if std::io::stdout().is_terminal() => "text",
        None => "csv",
    };
    let statements = statements(&text);
    if statements.is_empty() {
        return Err(Failure::Usage("there is no statement to ask".to_owned()));
    }
    let client = client()?;
    let mut address = address(url, &["v1", "sql"])?;
    address.query_pairs_mut().append_pair("format", format);
    // One session for all of them, so that a SET holds for those that follow.
    let session = Uuid::now_v7().to_string();
    for statement in statements {
        let statement = statement.trim_start();
        let body = json!({ "sql": statement, "session": session }).to_string();
        let request = client.post(address.clone()).header("content-type", "application/json").body(body);
        let response = fine(request.send().await, url).await.map_err(|it| placed(it, &text, statement))?;
        print(response).await?;
    }
    Ok(())
}

/// The failure of one of several statements, with where that one begins: places in it are counted from there.
fn placed(failure: Failure, text: &str, statement: &str) -> Failure {
    // It is a piece of the text.
    let before = (statement.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let lines = text.get(..before).map_or(0, |before| before.matches('\n').count());
    match failure {
        Failure::Failed(said) if lines > 0 => Failure::Failed(format!(
            "{said}\n  in the statement that begins on line {}",
            lines.saturating_add(1)
        )),
        other => other,
    }
}

fn text(matches: &ArgMatches) -> Result<String, Failure> {
    if let Some(text) = matches.get_one::<String>("command") {
        return Ok(text.clone());
    }
    if let Some(path) = matches.get_one::<PathBuf>("file") {
        return std::fs::read_to_string(path)
            .map_err(|error| Failure::Failed(format!("failed to read {}: {error}", path.display())));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::Failed(format!("failed to read standard input: {error}")))?;
    Ok(text)
}

/// Prints the answer as it comes. One that breaks off is a failure, whatever has been printed.
async fn print(response: reqwest::Response) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|error| Failure::Failed(format!("the answer broke off: {}", whole(&error))))?;
        match out.write_all(&piece) {
            Ok(()) => {}
            // `pantile sql … | head` has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::of(&error)),
        }
    }
    out.flush().map_err(|error| Failure::of(&error))
}
