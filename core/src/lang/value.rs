//! What an expression stands for while a program is bound.

use std::sync::Arc;

use polars::prelude::DataType;

use super::Span;
use super::args::{Arg, Args, Literal};
use super::arrays;
use super::signature::Kind;
use super::typed::{Call, Column, End, Frame, Size};
use super::types;
use crate::array::Array;
use crate::array::keep::Keep;
use crate::array::make::assemble::Nested;
use crate::array::make::elementwise::Operand;
use crate::array::make::index::Item;
use crate::array::ops;
use crate::frame::lower;

/// What an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A frame.
    Frame(Arc<Frame>),
    /// Groups of a frame, not yet aggregated.
    Groups(Arc<Frame>),
    /// A column.
    Column(Column),
    /// `when(p).then(v)…`: cases so far, and a condition that waits for its value.
    Cases(Cases),
    /// A value.
    Literal(Literal),
    /// A list or a tuple of things that are not all literals.
    List(Vec<Placed>),
    /// A dict.
    Dict(Vec<(Placed, Placed)>),
    /// A type.
    Type(DataType),
    /// A frame, and what becomes of it: nothing comes after.
    Ended(Arc<Frame>, End),
    /// An array.
    Array(Array),
    /// Several arrays: what a function with several results gives.
    Arrays(Vec<Array>),
    /// An array, and that it is kept: nothing comes after.
    Kept(Arc<Keep>),
    /// Places of an array, to be set: `x.at[0]`.
    Places(Array, Vec<Item>),
}

/// A value, and where the program says so.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) value: Value,
    pub(super) span: Span,
}

/// Cases of a `when`, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Cases {
    /// Conditions and what holds where they are true.
    pub(super) cases: Vec<(Column, Column)>,
    /// A condition without its value.
    pub(super) open: Option<Column>,
}

impl Value {
    /// What it is, for errors.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Frame(_) => "a frame".to_owned(),
            Self::Groups(_) => "groups of a frame".to_owned(),
            Self::Column(_) => "a column".to_owned(),
            Self::Cases(cases) if cases.open.is_some() => "a `when` without its `then`".to_owned(),
            Self::Cases(_) => "a column".to_owned(),
            Self::Literal(literal) => described(literal),
            Self::List(_) => "a list".to_owned(),
            Self::Dict(_) => "a dict".to_owned(),
            Self::Type(_) => "a type".to_owned(),
            Self::Ended(..) | Self::Kept(_) => "what its last verb answers".to_owned(),
            Self::Array(array) => format!("an array of shape {:?}", array.shape()),
            Self::Arrays(arrays) => format!("a tuple of {} arrays", arrays.len()),
            Self::Places(..) => "places of an array".to_owned(),
        }
    }

    /// What of it is of another kind than `kind`, and where: an item of a list or a dict, else the whole.
    pub(super) fn odd(&self, kind: Kind, span: Span) -> (String, Span) {
        let is_odd = |item: &Self| match (kind, item) {
            (Kind::Frames, item) => !matches!(item, Self::Frame(_)),
            (Kind::TypeList | Kind::Types, item) => !matches!(item, Self::Type(_)),
            (Kind::Pairs | Kind::Mapping, item) => !matches!(item, Self::Literal(_)),
            (Kind::Renames, item) => !matches!(item, Self::Literal(Literal::Text(_))),
            (_, Self::Literal(literal)) => !fits(literal, kind),
            _ => false,
        };
        let odd = match self {
            Self::List(items) => items.iter().find(|item| is_odd(&item.value)),
            Self::Dict(pairs) => pairs
                .iter()
                .flat_map(|(key, value)| [(key, true), (value, false)])
                .find(|(part, is_key)| match kind {
                    Kind::Types if *is_key => !matches!(part.value, Self::Literal(Literal::Text(_))),
                    _ => is_odd(&part.value),
                })
                .map(|(part, _)| part),
            _ => None,
        };
        if let Some(item) = odd {
            return (format!("{} in it", item.value.described()), item.span);
        }
        match self {
            Self::Literal(Literal::List(items)) => {
                let odd = items.iter().find(|item| kind == Kind::Frames || !fits(item, kind));
                (odd.map_or_else(|| self.described(), |item| format!("{} in it", described(item))), span)
            }
            _ => (self.described(), span),
        }
    }

    /// How large it is; frames and columns are known to be small enough.
    pub(super) fn size(&self) -> Size {
        match self {
            Self::Frame(_)
            | Self::Groups(_)
            | Self::Column(_)
            | Self::Ended(..)
            | Self::Kept(_)
            | Self::Array(_)
            | Self::Arrays(_)
            | Self::Places(..) => Size::ONE,
            Self::Cases(cases) => {
                let levels = cases.cases.len() as u64;
                Size { nodes: levels, depth: levels, elements: levels }
            }
            Self::Literal(literal) => literal.size(),
            Self::List(items) => Size::around(items.iter().map(|item| item.value.size())),
            Self::Dict(pairs) => {
                let values = pairs.iter().flat_map(|(key, value)| [key, value]);
                Size::around(values.map(|placed| placed.value.size()))
            }
            Self::Type(data_type) => types::size(data_type),
        }
    }

    /// The value as an argument of that kind; nothing where it is of another.
    pub(super) fn into_arg(self, kind: Kind, span: Span) -> Option<Arg> {
        Some(match kind {
            Kind::Frame => match self {
                Self::Frame(frame) => Arg::Frame(frame),
                _ => return None,
            },
            Kind::Frames => Arg::Frames(self.items()?.into_iter().map(Self::frame).collect::<Option<_>>()?),
            Kind::Column => Arg::Column(self.column(true, span)?),
            Kind::Value => Arg::Column(self.column(false, span)?),
            Kind::Columns => Arg::Columns(self.columns(true, span)?),
            Kind::Values => Arg::Columns(self.columns(false, span)?),
            Kind::Type => match self {
                Self::Type(data_type) => Arg::Type(data_type),
                _ => return None,
            },
            Kind::Types => match self {
                Self::Type(data_type) => Arg::Type(data_type),
                Self::Dict(pairs) => Arg::Types(pairs.into_iter().map(name_and_type).collect::<Option<_>>()?),
                _ => return None,
            },
            Kind::TypeList => Arg::TypeList(self.types()?),
            Kind::Array => Arg::Array(self.operand()?),
            Kind::ArrayOr(choices) => match self {
                Self::Literal(Literal::Text(text)) if choices.contains(&text.as_ref()) => {
                    Arg::Literal(Literal::Text(text))
                }
                other => Arg::Array(other.operand()?),
            },
            Kind::Arrays => match self {
                Self::List(items) => {
                    Arg::Arrays(items.into_iter().map(|item| item.value.operand()).collect::<Option<_>>()?)
                }
                Self::Arrays(arrays) => Arg::Arrays(arrays.into_iter().map(Operand::Array).collect()),
                Self::Literal(Literal::List(items)) => Arg::Arrays(
                    items.into_iter().map(|item| Self::Literal(item).operand()).collect::<Option<_>>()?,
                ),
                one => Arg::Array(one.operand()?),
            },
            Kind::Nested => Arg::Nested(self.nested()?),
            Kind::Pairs | Kind::Renames => Arg::Pairs(self.pairs(kind == Kind::Renames)?),
            Kind::Mapping => match self {
                Self::Dict(_) => Arg::Pairs(self.pairs(false)?),
                values => Arg::Column(values.column(false, span)?),
            },
            _ => Arg::Literal(self.literal().filter(|literal| fits(literal, kind))?),
        })
    }

    /// The array or the number that it is.
    pub(super) fn operand(self) -> Option<Operand> {
        match self {
            Self::Array(array) => Some(Operand::Array(array)),
            Self::Literal(literal) => arrays::operand(&literal),
            // Lists of numbers and of arrays without axes are one array.
            Self::List(items) => {
                let arrays = items.into_iter().map(|item| item.value.operand()?.array("asarray").ok());
                ops::stacked("asarray", &arrays.collect::<Option<Vec<_>>>()?).ok().map(Operand::Array)
            }
            _ => None,
        }
    }

    /// The arrays that lists in lists hold.
    fn nested(self) -> Option<Nested> {
        match self {
            Self::List(items) => {
                Some(Nested::Many(items.into_iter().map(|item| item.value.nested()).collect::<Option<_>>()?))
            }
            Self::Arrays(arrays) => Some(Nested::Many(
                arrays.into_iter().map(|array| Nested::One(Operand::Array(array))).collect(),
            )),
            Self::Literal(Literal::List(items)) => {
                let items = items.into_iter().map(|item| Self::Literal(item).nested());
                Some(Nested::Many(items.collect::<Option<_>>()?))
            }
            one => one.operand().map(Nested::One),
        }
    }

    fn frame(self) -> Option<Arc<Frame>> {
        match self {
            Self::Frame(frame) => Some(frame),
            _ => None,
        }
    }

    /// The column it is, or is the name of where texts are names.
    pub(super) fn column(self, names: bool, span: Span) -> Option<Column> {
        match self {
            Self::Column(column) => Some(column),
            Self::Cases(cases) => cases.column(),
            Self::Literal(Literal::Text(name)) if names => Some(Column::Named(name, span)),
            Self::Literal(literal) => Some(Column::Value(literal)),
            values @ Self::List(_) => values.literal().map(Column::Value),
            _ => None,
        }
    }

    fn columns(self, names: bool, span: Span) -> Option<Vec<Column>> {
        match self {
            Self::Literal(Literal::List(values)) => {
                values.into_iter().map(|value| Self::Literal(value).column(names, span)).collect()
            }
            Self::List(items) => items.into_iter().map(|item| item.value.column(names, item.span)).collect(),
            one => one.column(names, span).map(|column| vec![column]),
        }
    }

    /// The literal it is, or comes to where it is a date or a time that is written out.
    pub(super) fn literal(self) -> Option<Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Column(Column::Call(call)) => lower::moment(&call)?.ok(),
            Self::List(items) => {
                let items = items.into_iter().map(|item| item.value.literal());
                Some(Literal::List(items.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    fn items(self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.into_iter().map(|item| item.value).collect()),
            one @ Self::Frame(_) => Some(vec![one]),
            _ => None,
        }
    }

    fn types(self) -> Option<Vec<DataType>> {
        let of = |value| match value {
            Self::Type(data_type) => Some(data_type),
            _ => None,
        };
        match self {
            Self::List(items) => items.into_iter().map(|item| of(item.value)).collect(),
            one => of(one).map(|data_type| vec![data_type]),
        }
    }

    fn pairs(self, texts: bool) -> Option<Vec<(Literal, Literal)>> {
        let Self::Dict(pairs) = self else { return None };
        let literal = |placed: Placed| {
            placed.value.literal().filter(|literal| !texts || matches!(literal, Literal::Text(_)))
        };
        pairs.into_iter().map(|(from, to)| Some((literal(from)?, literal(to)?))).collect()
    }
}

impl Cases {
    /// The column of all cases, null where none is true; nothing while a condition waits for its value.
    fn column(self) -> Option<Column> {
        self.otherwise(Column::Value(Literal::None))
    }

    /// The column of all cases, with what holds where none is true.
    pub(super) fn otherwise(self, last: Column) -> Option<Column> {
        if self.open.is_some() || self.cases.is_empty() {
            return None;
        }
        let function = crate::frame::functions::function("case", false)?;
        Some(self.cases.into_iter().rev().fold(last, |rest, (condition, value)| {
            let span = span_of(&condition);
            let values = [condition, value, rest].into_iter().map(Arg::Column).collect();
            let args = Args::new(function.params, values);
            let size = Size::of(None, &args);
            Column::Call(Arc::new(Call { function, on: None, args, span, size }))
        }))
    }
}

fn span_of(column: &Column) -> Span {
    match column {
        Column::Named(_, span) => *span,
        Column::Value(_) => Span::default(),
        Column::Call(call) => call.span,
    }
}

fn name_and_type((name, data_type): (Placed, Placed)) -> Option<(Arc<str>, DataType)> {
    match (name.value, data_type.value) {
        (Value::Literal(Literal::Text(name)), Value::Type(data_type)) => Some((name, data_type)),
        _ => None,
    }
}

/// What a literal is, for errors: with itself, where it is short.
pub(super) fn described(literal: &Literal) -> String {
    match literal {
        Literal::None => "None".to_owned(),
        Literal::Bool(true) => "True".to_owned(),
        Literal::Bool(false) => "False".to_owned(),
        Literal::Int(value) => format!("the integer {value}"),
        Literal::Float(value) => format!("the number {value:?}"),
        Literal::Complex(re, im) => format!("the number {re:?}{im:+?}j"),
        Literal::Text(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        Literal::Text(_) => "a text".to_owned(),
        Literal::Bytes(_) => "bytes".to_owned(),
        Literal::Moment(moment) => match moment.dtype() {
            DataType::Date => format!("the date {}", moment.value()),
            DataType::Duration(_) => format!("the length of time {}", moment.value()),
            _ => format!("the time {}", moment.value()),
        },
        Literal::List(_) => "a list".to_owned(),
    }
}

/// Whether the literal is of the kind.
fn fits(literal: &Literal, kind: Kind) -> bool {
    let all = |of: Kind| match literal {
        Literal::List(values) => values.iter().all(|value| fits(value, of)),
        one => fits(one, of),
    };
    match kind {
        Kind::Literal => true,
        Kind::Name | Kind::Text | Kind::Span => matches!(literal, Literal::Text(_)),
        Kind::Int => matches!(literal, Literal::Int(_)),
        Kind::Float => matches!(literal, Literal::Int(_) | Literal::Float(_)),
        Kind::Bool => matches!(literal, Literal::Bool(_)),
        Kind::Choice(choices) => {
            matches!(literal, Literal::Text(text) if choices.contains(&text.as_ref()))
        }
        Kind::Names => all(Kind::Name),
        Kind::Texts => all(Kind::Text),
        Kind::Ints => all(Kind::Int),
        Kind::Floats => all(Kind::Float),
        Kind::Bools => all(Kind::Bool),
        _ => false,
    }
}
