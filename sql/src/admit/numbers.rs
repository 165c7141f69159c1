//! `1_000_000`: the tokenizer ends a number at its first underscore, and the rest would be the name of a column.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// The tokens with such numbers whole.
pub(super) fn whole(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut joined: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Some(last) = joined.last_mut()
            && last.span.end == token.span.start
            && let Token::Number(number, false) = &mut last.token
            && let Some(more) = more(number, &token.token)
        {
            number.push_str(&more);
            last.span.end = token.span.end;
            continue;
        }
        joined.push(token);
    }
    joined
}

/// The digits that go on a number right before the token.
fn more(number: &str, token: &Token) -> Option<String> {
    match token {
        Token::Word(Word { value, quote_style: None, .. }) => {
            let groups: Vec<&str> = value.strip_prefix('_')?.split('_').collect();
            let digits = |group: &&str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
            groups.iter().all(digits).then(|| groups.concat())
        }
        Token::Number(rest, false) if rest.starts_with('.') && !number.contains('.') => Some(rest.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Params, SqlLimits, admit};

    #[test]
    fn numbers_in_groups_are_one_number() {
        for (sql, whole) in [
            ("SELECT 1_000, 1_000_000.5, 12_34_5", "SELECT 1000, 1000000.5, 12345"),
            ("SELECT 1_a, 1 _000, \"1_000\"", "SELECT 1 AS _a, 1 AS _000, \"1_000\""),
        ] {
            let statement = admit::statement(sql, &Params::None, &SqlLimits::default()).unwrap();
            assert_eq!(statement.to_string(), whole);
        }
    }
}
