//! What a call was given, once its values are known to be of the kinds that its op declares.

use std::sync::Arc;

use polars::prelude::{DataFrame, DataType, Scalar};

use super::signature::Param;
use super::typed::{Column, Frame, Size};
use crate::array::make::assemble::Nested;
use crate::array::make::elementwise::Operand;

/// Bytes of a text that count as one element more.
const TEXT_BYTES: u64 = 64;

/// A value as programs write it.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of 64 bits, with or without a sign.
    Int(i128),
    /// A number with a point, `nan`, `inf`.
    Float(f64),
    /// A complex number, by its parts.
    Complex(f64, f64),
    /// A text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A date, a time, a length of time: `date(2024, 1, 31)`.
    Moment(Scalar),
    /// A list or a tuple.
    List(Vec<Literal>),
}

impl Literal {
    /// The text that it is.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How large it is: a list has its items inside it.
    pub(super) fn size(&self) -> Size {
        match self {
            Self::List(items) => Size::around(items.iter().map(Self::size)),
            Self::Text(text) => Size { elements: (text.len() as u64 / TEXT_BYTES).max(1), ..Size::ONE },
            Self::Bytes(bytes) => Size { elements: (bytes.len() as u64 / TEXT_BYTES).max(1), ..Size::ONE },
            _ => Size { elements: 1, ..Size::ONE },
        }
    }
}

/// One argument, of the kind that its parameter has.
#[derive(Clone, Debug)]
pub enum Arg {
    /// `None`, and nothing at all.
    None,
    /// A value that is known now: texts, numbers, names.
    Literal(Literal),
    /// A column.
    Column(Column),
    /// Several columns.
    Columns(Vec<Column>),
    /// Columns under names of their own.
    Named(Vec<(Arc<str>, Column)>),
    /// A frame.
    Frame(Arc<Frame>),
    /// Several frames.
    Frames(Vec<Arc<Frame>>),
    /// A type.
    Type(DataType),
    /// Types of columns.
    Types(Vec<(Arc<str>, DataType)>),
    /// Several types.
    TypeList(Vec<DataType>),
    /// Pairs of values.
    Pairs(Vec<(Literal, Literal)>),
    /// An array, or a number beside one.
    Array(Operand),
    /// Several of those.
    Arrays(Vec<Operand>),
    /// Those in lists in lists.
    Nested(Nested),
}

/// The arguments of one call, in the order of its parameters.
#[derive(Clone, Debug)]
pub struct Args {
    params: &'static [Param],
    values: Vec<Arg>,
    /// The rows that its verb asked to see.
    seen: Option<Arc<DataFrame>>,
}

impl Args {
    /// Of these parameters, each with its value.
    pub(super) fn new(params: &'static [Param], values: Vec<Arg>) -> Self {
        Self { params, values, seen: None }
    }

    /// The same, with the rows that its verb asked to see.
    pub(super) fn seeing(self, seen: Option<Arc<DataFrame>>) -> Self {
        Self { seen, ..self }
    }

    /// The rows that its verb asked to see, once they are known.
    pub fn seen(&self) -> Option<&DataFrame> {
        self.seen.as_deref()
    }

    /// The same, with another value for the argument of that name.
    #[must_use]
    pub fn with(&self, name: &str, value: Literal) -> Self {
        let mut args = self.clone();
        let index = args.params.iter().position(|param| param.name == name);
        if let Some(slot) = index.and_then(|index| args.values.get_mut(index)) {
            *slot = Arg::Literal(value);
        }
        args
    }

    /// All of them, in the order of the parameters.
    pub(super) fn values(&self) -> &[Arg] {
        &self.values
    }

    /// The same, with what `each` makes of every parameter's argument.
    ///
    /// # Errors
    /// The first of `each`.
    pub(crate) fn map<E>(&self, each: impl Fn(&Param, &Arg) -> Result<Arg, E>) -> Result<Self, E> {
        let values = self.iter().map(|(param, arg)| each(param, arg)).collect::<Result<_, _>>()?;
        Ok(Self { params: self.params, values, seen: self.seen.clone() })
    }

    /// The argument of that name.
    pub fn get(&self, name: &str) -> Option<&Arg> {
        let index = self.params.iter().position(|param| param.name == name)?;
        self.values.get(index)
    }

    /// Whether the argument of that name is not there, or `None`.
    pub fn is_absent(&self, name: &str) -> bool {
        matches!(self.get(name), None | Some(Arg::None))
    }

    /// Whether it is `True`.
    pub fn is(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Arg::Literal(Literal::Bool(true))))
    }

    /// Its text.
    pub fn text(&self, name: &str) -> Option<&Arc<str>> {
        match self.get(name)? {
            Arg::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Its texts, one or a list of them.
    pub fn texts(&self, name: &str) -> Option<Vec<&str>> {
        match self.get(name)? {
            Arg::Literal(Literal::List(values)) => values.iter().map(Literal::text).collect(),
            Arg::Literal(value) => Some(vec![value.text()?]),
            _ => None,
        }
    }

    /// Its columns.
    pub fn columns(&self, name: &str) -> &[Column] {
        match self.get(name) {
            Some(Arg::Columns(columns)) => columns,
            _ => &[],
        }
    }

    /// Its columns under names of their own.
    pub fn named(&self, name: &str) -> &[(Arc<str>, Column)] {
        match self.get(name) {
            Some(Arg::Named(columns)) => columns,
            _ => &[],
        }
    }

    /// Its frame.
    pub fn frame(&self, name: &str) -> Option<&Arc<Frame>> {
        match self.get(name)? {
            Arg::Frame(frame) => Some(frame),
            _ => None,
        }
    }

    /// Its frames.
    pub fn frames(&self, name: &str) -> Option<&[Arc<Frame>]> {
        match self.get(name)? {
            Arg::Frames(frames) => Some(frames),
            _ => None,
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Param, &Arg)> {
        self.params.iter().zip(&self.values)
    }
}

impl Arg {
    /// How many columns it holds, where one may stand for several.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Columns(columns) => columns.len(),
            _ => 1,
        }
    }

    /// Every frame that it holds.
    pub fn every_frame(&self) -> &[Arc<Frame>] {
        match self {
            Self::Frame(frame) => std::slice::from_ref(frame),
            Self::Frames(frames) => frames,
            _ => &[],
        }
    }

    /// Every column that it holds.
    pub fn every_column(&self) -> Vec<&Column> {
        match self {
            Self::Column(column) => vec![column],
            Self::Columns(columns) => columns.iter().collect(),
            Self::Named(columns) => columns.iter().map(|(_, column)| column).collect(),
            _ => Vec::new(),
        }
    }

    /// How large the parts of a program are that it holds.
    pub(super) fn sizes(&self) -> Vec<Size> {
        match self {
            Self::Column(_) | Self::Columns(_) | Self::Named(_) => {
                self.every_column().into_iter().map(Column::size).collect()
            }
            Self::Frame(frame) => vec![frame.size],
            Self::Frames(frames) => frames.iter().map(|frame| frame.size).collect(),
            Self::Literal(literal) => vec![Size { elements: literal.size().elements, ..Size::NOTHING }],
            Self::Pairs(pairs) => {
                let values = pairs.iter().flat_map(|(from, to)| [from, to]);
                values.map(|value| Size { elements: value.size().elements, ..Size::NOTHING }).collect()
            }
            Self::None
            | Self::Type(_)
            | Self::Types(_)
            | Self::TypeList(_)
            | Self::Array(_)
            | Self::Arrays(_)
            | Self::Nested(_) => Vec::new(),
        }
    }
}
