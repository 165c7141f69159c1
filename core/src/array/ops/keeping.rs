//! What becomes of an array.

use std::sync::Arc;

use super::super::error::Error;
use super::super::keep::Keep;
use super::{Family, Given, Made, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};

pub(super) const FAMILY: Family = Family {
    name: "keeping",
    ops: &[
        Op::new("persist", &[X, NAME, IF_EXISTS, CHUNKS, DIMS], |given| kept(given, true)),
        Op::new("store", &[X, NAME, IF_EXISTS, CHUNKS, SHARDS, DIMS], |given| kept(given, false)),
    ],
    page: include_str!("keeping.md"),
};

const X: Param = Param::required("x", Kind::Array);
const NAME: Param = Param::required("name", Kind::Text);
const IF_EXISTS: Param =
    Param::named("if_exists", Kind::Choice(&["error", "replace"]), Default::Text("error"));
const CHUNKS: Param = Param::named("chunks", Kind::Ints, Default::None);
const SHARDS: Param = Param::named("shards", Kind::Ints, Default::None);
const DIMS: Param = Param::named("dims", Kind::Literal, Default::None);

fn kept(given: &Given<'_>, in_memory: bool) -> Result<Made, Error> {
    let lengths = |name| if given.args.is_absent(name) { Ok(None) } else { given.shape(name).map(Some) };
    Ok(Made::Kept(Keep {
        array: given.array("x")?,
        name: given.args.text("name").map(Arc::clone).ok_or(Error::Defect(given.op))?,
        replaces: given.text("if_exists") == Some("replace"),
        chunks: lengths("chunks")?,
        shards: lengths("shards")?,
        in_memory,
        dims: dims(given)?,
    }))
}

/// The names of the axes, where any are given.
fn dims(given: &Given<'_>) -> Result<Vec<Option<String>>, Error> {
    let refused = || {
        Error::refused(
            given.op,
            "takes a list of texts as `dims`, one an axis, or None where an axis has no name",
        )
    };
    match given.args.get("dims") {
        None | Some(Arg::None | Arg::Literal(Literal::None)) => Ok(Vec::new()),
        Some(Arg::Literal(Literal::List(names))) => names
            .iter()
            .map(|name| match name {
                Literal::Text(name) => Ok(Some(name.to_string())),
                Literal::None => Ok(None),
                _ => Err(refused()),
            })
            .collect(),
        _ => Err(refused()),
    }
}
