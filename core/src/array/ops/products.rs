//! NumPy's products, and what else there is of matrices.

use super::super::error::Error;
use super::super::make::linear::Order;
use super::super::make::products::{self, Overlap};
use super::super::make::{einsum, matrices, systems};
use super::linalg::norm_of;
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const B: Param = Param::required("b", Kind::Array);
const V: Param = Param::required("v", Kind::Array);
const MODES: Kind = Kind::Choice(&["full", "same", "valid"]);

macro_rules! two {
    ($name:literal, $params:expr, |$given:ident, $a:ident, $b:ident| $make:expr) => {
        Op::new($name, $params, |$given| {
            let ($a, $b) = ($given.array($params[0].name)?, $given.array($params[1].name)?);
            let ($a, $b) = (&$a, &$b);
            Ok($make.into())
        })
    };
}

fn overlap(given: &Given<'_>) -> Overlap {
    Overlap::named(given.text("mode").unwrap_or("full"))
}

/// Which norm is asked for, where one is.
fn order(given: &Given<'_>, name: &str) -> Result<Option<Order>, Error> {
    match given.args.is_absent(name) {
        true => Ok(None),
        false => norm_of(given, name, Order::Frobenius).map(Some),
    }
}

const CROSS: &[Param] = &[
    A,
    B,
    Param::optional("axisa", Kind::Int, Default::Int(-1)),
    Param::optional("axisb", Kind::Int, Default::Int(-1)),
    Param::optional("axisc", Kind::Int, Default::Int(-1)),
    Param::optional("axis", Kind::Int, Default::None),
];
const VECTORS: &[Param] = &[A, V, Param::optional("mode", MODES, Default::Text("full"))];
const LAID: &[Param] = &[A, V, Param::optional("mode", MODES, Default::Text("valid"))];
const SOLVE: &[Param] = &[A, B, Param::optional("axes", Kind::Ints, Default::None)];

pub(super) const FAMILY: Family = Family {
    name: "products",
    ops: &[
        Op::new(
            "einsum",
            &[Param::required("subscripts", Kind::Text), Param::rest("operands", Kind::Arrays)],
            |given| {
                let subscripts = given.text("subscripts").unwrap_or_default();
                Ok(einsum::einsum(subscripts, &given.arrays("operands")?)?.into())
            },
        ),
        two!("dot", &[A, B], |given, a, b| products::dot(given.op, a, b)?),
        two!("inner", &[A, B], |given, a, b| products::inner(given.op, a, b)?),
        two!("outer", &[A, B], |given, a, b| products::outer(given.op, a, b)?),
        two!("vdot", &[A, B], |given, a, b| products::vdot(given.op, a, b)?),
        two!("kron", &[A, B], |given, a, b| products::kron(given.op, a, b)?),
        two!("cross", CROSS, |given, a, b| {
            let axes = match given.maybe_int("axis")? {
                Some(axis) => [axis; 3],
                None => [given.int("axisa")?, given.int("axisb")?, given.int("axisc")?],
            };
            products::cross(given.op, a, b, axes)?
        }),
        two!("convolve", VECTORS, |given, a, v| products::convolve(given.op, a, v, overlap(given))?),
        two!("correlate", LAID, |given, a, v| products::correlate(given.op, a, v, overlap(given))?),
        Op::new("linalg.multi_dot", &[Param::required("arrays", Kind::Arrays)], |given| {
            Ok(matrices::multi_dot(given.op, &given.arrays("arrays")?)?.into())
        }),
        Op::new(
            "linalg.norm",
            &[
                Param::required("x", Kind::Array),
                Param::optional("ord", Kind::Literal, Default::None),
                Param::optional("axis", Kind::Ints, Default::None),
                Param::optional("keepdims", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let order = order(given, "ord")?;
                Ok(matrices::norm(given.op, &given.array("x")?, order, &given.along()?)?.into())
            },
        ),
        Op::new(
            "linalg.cond",
            &[Param::required("x", Kind::Array), Param::optional("p", Kind::Literal, Default::None)],
            |given| Ok(matrices::cond(given.op, &given.array("x")?, order(given, "p")?)?.into()),
        ),
        Op::new("linalg.lstsq", &[A, B, Param::optional("rcond", Kind::Float, Default::None)], |given| {
            if let Some(found) = given.constants() {
                return Ok(found.into());
            }
            let (a, b) = (given.array("a")?, given.array("b")?);
            Ok(Made::Asks(matrices::lstsq(given.op, &a, &b, given.maybe_float("rcond"))?))
        }),
        Op::new("linalg.lu", &[A], |given| Ok(systems::lu(given.op, &given.array("a")?)?.into())),
        two!("linalg.tensorsolve", SOLVE, |given, a, b| {
            matrices::tensorsolve(given.op, a, b, &given.maybe_ints("axes")?.unwrap_or_default())?
        }),
        Op::new("linalg.tensorinv", &[A, Param::optional("ind", Kind::Int, Default::Int(2))], |given| {
            Ok(matrices::tensorinv(given.op, &given.array("a")?, given.int("ind")?)?.into())
        }),
    ],
    page: include_str!("products.md"),
};
