//! A program's text as words, literals and signs: one pass, no recursion, no refusals.
//!
//! The parser has a lexer of its own; this one exists so that a text can be judged before the parser sees it.

use super::position::Span;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word of Python's.
    Word,
    /// A number or `...`.
    Literal,
    /// A string or bytes.
    Text,
    /// An f-string or a t-string, up to its first quote.
    Template,
    /// A string whose end is missing.
    Unclosed,
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Dot,
    Equal,
    Semicolon,
    Newline,
    /// `+`, `**`, `<=`, …
    Operator(&'static str),
    /// What Python has and expressions do not: `+=`, `:=`, `->`.
    Absent(&'static str),
    /// A character that begins nothing.
    Strange,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

/// Signs, the longest first.
const SIGNS: &[(&str, Token)] = &[
    ("**=", Token::Absent("augmented assignment")),
    ("//=", Token::Absent("augmented assignment")),
    ("<<=", Token::Absent("augmented assignment")),
    (">>=", Token::Absent("augmented assignment")),
    ("...", Token::Literal),
    ("+=", Token::Absent("augmented assignment")),
    ("-=", Token::Absent("augmented assignment")),
    ("*=", Token::Absent("augmented assignment")),
    ("/=", Token::Absent("augmented assignment")),
    ("%=", Token::Absent("augmented assignment")),
    ("@=", Token::Absent("augmented assignment")),
    ("&=", Token::Absent("augmented assignment")),
    ("|=", Token::Absent("augmented assignment")),
    ("^=", Token::Absent("augmented assignment")),
    (":=", Token::Absent("assignment inside an expression")),
    ("->", Token::Absent("annotations")),
    ("==", Token::Operator("==")),
    ("!=", Token::Operator("!=")),
    ("<=", Token::Operator("<=")),
    (">=", Token::Operator(">=")),
    ("<<", Token::Operator("<<")),
    (">>", Token::Operator(">>")),
    ("**", Token::Operator("**")),
    ("//", Token::Operator("//")),
    ("+", Token::Operator("+")),
    ("-", Token::Operator("-")),
    ("*", Token::Operator("*")),
    ("/", Token::Operator("/")),
    ("%", Token::Operator("%")),
    ("@", Token::Operator("@")),
    ("&", Token::Operator("&")),
    ("|", Token::Operator("|")),
    ("^", Token::Operator("^")),
    ("~", Token::Operator("~")),
    ("<", Token::Operator("<")),
    (">", Token::Operator(">")),
    ("=", Token::Equal),
    (",", Token::Comma),
    (":", Token::Colon),
    (".", Token::Dot),
    (";", Token::Semicolon),
    ("(", Token::Open(Bracket::Round)),
    ("[", Token::Open(Bracket::Square)),
    ("{", Token::Open(Bracket::Curly)),
    (")", Token::Close(Bracket::Round)),
    ("]", Token::Close(Bracket::Square)),
    ("}", Token::Close(Bracket::Curly)),
];

/// Reads a text whose lines end with `\n`.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token; [`Token::End`] at the end, as often as asked.
    pub(super) fn next(&mut self) -> (Token, Span) {
        self.skip_blanks();
        let start = self.at;
        let token = match self.peek(0) {
            None => Token::End,
            Some(b'\n') => self.one(Token::Newline),
            Some(b'0'..=b'9') => self.number(),
            Some(b'.') if self.peek(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
            Some(quote @ (b'"' | b'\'')) => self.string(quote),
            Some(byte) if is_word(byte) => self.word(),
            Some(_) => self.sign(),
        };
        (token, Span::of(start, self.at))
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(ahead)).copied()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    fn skip_while(&mut self, is_of: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&is_of) {
            self.skip(1);
        }
    }

    /// Blanks, comments, and newlines behind a backslash.
    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t' | b'\x0c'), _) => self.skip(1),
                (Some(b'\\'), Some(b'\n')) => self.skip(2),
                (Some(b'#'), _) => self.skip_while(|byte| byte != b'\n'),
                _ => return,
            }
        }
    }

    fn number(&mut self) -> Token {
        let radix: Option<fn(u8) -> bool> = match (self.peek(0), self.peek(1)) {
            (Some(b'0'), Some(b'x' | b'X')) => Some(|byte| byte.is_ascii_hexdigit()),
            (Some(b'0'), Some(b'o' | b'O')) => Some(|byte| matches!(byte, b'0'..=b'7')),
            (Some(b'0'), Some(b'b' | b'B')) => Some(|byte| matches!(byte, b'0' | b'1')),
            _ => None,
        };
        if let Some(is_digit) = radix {
            self.skip(2);
            self.digits(is_digit);
            return Token::Literal;
        }
        self.digits(|byte| byte.is_ascii_digit());
        if self.peek(0) == Some(b'.') {
            self.skip(1);
            self.digits(|byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(sign.saturating_add(1)).is_some_and(|byte| byte.is_ascii_digit()) {
                self.skip(sign.saturating_add(1));
                self.digits(|byte| byte.is_ascii_digit());
            }
        }
        if matches!(self.peek(0), Some(b'j' | b'J')) {
            self.skip(1);
        }
        Token::Literal
    }

    /// Digits, with single underscores before them.
    fn digits(&mut self, is_digit: fn(u8) -> bool) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(byte), _) if is_digit(byte) => self.skip(1),
                (Some(b'_'), Some(byte)) if is_digit(byte) => self.skip(2),
                _ => return,
            }
        }
    }

    /// A word, or the string it is the prefix of.
    fn word(&mut self) -> Token {
        let start = self.at;
        self.skip_while(|byte| is_word(byte) || byte.is_ascii_digit());
        let Some(quote @ (b'"' | b'\'')) = self.peek(0) else { return Token::Word };
        let word = self.text.get(start..self.at).unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "r" | "u" | "b" | "br" | "rb" => self.string(quote),
            "f" | "fr" | "rf" | "t" | "tr" | "rt" => Token::Template,
            _ => Token::Word,
        }
    }

    fn string(&mut self, quote: u8) -> Token {
        let thrice = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.skip(if thrice { 3 } else { 1 });
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.skip(2),
                b'\n' if !thrice => return Token::Unclosed,
                _ if byte != quote => self.skip(1),
                _ if !thrice => {
                    self.skip(1);
                    return Token::Text;
                }
                _ if self.peek(1) == Some(quote) && self.peek(2) == Some(quote) => {
                    self.skip(3);
                    return Token::Text;
                }
                _ => self.skip(1),
            }
        }
        Token::Unclosed
    }

    fn one(&mut self, token: Token) -> Token {
        self.skip(1);
        token
    }

    fn sign(&mut self) -> Token {
        let rest = self.rest();
        match SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            Some((sign, token)) => {
                self.skip(sign.len());
                *token
            }
            None => self.one(Token::Strange),
        }
    }
}

/// Whether a byte may be in a name. Which letters beyond ASCII may, the parser judges.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}
