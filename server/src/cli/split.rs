//! A text of several statements, cut at its semicolons: those that stand outside quotes and comments.

/// The statements in `text`, without the semicolons. A cut in a wrong place only makes a statement that the
/// server refuses; what the server takes, it parses by itself.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(';') {
            found.extend(text.get(from..at));
            at = at.saturating_add(1);
            from = at;
        } else {
            at = at.saturating_add(token(rest));
        }
    }
    found.extend(text.get(from..));
    found.retain(|statement| !is_blank(statement));
    found
}

/// Bytes of what `text` begins with: a quoted text, a comment, or one character.
fn token(text: &str) -> usize {
    let until = |open: usize, close: &str| {
        let body = text.get(open..).unwrap_or_default();
        body.find(close).map_or(text.len(), |end| open.saturating_add(end).saturating_add(close.len()))
    };
    if text.starts_with("--") {
        return until(2, "\n");
    }
    if text.starts_with("/*") {
        return until(2, "*/");
    }
    match text.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => until(1, quote.encode_utf8(&mut [0; 4])),
        Some('$') => dollar_tag(text).map_or(1, |tag| until(tag.len(), tag)),
        Some(other) => other.len_utf8(),
        None => 0,
    }
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

/// Whether there is nothing in it but white space and comments.
fn is_blank(statement: &str) -> bool {
    let mut rest = statement.trim_start();
    while rest.starts_with("--") || rest.starts_with("/*") {
        rest = rest.get(token(rest)..).unwrap_or_default().trim_start();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_quotes_and_comments_cut_nothing() {
        let check = |text: &str, count: usize| assert_eq!(statements(text).len(), count, "{text}");
        check("SELECT 1; SELECT 2", 2);
        check("SELECT ';' ; -- a; b\n", 1);
        check("SELECT 'it''s; fine'; SELECT \"a;b\" /* ; */", 2);
        check("SELECT $$a;b$$, $t$;$t$, $1; SELECT $2", 2);
        check("; ;\n", 0);
        check("SELECT 'open; ", 1);
        check("SELECT 'ü'; SELECT 2;", 2);
    }
}
