//! What a statement may be, judged three times: by its tokens before it is parsed, by its tree before it is
//! planned, by its plan before it runs.
//!
//! The first two keep texts away that are small and ruinous: chains and nests that overflow a stack, CTEs and
//! views that multiply. The third is an allow-list over every node of the plan, subqueries included: what is
//! not known to be harmless does not run. Start at [`statement`].

mod brief;
mod expansion;
mod forms;
mod growth;
mod ignored;
mod numbers;
mod plan;
mod spelling;
mod time_travel;
mod tokens;
mod twice;

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::{CopyToSource, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use pantile_core::Code;

pub(crate) use brief::{is_brief, may_be_brief};
pub(crate) use expansion::{Expansion, view_query};
pub(crate) use growth::check_growth;
pub(crate) use plan::allowed;

use crate::{Error, Params, SqlLimits, params};
use forms::Forms;
use ignored::Ignored;
use spelling::Spelling;
use twice::Twice;

/// The one statement of the text, within the limits of its form, its parameters bound.
pub(crate) fn statement(text: &str, params: &Params, limits: &SqlLimits) -> Result<Statement, Error> {
    parsed(text, limits, |tokens| params::bind(tokens, params))
}

/// The same with its parameters left open, as `$1`, `$2` and `$name`.
pub(crate) fn open_statement(text: &str, limits: &SqlLimits) -> Result<Statement, Error> {
    parsed(text, limits, |tokens| Ok(params::number(tokens)))
}

fn parsed(
    text: &str,
    limits: &SqlLimits,
    parameters: impl FnOnce(Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Error>,
) -> Result<Statement, Error> {
    if text.len() > limits.text_bytes {
        return Err(Error::limit("sql_bytes", "bytes", text.len() as u64, limits.text_bytes as u64));
    }
    let tokens = Tokenizer::new(&GenericDialect, text)
        .tokenize_with_location()
        .map_err(|error| Error::new(Code::InvalidSql, error.message).at(Some(error.location.into())))?;
    let tokens = numbers::whole(tokens);
    tokens::check(&tokens, limits)?;
    let mut tokens = time_travel::rewrite(parameters(tokens)?)?;
    while let Some(Token::SemiColon | Token::Whitespace(_)) = tokens.last().map(|last| &last.token) {
        tokens.pop();
    }
    if tokens.is_empty() {
        return Err(Error::new(Code::InvalidSql, "there is no statement in the text"));
    }
    if let Some(second) = tokens.iter().find(|token| token.token == Token::SemiColon) {
        let said = "one statement at a time, please: send what follows the semicolon as a request of its own";
        return Err(Error::new(Code::InvalidSql, said).at(Some(second.span.start.into())));
    }
    // A parser that runs out of text does not say where.
    let end = tokens.last().map(|last| last.span.end.into());
    let mut statements = DFParserBuilder::new(tokens)
        .with_dialect(&GenericDialect)
        .with_recursion_limit(limits.nesting.saturating_mul(2))
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| match &error {
            DataFusionError::SQL(..) => Error::planning(&error).at(end),
            _ => Error::planning(&error),
        })?;
    match (statements.pop_front(), statements.len()) {
        (Some(mut statement), 0) => {
            let _ = rewrite(&mut statement, &mut Forms);
            let _ = rewrite(&mut statement, &mut Spelling::default());
            let _ = rewrite(&mut statement, &mut Twice);
            match rewrite(&mut statement, &mut Ignored) {
                ControlFlow::Break(refused) => Err(refused),
                ControlFlow::Continue(()) => Ok(statement),
            }
        }
        _ => Err(Error::new(Code::InvalidSql, "there is not exactly one statement in the text")),
    }
}

/// Lets the visitor see every part of the statement that is a question or stands in one.
fn rewrite<B>(statement: &mut Statement, visitor: &mut impl VisitorMut<Break = B>) -> ControlFlow<B> {
    match statement {
        Statement::Statement(ast) => ast.visit(visitor),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(visitor),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::Explain(explain) => rewrite(&mut explain.statement, visitor),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[&str] = &[
        "SELECT", "FROM", "WHERE", "t", "a", "1", "'x'", "?", "$1", "(", ")", ",", "+", "AND", "NOT", "IN",
        "CASE", "WHEN", "THEN", "END", "AS", "WITH", "UNION", "ALL", "JOIN", "ON", "AT", "(VERSION", "=>",
        "3)", "[", "]", ".", "::", "int", "INSERT", "INTO", "VALUES", "COPY", "TO", "EXPLAIN", "CREATE",
        "EXTERNAL", "TABLE", "VIEW", "LOCATION", ";", "--x\n", "/*", "*/", "\"q\"", "$$", "e'\\'", "LATERAL",
        "OVER", "INTERVAL", "SET", "=", "*", "DROP", "UPDATE", "DELETE",
    ];

    proptest! {
        #[test]
        fn no_text_is_too_strange(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
            // An answer or a refusal; never a panic, which the harness would see.
            let _ = statement(&words.join(" "), &Params::None, &SqlLimits::default());
        }

        #[test]
        fn nor_any_bytes(text in "\\PC{0,200}") {
            let _ = statement(&text, &Params::None, &SqlLimits::default());
        }
    }
}
