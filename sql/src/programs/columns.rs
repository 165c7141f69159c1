//! Columns of programs as DataFusion's expressions: every function that has one, in one sorted table.
//!
//! An expression gives what Polars gives, to the last null. Which type it has is asked of Polars ([`plan::field`]), and
//! both sides of an operator are cast to it, so that DataFusion decides nothing. Floats are compared as [`Exact::Canonical`],
//! for DataFusion tells zeros and NaNs apart. What has no row here is [`Not`] lowered, and says so.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Date32Type, SchemaRef, TimeUnit};
use chrono::NaiveDate;
use datafusion::common::{Column as Name, ScalarValue};
use datafusion::functions::expr_fn as functions;
use datafusion::logical_expr::expr::{AggregateFunction, InList};
use datafusion::logical_expr::{AggregateUDF, Case, Cast, Expr, Operator, TryCast, binary_expr, lit};
use pantile_core::frame::engine::{Columns, array_of, schema_of};
use pantile_core::frame::plan;
use pantile_core::lang::Span;
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::{Call, Column};

use super::aggregates;
use super::exact::Exact;

/// Parts of an expression that is lowered; each is asked for its type, which takes as long as it is large.
const PARTS_MAX: u64 = 200;

/// Why an aggregate is not lowered as a column of rows.
pub(super) const AMONG_ROWS: &str = "an aggregate among rows";

/// What cannot be lowered, and where the program says it.
#[derive(Debug)]
pub(super) struct Not {
    /// What: "`rolling_mean`".
    pub(super) what: String,
    /// Where, if it is known.
    pub(super) span: Option<Span>,
}

impl Not {
    /// Something that cannot be lowered.
    pub(super) fn here(what: impl Into<String>) -> Self {
        Self { what: what.into(), span: None }
    }

    /// With its place, where it has none yet.
    pub(super) fn at(self, span: Span) -> Self {
        Self { span: self.span.or(Some(span)), ..self }
    }
}

impl From<datafusion::common::DataFusionError> for Not {
    fn from(error: datafusion::common::DataFusionError) -> Self {
        Self::here(format!("this plan ({})", crate::error::told(error)))
    }
}

/// A result, or what cannot be lowered.
pub(super) type Lowered<T> = Result<T, Not>;

/// A column, lowered.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) expr: Expr,
    pub(super) kind: DataType,
    pub(super) holds: Holds,
}

/// Where the values of a part come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Holds {
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
    pub(super) fn is_written(&self) -> bool {
        matches!(self.holds, Holds::Written(_))
    }
}

/// The columns of a frame, and what is made of them.
pub(super) struct Scope<'a> {
    frame: &'a Columns,
    schema: SchemaRef,
    names: &'a Names,
    /// Aggregates that are found, where groups are aggregated.
    groups: Option<&'a RefCell<Vec<Expr>>>,
}

/// Names that no column of a frame has.
#[derive(Default)]
pub(super) struct Names(Cell<usize>);

impl Names {
    /// Another one. Frames' names hold no NUL.
    pub(super) fn fresh(&self) -> String {
        let number = self.0.get();
        self.0.set(number.saturating_add(1));
        format!("\0{number}")
    }
}

/// The column of that very name.
pub(super) fn at(name: &str) -> Expr {
    Expr::Column(Name::new_unqualified(name))
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
    ("case", case),
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
    ("count", aggregates::count),
    ("date", date),
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
    ("fill_nan", fill_nan),
    ("fill_null", fill_null),
    ("floor", |scope, call| scope.rounded(call, Exact::Floor)),
    ("floordiv", |scope, call| scope.divided(call, Exact::FloorDivide, Exact::FloorDivideBy)),
    ("ge", |scope, call| scope.comparison(call, Operator::GtEq)),
    ("gt", |scope, call| scope.comparison(call, Operator::Gt)),
    ("is_between", is_between),
    ("is_finite", |scope, call| {
        scope.tested(call, |x| {
            let infinite = in_list(x.clone(), [f64::INFINITY, f64::NEG_INFINITY].map(lit).to_vec());
            Expr::Not(Box::new(functions::isnan(x).or(infinite)))
        })
    }),
    ("is_in", is_in),
    ("is_infinite", |scope, call| {
        scope.tested(call, |x| in_list(x, [f64::INFINITY, f64::NEG_INFINITY].map(lit).to_vec()))
    }),
    ("is_nan", |scope, call| scope.tested(call, functions::isnan)),
    ("is_not_nan", |scope, call| scope.tested(call, |x| Expr::Not(Box::new(functions::isnan(x))))),
    ("is_not_null", |scope, call| Ok(boolean(scope.me_of_rows(call)?, Expr::is_not_null))),
    ("is_null", |scope, call| Ok(boolean(scope.me_of_rows(call)?, Expr::is_null))),
    ("le", |scope, call| scope.comparison(call, Operator::LtEq)),
    ("len", aggregates::len),
    ("lit", |_, call| match call.args.get("value") {
        Some(Arg::Literal(value)) => written(value),
        Some(Arg::None) => written(&Literal::None),
        _ => Err(Not::here("`lit`")),
    }),
    ("log", log),
    ("log10", |scope, call| {
        let (me, kind) = (scope.me(call)?, scope.kind(call)?);
        logarithm(&me, &kind, 10.0)
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
    ("round", round),
    ("sqrt", |scope, call| scope.float(call, Exact::Sqrt)),
    ("std", aggregates::std),
    ("str.contains", |scope, call| {
        let plain = matches!(call.args.get("literal"), Some(Arg::Literal(Literal::Bool(true))));
        let pattern = scope.text(call, "pattern")?;
        // Without one of these, a regular expression is itself.
        match plain || !pattern.contains(|c: char| r"\.+*?()|[]{}^$#&-~".contains(c)) {
            true => scope.searched(call, &pattern, functions::contains),
            // Both engines ask the same library.
            false => {
                scope.searched(call, &pattern, |text, pattern| functions::regexp_like(text, pattern, None))
            }
        }
    }),
    ("str.ends_with", |scope, call| {
        let suffix = scope.text(call, "suffix")?;
        scope.searched(call, &suffix, functions::ends_with)
    }),
    ("str.head", |scope, call| {
        let n = scope.count(call, "n")?;
        scope.of_text(call, |text| functions::left(text, lit(n)))
    }),
    ("str.len_bytes", |scope, call| scope.of_text(call, functions::octet_length)),
    ("str.len_chars", |scope, call| scope.of_text(call, functions::character_length)),
    ("str.slice", |scope, call| {
        let first = lit(scope.count(call, "offset")?.saturating_add(1));
        match call.args.get("length") {
            None | Some(Arg::None) => scope.of_text(call, |text| functions::substr(text, first)),
            Some(_) => {
                let length = lit(scope.count(call, "length")?);
                scope.of_text(call, |text| functions::substring(text, first, length))
            }
        }
    }),
    ("str.starts_with", |scope, call| {
        let prefix = scope.text(call, "prefix")?;
        scope.searched(call, &prefix, functions::starts_with)
    }),
    ("str.to_lowercase", |scope, call| scope.of_text(call, functions::lower)),
    ("str.to_uppercase", |scope, call| scope.of_text(call, functions::upper)),
    ("sub", |scope, call| scope.arithmetic(call, Operator::Minus)),
    ("sum", aggregates::sum),
    ("truediv", truediv),
    ("var", aggregates::var),
    ("xor", |scope, call| scope.logic(call, Operator::NotEq)),
];

impl<'a> Scope<'a> {
    /// Each row by itself.
    pub(super) fn rows(frame: &'a Columns, names: &'a Names) -> Lowered<Self> {
        let schema = schema_of(frame).map_err(|_| Not::here("a type that Arrow does not have"))?;
        Ok(Self { frame, schema, names, groups: None })
    }

    /// Rows of a group together; what is aggregated is put into `found`.
    pub(super) fn groups(
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
    pub(super) fn output(&self, column: &Column) -> Lowered<(String, Part)> {
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
        // Its parts are kept by it, and known to its frame.
        let column = Column::Call(Arc::new(Call {
            function: call.function,
            on: call.on.clone(),
            args: call.args.clone(),
            span: call.span,
            size: call.size,
        }));
        let field = plan::field(self.frame, &column);
        let field = field.map_err(|error| Not::here(format!("`{}` ({error})", call.function.name)))?;
        Ok(field.data_type().clone())
    }

    /// What the call is asked of.
    pub(super) fn me(&self, call: &Call) -> Lowered<Part> {
        let on = call.on.as_ref().ok_or_else(|| Not::here(format!("`{}`", call.function.name)))?;
        self.part(on)
    }

    /// The same, of which each row or group has its own.
    fn me_of_rows(&self, call: &Call) -> Lowered<Part> {
        let me = self.me(call)?;
        must(!me.is_written(), "a function of a value that is written")?;
        Ok(me)
    }

    fn arg(&self, call: &Call, name: &str) -> Lowered<Part> {
        match call.args.get(name) {
            Some(Arg::Column(column)) => self.part(column),
            Some(Arg::None) => written(&Literal::None),
            _ => Err(Not::here(format!("`{name}` of `{}`", call.function.name))),
        }
    }

    /// Both sides of an operator, with how many rows they make together.
    fn two(&self, call: &Call) -> Lowered<(Part, Part, Holds)> {
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
    fn rounded(&self, call: &Call, exact: Exact) -> Lowered<Part> {
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
        let fractional = matches!(call.args.get("fractional"), Some(Arg::Literal(Literal::Bool(true))));
        must(!fractional, "fractions of a second")?;
        let (me, kind) = (self.me_of_rows(call)?, self.kind(call)?);
        must(is_plain_time(&me.kind), "parts of other types than dates and times without a zone")?;
        // Parts of a date before year 1 and of a nanosecond before 1970 are what both say they are.
        let expr = cast_to(functions::date_part(lit(part), me.expr), &DataType::Int32, &kind);
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
                let none = matches!(of.args.get("constraints"), Some(Arg::Named(named)) if named.is_empty());
                let (Some(Arg::Columns(predicates)), Some(on), true) =
                    (of.args.get("predicates"), &of.on, none)
                else {
                    return Err(Not::here("`filter` by constraints"));
                };
                let predicates = predicates.iter().map(|column| inner.predicate(column));
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
    pub(super) fn predicate(&self, column: &Column) -> Lowered<Expr> {
        let part = self.output(column)?.1;
        must(part.kind == DataType::Boolean && part.holds == Holds::Rows, "a condition that is no column")?;
        Ok(part.expr)
    }
}

/// The name of a column that is one of its frame's: `"a"`, `col("a")`.
pub(super) fn name_of(column: &Column) -> Option<&str> {
    match column {
        Column::Named(name, _) => Some(name),
        Column::Call(call) if call.function.name == "col" => match names(call, "names").as_slice() {
            [name] => Some(name),
            _ => None,
        },
        Column::Call(_) | Column::Value(_) => None,
    }
}

/// The names that an argument holds; those of a shorthand's only argument, too.
fn names<'c>(call: &'c Call, name: &str) -> Vec<&'c str> {
    let named = [name, "columns", "column"].into_iter().find_map(|name| call.args.get(name));
    let text = |value: &'c Literal| match value {
        Literal::Text(text) => Some(text.as_ref()),
        _ => None,
    };
    match named {
        Some(Arg::Literal(Literal::List(values))) => values.iter().filter_map(text).collect(),
        Some(Arg::Literal(value)) => text(value).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Refuses what is not so.
pub(super) fn must(holds: bool, what: &str) -> Lowered<()> {
    if holds { Ok(()) } else { Err(Not::here(what)) }
}

fn written(value: &Literal) -> Lowered<Part> {
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
        Literal::Bytes(_) | Literal::List(_) => return Err(Not::here("a list as a value")),
    };
    Ok(Part { expr: lit(value_of), kind, holds: Holds::Written(value.clone()) })
}

/// How many rows both make together.
fn together(one: &Part, other: &Part) -> Lowered<Holds> {
    match (&one.holds, &other.holds) {
        (Holds::Written(_), Holds::Written(_)) => Err(Not::here("an operator between two values")),
        (Holds::Written(_), holds) | (holds, Holds::Written(_)) => Ok(holds.clone()),
        (Holds::Fixed, holds) | (holds, Holds::Fixed) => Ok(holds.clone()),
        (one, other) if one == other => Ok(one.clone()),
        _ => Err(Not::here("an aggregate beside rows")),
    }
}

fn is_number(part: &Part) -> bool {
    is_number_type(&part.kind)
}

fn is_number_type(kind: &DataType) -> bool {
    kind.is_integer() || matches!(kind, DataType::Float32 | DataType::Float64 | DataType::Decimal128(..))
}

/// Dates, and times on no clock in particular.
fn is_plain_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Timestamp(_, None))
}

fn is_zero(part: &Part) -> bool {
    match &part.holds {
        Holds::Written(Literal::Int(value)) => *value == 0,
        Holds::Written(Literal::Float(value)) => *value == 0.0,
        _ => false,
    }
}

/// The part as that type, to which it widens.
fn typed(part: &Part, to: &DataType) -> Lowered<Expr> {
    if part.kind == *to {
        return Ok(part.expr.clone());
    }
    let Holds::Written(value) = &part.holds else { return Ok(cast_to(part.expr.clone(), &part.kind, to)) };
    let not = || Not::here(format!("a value as {to}"));
    let scalar = match (value, to) {
        (Literal::None, to) => ScalarValue::try_from(to)?,
        (Literal::Int(value), DataType::Float64) => ScalarValue::Float64(Some(*value as f64)),
        (Literal::Int(value), DataType::Float32) => ScalarValue::Float32(Some(*value as f32)),
        (Literal::Float(value), DataType::Float32) => ScalarValue::Float32(Some(*value as f32)),
        (Literal::Int(value), to) if to.is_integer() => {
            let value = i64::try_from(*value).map_err(|_| not())?;
            ScalarValue::Int64(Some(value)).cast_to(to).map_err(|_| not())?
        }
        (Literal::Int(value), DataType::Decimal128(precision, scale)) => {
            let most = u32::try_from(*scale).ok().and_then(|scale| 10_i128.checked_pow(scale));
            let value = most.and_then(|one| value.checked_mul(one)).ok_or_else(not)?;
            ScalarValue::Decimal128(Some(value), *precision, *scale)
        }
        _ => return Err(not()),
    };
    Ok(lit(scalar))
}

pub(super) fn cast_to(expr: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to { expr } else { Expr::Cast(Cast::new(Box::new(expr), to.clone())) }
}

/// The low bits of a 64-bit number.
pub(super) fn narrow(expr: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to { expr } else { Exact::Wrap.of(vec![expr], to) }
}

/// The value as it is compared, sorted and grouped.
pub(super) fn canonical(expr: Expr, kind: &DataType) -> Expr {
    if kind.is_floating() { Exact::Canonical.of(vec![expr], kind) } else { expr }
}

/// Refuses types that are not compared, sorted and grouped alike.
pub(super) fn comparable(kind: &DataType) -> Lowered<()> {
    let alike = kind.is_integer()
        || matches!(
            kind,
            DataType::Boolean
                | DataType::Float32
                | DataType::Float64
                | DataType::Utf8View
                | DataType::BinaryView
                | DataType::Date32
                | DataType::Time64(_)
                | DataType::Timestamp(..)
                | DataType::Decimal128(..)
        );
    if alike { Ok(()) } else { Err(Not::here(format!("a comparison of {kind}"))) }
}

fn compared(left: &Part, operator: Operator, right: &Part) -> Lowered<Expr> {
    let kind = common(left, right)?;
    let (left, right) = (typed(left, &kind)?, typed(right, &kind)?);
    Ok(binary_expr(canonical(left, &kind), operator, canonical(right, &kind)))
}

/// The type that both are compared as. Where Polars and DataFusion might choose another, there is none.
fn common(left: &Part, right: &Part) -> Lowered<DataType> {
    let (one, other) = (&left.kind, &right.kind);
    let not = || Err(Not::here(format!("a comparison of {one} and {other}")));
    let kind = match (&left.holds, &right.holds) {
        (Holds::Written(_), Holds::Written(_)) => return not(),
        (Holds::Written(value), _) => beside(value, other),
        (_, Holds::Written(value)) => beside(value, one),
        _ if one == other => Some(one.clone()),
        _ => wider(one, other),
    };
    let Some(kind) = kind else { return not() };
    comparable(&kind)?;
    Ok(kind)
}

/// The type that a written value is compared as with a column of type `kind`.
fn beside(value: &Literal, kind: &DataType) -> Option<DataType> {
    match (value, kind) {
        (Literal::Bool(_), DataType::Boolean) | (Literal::Text(_), DataType::Utf8View) => Some(kind.clone()),
        (Literal::Int(_) | Literal::Float(_), DataType::Float32 | DataType::Float64) => Some(kind.clone()),
        (Literal::Int(value), kind) if kind.is_integer() => {
            let value = ScalarValue::Int64(Some(i64::try_from(*value).ok()?));
            value.cast_to(kind).ok().map(|_| kind.clone())
        }
        (Literal::Float(_), DataType::Int32 | DataType::Int64 | DataType::Decimal128(..)) => {
            Some(DataType::Float64)
        }
        (Literal::Int(value), DataType::Decimal128(precision, scale)) => {
            let whole = u32::from(precision.saturating_sub(scale.unsigned_abs()));
            (value.unsigned_abs() < 10_u128.checked_pow(whole)?).then(|| kind.clone())
        }
        _ => None,
    }
}

fn wider(one: &DataType, other: &DataType) -> Option<DataType> {
    let small = |kind: &DataType| kind.is_integer() && kind.primitive_width().is_some_and(|width| width < 8);
    let signs = |kind: &DataType| kind.is_signed_integer();
    let (widest, least) = match one.primitive_width() >= other.primitive_width() {
        true => (one, other),
        false => (other, one),
    };
    if let (DataType::Decimal128(one, scale), DataType::Decimal128(other, other_scale)) = (one, other) {
        // As many digits before the point as both have, and behind it, if there is room.
        let behind = *scale.max(other_scale);
        let whole = (i16::from(*one) - i16::from(*scale)).max(i16::from(*other) - i16::from(*other_scale));
        let digits = u8::try_from(whole.saturating_add(i16::from(behind))).ok()?;
        return (digits <= DECIMAL128_MAX_PRECISION).then_some(DataType::Decimal128(digits, behind));
    }
    match (one.is_integer(), other.is_integer()) {
        (true, true) if signs(one) == signs(other) => Some(widest.clone()),
        (true, true) if small(one) && small(other) => Some(DataType::Int64),
        (false, false) if *widest == DataType::Float64 && *least == DataType::Float32 => {
            Some(DataType::Float64)
        }
        (true, false) | (false, true) if one == &DataType::Float64 || other == &DataType::Float64 => {
            Some(DataType::Float64)
        }
        _ => None,
    }
}

fn boolean(part: Part, made: impl FnOnce(Expr) -> Expr) -> Part {
    Part { expr: made(part.expr), kind: DataType::Boolean, holds: part.holds }
}

fn in_list(expr: Expr, list: Vec<Expr>) -> Expr {
    Expr::InList(InList::new(Box::new(expr), list, false))
}

/// `cast`, where both engines make the same of a value.
pub(super) fn cast(part: Part, to: &DataType, strict: bool) -> Lowered<Part> {
    let from = part.kind.clone();
    must(!part.is_written(), "`cast` of a value that is written")?;
    let number = |kind: &DataType| is_number_type(kind) && !kind.is_decimal();
    let alike = match (&from, to) {
        (from, to) if from == to => true,
        (from, to) if number(from) && number(to) => true,
        // Digits that are left out are rounded in different ways.
        (DataType::Decimal128(_, from), DataType::Decimal128(_, to)) => from <= to,
        (from, DataType::Decimal128(..)) => from.is_integer(),
        (DataType::Decimal128(..), to) => *to == DataType::Float64,
        (DataType::Boolean, to) => number(to) || *to == DataType::Utf8View,
        (from, DataType::Utf8View | DataType::Boolean) => from.is_integer(),
        (DataType::Date32, DataType::Timestamp(unit, None)) => *unit != TimeUnit::Nanosecond,
        (DataType::Timestamp(_, None), DataType::Date32) => true,
        _ => false,
    };
    if !alike {
        return Err(Not::here(format!("`cast` from {from} to {to}")));
    }
    let expr = match (from == *to, strict) {
        (true, _) => part.expr,
        (false, true) => Expr::Cast(Cast::new(Box::new(part.expr), to.clone())),
        (false, false) => Expr::TryCast(TryCast::new(Box::new(part.expr), to.clone())),
    };
    Ok(Part { expr, kind: to.clone(), holds: part.holds })
}

fn case(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let condition = scope.arg(call, "condition")?;
    must(condition.kind == DataType::Boolean && !condition.is_written(), "a condition that is no column")?;
    let (then, otherwise) = (scope.arg(call, "then")?, scope.arg(call, "otherwise")?);
    let kind = scope.kind(call)?;
    for part in [&then, &otherwise] {
        let beside = part.is_written() || part.holds == Holds::Fixed || part.holds == condition.holds;
        must(beside, "an aggregate beside rows")?;
        let same = part.kind == kind || part.is_written() || is_number(part) && is_number_type(&kind);
        must(same, "cases of different types")?;
    }
    let branches = vec![(Box::new(condition.expr), Box::new(typed(&then, &kind)?))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(typed(&otherwise, &kind)?))));
    Ok(Part { expr, kind, holds: condition.holds })
}

fn fill_null(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    must(matches!(call.args.get("strategy"), Some(Arg::None)), "`fill_null` with a strategy")?;
    let (me, value, kind) = (scope.me_of_rows(call)?, scope.arg(call, "value")?, scope.kind(call)?);
    let holds = together(&me, &value)?;
    let same = |part: &Part| part.kind == kind || part.is_written() || is_number(part);
    must(same(&me) && same(&value), "`fill_null` with another type")?;
    let expr = functions::coalesce(vec![typed(&me, &kind)?, typed(&value, &kind)?]);
    Ok(Part { expr, kind, holds })
}

fn fill_nan(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (me, value, kind) = (scope.me_of_rows(call)?, scope.arg(call, "value")?, scope.kind(call)?);
    must(me.kind == DataType::Float64 && kind == me.kind, "`fill_nan` of other types than Float64")?;
    let holds = together(&me, &value)?;
    let branches = vec![(Box::new(functions::isnan(me.expr.clone())), Box::new(typed(&value, &kind)?))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(me.expr))));
    Ok(Part { expr, kind, holds })
}

fn is_between(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let me = scope.me_of_rows(call)?;
    let (lower, upper) = (scope.arg(call, "lower_bound")?, scope.arg(call, "upper_bound")?);
    let (from, to) = match call.args.get("closed") {
        Some(Arg::Literal(Literal::Text(text))) => match text.as_ref() {
            "both" => (Operator::GtEq, Operator::LtEq),
            "left" => (Operator::GtEq, Operator::Lt),
            "right" => (Operator::Gt, Operator::LtEq),
            _ => (Operator::Gt, Operator::Lt),
        },
        _ => return Err(Not::here("`closed`")),
    };
    let holds = together(&me, &lower)?;
    together(&me, &upper)?;
    let expr = compared(&me, from, &lower)?.and(compared(&me, to, &upper)?);
    Ok(Part { expr, kind: DataType::Boolean, holds })
}

/// The part with `value` in place of its nulls, where they go together.
pub(super) fn filled(part: Part, value: &Literal, to: &DataType) -> Lowered<Expr> {
    let fits = match value {
        Literal::Bool(_) => part.kind == DataType::Boolean,
        Literal::Int(_) | Literal::Float(_) => is_number(&part),
        Literal::Text(_) => part.kind == DataType::Utf8View,
        _ => return Err(Not::here("`fill_null` with such a value")),
    };
    match fits {
        true => Ok(functions::coalesce(vec![typed(&part, to)?, typed(&written(value)?, to)?])),
        false => Ok(part.expr),
    }
}

/// `is_in` of a list that the program writes out.
fn is_in(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let me = scope.me_of_rows(call)?;
    let Some(Arg::Column(Column::Value(Literal::List(values)))) = call.args.get("other") else {
        return Err(Not::here("`is_in` of a column"));
    };
    let nulls_equal = matches!(call.args.get("nulls_equal"), Some(Arg::Literal(Literal::Bool(true))));
    comparable(&me.kind)?;
    let mut list = Vec::with_capacity(values.len());
    for value in values.iter().filter(|value| **value != Literal::None) {
        let part = written(value)?;
        // The list has a type before it meets the column.
        let same = match value {
            Literal::Float(_) => me.kind == DataType::Float64,
            Literal::Int(_) => me.kind.is_integer(),
            _ => part.kind == me.kind,
        };
        must(
            same && beside(value, &me.kind).as_ref() == Some(&me.kind),
            "`is_in` of values of another type",
        )?;
        list.push(canonical(typed(&part, &me.kind)?, &me.kind));
    }
    let null = match nulls_equal {
        true => ScalarValue::Boolean(Some(list.len() < values.len())),
        false => ScalarValue::Boolean(None),
    };
    let found = match list.is_empty() {
        true => lit(false),
        false => in_list(canonical(me.expr.clone(), &me.kind), list),
    };
    let branches = vec![(Box::new(me.expr.is_null()), Box::new(lit(null)))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(found))));
    Ok(Part { expr, kind: DataType::Boolean, holds: me.holds })
}

/// `date(2024, 2, 29)`.
fn date(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let of = |name| match scope.arg(call, name)?.holds {
        Holds::Written(Literal::Int(value)) => Ok(value),
        _ => Err(Not::here("`date` of columns")),
    };
    let (year, month, day) = (of("year")?, of("month")?, of("day")?);
    let date = i32::try_from(year).ok().zip(u32::try_from(month).ok()).zip(u32::try_from(day).ok());
    let date = date.and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    let date = date.ok_or_else(|| Not::here("a date that there is not"))?;
    let expr = lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(date))));
    Ok(Part { expr, kind: DataType::Date32, holds: Holds::Fixed })
}

/// `a / b`: Polars multiplies by the inverse of what is the same for all rows.
fn truediv(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ((left, right, holds), kind) = (scope.two(call)?, scope.kind(call)?);
    must(is_number(&left) && is_number(&right), "arithmetic of other types than numbers")?;
    let (one, other) = (typed(&left, &kind)?, typed(&right, &kind)?);
    let expr = match (&kind, &right.holds) {
        (DataType::Float64, Holds::Written(value)) => {
            let by = match value {
                Literal::Int(value) => *value as f64,
                Literal::Float(value) => *value,
                _ => return Err(Not::here("`/` by no number")),
            };
            binary_expr(one, Operator::Multiply, lit(1.0 / by))
        }
        (DataType::Float64, _) => binary_expr(one, Operator::Divide, other),
        (kind, _) => return Err(Not::here(format!("`/` in {kind}"))),
    };
    Ok(Part { expr, kind, holds })
}

fn round(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (Some(Arg::Literal(Literal::Int(decimals))), Some(Arg::Literal(Literal::Text(mode)))) =
        (call.args.get("decimals"), call.args.get("mode"))
    else {
        return Err(Not::here("`round`"));
    };
    let decimals = u32::try_from(*decimals).ok().filter(|decimals| *decimals < 40);
    let decimals = decimals.ok_or_else(|| Not::here("`round` to 40 decimals and more"))?;
    scope.rounded(
        call,
        match mode.as_ref() {
            "half_away_from_zero" => Exact::RoundAway(decimals),
            _ => Exact::RoundEven(decimals),
        },
    )
}

fn log(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (me, kind) = (scope.me_of_rows(call)?, scope.kind(call)?);
    match scope.arg(call, "base")?.holds {
        Holds::Written(Literal::Float(base)) => logarithm(&me, &kind, base),
        Holds::Written(Literal::Int(base)) => logarithm(&me, &kind, base as f64),
        _ => Err(Not::here("a `base` that differs from row to row")),
    }
}

fn logarithm(me: &Part, kind: &DataType, base: f64) -> Lowered<Part> {
    must(is_number(me) && *kind == DataType::Float64, "a logarithm of other types than numbers")?;
    let expr = Exact::Log.of(vec![typed(me, kind)?, lit(base)], kind);
    Ok(Part { expr, kind: kind.clone(), holds: me.holds.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|(name, _)| *name));
    }
}
