//! `flights AT (VERSION => 3)` and `flights AT (TIMESTAMP => '2026-01-31 12:00:00')`.
//!
//! The parser of DataFusion's dialect has no such clause, so it is taken out of the tokens here, and the table
//! is asked of a schema that is that snapshot: `pantile."main@3".flights`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use pantile_core::Code;

use crate::names::{CATALOG, MAIN};
use crate::{Error, Position};

/// The tokens, white space left out, with every `AT (…)` clause resolved into its table's name.
pub(super) fn rewrite(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Error> {
    let tokens: Vec<TokenWithSpan> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut rest = tokens.as_slice();
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    while let Some((first, after)) = rest.split_first() {
        match clause(rest) {
            Some((what, value, length)) => {
                let asked = moment(what, value, first.span.start.into())?;
                prefix(&mut out, &asked, first.span.start.into())?;
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                out.push(first.clone());
                rest = after;
            }
        }
    }
    Ok(out)
}

/// `AT ( word => value )` at the front: the word, the value's token, how many tokens it takes.
fn clause(tokens: &[TokenWithSpan]) -> Option<(&str, &Token, usize)> {
    let token = |index: usize| tokens.get(index).map(|token| &token.token);
    let Token::Word(at) = token(0)? else { return None };
    let Token::Word(what) = token(2)? else { return None };
    let arrow = matches!(token(3)?, Token::RArrow);
    if at.keyword != Keyword::AT || token(1)? != &Token::LParen || !arrow {
        return None;
    }
    // `TIMESTAMP => TIMESTAMP '…'` is what other systems write.
    let typed = matches!(token(4)?, Token::Word(word) if word.keyword == Keyword::TIMESTAMP);
    let value: usize = if typed { 5 } else { 4 };
    (token(value.checked_add(1)?)? == &Token::RParen).then_some(())?;
    Some((&what.value, token(value)?, value.checked_add(2)?))
}

fn moment(what: &str, value: &Token, at: Position) -> Result<String, Error> {
    match (what.to_uppercase().as_str(), value) {
        ("VERSION", Token::Number(version, _)) if version.parse::<u32>().is_ok() => Ok(version.clone()),
        ("TIMESTAMP", Token::SingleQuotedString(time)) if !time.is_empty() => Ok(time.clone()),
        _ => {
            let said = "a table is asked of the past by `AT (VERSION => 3)` or `AT (TIMESTAMP => '2026-01-31 12:00:00')`";
            Err(Error::new(Code::InvalidSql, said).at(Some(at)))
        }
    }
}

/// Puts the schema of that moment before the last name in `out`.
fn prefix(out: &mut Vec<TokenWithSpan>, asked: &str, at: Position) -> Result<(), Error> {
    let named = out
        .last()
        .filter(|last| matches!(last.token, Token::Word(_) | Token::DoubleQuotedString(_)))
        .cloned();
    let Some(table) = named else {
        return Err(Error::new(Code::InvalidSql, "`AT (…)` follows the name of a table").at(Some(at)));
    };
    out.pop();
    // A schema and catalog already written are replaced: only `main` has a past.
    while out.last().is_some_and(|last| last.token == Token::Period) {
        out.pop();
        out.pop();
    }
    let span = table.span;
    let word = |text: &str| TokenWithSpan { token: Token::make_word(text, Some('"')), span };
    let period = || TokenWithSpan { token: Token::Period, span };
    out.extend([word(CATALOG), period(), word(&format!("{MAIN}@{asked}")), period(), table]);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    fn rewritten(sql: &str) -> Result<String, Error> {
        let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location().unwrap();
        Ok(rewrite(tokens)?.into_iter().map(|token| token.token.to_string()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_clause_becomes_a_schema() {
        let got = rewritten(
            "SELECT * FROM flights AT (VERSION => 3) f JOIN main.\"P\" AT(timestamp => '2026-01-01')",
        )
        .unwrap();
        assert_eq!(
            got,
            "SELECT * FROM \"pantile\" . \"main@3\" . flights f JOIN \"pantile\" . \"main@2026-01-01\" . \"P\""
        );
        let zone = "SELECT ts AT TIME ZONE 'UTC' FROM t";
        assert_eq!(rewritten(zone).unwrap(), zone);
    }

    #[test]
    fn another_word_is_refused_with_the_form() {
        let error = rewritten("SELECT * FROM t AT (SNAPSHOT => 3)").unwrap_err();
        assert_eq!((error.code(), error.position().unwrap().column), (Code::InvalidSql, 17));
    }
}
