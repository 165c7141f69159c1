//! Columns while they are lowered, names, and why something is not.

use std::cell::Cell;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Column as Name, ScalarValue};
use datafusion::logical_expr::{Expr, lit};
use pantile_core::frame::engine::array_of;
use pantile_core::lang::Span;
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::{Call, Column};

/// What cannot be lowered, and where the program says it.
#[derive(Debug)]
pub(in crate::programs) struct Not {
    /// What: "`rolling_mean`".
    pub(in crate::programs) what: String,
    /// Where, if it is known.
    pub(in crate::programs) span: Option<Span>,
}

impl Not {
    /// Something that cannot be lowered.
    pub(in crate::programs) fn here(what: impl Into<String>) -> Self {
        Self { what: what.into(), span: None }
    }

    /// With its place, where it has none yet.
    pub(in crate::programs) fn at(self, span: Span) -> Self {
        Self { span: self.span.or(Some(span)), ..self }
    }
}

impl From<datafusion::common::DataFusionError> for Not {
    fn from(error: datafusion::common::DataFusionError) -> Self {
        Self::here(format!("this plan ({})", crate::error::told(error)))
    }
}

/// A result, or what cannot be lowered.
pub(in crate::programs) type Lowered<T> = Result<T, Not>;

/// A column, lowered.
#[derive(Clone, Debug)]
pub(in crate::programs) struct Part {
    pub(in crate::programs) expr: Expr,
    pub(in crate::programs) kind: DataType,
    pub(in crate::programs) holds: Holds,
}

/// Where the values of a part come from.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::programs) enum Holds {
    /// The program writes it: its type is whatever is asked of it.
    Written(Literal),
    /// The program writes it, with its type: a date.
    Fixed,
    /// It is one for all rows, or for all of a group.
    One,
    /// Each row has its own.
    Rows,
}

impl Part {
    /// Whether each row, or each group, is asked.
    pub(in crate::programs) fn is_written(&self) -> bool {
        matches!(self.holds, Holds::Written(_))
    }
}

/// Names that no column of a frame has.
#[derive(Default)]
pub(in crate::programs) struct Names(Cell<usize>);

impl Names {
    /// Another one. Frames' names hold no NUL.
    pub(in crate::programs) fn fresh(&self) -> String {
        let number = self.0.get();
        self.0.set(number.saturating_add(1));
        format!("\0{number}")
    }
}

/// The column of that very name.
pub(in crate::programs) fn at(name: &str) -> Expr {
    Expr::Column(Name::new_unqualified(name))
}

/// A column of which several are asked for at once, `col("a", "b").sum()`, as one for each of them; any other as it is.
pub(in crate::programs) fn each_of(column: &Column) -> Vec<Column> {
    let mut inner = column;
    loop {
        match inner {
            Column::Call(call) => match (&call.on, call.args.get("names")) {
                (Some(on), _) => inner = on,
                (None, Some(Arg::Literal(Literal::List(names)))) if names.len() > 1 => {
                    return names.iter().map(|name| with_name(column, name)).collect();
                }
                _ => return vec![column.clone()],
            },
            _ => return vec![column.clone()],
        }
    }
}

/// The column with that name instead of several.
fn with_name(column: &Column, name: &Literal) -> Column {
    let Column::Call(call) = column else { return column.clone() };
    let on = call.on.as_ref().map(|on| with_name(on, name));
    let args = if on.is_some() { call.args.clone() } else { call.args.with("names", name.clone()) };
    Column::Call(Arc::new(Call { on, args, ..Call::clone(call) }))
}

/// The names that an argument holds; those of a shorthand's only argument, too.
pub(super) fn names<'c>(call: &'c Call, name: &str) -> Vec<&'c str> {
    [name, "columns", "column"].into_iter().find_map(|name| call.args.texts(name)).unwrap_or_default()
}

/// Refuses what is not so.
pub(in crate::programs) fn must(holds: bool, what: &str) -> Lowered<()> {
    if holds { Ok(()) } else { Err(Not::here(what)) }
}

pub(super) fn written(value: &Literal) -> Lowered<Part> {
    let (kind, value_of) = match value {
        Literal::None => (DataType::Null, ScalarValue::Null),
        Literal::Bool(value) => (DataType::Boolean, ScalarValue::Boolean(Some(*value))),
        Literal::Int(value) => {
            let value = i64::try_from(*value).map_err(|_| Not::here(format!("{value}")))?;
            (DataType::Int64, ScalarValue::Int64(Some(value)))
        }
        Literal::Float(value) => (DataType::Float64, ScalarValue::Float64(Some(*value))),
        Literal::Text(text) => (DataType::Utf8View, ScalarValue::Utf8View(Some(text.to_string()))),
        Literal::Moment(moment) => {
            let array = array_of(moment).ok_or_else(|| Not::here("a type that Arrow does not have"))?;
            (array.data_type().clone(), ScalarValue::try_from_array(&array, 0)?)
        }
        Literal::Complex(..) => return Err(Not::here("an imaginary number")),
        Literal::Bytes(_) | Literal::List(_) => return Err(Not::here("a list as a value")),
    };
    Ok(Part { expr: lit(value_of), kind, holds: Holds::Written(value.clone()) })
}

/// How many rows both make together.
pub(super) fn together(one: &Part, other: &Part) -> Lowered<Holds> {
    match (&one.holds, &other.holds) {
        (Holds::Written(_), Holds::Written(_)) => Err(Not::here("an operator between two values")),
        (Holds::Written(_), holds) | (holds, Holds::Written(_)) => Ok(holds.clone()),
        (Holds::Fixed, holds) | (holds, Holds::Fixed) => Ok(holds.clone()),
        (one, other) if one == other => Ok(one.clone()),
        _ => Err(Not::here("an aggregate beside rows")),
    }
}
