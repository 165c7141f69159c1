//! `pantile expr`: a program of expressions out, its frame in.

use clap::ArgMatches;
use serde_json::{Map, Value};

use super::client::{Question, Server};
use super::profile::Profile;
use super::sql::{output, text};
use super::{Failure, shell};

pub(super) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let profile = Profile::of(matches)?;
    let server = Server::new(profile.url())?;
    let values = values(matches)?;
    let text = text(matches)?.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| {
        Failure::Usage("there is no program to ask\n  hint: -c TEXT, a file, or standard input".to_owned())
    })?;
    let engine = matches.get_one::<String>("engine").map(String::as_str);
    let question = Question::Program { text: &text, values: &values, engine };
    shell::run_one(server, profile, output(matches), &question).await
}

/// Values by their names: JSON, else texts as they stand.
fn values(matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let given = matches.get_many::<String>("value").unwrap_or_default();
    given
        .map(|given| match given.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                Ok((name.to_owned(), value))
            }
            _ => Err(Failure::Usage(format!("`--value {given}` is not a name, `=` and a value"))),
        })
        .collect()
}
