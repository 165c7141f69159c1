//! The command line: `pantile serve`, `sql`, `expr`, `load`, `scrub`, `gc`, `config`.
//!
//! Exit codes: 0, it was done; 1, it failed; 2, it was not understood (usage, settings).

mod args;
mod client;
mod config;
mod expr;
mod gc;
mod lex;
mod load;
mod parts;
mod profile;
mod scrub;
mod serve;
mod shell;
mod split;
mod sql;

use std::process::ExitCode;

use clap::ArgMatches;

use crate::error::whole;

/// How a command failed.
enum Failure {
    /// It was not understood.
    Usage(String),
    /// It was not done.
    Failed(String),
    /// It was not done, and has already said so.
    Said,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let matches = args::command().get_matches();
    let done = match matches.subcommand() {
        Some(("serve", matches)) => serve::run(matches),
        Some(("sql", matches)) => blocking(sql::run(matches)),
        Some(("expr", matches)) => blocking(expr::run(matches)),
        Some(("load", matches)) => blocking(load::run(matches)),
        Some(("scrub", matches)) => blocking(scrub::run(matches)),
        Some(("gc", matches)) => blocking(gc::run(matches)),
        Some(("config", matches)) => config::run(matches),
        _ => Err(Failure::Usage("no command was given; `pantile --help` lists them".to_owned())),
    };
    let (code, said) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Said) => return ExitCode::from(1),
        Err(Failure::Failed(said)) => (1, said),
        Err(Failure::Usage(said)) => (2, said),
    };
    complain(&said);
    ExitCode::from(code)
}

/// Runs a command of the client's side, or one that uses the disk for a while, to its end.
fn blocking(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("failed to start threads: {error}")))?;
    let done = runtime.block_on(command);
    // Reading standard input cannot be interrupted; nobody waits for it.
    runtime.shutdown_background();
    done
}

/// Says something on standard error. Where even that is closed, there is nobody to say it to.
fn complain(text: &str) {
    eprintln!("pantile: {text}");
}

impl Failure {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Failed(whole(error))
    }

    /// The failure, which was met in that file.
    fn in_file(self, file: &std::path::Path) -> Self {
        match self {
            Self::Failed(said) => Self::Failed(format!("{}: {said}", file.display())),
            Self::Usage(said) => Self::Usage(format!("{}: {said}", file.display())),
            Self::Said => Self::Said,
        }
    }

    /// The failure of the statement that begins on that line of a text: places in it are counted from there.
    fn on_line(self, line: usize) -> Self {
        match self {
            Self::Failed(said) if line > 1 => {
                Self::Failed(format!("{said}\n  in the statement that begins on line {line}"))
            }
            other => other,
        }
    }
}

/// The settings in force for a command that has them as flags.
fn settings(matches: &ArgMatches) -> Result<crate::config::Effective, Failure> {
    args::effective(matches).map_err(|error| Failure::Usage(whole(&error)))
}
