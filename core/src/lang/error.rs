//! Why a text is no program.

use super::position::{Position, Span};
use crate::Code;
use crate::array;
use crate::frame::lower;

/// Characters of the text that a message repeats.
const WORDS_CHARS: usize = 40;

/// Why a text is no program: a sentence, where in the text, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: Code,
    message: String,
    position: Option<Position>,
    words: Option<Box<str>>,
    hint: Option<Box<str>>,
    limit: Option<Limit>,
}

/// The limit that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name: `program_bytes`, `program_nodes`, `program_depth`, …
    pub name: &'static str,
    /// What it allows.
    pub max: u64,
    /// What was asked; at least so much, for counting stops there.
    pub got: u64,
}

impl Error {
    /// A text that is not of the language there, or whose parts do not go together.
    pub(super) fn syntax(text: &str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidProgram,
            message: message.into(),
            position: Some(span.position(text)),
            words: Some(cut(span.words(text)).into_boxed_str()).filter(|words| !words.is_empty()),
            hint: None,
            limit: None,
        }
    }

    /// A call whose verb or function cannot be so.
    pub fn lowered(text: &str, span: Span, error: &lower::Error) -> Self {
        let limit = error.over().map(|over| Limit { name: over.limit, max: over.max, got: over.got });
        let told = Self { code: error.code(), limit, ..Self::syntax(text, span, error.to_string()) };
        match error.hint() {
            Some(hint) => told.hinted(hint),
            None => told,
        }
    }

    /// A call whose function of arrays cannot be so.
    pub fn array(text: &str, span: Span, error: &array::Error) -> Self {
        Self { code: error.code(), ..Self::syntax(text, span, error.to_string()) }
    }

    /// A form of Python's that the language does not have.
    pub(super) fn absent(text: &str, span: Span, form: &str) -> Self {
        Self::syntax(text, span, format!("expressions have no {form}: {}", quoted(text, span)))
    }

    /// A text over a limit.
    pub(super) fn limit(name: &'static str, what: &str, got: usize, max: usize) -> Self {
        Self {
            code: Code::LimitProgram,
            message: format!("the program has {got} {what}, and limit `{name}` allows {max}"),
            position: None,
            words: None,
            hint: None,
            limit: Some(Limit { name, max: max as u64, got: got as u64 }),
        }
    }

    pub(super) fn at(self, text: &str, span: Span) -> Self {
        Self { position: Some(span.position(text)), ..self }
    }

    pub(super) fn hinted(self, hint: impl Into<Box<str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Where in the text; only a text that is too long as a whole has no such place.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The words it is about, cut after their first line or 40 characters.
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// What to write instead, where something is likely.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The limit that was met, where it was one.
    pub fn limit_met(&self) -> Option<&Limit> {
        self.limit.as_ref()
    }
}

/// What stands there, between backticks, cut.
pub(super) fn quoted(text: &str, span: Span) -> String {
    format!("`{}`", cut(span.words(text)))
}

fn cut(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    let mut kept = crate::cut(line, WORDS_CHARS);
    if !kept.ends_with('…') && line.len() < words.trim_end().len() {
        kept.push('…');
    }
    kept
}
