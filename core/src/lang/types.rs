//! Types by their names: `Int64`, `Datetime("us", "UTC")`, `List(String)`.

use std::sync::Arc;

use polars::prelude::{DataType, Field, TimeUnit, TimeZone};
use polars::time::known_timezones;

use super::args::Literal;
use super::args::{Arg, Args};
use super::signature::{Default, Kind, Param};
use super::typed::Size;
use crate::nearest;

/// Types that are a name.
pub const PLAIN: &[(&str, DataType)] = &[
    ("Binary", DataType::Binary),
    ("Boolean", DataType::Boolean),
    ("Date", DataType::Date),
    ("Float32", DataType::Float32),
    ("Float64", DataType::Float64),
    ("Int16", DataType::Int16),
    ("Int32", DataType::Int32),
    ("Int64", DataType::Int64),
    ("Int8", DataType::Int8),
    ("Null", DataType::Null),
    ("String", DataType::String),
    ("Time", DataType::Time),
    ("UInt16", DataType::UInt16),
    ("UInt32", DataType::UInt32),
    ("UInt64", DataType::UInt64),
    ("UInt8", DataType::UInt8),
];

const UNITS: Kind = Kind::Choice(&["ms", "us", "ns"]);

/// Types that are made of others, with what they take. Those that need nothing are names, too.
pub const MADE: &[(&str, &[Param])] = &[
    ("Array", &[Param::required("inner", Kind::Type), Param::required("shape", Kind::Int)]),
    ("Categorical", &[]),
    (
        "Datetime",
        &[
            Param::optional("time_unit", UNITS, Default::Text("us")),
            Param::optional("time_zone", Kind::Text, Default::None),
        ],
    ),
    (
        "Decimal",
        &[
            Param::optional("precision", Kind::Int, Default::Int(38)),
            Param::optional("scale", Kind::Int, Default::Int(0)),
        ],
    ),
    ("Duration", &[Param::optional("time_unit", UNITS, Default::Text("us"))]),
    ("List", &[Param::required("inner", Kind::Type)]),
    ("Struct", &[Param::required("fields", Kind::Types)]),
];

/// The names of all types.
pub fn names() -> impl Iterator<Item = &'static str> {
    PLAIN.iter().map(|(name, _)| *name).chain(MADE.iter().map(|(name, _)| *name))
}

/// The type of that name, where it needs nothing more.
pub(super) fn plain(name: &str) -> Option<DataType> {
    let found = PLAIN.iter().find(|(known, _)| *known == name).map(|(_, data_type)| data_type.clone());
    found.or_else(|| match name {
        "Categorical" => Some(categorical()),
        "Datetime" => Some(DataType::Datetime(TimeUnit::Microseconds, None)),
        "Duration" => Some(DataType::Duration(TimeUnit::Microseconds)),
        "Decimal" => Some(DataType::Decimal(38, 0)),
        _ => None,
    })
}

/// What the type of that name takes, where it is made of others.
pub(super) fn params(name: &str) -> Option<&'static [Param]> {
    MADE.iter().find(|(known, _)| *known == name).map(|(_, params)| *params)
}

/// The type of that name and these arguments, or what is wrong with them.
pub(super) fn made(name: &str, args: &Args) -> Result<DataType, String> {
    let unit = || match args.text("time_unit").map(AsRef::as_ref) {
        Some("ms") => TimeUnit::Milliseconds,
        Some("ns") => TimeUnit::Nanoseconds,
        _ => TimeUnit::Microseconds,
    };
    let inner = || match args.get("inner") {
        Some(Arg::Type(inner)) => Box::new(inner.clone()),
        _ => Box::new(DataType::Null),
    };
    let number = |name: &str| match args.get(name) {
        Some(Arg::Literal(Literal::Int(value))) => usize::try_from(*value).ok(),
        _ => None,
    };
    Ok(match name {
        "Array" => {
            let width = number("shape").ok_or("`shape` of `Array` is a length, from 0")?;
            DataType::Array(inner(), width)
        }
        "Categorical" => categorical(),
        "Datetime" => {
            let zone = args.text("time_zone").map(AsRef::as_ref).map(|name| {
                match TimeZone::opt_try_new(Some(name)) {
                    Ok(zone) => Ok(zone),
                    Err(_) => {
                        let near =
                            nearest(name, known_timezones()).map(|near| format!("; did you mean {near:?}?"));
                        Err(format!("there is no time zone {name:?}{}", near.unwrap_or_default()))
                    }
                }
            });
            DataType::Datetime(unit(), zone.transpose()?.flatten())
        }
        "Decimal" => match (number("precision"), number("scale")) {
            (Some(precision @ 1..=38), Some(scale)) if scale <= precision => {
                DataType::Decimal(precision, scale)
            }
            _ => return Err("a `Decimal` has 1 to 38 digits, and no more behind its point".to_owned()),
        },
        "Duration" => DataType::Duration(unit()),
        "List" => DataType::List(inner()),
        _ => match args.get("fields") {
            Some(Arg::Types(fields)) => DataType::Struct(fields.iter().map(field).collect()),
            _ => return Err("`fields` of `Struct` is a dict of names and types".to_owned()),
        },
    })
}

/// The type as programs write it; of a struct, that it is one.
pub fn shown(data_type: &DataType) -> String {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Milliseconds => "ms",
        TimeUnit::Microseconds => "us",
        TimeUnit::Nanoseconds => "ns",
    };
    match data_type {
        DataType::Datetime(of, None) => format!("Datetime({:?})", unit(of)),
        DataType::Datetime(of, Some(zone)) => format!("Datetime({:?}, {:?})", unit(of), zone.as_str()),
        DataType::Duration(of) => format!("Duration({:?})", unit(of)),
        DataType::Decimal(precision, scale) => format!("Decimal({precision}, {scale})"),
        DataType::List(inner) => format!("List({})", shown(inner)),
        DataType::Array(inner, width) => format!("Array({}, {width})", shown(inner)),
        DataType::Struct(_) => "Struct".to_owned(),
        DataType::Categorical(..) | DataType::Enum(..) => "Categorical".to_owned(),
        DataType::Unknown(_) => "a number".to_owned(),
        plain => {
            let name = PLAIN.iter().find(|(_, known)| known == plain).map(|(name, _)| (*name).to_owned());
            name.unwrap_or_else(|| plain.to_string())
        }
    }
}

/// How large a type is: those it is made of are inside it.
pub(super) fn size(data_type: &DataType) -> Size {
    match data_type {
        DataType::List(inner) | DataType::Array(inner, _) => Size::around(std::iter::once(size(inner))),
        DataType::Struct(fields) => Size::around(fields.iter().map(|field| size(field.dtype()))),
        _ => Size { elements: 1, ..Size::ONE },
    }
}

fn field((name, data_type): &(Arc<str>, DataType)) -> Field {
    Field::new(name.as_ref().into(), data_type.clone())
}

fn categorical() -> DataType {
    let categories = polars::prelude::Categories::global();
    DataType::from_categories(categories)
}
