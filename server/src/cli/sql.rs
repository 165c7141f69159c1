//! `pantile sql`: statements out, answers in. A person at a terminal gets the shell.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::client::Server;
use super::profile::Profile;
use super::split::pieces;
use super::{Failure, shell};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let profile = Profile::of(matches)?;
    let server = Server::new(profile.url())?;
    let Some(text) = text(matches)? else { return shell::run(server, profile, output(matches)).await };
    if pieces(&text).is_empty() {
        return Err(Failure::Usage("there is no statement to ask".to_owned()));
    }
    shell::run_text(server, profile, output(matches), &text).await
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

/// The file that answers go to, where one is named.
pub(super) fn output(matches: &ArgMatches) -> Option<&Path> {
    matches.get_one::<PathBuf>("output").map(PathBuf::as_path)
}

/// What is to be asked, from the command line, a file or standard input; nothing where that is a terminal.
pub(super) fn text(matches: &ArgMatches) -> Result<Option<String>, Failure> {
    if let Some(text) = matches.get_one::<String>("command") {
        return Ok(Some(text.clone()));
    }
    let named =
        ["file", "path"].into_iter().find_map(|name| matches.try_get_one::<PathBuf>(name).ok().flatten());
    if let Some(path) = named {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Failed(format!("failed to read {}: {error}", path.display())))?;
        return Ok(Some(text));
    }
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::Failed(format!("failed to read standard input: {error}")))?;
    Ok(Some(text))
}
