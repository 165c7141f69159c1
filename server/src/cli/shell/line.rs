//! The line that is typed: its editor, when it is done, and what is kept of it.

use std::fs::DirBuilder;
use std::io::IsTerminal;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, ColorMode, CompletionType, Config, Editor};

use super::complete::Names;
use crate::cli::Failure;
use crate::cli::profile::folder;
use crate::cli::split::{Piece, pieces};

const PROMPT: &str = "pantile> ";
/// Lines that are remembered.
const HISTORY_MAX: usize = 10_000;

/// What the editor asks about the line: completion is in `complete`, colours are in `highlight`.
pub(super) struct Helper {
    pub(super) names: Names,
}

impl rustyline::Helper for Helper {}

impl Hinter for Helper {
    type Hint = String;
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let done = is_done(context.input());
        Ok(if done { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// Whether Enter sends the text: whether its last statement has its semicolon, or a command behind it.
fn is_done(text: &str) -> bool {
    !matches!(pieces(text).last(), Some(Piece::Open(_))) || Word::of(text).is_some()
}

/// What whoever does not know the commands says for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Help,
    Leave,
}

impl Word {
    /// The word that is all of the text.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text.trim().trim_end_matches(';').trim_end() {
            "help" => Some(Self::Help),
            "exit" | "quit" => Some(Self::Leave),
            _ => None,
        }
    }
}

/// What was typed.
pub(super) enum Typed {
    Text(String),
    /// Ctrl-C: the line is given up.
    Nothing,
    /// Ctrl-D: there is no more.
    End,
}

/// The editor, and the file that remembers.
pub(super) struct Line {
    editor: Editor<Helper, FileHistory>,
    history: Option<PathBuf>,
}

impl Line {
    /// An editor that completes these names.
    pub(super) fn new(names: Names, colours: bool) -> Result<Self, Failure> {
        let failed = |error: ReadlineError| Failure::Failed(format!("failed to use the terminal: {error}"));
        let config = Config::builder()
            .history_ignore_space(true)
            .auto_add_history(true)
            .completion_type(CompletionType::List)
            .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
            // Where answers go into a pipe, the line is edited on the terminal all the same.
            .behavior(if std::io::stdout().is_terminal() { Behavior::Stdio } else { Behavior::PreferTerm })
            .build();
        let mut editor = Editor::with_config(config).map_err(failed)?;
        editor.set_max_history_size(HISTORY_MAX).map_err(failed)?;
        editor.set_helper(Some(Helper { names }));
        let history = history_file();
        if let Some(path) = &history {
            // One that cannot be read is one more session without a past.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// Reads the next text, which begins with `begun`.
    pub(super) fn read(&mut self, begun: &str) -> Result<Typed, Failure> {
        match self.editor.readline_with_initial(PROMPT, (begun, "")) {
            Ok(text) => {
                self.keep();
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(Failure::Failed(format!("failed to read the terminal: {error}"))),
        }
    }

    /// Remembers a text that was not typed here.
    pub(super) fn remember(&mut self, text: &str) {
        let _ = self.editor.add_history_entry(text);
        self.keep();
    }

    /// Width and height of the terminal.
    pub(super) fn size(&mut self) -> Option<(usize, usize)> {
        let (width, height) = self.editor.dimensions()?;
        Some((width.into(), height.into()))
    }

    fn keep(&mut self) {
        if let Some(path) = &self.history {
            let _ = self.editor.append_history(path);
        }
    }
}

/// The file of past lines. The editor makes it, for its owner alone: statements hold what is not everybody's.
fn history_file() -> Option<PathBuf> {
    let folder = folder()?;
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder.join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_done_at_its_semicolon_and_a_command_at_its_end() {
        for text in [
            "SELECT 1;",
            "SELECT ';'\n; -- so",
            "\\dt",
            " \\x",
            "SELECT 1 \\g",
            "quit",
            "",
            "  ",
            "-- only this",
        ] {
            assert!(is_done(text), "{text}");
        }
        for text in ["SELECT 1", "SELECT ';", "SELECT 1; SELECT", "SELECT 1 -- ;", "SELECT $$;"] {
            assert!(!is_done(text), "{text}");
        }
    }
}
