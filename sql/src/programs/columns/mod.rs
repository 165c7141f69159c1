//! Columns of programs as DataFusion's expressions: every function that has one, in one sorted table.
//!
//! An expression gives what Polars gives, to the last null. Which type it has is asked of Polars ([`plan::field`]), and
//! both sides of an operator are cast to it, so that DataFusion decides nothing. Floats are compared as [`Exact::Canonical`],
//! for DataFusion tells zeros and NaNs apart. What has no row here is [`Not`] lowered, and says so.

mod aggregates;
mod comoments;
pub(super) mod exact;
mod functions;
mod parts;
mod types;

use std::cell::RefCell;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn;
use datafusion::logical_expr::expr::{AggregateFunction, InList};
use datafusion::logical_expr::{AggregateUDF, Cast, Expr, Operator, binary_expr, lit};
use pantile_core::frame::engine::{Columns, schema_of};
use pantile_core::frame::plan;
use pantile_core::lang::Span;
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::{Call, Column};

use exact::Exact;
pub(super) use parts::{Holds, Lowered, Names, Not, Part, at, each_of, must};
use parts::{names, together, written};
pub(super) use types::{canonical, cast, cast_to, comparable, filled};
use types::{compared, is_number, is_plain_time, is_zero, narrow, typed};

/// Parts of an expression that is lowered; each is asked for its type, which takes as long as it is large.
const PARTS_MAX: u64 = 200;

/// Why an aggregate is not lowered as a column of rows.
pub(in crate::programs) const AMONG_ROWS: &str = "an aggregate among rows";

/// The columns of a frame, and what is made of them.
pub(in crate::programs) struct Scope<'a> {
    frame: &'a Columns,
    schema: SchemaRef,
    names: &'a Names,
    /// Aggregates that are found, where groups are aggregated.
    groups: Option<&'a RefCell<Vec<Expr>>>,
}

type Lower = fn(&Scope<'_>, &Call) -> Lowered<Part>;

/// Every function that is lowered, by name.
const FUNCTIONS: &[(&str, Lower)] = &[
    ("abs", |scope, call| scope.mapped(call, Exact::Magnitude)),
    ("add", |scope, call| scope.arithmetic(call, Operator::Plus)),
    ("alias", |scope, call| scope.me(call)),
    ("all", aggregates::all),
    ("and_", |scope, call| scope.logic(call, Operator::And)),
    ("any", aggregates::any),
    ("case", functions::case),
    ("cast", |scope, call| {
        let (Some(Arg::Type(_)), Some(Arg::Literal(Literal::Bool(strict)))) =
            (call.args.get("dtype"), call.args.get("strict"))
        else {
            return Err(Not::here("`cast`"));
        };
        let (me, to) = (scope.me(call)?, scope.kind(call)?);
        cast(me, &to, *strict)
    }),
    ("ceil", |scope, call| scope.rounded(call, Exact::Ceil)),
    ("col", |scope, call| match names(call, "names").as_slice() {
        [name] => scope.column(name, call.span),
        _ => Err(Not::here("several columns at once")),
    }),
    ("corr", aggregates::corr),
    ("count", aggregates::count),
    ("cov", aggregates::cov),
    ("date", functions::date),
    ("dt.date", |scope, call| {
        let me = scope.me_of_rows(call)?;
        must(is_plain_time(&me.kind), "the date of other types than dates and times without a zone")?;
        cast(me, &DataType::Date32, true)
    }),
    ("dt.day", |scope, call| scope.date_part(call, "day")),
    ("dt.hour", |scope, call| scope.date_part(call, "hour")),
    ("dt.minute", |scope, call| scope.date_part(call, "minute")),
    ("dt.month", |scope, call| scope.date_part(call, "month")),
    ("dt.ordinal_day", |scope, call| scope.date_part(call, "doy")),
    ("dt.quarter", |scope, call| scope.date_part(call, "quarter")),
    ("dt.second", |scope, call| scope.date_part(call, "second")),
    ("dt.week", |scope, call| scope.date_part(call, "week")),
    ("dt.weekday", |scope, call| scope.date_part(call, "isodow")),
    ("dt.year", |scope, call| scope.date_part(call, "year")),
    ("eq", |scope, call| scope.comparison(call, Operator::Eq)),
    ("eq_missing", |scope, call| scope.comparison(call, Operator::IsNotDistinctFrom)),
    ("exp", |scope, call| scope.float(call, Exact::Exp)),
    ("fill_nan", functions::fill_nan),
    ("fill_null", functions::fill_null),
    ("floor", |scope, call| scope.rounded(call, Exact::Floor)),
    ("floordiv", |scope, call| scope.divided(call, Exact::FloorDivide, Exact::FloorDivideBy)),
    ("ge", |scope, call| scope.comparison(call, Operator::GtEq)),
    ("gt", |scope, call| scope.comparison(call, Operator::Gt)),
    ("is_between", functions::is_between),
    ("is_finite", |scope, call| {
        scope.tested(call, |x| {
            let infinite = in_list(x.clone(), [f64::INFINITY, f64::NEG_INFINITY].map(lit).to_vec());
            Expr::Not(Box::new(expr_fn::isnan(x).or(infinite)))
        })
    }),
    ("is_in", functions::is_in),
    ("is_infinite", |scope, call| {
        scope.tested(call, |x| in_list(x, [f64::INFINITY, f64::NEG_INFINITY].map(lit).to_vec()))
    }),
    ("is_nan", |scope, call| scope.tested(call, expr_fn::isnan)),
    ("is_not_nan", |scope, call| scope.tested(call, |x| Expr::Not(Box::new(expr_fn::isnan(x))))),
    ("is_not_null", |scope, call| Ok(boolean(scope.me_of_rows(call)?, Expr::is_not_null))),
    ("is_null", |scope, call| Ok(boolean(scope.me_of_rows(call)?, Expr::is_null))),
    ("le", |scope, call| scope.comparison(call, Operator::LtEq)),
    ("len", aggregates::len),
    ("lit", |_, call| match call.args.get("value") {
        Some(Arg::Literal(value)) => written(value),
        Some(Arg::None) => written(&Literal::None),
        _ => Err(Not::here("`lit`")),
    }),
    ("log", functions::log),
    ("log10", |scope, call| {
        let (me, kind) = (scope.me(call)?, scope.kind(call)?);
        functions::logarithm(&me, &kind, 10.0)
    }),
    ("lt", |scope, call| scope.comparison(call, Operator::Lt)),
    ("max", aggregates::max),
    ("mean", aggregates::mean),
    ("median", aggregates::median),
    ("min", aggregates::min),
    ("mod", |scope, call| scope.divided(call, Exact::Remainder, Exact::RemainderBy)),
    ("mul", |scope, call| scope.arithmetic(call, Operator::Multiply)),
    ("n_unique", aggregates::n_unique),
    ("ne", |scope, call| scope.comparison(call, Operator::NotEq)),
    ("ne_missing", |scope, call| scope.comparison(call, Operator::IsDistinctFrom)),
    ("neg", |scope, call| scope.mapped(call, Exact::Negate)),
    ("not_", |scope, call| {
        let me = scope.me_of_rows(call)?;
        must(me.kind == DataType::Boolean, "`~` of numbers")?;
        Ok(boolean(me, |x| Expr::Not(Box::new(x))))
    }),
    ("null_count", aggregates::null_count),
    ("or_", |scope, call| scope.logic(call, Operator::Or)),
    ("pow", functions::power),
    ("round", functions::round),
    ("sqrt", |scope, call| scope.float(call, Exact::Sqrt)),
    ("std", aggregates::std),
    ("str.contains", |scope, call| {
        let plain = call.args.is("literal");
        let pattern = scope.text(call, "pattern")?;
        // Without one of these, a regular expression is itself.
        match plain || !pattern.contains(|c: char| r"\.+*?()|[]{}^$#&-~".contains(c)) {
            true => scope.searched(call, &pattern, expr_fn::contains),
            // Both engines ask the same library.
            false => {
                scope.searched(call, &pattern, |text, pattern| expr_fn::regexp_like(text, pattern, None))
            }
        }
    }),
    ("str.ends_with", |scope, call| {
        let suffix = scope.text(call, "suffix")?;
        scope.searched(call, &suffix, expr_fn::ends_with)
    }),
    ("str.head", |scope, call| {
        let n = scope.count(call, "n")?;
        scope.of_text(call, |text| expr_fn::left(text, lit(n)))
    }),
    ("str.len_bytes", |scope, call| scope.of_text(call, expr_fn::octet_length)),
    ("str.len_chars", |scope, call| scope.of_text(call, expr_fn::character_length)),
    ("str.slice", |scope, call| {
        let first = lit(scope.count(call, "offset")?.saturating_add(1));
        match call.args.is_absent("length") {
            true => scope.of_text(call, |text| expr_fn::substr(text, first)),
            false => {
                let length = lit(scope.count(call, "length")?);
                scope.of_text(call, |text| expr_fn::substring(text, first, length))
            }
        }
    }),
    ("str.starts_with", |scope, call| {
        let prefix = scope.text(call, "prefix")?;
        scope.searched(call, &prefix, expr_fn::starts_with)
    }),
    ("str.to_lowercase", |scope, call| scope.of_text(call, expr_fn::lower)),
    ("str.to_uppercase", |scope, call| scope.of_text(call, expr_fn::upper)),
    ("sub", |scope, call| scope.arithmetic(call, Operator::Minus)),
    ("sum", aggregates::sum),
    ("truediv", functions::truediv),
    ("var", aggregates::var),
    ("xor", |scope, call| scope.logic(call, Operator::NotEq)),
];

impl<'a> Scope<'a> {
    /// Each row by itself.
    pub(in crate::programs) fn rows(frame: &'a Columns, names: &'a Names) -> Lowered<Self> {
        let schema = schema_of(frame).map_err(|_| Not::here("a type that Arrow does not have"))?;
        Ok(Self { frame, schema, names, groups: None })
    }

    /// Rows of a group together; what is aggregated is put into `found`.
    pub(in crate::programs) fn groups(
        frame: &'a Columns,
        names: &'a Names,
        found: &'a RefCell<Vec<Expr>>,
    ) -> Lowered<Self> {
        Ok(Self { groups: Some(found), ..Self::rows(frame, names)? })
    }

    /// The columns that it is of.
    fn inner(&self) -> Self {
        Self { frame: self.frame, schema: Arc::clone(&self.schema), names: self.names, groups: None }
    }

    /// A column of the result, with its name.
    pub(in crate::programs) fn output(&self, column: &Column) -> Lowered<(String, Part)> {
        must(column.size().nodes <= PARTS_MAX, "an expression of more than 200 parts")?;
        let field =
            plan::field(self.frame, column).map_err(|error| Not::here(format!("this column ({error})")))?;
        let part = self.part(column)?;
        let expr = match part.is_written() {
            true => typed(&part, field.data_type())?,
            false if part.kind == *field.data_type() => part.expr,
            false => return Err(Not::here(format!("a column of type {}", field.data_type()))),
        };
        Ok((field.name().clone(), Part { expr, kind: field.data_type().clone(), holds: part.holds }))
    }

    /// The column.
    pub(super) fn part(&self, column: &Column) -> Lowered<Part> {
        match column {
            Column::Named(name, span) => self.column(name, *span),
            Column::Value(value) => written(value),
            Column::Call(call) => {
                let not = || Not::here(format!("`{}`", call.function.name)).at(call.span);
                let found = FUNCTIONS.binary_search_by_key(&call.function.name, |(name, _)| *name);
                let (_, lower) = found.ok().and_then(|index| FUNCTIONS.get(index)).ok_or_else(not)?;
                lower(self, call).map_err(|not| not.at(call.span))
            }
        }
    }

    fn column(&self, name: &str, span: Span) -> Lowered<Part> {
        if self.groups.is_some() {
            return Err(Not::here(format!("column {name:?} of a group, as a list")).at(span));
        }
        if name == "*" || (name.starts_with('^') && name.ends_with('$')) {
            return Err(Not::here("a pattern of names").at(span));
        }
        let field = self.schema.field_with_name(name);
        let field = field.map_err(|_| Not::here(format!("column {name:?}")).at(span))?;
        Ok(Part { expr: at(name), kind: field.data_type().clone(), holds: Holds::Rows })
    }

    /// The type that Polars gives to a call.
    pub(super) fn kind(&self, call: &Call) -> Lowered<DataType> {
        let field = plan::field(self.frame, &Column::Call(Arc::new(call.clone())));
        let field = field.map_err(|error| Not::here(format!("`{}` ({error})", call.function.name)))?;
        Ok(field.data_type().clone())
    }

    /// What the call is asked of.
    pub(super) fn me(&self, call: &Call) -> Lowered<Part> {
        let on = call.on.as_ref().ok_or_else(|| Not::here(format!("`{}`", call.function.name)))?;
        self.part(on)
    }

    /// The same, of which each row or group has its own.
    pub(super) fn me_of_rows(&self, call: &Call) -> Lowered<Part> {
        let me = self.me(call)?;
        must(!me.is_written(), "a function of a value that is written")?;
        Ok(me)
    }

    pub(super) fn arg(&self, call: &Call, name: &str) -> Lowered<Part> {
        match call.args.get(name) {
            Some(Arg::Column(column)) => self.part(column),
            Some(Arg::None) => written(&Literal::None),
            _ => Err(Not::here(format!("`{name}` of `{}`", call.function.name))),
        }
    }

    /// Both sides of an operator, with how many rows they make together.
    pub(super) fn two(&self, call: &Call) -> Lowered<(Part, Part, Holds)> {
        let (left, right) = (self.me(call)?, self.arg(call, "other")?);
        let holds = together(&left, &right)?;
        Ok((left, right, holds))
    }

    fn arithmetic(&self, call: &Call, operator: Operator) -> Lowered<Part> {
        let ((left, right, holds), kind) = (self.two(call)?, self.kind(call)?);
        must(is_number(&left) && is_number(&right), "arithmetic of other types than numbers")?;
        let (one, other) = (typed(&left, &kind)?, typed(&right, &kind)?);
        let exact = match operator {
            Operator::Plus => Exact::Add,
            Operator::Minus => Exact::Subtract,
            _ => Exact::Multiply,
        };
        let expr = match (kind.is_integer(), operator, is_zero(&left), is_zero(&right)) {
            (true, ..) => exact.of(vec![one, other], &kind),
            _ if kind.is_decimal() => exact.of(vec![one, other], &kind),
            (false, ..) if !kind.is_floating() => return Err(Not::here(format!("arithmetic in {kind}"))),
            // Polars leaves the number as it is, minus zero, too.
            (_, Operator::Plus, true, false) => other,
            (_, Operator::Plus | Operator::Minus, _, true) => one,
            (_, Operator::Minus, true, false) => Exact::Negate.of(vec![other], &kind),
            _ => binary_expr(one, operator, other),
        };
        Ok(Part { expr, kind, holds })
    }

    fn divided(&self, call: &Call, exact: Exact, by: Exact) -> Lowered<Part> {
        let ((left, right, holds), kind) = (self.two(call)?, self.kind(call)?);
        must(is_number(&left) && is_number(&right), "arithmetic of other types than numbers")?;
        let args =
            |kind: &DataType| -> Lowered<Vec<Expr>> { Ok(vec![typed(&left, kind)?, typed(&right, kind)?]) };
        let expr = match &kind {
            kind if kind.is_floating() => match right.is_written() {
                true => by.of(args(kind)?, kind),
                false => exact.of(args(kind)?, kind),
            },
            kind if kind.is_integer() => {
                let args = args(kind)?;
                // What does not fit after all, -128 // -1, wraps around.
                let wide = if kind.is_signed_integer() { DataType::Int64 } else { DataType::UInt64 };
                let args = args.into_iter().map(|arg| cast_to(arg, kind, &wide)).collect();
                narrow(exact.of(args, &wide), &wide, kind)
            }
            kind => return Err(Not::here(format!("arithmetic in {kind}"))),
        };
        Ok(Part { expr, kind, holds })
    }

    fn comparison(&self, call: &Call, operator: Operator) -> Lowered<Part> {
        let (left, right, holds) = self.two(call)?;
        let expr = compared(&left, operator, &right)?;
        Ok(Part { expr, kind: DataType::Boolean, holds })
    }

    fn logic(&self, call: &Call, operator: Operator) -> Lowered<Part> {
        let (left, right, holds) = self.two(call)?;
        let both = left.kind == DataType::Boolean && right.kind == DataType::Boolean;
        must(both, "logic of other types than booleans")?;
        Ok(Part { expr: binary_expr(left.expr, operator, right.expr), kind: DataType::Boolean, holds })
    }

    /// A function of numbers that gives a number of the same type.
    fn mapped(&self, call: &Call, exact: Exact) -> Lowered<Part> {
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(
            is_number(&me) && me.kind == kind && !kind.is_decimal(),
            "a function of other types than numbers",
        )?;
        let expr = match (exact, &kind) {
            (Exact::Magnitude, kind) if kind.is_unsigned_integer() => me.expr,
            (Exact::Negate, kind) if kind.is_unsigned_integer() => return Err(Not::here("`-` of UInt64")),
            (exact, kind) => exact.of(vec![me.expr], kind),
        };
        Ok(Part { expr, kind, holds: me.holds })
    }

    /// The same, which leaves whole numbers as they are.
    pub(super) fn rounded(&self, call: &Call, exact: Exact) -> Lowered<Part> {
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(
            is_number(&me) && me.kind == kind && !kind.is_decimal(),
            "rounding of other types than numbers",
        )?;
        let expr = if kind.is_floating() { exact.of(vec![me.expr], &kind) } else { me.expr };
        Ok(Part { expr, kind, holds: me.holds })
    }

    /// A function that gives a float.
    fn float(&self, call: &Call, exact: Exact) -> Lowered<Part> {
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(is_number(&me) && kind.is_floating(), "a function of other types than numbers")?;
        let expr = exact.of(vec![typed(&me, &kind)?], &kind);
        Ok(Part { expr, kind, holds: me.holds })
    }

    fn tested(&self, call: &Call, made: impl FnOnce(Expr) -> Expr) -> Lowered<Part> {
        let me = self.me_of_rows(call)?;
        must(me.kind == DataType::Float64, "a test for NaN of other types than Float64")?;
        Ok(boolean(me, made))
    }

    fn date_part(&self, call: &Call, part: &str) -> Lowered<Part> {
        let fractional = call.args.is("fractional");
        must(!fractional, "fractions of a second")?;
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(is_plain_time(&me.kind), "parts of other types than dates and times without a zone")?;
        // Parts of a date before year 1 and of a nanosecond before 1970 are what both say they are.
        let expr = cast_to(expr_fn::date_part(lit(part), me.expr), &DataType::Int32, &kind);
        Ok(Part { expr, kind, holds: me.holds })
    }

    /// A text that the program writes out.
    fn text(&self, call: &Call, name: &str) -> Lowered<Arc<str>> {
        match self.arg(call, name)?.holds {
            Holds::Written(Literal::Text(text)) => Ok(text),
            _ => Err(Not::here(format!("a `{name}` that differs from row to row"))),
        }
    }

    /// A number from 0 on that the program writes out.
    fn count(&self, call: &Call, name: &str) -> Lowered<i64> {
        match self.arg(call, name)?.holds {
            Holds::Written(Literal::Int(count)) if (0..=i128::from(i32::MAX)).contains(&count) => {
                Ok(count as i64)
            }
            _ => Err(Not::here(format!("a `{name}` that differs from row to row, or counts from the end"))),
        }
    }

    fn searched(&self, call: &Call, text: &str, made: fn(Expr, Expr) -> Expr) -> Lowered<Part> {
        let me = self.me_of_rows(call)?;
        must(me.kind == DataType::Utf8View, "a search in other types than text")?;
        Ok(boolean(me, |x| made(x, lit(ScalarValue::Utf8View(Some(text.to_owned()))))))
    }

    fn of_text(&self, call: &Call, made: impl FnOnce(Expr) -> Expr) -> Lowered<Part> {
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(me.kind == DataType::Utf8View, "a function of other types than text")?;
        let expr = Expr::Cast(Cast::new(Box::new(made(me.expr)), kind.clone()));
        Ok(Part { expr, kind, holds: me.holds })
    }

    /// An aggregate of the rows of each group, as a column of what comes of them.
    pub(super) fn aggregate(
        &self,
        function: Arc<AggregateUDF>,
        args: Vec<Expr>,
        distinct: bool,
        filter: Option<Expr>,
    ) -> Lowered<Expr> {
        let Some(found) = self.groups else { return Err(Not::here(AMONG_ROWS)) };
        let name = self.names.fresh();
        let made =
            AggregateFunction::new_udf(function, args, distinct, filter.map(Box::new), Vec::new(), None);
        found.borrow_mut().push(Expr::AggregateFunction(made).alias(&name));
        Ok(at(&name))
    }

    /// What is aggregated, and the rows of which it is: `col("a").filter(col("b") > 1)`.
    pub(super) fn aggregated(&self, call: &Call) -> Lowered<(Part, Option<Expr>)> {
        let inner = self.inner();
        let (on, filter) = match &call.on {
            Some(Column::Call(of)) if of.function.name == "filter" => {
                let (Some(on), []) = (&of.on, of.args.named("constraints")) else {
                    return Err(Not::here("`filter` by constraints"));
                };
                let predicates = of.args.columns("predicates").iter().map(|column| inner.predicate(column));
                let predicates = predicates.collect::<Lowered<Vec<_>>>()?;
                (inner.part(on)?, predicates.into_iter().reduce(Expr::and))
            }
            Some(on) => (inner.part(on)?, None),
            None => match names(call, "names").as_slice() {
                [name] => (inner.column(name, call.span)?, None),
                _ => return Err(Not::here("several columns at once")),
            },
        };
        must(on.holds == Holds::Rows, "an aggregate of a value that is written")?;
        Ok((on, filter))
    }

    /// A condition on rows.
    pub(in crate::programs) fn predicate(&self, column: &Column) -> Lowered<Expr> {
        let part = self.output(column)?.1;
        must(part.kind == DataType::Boolean && part.holds == Holds::Rows, "a condition that is no column")?;
        Ok(part.expr)
    }
}

fn boolean(part: Part, made: impl FnOnce(Expr) -> Expr) -> Part {
    Part { expr: made(part.expr), kind: DataType::Boolean, holds: part.holds }
}

pub(super) fn in_list(expr: Expr, list: Vec<Expr>) -> Expr {
    Expr::InList(InList::new(Box::new(expr), list, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|(name, _)| *name));
    }
}
