//! A program whose names are bound: frames made of frames, by columns made of columns.
//!
//! A part that two others use is one [`Arc`]: the program is a graph without circles. Every frame's columns and
//! their types are known before anything runs. Which engine runs it is nobody's business here.

use std::fmt;
use std::sync::Arc;

use polars::prelude::SchemaRef;

use super::Span;
use super::args::{Args, Literal};
use crate::frame::functions::Function;
use crate::frame::verbs::Verb;

/// A frame: where its rows come from, and its columns.
#[derive(Debug)]
pub struct Frame {
    /// Where its rows come from.
    pub from: From,
    /// Its columns; of groups that are not yet aggregated, those of the frame they are made of.
    pub schema: SchemaRef,
    /// Where the program says so.
    pub span: Span,
    /// How large it is, once names are put in.
    pub size: Size,
}

impl Frame {
    /// The frames that it is made of.
    pub fn inputs(&self) -> impl Iterator<Item = &Arc<Self>> {
        let (on, args) = match &self.from {
            From::Source(_) => (None, None),
            From::Verb { on, args, .. } => (on.as_ref(), Some(args)),
        };
        let others = args.into_iter().flat_map(|args| args.iter().flat_map(|(_, arg)| arg.every_frame()));
        on.into_iter().chain(others)
    }
}

/// How large a part of a program is, with everything it is made of counted as often as it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Verbs, functions, columns and values.
    pub nodes: u64,
    /// How many of them are inside one another.
    pub depth: u64,
    /// Elements of lists among the values, long texts counted as several.
    pub elements: u64,
}

impl Size {
    /// Something that is made of nothing else.
    pub const ONE: Self = Self { nodes: 1, depth: 1, elements: 0 };

    /// What is part of something else.
    pub(super) const NOTHING: Self = Self { nodes: 0, depth: 0, elements: 0 };

    /// A value that has these inside it.
    pub(super) fn around(parts: impl Iterator<Item = Self>) -> Self {
        Self { nodes: 1, ..parts.fold(Self { elements: 1, ..Self::ONE }, Self::with) }
    }

    /// The same with one part more.
    fn with(self, part: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(part.nodes),
            depth: self.depth.max(part.depth.saturating_add(1)),
            elements: self.elements.saturating_add(part.elements),
        }
    }

    /// Something that is made of what it is asked of and of its arguments.
    pub(super) fn of(on: Option<Self>, args: &Args) -> Self {
        let parts = args.iter().flat_map(|(_, arg)| arg.sizes()).chain(on);
        parts.fold(Self::ONE, Self::with)
    }
}

/// Where a frame's rows come from.
#[derive(Debug)]
pub enum From {
    /// What lies outside of the program.
    Source(Source),
    /// A verb, on frames and columns.
    Verb {
        /// Which.
        verb: &'static Verb,
        /// The frame, or the groups, that it was asked of; none for verbs that begin a program.
        on: Option<Arc<Frame>>,
        /// With what.
        args: Args,
    },
}

/// What becomes of the frame that a program comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Its rows are the answer.
    #[default]
    Rows,
    /// Nothing of it runs; how it would is the answer: `.explain()`.
    Explain,
    /// It is kept as a table: `.store("name")`.
    Store {
        /// The table.
        name: Arc<str>,
        /// What becomes of one that is there.
        if_exists: IfExists,
    },
}

/// What becomes of a table whose name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// It stays as it is, and nothing is kept.
    Error,
    /// Another takes its place.
    Replace,
    /// It gets more rows.
    Append,
}

/// What lies outside of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A dataset: `table("flights")`.
    Table(Arc<str>),
    /// An answer to SQL: `sql("SELECT …")`.
    Sql(Arc<str>),
    /// A frame that was sent beside the program, under that name.
    Sent(Arc<str>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(f, "table({name:?})"),
            Self::Sql(text) => write!(f, "sql({text:?})"),
            Self::Sent(name) => f.write_str(name),
        }
    }
}

/// A column, as an expression over the columns of the frame it is used with.
#[derive(Clone, Debug)]
pub enum Column {
    /// The column, or those, of that name: `col("a")`, `col("^a.*$")`.
    Named(Arc<str>, Span),
    /// A value, the same in every row.
    Value(Literal),
    /// A function of others.
    Call(Arc<Call>),
}

/// A function, called.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which.
    pub function: &'static Function,
    /// The column it was asked of, where it is a method.
    pub on: Option<Column>,
    /// With what.
    pub args: Args,
    /// Where the program says so.
    pub span: Span,
    /// How large it is, once names are put in.
    pub size: Size,
}

impl Column {
    /// The name, where it is one of its frame's columns as it is: `"a"`, `col("a")`.
    pub fn name(&self) -> Option<&str> {
        let call = match self {
            Self::Named(name, _) => return Some(name),
            Self::Call(call) if call.function.name == "col" => call,
            Self::Call(_) | Self::Value(_) => return None,
        };
        match call.args.texts("names")?.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// How large it is, once names are put in.
    pub fn size(&self) -> Size {
        match self {
            Self::Call(call) => call.size,
            Self::Named(..) => Size::ONE,
            // However long a list is, it is one part of the program.
            Self::Value(value) => Size { elements: value.size().elements, ..Size::ONE },
        }
    }
}
