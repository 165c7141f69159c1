//! What is typed, in colours. The editor leaves them out where nobody wants any.

use std::borrow::Cow;

use rustyline::highlight::{CmdKind, Highlighter};

use super::line::Helper;
use super::words::is_keyword;
use crate::cli::lex::{Kind, Token, tokens};

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[90m";
const PROMPT: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        coloured(line).into()
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        format!("{PROMPT}{prompt}{PLAIN}").into()
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        // What is typed may change the colour of all that follows.
        kind != CmdKind::MoveCursor
    }
}

/// The text with colours around its tokens. It takes as many places as without.
fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for token in tokens(text) {
        match colour(&token) {
            Some(colour) => out.extend([colour, token.text, PLAIN]),
            None => out.push_str(token.text),
        }
    }
    out
}

fn colour(token: &Token) -> Option<&'static str> {
    match token.kind {
        Kind::Comment => Some(COMMENT),
        Kind::Text => Some(TEXT),
        Kind::Number => Some(NUMBER),
        Kind::Word if is_keyword(token.text) => Some(KEYWORD),
        Kind::Word | Kind::Quoted | Kind::Blank | Kind::Sign => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_texts_numbers_and_comments_have_colours() {
        assert_eq!(
            coloured("select a, 'from', 12 -- from"),
            format!(
                "{KEYWORD}select{PLAIN} a, {TEXT}'from'{PLAIN}, {NUMBER}12{PLAIN} {COMMENT}-- from{PLAIN}"
            )
        );
        assert_eq!(coloured("\"from\" 'open"), format!("\"from\" {TEXT}'open{PLAIN}"));
    }
}
