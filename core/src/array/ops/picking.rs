//! Elements by their order and by conditions.

use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::make::diagonals::{Outside, places};
use super::super::make::elementwise::{astype, truth};
use super::super::make::picking::{self, Of};
use super::super::make::structure::{flat, stack};
use super::super::make::{gathered, numbers, partition};
use super::super::shape;
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Given as By, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const KTH: Param = Param::required("kth", Kind::Ints);
const COUNT: Param = Param::required("k", Kind::Int);
const LAST: Param = Param::optional("axis", Kind::Int, Default::Int(-1));
const LAST_OR_NONE: Param = Param { name: "axis", kind: Kind::Literal, given: By::Else(Default::Int(-1)) };
const AXIS: Param = Param::optional("axis", Kind::Int, Default::None);
const AR1: Param = Param::required("ar1", Kind::Array);
const AR2: Param = Param::required("ar2", Kind::Array);
const UNIQUE: Param = Param::optional("assume_unique", Kind::Bool, Default::Bool(false));

/// Two arrays of one dtype, as a set.
fn set(given: &Given<'_>, of: Of) -> Result<Made, Error> {
    let (a, b) = (given.array("ar1")?, given.array("ar2")?);
    let dtype = a.dtype().promoted(b.dtype());
    let Some(found) = given.seen else {
        return Ok(Made::Asks(gathered::of_both(given.op, &astype(&a, dtype)?, &astype(&b, dtype)?)?));
    };
    let made = picking::set(given.op, found, a.len(), of)?;
    if of == Of::First && a.dtype() != dtype {
        // They are elements of the first, whatever they were compared as.
        let [_, own, _] = &made;
        return Ok(picking::picked(given.op, &flat(given.op, &a)?, 0, own)?.into());
    }
    let [values, own, theirs] = made.map(Array::constant);
    Ok(match of == Of::Both && given.is("return_indices") {
        true => vec![values, own, theirs].into(),
        false => values.into(),
    })
}

/// The elements of `x` along an axis, or all in a row, where the condition holds.
fn compress(given: &Given<'_>, condition: &str, x: &str, axis: Option<i64>) -> Result<Made, Error> {
    let (op, x) = (given.op, given.array(x)?);
    let condition = flat(op, &truth(&given.array(condition)?)?)?;
    let (x, axis) = match axis {
        Some(axis) => (x.clone(), shape::axis(op, axis, x.axes())?),
        None => (flat(op, &x)?, 0),
    };
    let is_each = x.shape() == condition.shape();
    Ok(match given.seen {
        Some([shown]) if is_each => Array::constant(shown.clone()).into(),
        Some([places]) => picking::picked(op, &x, axis, places)?.into(),
        Some(_) => return Err(Error::Defect(op)),
        None if is_each => Made::Asks(gathered::selected(op, &x, &condition)),
        None => Made::Asks(gathered::nonzero(op, &condition)),
    })
}

pub(super) const FAMILY: Family = Family {
    name: "picking",
    ops: &[
        Op::new("partition", &[A, KTH, LAST_OR_NONE], |given| {
            Ok(partition::partition(&given.array("a")?, &given.ints("kth")?, given.int_or_none("axis")?)?
                .into())
        }),
        Op::new("argpartition", &[A, KTH, LAST_OR_NONE], |given| {
            Ok(partition::argpartition(&given.array("a")?, &given.ints("kth")?, given.int_or_none("axis")?)?
                .into())
        }),
        Op::new("topk", &[A, COUNT, LAST], |given| {
            Ok(partition::topk(&given.array("a")?, given.int("k")?, given.int("axis")?)?.into())
        }),
        Op::new("argtopk", &[A, COUNT, LAST], |given| {
            Ok(partition::argtopk(&given.array("a")?, given.int("k")?, given.int("axis")?)?.into())
        }),
        Op::new("lexsort", &[Param::required("keys", Kind::Arrays), LAST], |given| {
            Ok(partition::lexsort(&given.arrays("keys")?, given.int("axis")?)?.into())
        }),
        Op::new("flatnonzero", &[A], |given| match given.seen {
            Some([places]) => Ok(Array::constant(places.clone()).into()),
            _ => Ok(Made::Asks(gathered::nonzero(given.op, &flat(given.op, &given.array("a")?)?))),
        }),
        Op::new("argwhere", &[A], |given| {
            let x = given.array("a")?;
            match (given.constants(), x.axes()) {
                // As many rows as there are, none or one, without a column.
                (Some(found), 0) => {
                    let rows = found.iter().map(Array::len).sum();
                    Ok(Array::constant(Chunk::new([rows, 0], Data::Int64(Vec::new()))).into())
                }
                (Some(found), _) => Ok(stack(given.op, &found, 1)?.into()),
                (None, 0) => Ok(Made::Asks(gathered::nonzero(given.op, &flat(given.op, &x)?))),
                (None, _) => Ok(Made::Asks(gathered::nonzero(given.op, &x))),
            }
        }),
        Op::new("compress", &[Param::required("condition", Kind::Array), A, AXIS], |given| {
            if given.array("condition")?.axes() != 1 {
                return Err(Error::refused(given.op, "takes a row of truths as its condition"));
            }
            compress(given, "condition", "a", given.maybe_int("axis")?)
        }),
        Op::new(
            "extract",
            &[Param::required("condition", Kind::Array), Param::required("arr", Kind::Array)],
            |given| compress(given, "condition", "arr", None),
        ),
        Op::new(
            "choose",
            &[
                A,
                Param::required("choices", Kind::Arrays),
                Param::optional("mode", Kind::Choice(&["raise", "wrap", "clip"]), Default::Text("raise")),
            ],
            |given| {
                let choices = given.arrays("choices")?;
                let outside = Outside::named(given.text("mode").unwrap_or_default());
                let which = places(given.op, &given.array("a")?, choices.len(), outside)?;
                Ok(numbers::chosen(given.op, &which, &choices)?.into())
            },
        ),
        Op::new(
            "select",
            &[
                Param::required("condlist", Kind::Arrays),
                Param::required("choicelist", Kind::Arrays),
                Param::optional("default", Kind::Array, Default::Int(0)),
            ],
            |given| {
                let (conditions, choices) = (given.arrays("condlist")?, given.arrays("choicelist")?);
                Ok(numbers::select(given.op, &conditions, &choices, given.operand("default")?)?.into())
            },
        ),
        Op::new(
            "trim_zeros",
            &[
                Param::required("filt", Kind::Array),
                Param::optional("trim", Kind::Text, Default::Text("fb")),
                Param::optional("axis", Kind::Ints, Default::None),
            ],
            |given| {
                let x = given.array("filt")?;
                let axes = match given.maybe_ints("axis")? {
                    Some(axes) => shape::axes(given.op, &axes, x.axes())?,
                    None => (0..x.axes()).collect(),
                };
                let trim = given.text("trim").unwrap_or_default().to_lowercase();
                if !["fb", "bf", "f", "b"].contains(&trim.as_str()) {
                    return Err(Error::refused(
                        given.op,
                        format!("trims \"f\", \"b\" or \"fb\", not {trim:?}"),
                    ));
                }
                if axes.is_empty() {
                    return Ok(x.into());
                }
                let (front, behind) = (trim.contains('f'), trim.contains('b'));
                match given.seen {
                    Some([ends]) => Ok(picking::trimmed(given.op, &x, &axes, ends, (front, behind))?.into()),
                    _ => Ok(Made::Asks(picking::ends(given.op, &x, &axes)?)),
                }
            },
        ),
        Op::new("union1d", &[AR1, AR2], |given| set(given, Of::Either)),
        Op::new(
            "intersect1d",
            &[AR1, AR2, UNIQUE, Param::optional("return_indices", Kind::Bool, Default::Bool(false))],
            |given| set(given, Of::Both),
        ),
        Op::new("setdiff1d", &[AR1, AR2, UNIQUE], |given| set(given, Of::First)),
        Op::new("setxor1d", &[AR1, AR2, UNIQUE], |given| set(given, Of::One)),
    ],
    page: include_str!("picking.md"),
};
