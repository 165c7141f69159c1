//! Columns by their types and by what their names are like.

use polars::prelude::{
    DataType, DataTypeSelector, Expr, Selector, TimeUnitSet, TimeZoneSet, escape_regex_str,
};

use super::moment::{unit_named, zone_named};
use super::{Family, Function};
use crate::frame::lower::{Error, Given, called};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::typed::{Call, Column};

const TIME_UNIT: Param = Param::optional("time_unit", Kind::Names, Default::None);
const ASCII_ONLY: Param = Param::optional("ascii_only", Kind::Bool, Default::Bool(false));
const IGNORE_SPACES: Param = Param::named("ignore_spaces", Kind::Bool, Default::Bool(false));
const INNER: Param = Param::optional("inner", Kind::Column, Default::None);
const REQUIRE_ALL: Param = Param::named("require_all", Kind::Bool, Default::Bool(true));
const STRICT: Param = Param::named("strict", Kind::Bool, Default::Bool(true));

/// Columns by their types and by what their names are like.
pub(super) const FAMILY: Family = Family {
    name: "selectors",
    page: include_str!("selectors.md"),
    functions: &[
        Function::free("cs.all", &[], |_| Ok(Selector::Wildcard.as_expr())),
        Function::free("cs.numeric", &[], |_| of(DataTypeSelector::Numeric)),
        Function::free("cs.integer", &[], |_| of(DataTypeSelector::Integer)),
        Function::free("cs.signed_integer", &[], |_| of(DataTypeSelector::SignedInteger)),
        Function::free("cs.unsigned_integer", &[], |_| of(DataTypeSelector::UnsignedInteger)),
        Function::free("cs.float", &[], |_| of(DataTypeSelector::Float)),
        Function::free("cs.decimal", &[], |_| of(DataTypeSelector::Decimal)),
        Function::free("cs.boolean", &[], |_| of_types(&[DataType::Boolean])),
        Function::free(
            "cs.string",
            &[Param::named("include_categorical", Kind::Bool, Default::Bool(false))],
            |given| {
                let strings = DataTypeSelector::AnyOf([DataType::String].into());
                of(match given.bool("include_categorical")? {
                    true => strings | DataTypeSelector::Categorical,
                    false => strings,
                })
            },
        ),
        Function::free("cs.categorical", &[], |_| of(DataTypeSelector::Categorical)),
        Function::free("cs.binary", &[], |_| of_types(&[DataType::Binary])),
        Function::free("cs.temporal", &[], |_| of(DataTypeSelector::Temporal)),
        Function::free("cs.date", &[], |_| of_types(&[DataType::Date])),
        Function::free("cs.time", &[], |_| of_types(&[DataType::Time])),
        Function::free(
            "cs.datetime",
            &[
                TIME_UNIT,
                Param::optional(
                    "time_zone",
                    Kind::Literal,
                    Default::List(&[Default::Text("*"), Default::None]),
                ),
            ],
            |given| of(DataTypeSelector::Datetime(units(given)?, zones(given)?)),
        ),
        Function::free("cs.duration", &[TIME_UNIT], |given| of(DataTypeSelector::Duration(units(given)?))),
        Function::free("cs.nested", &[], |_| of(DataTypeSelector::Nested)),
        Function::free("cs.list", &[INNER], |given| {
            of(DataTypeSelector::List(inner(given)?.map(Into::into)))
        }),
        Function::free("cs.array", &[INNER, Param::named("width", Kind::Int, Default::None)], |given| {
            let width = if given.has("width")? { Some(given.size("width")?) } else { None };
            of(DataTypeSelector::Array(inner(given)?.map(Into::into), width))
        }),
        Function::free("cs.struct", &[], |_| of(DataTypeSelector::Struct)),
        Function::free("cs.by_dtype", &[Param::rest("dtypes", Kind::TypeList)], |given| {
            of_types(given.type_list("dtypes")?)
        }),
        Function::free("cs.by_name", &[Param::rest("names", Kind::Names), REQUIRE_ALL], |given| {
            let names = given.names("names")?.into_iter().map(Into::into).collect();
            Ok(Selector::ByName { names, strict: given.bool("require_all")? }.as_expr())
        }),
        Function::free("cs.by_index", &[Param::rest("indices", Kind::Ints), REQUIRE_ALL], |given| {
            let indices = given.ints("indices")?.into();
            Ok(Selector::ByIndex { indices, strict: given.bool("require_all")? }.as_expr())
        }),
        Function::free("cs.first", &[STRICT], |given| {
            Ok(Selector::ByIndex { indices: [0].into(), strict: given.bool("strict")? }.as_expr())
        }),
        Function::free("cs.last", &[STRICT], |given| {
            Ok(Selector::ByIndex { indices: [-1].into(), strict: given.bool("strict")? }.as_expr())
        }),
        Function::free("cs.starts_with", &[Param::rest("prefix", Kind::Names)], |given| {
            matching(format!("^({})", one_of(given, "prefix")?))
        }),
        Function::free("cs.ends_with", &[Param::rest("suffix", Kind::Names)], |given| {
            matching(format!("({})$", one_of(given, "suffix")?))
        }),
        Function::free("cs.contains", &[Param::rest("substring", Kind::Names)], |given| {
            matching(one_of(given, "substring")?)
        }),
        Function::free("cs.matches", &[Param::required("pattern", Kind::Text)], |given| {
            matching(given.text("pattern")?.to_owned())
        }),
        Function::free("cs.alpha", &[ASCII_ONLY, IGNORE_SPACES], |given| {
            let letters = if given.bool("ascii_only")? { "a-zA-Z" } else { r"\p{Alphabetic}" };
            let space = if given.bool("ignore_spaces")? { " " } else { "" };
            matching(format!("^[{letters}{space}]+$"))
        }),
        Function::free("cs.alphanumeric", &[ASCII_ONLY, IGNORE_SPACES], |given| {
            let letters = if given.bool("ascii_only")? { "a-zA-Z0-9" } else { r"\p{Alphabetic}\d" };
            let space = if given.bool("ignore_spaces")? { " " } else { "" };
            matching(format!("^[{letters}{space}]+$"))
        }),
        Function::free("cs.digit", &[ASCII_ONLY], |given| {
            matching(if given.bool("ascii_only")? { "^[0-9]+$" } else { r"^\d+$" }.to_owned())
        }),
        Function::free(
            "cs.exclude",
            &[Param::required("columns", Kind::Columns), Param::rest("more_columns", Kind::Columns)],
            |given| {
                let mut out = Selector::Empty;
                for column in given.columns("columns")?.into_iter().chain(given.columns("more_columns")?) {
                    out |= match column {
                        Expr::Selector(selector) => selector,
                        Expr::Column(name) => Selector::ByName { names: [name].into(), strict: false },
                        _ => {
                            return Err(Error::refused("`cs.exclude` takes names and selectors")
                                .hinted("write the column's name as text"));
                        }
                    };
                }
                Ok((!out).as_expr())
            },
        ),
    ],
};

/// What an operator makes of selectors: `|` either, `&` both, `-` the first alone, `^` one alone, `~` all others.
/// Nothing where the call is anything else; an operator between a selector and a column works on values.
pub fn combined(call: &Call) -> Result<Option<Selector>, Error> {
    let Some(on) = &call.on else {
        let is_selector = call.function.name.starts_with("cs.");
        return Ok(if is_selector { called(call)?.into_selector() } else { None });
    };
    let both: fn(Selector, Selector) -> Selector = match call.function.name {
        "not_" => return Ok(selector(on)?.map(|one| !one)),
        "or_" => |one, other| one | other,
        "and_" => |one, other| one & other,
        "sub" => |one, other| one - other,
        "xor" => |one, other| one ^ other,
        _ => return Ok(None),
    };
    match (selector(on)?, call.args.get("other")) {
        (Some(one), Some(Arg::Column(other))) => Ok(selector(other)?.map(|other| both(one, other))),
        _ => Ok(None),
    }
}

fn selector(column: &Column) -> Result<Option<Selector>, Error> {
    match column {
        Column::Call(call) => combined(call),
        Column::Named(..) | Column::Value(_) => Ok(None),
    }
}

fn of(types: DataTypeSelector) -> Result<Expr, Error> {
    Ok(types.as_selector().as_expr())
}

fn of_types(types: &[DataType]) -> Result<Expr, Error> {
    of(DataTypeSelector::AnyOf(types.into()))
}

fn matching(pattern: String) -> Result<Expr, Error> {
    Ok(Selector::Matches(pattern.into()).as_expr())
}

/// A pattern for any of these texts.
fn one_of(given: &Given<'_>, name: &'static str) -> Result<String, Error> {
    let texts: Vec<String> = given.names(name)?.into_iter().map(escape_regex_str).collect();
    Ok(texts.join("|"))
}

fn units(given: &Given<'_>) -> Result<TimeUnitSet, Error> {
    if !given.has("time_unit")? {
        return Ok(TimeUnitSet::all());
    }
    let mut units = TimeUnitSet::empty();
    for name in given.names("time_unit")? {
        units |= TimeUnitSet::from(unit_named(name)?);
    }
    Ok(units)
}

/// Zones by name; `"*"` is any, `None` no zone.
fn zones(given: &Given<'_>) -> Result<TimeZoneSet, Error> {
    let items = match given.value("time_zone")? {
        Literal::List(items) => items,
        one => vec![one],
    };
    let (mut zones, mut any, mut unset) = (Vec::new(), false, false);
    for item in items {
        match item {
            Literal::None => unset = true,
            Literal::Text(name) if name.as_ref() == "*" => any = true,
            Literal::Text(name) => zones.push(zone_named(&name)?),
            _ => return Err(Error::refused("`time_zone` takes names of time zones, \"*\" and None")),
        }
    }
    Ok(match (any, unset) {
        (true, true) => TimeZoneSet::Any,
        (true, false) => TimeZoneSet::AnySet,
        (false, true) if zones.is_empty() => TimeZoneSet::Unset,
        (false, true) => TimeZoneSet::UnsetOrAnyOf(zones.into()),
        (false, false) => TimeZoneSet::AnyOf(zones.into()),
    })
}

/// What items of lists and arrays are of, where it is said.
fn inner(given: &Given<'_>) -> Result<Option<DataTypeSelector>, Error> {
    let by_type = |column: Expr| match column {
        Expr::Selector(selector) => selector.to_dtype_selector(),
        _ => None,
    };
    let wrong = || {
        Error::refused("`inner` selects by type alone").hinted("write `cs.list(cs.numeric())`, for example")
    };
    given.column_if("inner")?.map(|column| by_type(column).ok_or_else(wrong)).transpose()
}
