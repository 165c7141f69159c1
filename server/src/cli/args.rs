//! What can be said on the command line. The flags of the settings are made from their rows.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use pantile_core::format::FORMATS;
use pantile_core::{did_you_mean, nearest};

use super::Failure;
use super::profile::URL;
use crate::config::{Effective, Error, KEYS};

/// The whole command line.
pub(super) fn command() -> Command {
    Command::new("pantile")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A data service: tables that stay, SQL and expressions")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("serve").about("Serve until told to stop")))
        .subcommand(sql())
        .subcommand(expr())
        .subcommand(load())
        .subcommand(with_settings(
            Command::new("scrub").about("Read every partition again and compare it with what was written"),
        ))
        .subcommand(with_settings(
            Command::new("gc").about("Let go of old snapshots and of files that belong to nothing").arg(
                Arg::new("horizon")
                    .long("horizon")
                    .value_name("AGE")
                    .help("How old they must be, instead of the settings `retention` and `orphan_age`"),
            ),
        ))
        .subcommand(with_settings(
            Command::new("config").about("Print the settings in force, and where each was set").arg(
                Arg::new("page")
                    .long("page")
                    .action(ArgAction::SetTrue)
                    .help("Print the reference page instead"),
            ),
        ))
}

/// The names of formats that answers can have.
pub(super) fn formats() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().filter(|format| format.writes()).map(|format| format.name()).chain(["table"])
}

/// Refuses a format that answers cannot have.
pub(super) fn check_format(name: &str) -> Result<(), Failure> {
    let known: Vec<&str> = formats().collect();
    if known.contains(&name) {
        return Ok(());
    }
    let meant = did_you_mean(nearest(name, known.iter().copied()));
    Err(Failure::Usage(format!("there is no format `{name}`{meant}\n  hint: {}", known.join(", "))))
}

fn sql() -> Command {
    let command = Command::new("sql")
        .about("Ask a server; without -c and -f, what standard input says, and from a terminal in a shell");
    asking(command, "The statements, separated by semicolons")
}

fn expr() -> Command {
    let command = Command::new("expr")
        .about("Ask a server a program of expressions; without -c and a file, what standard input says");
    asking(command, "The program")
        .arg(
            Arg::new("path")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["command", "file"])
                .help("The same as -f"),
        )
        .arg(
            Arg::new("value")
                .long("value")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("A value by the name that the program has for it: JSON, else a text as it stands; @FILE is a frame"),
        )
        .arg(
            Arg::new("engine")
                .long("engine")
                .value_name("NAME")
                .help("The engine that runs the program, where that is not the server's choice"),
        )
}

/// The command with a question, how its answer is printed, and who is asked.
fn asking(command: Command, question: &'static str) -> Command {
    command
        .arg(
            Arg::new("command")
                .short('c')
                .long("command")
                .value_name("TEXT")
                .conflicts_with("file")
                .help(question),
        )
        .arg(
            Arg::new("file")
                .short('f')
                .long("file")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The file that holds it"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Where answers go, instead of standard output; CSV, unless a format is named"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(formats().collect::<Vec<_>>()))
                .help("How answers are printed; a table on a terminal, CSV in a pipe"),
        )
        .args(server())
}

fn load() -> Command {
    let formats = FORMATS.iter().filter(|format| format.reads()).map(|format| format.name());
    Command::new("load")
        .about("Send files to a server as one table, in one commit")
        .arg(
            Arg::new("files")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .help("Files, or patterns with * and ?; compressed with gzip or zstd or not"),
        )
        .arg(Arg::new("table").long("table").value_name("NAME").required(true).help("The table"))
        .arg(
            Arg::new("append")
                .long("append")
                .action(ArgAction::SetTrue)
                .help("Add the rows to those that are there, instead of replacing them"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(formats.collect::<Vec<_>>()))
                .help("The files' format; without it their names and first bytes say it"),
        )
        .arg(
            Arg::new("option")
                .long("option")
                .short('o')
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("How they are read: delimiter, header, quote, escape, null, schema, infer_rows"),
        )
        .args(server())
}

/// Which server is asked. Where neither is given, `super::profile` knows.
fn server() -> [Arg; 2] {
    let url = Arg::new("url")
        .long("url")
        .value_name("URL")
        .env("PANTILE_URL")
        .help(format!("The server; {URL} where nothing names one"));
    let profile = Arg::new("profile")
        .long("profile")
        .value_name("NAME")
        .env("PANTILE_PROFILE")
        .help("A profile of ~/.config/pantile/config.toml");
    [url, profile]
}

/// The command with a flag for every setting.
fn with_settings(command: Command) -> Command {
    let file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The settings file, TOML; else what PANTILE_CONFIG names");
    let location = Arg::new("location")
        .long("location")
        .value_name("NAME=URL")
        .action(ArgAction::Append)
        .help("A place that statements may read: a folder, or s3://bucket/prefix");
    let command = command.arg(file).arg(location);
    KEYS.iter().fold(command, |command, key| {
        let flag =
            Arg::new(key.name).long(key.name.replace('_', "-")).help_heading("Settings").help(key.doc.trim());
        let flag = if key.unit == <bool as crate::config::Unit>::NAME {
            flag.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
        } else {
            flag.value_name(key.unit.split(' ').next().unwrap_or("value").to_uppercase())
                .allow_hyphen_values(true)
        };
        command.arg(flag)
    })
}

/// The settings that the command line, the environment and the file give.
pub(super) fn effective(matches: &ArgMatches) -> Result<Effective, Error> {
    let flags = KEYS.iter().filter_map(|key| Some((key.name, matches.get_one::<String>(key.name)?.clone())));
    let locations = matches.get_many::<String>("location").unwrap_or_default().cloned();
    Effective::load(matches.get_one::<PathBuf>("config").cloned(), flags, locations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }
}
