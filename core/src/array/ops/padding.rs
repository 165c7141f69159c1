//! Arrays made longer at their edges, and parts put in and taken out.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::edges::Edge;
use super::super::make::elementwise::Scalar;
use super::super::make::padding::{Filling, Statistic, pad};
use super::super::make::{edits, structure};
use super::{Family, Given, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};

const ARR: Param = Param::required("arr", Kind::Array);
const AXIS: Param = Param::optional("axis", Kind::Int, Default::None);
const OBJ: Param = Param::required("obj", Kind::Ints);

const MODES: &[&str] = &[
    "constant",
    "edge",
    "empty",
    "linear_ramp",
    "maximum",
    "mean",
    "median",
    "minimum",
    "reflect",
    "symmetric",
    "wrap",
];

fn literal<'a>(given: &'a Given<'_>, name: &str) -> &'a Literal {
    match given.args.get(name) {
        Some(Arg::Literal(literal)) => literal,
        _ => &Literal::None,
    }
}

/// A pair for each axis: of one value, one pair, or a pair or a value for each axis.
fn pairs<T: Clone>(
    given: &Given<'_>,
    name: &str,
    axes: usize,
    of: impl Fn(&Literal) -> Option<T>,
) -> Result<Vec<[T; 2]>, Error> {
    let pair = |literal: &Literal| match literal {
        Literal::List(two) => match two.as_slice() {
            [one] => of(one).map(|one| [one.clone(), one]),
            [one, other] => of(one).zip(of(other)).map(|(one, other)| [one, other]),
            _ => None,
        },
        one => of(one).map(|one| [one.clone(), one]),
    };
    let asked = literal(given, name);
    let found = match asked {
        Literal::List(items) if items.iter().any(|item| matches!(item, Literal::List(_))) => {
            let all: Option<Vec<[T; 2]>> = items.iter().map(pair).collect();
            all.and_then(|all| match all.len() {
                1 => Some(vec![all[0].clone(); axes]),
                count => Some(all).filter(|_| count == axes),
            })
        }
        one => pair(one).map(|pair| vec![pair; axes]),
    };
    found.ok_or_else(|| {
        Error::refused(
            given.op,
            format!("takes as `{name}` one value, a pair, or a pair for each of {axes} axes"),
        )
    })
}

fn number(literal: &Literal) -> Option<Scalar> {
    Some(match literal {
        Literal::Bool(value) => Scalar::Bool(*value),
        Literal::Int(value) => Scalar::Int(*value),
        Literal::Float(value) => Scalar::Float(*value),
        Literal::Complex(re, im) => Scalar::Complex(num_complex::Complex::new(*re, *im)),
        _ => return None,
    })
}

fn count(literal: &Literal) -> Option<usize> {
    match literal {
        Literal::Int(value) => usize::try_from(*value).ok(),
        _ => None,
    }
}

fn padded(given: &Given<'_>) -> Result<Array, Error> {
    let x = given.array("array")?;
    let axes = x.axes();
    let widths = pairs(given, "pad_width", axes, count)?.into_iter().map(|[before, after]| (before, after));
    let copied = |edge: Edge| match given.text("reflect_type") {
        Some("odd") if matches!(edge, Edge::Reflect | Edge::Symmetric) => Filling::Odd(edge),
        _ => Filling::Copied(edge),
    };
    let statistic = |of: Statistic| {
        let length = |literal: &Literal| match literal {
            Literal::None => Some(None),
            one => count(one).map(Some),
        };
        Ok::<_, Error>(Filling::Of(of, pairs(given, "stat_length", axes, length)?))
    };
    let filling = match given.text("mode").unwrap_or_default() {
        "edge" => copied(Edge::Nearest),
        "reflect" => copied(Edge::Reflect),
        "symmetric" => copied(Edge::Symmetric),
        "wrap" => copied(Edge::Periodic),
        "linear_ramp" => Filling::Ramp(pairs(given, "end_values", axes, number)?),
        "maximum" => statistic(Statistic::Maximum)?,
        "minimum" => statistic(Statistic::Minimum)?,
        "mean" => statistic(Statistic::Mean)?,
        "median" => statistic(Statistic::Median)?,
        "empty" => Filling::Constant(vec![[Scalar::Int(0); 2]; axes]),
        _ => Filling::Constant(pairs(given, "constant_values", axes, number)?),
    };
    pad(&x, &widths.collect::<Vec<_>>(), &filling)
}

pub(super) const FAMILY: Family = Family {
    name: "padding",
    ops: &[
        Op::new(
            "pad",
            &[
                Param::required("array", Kind::Array),
                Param::required("pad_width", Kind::Literal),
                Param::optional("mode", Kind::Choice(MODES), Default::Text("constant")),
                Param::named("constant_values", Kind::Literal, Default::Int(0)),
                Param::named("end_values", Kind::Literal, Default::Int(0)),
                Param::named("stat_length", Kind::Literal, Default::None),
                Param::named("reflect_type", Kind::Choice(&["even", "odd"]), Default::Text("even")),
            ],
            |given| Ok(padded(given)?.into()),
        ),
        Op::new("append", &[ARR, Param::required("values", Kind::Array), AXIS], |given| {
            let (x, values) = (given.array("arr")?, given.array("values")?);
            Ok(edits::append(given.op, &x, &values, given.maybe_int("axis")?)?.into())
        }),
        Op::new("insert", &[ARR, OBJ, Param::required("values", Kind::Array), AXIS], |given| {
            let single = matches!(literal(given, "obj"), Literal::Int(_));
            let (x, at, values) = (given.array("arr")?, given.ints("obj")?, given.operand("values")?);
            Ok(edits::insert(given.op, &x, &at, single, values, given.maybe_int("axis")?)?.into())
        }),
        Op::new("delete", &[ARR, OBJ, AXIS], |given| {
            let (x, at) = (given.array("arr")?, given.ints("obj")?);
            Ok(edits::delete(given.op, &x, &at, given.maybe_int("axis")?)?.into())
        }),
        Op::new(
            "resize",
            &[Param::required("a", Kind::Array), Param::required("new_shape", Kind::Ints)],
            |given| Ok(edits::resize(given.op, &given.array("a")?, &given.shape("new_shape")?)?.into()),
        ),
        Op::new("ravel", &[Param::required("a", Kind::Array)], |given| {
            Ok(structure::reshape(given.op, &given.array("a")?, &[-1])?.into())
        }),
    ],
    page: include_str!("padding.md"),
};
