//! Arguments, found their parameters.

use std::sync::Arc;

use polars::prelude::Schema;

use super::args::{Arg, Args, Literal};
use super::signature::{Default, Given, Kind, Param, form};
use super::value::{Placed, Value};
use super::{Error, Span, types, words};
use crate::frame::lower;
use crate::{did_you_mean, nearest};

/// What a call was given, in the text's order.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) by_place: Vec<Placed>,
    pub(super) by_name: Vec<Named>,
}

/// What was given under a name.
pub(super) struct Named {
    pub(super) name: Arc<str>,
    pub(super) name_span: Span,
    pub(super) placed: Placed,
}

impl Raw {
    /// Where arguments stand that are no frames.
    pub(super) fn spans(&self) -> Vec<Span> {
        let all = self.by_place.iter().chain(self.by_name.iter().map(|named| &named.placed));
        all.filter(|placed| !matches!(placed.value, Value::Frame(_))).map(|placed| placed.span).collect()
    }
}

/// Gives each parameter of `op` its argument; names are those of the columns `there`.
pub(super) fn args(
    text: &str,
    op: &str,
    params: &'static [Param],
    raw: Raw,
    there: Option<&Schema>,
    span: Span,
) -> Result<Args, Error> {
    let call = Call { text, op, params, there, span };
    let mut by_place = raw.by_place.into_iter();
    let mut by_name = raw.by_name;
    let mut values = Vec::with_capacity(params.len());
    for param in params {
        let named = by_name.iter().position(|named| named.name.as_ref() == param.name);
        let named = named.filter(|_| !matches!(param.given, Given::Rest | Given::RestNamed));
        let placed = match (param.given, named) {
            (Given::Rest, _) => {
                values.push(call.rest(param, by_place.by_ref().collect())?);
                continue;
            }
            (Given::RestNamed, _) => {
                values.push(call.rest_named(param, std::mem::take(&mut by_name))?);
                continue;
            }
            (_, Some(index)) => Some(by_name.remove(index).placed),
            (Given::NamedElse(_), None) => None,
            (_, None) => by_place.next(),
        };
        values.push(match (placed, param.given) {
            (Some(placed), _) => call.one(param, placed)?,
            (None, Given::Else(default) | Given::NamedElse(default)) => by_default(param.kind, default),
            (None, _) => return Err(call.missing(param, &by_name)),
        });
    }
    if let Some(extra) = by_place.next() {
        return Err(call.too_many(&extra));
    }
    if let Some(named) = by_name.first() {
        return Err(call.unknown(&named.name, named.name_span, nearest(&named.name, call.declared())));
    }
    Ok(Args::new(params, values))
}

struct Call<'a> {
    text: &'a str,
    op: &'a str,
    params: &'static [Param],
    there: Option<&'a Schema>,
    span: Span,
}

impl Call<'_> {
    fn one(&self, param: &Param, placed: Placed) -> Result<Arg, Error> {
        let absent =
            Given::Else(Default::None) == param.given || Given::NamedElse(Default::None) == param.given;
        if absent && matches!(placed.value, Value::Literal(Literal::None)) {
            return Ok(Arg::None);
        }
        let placed = match self.there {
            Some(there) if param.kind == Kind::Names => self.named(param, there, placed)?,
            _ => placed,
        };
        let (said, at) = placed.value.odd(param.kind, placed.span);
        let hint = instead(param.kind, &placed.value);
        let arg = placed.value.into_arg(param.kind, placed.span);
        arg.ok_or_else(|| {
            let error = self.mismatch(param, &said, at);
            match hint {
                Some(hint) => error.hinted(hint),
                None => error,
            }
        })
    }

    /// The same, with the names that a selector stands for in its place.
    fn named(&self, param: &Param, there: &Schema, placed: Placed) -> Result<Placed, Error> {
        let span = placed.span;
        let items = match placed.value {
            column @ Value::Column(_) => vec![Placed { value: column, span }],
            Value::List(items) => items,
            value => return Ok(Placed { value, span }),
        };
        let mut names = Vec::new();
        for Placed { value, span } in items {
            match value {
                Value::Literal(literal) => names.push(literal),
                Value::Column(column) => match lower::chosen(there, &column) {
                    Ok(Some(chosen)) => names.extend(chosen.into_iter().map(Literal::Text)),
                    Ok(None) => return Err(self.mismatch(param, "a column that is computed", span)),
                    Err(error) => return Err(Error::lowered(self.text, span, &error)),
                },
                other => return Err(self.mismatch(param, &other.described(), span)),
            }
        }
        Ok(Placed { value: Value::Literal(Literal::List(names)), span })
    }

    fn rest(&self, param: &Param, placed: Vec<Placed>) -> Result<Arg, Error> {
        let (mut literals, mut columns, mut types) = (Vec::new(), Vec::new(), Vec::new());
        if param.kind == Kind::Arrays {
            let each = Param { kind: Kind::Array, ..*param };
            let arrays = placed.into_iter().map(|placed| match self.one(&each, placed)? {
                Arg::Array(operand) => Ok(operand),
                _ => Err(Error::syntax(self.text, self.span, "an array is missing: a defect")),
            });
            return arrays.collect::<Result<_, _>>().map(Arg::Arrays);
        }
        for placed in placed {
            match self.one(param, placed)? {
                Arg::Literal(Literal::List(more)) => literals.extend(more),
                Arg::Literal(one) => literals.push(one),
                Arg::Columns(more) => columns.extend(more),
                Arg::TypeList(more) => types.extend(more),
                _ => {}
            }
        }
        Ok(match param.kind {
            Kind::Columns | Kind::Values => Arg::Columns(columns),
            Kind::TypeList => Arg::TypeList(types),
            _ => Arg::Literal(Literal::List(literals)),
        })
    }

    fn rest_named(&self, param: &Param, given: Vec<Named>) -> Result<Arg, Error> {
        let columns = given.into_iter().map(|Named { name, name_span, placed }| {
            let (said, span) = (placed.value.described(), placed.span);
            match placed.value.into_arg(param.kind, span) {
                Some(Arg::Column(column)) => Ok((name, column)),
                // A keyword that nobody declares becomes a column's name, so a misspelt one ends up here.
                _ => match nearest(&name, self.declared()) {
                    Some(near) => Err(self.unknown(&name, name_span, Some(near))),
                    None => Err(self.mismatch(param, &said, span)),
                },
            }
        });
        Ok(Arg::Named(columns.collect::<Result<_, _>>()?))
    }

    fn declared(&self) -> impl Iterator<Item = &'static str> {
        let names = self.params.iter();
        names.filter(|param| !matches!(param.given, Given::Rest | Given::RestNamed)).map(|param| param.name)
    }

    fn mismatch(&self, param: &Param, said: &str, span: Span) -> Error {
        let message = format!("`{}` of `{}` takes {}, and got {said}", param.name, self.op, param.kind);
        Error::syntax(self.text, span, message)
    }

    /// What is needed and not there; or, where something else was given that nobody asked for, that.
    fn missing(&self, param: &Param, by_name: &[Named]) -> Error {
        let is_stray = |named: &&Named| self.declared().all(|name| name != named.name.as_ref());
        let takes_all = self.params.iter().any(|param| param.given == Given::RestNamed);
        if let Some(Named { name, name_span, .. }) = by_name.iter().find(is_stray).filter(|_| !takes_all) {
            return self.unknown(name, *name_span, nearest(name, self.declared()).or(Some(param.name)));
        }
        let message = format!("`{}` needs `{}`: {}", self.op, param.name, param.kind);
        Error::syntax(self.text, self.span, message).hinted(self.form())
    }

    fn too_many(&self, extra: &Placed) -> Error {
        let message = format!("`{}` got {} more than it takes", self.op, extra.value.described());
        Error::syntax(self.text, extra.span, message).hinted(self.form())
    }

    fn unknown(&self, name: &str, span: Span, meant: Option<&str>) -> Error {
        let message = format!("`{}` takes no `{name}`{}", self.op, did_you_mean(meant));
        Error::syntax(self.text, span, message).hinted(self.form())
    }

    fn form(&self) -> String {
        form(self.op, self.params)
    }
}

/// What to write where the value is of another kind: of texts to choose from the one that is meant, and types by their
/// names.
fn instead(kind: Kind, value: &Value) -> Option<String> {
    let Value::Literal(Literal::Text(text)) = value else { return None };
    match kind {
        Kind::Choice(choices) | Kind::ArrayOr(choices) if choices.contains(&text.as_ref()) => None,
        Kind::Choice(choices) | Kind::ArrayOr(choices) => words::instead(words::Of::Choice, text)
            .or_else(|| nearest(text, choices.iter().copied()).map(|near| format!("did you mean {near:?}?"))),
        Kind::Type | Kind::Types | Kind::TypeList => words::instead(words::Of::Nothing, text).or_else(|| {
            let near = nearest(text, types::names())?;
            Some(format!("a type is a name without quotes: did you mean `{near}`?"))
        }),
        _ => None,
    }
}

fn by_default(kind: Kind, default: Default) -> Arg {
    if matches!(default, Default::None | Default::Nothing) {
        return Arg::None;
    }
    let literal = literal(default);
    Value::Literal(literal.clone()).into_arg(kind, Span::default()).unwrap_or(Arg::Literal(literal))
}

fn literal(default: Default) -> Literal {
    match default {
        Default::None | Default::Nothing => Literal::None,
        Default::Bool(value) => Literal::Bool(value),
        Default::Int(value) => Literal::Int(value.into()),
        Default::Float(value) => Literal::Float(value),
        Default::Text(text) => Literal::Text(text.into()),
        Default::List(items) => Literal::List(items.iter().copied().map(literal).collect()),
    }
}
