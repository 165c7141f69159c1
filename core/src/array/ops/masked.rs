//! Masked arrays: functions over what is not hidden.

use super::super::error::Error;
use super::super::kernels::map;
use super::super::make::elementwise::Operand;
use super::super::make::masked::Masked;
use super::super::make::{gathered, index};
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const MASK: Param = Param::optional("mask", Kind::Array, Default::None);
const VALUE: Param = Param::required("value", Kind::Array);
const AXES: Param = Param::named("axis", Kind::Ints, Default::None);
const AXIS: Param = Param::named("axis", Kind::Int, Default::None);
const DTYPE: Param = Param::named("dtype", Kind::Text, Default::None);
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const DDOF: Param = Param::named("ddof", Kind::Float, Default::Float(0.0));
const FILL: Param = Param::optional("fill_value", Kind::Array, Default::None);

impl Given<'_> {
    fn masked(&self) -> Result<Masked, Error> {
        Masked::new(self.op, self.array("x")?, self.maybe_array("mask")?)
    }
}

fn both(masked: Masked) -> Result<Made, Error> {
    Ok(Vec::from(masked).into())
}

macro_rules! compared {
    ($name:literal, $loops:path) => {
        Op::new($name, &[X, VALUE, MASK], |given| {
            both(given.masked()?.compared($name, $loops, given.operand("value")?)?)
        })
    };
}

macro_rules! between {
    ($name:literal, $outside:literal) => {
        Op::new(
            $name,
            &[X, Param::required("v1", Kind::Array), Param::required("v2", Kind::Array), MASK],
            |given| {
                let bounds = [given.operand("v1")?, given.operand("v2")?];
                both(given.masked()?.between($name, bounds, $outside)?)
            },
        )
    };
}

macro_rules! total {
    ($name:literal, $method:ident) => {
        Op::new($name, &[X, MASK, AXES, DTYPE, KEEP], |given| {
            both(given.masked()?.$method(&given.along()?, given.dtype("dtype")?)?)
        })
    };
}

macro_rules! extreme {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[X, MASK, AXES, KEEP], |given| {
            both(given.masked()?.extreme($name, &given.along()?, $greatest)?)
        })
    };
}

macro_rules! place {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[X, MASK, AXIS, KEEP], |given| {
            let (axis, keep) = (given.maybe_int("axis")?, given.is("keepdims"));
            Ok(given.masked()?.place($name, axis, keep, $greatest)?.into())
        })
    };
}

macro_rules! truth {
    ($name:literal, $all:literal) => {
        Op::new($name, &[X, MASK, AXES, KEEP], |given| {
            both(given.masked()?.truth($name, &given.along()?, $all)?)
        })
    };
}

macro_rules! running {
    ($name:literal, $product:literal) => {
        Op::new($name, &[X, MASK, AXIS, DTYPE], |given| {
            let (axis, dtype) = (given.maybe_int("axis")?, given.dtype("dtype")?);
            both(given.masked()?.running($name, axis, dtype, $product)?)
        })
    };
}

macro_rules! like {
    ($name:literal, $value:literal) => {
        Op::new($name, &[X, MASK, DTYPE], |given| {
            both(given.masked()?.like($name, $value, given.dtype("dtype")?)?)
        })
    };
}

/// The elements that are not hidden, in a row.
fn compressed(given: &Given<'_>) -> Result<Made, Error> {
    if let Some(mut found) = given.constants() {
        return found.pop().map(Made::One).ok_or(Error::Defect(given.op));
    }
    let masked = given.masked()?;
    Ok(Made::Asks(index::got(given.op, &masked.data, &[index::Item::Array(masked.seen(given.op)?)])?))
}

/// Where the elements are that are neither 0 nor hidden.
fn nonzero(given: &Given<'_>) -> Result<Made, Error> {
    if let Some(found) = given.constants() {
        return Ok(found.into());
    }
    let masked = given.masked()?;
    if masked.data.axes() == 0 {
        return Err(Error::refused(given.op, "takes an array with axes"));
    }
    let filled = masked.filled(Some(Operand::Scalar(super::super::make::elementwise::Scalar::Int(0))))?;
    Ok(Made::Asks(gathered::nonzero(given.op, &filled)))
}

pub(super) const FAMILY: Family = Family {
    name: "masked",
    ops: &[
        Op::new("ma.masked_array", &[X, MASK], |given| both(given.masked()?)),
        Op::new("ma.masked_where", &[Param::required("condition", Kind::Array), X, MASK], |given| {
            both(given.masked()?.hiding(&given.array("condition")?)?)
        }),
        compared!("ma.masked_equal", map::equal),
        compared!("ma.masked_not_equal", map::not_equal),
        compared!("ma.masked_less", map::less),
        compared!("ma.masked_less_equal", map::less_equal),
        compared!("ma.masked_greater", map::greater),
        compared!("ma.masked_greater_equal", map::greater_equal),
        between!("ma.masked_inside", false),
        between!("ma.masked_outside", true),
        Op::new(
            "ma.masked_values",
            &[
                X,
                Param::required("value", Kind::Float),
                Param::optional("rtol", Kind::Float, Default::Float(1e-5)),
                Param::optional("atol", Kind::Float, Default::Float(1e-8)),
                MASK,
            ],
            |given| {
                let number = |name: &str| given.maybe_float(name).unwrap_or_default();
                let (value, relative, absolute) = (number("value"), number("rtol"), number("atol"));
                both(given.masked()?.near(given.op, value, relative, absolute)?)
            },
        ),
        Op::new("ma.masked_invalid", &[X, MASK], |given| both(given.masked()?.invalid(given.op)?)),
        Op::new("ma.fix_invalid", &[X, MASK, FILL], |given| {
            let masked = given.masked()?.invalid(given.op)?;
            let odd = Masked::new(given.op, given.array("x")?, None)?.invalid(given.op)?;
            let data = odd.filled(given.maybe_operand("fill_value"))?;
            both(Masked { data, mask: masked.mask })
        }),
        Op::new("ma.filled", &[X, MASK, FILL], |given| {
            Ok(given.masked()?.filled(given.maybe_operand("fill_value"))?.into())
        }),
        Op::new("ma.getdata", &[X, MASK], |given| Ok(given.masked()?.data.into())),
        Op::new("ma.getmaskarray", &[X, MASK], |given| Ok(given.masked()?.mask.into())),
        Op::new("ma.compressed", &[X, MASK], compressed),
        Op::new("ma.nonzero", &[X, MASK], nonzero),
        like!("ma.zeros_like", 0.0),
        like!("ma.ones_like", 1.0),
        like!("ma.empty_like", 0.0),
        Op::new("ma.count", &[X, MASK, AXES, KEEP], |given| {
            Ok(given.masked()?.count(&given.along()?)?.into())
        }),
        total!("ma.sum", sum),
        total!("ma.prod", prod),
        Op::new("ma.mean", &[X, MASK, AXES, KEEP], |given| both(given.masked()?.mean(&given.along()?)?)),
        Op::new("ma.var", &[X, MASK, AXES, DDOF, KEEP], |given| {
            let ddof = given.maybe_float("ddof").unwrap_or_default();
            both(given.masked()?.var(given.op, &given.along()?, ddof)?)
        }),
        Op::new("ma.std", &[X, MASK, AXES, DDOF, KEEP], |given| {
            both(given.masked()?.std(&given.along()?, given.maybe_float("ddof").unwrap_or_default())?)
        }),
        Op::new(
            "ma.average",
            &[X, MASK, AXIS, Param::named("weights", Kind::Array, Default::None), KEEP],
            |given| {
                let (axis, weights) = (given.maybe_int("axis")?, given.maybe_array("weights")?);
                both(given.masked()?.average(axis, weights, given.is("keepdims"))?)
            },
        ),
        Op::new("ma.median", &[X, MASK, AXIS, KEEP], |given| {
            both(given.masked()?.median(given.maybe_int("axis")?, given.is("keepdims"))?)
        }),
        extreme!("ma.max", true),
        extreme!("ma.min", false),
        Op::new("ma.ptp", &[X, MASK, AXES, KEEP], |given| both(given.masked()?.ptp(&given.along()?)?)),
        place!("ma.argmax", true),
        place!("ma.argmin", false),
        truth!("ma.any", false),
        truth!("ma.all", true),
        running!("ma.cumsum", false),
        running!("ma.cumprod", true),
        Op::new("ma.anom", &[X, MASK, AXIS], |given| both(given.masked()?.anom(given.maybe_int("axis")?)?)),
    ],
    page: include_str!("masked.md"),
};
