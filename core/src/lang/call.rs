//! Arguments, found their parameters.

use std::sync::Arc;

use super::args::{Arg, Args, Literal};
use super::signature::{Default, Given, Kind, Param, form};
use super::value::{Placed, Value};
use super::{Error, Span};
use crate::{did_you_mean, nearest};

/// What a call was given, in the text's order.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) by_place: Vec<Placed>,
    pub(super) by_name: Vec<(Arc<str>, Placed)>,
}

impl Raw {
    /// Where arguments stand that are no frames.
    pub(super) fn spans(&self) -> Vec<Span> {
        let all = self.by_place.iter().chain(self.by_name.iter().map(|(_, placed)| placed));
        all.filter(|placed| !matches!(placed.value, Value::Frame(_))).map(|placed| placed.span).collect()
    }
}

/// Gives each parameter of `op` its argument.
pub(super) fn args(
    text: &str,
    op: &str,
    params: &'static [Param],
    raw: Raw,
    span: Span,
) -> Result<Args, Error> {
    let call = Call { text, op, params, span };
    let mut by_place = raw.by_place.into_iter();
    let mut by_name = raw.by_name;
    let mut values = Vec::with_capacity(params.len());
    for param in params {
        let named = by_name.iter().position(|(name, _)| name.as_ref() == param.name);
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
            (_, Some(index)) => Some(by_name.remove(index).1),
            (Given::NamedElse(_), None) => None,
            (_, None) => by_place.next(),
        };
        values.push(match (placed, param.given) {
            (Some(placed), _) => call.one(param, placed)?,
            (None, Given::Else(default) | Given::NamedElse(default)) => by_default(param.kind, default),
            (None, _) => return Err(call.missing(param)),
        });
    }
    if let Some(extra) = by_place.next() {
        return Err(call.too_many(&extra));
    }
    if let Some((name, placed)) = by_name.into_iter().next() {
        return Err(call.unknown(&name, placed.span));
    }
    Ok(Args::new(params, values))
}

struct Call<'a> {
    text: &'a str,
    op: &'a str,
    params: &'static [Param],
    span: Span,
}

impl Call<'_> {
    fn one(&self, param: &Param, placed: Placed) -> Result<Arg, Error> {
        let absent =
            Given::Else(Default::None) == param.given || Given::NamedElse(Default::None) == param.given;
        if absent && matches!(placed.value, Value::Literal(Literal::None)) {
            return Ok(Arg::None);
        }
        let said = placed.value.described();
        let arg = placed.value.into_arg(param.kind, placed.span);
        arg.ok_or_else(|| self.mismatch(param, &said, placed.span))
    }

    fn rest(&self, param: &Param, placed: Vec<Placed>) -> Result<Arg, Error> {
        let (mut literals, mut columns, mut types) = (Vec::new(), Vec::new(), Vec::new());
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

    fn rest_named(&self, param: &Param, given: Vec<(Arc<str>, Placed)>) -> Result<Arg, Error> {
        let columns = given.into_iter().map(|(name, placed)| {
            let (said, span) = (placed.value.described(), placed.span);
            match placed.value.into_arg(param.kind, span) {
                Some(Arg::Column(column)) => Ok((name, column)),
                // A keyword that nobody declares becomes a column's name, so a misspelt one ends up here.
                _ => match nearest(&name, self.declared()) {
                    Some(_) => Err(self.unknown(&name, span)),
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

    fn missing(&self, param: &Param) -> Error {
        let message = format!("`{}` needs `{}`: {}", self.op, param.name, param.kind);
        Error::syntax(self.text, self.span, message).hinted(self.form())
    }

    fn too_many(&self, extra: &Placed) -> Error {
        let message = format!("`{}` got {} more than it takes", self.op, extra.value.described());
        Error::syntax(self.text, extra.span, message).hinted(self.form())
    }

    fn unknown(&self, name: &str, span: Span) -> Error {
        let message =
            format!("`{}` takes no `{name}`{}", self.op, did_you_mean(nearest(name, self.declared())));
        Error::syntax(self.text, span, message).hinted(self.form())
    }

    fn form(&self) -> String {
        form(self.op, self.params)
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
