//! Programs as Polars' plans.
//!
//! [`Given`] is what a verb or a function sees of its call: its arguments by name, as what Polars takes. An argument
//! is of its declared kind by then; asking for one as another kind is a defect, and says so.

use std::sync::Arc;

use polars::prelude::{
    AnyValue, DataFrame, DataType, Duration, Expr, IdxSize, LazyFrame, NULL, PlIndexSet, PlSmallStr,
    PolarsError, Schema, Selector, Series, by_name, col, lit,
};
use polars_plan::plans::LiteralValue;

use super::functions;
use super::groups::Groups;
use crate::lang::args::{Arg, Args, Literal};
use crate::lang::typed::{Call, Column, Frame};
use crate::pool::caught;
use crate::{Code, cut, instead};

/// Letters of a name that a message repeats.
const NAME_CHARS: usize = 80;

/// Why a call cannot be: its arguments do not go together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values that are each of the right kind, and wrong all the same.
    #[error("{said}")]
    Refused {
        /// What is wrong.
        said: String,
        /// What would do.
        hint: Option<String>,
    },
    /// A column, or a field of a struct, that is not there.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// Which of the two.
        what: &'static str,
        /// Its name, cut where it is long.
        name: String,
        /// The nearest that is there, or some of them.
        hint: String,
    },
    /// What Polars says.
    #[error("{}", super::engine::told(.0))]
    Polars(#[from] PolarsError),
    /// It would make too much.
    #[error(transparent)]
    Over(Over),
    /// Polars panicked: a defect of it, or of ours.
    #[error(transparent)]
    Panicked(crate::pool::Error),
    /// A verb asked for an argument that it has not declared, or not so.
    #[error("argument `{0}` is not what its op declares: a defect")]
    Undeclared(&'static str),
}

/// More than a call may make out of little.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a call would make {got} {what}, and limit `{limit}` allows {max}")]
pub struct Over {
    /// The limit's name.
    pub limit: &'static str,
    /// What it allows.
    pub max: u64,
    /// What was asked.
    pub got: u64,
    /// Of what.
    pub what: &'static str,
}

impl Over {
    /// The code a client sees.
    pub fn code(&self) -> Code {
        if self.limit == "memory" { Code::LimitMemory } else { Code::LimitProgram }
    }
}

impl From<Over> for PolarsError {
    /// For Polars to carry; [`super::engine::over`] finds it again.
    fn from(over: Over) -> Self {
        std::io::Error::other(over).into()
    }
}

impl Error {
    /// A refusal of these values.
    pub fn refused(said: impl Into<String>) -> Self {
        Self::Refused { said: said.into(), hint: None }
    }

    /// A column of that name is not there, and these are.
    pub fn unknown_column<'n>(name: &str, there: impl IntoIterator<Item = &'n str>) -> Self {
        Self::unknown("column", name, there)
    }

    /// A field of that name is not in the struct, and these are.
    pub fn unknown_field<'n>(name: &str, there: impl IntoIterator<Item = &'n str>) -> Self {
        Self::unknown("field", name, there)
    }

    fn unknown<'n>(what: &'static str, name: &str, there: impl IntoIterator<Item = &'n str>) -> Self {
        let hint = instead(what, name, there, |name| cut(name, NAME_CHARS));
        Self::Unknown { what, name: cut(name, NAME_CHARS), hint }
    }

    /// The same, with what would do.
    #[must_use]
    pub fn hinted(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused { said, .. } => Self::Refused { said, hint: Some(text.into()) },
            other => other,
        }
    }

    /// What would do, where something is likely.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Refused { hint, .. } => hint.as_deref(),
            Self::Unknown { hint, .. } => Some(hint),
            _ => None,
        }
    }

    /// The limit that was met, where it was one.
    pub fn over(&self) -> Option<&Over> {
        match self {
            Self::Over(over) => Some(over),
            Self::Polars(error) => super::engine::over(error),
            _ => None,
        }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused { .. } => Code::InvalidProgram,
            Self::Unknown { .. } => Code::UnknownColumn,
            Self::Over(over) => over.code(),
            Self::Polars(error) => super::engine::code_of(error),
            Self::Panicked(_) | Self::Undeclared(_) => Code::Internal,
        }
    }
}

/// Pairs, or one thing in place of them all.
pub type OrOne<'a, Pair, One> = Result<&'a [Pair], One>;

/// What a call is asked of.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, on the stack")]
pub enum On {
    /// Nothing.
    Nothing,
    /// A frame.
    Frame(LazyFrame),
    /// Groups of a frame.
    Groups(Groups),
    /// A column.
    Column(Expr),
}

/// A call's arguments, as its verb or function takes them.
pub struct Given<'a> {
    on: On,
    args: &'a Args,
    frames: &'a dyn Fn(&Arc<Frame>) -> Result<LazyFrame, Error>,
}

impl<'a> Given<'a> {
    /// The arguments of a call; frames among them are made by `frames`.
    pub fn new(on: On, args: &'a Args, frames: &'a dyn Fn(&Arc<Frame>) -> Result<LazyFrame, Error>) -> Self {
        Self { on, args, frames }
    }

    /// The frame that the verb is asked of.
    pub fn frame(&self) -> Result<LazyFrame, Error> {
        match &self.on {
            On::Frame(frame) => Ok(frame.clone()),
            _ => Err(Error::Undeclared("self")),
        }
    }

    /// The groups that the verb is asked of.
    pub fn groups(&self) -> Result<Groups, Error> {
        match &self.on {
            On::Groups(groups) => Ok(groups.clone()),
            _ => Err(Error::Undeclared("self")),
        }
    }

    /// The column that the function is asked of.
    pub fn me(&self) -> Result<Expr, Error> {
        match &self.on {
            On::Column(column) => Ok(column.clone()),
            _ => Err(Error::Undeclared("self")),
        }
    }

    /// The rows that the verb asked to see ([`super::verbs::Made::Asks`]), once they are known.
    pub fn seen(&self) -> Option<&'a DataFrame> {
        self.args.seen()
    }

    fn arg(&self, name: &'static str) -> Result<&'a Arg, Error> {
        self.args.get(name).ok_or(Error::Undeclared(name))
    }

    /// Whether the argument was given.
    pub fn has(&self, name: &'static str) -> Result<bool, Error> {
        Ok(!matches!(self.arg(name)?, Arg::None))
    }

    fn literal(&self, name: &'static str) -> Result<&'a Literal, Error> {
        match self.arg(name)? {
            Arg::Literal(literal) => Ok(literal),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A frame.
    pub fn other(&self, name: &'static str) -> Result<LazyFrame, Error> {
        match self.arg(name)? {
            Arg::Frame(frame) => (self.frames)(frame),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Several frames.
    pub fn others(&self, name: &'static str) -> Result<Vec<LazyFrame>, Error> {
        match self.arg(name)? {
            Arg::Frames(frames) => frames.iter().map(|frame| (self.frames)(frame)).collect(),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A column.
    pub fn column(&self, name: &'static str) -> Result<Expr, Error> {
        match self.arg(name)? {
            Arg::Column(column) => expression(column),
            Arg::None => Ok(lit(NULL)),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A column that need not be given.
    pub fn column_if(&self, name: &'static str) -> Result<Option<Expr>, Error> {
        if self.has(name)? { self.column(name).map(Some) } else { Ok(None) }
    }

    /// A column, or the items of a list as one: an item a row.
    pub fn items(&self, name: &'static str) -> Result<Expr, Error> {
        match self.arg(name)? {
            Arg::Column(Column::Value(Literal::List(values))) => Ok(lit(series_of("", values)?)),
            _ => self.column(name),
        }
    }

    /// The value that a column is, where the program writes it out.
    pub fn written(&self, name: &'static str) -> Result<Option<&'a Literal>, Error> {
        match self.arg(name)? {
            Arg::Column(Column::Value(value)) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// Several columns.
    pub fn columns(&self, name: &'static str) -> Result<Vec<Expr>, Error> {
        match self.arg(name)? {
            Arg::Columns(columns) => columns.iter().map(expression).collect(),
            Arg::None => Ok(Vec::new()),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// What the program writes for a column that is one value; nothing where the column is computed.
    pub fn constant(&self, name: &'static str) -> Result<Option<&'a Literal>, Error> {
        match self.arg(name)? {
            Arg::Column(Column::Value(value)) => Ok(Some(value)),
            Arg::Column(_) | Arg::None => Ok(None),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Columns under names of their own.
    pub fn named(&self, name: &'static str) -> Result<Vec<(Arc<str>, Expr)>, Error> {
        match self.arg(name)? {
            Arg::Named(columns) => {
                columns.iter().map(|(name, column)| Ok((Arc::clone(name), expression(column)?))).collect()
            }
            Arg::None => Ok(Vec::new()),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Columns, and after them those under names of their own.
    pub fn columns_and_named(&self, columns: &'static str, named: &'static str) -> Result<Vec<Expr>, Error> {
        let mut all = self.columns(columns)?;
        all.extend(self.named(named)?.into_iter().map(|(name, column)| column.alias(name.as_ref())));
        Ok(all)
    }

    /// A value: what a program writes, or `None`.
    pub fn value(&self, name: &'static str) -> Result<Literal, Error> {
        match self.arg(name)? {
            Arg::Literal(literal) => Ok(literal.clone()),
            Arg::None => Ok(Literal::None),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A boolean.
    pub fn bool(&self, name: &'static str) -> Result<bool, Error> {
        match self.literal(name)? {
            Literal::Bool(value) => Ok(*value),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A boolean that need not be given.
    pub fn bool_if(&self, name: &'static str) -> Result<Option<bool>, Error> {
        if self.has(name)? { self.bool(name).map(Some) } else { Ok(None) }
    }

    /// A boolean for each of `length` columns: one for all, or a list.
    pub fn bools(&self, name: &'static str, length: usize) -> Result<Vec<bool>, Error> {
        match self.literal(name)? {
            Literal::Bool(value) => Ok(vec![*value; length]),
            Literal::List(values) if values.len() != length => {
                Err(Error::refused(format!("`{name}` holds {} booleans for {length} columns", values.len()))
                    .hinted("give one boolean, or one for each column"))
            }
            Literal::List(values) => values
                .iter()
                .map(|value| match value {
                    Literal::Bool(value) => Ok(*value),
                    _ => Err(Error::Undeclared(name)),
                })
                .collect(),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// An integer.
    pub fn int(&self, name: &'static str) -> Result<i64, Error> {
        match self.literal(name)? {
            Literal::Int(value) => i64::try_from(*value).map_err(|_| {
                Error::refused(format!("`{name}` is {value}, which is beyond 64 bits with a sign"))
            }),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// An integer that need not be given.
    pub fn int_if(&self, name: &'static str) -> Result<Option<i64>, Error> {
        if self.has(name)? { self.int(name).map(Some) } else { Ok(None) }
    }

    /// An integer from 0, of whatever width is asked for.
    pub fn size<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, Error> {
        let value = self.int(name)?;
        if value < 0 {
            return Err(Error::refused(format!("`{name}` is {value}, and cannot be negative")));
        }
        T::try_from(value).map_err(|_| Error::refused(format!("`{name}` is {value}, which is too large")))
    }

    /// A number of rows, from 0.
    pub fn count(&self, name: &'static str) -> Result<IdxSize, Error> {
        // More rows than there can be are all rows.
        Ok(IdxSize::try_from(self.size::<u64>(name)?).unwrap_or(IdxSize::MAX))
    }

    /// A number of rows that need not be given.
    pub fn size_if<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>, Error> {
        if self.has(name)? { self.size(name).map(Some) } else { Ok(None) }
    }

    /// Integers.
    pub fn ints(&self, name: &'static str) -> Result<Vec<i64>, Error> {
        let int = |value: &Literal| match value {
            Literal::Int(value) => i64::try_from(*value).map_err(|_| {
                Error::refused(format!("`{name}` holds {value}, which is beyond 64 bits with a sign"))
            }),
            _ => Err(Error::Undeclared(name)),
        };
        match self.literal(name)? {
            Literal::List(values) => values.iter().map(int).collect(),
            one => Ok(vec![int(one)?]),
        }
    }

    /// A number.
    pub fn float(&self, name: &'static str) -> Result<f64, Error> {
        match self.literal(name)? {
            Literal::Float(value) => Ok(*value),
            Literal::Int(value) => Ok(*value as f64),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A number that need not be given.
    pub fn float_if(&self, name: &'static str) -> Result<Option<f64>, Error> {
        if self.has(name)? { self.float(name).map(Some) } else { Ok(None) }
    }

    /// Numbers.
    pub fn floats(&self, name: &'static str) -> Result<Vec<f64>, Error> {
        let number = |value: &Literal| match value {
            Literal::Float(value) => Ok(*value),
            Literal::Int(value) => Ok(*value as f64),
            _ => Err(Error::Undeclared(name)),
        };
        match self.literal(name)? {
            Literal::List(values) => values.iter().map(number).collect(),
            one => Ok(vec![number(one)?]),
        }
    }

    /// A text, or the chosen one of those that may be.
    pub fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        match self.literal(name)? {
            Literal::Text(text) => Ok(text),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A text that need not be given.
    pub fn text_if(&self, name: &'static str) -> Result<Option<&'a str>, Error> {
        if self.has(name)? { self.text(name).map(Some) } else { Ok(None) }
    }

    /// Names.
    pub fn names(&self, name: &'static str) -> Result<Vec<&'a str>, Error> {
        let text = |value: &'a Literal| match value {
            Literal::Text(text) => Ok(text.as_ref()),
            _ => Err(Error::Undeclared(name)),
        };
        match self.arg(name)? {
            Arg::Literal(Literal::List(values)) => values.iter().map(text).collect(),
            Arg::Literal(one) => Ok(vec![text(one)?]),
            Arg::None => Ok(Vec::new()),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Columns that are there, by names and patterns of names.
    pub fn selector(&self, name: &'static str) -> Result<Option<Selector>, Error> {
        if self.has(name)? { Ok(Some(by_name(self.names(name)?, true, true))) } else { Ok(None) }
    }

    /// Texts that need not be given.
    pub fn texts_if(&self, name: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
        if self.has(name)? { self.names(name).map(Some) } else { Ok(None) }
    }

    /// A type.
    pub fn data_type(&self, name: &'static str) -> Result<DataType, Error> {
        match self.arg(name)? {
            Arg::Type(data_type) => Ok(data_type.clone()),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A type that need not be given.
    pub fn data_type_if(&self, name: &'static str) -> Result<Option<DataType>, Error> {
        if self.has(name)? { self.data_type(name).map(Some) } else { Ok(None) }
    }

    /// Types.
    pub fn type_list(&self, name: &'static str) -> Result<&'a [DataType], Error> {
        match self.arg(name)? {
            Arg::TypeList(types) => Ok(types),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Types of columns: one for all of them, or one each.
    pub fn types(&self, name: &'static str) -> Result<OrOne<'a, (Arc<str>, DataType), DataType>, Error> {
        match self.arg(name)? {
            Arg::Types(types) => Ok(Ok(types)),
            Arg::Type(data_type) => Ok(Err(data_type.clone())),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// Pairs of values.
    pub fn pairs(&self, name: &'static str) -> Result<&'a [(Literal, Literal)], Error> {
        match self.arg(name)? {
            Arg::Pairs(pairs) => Ok(pairs),
            Arg::None => Ok(&[]),
            _ => Err(Error::Undeclared(name)),
        }
    }

    /// A dict of values and what each becomes, or the values alone.
    pub fn mapping(&self, name: &'static str) -> Result<OrOne<'a, (Literal, Literal), Expr>, Error> {
        match self.arg(name)? {
            Arg::Pairs(pairs) => Ok(Ok(pairs)),
            _ => self.column(name).map(Err),
        }
    }

    /// Pairs of texts.
    pub fn renames(&self, name: &'static str) -> Result<Vec<(&'a str, &'a str)>, Error> {
        self.pairs(name)?
            .iter()
            .map(|pair| match pair {
                (Literal::Text(from), Literal::Text(to)) => Ok((from.as_ref(), to.as_ref())),
                _ => Err(Error::Undeclared(name)),
            })
            .collect()
    }

    /// A length of time, as Polars writes it: `1d`, `15m`, `1mo2w`.
    pub fn span(&self, name: &'static str) -> Result<Duration, Error> {
        span_of(name, self.text(name)?)
    }

    /// A length of time that need not be given.
    pub fn span_if(&self, name: &'static str) -> Result<Option<Duration>, Error> {
        if self.has(name)? { self.span(name).map(Some) } else { Ok(None) }
    }
}

/// The length of time that the text is, of the argument `name`.
///
/// # Errors
/// A text that is none, or one that is longer than 64 bits of nanoseconds: Polars reckons in them.
pub fn span_of(name: &str, text: &str) -> Result<Duration, Error> {
    let long = || {
        Error::refused(format!("`{name}` is {text:?}, which is longer than 292 years"))
            .hinted("write a shorter one")
    };
    // Polars adds up what it reads without a look at how large that gets.
    if longest_ns(text).is_none_or(|longest_ns| longest_ns > i128::from(i64::MAX)) {
        return Err(long());
    }
    Duration::try_parse(text).map_err(|_| {
        Error::refused(format!("`{name}` is {text:?}, which is no length of time"))
            .hinted("write a number and a unit: ns, us, ms, s, m, h, d, w, mo, q, y; `1h30m` has two")
    })
}

/// At most so many nanoseconds are in the text's numbers and units; nothing where not even 128 bits hold them.
fn longest_ns(text: &str) -> Option<i128> {
    let day_ns = i128::from(functions::made::DAY_NS);
    let numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
    let units = text.split(|letter: char| letter.is_ascii_digit()).skip(1).filter(|part| !part.is_empty());
    numbers.zip(units).try_fold(0_i128, |all, (number, unit)| {
        let unit_ns = match unit.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic()) {
            "ns" | "i" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => day_ns / 24,
            "d" => day_ns,
            "w" => 7 * day_ns,
            "mo" => 31 * day_ns,
            "q" => 92 * day_ns,
            _ => 366 * day_ns,
        };
        number.parse::<i128>().ok()?.checked_mul(unit_ns)?.checked_add(all)
    })
}

/// The name and the type that a column has over a frame.
///
/// # Errors
/// Names that the frame does not have; several columns where there should be one.
pub fn field_of(frame: &LazyFrame, column: &Expr) -> Result<(PlSmallStr, DataType), Error> {
    // Selected and planned, for `Expr::to_field` panics where a pattern of names stands.
    let schema = frame.clone().select([column.clone()]).collect_schema()?;
    match (schema.iter().next(), schema.len()) {
        (Some((name, kind)), 1) => Ok((name.clone(), kind.clone())),
        (_, count) => Err(Error::refused(format!("{count} columns stand where one is asked for"))),
    }
}

/// The names of the columns that a column or a selector stands for, of those that are there; nothing where it is computed.
///
/// # Errors
/// A selector of columns that are not there.
pub fn chosen(there: &Schema, column: &Column) -> Result<Option<Vec<Arc<str>>>, Error> {
    let chosen = caught(|| match expression(column)? {
        Expr::Column(name) => Ok(Some(vec![name.as_str().into()])),
        Expr::Selector(selector) => {
            let names = selector.into_columns(there, &PlIndexSet::default())?;
            Ok(Some(names.iter().map(|name| name.as_str().into()).collect()))
        }
        _ => Ok(None),
    });
    chosen.unwrap_or_else(|error| Err(Error::Panicked(error)))
}

/// A column as Polars' expression.
pub fn expression(column: &Column) -> Result<Expr, Error> {
    match column {
        Column::Named(name, _) => Ok(col(name.as_ref())),
        Column::Value(value) => value_of(value),
        Column::Call(call) => match functions::combined(call)? {
            Some(selector) => Ok(selector.as_expr()),
            None => called(call),
        },
    }
}

/// A call as Polars' expression, whatever it is asked of.
pub(super) fn called(call: &Call) -> Result<Expr, Error> {
    let on = call.on.as_ref().map(expression).transpose()?.map_or(On::Nothing, On::Column);
    (call.function.polars)(&Given::new(on, &call.args, &|_| Err(Error::Undeclared("frame"))))
}

/// The date, the time or the length of time that the call makes of numbers that the program writes; nothing where it
/// makes something else, or of something else.
pub fn moment(call: &Call) -> Option<Result<Literal, Error>> {
    let is_written = |arg: &Arg| match arg {
        Arg::Column(column) => matches!(column, Column::Value(_)),
        other => matches!(other, Arg::None | Arg::Literal(_)),
    };
    let made = functions::makes_moments(call.function) && call.args.iter().all(|(_, arg)| is_written(arg));
    made.then(|| {
        let value = super::engine::value_of(called(call)?)?;
        Ok(if value.is_null() { Literal::None } else { Literal::Moment(value) })
    })
}

/// That columns hold no complex numbers.
fn imaginary() -> Error {
    Error::refused("columns hold no imaginary numbers")
}

/// A value as Polars' expression, the same in every row.
pub fn value_of(value: &Literal) -> Result<Expr, Error> {
    Ok(match value {
        Literal::None => lit(NULL),
        Literal::Bool(value) => lit(*value),
        Literal::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => lit(value),
            (_, Ok(value)) => lit(value),
            _ => return Err(Error::refused(format!("{value} is beyond 64 bits"))),
        },
        Literal::Float(value) => lit(*value),
        Literal::Complex(..) => return Err(imaginary()),
        Literal::Text(text) => lit(text.as_ref()),
        Literal::Bytes(bytes) => lit(bytes.as_ref()),
        Literal::Moment(moment) => Expr::Literal(LiteralValue::Scalar(moment.clone())),
        Literal::List(values) => lit(series_of("literal", values)?).implode(true),
    })
}

/// Values as a column: integers are `Int64`, or `UInt64` beyond it, beside numbers with a point `Float64`.
///
/// # Errors
/// Where values are of types that one column cannot hold.
pub fn series_of(name: &str, values: &[Literal]) -> Result<Series, Error> {
    let values: Vec<AnyValue<'_>> = values.iter().map(any_value).collect::<Result<_, _>>()?;
    let mixed = |error: PolarsError| {
        Error::refused(format!("the values of one column are of different types: {error}"))
            .hinted("write them alike: all numbers, all texts, …")
    };
    let kinds = values.iter().map(AnyValue::dtype).filter(|kind| !kind.is_null());
    let fractions = kinds.clone().any(|kind| kind.is_float());
    if fractions && kinds.clone().all(|kind| kind.is_primitive_numeric()) {
        return Series::from_any_values_and_dtype(name.into(), &values, &DataType::Float64, false)
            .map_err(mixed);
    }
    Series::from_any_values(name.into(), &values, true).map_err(mixed)
}

fn any_value(value: &Literal) -> Result<AnyValue<'_>, Error> {
    Ok(match value {
        Literal::None => AnyValue::Null,
        Literal::Bool(value) => AnyValue::Boolean(*value),
        Literal::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => AnyValue::Int64(value),
            (_, Ok(value)) => AnyValue::UInt64(value),
            _ => return Err(Error::refused(format!("{value} is beyond 64 bits"))),
        },
        Literal::Float(value) => AnyValue::Float64(*value),
        Literal::Complex(..) => return Err(imaginary()),
        Literal::Text(text) => AnyValue::String(text),
        Literal::Bytes(bytes) => AnyValue::Binary(bytes),
        Literal::Moment(moment) => moment.value().as_borrowed(),
        Literal::List(values) => AnyValue::List(series_of("", values)?),
    })
}
