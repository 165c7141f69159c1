//! Where answers go: as they are into a file or a pipe, cut to the width of a terminal, or through a pager.

use std::fs::File;
use std::io::{IsTerminal, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pantile_core::format::{by_name, cut};

use super::Shell;
use crate::cli::Failure;

/// The one format whose lines are cut: what it loses is said, and `\x` shows it.
const TABLE: &str = "text";

/// Where one answer goes.
pub(super) enum Out<'a> {
    File(&'a File),
    Plain,
    Cut(Cut),
    Paged(Paged),
}

impl<'a> Out<'a> {
    /// Where the shell's next answer goes, on a terminal of that width and height.
    pub(super) fn of(shell: &'a Shell, size: Option<(usize, usize)>) -> Result<Self, Failure> {
        let format = shell.format();
        match (&shell.file, size) {
            (Some((path, file)), _) => {
                if is_binary(format) {
                    emptied(file).map_err(|error| failed_to_empty(path, &error))?;
                }
                Ok(Self::File(file))
            }
            _ if !std::io::stdout().is_terminal() => Ok(Self::Plain),
            _ if is_binary(format) => Err(Failure::Usage(format!(
                "{format} is no text, and standard output is a terminal\n  hint: > FILE, or \\o FILE before the statement"
            ))),
            (None, Some(size)) if shell.pager => Ok(Self::Paged(Paged::new(size))),
            (None, Some((width, _))) if format == TABLE => Ok(Self::Cut(Cut::new(width))),
            _ => Ok(Self::Plain),
        }
    }

    /// Whether it is seen as it comes.
    pub(super) fn is_screen(&self) -> bool {
        !matches!(self, Self::File(_))
    }

    /// Hands bytes on.
    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::File(file) => file.write_all(bytes),
            Self::Plain => print(bytes),
            Self::Cut(cut) => print(cut.lines(bytes).as_bytes()),
            Self::Paged(paged) => paged.write(bytes),
        }
    }

    /// Hands on what was held back, and waits for whoever reads.
    pub(super) fn end(self) -> Result<(), Failure> {
        let ended = match self {
            Self::File(_) | Self::Plain => Ok(()),
            Self::Cut(cut) => {
                cut.note().iter().for_each(|text| super::note(text));
                Ok(())
            }
            Self::Paged(paged) => paged.end(),
        };
        ended.map_err(|error| Failure::of(&error))
    }
}

fn is_binary(format: &str) -> bool {
    let media = by_name(format).and_then(|format| format.media_types().first());
    media.is_some_and(|media| media.starts_with("application/vnd.apache."))
}

/// A file of such a format holds one answer: the next one takes its place.
fn emptied(mut file: &File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()
}

fn failed_to_empty(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("failed to empty {}: {error}", path.display()))
}

fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// Lines within a width.
pub(super) struct Cut {
    width: usize,
    /// The line that has no end yet.
    held: Vec<u8>,
    lines_cut: usize,
    /// How many columns there are, and how many of them fit; known from the rule under the names.
    columns: Option<(usize, usize)>,
}

impl Cut {
    fn new(width: usize) -> Self {
        Self { width, held: Vec::new(), lines_cut: 0, columns: None }
    }

    /// The lines that end within `bytes`, cut.
    fn lines(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let whole = self.held.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end.saturating_add(1));
        let rest = self.held.split_off(whole);
        let lines = std::mem::replace(&mut self.held, rest);
        let mut out = String::with_capacity(lines.len());
        for line in String::from_utf8_lossy(&lines).lines() {
            let shown = cut(line, self.width);
            if shown.len() != line.len() {
                self.lines_cut = self.lines_cut.saturating_add(1);
            }
            if self.columns.is_none() {
                self.columns = columns(line, self.width);
            }
            out.push_str(&shown);
            out.push('\n');
        }
        out
    }

    /// What is to be said of what was cut.
    fn note(&self) -> Option<String> {
        let unseen = match self.columns {
            Some((all, seen)) if seen < all => {
                format!(", {seen} of {all} columns whole")
            }
            _ => String::new(),
        };
        (self.lines_cut > 0).then(|| {
            let (lines, width) = (self.lines_cut, self.width);
            format!("(cut: {lines} lines at {width} places{unseen}; \\x shows all, \\pager on scrolls)")
        })
    }
}

/// How many columns stand over a rule such as `───┼──`, and how many of them within the width.
fn columns(rule: &str, width: usize) -> Option<(usize, usize)> {
    if rule.is_empty() || !rule.chars().all(|c| c == '─' || c == '┼') {
        return None;
    }
    let ends = rule.split('┼').scan(0_usize, |end, column| {
        *end = end.saturating_add(column.chars().count()).saturating_add(1);
        Some(*end)
    });
    // Beside a column's values stand a blank and a line.
    let ends: Vec<usize> = ends.map(|end| end.saturating_sub(2)).collect();
    Some((ends.len(), ends.iter().filter(|end| **end <= width).count()))
}

/// What is larger than the screen goes to a pager.
pub(super) struct Paged {
    width: usize,
    height: usize,
    /// What has come, as long as it fits on the screen.
    held: Vec<u8>,
    pager: Option<Child>,
}

impl Paged {
    fn new((width, height): (usize, usize)) -> Self {
        Self { width, height, held: Vec::new(), pager: None }
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.pager.is_none() {
            self.held.extend_from_slice(bytes);
            if !self.is_large() {
                return Ok(());
            }
            self.pager = Some(pager()?);
            let held = std::mem::take(&mut self.held);
            return self.write(&held);
        }
        let stdin = self.pager.as_mut().and_then(|pager| pager.stdin.as_mut());
        stdin.map_or(Ok(()), |stdin| stdin.write_all(bytes))
    }

    /// Whether what has come is more than the screen holds, the prompt left room for.
    fn is_large(&self) -> bool {
        let text = String::from_utf8_lossy(&self.held);
        text.lines().count() >= self.height
            || text.lines().any(|line| cut(line, self.width).len() != line.len())
    }

    fn end(self) -> std::io::Result<()> {
        match self.pager {
            None => print(&self.held),
            Some(mut pager) => {
                drop(pager.stdin.take());
                pager.wait().map(drop)
            }
        }
    }
}

/// The pager that is wanted; `less` stays out of the way, and scrolls sideways.
fn pager() -> std::io::Result<Child> {
    let wanted = std::env::var_os("PAGER").filter(|pager| !pager.is_empty());
    let mut command = Command::new("sh");
    command.arg("-c").arg(wanted.unwrap_or_else(|| "less".into())).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRSX");
    }
    command.spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_pieces_end() {
        let text = " carrier │ name\n─────────┼──────────\n 9E       │ Endeavör\n";
        for piece in [1, 2, 3, 7, 100] {
            let mut cut = Cut::new(12);
            let out: String = text.as_bytes().chunks(piece).map(|bytes| cut.lines(bytes)).collect();
            assert_eq!(out, " carrier │ …\n─────────┼─…\n 9E       │…\n");
            assert_eq!(cut.columns, Some((2, 1)));
            assert!(
                cut.note().is_some_and(|note| note.contains("3 lines at 12 places, 1 of 2 columns whole"))
            );
        }
    }

    #[test]
    fn what_fits_is_left_alone() {
        let mut cut = Cut::new(80);
        assert_eq!(cut.lines(" a\n───\n".as_bytes()), " a\n───\n");
        assert_eq!((cut.note(), cut.columns), (None, Some((1, 1))));
        assert_eq!(columns("", 80), None);
    }
}
