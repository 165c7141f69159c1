//! The signs of JSON, by RFC 8259 to the letter: strings, numbers, words, and what is passed over.

use std::borrow::Cow;

use super::super::error::shown;
use super::parse::{Fault, Why};

/// Values nest no deeper than this.
pub(super) const DEPTH_MAX: usize = 64;

/// A place in a text.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Parser<'a> {
        Parser { text, at: 0 }
    }

    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.syntax("text follows the value")) }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes the sign after white space; false, and only white space taken, if another stands there.
    pub(super) fn eat(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn must(&mut self, sign: u8) -> Result<(), Fault> {
        if self.eat(sign) { Ok(()) } else { Err(self.syntax(&format!("expected `{}`", char::from(sign)))) }
    }

    pub(super) fn syntax(&self, what: &str) -> Fault {
        let found = self.text.get(self.at..).unwrap_or_default();
        let found = if found.is_empty() { "its end".to_owned() } else { shown(found) };
        let place = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        Fault::new(Why::Syntax(format!("{what} at character {place}, found {found}")))
    }

    /// Passes over a value of any kind.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), Fault> {
        self.space();
        let close = match self.peek() {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            Some(b'"') => return self.string().map(drop),
            _ => return self.bare().map(drop),
        };
        if depth >= DEPTH_MAX {
            return Err(self.syntax(&format!("values nest deeper than {DEPTH_MAX}")));
        }
        self.at += 1;
        if self.eat(close) {
            return Ok(());
        }
        loop {
            if close == b'}' {
                self.space();
                self.string()?;
                self.must(b':')?;
            }
            self.skip(depth + 1)?;
            if !self.eat(b',') {
                return self.must(close);
            }
        }
    }

    pub(super) fn word(&mut self, word: &'static str) -> Result<&'static str, Fault> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(word)
        } else {
            Err(self.syntax("expected a value"))
        }
    }

    /// A number, `true`, `false` or `null`, as it stands.
    pub(super) fn bare(&mut self) -> Result<&'a str, Fault> {
        match self.peek() {
            Some(b't') => return self.word("true"),
            Some(b'f') => return self.word("false"),
            Some(b'n') => return self.word("null"),
            _ => {}
        }
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return Err(self.syntax("expected a value"));
        }
        self.at += length;
        Ok(())
    }

    /// A string, borrowed where it holds no escape.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("expected a string"));
        }
        self.at += 1;
        let mut unescaped: Option<String> = None;
        loop {
            let start = self.at;
            let rest = &self.text.as_bytes()[start..];
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) else {
                self.at = self.text.len();
                return Err(self.syntax("a string is never closed"));
            };
            let plain = &self.text[start..start + length];
            self.at += length;
            match (rest[length], &mut unescaped) {
                (b'"', None) => {
                    self.at += 1;
                    return Ok(Cow::Borrowed(plain));
                }
                (b'"', Some(text)) => {
                    self.at += 1;
                    text.push_str(plain);
                    return Ok(Cow::Owned(std::mem::take(text)));
                }
                (b'\\', text) => {
                    self.at += 1;
                    let character = self.escape()?;
                    let text = text.get_or_insert_default();
                    text.push_str(plain);
                    text.push(character);
                }
                _ => return Err(self.syntax("a string holds a control character that is not escaped")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let sign = self.peek();
        self.at += usize::from(sign.is_some_and(|sign| sign.is_ascii()));
        Ok(match sign {
            Some(sign @ (b'"' | b'\\' | b'/')) => char::from(sign),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.syntax("a string holds an escape that does not exist")),
        })
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let unit = self.hex()?;
        let code = match unit {
            0xd800..0xdc00 if self.text.as_bytes()[self.at..].starts_with(b"\\u") => {
                self.at += 2;
                match self.hex()? {
                    low @ 0xdc00..0xe000 => 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                    _ => 0xd800,
                }
            }
            unit => unit,
        };
        char::from_u32(code).ok_or_else(|| self.syntax("a string holds half of a surrogate pair"))
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let number =
            digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?));
        match number {
            Some(number) if digits.len() == 4 => {
                self.at += 4;
                Ok(number)
            }
            _ => Err(self.syntax("expected four hexadecimal digits")),
        }
    }
}
