//! SQL text to tokens, as far as a client needs them: to cut it at semicolons, to colour it, to complete it.
//! Follows the server's dialect; what it takes for wrong is for the server to refuse.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Comment,
    /// A text in quotes or between dollar tags.
    Text,
    /// A name in quotes.
    Quoted,
    /// A name or a keyword.
    Word,
    Number,
    /// One character of anything else.
    Sign,
}

/// A part of a text. Tokens lie end to end: nothing stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// Whether it lacks its end.
    pub(super) open: bool,
}

impl Token<'_> {
    /// Whether it says nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Blank | Kind::Comment)
    }

    /// Where the next one begins.
    pub(super) fn end(&self) -> usize {
        self.at.saturating_add(self.text.len())
    }
}

/// The tokens of `text`, all of it.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, len) = first(rest);
        let found = len.and_then(|len| rest.get(..len));
        let token = Token { kind, text: found.unwrap_or(rest), at, open: found.is_none() };
        at = token.end();
        Some(token)
    })
}

/// What `text` begins with, and its bytes; none where its end is missing.
fn first(text: &str) -> (Kind, Option<usize>) {
    let span = |fits: fn(char) -> bool| text.find(|c| !fits(c)).or(Some(text.len()));
    let Some(start) = text.chars().next() else { return (Kind::Blank, Some(0)) };
    match start {
        _ if text.starts_with("--") => (Kind::Comment, text.find('\n').or(Some(text.len()))),
        _ if text.starts_with("/*") => (Kind::Comment, comment(text)),
        _ if start.is_whitespace() => (Kind::Blank, span(char::is_whitespace)),
        'e' | 'E' if text.get(1..).is_some_and(|rest| rest.starts_with('\'')) => (Kind::Text, escaped(text)),
        '\'' => (Kind::Text, until(text, 1, "'")),
        '"' => (Kind::Quoted, until(text, 1, "\"")),
        '`' => (Kind::Quoted, until(text, 1, "`")),
        '$' => match dollar_tag(text) {
            Some(tag) => (Kind::Text, until(text, tag.len(), tag)),
            None => (Kind::Sign, Some(1)),
        },
        _ if start.is_ascii_digit() => {
            (Kind::Number, span(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_'))
        }
        _ if start.is_alphabetic() || start == '_' => (Kind::Word, span(is_of_word)),
        _ => (Kind::Sign, Some(start.len_utf8())),
    }
}

/// Whether a name can go on with it.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Bytes up to the end of `close`, looked for after the first `open` bytes. A quote that is doubled is two texts.
fn until(text: &str, open: usize, close: &str) -> Option<usize> {
    let end = text.get(open..)?.find(close)?;
    Some(open.saturating_add(end).saturating_add(close.len()))
}

/// A comment with comments in it.
fn comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..)?;
        let mark = rest.find(['/', '*'])?;
        let rest = rest.get(mark..)?;
        at = at.saturating_add(mark);
        if rest.starts_with("/*") {
            depth = depth.saturating_add(1);
            at = at.saturating_add(2);
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at = at.saturating_add(2);
            if depth == 0 {
                return Some(at);
            }
        } else {
            at = at.saturating_add(1);
        }
    }
}

/// `E'…'`, in which a backslash takes the next sign's meaning away.
fn escaped(text: &str) -> Option<usize> {
    let mut signs = text.char_indices().skip(2);
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => drop(signs.next()),
            '\'' => return at.checked_add(1),
            _ => {}
        }
    }
    None
}

/// The tag of a dollar-quoted text: `$$`, `$body$`; not the `$1` of a parameter.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text.get(1..)?.find('$')?.saturating_add(2);
    let tag = text.get(..end)?;
    let name = tag.trim_matches('$');
    let fine = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    fine.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).filter(|token| !token.is_blank()).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn tokens_are_what_the_dialect_says() {
        assert_eq!(
            kinds("Select a1, 'x;''y' -- c\n, \"n;\", E'\\'', $1, $t$;$t$, 1.5e3 /* a /* ; */ b */"),
            [
                (Kind::Word, "Select"),
                (Kind::Word, "a1"),
                (Kind::Sign, ","),
                (Kind::Text, "'x;'"),
                (Kind::Text, "'y'"),
                (Kind::Sign, ","),
                (Kind::Quoted, "\"n;\""),
                (Kind::Sign, ","),
                (Kind::Text, "E'\\''"),
                (Kind::Sign, ","),
                (Kind::Sign, "$"),
                (Kind::Number, "1"),
                (Kind::Sign, ","),
                (Kind::Text, "$t$;$t$"),
                (Kind::Sign, ","),
                (Kind::Number, "1.5e3"),
            ]
        );
    }

    #[test]
    fn tokens_lie_end_to_end_whatever_the_text() {
        for text in ["", "'", "E'\\", "/* /* */", "$a$ü", "ü€\u{0}", "\"", "é'é", "e", "--", "1é", "$", "/"]
        {
            assert_eq!(tokens(text).map(|token| token.text).collect::<String>(), text);
        }
        assert!(tokens("'a").all(|token| token.open) && tokens("/* /* */").all(|token| token.open));
    }
}
