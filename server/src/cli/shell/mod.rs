//! What `pantile sql` runs, typed at a terminal or not: statements up to their semicolon, and commands that begin
//! with a backslash. `pantile expr` asks its one question as they are asked.
//!
//! It knows what any client knows: it asks over HTTP, in one session, and draws nothing itself. A table is the
//! server's `text`, `\x` is its `vertical`. Start at [`commands::COMMANDS`] to add a command; `line` is what is
//! typed, `ask` the way of one statement, `out` where answers go.

mod ask;
mod commands;
mod complete;
mod highlight;
mod line;
mod out;
mod words;

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use self::complete::Names;
use self::line::{Line, Typed, Word};
use super::Failure;
use super::client::{Question, Server};
use super::lex::{Kind, tokens};
use super::profile::Profile;
use super::split::{Piece, line_of, pieces};

/// First words of statements after which names are learnt anew.
const CHANGES_NAMES: &[&str] = &["ALTER", "CREATE", "DROP"];

/// What one session holds.
struct Shell {
    server: Server,
    /// What is typed; none where nobody types.
    line: Option<Line>,
    names: Names,
    /// The format chosen, as the wire calls it; `\x` goes before it.
    format: String,
    lengthwise: bool,
    timing: bool,
    pager: bool,
    /// Where answers go, when not to standard output.
    file: Option<(PathBuf, File)>,
    /// The statement asked last.
    last: Option<String>,
    /// The statement that lacks its semicolon yet.
    open: Option<String>,
    /// Files of statements that are open.
    depth: usize,
    ended: bool,
}

/// Asks what is typed until there is no more.
pub(super) async fn run(server: Server, profile: Profile, output: Option<&Path>) -> Result<(), Failure> {
    server.greet().await?;
    hold_interrupts()?;
    let names = Names::default();
    let line = Line::new(names.clone(), colours(&std::io::stdout()))?;
    let mut shell = Shell::new(server, profile, Some(line), names);
    shell.file = output.map(commands::created).transpose()?;
    shell.learn_names();
    note(&format!("pantile {} at {}; \\? is help", env!("CARGO_PKG_VERSION"), shell.server.url()));
    while !shell.ended {
        let begun = shell.open.take().unwrap_or_default();
        let Some(line) = &mut shell.line else { break };
        match line.read(&begun)? {
            Typed::Text(text) => shell.typed(&text).await.unwrap_or_else(|failure| complain(&failure)),
            Typed::Nothing => {}
            Typed::End => break,
        }
    }
    Ok(())
}

/// Runs a text that nobody types, up to the first thing in it that fails.
pub(super) async fn run_text(
    server: Server,
    profile: Profile,
    output: Option<&Path>,
    text: &str,
) -> Result<(), Failure> {
    unattended(server, profile, output)?.run_all(text).await
}

/// Asks one question.
pub(super) async fn run_one(
    server: Server,
    profile: Profile,
    output: Option<&Path>,
    question: &Question<'_>,
) -> Result<(), Failure> {
    ask::ask(&mut unattended(server, profile, output)?, question).await
}

/// A shell in which nobody types, with its answers in that file, where one is named.
fn unattended(server: Server, mut profile: Profile, output: Option<&Path>) -> Result<Shell, Failure> {
    if output.is_some() {
        // A table is for a screen, even where there is one.
        profile.format.get_or_insert_with(|| "csv".to_owned());
    }
    let mut shell = Shell::new(server, profile, None, Names::default());
    shell.file = output.map(commands::created).transpose()?;
    Ok(shell)
}

impl Shell {
    fn new(server: Server, profile: Profile, line: Option<Line>, names: Names) -> Self {
        Self {
            server,
            line,
            names,
            format: super::sql::format(profile.format.as_deref()).to_owned(),
            lengthwise: false,
            timing: profile.timing,
            pager: profile.pager,
            file: None,
            last: None,
            open: None,
            depth: 0,
            ended: false,
        }
    }

    async fn typed(&mut self, text: &str) -> Result<(), Failure> {
        match Word::of(text) {
            Some(Word::Help) => commands::run(self, "?").await,
            Some(Word::Leave) => commands::run(self, "q").await,
            None => self.run(text).await,
        }
    }

    /// Runs a text to its end, where the last statement needs no semicolon.
    async fn run_all(&mut self, text: &str) -> Result<(), Failure> {
        let before = self.open.take();
        self.run(text).await?;
        let last = std::mem::replace(&mut self.open, before);
        let line = match pieces(text).last() {
            Some(Piece::Open(sql)) => line_of(text, sql),
            _ => 1,
        };
        match last {
            Some(sql) if !self.ended => self.ask(sql).await.map_err(|failure| failure.on_line(line)),
            _ => Ok(()),
        }
    }

    /// Runs statements and commands up to the first that fails.
    async fn run(&mut self, text: &str) -> Result<(), Failure> {
        for piece in pieces(text) {
            match piece {
                Piece::Command(line) => commands::run(self, line).await?,
                Piece::Open(sql) => self.open = Some(self.with_open(sql)),
                Piece::Statement(sql) => {
                    let line = line_of(text, sql);
                    let sql = self.with_open(sql);
                    self.ask(sql).await.map_err(|failure| failure.on_line(line))?;
                }
            }
            if self.ended {
                break;
            }
        }
        Ok(())
    }

    /// The text behind what is open already.
    fn with_open(&mut self, sql: &str) -> String {
        match self.open.take() {
            Some(open) => format!("{open}\n{sql}"),
            None => sql.to_owned(),
        }
    }

    async fn ask(&mut self, sql: String) -> Result<(), Failure> {
        let asked = ask::ask(self, &Question::Sql(&sql)).await;
        if asked.is_ok() && changes_names(&sql) {
            self.learn_names();
        }
        self.last = Some(sql);
        asked
    }

    /// The statement that is open, which then is not any more, else the one asked last.
    fn statement(&mut self) -> Result<String, Failure> {
        let sql = self.open.take().or_else(|| self.last.clone());
        sql.ok_or_else(|| Failure::Usage("there is no statement yet; type one before the command".to_owned()))
    }

    /// Learns the names that Tab offers, while the shell goes on.
    fn learn_names(&self) {
        if self.line.is_some() {
            let (names, server) = (self.names.clone(), self.server.clone());
            tokio::spawn(async move { names.learn(&server).await });
        }
    }

    /// The format of the next answer.
    fn format(&self) -> &str {
        if self.lengthwise { "vertical" } else { &self.format }
    }
}

fn changes_names(sql: &str) -> bool {
    let first = tokens(sql).find(|token| token.kind == Kind::Word);
    first.is_some_and(|first| CHANGES_NAMES.iter().any(|word| word.eq_ignore_ascii_case(first.text)))
}

/// From here on Ctrl-C ends no process: whoever waits for something asks for it by itself.
fn hold_interrupts() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let held = signal(SignalKind::interrupt());
    held.map(drop).map_err(|error| Failure::Failed(format!("failed to await signals: {error}")))
}

/// Whether colours are wanted there.
fn colours(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Says something that is no answer: beside the answers, which may go into a pipe.
fn note(text: &str) {
    // A closed standard error is nobody who wants to know.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn complain(failure: &Failure) {
    let (Failure::Usage(said) | Failure::Failed(said)) = failure else { return };
    let (red, plain) = if colours(&std::io::stderr()) { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    note(&format!("{red}error:{plain} {said}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_what_is_made() {
        assert!(changes_names("-- so\n create view v AS SELECT 1") && changes_names("DROP TABLE t"));
        assert!(!changes_names("SELECT 'CREATE'") && !changes_names(""));
    }
}
