//! SQL's types as drivers are told of them.

use arrow::datatypes::DataType;
use arrow_flight::sql::metadata::XdbcTypeInfo;
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode};

/// A type.
pub(super) struct SqlType {
    /// Its name in SQL.
    pub(super) name: &'static str,
    xdbc: XdbcDataType,
    /// Digits, characters or bytes at most.
    size: Option<i32>,
    /// What stands around a literal.
    quotes: Option<(&'static str, &'static str)>,
    params: &'static [&'static str],
    unsigned: Option<bool>,
    subcode: Option<XdbcDatetimeSubcode>,
}

const fn plain(name: &'static str, xdbc: XdbcDataType, size: Option<i32>) -> SqlType {
    SqlType { name, xdbc, size, quotes: None, params: &[], unsigned: None, subcode: None }
}

const fn number(name: &'static str, xdbc: XdbcDataType, digits: i32, unsigned: bool) -> SqlType {
    SqlType { unsigned: Some(unsigned), ..plain(name, xdbc, Some(digits)) }
}

const fn quoted(name: &'static str, xdbc: XdbcDataType, size: Option<i32>, before: &'static str) -> SqlType {
    SqlType { quotes: Some((before, "'")), ..plain(name, xdbc, size) }
}

const fn moment(
    name: &'static str,
    xdbc: XdbcDataType,
    size: i32,
    before: &'static str,
    subcode: XdbcDatetimeSubcode,
) -> SqlType {
    SqlType { subcode: Some(subcode), ..quoted(name, xdbc, Some(size), before) }
}

/// Every type, by its number in XDBC and then by name.
pub(super) static TYPES: &[SqlType] = &[
    number("TINYINT", XdbcDataType::XdbcTinyint, 3, false),
    number("TINYINT UNSIGNED", XdbcDataType::XdbcTinyint, 3, true),
    number("BIGINT", XdbcDataType::XdbcBigint, 19, false),
    number("BIGINT UNSIGNED", XdbcDataType::XdbcBigint, 20, true),
    plain("BOOLEAN", XdbcDataType::XdbcBit, Some(1)),
    quoted("BYTEA", XdbcDataType::XdbcVarbinary, None, "X'"),
    SqlType { params: &["precision", "scale"], ..number("DECIMAL", XdbcDataType::XdbcDecimal, 76, false) },
    number("INTEGER", XdbcDataType::XdbcInteger, 10, false),
    number("INTEGER UNSIGNED", XdbcDataType::XdbcInteger, 10, true),
    number("SMALLINT", XdbcDataType::XdbcSmallint, 5, false),
    number("SMALLINT UNSIGNED", XdbcDataType::XdbcSmallint, 5, true),
    number("FLOAT", XdbcDataType::XdbcReal, 7, false),
    number("DOUBLE", XdbcDataType::XdbcDouble, 15, false),
    quoted("VARCHAR", XdbcDataType::XdbcVarchar, None, "'"),
    moment("DATE", XdbcDataType::XdbcDate, 10, "DATE '", XdbcDatetimeSubcode::XdbcSubcodeYear),
    moment("TIME", XdbcDataType::XdbcTime, 18, "TIME '", XdbcDatetimeSubcode::XdbcSubcodeTime),
    moment(
        "TIMESTAMP",
        XdbcDataType::XdbcTimestamp,
        29,
        "TIMESTAMP '",
        XdbcDatetimeSubcode::XdbcSubcodeTimestamp,
    ),
    moment(
        "TIMESTAMP WITH TIME ZONE",
        XdbcDataType::XdbcTimestamp,
        35,
        "TIMESTAMPTZ '",
        XdbcDatetimeSubcode::XdbcSubcodeTimestampWithTimezone,
    ),
    quoted("INTERVAL", XdbcDataType::XdbcInterval, None, "INTERVAL '"),
    plain("ARRAY", XdbcDataType::XdbcUnknownType, None),
    plain("MAP", XdbcDataType::XdbcUnknownType, None),
    plain("STRUCT", XdbcDataType::XdbcUnknownType, None),
];

impl SqlType {
    /// What XDBC asks of it.
    pub(super) fn info(&self) -> XdbcTypeInfo {
        XdbcTypeInfo {
            type_name: self.name.to_owned(),
            data_type: self.xdbc,
            column_size: self.size,
            literal_prefix: self.quotes.map(|(before, _)| before.to_owned()),
            literal_suffix: self.quotes.map(|(_, after)| after.to_owned()),
            create_params: (!self.params.is_empty())
                .then(|| self.params.iter().map(|name| (*name).to_owned()).collect()),
            nullable: Nullable::NullabilityNullable,
            case_sensitive: self.xdbc == XdbcDataType::XdbcVarchar,
            searchable: Searchable::Full,
            unsigned_attribute: self.unsigned,
            fixed_prec_scale: self.xdbc == XdbcDataType::XdbcDecimal,
            auto_increment: self.unsigned.map(|_| false),
            local_type_name: Some(self.name.to_owned()),
            minimum_scale: (self.xdbc == XdbcDataType::XdbcDecimal).then_some(0),
            maximum_scale: (self.xdbc == XdbcDataType::XdbcDecimal).then_some(76),
            sql_data_type: self.xdbc,
            datetime_subcode: self.subcode,
            num_prec_radix: self.unsigned.map(|_| 10),
            interval_precision: None,
        }
    }
}

/// The name in SQL of what an Arrow type holds.
pub(super) fn sql_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "NULL",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::UInt8 => "TINYINT UNSIGNED",
        DataType::Int16 => "SMALLINT",
        DataType::UInt16 => "SMALLINT UNSIGNED",
        DataType::Int32 => "INTEGER",
        DataType::UInt32 => "INTEGER UNSIGNED",
        DataType::Int64 => "BIGINT",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float16 | DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => return format!("DECIMAL({precision}, {scale})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "BYTEA"
        }
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Duration(_) | DataType::Interval(_) => "INTERVAL",
        DataType::Struct(_) => "STRUCT",
        DataType::Map(..) => "MAP",
        DataType::Dictionary(_, inner) => return sql_name(inner),
        DataType::RunEndEncoded(_, inner) => return sql_name(inner.data_type()),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "ARRAY",
        DataType::Union(..) => "UNION",
    }
    .to_owned()
}
