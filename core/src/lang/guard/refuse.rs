//! What the guard says when it refuses, and what it tells to write instead.

use super::Guard;
use crate::lang::error::{Error, quoted};
use crate::lang::position::Span;

pub(super) const SEVERAL_LINES: &str = "put brackets around an expression that goes over several lines";
pub(super) const EQUALS: &str = "write `==` to compare; `=` binds a name, or an argument's name in a call";
pub(super) const SLICES: &str = "a slice stands in square brackets behind a value: `x[1:2]`";

impl Guard<'_> {
    /// One node more.
    pub(super) fn count(&mut self, span: Span) -> Result<(), Error> {
        self.size.nodes = self.size.nodes.saturating_add(1);
        let (got, max) = (self.size.nodes, self.limits.nodes);
        match got > max {
            true => Err(Error::limit("program_nodes", "names, literals and operators", got, max)
                .at(self.text, span)
                .hinted("send values beside the program, under a name")),
            false => Ok(()),
        }
    }

    /// Whether what is so deep may be.
    pub(super) fn deep_enough(&self, got: usize, span: Span) -> Result<(), Error> {
        let max = self.limits.depth;
        match got > max {
            true => Err(Error::limit("program_depth", "levels inside one another", got, max)
                .at(self.text, span)
                .hinted("bind a part to a name, or write a long sum as `sum` over a list")),
            false => Ok(()),
        }
    }

    /// What a line begins with stands at the line's start.
    pub(super) fn line_start(&self, span: Span) -> Result<(), Error> {
        let before = Span { start: span.start.saturating_sub(1), end: span.start };
        match before.words(self.text) {
            " " | "\t" | "\x0c" => {
                let said = format!("blanks stand before {}", quoted(self.text, span));
                let hint = format!("begin each statement at the start of its line; {SEVERAL_LINES}");
                Err(self.wrong(span, &said).hinted(hint))
            }
            _ => Ok(()),
        }
    }

    /// An operand behind an operand.
    pub(super) fn juxtaposed(&self, span: Span) -> Error {
        let level = self.open.last().unwrap_or(&self.statement);
        let (left, right) = (quoted(self.text, level.part.last), quoted(self.text, span));
        let said = format!("{right} stands behind {left} with nothing between");
        let hint = match level.part.first.words(self.text).to_ascii_lowercase().as_str() {
            "match" | "case" => "a choice is `when(condition).then(x).otherwise(y)`",
            "type" => "write `name = expression`",
            "select" | "insert" | "update" | "create" | "explain" => "this looks like SQL: ask it as SQL",
            _ => "write an operator or a comma between them, or begin a new line",
        };
        self.wrong(span, &said).hinted(hint)
    }

    /// An operator where an operand should be.
    pub(super) fn no_left(&self, sign: &str, span: Span) -> Error {
        let level = self.open.last().unwrap_or(&self.statement);
        let error = self.wrong(span, &format!("nothing stands before `{sign}`"));
        match (level.part.dangling(), sign) {
            (Some("&"), "&") | (Some("|"), "|") => error.hinted(format!("write `{sign}` once")),
            (Some("<"), ">") => error.hinted("write `!=`"),
            _ => error,
        }
    }

    pub(super) fn stars(&self, span: Span) -> Error {
        self.absent(span, "arguments or elements with stars").hinted("write each of them out")
    }

    pub(super) fn wrong(&self, span: Span, said: &str) -> Error {
        Error::syntax(self.text, span, said)
    }

    pub(super) fn absent(&self, span: Span, form: &str) -> Error {
        Error::absent(self.text, span, form)
    }
}
