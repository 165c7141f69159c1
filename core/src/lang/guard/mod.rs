//! Whether a text may be given to the parser: its words, its brackets, its size and its depth.
//!
//! The parser calls itself for whatever stands inside something else, and so does the freeing of its tree. So
//! each token is weighed first, in one pass that holds a list of open brackets instead of calling itself, and
//! what expressions do not have at all is refused here, in the words of whoever wrote it. What passes is
//! nearly grammatical, and no deeper than the limit. Start at [`check`].

mod level;
mod refuse;

use super::error::{Error, quoted};
use super::keyword::{self, Place};
use super::limits::Limits;
use super::position::Span;
use super::token::{Bracket, Lexer, Token};
use level::{Kind, Level, Part};
use refuse::{EQUALS, SEVERAL_LINES, SLICES};

/// How large a program is: its nodes, and the depth of its deepest statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) nodes: usize,
    pub(super) depth: usize,
}

/// Measures the text, or refuses it.
pub(super) fn check(text: &str, limits: &Limits) -> Result<Size, Error> {
    let mut guard =
        Guard { text, limits, size: Size::default(), statement: Level::default(), open: Vec::new() };
    let mut lexer = Lexer::new(text);
    let mut before = Token::Newline;
    loop {
        let (token, span) = lexer.next();
        match (before, token) {
            (_, Token::Newline) if !guard.open.is_empty() => continue,
            (Token::Dot, _) => guard.attribute(token, span)?,
            (Token::Text, Token::Text) => {}
            _ => guard.take(token, span, before, lexer.rest())?,
        }
        if token == Token::End {
            return Ok(guard.size);
        }
        before = token;
    }
}

struct Guard<'t> {
    text: &'t str,
    limits: &'t Limits,
    size: Size,
    statement: Level,
    open: Vec<Level>,
}

impl Guard<'_> {
    fn level(&mut self) -> &mut Level {
        self.open.last_mut().unwrap_or(&mut self.statement)
    }

    fn take(&mut self, token: Token, span: Span, before: Token, rest: &str) -> Result<(), Error> {
        let opens = self.open.is_empty() && self.statement.is_fresh();
        if opens && before == Token::Newline && !matches!(token, Token::Newline | Token::End) {
            self.line_start(span)?;
        }
        let has_left = self.level().part.has_left;
        match token {
            Token::Word => self.word(span, &Place { opens_statement: opens, has_left, rest }),
            Token::Literal | Token::Text => self.operand(span),
            Token::Open(bracket) => self.opened(bracket, span),
            Token::Close(bracket) => self.closed(bracket, span),
            Token::Comma => self.comma(span),
            Token::Colon => self.colon(span),
            Token::Equal => self.equal(span),
            Token::Operator("@") if opens => {
                Err(self.absent(span, "decorators").hinted("write `name = expression`"))
            }
            Token::Operator(sign) => self.operator(sign, span),
            Token::Newline | Token::Semicolon | Token::End => self.ended(token, span),
            Token::Dot if has_left => Ok(()),
            Token::Dot if opens => Err(self.wrong(span, "a statement begins with `.`").hinted(SEVERAL_LINES)),
            Token::Dot => Err(self.wrong(span, "nothing stands before `.`")),
            Token::Template => Err(self
                .absent(span, "f-strings or t-strings")
                .hinted("write a plain string; a value can be sent beside the program by name")),
            Token::Absent(form) => {
                Err(self.absent(span, form).hinted("write `name = expression` on a line of its own"))
            }
            Token::Unclosed => Err(self.wrong(span, "a string begins here and never ends")),
            Token::Strange => {
                let said = format!("{} means nothing in an expression", quoted(self.text, span));
                let error = self.wrong(span, &said);
                Err(if span.words(self.text) == "!" { error.hinted("write `~(a > 1)`") } else { error })
            }
        }
    }

    fn word(&mut self, span: Span, place: &Place<'_>) -> Result<(), Error> {
        let word = span.words(self.text);
        if keyword::is_reserved(word) && !keyword::is_literal(word) {
            let (said, hint) = keyword::refusal(word, place);
            return Err(self.wrong(span, &said).hinted(hint));
        }
        self.operand(span)
    }

    /// A name, a literal: a node without nodes inside.
    fn operand(&mut self, span: Span) -> Result<(), Error> {
        if self.level().part.has_left {
            return Err(self.juxtaposed(span));
        }
        self.count(span)?;
        self.level().part.push(1, span);
        self.deep_enough(1, span)
    }

    /// What follows a dot.
    fn attribute(&mut self, token: Token, span: Span) -> Result<(), Error> {
        let word = span.words(self.text);
        if token != Token::Word || keyword::is_reserved(word) {
            let said = match word.trim() {
                "" => "nothing follows `.`".to_owned(),
                _ => format!("{} cannot be a name behind `.`", quoted(self.text, span)),
            };
            return Err(self.wrong(span, &said));
        }
        self.count(span)?;
        let depth = self.level().part.pop().saturating_add(1);
        self.level().part.push(depth, span);
        self.deep_enough(depth, span)
    }

    fn operator(&mut self, sign: &'static str, span: Span) -> Result<(), Error> {
        let has_left = self.level().part.has_left;
        match (has_left, sign) {
            (true, "~") => return Err(self.juxtaposed(span)),
            (false, "+" | "-" | "~") | (true, _) => {}
            (false, "*" | "**") => return Err(self.stars(span)),
            (false, _) => return Err(self.no_left(sign, span)),
        }
        self.count(span)?;
        let deepest = if has_left { self.level().part.binary(sign) } else { self.level().part.unary(sign) };
        self.deep_enough(deepest, span)
    }

    fn opened(&mut self, bracket: Bracket, span: Span) -> Result<(), Error> {
        let part = &mut self.level().part;
        let kind = match (bracket, part.has_left) {
            (Bracket::Curly, true) => return Err(self.juxtaposed(span)),
            (Bracket::Round, false) => Kind::Group,
            (Bracket::Square, false) => Kind::List,
            (Bracket::Curly, false) => Kind::Dict,
            (Bracket::Round, true) => Kind::Call { left: part.pop() },
            (Bracket::Square, true) => Kind::Index { left: part.pop() },
        };
        self.open.push(Level::new(kind, span));
        self.deep_enough(self.open.len(), span)
    }

    fn closed(&mut self, bracket: Bracket, span: Span) -> Result<(), Error> {
        let Some(mut level) = self.open.pop() else {
            let said = format!("{} closes nothing", quoted(self.text, span));
            return Err(self.wrong(span, &said));
        };
        if level.kind.bracket() != Some(bracket) {
            let (open, close) = (quoted(self.text, level.opener), quoted(self.text, span));
            return Err(self.wrong(span, &format!("{close} stands where {open} should be closed")));
        }
        self.finish(&mut level, span)?;
        if matches!(level.kind, Kind::Index { .. }) && level.elements == 0 {
            return Err(self.wrong(span, "nothing stands in the square brackets"));
        }
        for _ in 0..level.own_nodes() {
            self.count(span)?;
        }
        let depth = level.depth();
        self.level().part.push(depth, level.opener);
        self.deep_enough(depth, span)
    }

    fn comma(&mut self, span: Span) -> Result<(), Error> {
        if self.level().part.is_empty() {
            return Err(self.wrong(span, "nothing stands before `,`"));
        }
        self.with_level(|guard, level| guard.finish(level, span))?;
        self.level().commas = true;
        Ok(())
    }

    fn colon(&mut self, span: Span) -> Result<(), Error> {
        let level = self.level();
        match (level.kind, level.part.colons, level.part.has_left) {
            (Kind::Statement, ..) => Err(self
                .absent(span, "annotations and no blocks")
                .hinted("write `name = expression`; a choice is `when(condition).then(x).otherwise(y)`")),
            (Kind::Dict, 0, true) | (Kind::Index { .. }, 0 | 1, _) => {
                self.with_level(|guard, level| guard.finish_piece(level, span))?;
                let part = &mut self.level().part;
                part.colons = part.colons.saturating_add(1);
                Ok(())
            }
            _ => Err(self.wrong(span, "`:` has no place here").hinted(SLICES)),
        }
    }

    fn equal(&mut self, span: Span) -> Result<(), Error> {
        let level = self.level();
        match level.kind {
            Kind::Statement if level.assigned => {
                Err(self.absent(span, "assignment to several names").hinted("bind one name a statement"))
            }
            Kind::Statement if level.is_fresh() => Err(self.wrong(span, "nothing stands before `=`")),
            Kind::Statement => {
                self.with_level(|guard, level| guard.finish(level, span))?;
                self.size.nodes = self.statement.nodes_before;
                self.statement = Level::statement(self.size.nodes, true);
                Ok(())
            }
            Kind::Call { .. } if level.part.is_lone_operand() && !level.part.is_named => {
                level.part = Part::named();
                self.size.nodes = self.size.nodes.saturating_sub(1);
                Ok(())
            }
            _ => Err(self.wrong(span, "`=` has no place here").hinted(EQUALS)),
        }
    }

    /// A statement's end, where there is one.
    fn ended(&mut self, token: Token, span: Span) -> Result<(), Error> {
        if let Some(level) = self.open.last() {
            let opener = if token == Token::End { level.opener } else { span };
            let open = quoted(self.text, level.opener);
            return Err(self.wrong(opener, &format!("{open} is never closed")));
        }
        if self.statement.is_fresh() && !self.statement.assigned {
            return match token {
                Token::Semicolon => Err(self.wrong(span, "nothing stands before `;`")),
                _ => Ok(()),
            };
        }
        if self.statement.is_fresh() {
            return Err(self.wrong(span, "nothing follows `=`"));
        }
        self.with_level(|guard, level| guard.finish(level, span))?;
        if self.statement.commas {
            self.count(span)?;
        }
        let depth = self.statement.depth();
        self.size.depth = self.size.depth.max(depth);
        self.statement = Level::statement(self.size.nodes, false);
        self.deep_enough(depth, span)
    }

    /// Ends what stands between two commas.
    fn finish(&mut self, level: &mut Level, span: Span) -> Result<(), Error> {
        if level.part.is_empty() {
            return Ok(());
        }
        let value_missing = level.part.is_named || matches!(level.kind, Kind::Dict);
        if value_missing && !level.part.has_left {
            return Err(self.wrong(span, "a value is missing here"));
        }
        if matches!(level.kind, Kind::Dict) && level.part.colons == 0 {
            return Err(self.absent(level.opener, "sets").hinted("write a list: `[…]`"));
        }
        self.finish_piece(level, span)?;
        if matches!(level.kind, Kind::Index { .. }) && level.part.colons > 0 {
            self.count(span)?;
        }
        level.next_part();
        let (got, max) = (level.elements, self.limits.literal_elements);
        if got > max && !matches!(level.kind, Kind::Call { .. }) {
            let refused = Error::limit("program_literal_elements", "elements in one literal", got, max);
            let hint = "send the values beside the program, under a name, or keep them as a table";
            return Err(refused.at(self.text, span).hinted(hint));
        }
        Ok(())
    }

    /// Ends what stands between two commas or colons.
    fn finish_piece(&mut self, level: &mut Level, span: Span) -> Result<(), Error> {
        match level.part.dangling() {
            Some(sign) => Err(self.wrong(span, &format!("nothing follows `{sign}`")).hinted(SEVERAL_LINES)),
            None => self.deep_enough(level.part.reduce(), span),
        }
    }

    /// Lets the innermost level be changed while the whole is asked.
    fn with_level<T>(&mut self, change: impl FnOnce(&mut Self, &mut Level) -> T) -> T {
        let mut level = std::mem::take(self.level());
        let done = change(self, &mut level);
        *self.level() = level;
        done
    }
}
