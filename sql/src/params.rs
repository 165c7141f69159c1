//! Values that travel beside the text, put in place of its parameters as literals, before it is parsed.
//!
//! Done on tokens, so a value can never become syntax, and each is typed by the place it stands in exactly as
//! a literal there would be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arrow::datatypes::DataType;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use pantile_core::Code;

use crate::Error;

/// Values for `$1`, `$2` and `?`, or for `$name`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Params {
    /// There are none.
    #[default]
    None,
    /// By place, from 1.
    Positional(Vec<ParamValue>),
    /// By name, without the `$`.
    Named(BTreeMap<String, ParamValue>),
    /// A row of values for each of several rows of an `INSERT … VALUES (…)` that [`takes_rows`].
    Rows(Vec<Params>),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// Null of whatever type is needed.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number, NaN and the infinities among them.
    Float(f64),
    /// Text; also dates, times and decimals, where one of those is needed.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A value of exactly this type, as text that a cast to it reads.
    Typed(String, DataType),
}

impl Params {
    /// Bytes that they take.
    pub fn bytes(&self) -> u64 {
        let inside: u64 = match self {
            Self::None => 0,
            Self::Positional(values) => values.iter().map(ParamValue::bytes).sum(),
            Self::Named(values) => values
                .iter()
                .map(|(name, value)| value.bytes().saturating_add((size_of::<String>() + name.len()) as u64))
                .sum(),
            Self::Rows(rows) => rows.iter().map(Self::bytes).sum(),
        };
        inside.saturating_add(size_of::<Self>() as u64)
    }
}

impl ParamValue {
    /// Bytes that it takes.
    fn bytes(&self) -> u64 {
        let beside = match self {
            Self::Text(text) | Self::Typed(text, _) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 0,
        };
        (size_of::<Self>() as u64).saturating_add(beside as u64)
    }
}

/// The tokens with parameters numbered where they were `?`, so that a plan can tell them apart.
pub(crate) fn number(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut marks = 0_usize;
    let numbered = tokens.into_iter().map(|mut token| {
        if let Token::Placeholder(name) = &mut token.token
            && name == "?"
        {
            marks = marks.saturating_add(1);
            *name = format!("${marks}");
        }
        token
    });
    numbered.collect()
}

/// Whether the text is an `INSERT … VALUES (…)` of one row that holds all of its parameters: then many rows of
/// parameters are one statement.
pub fn takes_rows(sql: &str) -> bool {
    let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location();
    tokens.is_ok_and(|tokens| row_of(&tokens).is_some())
}

/// Where the one row of an `INSERT … VALUES (…)` stands, its parentheses included.
fn row_of(tokens: &[TokenWithSpan]) -> Option<Range<usize>> {
    let is_word = |token: &Token, word: Keyword| matches!(token, Token::Word(it) if it.keyword == word);
    let mut meant = tokens.iter().enumerate().filter(|(_, it)| !matches!(it.token, Token::Whitespace(_)));
    let (_, first) = meant.next()?;
    let (values, _) = meant.by_ref().find(|(_, it)| is_word(&it.token, Keyword::VALUES))?;
    let (start, open) = meant.next()?;
    let end = tokens.iter().rposition(|it| !matches!(it.token, Token::Whitespace(_) | Token::SemiColon))?;
    let plain = |it: &TokenWithSpan| {
        !matches!(it.token, Token::Placeholder(_))
            && ![Keyword::SELECT, Keyword::WITH].iter().any(|word| is_word(&it.token, *word))
    };
    let inside = tokens.get(start.checked_add(1)?..end)?;
    let mut depth = 0_i32;
    let closed_at_once = inside.iter().all(|it| {
        depth = match it.token {
            Token::LParen => depth.saturating_add(1),
            Token::RParen => depth.saturating_sub(1),
            _ => depth,
        };
        depth >= 0
    });
    let whole = open.token == Token::LParen && tokens.get(end)?.token == Token::RParen && closed_at_once;
    let fits = is_word(&first.token, Keyword::INSERT) && tokens.get(..values)?.iter().all(plain) && whole;
    fits.then(|| start..end.saturating_add(1))
}

/// The tokens with the one row of values repeated for each row of parameters.
fn bind_rows(tokens: &[TokenWithSpan], rows: &[Params]) -> Result<Vec<TokenWithSpan>, Error> {
    let unfit = || {
        Error::new(Code::InvalidRequest, "this statement does not take several rows of parameters at once")
    };
    let place = row_of(tokens).ok_or_else(unfit)?;
    let row = tokens.get(place.clone()).ok_or_else(unfit)?;
    let mut bound = tokens.get(..place.start).ok_or_else(unfit)?.to_vec();
    for (index, params) in rows.iter().enumerate() {
        if index > 0 {
            bound.extend(row.first().map(|open| TokenWithSpan { token: Token::Comma, span: open.span }));
        }
        bound.extend(bind(row.to_vec(), params)?);
    }
    Ok(bound)
}

/// The tokens with every parameter replaced by its value.
pub(crate) fn bind(tokens: Vec<TokenWithSpan>, params: &Params) -> Result<Vec<TokenWithSpan>, Error> {
    if let Params::Rows(rows) = params {
        return bind_rows(&tokens, rows);
    }
    let mut bound = Vec::with_capacity(tokens.len());
    let mut marks = 0_usize;
    let mut used = BTreeSet::new();
    for token in tokens {
        let Token::Placeholder(name) = &token.token else {
            bound.push(token);
            continue;
        };
        let name = match name.as_str() {
            "?" => {
                marks = marks.saturating_add(1);
                marks.to_string()
            }
            name => name.trim_start_matches(['$', '?', ':', '@']).to_owned(),
        };
        let value = value_of(params, &name).map_err(|error| error.at(Some(token.span.start.into())))?;
        used.insert(name);
        bound.extend(
            literal(value).into_iter().map(|literal| TokenWithSpan { token: literal, span: token.span }),
        );
    }
    match params {
        Params::Positional(values) if values.len() > used.len() => {
            let said =
                format!("{} parameters were given, and the statement uses {}", values.len(), used.len());
            Err(Error::new(Code::InvalidRequest, said))
        }
        _ => Ok(bound),
    }
}

fn value_of<'a>(params: &'a Params, name: &str) -> Result<&'a ParamValue, Error> {
    let missing =
        |given: String| Error::new(Code::InvalidRequest, format!("parameter ${name} has no value; {given}"));
    match params {
        Params::None | Params::Rows(_) => Err(missing("none was given".to_owned())),
        Params::Positional(values) => {
            let index = name.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
            index.and_then(|index| values.get(index)).ok_or_else(|| match values.len() {
                0 => missing("none was given".to_owned()),
                given => missing(format!("given: $1 to ${given}")),
            })
        }
        Params::Named(values) => values.get(name).ok_or_else(|| {
            let names: Vec<String> = values.keys().map(|key| format!("${key}")).collect();
            missing(format!("given: {}", names.join(", ")))
        }),
    }
}

fn literal(value: &ParamValue) -> Vec<Token> {
    let text = |text: String| Token::SingleQuotedString(text);
    let cast = |value: String, to: &str| {
        let word = |word: &str| Token::make_keyword(word);
        vec![
            word("CAST"),
            Token::LParen,
            Token::SingleQuotedString(value),
            word("AS"),
            word(to),
            Token::RParen,
        ]
    };
    match value {
        ParamValue::Null => vec![Token::make_keyword("NULL")],
        ParamValue::Bool(value) => vec![Token::make_keyword(if *value { "TRUE" } else { "FALSE" })],
        ParamValue::Int(value) if *value >= 0 => vec![Token::Number(value.to_string(), false)],
        ParamValue::Int(value) => cast(value.to_string(), "BIGINT"),
        ParamValue::Float(value) => cast(format!("{value:?}"), "DOUBLE"),
        ParamValue::Text(value) => vec![text(value.clone())],
        ParamValue::Typed(value, data_type) => {
            // No text is cast to a duration, but its number is.
            let value = match data_type {
                DataType::Duration(_) => Token::Number(value.clone(), false),
                _ => text(value.clone()),
            };
            let call = [Token::make_word("arrow_cast", None), Token::LParen, value, Token::Comma];
            call.into_iter().chain([text(data_type.to_string()), Token::RParen]).collect()
        }
        ParamValue::Bytes(value) => {
            vec![Token::HexStringLiteral(value.iter().map(|byte| format!("{byte:02x}")).collect())]
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bound(sql: &str, params: &Params) -> Result<String, Error> {
        let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location().unwrap();
        Ok(bind(tokens, params)?.into_iter().map(|token| token.token.to_string()).collect())
    }

    #[test]
    fn rows_of_parameters_are_rows_of_values() {
        let row = |number, text: &str| {
            Params::Positional(vec![ParamValue::Int(number), ParamValue::Text(text.into())])
        };
        let rows = Params::Rows(vec![row(1, "a"), row(2, "),("), row(3, "c")]);
        assert_eq!(
            bound("INSERT INTO t (k, v) VALUES (?, upper(?)) ;", &rows).unwrap(),
            "INSERT INTO t (k, v) VALUES (1, upper('a')),(2, upper('),(')),(3, upper('c'))"
        );
        assert!(takes_rows(" insert into t values ($1, $2)"));
        for other in [
            "INSERT INTO t VALUES (?), (?)",
            "INSERT INTO t SELECT * FROM (VALUES (?))",
            "INSERT INTO t VALUES (?) RETURNING k",
            "UPDATE t SET v = ?",
            "SELECT * FROM (VALUES (?))",
            "INSERT",
            "VALUES (?)",
            "",
        ] {
            assert!(!takes_rows(other), "{other}");
            assert!(bound(other, &rows).is_err(), "{other}");
        }
    }

    #[test]
    fn values_never_become_syntax() {
        let params = Params::Positional(vec![ParamValue::Text("' OR 1=1 --".into()), ParamValue::Int(7)]);
        let got = bound("SELECT '?' FROM t WHERE a = ? AND b = ? -- ?", &params).unwrap();
        assert!(
            got.contains("a = ''' OR 1=1 --' AND b = 7") || got.contains("a = '' OR 1=1 --' AND b = 7"),
            "{got}"
        );
        assert!(got.starts_with("SELECT '?'"));
    }

    #[test]
    fn each_parameter_needs_a_value_and_each_value_a_parameter() {
        let params = Params::Positional(vec![ParamValue::Null]);
        assert_eq!(
            bound("SELECT $2", &params).unwrap_err().to_string(),
            "parameter $2 has no value; given: $1 to $1"
        );
        let none = bound("SELECT $1", &Params::Positional(Vec::new())).unwrap_err();
        assert_eq!(none.to_string(), "parameter $1 has no value; none was given");
        assert!(bound("SELECT 1", &params).unwrap_err().to_string().contains("1 parameters were given"));
        let named = Params::Named([("x".to_owned(), ParamValue::Bool(true))].into());
        assert_eq!(bound("SELECT $x, $x", &named).unwrap(), "SELECT TRUE, TRUE");
    }
}
