//! Texts measured, cut, padded and written otherwise.

use polars::prelude::{Expr, UnicodeForm};

use super::{Family, Function, made};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const CHARACTERS: &[Param] = &[Param::optional("characters", Kind::Value, Default::None)];
const LENGTH: Param = Param::required("length", Kind::Column);
const FILL: Param = Param::optional("fill_char", Kind::Text, Default::Text(" "));
const N: Param = Param::required("n", Kind::Column);
const BY: Param = Param::required("by", Kind::Value);
const PARTS: Param = Param::required("n", Kind::Int);
const INCLUSIVE: Param = Param::named("inclusive", Kind::Bool, Default::Bool(false));
const FORMS: &[&str] = &["NFC", "NFKC", "NFD", "NFKD"];
/// Each part is a column while the program runs, so a large `n` would cost what no row is worth.
const PARTS_MOST: usize = 1_000;
/// Rust formats no wider than this, and panics beyond it.
const ZEROS_MOST: i128 = 65_535;

/// Texts measured, cut, padded and written otherwise.
pub(super) const FAMILY: Family = Family {
    name: "str_shape",
    page: include_str!("str_shape.md"),
    functions: &[
        Function::method("str.len_chars", &[], |given| Ok(given.me()?.str().len_chars())),
        Function::method("str.len_bytes", &[], |given| Ok(given.me()?.str().len_bytes())),
        Function::method("str.to_lowercase", &[], |given| Ok(given.me()?.str().to_lowercase())),
        Function::method("str.to_uppercase", &[], |given| Ok(given.me()?.str().to_uppercase())),
        Function::method("str.to_titlecase", &[], |given| Ok(made::titled(given.me()?))),
        Function::method("str.strip_chars", CHARACTERS, |given| {
            Ok(given.me()?.str().strip_chars(given.column("characters")?))
        }),
        Function::method("str.strip_chars_start", CHARACTERS, |given| {
            Ok(given.me()?.str().strip_chars_start(given.column("characters")?))
        }),
        Function::method("str.strip_chars_end", CHARACTERS, |given| {
            Ok(given.me()?.str().strip_chars_end(given.column("characters")?))
        }),
        Function::method("str.strip_prefix", &[Param::required("prefix", Kind::Value)], |given| {
            Ok(given.me()?.str().strip_prefix(given.column("prefix")?))
        }),
        Function::method("str.strip_suffix", &[Param::required("suffix", Kind::Value)], |given| {
            Ok(given.me()?.str().strip_suffix(given.column("suffix")?))
        }),
        Function::method("str.pad_start", &[LENGTH, FILL], |given| {
            Ok(given.me()?.str().pad_start(made::counted_each(given, "length", given.me()?)?, fill(given)?))
        }),
        Function::method("str.pad_end", &[LENGTH, FILL], |given| {
            Ok(given.me()?.str().pad_end(made::counted_each(given, "length", given.me()?)?, fill(given)?))
        }),
        Function::method("str.zfill", &[LENGTH], |given| match given.written("length")? {
            Some(Literal::Int(length)) if *length > ZEROS_MOST => Err(Error::refused(format!(
                "`length` is {length}, and at most {ZEROS_MOST} characters are filled"
            ))
            .hinted("use `str.pad_start` with \"0\"")),
            _ => {
                let text = || given.me().map(Expr::str);
                // Polars 0.55.2 counts bytes.
                let more = text()?.len_bytes() - text()?.len_chars();
                Ok(text()?.zfill(made::counted_each(given, "length", given.me()?)? + more))
            }
        }),
        Function::method(
            "str.slice",
            &[
                Param::required("offset", Kind::Column),
                Param::optional("length", Kind::Column, Default::None),
            ],
            |given| Ok(given.me()?.str().slice(given.column("offset")?, given.column("length")?)),
        ),
        Function::method("str.head", &[N], |given| Ok(given.me()?.str().head(given.column("n")?))),
        Function::method("str.tail", &[N], |given| Ok(given.me()?.str().tail(given.column("n")?))),
        Function::method(
            "str.split",
            &[
                BY,
                INCLUSIVE,
                Param::named("literal", Kind::Bool, Default::Bool(true)),
                Param::named("strict", Kind::Bool, Default::Bool(true)),
            ],
            split,
        ),
        Function::method("str.split_exact", &[BY, PARTS, INCLUSIVE], |given| {
            let (text, by) = (given.me()?.str(), given.column("by")?);
            Ok(match given.bool("inclusive")? {
                true => text.split_exact_inclusive(by, parts(given)?),
                false => text.split_exact(by, parts(given)?),
            })
        }),
        Function::method("str.splitn", &[BY, PARTS], |given| {
            Ok(given.me()?.str().splitn(given.column("by")?, parts(given)?))
        }),
        Function::method(
            "str.join",
            &[
                Param::optional("delimiter", Kind::Text, Default::Text("")),
                Param::named("ignore_nulls", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(given.me()?.str().join(given.text("delimiter")?, given.bool("ignore_nulls")?)),
        ),
        Function::method("str.reverse", &[], |given| Ok(given.me()?.str().reverse())),
        Function::method(
            "str.normalize",
            &[Param::optional("form", Kind::Choice(FORMS), Default::Text("NFC"))],
            |given| {
                Ok(given.me()?.str().normalize(match given.text("form")? {
                    "NFKC" => UnicodeForm::NFKC,
                    "NFD" => UnicodeForm::NFD,
                    "NFKD" => UnicodeForm::NFKD,
                    _ => UnicodeForm::NFC,
                }))
            },
        ),
    ],
};

fn fill(given: &Given<'_>) -> Result<char, Error> {
    let text = given.text("fill_char")?;
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(Error::refused(format!("`fill_char` is {text:?}, and should be one character"))),
    }
}

fn parts(given: &Given<'_>) -> Result<usize, Error> {
    match given.size::<usize>("n")? {
        n if n > PARTS_MOST => Err(Error::refused(format!("`n` is {n}, and at most {PARTS_MOST} parts fit"))
            .hinted("use `str.split`, which makes a list")),
        n => Ok(n),
    }
}

fn split(given: &Given<'_>) -> Result<Expr, Error> {
    let (text, by, strict) = (given.me()?.str(), given.column("by")?, given.bool("strict")?);
    Ok(match (given.bool("literal")?, given.bool("inclusive")?) {
        (true, false) => text.split(by),
        (true, true) => text.split_inclusive(by),
        (false, false) => text.split_regex(by, strict),
        (false, true) => text.split_regex_inclusive(by, strict),
    })
}
