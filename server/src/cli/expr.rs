//! `pantile expr`: a program of expressions out, its frame in.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Map, Value};

use super::client::{Question, Server};
use super::profile::Profile;
use super::sql::{output, text};
use super::{Failure, shell};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let profile = Profile::of(matches)?;
    let server = Server::new(profile.url())?;
    let (values, frames) = beside(matches)?;
    let text = text(matches)?.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| {
        Failure::Usage("there is no program to ask\n  hint: -c TEXT, a file, or standard input".to_owned())
    })?;
    let engine = matches.get_one::<String>("engine").map(String::as_str);
    let question = Question::Program { text: &text, values: &values, frames: &frames, engine };
    shell::run_one(server, profile, output(matches), &question).await
}

/// Files by the names of the frames that they hold.
type Files = Vec<(String, PathBuf)>;

/// Values by their names: JSON, else texts as they stand; and, behind an `@`, files that hold frames.
fn beside(matches: &ArgMatches) -> Result<(Map<String, Value>, Files), Failure> {
    let (mut values, mut frames) = (Map::new(), Vec::new());
    for given in matches.get_many::<String>("value").unwrap_or_default() {
        let wrong = || Failure::Usage(format!("`--value {given}` is not a name, `=` and a value"));
        let (name, value) = given.split_once('=').filter(|(name, _)| is_name(name)).ok_or_else(wrong)?;
        if values.contains_key(name) || frames.iter().any(|(known, _)| known == name) {
            return Err(Failure::Usage(format!("`--value {name}=…` is given twice")));
        }
        match value.strip_prefix('@') {
            Some(path) => frames.push((name.to_owned(), PathBuf::from(path))),
            None => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                values.insert(name.to_owned(), value);
            }
        }
    }
    Ok((values, frames))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}
