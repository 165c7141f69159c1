//! The form of a statement, measured on its tokens: one pass, no recursion, before anything recursive sees it.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{Error, SqlLimits};

/// `WITH` inside `WITH`: DataFusion's name resolution visits the inner ones twice for each level.
const NESTED_WITH: usize = 8;
/// Parentheses opened with nothing between them: the parser tries each as a query and as a nested join.
const ADJACENT_PARENS: usize = 16;

/// One level of parentheses, brackets or `CASE`.
#[derive(Default)]
struct Level {
    /// Operators since the last comma or clause.
    chain: usize,
    /// Set operations and joins.
    branches: usize,
    /// Whether anything but literals and commas is in it.
    heavy: bool,
    /// Whether a `WITH` is in it.
    with: bool,
}

/// Refuses a statement whose form alone is ruinous.
pub(super) fn check(tokens: &[TokenWithSpan], limits: &SqlLimits) -> Result<(), Error> {
    let mut levels = vec![Level::default()];
    let (mut cost, mut ctes, mut opened, mut nested_with, mut dots) =
        (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for TokenWithSpan { token, span } in tokens {
        let refuse = |name, what, got: usize, max: usize| {
            Err(Error::limit(name, what, got as u64, max as u64).at(Some(span.start.into())))
        };
        if matches!(token, Token::Whitespace(_)) {
            continue;
        }
        opened = if matches!(token, Token::LParen) { opened.saturating_add(1) } else { 0 };
        if opened > ADJACENT_PARENS {
            return refuse("sql_nesting", "parentheses opened in a row", opened, ADJACENT_PARENS);
        }
        // `a.b.c…` behind a value is a field of a field of a field: as deep as it is long.
        dots = match token {
            Token::Period => dots.saturating_add(1),
            Token::Word(_) => dots,
            _ => 0,
        };
        if dots > limits.nesting {
            return refuse("sql_nesting", "names joined by dots", dots, limits.nesting);
        }
        let kind = kind(token);
        if kind == Kind::Close {
            let closed = if levels.len() > 1 { levels.pop() } else { None };
            if let Some(closed) = closed {
                nested_with = nested_with.saturating_sub(usize::from(closed.with));
                // A row of literals costs nothing: `VALUES` and `IN` may be as long as the text.
                if closed.heavy {
                    cost = cost.saturating_add(2);
                    mark(&mut levels);
                }
            }
        }
        let depth = levels.len();
        let Some(level) = levels.last_mut() else { continue };
        match kind {
            Kind::Open => {
                // `a[1][1]…` nests as `a + 1 + 1…` does, and its brackets hold nothing but literals.
                if *token == Token::LBracket {
                    level.chain = level.chain.saturating_add(1);
                    if level.chain > limits.chain {
                        return refuse("sql_chain", "operators in a row", level.chain, limits.chain);
                    }
                }
                levels.push(Level::default());
                if depth > limits.nesting {
                    return refuse("sql_nesting", "levels of nesting", depth, limits.nesting);
                }
            }
            Kind::Close | Kind::Light => {}
            Kind::Comma => level.chain = 0,
            Kind::Clause => {
                level.chain = 0;
                level.heavy = true;
                cost = cost.saturating_add(1);
            }
            Kind::Branch => {
                level.branches = level.branches.saturating_add(1);
                level.chain = 0;
                level.heavy = true;
                cost = cost.saturating_add(1);
                if level.branches > limits.branches {
                    return refuse(
                        "sql_branches",
                        "joins and set operations",
                        level.branches,
                        limits.branches,
                    );
                }
            }
            Kind::With => {
                level.heavy = true;
                cost = cost.saturating_add(1);
                if !level.with {
                    level.with = true;
                    nested_with = nested_with.saturating_add(1);
                }
                if nested_with > NESTED_WITH {
                    return refuse("sql_nesting", "`WITH` inside one another", nested_with, NESTED_WITH);
                }
            }
            Kind::As => {
                // `name AS (` is how a CTE begins; casts and aliases never open a parenthesis after `AS`.
                ctes = ctes.saturating_add(usize::from(level.with));
                level.heavy = true;
                cost = cost.saturating_add(1);
            }
            Kind::Word => {
                level.heavy = true;
                cost = cost.saturating_add(1);
            }
            Kind::Operator => {
                level.chain = level.chain.saturating_add(1);
                level.heavy = true;
                cost = cost.saturating_add(1);
                if level.chain > limits.chain {
                    return refuse("sql_chain", "operators in a row", level.chain, limits.chain);
                }
            }
        }
        if cost > limits.tokens {
            return refuse("sql_tokens", "tokens", cost, limits.tokens);
        }
    }
    count_ctes(tokens, limits, ctes)
}

/// A row with something in it makes the row around it one, too.
fn mark(levels: &mut [Level]) {
    if let Some(outer) = levels.last_mut() {
        outer.heavy = true;
    }
}

/// Counts `AS [NOT] [MATERIALIZED] (`, exactly; `upper` is a bound that is mostly enough.
fn count_ctes(tokens: &[TokenWithSpan], limits: &SqlLimits, upper: usize) -> Result<(), Error> {
    if upper <= limits.ctes {
        return Ok(());
    }
    let words: Vec<&Token> = tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .filter(|token| !matches!(keyword(token), Some(Keyword::NOT | Keyword::MATERIALIZED)))
        .collect();
    let ctes = words.windows(2).filter(|pair| match pair {
        [first, second] => keyword(first) == Some(Keyword::AS) && **second == Token::LParen,
        _ => false,
    });
    match ctes.count() {
        count if count > limits.ctes => {
            Err(Error::limit("sql_ctes", "common table expressions", count as u64, limits.ctes as u64))
        }
        _ => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Comma,
    Light,
    Word,
    As,
    With,
    Clause,
    Branch,
    Operator,
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

fn kind(token: &Token) -> Kind {
    use Keyword as K;
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Kind::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Kind::Close,
        Token::Comma => Kind::Comma,
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_)
        | Token::SemiColon
        | Token::EOF => Kind::Light,
        // A sign before a literal is part of it; in a chain of sums it still counts as an operator.
        Token::Word(_) => match keyword(token) {
            Some(K::TRUE | K::FALSE | K::NULL) => Kind::Light,
            Some(K::CASE) => Kind::Open,
            Some(K::END) => Kind::Close,
            Some(K::AS) => Kind::As,
            Some(K::WITH) => Kind::With,
            Some(K::UNION | K::EXCEPT | K::INTERSECT | K::MINUS | K::JOIN | K::APPLY) => Kind::Branch,
            Some(
                K::SELECT
                | K::FROM
                | K::WHERE
                | K::GROUP
                | K::HAVING
                | K::QUALIFY
                | K::ORDER
                | K::LIMIT
                | K::ON
                | K::WHEN
                | K::THEN
                | K::ELSE
                | K::VALUES
                | K::SET,
            ) => Kind::Clause,
            Some(
                K::AND
                | K::OR
                | K::XOR
                | K::NOT
                | K::IS
                | K::LIKE
                | K::ILIKE
                | K::SIMILAR
                | K::RLIKE
                | K::REGEXP
                | K::BETWEEN
                | K::IN
                | K::COLLATE
                | K::AT
                | K::DIV
                | K::OVERLAPS
                | K::INTERVAL
                | K::EXPLAIN
                | K::PRIOR,
            ) => Kind::Operator,
            _ => Kind::Word,
        },
        Token::Period => Kind::Word,
        _ => Kind::Operator,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    fn refused(sql: &str) -> Option<&'static str> {
        let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location().unwrap();
        check(&tokens, &SqlLimits::default()).err().map(|error| error.limit_met().unwrap().name)
    }

    #[test]
    fn what_overflows_a_stack_is_refused() {
        assert_eq!(refused(&format!("SELECT 1{}", "+1".repeat(20_000))), Some("sql_chain"));
        assert_eq!(refused(&format!("SELECT 1 WHERE 1=0{}", " OR 1=0".repeat(10_000))), Some("sql_chain"));
        assert_eq!(refused(&format!("SELECT {}1", "- ".repeat(5_000))), Some("sql_chain"));
        assert_eq!(refused(&format!("SELECT 1{}", "::int".repeat(5_000))), Some("sql_chain"));
        assert_eq!(
            refused(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(10_000))),
            Some("sql_branches")
        );
        assert_eq!(
            refused(&format!("SELECT {}1{}", "f(1,".repeat(200), ")".repeat(200))),
            Some("sql_nesting")
        );
        assert_eq!(refused(&format!("SELECT {}1{}", "(".repeat(40), ")".repeat(40))), Some("sql_nesting"));
        assert_eq!(refused(&format!("SELECT {} 1", "CASE WHEN ".repeat(200))), Some("sql_nesting"));
        assert_eq!(refused(&format!("SELECT {}", "a,".repeat(20_000))), Some("sql_tokens"));
        assert_eq!(refused(&format!("SELECT a{}", "[1]".repeat(2_000))), Some("sql_chain"));
        assert_eq!(refused(&format!("SELECT (a){}", ".a".repeat(2_000))), Some("sql_nesting"));
    }

    #[test]
    fn long_flat_lists_are_fine() {
        assert_eq!(refused(&format!("SELECT a IN ({}1)", "1,".repeat(100_000))), None);
        assert_eq!(refused(&format!("INSERT INTO t VALUES {}(1,'a')", "(1,'a'),".repeat(50_000))), None);
        assert_eq!(
            refused("SELECT a, CASE WHEN b THEN 1 ELSE 2 END FROM t WHERE a = 1 AND b IN (SELECT 1)"),
            None
        );
    }

    #[test]
    fn ctes_are_counted_and_casts_are_not() {
        let many: Vec<String> = (0..70).map(|n| format!("c{n} AS (SELECT 1)")).collect();
        assert_eq!(refused(&format!("WITH {} SELECT 1", many.join(","))), Some("sql_ctes"));
        let casts = "CAST(1 AS int), ".repeat(100);
        assert_eq!(refused(&format!("WITH c AS (SELECT 1) SELECT {casts} 1 AS x")), None);
        assert_eq!(refused(&"WITH c AS (".repeat(20)), Some("sql_nesting"));
    }
}
