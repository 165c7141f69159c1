//! The expression language: a text in a small part of Python's grammar becomes a program, and a program a text.
//!
//! A program is assignments `name = expression`, then one expression, its result. What Python has and expressions do
//! not is refused with its place, its words, and what to write instead.
//!
//! The way of a text: `guard` weighs its tokens, the parser (ruff's, which calls itself) reads what is
//! light enough, `read` takes its tree into ours, where nodes name one another by number, so that nothing
//! here calls itself. [`print()`] writes a program as text that reads back the same; [`Program::canonical`] is the
//! form that says nothing but what is computed, and [`Program::hash`] its name.
//!
//! [`bind`] then gives each name its meaning: verbs of frames, functions of columns, types, sources. What comes of it
//! is [`typed`]: frames whose columns are known before anything runs.
//!
//! Start at [`parse`].

mod arrays;
mod bind;
mod call;
mod canonical;
mod error;
mod guard;
mod keyword;
mod limits;
mod names;
mod position;
mod precedence;
mod print;
mod program;
mod quote;
mod read;
mod token;
mod tree;
mod types;
mod value;
mod words;

pub mod args;
pub mod signature;
pub mod typed;

pub use self::bind::{Asked, Sources, Step, Typed, bind, reads, reads_arrays, step};
pub use self::error::{Error, Limit};
pub use self::limits::Limits;
pub use self::position::{Position, Span};
pub use self::print::print;
pub use self::program::{Binding, FreeName, Program};
pub use self::tree::{BinaryOp, BindingId, CompareOp, Keyword, Kind, NameSpan, Node, NodeId, UnaryOp};
pub use self::types::{names as type_names, shown as type_shown};

use std::borrow::Cow;

/// The program that the text is.
///
/// Cost: one pass to weigh it, one to parse it; at most a few hundred bytes of memory per node.
///
/// # Errors
/// A text that is over a limit, not of the language, or whose names are bound twice, never used, or used too early.
pub fn parse(text: &str, limits: &Limits) -> Result<Program, Error> {
    let limits = limits.held();
    if text.len() > limits.text_bytes {
        return Err(Error::limit("program_bytes", "bytes", text.len(), limits.text_bytes));
    }
    let text = with_plain_newlines(text);
    let size = guard::check(&text, &limits)?;
    read::program(&text, &limits, size)
}

/// The text with each line's end written `\n`, as Python reads it, and without a byte order mark.
fn with_plain_newlines(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}
