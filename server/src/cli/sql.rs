//! `pantile sql`: statements out, answers in. A person at a terminal gets the shell.

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use clap::ArgMatches;

use super::client::Server;
use super::profile::Profile;
use super::split::pieces;
use super::{Failure, shell};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let profile = Profile::of(matches)?;
    let server = Server::new(profile.url())?;
    let given = matches.contains_id("command") || matches.contains_id("file");
    if !given && std::io::stdin().is_terminal() {
        return shell::run(server, profile).await;
    }
    let text = text(matches)?;
    if pieces(&text).is_empty() {
        return Err(Failure::Usage("there is no statement to ask".to_owned()));
    }
    shell::run_text(server, profile, &text).await
}

/// The wire's name of a format; unnamed, a table for a terminal, CSV for a pipe.
pub(super) fn format(name: Option<&str>) -> &str {
    match name {
        Some("table") => "text",
        Some(format) => format,
        None if std::io::stdout().is_terminal() => "text",
        None => "csv",
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
