//! `pantile config`: the settings in force, as a settings file that says where each came from.

use std::io::Write;

use clap::ArgMatches;

use super::{Failure, settings};
use crate::config::{Effective, page};

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let text = if matches.get_flag("page") { page() } else { shown(&settings(matches)?) };
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::of(&error)),
        _ => Ok(()),
    }
}

/// The settings as TOML. Options hold keys: only their names are shown.
fn shown(effective: &Effective) -> String {
    let mut lines: Vec<String> = effective
        .rows()
        .map(|(key, text, origin)| format!("{} = {}  # {origin}", key.name, quoted(text)))
        .collect();
    if !effective.store_options.is_empty() {
        lines.push("\n[store_options]".to_owned());
        lines.extend(effective.store_options.keys().map(|name| format!("# {name} is set")));
    }
    for location in &effective.locations {
        lines.push(format!("\n[locations.{}]", location.name));
        lines.push(format!("url = {}", quoted(&location.url)));
        lines.push(format!("writable = {}", location.writable));
        lines.extend(location.options.keys().map(|name| format!("# option {name} is set")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// TOML's basic strings escape as JSON's do.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
