//! Places in a program's text: spans in bytes, positions as people count.

/// A piece of the text, in bytes: from `start` up to `end`, which is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first byte.
    pub start: u32,
    /// The byte behind its last.
    pub end: u32,
}

/// A place in the text, both numbers from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

impl Span {
    /// The bytes from `start` to `end`, as lengths and indices of text count them.
    pub(super) fn of(start: usize, end: usize) -> Self {
        // A text's length is held far below 2^32 before anything is read in it.
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// What stands there.
    pub(super) fn words(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Where it begins.
    pub(super) fn position(self, text: &str) -> Position {
        let before = text.get(..self.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        let characters = before.get(line_start..).unwrap_or_default().chars().count();
        Position { line: (lines as u64).saturating_add(1), column: (characters as u64).saturating_add(1) }
    }
}

impl From<ruff_text_size::TextRange> for Span {
    fn from(range: ruff_text_size::TextRange) -> Self {
        Self { start: range.start().to_u32(), end: range.end().to_u32() }
    }
}
