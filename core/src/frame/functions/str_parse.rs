//! Texts read as something else: times, numbers, bytes, JSON.

use polars::prelude::{Column, DataType, Expr, StrptimeOptions, polars_bail, polars_err};
use polars_core::utils::handle_casting_failures;

use super::moment::{AMBIGUOUS, UNITS, ambiguous, unit, zone};
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

const FORMAT: Param = Param::optional("format", Kind::Text, Default::None);
const STRICT: Param = Param::named("strict", Kind::Bool, Default::Bool(true));
const EXACT: Param = Param::named("exact", Kind::Bool, Default::Bool(true));
const ENCODING: Param = Param::required("encoding", Kind::Choice(&["hex", "base64"]));
/// Digits that a decimal number can have.
const DIGITS_MOST: usize = 38;

/// Texts read as something else: times, numbers, bytes, JSON.
pub(super) const FAMILY: Family = Family {
    name: "str_parse",
    page: include_str!("str_parse.md"),
    functions: &[
        Function::method("str.to_date", &[FORMAT, STRICT, EXACT], |given| {
            let options = options(given, given.bool("exact")?)?;
            read(given, given.me()?.str().to_date(options))
        }),
        Function::method(
            "str.to_datetime",
            &[
                FORMAT,
                Param::named("time_unit", UNITS, Default::None),
                Param::named("time_zone", Kind::Text, Default::None),
                STRICT,
                EXACT,
                AMBIGUOUS,
            ],
            |given| {
                let unit = if given.has("time_unit")? { Some(unit(given)?) } else { None };
                let (zone, ambiguous) = (zone(given)?, ambiguous(given)?);
                let options = options(given, given.bool("exact")?)?;
                read(given, given.me()?.str().to_datetime(unit, zone, options, ambiguous))
            },
        ),
        Function::method("str.to_time", &[FORMAT, STRICT], |given| {
            read(given, given.me()?.str().to_time(options(given, true)?))
        }),
        Function::method(
            "str.strptime",
            &[Param::required("dtype", Kind::Type), FORMAT, STRICT, EXACT, AMBIGUOUS],
            strptime,
        ),
        Function::method("str.to_decimal", &[Param::required("scale", Kind::Int)], |given| {
            match given.size::<usize>("scale")? {
                scale if scale > DIGITS_MOST => Err(Error::refused(format!(
                    "`scale` is {scale}, and a `Decimal` has at most {DIGITS_MOST} digits"
                ))),
                scale => Ok(given.me()?.str().to_decimal(scale)),
            }
        }),
        Function::method("str.encode", &[ENCODING], |given| {
            let text = given.me()?.str();
            Ok(if given.text("encoding")? == "hex" { text.hex_encode() } else { text.base64_encode() })
        }),
        Function::method("str.decode", &[ENCODING, STRICT], |given| {
            let (text, strict) = (given.me()?.str(), given.bool("strict")?);
            Ok(match given.text("encoding")? {
                "hex" => text.hex_decode(strict),
                _ => text.base64_decode(strict),
            })
        }),
        Function::method("str.json_decode", &[Param::required("dtype", Kind::Type)], |given| {
            Ok(given.me()?.str().json_decode(given.data_type("dtype")?))
        }),
        Function::method("str.json_path_match", &[Param::required("json_path", Kind::Value)], |given| {
            Ok(given.me()?.str().json_path_match(given.column("json_path")?))
        }),
    ],
};

fn options(given: &Given<'_>, exact: bool) -> Result<StrptimeOptions, Error> {
    let format = given.text_if("format")?.map(Into::into);
    Ok(StrptimeOptions { format, strict: given.bool("strict")?, exact, cache: true })
}

/// What texts are read as; where a format was to be found and none was, an error: Polars' streaming engine (0.55.2) makes
/// nulls of texts before the first that it can read, `strict` or not.
fn read(given: &Given<'_>, times: Expr) -> Result<Expr, Error> {
    if given.has("format")? || !given.bool("strict")? {
        return Ok(times);
    }
    let all_read = |columns: &mut [Column]| match columns {
        [times, texts] => {
            if times.len() == texts.len() && times.null_count() > texts.null_count() {
                let (texts, times) = (texts.as_materialized_series(), times.as_materialized_series());
                handle_casting_failures(texts, times)?;
            }
            Ok(times.clone())
        }
        _ => polars_bail!(ComputeError: "a column is missing"),
    };
    Ok(times.map_many(all_read, &[given.me()?], |_, fields| {
        fields.first().cloned().ok_or_else(|| polars_err!(ComputeError: "a column is missing"))
    }))
}

fn strptime(given: &Given<'_>) -> Result<Expr, Error> {
    let (text, options) = (given.me()?.str(), options(given, given.bool("exact")?)?);
    match given.data_type("dtype")? {
        DataType::Date => read(given, text.to_date(options)),
        DataType::Datetime(unit, zone) => {
            read(given, text.to_datetime(Some(unit), zone, options, ambiguous(given)?))
        }
        DataType::Time => read(given, text.to_time(options)),
        other => Err(Error::refused(format!(
            "`dtype` is {}, and texts are read as times here",
            type_shown(&other)
        ))
        .hinted("write `Date`, `Datetime(…)` or `Time`, or read other types with `cast`")),
    }
}
