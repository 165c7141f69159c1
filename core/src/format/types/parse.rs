//! Names to types, by recursive descent over one text.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};

use super::super::{COLUMNS_MAX, Error};

/// Types nest no deeper than this.
const DEPTH_MAX: usize = 32;

/// Bytes, or elements, of a type of fixed size, which a null takes up as well.
const FIXED_MAX: i32 = 4_096;

/// The schema of `name:type,name:type…`. Names with other signs than letters, digits and `_` stand in double
/// quotes; `not null` may follow a type.
pub fn parse_schema(text: &str) -> Result<SchemaRef, Error> {
    let mut cursor = Cursor { text, at: 0 };
    let fields = cursor.fields(None, 0)?;
    let mut names = std::collections::BTreeSet::new();
    match fields.iter().find(|field| !names.insert(field.name().as_str())) {
        Some(twice) => Err(cursor.wrong(format!("it names `{}` twice", twice.name()))),
        None if fields.len() > COLUMNS_MAX => {
            Err(cursor.wrong(format!("it has more than {COLUMNS_MAX} columns")))
        }
        None => Ok(Arc::new(Schema::new(fields))),
    }
}

/// The type of that name, Arrow's or SQL's, in any letter case.
pub fn parse_type(text: &str) -> Result<DataType, Error> {
    let mut cursor = Cursor { text, at: 0 };
    let data_type = cursor.data_type(0)?;
    cursor.end()?;
    Ok(data_type)
}

/// How many values a null of that type takes up.
fn fixed_cells(data_type: &DataType) -> i64 {
    match data_type {
        DataType::FixedSizeList(item, length) => i64::from(*length) * fixed_cells(item.data_type()),
        DataType::FixedSizeBinary(bytes) => i64::from(*bytes / 8 + 1),
        DataType::Struct(fields) => fields.iter().map(|field| fixed_cells(field.data_type())).sum(),
        _ => 1,
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, why: String) -> Error {
        Error::bad_option("schema", self.text, why)
    }

    fn expected(&self, what: &str) -> Error {
        let found = self.rest().chars().take(20).collect::<String>();
        let found = if found.is_empty() { "its end".to_owned() } else { format!("`{found}`") };
        self.wrong(format!(
            "expected {what} at character {}, found {found}",
            self.text[..self.at].chars().count() + 1
        ))
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, sign: char) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn must(&mut self, sign: char) -> Result<(), Error> {
        if self.eat(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected("the end")) }
    }

    /// A run of letters, digits and `_`, possibly empty.
    fn word(&mut self) -> &'a str {
        self.space();
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn name(&mut self) -> Result<String, Error> {
        if !self.eat('"') {
            let word = self.word();
            return if word.is_empty() { Err(self.expected("a column name")) } else { Ok(word.to_owned()) };
        }
        let mut name = String::new();
        loop {
            let Some(length) = self.rest().find('"') else { return Err(self.expected("a closing `\"`")) };
            name.push_str(&self.rest()[..length]);
            self.at += length + 1;
            if !self.rest().starts_with('"') {
                return Ok(name);
            }
            name.push('"');
            self.at += 1;
        }
    }

    /// `name:type` or `name type`, separated by commas, up to `close` or the end.
    fn fields(&mut self, close: Option<char>, depth: usize) -> Result<Fields, Error> {
        let mut fields = Vec::new();
        loop {
            let name = self.name()?;
            self.eat(':');
            let data_type = self.data_type(depth)?;
            let nullable = !self.eat_words("not null");
            fields.push(Field::new(name, data_type, nullable));
            if self.eat(',') {
                continue;
            }
            match close {
                Some(close) => self.must(close)?,
                None => self.end()?,
            }
            return Ok(fields.into());
        }
    }

    fn eat_words(&mut self, words: &str) -> bool {
        let start = self.at;
        if words.split(' ').all(|word| self.word().eq_ignore_ascii_case(word)) {
            return true;
        }
        self.at = start;
        false
    }

    fn number(&mut self) -> Result<i64, Error> {
        self.space();
        let negative = self.eat('-');
        let word = self.word();
        let number: i64 = word.parse().map_err(|_| self.expected("a number"))?;
        Ok(if negative { -number } else { number })
    }

    fn data_type(&mut self, depth: usize) -> Result<DataType, Error> {
        if depth > DEPTH_MAX {
            return Err(self.wrong(format!("types nest deeper than {DEPTH_MAX}")));
        }
        let start = self.at;
        let word = self.word().to_lowercase();
        Ok(match word.as_str() {
            "null" => DataType::Null,
            "bool" | "boolean" => DataType::Boolean,
            "int8" | "tinyint" => DataType::Int8,
            "int16" | "smallint" => DataType::Int16,
            "int32" | "int" | "integer" => DataType::Int32,
            "int64" | "bigint" => DataType::Int64,
            "uint8" => DataType::UInt8,
            "uint16" => DataType::UInt16,
            "uint32" => DataType::UInt32,
            "uint64" => DataType::UInt64,
            "float16" => DataType::Float16,
            "float32" | "float" | "real" => DataType::Float32,
            "float64" => DataType::Float64,
            "double" => {
                self.eat_words("precision");
                DataType::Float64
            }
            "utf8" | "string" | "text" | "str" | "largeutf8" | "utf8view" => DataType::Utf8View,
            "varchar" | "char" => {
                // A length is part of the name in SQL; here as in DataFusion it does not bind.
                if self.eat('(') {
                    self.number()?;
                    self.must(')')?;
                }
                DataType::Utf8View
            }
            "binary" | "bytes" | "bytea" | "blob" | "varbinary" | "largebinary" | "binaryview" => {
                self.binary()?
            }
            "date" | "date32" => DataType::Date32,
            "date64" => DataType::Date64,
            "time" => self.time()?,
            "timestamp" | "datetime" => self.timestamp()?,
            "timestamptz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            "duration" => DataType::Duration(self.unit_in_brackets()?),
            "interval" => self.interval()?,
            "decimal" | "numeric" => self.decimal()?,
            "list" | "array" => self.list(depth)?,
            "struct" => {
                self.must('<')?;
                DataType::Struct(self.fields(Some('>'), depth + 1)?)
            }
            "map" => self.map(depth)?,
            _ => {
                self.at = start;
                self.space();
                return Err(self.expected(
                    "a type (bool, int64, float64, decimal(15,2), utf8, date, timestamp(us), binary, \
                     list<int64>, struct<a:int64>, map<utf8,int64>, …)",
                ));
            }
        })
    }

    fn binary(&mut self) -> Result<DataType, Error> {
        if !self.eat('(') {
            return Ok(DataType::BinaryView);
        }
        let bytes = self.number()?;
        self.must(')')?;
        match i32::try_from(bytes) {
            Ok(bytes @ 0..=FIXED_MAX) => Ok(DataType::FixedSizeBinary(bytes)),
            _ => Err(self.wrong(format!("binary({bytes}) is not between 0 and {FIXED_MAX} bytes"))),
        }
    }

    fn unit(&mut self) -> Result<TimeUnit, Error> {
        let start = self.at;
        Ok(match self.word().to_lowercase().as_str() {
            "s" | "0" => TimeUnit::Second,
            "ms" | "3" => TimeUnit::Millisecond,
            "us" | "6" => TimeUnit::Microsecond,
            "ns" | "9" => TimeUnit::Nanosecond,
            _ => {
                self.at = start;
                return Err(self.expected("a unit (s, ms, us, ns)"));
            }
        })
    }

    /// `(unit)`, or microseconds.
    fn unit_in_brackets(&mut self) -> Result<TimeUnit, Error> {
        if !self.eat('(') {
            return Ok(TimeUnit::Microsecond);
        }
        let unit = self.unit()?;
        self.must(')')?;
        Ok(unit)
    }

    fn time(&mut self) -> Result<DataType, Error> {
        Ok(match self.unit_in_brackets()? {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        })
    }

    fn timestamp(&mut self) -> Result<DataType, Error> {
        let mut zone = None;
        let mut unit = TimeUnit::Microsecond;
        if self.eat('(') {
            unit = self.unit()?;
            if self.eat(',') {
                self.space();
                let length = self.rest().find(')').unwrap_or(0);
                let name = self.rest()[..length].trim();
                if name.parse::<arrow::array::timezone::Tz>().is_err() {
                    return Err(self.expected("a time zone (UTC, +02:00, Europe/Berlin)"));
                }
                zone = Some(name.into());
                self.at += length;
            }
            self.must(')')?;
        }
        if self.eat_words("with time zone") {
            zone = Some("UTC".into());
        } else {
            self.eat_words("without time zone");
        }
        Ok(DataType::Timestamp(unit, zone))
    }

    fn interval(&mut self) -> Result<DataType, Error> {
        if !self.eat('(') {
            return Ok(DataType::Interval(IntervalUnit::MonthDayNano));
        }
        let unit = match self.word() {
            "months" => IntervalUnit::YearMonth,
            "days" => IntervalUnit::DayTime,
            _ => return Err(self.expected("interval(months) or interval(days)")),
        };
        self.must(')')?;
        Ok(DataType::Interval(unit))
    }

    fn decimal(&mut self) -> Result<DataType, Error> {
        let (mut precision, mut scale) = (38, 10);
        if self.eat('(') {
            precision = self.number()?;
            scale = if self.eat(',') { self.number()? } else { 0 };
            self.must(')')?;
        }
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(p @ 1..=38), Ok(s)) if s.unsigned_abs() <= p => Ok(DataType::Decimal128(p, s)),
            (Ok(p @ 39..=76), Ok(s)) if s.unsigned_abs() <= p => Ok(DataType::Decimal256(p, s)),
            _ => Err(self.wrong(format!(
                "decimal({precision},{scale}) does not exist: a precision of 1 to 76 and a scale no larger"
            ))),
        }
    }

    fn list(&mut self, depth: usize) -> Result<DataType, Error> {
        self.must('<')?;
        let item = Arc::new(Field::new_list_field(self.data_type(depth + 1)?, true));
        let length = if self.eat(',') { Some(self.number()?) } else { None };
        self.must('>')?;
        let Some(length) = length else { return Ok(DataType::List(item)) };
        let fits = |length: &i32| {
            *length >= 0 && i64::from(*length) * fixed_cells(item.data_type()) <= i64::from(FIXED_MAX)
        };
        match i32::try_from(length).ok().filter(fits) {
            Some(length) => Ok(DataType::FixedSizeList(item, length)),
            None => {
                Err(self.wrong(format!("a list of fixed length has at most {FIXED_MAX} elements in all")))
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<DataType, Error> {
        self.must('<')?;
        let key = self.data_type(depth + 1)?;
        self.must(',')?;
        let value = self.data_type(depth + 1)?;
        self.must('>')?;
        let pair = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
        Ok(DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false))
    }
}
