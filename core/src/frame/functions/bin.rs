//! Bytes.

use polars::prelude::lit;

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const ENCODING: Param = Param::required("encoding", Kind::Choice(&["hex", "base64"]));
const N: &[Param] = &[Param::optional("n", Kind::Column, Default::Int(5))];
const UNITS: &[&str] = &["b", "kb", "mb", "gb", "tb"];

/// Bytes.
pub(super) const FAMILY: Family = Family {
    name: "bin",
    page: include_str!("bin.md"),
    functions: &[
        Function::method("bin.contains", &[Param::required("literal", Kind::Value)], |given| {
            Ok(given.me()?.binary().contains_literal(given.column("literal")?))
        }),
        Function::method("bin.starts_with", &[Param::required("prefix", Kind::Value)], |given| {
            Ok(given.me()?.binary().starts_with(given.column("prefix")?))
        }),
        Function::method("bin.ends_with", &[Param::required("suffix", Kind::Value)], |given| {
            Ok(given.me()?.binary().ends_with(given.column("suffix")?))
        }),
        Function::method("bin.encode", &[ENCODING], |given| {
            let bytes = given.me()?.binary();
            Ok(if given.text("encoding")? == "hex" { bytes.hex_encode() } else { bytes.base64_encode() })
        }),
        Function::method(
            "bin.decode",
            &[ENCODING, Param::named("strict", Kind::Bool, Default::Bool(true))],
            |given| {
                let (bytes, strict) = (given.me()?.binary(), given.bool("strict")?);
                Ok(match given.text("encoding")? {
                    "hex" => bytes.hex_decode(strict),
                    _ => bytes.base64_decode(strict),
                })
            },
        ),
        Function::method(
            "bin.size",
            &[Param::optional("unit", Kind::Choice(UNITS), Default::Text("b"))],
            |given| {
                let bytes = given.me()?.binary().size_bytes();
                Ok(match given.text("unit")? {
                    "kb" => bytes.true_div(lit(1_i64 << 10)),
                    "mb" => bytes.true_div(lit(1_i64 << 20)),
                    "gb" => bytes.true_div(lit(1_i64 << 30)),
                    "tb" => bytes.true_div(lit(1_i64 << 40)),
                    _ => bytes,
                })
            },
        ),
        Function::method(
            "bin.reinterpret",
            &[
                Param::required("dtype", Kind::Type),
                Param::named("endianness", Kind::Choice(&["little", "big"]), Default::Text("little")),
            ],
            |given| {
                let is_little = given.text("endianness")? == "little";
                Ok(given.me()?.binary().reinterpret(given.data_type("dtype")?, is_little))
            },
        ),
        Function::method(
            "bin.slice",
            &[
                Param::required("offset", Kind::Column),
                Param::optional("length", Kind::Column, Default::None),
            ],
            |given| Ok(given.me()?.binary().slice(given.column("offset")?, given.column("length")?)),
        ),
        Function::method("bin.head", N, |given| Ok(given.me()?.binary().head(given.column("n")?))),
        Function::method("bin.tail", N, |given| Ok(given.me()?.binary().tail(given.column("n")?))),
        Function::method(
            "bin.get",
            &[
                Param::required("index", Kind::Column),
                Param::named("null_on_oob", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(given.me()?.binary().get(given.column("index")?, given.bool("null_on_oob")?)),
        ),
    ],
};
