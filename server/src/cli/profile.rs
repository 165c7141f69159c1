//! What a person keeps of servers they ask: profiles in `~/.config/pantile/config.toml`, chosen by name.
//!
//! ```toml
//! [profile.work]
//! url = "http://pantile.example:8815"
//! format = "vertical"
//! ```
//! The nearer word counts: a flag before a variable, a variable before the file.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;
use pantile_core::{did_you_mean, nearest};
use serde::Deserialize;

use super::Failure;
use super::args::check_format;

/// The server that is asked where nobody names one.
pub(super) const URL: &str = "http://127.0.0.1:8815";
/// The profile that counts where none is named.
const DEFAULT: &str = "default";

/// How a server is reached, and how its answers are shown.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    url: Option<String>,
    /// How answers are printed.
    pub(super) format: Option<String>,
    /// Whether the shell tells how long each answer took.
    #[serde(default)]
    pub(super) timing: bool,
    /// Whether the shell pages what is larger than the screen.
    #[serde(default)]
    pub(super) pager: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

impl Profile {
    /// What flags, variables and the file say together.
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, Failure> {
        let named = matches.get_one::<String>("profile");
        let mut profile = chosen(named.map(String::as_str))?;
        let said = matches.get_one::<String>("url").cloned();
        let nearer = match matches.value_source("url") {
            Some(ValueSource::CommandLine) => true,
            // A profile that is named by a flag is nearer than a variable.
            _ => matches.value_source("profile") != Some(ValueSource::CommandLine) || profile.url.is_none(),
        };
        if nearer && said.is_some() {
            profile.url = said;
        }
        if let Some(format) = matches.try_get_one::<String>("format").ok().flatten() {
            profile.format = Some(format.clone());
        }
        Ok(profile)
    }

    /// The profile of that name.
    pub(super) fn named(name: &str) -> Result<Self, Failure> {
        chosen(Some(name))
    }

    /// The server's address.
    pub(super) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(URL)
    }
}

/// The profile of that name, which must be there; without a name, the one called `default`, if there is one.
fn chosen(name: Option<&str>) -> Result<Profile, Failure> {
    let path = folder().map(|folder| folder.join("config.toml"));
    let File { mut profile } = path.as_ref().map_or_else(|| Ok(File::default()), read)?;
    if let Some(found) = profile.remove(name.unwrap_or(DEFAULT)) {
        return Ok(found);
    }
    let Some(name) = name else { return Ok(Profile::default()) };
    let meant = did_you_mean(nearest(name, profile.keys().map(String::as_str)));
    let file = path.map_or_else(|| "no file".to_owned(), |path| path.display().to_string());
    Err(Failure::Usage(format!("{file} has no profile `{name}`{meant}")))
}

fn read(path: &PathBuf) -> Result<File, Failure> {
    let wrong = |why: String| Failure::Usage(format!("{}: {}", path.display(), why.trim_end()));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            let mut formats = file.profile.values().filter_map(|profile| profile.format.as_deref());
            let checked = formats.try_for_each(check_format);
            checked.map_err(|failure| failure.in_file(path)).map(|()| file)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// The folder of what a person keeps: `~/.config/pantile`, or as `XDG_CONFIG_HOME` says; none where there is no home.
pub(super) fn folder() -> Option<PathBuf> {
    let absolute = |path: PathBuf| Some(path).filter(|path| path.is_absolute());
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).and_then(absolute);
    let base = named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    base.map(|base| base.join("pantile"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_profile_says_what_it_may_say_and_nothing_else() {
        let file: File = toml::from_str("[profile.a]\nurl = 'x'\npager = true").unwrap();
        assert_eq!(file.profile["a"].url(), "x");
        assert!(file.profile["a"].pager && !file.profile["a"].timing);
        assert!(toml::from_str::<File>("[profile.a]\nurll = 'x'").is_err());
        assert_eq!(Profile::default().url(), URL);
    }
}
