//! The same elements under other shapes and in other orders.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::elementwise::cast_chunk;
use super::super::make::{create, edits, structure};
use super::super::shape;
use super::{Family, Made, Op};
use crate::lang::signature::{Default, Given as By, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const AXIS: Param = Param::named("axis", Kind::Int, Default::None);
const AXES: Param = Param::named("axis", Kind::Ints, Default::None);

pub(super) const FAMILY: Family = Family {
    name: "shape",
    ops: &[
        Op::new("reshape", &[X, Param::required("shape", Kind::Ints)], |given| {
            Ok(structure::reshape(given.op, &given.array("x")?, &given.ints("shape")?)?.into())
        }),
        Op::new("permute_dims", &[X, Param::required("axes", Kind::Ints)], |given| {
            Ok(structure::permute_dims(given.op, &given.array("x")?, &given.ints("axes")?)?.into())
        }),
        Op::new("matrix_transpose", &[X], |given| {
            Ok(structure::matrix_transpose(given.op, &given.array("x")?)?.into())
        }),
        Op::new(
            "moveaxis",
            &[X, Param::required("source", Kind::Ints), Param::required("destination", Kind::Ints)],
            |given| {
                let (from, to) = (given.ints("source")?, given.ints("destination")?);
                Ok(structure::moveaxis(given.op, &given.array("x")?, &from, &to)?.into())
            },
        ),
        Op::new(
            "expand_dims",
            &[X, Param { name: "axis", kind: Kind::Ints, given: By::Else(Default::Int(0)) }],
            |given| Ok(structure::expand_dims(given.op, &given.array("x")?, &given.ints("axis")?)?.into()),
        ),
        Op::new("squeeze", &[X, Param::required("axis", Kind::Ints)], |given| {
            Ok(structure::squeeze(given.op, &given.array("x")?, &given.ints("axis")?)?.into())
        }),
        Op::new("flip", &[X, AXES], |given| {
            Ok(structure::flip(given.op, &given.array("x")?, given.maybe_ints("axis")?.as_deref())?.into())
        }),
        Op::new("roll", &[X, Param::required("shift", Kind::Ints), AXES], |given| {
            let (shift, axes) = (given.ints("shift")?, given.maybe_ints("axis")?);
            Ok(structure::roll(given.op, &given.array("x")?, &shift, axes.as_deref())?.into())
        }),
        Op::new("repeat", &[X, Param::required("repeats", Kind::Array), AXIS], |given| {
            let (x, times, axis) = (given.array("x")?, given.array("repeats")?, given.maybe_int("axis")?);
            if !times.dtype().is_integer() {
                return Err(Error::DType { op: given.op, takes: "integers as counts", dtype: times.dtype() });
            }
            if let (0, Some(count)) = (times.axes(), times.known()) {
                let count =
                    cast_chunk(count, DType::Int64).values::<i64>()?.first().copied().unwrap_or_default();
                return Ok(structure::repeat(given.op, &x, count, axis)?.into());
            }
            let (x, axis) = match axis {
                Some(axis) => (x.clone(), shape::axis(given.op, axis, x.axes())?),
                None => (structure::flat(given.op, &x)?, 0),
            };
            let length = x.shape()[axis];
            match given.seen {
                Some([counts]) => Ok(edits::repeat_each(given.op, &x, counts, axis)?.into()),
                _ => Ok(Made::Asks(structure::counts(given.op, &times, length)?)),
            }
        }),
        Op::new("tile", &[X, Param::required("repetitions", Kind::Ints)], |given| {
            Ok(structure::tile(given.op, &given.array("x")?, &given.ints("repetitions")?)?.into())
        }),
        Op::new(
            "concat",
            &[Param::required("arrays", Kind::Arrays), Param::named("axis", Kind::Literal, Default::Int(0))],
            |given| {
                Ok(structure::concat(given.op, &given.arrays("arrays")?, given.int_or_none("axis")?)?.into())
            },
        ),
        Op::new(
            "stack",
            &[Param::required("arrays", Kind::Arrays), Param::named("axis", Kind::Int, Default::Int(0))],
            |given| Ok(structure::stack(given.op, &given.arrays("arrays")?, given.int("axis")?)?.into()),
        ),
        Op::new("unstack", &[X, Param::named("axis", Kind::Int, Default::Int(0))], |given| {
            Ok(structure::unstack(given.op, &given.array("x")?, given.int("axis")?)?.into())
        }),
        Op::new("broadcast_to", &[X, Param::required("shape", Kind::Ints)], |given| {
            Ok(structure::broadcast_to(given.op, &given.array("x")?, &given.shape("shape")?)?.into())
        }),
        Op::new("broadcast_arrays", &[Param::rest("arrays", Kind::Arrays)], |given| {
            let arrays = given.arrays("arrays")?;
            let both = shape::broadcast_all(given.op, arrays.iter().map(Array::shape))?;
            let all = arrays.iter().map(|array| structure::broadcast_to(given.op, array, &both));
            Ok(all.collect::<Result<Vec<_>, _>>()?.into())
        }),
        Op::new("broadcast_shapes", &[Param::rest("shapes", Kind::Arrays)], |given| {
            let shapes = given.arrays("shapes")?.into_iter().map(|shape| {
                let known = shape
                    .known()
                    .ok_or_else(|| Error::refused(given.op, "takes shapes that are written out"))?;
                let lengths = cast_chunk(known, DType::Int64);
                lengths
                    .values::<i64>()?
                    .iter()
                    .map(|length| usize::try_from(*length))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|_| Error::refused(given.op, "takes lengths of 0 or more"))
            });
            let shapes: Vec<Vec<usize>> = shapes.collect::<Result<_, _>>()?;
            let both = shape::broadcast_all(given.op, shapes.iter().map(Vec::as_slice))?;
            Ok(create::of(both.into_iter().map(|length| length as i64).collect()).into())
        }),
    ],
    page: include_str!("shape.md"),
};
