//! Elements of another dtype, and what dtypes are.

use super::super::dtype::{DType, Kind as Of};
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::make::elementwise::astype;
use super::{Family, Given, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Kind, Param};

fn dtype(given: &Given<'_>, name: &str) -> Result<DType, Error> {
    given.dtype(name)?.ok_or_else(|| Error::refused(given.op, format!("needs `{name}`: a dtype")))
}

/// Whether the dtype is of a kind, as the standard names kinds.
fn is_of(given: &Given<'_>, dtype: DType, kind: &str) -> Result<bool, Error> {
    Ok(match kind {
        "bool" => dtype == DType::Bool,
        "signed integer" => dtype.kind() == Of::Int,
        "unsigned integer" => dtype.kind() == Of::UInt,
        "integral" => dtype.is_integer(),
        "real floating" => dtype.kind() == Of::Float,
        "complex floating" => dtype.is_complex(),
        "numeric" => dtype != DType::Bool,
        name => match DType::named(name) {
            Some(named) => named == dtype,
            None => return Err(Error::refused(given.op, format!("knows no kind {name:?}"))),
        },
    })
}

pub(super) const FAMILY: Family = Family {
    name: "dtypes",
    ops: &[
        Op::new(
            "astype",
            &[Param::required("x", Kind::Array), Param::required("dtype", Kind::Text)],
            |given| {
                let (x, dtype) = (given.array("x")?, dtype(given, "dtype")?);
                if x.dtype().is_complex() && dtype.is_real() {
                    let said = format!("makes no {dtype} of {}: take `real` or `abs` first", x.dtype());
                    return Err(Error::refused(given.op, said));
                }
                Ok(astype(&x, dtype)?.into())
            },
        ),
        Op::new(
            "can_cast",
            &[Param::required("from_", Kind::Text), Param::required("to", Kind::Text)],
            |given| {
                let (from, to) = (dtype(given, "from_")?, dtype(given, "to")?);
                Ok(Array::constant(Chunk::scalar(from.promoted(to) == to)).into())
            },
        ),
        Op::new(
            "isdtype",
            &[Param::required("dtype", Kind::Text), Param::required("kind", Kind::Texts)],
            |given| {
                let dtype = dtype(given, "dtype")?;
                let kinds = match given.args.get("kind") {
                    Some(Arg::Literal(Literal::List(kinds))) => {
                        kinds.iter().filter_map(Literal::text).collect()
                    }
                    Some(Arg::Literal(kind)) => kind.text().into_iter().collect(),
                    _ => Vec::new(),
                };
                let found =
                    kinds.into_iter().map(|kind| is_of(given, dtype, kind)).collect::<Result<Vec<_>, _>>()?;
                Ok(Array::constant(Chunk::scalar(found.contains(&true))).into())
            },
        ),
    ],
    page: include_str!("dtypes.md"),
};
