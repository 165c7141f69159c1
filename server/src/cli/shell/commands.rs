//! What begins with a backslash. A command is a function here and a line in [`COMMANDS`]; help and completion
//! follow from the line.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use pantile_core::{did_you_mean, nearest};
use uuid::Uuid;

use super::{Shell, ask, note};
use crate::cli::client::{Question, Server};
use crate::cli::profile::Profile;
use crate::cli::split::{Piece, pieces};
use crate::cli::{Failure, args, sql};

/// Files that name files that name files are followed so far.
const DEPTH_MAX: usize = 16;
const WATCH_EVERY: &str = "2";
/// What stands before the commands on the page of help.
const PAGE: &str = "A statement ends with a semicolon, and may have many lines. Tab completes,
arrows bring back what was typed, Ctrl-R looks in it, Ctrl-C cancels, Ctrl-D
leaves.
Where a command is about the statement, that is the one begun before it, else
the last.
";

/// A command.
pub(super) struct Command {
    /// What stands behind the backslash.
    pub(super) name: &'static str,
    /// What may follow.
    pub(super) argument: Argument,
    help: &'static str,
    run: for<'a> fn(&'a mut Shell, &'a str) -> LocalBoxFuture<'a, Result<(), Failure>>,
}

/// What a command takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Dataset,
    File,
    Format,
    Pattern,
    Seconds,
    Server,
    Switch,
}

/// Every command, sorted by name.
pub(super) static COMMANDS: &[Command] = &[
    Command {
        name: "?",
        argument: Argument::None,
        help: "this page",
        run: |_, _| async { help() }.boxed_local(),
    },
    Command {
        name: "c",
        argument: Argument::Server,
        help: "go to another server, by address or profile",
        run: |shell, name| connect(shell, name).boxed_local(),
    },
    Command {
        name: "d",
        argument: Argument::Dataset,
        help: "columns of a table or view; without a name, as \\dt",
        run: |shell, name| describe(shell, name).boxed_local(),
    },
    Command {
        name: "df",
        argument: Argument::Pattern,
        help: "functions, of names like date_*",
        run: |shell, pattern| functions(shell, pattern).boxed_local(),
    },
    Command {
        name: "dt",
        argument: Argument::Pattern,
        help: "tables and views, with rows and bytes",
        run: |shell, pattern| datasets(shell, pattern).boxed_local(),
    },
    Command {
        name: "e",
        argument: Argument::None,
        help: "edit the statement in $EDITOR, then run it",
        run: |shell, _| edit(shell).boxed_local(),
    },
    Command {
        name: "format",
        argument: Argument::Format,
        help: "how answers are printed",
        run: |shell, name| async { format(shell, name) }.boxed_local(),
    },
    Command {
        name: "g",
        argument: Argument::File,
        help: "ask the statement, the answer goes to the file",
        run: |shell, path| go(shell, path).boxed_local(),
    },
    Command {
        name: "gx",
        argument: Argument::None,
        help: "ask the statement, its rows below each other",
        run: |shell, _| go_lengthwise(shell).boxed_local(),
    },
    Command {
        name: "i",
        argument: Argument::File,
        help: "run the statements of a file, up to the first that fails",
        run: |shell, path| include(shell, path).boxed_local(),
    },
    Command {
        name: "o",
        argument: Argument::File,
        help: "send answers to a file; without a name, here again",
        run: |shell, path| async { output(shell, path) }.boxed_local(),
    },
    Command {
        name: "p",
        argument: Argument::None,
        help: "show the statement",
        run: |shell, _| async { show(shell) }.boxed_local(),
    },
    Command {
        name: "pager",
        argument: Argument::Switch,
        help: "page answers larger than the screen, through $PAGER",
        run: |shell, word| async { switch(&mut shell.pager, "pager", word) }.boxed_local(),
    },
    Command {
        name: "q",
        argument: Argument::None,
        help: "leave, as Ctrl-D does",
        run: |shell, _| async { leave(shell) }.boxed_local(),
    },
    Command {
        name: "r",
        argument: Argument::None,
        help: "give up the statement that is begun",
        run: |shell, _| async { give_up(shell) }.boxed_local(),
    },
    Command {
        name: "timing",
        argument: Argument::Switch,
        help: "tell how long each answer took",
        run: |shell, word| async { switch(&mut shell.timing, "timing", word) }.boxed_local(),
    },
    Command {
        name: "watch",
        argument: Argument::Seconds,
        help: "ask the statement again every so often, until Ctrl-C",
        run: |shell, seconds| watch(shell, seconds).boxed_local(),
    },
    Command {
        name: "x",
        argument: Argument::Switch,
        help: "show rows below each other, a line a value",
        run: |shell, word| async { switch(&mut shell.lengthwise, "vertical", word) }.boxed_local(),
    },
];

/// Runs the command in a line, which begins behind the backslash.
pub(super) async fn run(shell: &mut Shell, line: &str) -> Result<(), Failure> {
    let line = line.trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // Whoever ends a command as statements end means no semicolon.
    let bare = |text: &str| text.trim().trim_end_matches(';').trim_end().to_owned();
    let (name, argument) = (bare(name), bare(argument));
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(shell, &argument).await,
        None => {
            let meant = did_you_mean(nearest(&name, COMMANDS.iter().map(|command| command.name)));
            Err(Failure::Usage(format!("there is no command `\\{name}`{meant}\n  hint: \\? lists them")))
        }
    }
}

impl Argument {
    const fn shown(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Dataset => "[NAME]",
            Self::File => "[FILE]",
            Self::Format => "[FORMAT]",
            Self::Pattern => "[PATTERN]",
            Self::Seconds => "[SECONDS]",
            Self::Server => "[URL|PROFILE]",
            Self::Switch => "[on|off]",
        }
    }
}

fn help() -> Result<(), Failure> {
    let mut page = PAGE.to_owned();
    for Command { name, argument, help, .. } in COMMANDS {
        let usage = format!("\\{name} {}", argument.shown());
        page.push_str(&format!("  {usage:<20} {help}\n"));
    }
    note(page.trim_end());
    Ok(())
}

async fn connect(shell: &mut Shell, name: &str) -> Result<(), Failure> {
    if !name.is_empty() {
        let url = if name.contains("://") { name.to_owned() } else { Profile::named(name)?.url().to_owned() };
        let server = Server::new(&url)?;
        server.greet().await?;
        shell.server = server;
        shell.learn_names();
    }
    note(&format!("server is {}", shell.server.url()));
    Ok(())
}

async fn describe(shell: &mut Shell, name: &str) -> Result<(), Failure> {
    match name {
        "" => datasets(shell, "").await,
        name => ask::ask(shell, &Question::Sql(&format!("DESCRIBE {name}"))).await,
    }
}

async fn datasets(shell: &mut Shell, pattern: &str) -> Result<(), Failure> {
    let like = like(pattern);
    let sql = format!("SELECT name, kind, rows, bytes FROM system.datasets WHERE name {like} ORDER BY name");
    ask::ask(shell, &Question::Sql(&sql)).await
}

async fn functions(shell: &mut Shell, pattern: &str) -> Result<(), Failure> {
    let sql = format!(
        "SELECT name, kind, syntax, description FROM system.functions WHERE name {} ORDER BY name, kind",
        like(pattern)
    );
    ask::ask(shell, &Question::Sql(&sql)).await
}

/// A pattern of `*` and `?` as a condition; without one, every name fits.
fn like(pattern: &str) -> String {
    let mut like = String::new();
    for sign in pattern.chars() {
        match sign {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '%' | '_' | '\\' => like.extend(['\\', sign]),
            '\'' => like.push_str("''"),
            other => like.push(other),
        }
    }
    format!("LIKE '{}'", if like.is_empty() { "%" } else { &like })
}

async fn edit(shell: &mut Shell) -> Result<(), Failure> {
    let text = match (shell.open.take(), &shell.last) {
        (Some(open), _) => format!("{open}\n"),
        (None, Some(last)) => format!("{last};\n"),
        (None, None) => String::new(),
    };
    let text = edited(&text)?;
    let text = text.trim_end();
    // One that lacks its semicolon is on the next line, to be gone on with.
    if !matches!(pieces(text).last(), Some(Piece::Open(_))) {
        if let Some(line) = &mut shell.line {
            line.remember(text);
        }
        note(text);
    }
    shell.run(text).await
}

/// The text as the editor leaves it.
fn edited(text: &str) -> Result<String, Failure> {
    let path = std::env::temp_dir().join(format!("pantile-{}.sql", Uuid::now_v7()));
    let failed = |what: &str, error: std::io::Error| {
        Failure::Failed(format!("failed to {what} {}: {error}", path.display()))
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed("create", error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed("write", error))?;
    let ended = editor(&path);
    let text = std::fs::read_to_string(&path).map_err(|error| failed("read", error));
    let _ = std::fs::remove_file(&path);
    ended.and(text)
}

fn editor(path: &Path) -> Result<(), Failure> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    let editor = named.into_iter().find(|editor| !editor.is_empty()).unwrap_or_else(|| "vi".to_owned());
    let status = Process::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Failed(format!("the editor `{editor}` ended with {status}"))),
        Err(error) => Err(Failure::Failed(format!("failed to start the editor `{editor}`: {error}"))),
    }
}

fn format(shell: &mut Shell, name: &str) -> Result<(), Failure> {
    if !name.is_empty() {
        args::check_format(name)?;
        shell.format = sql::format(Some(name)).to_owned();
        shell.lengthwise = false;
    }
    note(&format!("format is {}", shell.format()));
    Ok(())
}

async fn include(shell: &mut Shell, path: &str) -> Result<(), Failure> {
    if path.is_empty() {
        return Err(Failure::Usage("`\\i` needs the name of a file: \\i FILE".to_owned()));
    }
    if shell.depth >= DEPTH_MAX {
        return Err(Failure::Failed(format!(
            "{path}: files of statements are nested more than {DEPTH_MAX} deep"
        )));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Failed(format!("failed to read {path}: {error}")))?;
    shell.depth = shell.depth.saturating_add(1);
    // The files within are run by the same function, which cannot be of a known size then.
    let done = shell.run_all(&text).boxed_local().await;
    shell.depth = shell.depth.saturating_sub(1);
    done.map_err(|failure| failure.in_file(Path::new(path)))
}

fn output(shell: &mut Shell, path: &str) -> Result<(), Failure> {
    shell.file = match path {
        "" => None,
        path => Some(created(Path::new(path))?),
    };
    Ok(())
}

/// A new file for answers.
pub(super) fn created(path: &Path) -> Result<(PathBuf, File), Failure> {
    let file = File::create(path)
        .map_err(|error| Failure::Failed(format!("failed to create {}: {error}", path.display())))?;
    Ok((path.to_owned(), file))
}

async fn go(shell: &mut Shell, path: &str) -> Result<(), Failure> {
    let sql = shell.statement()?;
    if path.is_empty() {
        return shell.ask(sql).await;
    }
    let before = shell.file.replace(created(Path::new(path))?);
    let done = shell.ask(sql).await;
    shell.file = before;
    done
}

async fn go_lengthwise(shell: &mut Shell) -> Result<(), Failure> {
    let sql = shell.statement()?;
    let before = std::mem::replace(&mut shell.lengthwise, true);
    let done = shell.ask(sql).await;
    shell.lengthwise = before;
    done
}

fn show(shell: &mut Shell) -> Result<(), Failure> {
    match shell.open.as_ref().or(shell.last.as_ref()) {
        Some(sql) => note(sql),
        None => note("(no statement yet)"),
    }
    Ok(())
}

fn give_up(shell: &mut Shell) -> Result<(), Failure> {
    shell.open = None;
    Ok(())
}

fn switch(switch: &mut bool, name: &str, word: &str) -> Result<(), Failure> {
    *switch = match word {
        "" => !*switch,
        "on" => true,
        "off" => false,
        other => return Err(Failure::Usage(format!("`{other}` is neither on nor off"))),
    };
    note(&format!("{name} is {}", if *switch { "on" } else { "off" }));
    Ok(())
}

fn leave(shell: &mut Shell) -> Result<(), Failure> {
    shell.ended = true;
    Ok(())
}

async fn watch(shell: &mut Shell, seconds: &str) -> Result<(), Failure> {
    let text = if seconds.is_empty() { WATCH_EVERY } else { seconds };
    let every = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let every = every.filter(|every| !every.is_zero());
    let every = every.ok_or_else(|| Failure::Usage(format!("`{text}` is no number of seconds")))?;
    let sql = shell.statement()?;
    loop {
        note(&format!("{}, every {text} s until Ctrl-C", chrono::Local::now().format("%F %T")));
        shell.ask(sql.clone()).await?;
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted() {
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
    }

    #[test]
    fn patterns_take_their_own_signs_only() {
        assert_eq!(like(""), "LIKE '%'");
        assert_eq!(like("date_*'?"), "LIKE 'date\\_%''_'");
    }
}
