//! Elements by their order and by conditions.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::make::diagonals::{Outside, places};
use super::super::make::elementwise::astype;
use super::super::make::picking::{self, Of};
use super::super::make::{numbers, partition};
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

/// The array that came of what was asked for; else what to ask for.
fn asked(
    given: &Given<'_>,
    inputs: &[&str],
    dtypes: Vec<DType>,
    run: impl Fn(&[Chunk]) -> Result<Vec<Chunk>, Error> + Send + Sync + 'static,
) -> Result<Made, Error> {
    if let Some(mut found) = given.constants() {
        return match found.len() {
            1 => found.pop().map(Made::One).ok_or(Error::Defect(given.op)),
            _ => Ok(found.into()),
        };
    }
    let inputs = inputs.iter().map(|name| given.array(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(Made::Asks(Array::open(given.op, inputs, dtypes, run)))
}

/// Two arrays of one dtype, as a set.
fn set(given: &Given<'_>, of: Of) -> Result<Made, Error> {
    if given.seen.is_some() {
        return asked(given, &[], Vec::new(), |_| Err(Error::Defect("sets")));
    }
    let (a, b, dtype) = promoted(given)?;
    let op = given.op;
    let places = of == Of::Both && given.is("return_indices");
    let dtypes = if places { vec![dtype, DType::Int64, DType::Int64] } else { vec![dtype] };
    Ok(Made::Asks(Array::open(op, vec![a, b], dtypes, move |chunks| match places {
        true => picking::intersection(op, &chunks[0], &chunks[1]),
        false => Ok(vec![picking::sets(op, &chunks[0], &chunks[1], of)?]),
    })))
}

fn promoted(given: &Given<'_>) -> Result<(Array, Array, DType), Error> {
    let (a, b) = (given.array("ar1")?, given.array("ar2")?);
    let dtype = a.dtype().promoted(b.dtype());
    Ok((astype(&a, dtype)?, astype(&b, dtype)?, dtype))
}

fn compress(
    given: &Given<'_>,
    condition: &'static str,
    x: &'static str,
    axis: Option<i64>,
) -> Result<Made, Error> {
    let (op, array) = (given.op, given.array(x)?);
    let axis = axis.map(|axis| shape::axis(op, axis, array.axes())).transpose()?;
    asked(given, &[condition, x], vec![array.dtype()], move |chunks| {
        Ok(vec![picking::compress(op, &chunks[0], &chunks[1], axis)?])
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
        Op::new("flatnonzero", &[A], |given| {
            asked(given, &["a"], vec![DType::Int64], |chunks| Ok(vec![picking::flatnonzero(&chunks[0])?]))
        }),
        Op::new("argwhere", &[A], |given| {
            asked(given, &["a"], vec![DType::Int64], |chunks| Ok(vec![picking::argwhere(&chunks[0])?]))
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
                let (front, behind) = (trim.contains('f'), trim.contains('b'));
                asked(given, &["filt"], vec![x.dtype()], move |chunks| {
                    Ok(vec![picking::trimmed(&chunks[0], &axes, front, behind)?])
                })
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
