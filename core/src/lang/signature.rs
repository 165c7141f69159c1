//! What an op of the language takes: its arguments' names, kinds and defaults, declared beside its code.

use std::fmt;

/// One argument of an op.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, as a keyword.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// How it is given.
    pub given: Given,
}

/// How an argument is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given {
    /// By place or by name; it must be.
    Always,
    /// By place or by name; else it is this.
    Else(Default),
    /// By name only; else it is this.
    NamedElse(Default),
    /// All that are left of those given by place: `*by`.
    Rest,
    /// All that are given under other names: `**named`.
    RestNamed,
}

/// What an argument is when nobody gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// Nothing at all, where `None` is a value like others.
    Nothing,
    /// `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(&'static str),
    /// A list of such.
    List(&'static [Default]),
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A frame.
    Frame,
    /// Several frames, in a list.
    Frames,
    /// A column: an expression, or the name of one as text.
    Column,
    /// A list of columns, or one.
    Columns,
    /// A column or a value; text is a value.
    Value,
    /// Values or columns, in a list, or one.
    Values,
    /// `None`, a boolean, a number, a text, bytes, or a list of such.
    Literal,
    /// The name of a column.
    Name,
    /// Names of columns, in a list, or one.
    Names,
    /// Pairs of names: `{"old": "new"}`.
    Renames,
    /// Pairs of a name or a value and another.
    Pairs,
    /// A dict of values and what each becomes, or the values alone: one, a list of them, a column.
    Mapping,
    /// A text.
    Text,
    /// Texts, in a list, or one.
    Texts,
    /// An integer.
    Int,
    /// Integers, in a list, or one.
    Ints,
    /// A number.
    Float,
    /// Numbers, in a list, or one.
    Floats,
    /// `True` or `False`.
    Bool,
    /// Booleans, in a list, or one.
    Bools,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A type: `Int64`, `Datetime("us", "UTC")`.
    Type,
    /// Pairs of a column's name and its type, or one type for all.
    Types,
    /// Types, in a list, or one.
    TypeList,
    /// A length of time: `"1d"`, `"15m"`, `"1mo2w"`.
    Span,
    /// An array, a number, or lists of numbers.
    Array,
    /// Several of those, in a list.
    Arrays,
    /// An array, or one of these texts.
    ArrayOr(&'static [&'static str]),
    /// Arrays, in lists in lists.
    Nested,
}

impl Param {
    /// One that must be given.
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, given: Given::Always }
    }

    /// One that need not be given.
    pub const fn optional(name: &'static str, kind: Kind, default: Default) -> Self {
        Self { name, kind, given: Given::Else(default) }
    }

    /// One that need not be given, and is given by name.
    pub const fn named(name: &'static str, kind: Kind, default: Default) -> Self {
        Self { name, kind, given: Given::NamedElse(default) }
    }

    /// All that are left.
    pub const fn rest(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, given: Given::Rest }
    }

    /// All that are given under names of their own.
    pub const fn rest_named(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, given: Given::RestNamed }
    }
}

/// How an op is called: `sort(by, *more_by, descending=False)`.
pub fn form(op: &str, params: &[Param]) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut by_place = true;
    for param in params {
        by_place &= param.given != Given::Rest;
        if by_place && matches!(param.given, Given::NamedElse(_)) {
            // As Python has it: what follows is given by name.
            shown.push("*".to_owned());
            by_place = false;
        }
        shown.push(param.to_string());
    }
    format!("{op}({})", shown.join(", "))
}

/// As pages and errors show it: `n=5`, `*by`, `**named`.
impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match self.given {
            Given::Always => f.write_str(name),
            Given::Else(default) | Given::NamedElse(default) => write!(f, "{name}={default}"),
            Given::Rest => write!(f, "*{name}"),
            Given::RestNamed => write!(f, "**{name}"),
        }
    }
}

impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("..."),
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
        }
    }
}

impl Kind {
    /// The kind in a word, for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Frames => "frames",
            Self::Column => "column",
            Self::Columns => "columns",
            Self::Value => "value",
            Self::Values => "values",
            Self::Literal => "literal",
            Self::Name => "name",
            Self::Names => "names",
            Self::Renames => "renames",
            Self::Pairs => "pairs",
            Self::Mapping => "mapping",
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Int => "int",
            Self::Ints => "ints",
            Self::Float => "float",
            Self::Floats => "floats",
            Self::Bool => "bool",
            Self::Bools => "bools",
            Self::Choice(_) => "choice",
            Self::Type => "type",
            Self::Types => "types",
            Self::TypeList => "type_list",
            Self::Span => "span",
            Self::Array => "array",
            Self::Arrays => "arrays",
            Self::ArrayOr(_) => "array_or_choice",
            Self::Nested => "nested",
        }
    }
}

/// The kind in words, for errors.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frame => "a frame",
            Self::Frames => "a list of frames",
            Self::Column => "a column",
            Self::Columns => "a column or a list of columns",
            Self::Value => "a value or a column",
            Self::Values => "a list of values",
            Self::Literal => "a value",
            Self::Name => "the name of a column",
            Self::Names => "the name of a column or a list of names",
            Self::Renames => "a dict of old names and new ones",
            Self::Pairs => "a dict of values",
            Self::Mapping => "a dict of values, or values",
            Self::Text => "a text",
            Self::Texts => "a text or a list of texts",
            Self::Int => "an integer",
            Self::Ints => "an integer or a list of integers",
            Self::Float => "a number",
            Self::Floats => "a number or a list of numbers",
            Self::Bool => "True or False",
            Self::Bools => "True or False, or a list of them",
            Self::Choice(choices) => return one_of(f, choices),
            Self::ArrayOr(choices) => {
                f.write_str("an array, a number, lists of numbers, or ")?;
                return one_of(f, choices);
            }
            Self::Type => "a type",
            Self::Types => "a type or a dict of names and types",
            Self::TypeList => "a type or a list of types",
            Self::Span => "a length of time such as \"15m\" or \"1d\"",
            Self::Array => "an array, a number or lists of numbers",
            Self::Arrays => "a list of arrays",
            Self::Nested => "arrays in lists, all as deep",
        })
    }
}

fn one_of(f: &mut fmt::Formatter<'_>, choices: &[&str]) -> fmt::Result {
    f.write_str("one of ")?;
    for (index, choice) in choices.iter().enumerate() {
        write!(f, "{}{choice:?}", if index > 0 { ", " } else { "" })?;
    }
    Ok(())
}
