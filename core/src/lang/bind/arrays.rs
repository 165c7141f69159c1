//! Arrays, bound: functions, methods, operators and brackets whose operands are arrays.

use std::sync::Arc;

use super::super::args::Literal;
use super::super::call::{self, Raw};
use super::super::tree::{BinaryOp, CompareOp, Kind, NodeId, UnaryOp};
use super::super::value::{Placed, Value};
use super::super::{Error, Span};
use super::{Asked, Binder, Bound, shared};
use crate::array::make::elementwise::Operand;
use crate::array::make::index::{self, Item};
use crate::array::make::structure;
use crate::array::ops::{self, Given, Made, Op};
use crate::array::{self, Array, DType};
use crate::{did_you_mean, nearest};

/// The dtype whose name stands alone, as a text: `dtype=float32`.
pub(super) fn dtype(name: &str) -> Option<Literal> {
    DType::named(name).map(|dtype| Literal::Text(dtype.name().into()))
}

/// Whether something that was given is an array.
pub(super) fn is_given(raw: &Raw) -> bool {
    let all = raw.by_place.iter().chain(raw.by_name.iter().map(|named| &named.placed));
    all.into_iter().any(|placed| has_array(&placed.value))
}

/// Whether something that was given is a column.
pub(super) fn has_column(raw: &Raw) -> bool {
    raw.by_place.iter().any(|placed| matches!(placed.value, Value::Column(_) | Value::Cases(_)))
}

fn has_array(value: &Value) -> bool {
    match value {
        Value::Array(_) | Value::Arrays(_) => true,
        Value::List(items) => items.iter().any(|item| has_array(&item.value)),
        _ => false,
    }
}

impl Binder<'_> {
    /// A function of arrays, called.
    pub(super) fn array_function(&self, op: &'static Op, raw: Raw, span: Span) -> Result<Value, Error> {
        let args = call::args(self.program.text(), op.name, op.params, raw, None, span)?;
        self.shared(shared::of_call(op.name, &args), || {
            let seen = self.sources.arrays_seen.get(&span).map(Vec::as_slice);
            let made = op.made(&Given { op: op.name, args: &args, seen, stored: &self.sources.stored });
            match made.map_err(|error| self.of_arrays(&error, span))? {
                Made::One(array) => Ok(Value::Array(array)),
                Made::Several(arrays) => Ok(Value::Arrays(arrays)),
                Made::Kept(keep) => Ok(Value::Kept(Arc::new(keep))),
                Made::Asks(open) => Err(self.ask(&open, span)),
            }
        })
    }

    /// Ends binding until the arrays are computed.
    fn ask(&self, open: &Array, span: Span) -> Error {
        self.asked.replace(Some(Asked::Arrays { arrays: open.outputs(), span }));
        self.error(span, "values have to be computed first")
    }

    fn of_arrays(&self, error: &array::Error, span: Span) -> Error {
        Error::array(self.program.text(), span, error)
    }

    /// That there is no such function of arrays.
    pub(super) fn no_array_function(&self, name: &str, span: Span) -> Error {
        let plain = name.strip_prefix("xp.").unwrap_or(name);
        let near = did_you_mean(nearest(plain, ops::names()));
        self.error(span, format!("arrays have no function `{plain}`{near}"))
    }

    /// Something asked of an array.
    pub(super) fn array_method(&self, on: Placed, name: &str, raw: Raw, span: Span) -> Result<Value, Error> {
        let op =
            ops::op(name).filter(|op| op.params.first().is_some_and(|param| param.name.starts_with('x')));
        let Some(op) = op else { return Err(self.no_array_function(name, span)) };
        let mut by_place = raw.by_place;
        by_place.insert(0, on);
        self.array_function(op, Raw { by_place, by_name: raw.by_name }, span)
    }

    /// `x.at[…].set(value)`.
    pub(super) fn set(
        &self,
        x: &Array,
        items: &[Item],
        name: &str,
        raw: Raw,
        span: Span,
    ) -> Result<Value, Error> {
        let wrong = || self.error(span, "places of an array are set: write `x.at[…].set(value)`");
        let [placed] = <[Placed; 1]>::try_from(raw.by_place).map_err(|_| wrong())?;
        if name != "set" || !raw.by_name.is_empty() {
            return Err(wrong());
        }
        let value = placed
            .value
            .operand()
            .ok_or_else(|| self.error(placed.span, "an array's places take numbers"))?;
        ops::placed(x, items, value).map(Value::Array).map_err(|error| self.of_arrays(&error, span))
    }

    /// What stands behind an array's dot and is no function: `x.T`.
    pub(super) fn array_part(&self, on: &Array, name: &str, span: Span) -> Option<Result<Value, Error>> {
        let made = match name {
            "mT" => transposed("mT", on),
            "T" if on.axes() == 2 => transposed("T", on),
            "T" => Err(array::Error::refused("T", format!("takes matrices, and got shape {:?}", on.shape()))),
            _ => return None,
        };
        Some(made.map(Value::Array).map_err(|error| self.of_arrays(&error, span)))
    }

    /// An operator whose operands are arrays, or an array and a number.
    pub(super) fn array_operator(
        &self,
        name: &str,
        left: Placed,
        right: Placed,
        span: Span,
    ) -> Result<Value, Error> {
        let defect = || self.error(span, format!("operator `{name}` has no function: a defect"));
        let op = ops::op(name).ok_or_else(defect)?;
        self.array_function(op, Raw { by_place: vec![left, right], by_name: Vec::new() }, span)
    }

    pub(super) fn array_sign(&self, op: UnaryOp, on: Placed, span: Span) -> Result<Value, Error> {
        let name = match op {
            UnaryOp::Plus => "positive",
            UnaryOp::Minus => "negative",
            UnaryOp::Invert => "bitwise_invert",
        };
        self.array_method(on, name, Raw::default(), span)
    }

    /// `x[…]` of an array.
    pub(super) fn array_subscript(&mut self, x: &Array, index: NodeId, span: Span) -> Result<Value, Error> {
        let items = self.items(index)?;
        if index::depends_on_values(&items) {
            if let Some(known) = self.sources.arrays_seen.get(&span) {
                return ops::bracketed(x, &items, |x, items| index::found(x, items, known))
                    .map(Value::Array)
                    .map_err(|error| self.of_arrays(&error, span));
            }
            let open = ops::bracketed(x, &items, |x, items| index::got("[]", x, items));
            let open = open.map_err(|error| self.of_arrays(&error, span))?;
            return Err(self.ask(&open, span));
        }
        self.shared(Some(shared::of_items(x, &items)), || {
            ops::bracketed(x, &items, index::get)
                .map(Value::Array)
                .map_err(|error| self.of_arrays(&error, span))
        })
    }

    /// What stands in an array's brackets.
    pub(super) fn items(&mut self, index: NodeId) -> Result<Vec<Item>, Error> {
        let span = self.span(index);
        let is_tuple = matches!(self.program.node(index).kind, Kind::Tuple(_));
        match self.take(index)? {
            Bound::Items(items) => items.into_iter().map(|(bound, span)| self.item(bound, span)).collect(),
            Bound::Value(Value::Literal(Literal::List(items))) if is_tuple => {
                let values = items.into_iter().map(|item| Bound::Value(Value::Literal(item)));
                values.map(|value| self.item(value, span)).collect()
            }
            Bound::Value(Value::List(items)) if is_tuple => {
                items.into_iter().map(|item| self.item(Bound::Value(item.value), item.span)).collect()
            }
            one => Ok(vec![self.item(one, span)?]),
        }
    }

    fn item(&self, bound: Bound, span: Span) -> Result<Item, Error> {
        let value = match bound {
            Bound::Slice(slice) => return Ok(Item::Slice(slice)),
            Bound::Ellipsis => return Ok(Item::Rest),
            other => self.resolved(other, span)?,
        };
        match value {
            Value::Literal(Literal::None) => Ok(Item::New),
            Value::Literal(Literal::Int(at)) => i64::try_from(at)
                .map(Item::At)
                .map_err(|_| self.error(span, format!("{at} is beyond any axis"))),
            Value::Literal(Literal::List(items)) if items.is_empty() => {
                let none = array::Chunk::new([0], array::Data::Int64(Vec::new()));
                Ok(Item::Array(Array::constant(none)))
            }
            other => {
                let said = other.described();
                let array = other.operand().and_then(|operand| operand.array("[]").ok());
                let wrong =
                    || self.error(span, format!("an array's brackets take places, and this is {said}"));
                array.map(Item::Array).ok_or_else(wrong)
            }
        }
    }

    /// One of several arrays.
    pub(super) fn one_of(&self, arrays: &[Array], bound: Bound, span: Span) -> Result<Value, Error> {
        let count = arrays.len();
        match self.resolved(bound, span)? {
            Value::Literal(Literal::Int(at)) => {
                let at = if at < 0 { at + count as i128 } else { at };
                let found = usize::try_from(at).ok().and_then(|at| arrays.get(at));
                found
                    .map(|array| Value::Array(array.clone()))
                    .ok_or_else(|| self.error(span, format!("there are {count} arrays, counted from 0")))
            }
            other => Err(self.error(
                span,
                format!("one of {count} arrays is named by an integer, not {}", other.described()),
            )),
        }
    }
}

/// The last two axes exchanged.
fn transposed(op: &'static str, x: &Array) -> Result<Array, array::Error> {
    ops::bracketed(x, &[], |x, _| structure::matrix_transpose(op, x))
}

/// Whether the value is an array, or one that numbers make beside one.
pub(super) fn is_array(value: &Value) -> bool {
    matches!(value, Value::Array(_))
}

/// The arrays that a program comes to, where it comes to any.
pub(super) fn results(value: &Value) -> Option<Vec<Array>> {
    match value {
        Value::Array(array) => Some(vec![array.clone()]),
        Value::Arrays(arrays) => Some(arrays.clone()),
        Value::List(items) if items.iter().any(|item| has_array(&item.value)) => {
            let one = |item: &Placed| match item.value.clone().operand()? {
                Operand::Array(array) => Some(array),
                Operand::Scalar(scalar) => scalar.array("asarray", scalar.dtype()).ok(),
            };
            items.iter().map(one).collect()
        }
        _ => None,
    }
}

/// The function that an operator between arrays is.
pub(super) fn binary_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "add",
        BinaryOp::Subtract => "subtract",
        BinaryOp::Multiply => "multiply",
        BinaryOp::Divide => "divide",
        BinaryOp::FloorDivide => "floor_divide",
        BinaryOp::Remainder => "remainder",
        BinaryOp::Power => "pow",
        BinaryOp::MatrixMultiply => "matmul",
        BinaryOp::And => "bitwise_and",
        BinaryOp::Or => "bitwise_or",
        BinaryOp::Xor => "bitwise_xor",
        BinaryOp::ShiftLeft => "bitwise_left_shift",
        BinaryOp::ShiftRight => "bitwise_right_shift",
    }
}

/// The function that a comparison of arrays is.
pub(super) fn compare_name(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "equal",
        CompareOp::NotEqual => "not_equal",
        CompareOp::Less => "less",
        CompareOp::LessEqual => "less_equal",
        CompareOp::Greater => "greater",
        CompareOp::GreaterEqual => "greater_equal",
    }
}
