//! Columns of every type, with the values that formats get wrong.

use std::sync::Arc;

use arrow::array::types::{Float16Type, Int8Type, Int32Type};
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::*;

type I8Dictionary = DictionaryArray<Int8Type>;

fn column<T: Into<ArrayRef>>(name: &str, array: T) -> (String, ArrayRef) {
    (name.to_owned(), array.into())
}

macro_rules! primitives {
    ($($name:literal $array:ty: $($value:expr),+;)*) => {
        vec![$(($name.to_owned(), Arc::new(<$array>::from(vec![$(Some($value)),+, None])) as ArrayRef)),*]
    };
}

/// One column a type, each of a few values and a null.
pub(super) fn columns() -> Vec<(String, ArrayRef)> {
    let mut columns = primitives! {
        "i8" Int8Array: i8::MIN, i8::MAX, 0;
        "i16" Int16Array: i16::MIN, i16::MAX, 0;
        "i32" Int32Array: i32::MIN, i32::MAX, 0;
        "i64" Int64Array: i64::MIN, i64::MAX, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, -(1 << 53), 0;
        "u8" UInt8Array: u8::MIN, u8::MAX;
        "u16" UInt16Array: u16::MIN, u16::MAX;
        "u32" UInt32Array: u32::MIN, u32::MAX;
        "u64" UInt64Array: u64::MIN, u64::MAX, 1 << 53;
        "f32" Float32Array: 0.1, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY, f32::NEG_INFINITY;
        "f64" Float64Array: 0.1, -0.0, 1.0, 1e16, 1e300, f64::MIN, f64::MAX, 5e-324, f64::NAN, f64::INFINITY, f64::NEG_INFINITY;
        "date" Date32Array: i32::MIN, i32::MAX, 0, -1, 19_782, 11_016;
        "date64" Date64Array: 0, 86_400_000, -86_400_000, i64::MAX / 86_400_000 * 86_400_000;
        "time_s" Time32SecondArray: 0, 86_399;
        "time_ms" Time32MillisecondArray: 0, 86_399_999, 1;
        "time_us" Time64MicrosecondArray: 0, 86_399_999_999, 1;
        "time_ns" Time64NanosecondArray: 0, 86_399_999_999_999, 1, 1_000;
        "ts_s" TimestampSecondArray: i64::MIN, i64::MAX, 0, -1;
        "ts_ms" TimestampMillisecondArray: i64::MIN, i64::MAX, 0, -1, 1_500;
        "ts_us" TimestampMicrosecondArray: i64::MIN, i64::MAX, 0, -1, 1_500_000;
        "ts_ns" TimestampNanosecondArray: i64::MIN, i64::MAX, 0, -1, 1_500_000_000;
        "span_s" DurationSecondArray: i64::MIN, i64::MAX, 0, -1, 86_400, 90_061;
        "span_ms" DurationMillisecondArray: i64::MIN, i64::MAX, 0, -1;
        "span_us" DurationMicrosecondArray: i64::MIN, i64::MAX, 0, -1, 60_000_000;
        "span_ns" DurationNanosecondArray: i64::MIN, i64::MAX, 0, -1;
        "months" IntervalYearMonthArray: i32::MIN, i32::MAX, 0, 14;
        "days" IntervalDayTimeArray: IntervalDayTime::new(i32::MIN, i32::MAX), IntervalDayTime::new(0, 0), IntervalDayTime::new(1, -1);
        "interval" IntervalMonthDayNanoArray: IntervalMonthDayNano::new(i32::MIN, i32::MAX, i64::MIN), IntervalMonthDayNano::new(0, 0, 0), IntervalMonthDayNano::new(1, -2, 3_500_000_000);
        "bool" BooleanArray: true, false;
        "text" StringArray: "", " ", "a", "NULL", "null", "NaN", "1", "a,b;c\td", "say \"hi\"", "two\nlines\r\n", "\\ \u{0} \u{1f} \u{7f}", "žluťoučký 🦀 \u{feff}", "{\"a\":1}", "'";
        "text_view" StringViewArray: "", "a value longer than twelve bytes", "short";
        "large_text" LargeStringArray: "", "x";
        "bytes" BinaryArray: &b""[..], &b"\x00\xff\xfe"[..], &b"abcd"[..];
        "bytes_view" BinaryViewArray: &b""[..], &b"a value longer than twelve bytes"[..];
        "large_bytes" LargeBinaryArray: &b""[..], &b"x"[..];
    };
    let halves = [0.5_f32, -2.0, f32::NAN, f32::INFINITY]
        .map(|value| Some(<Float16Type as ArrowPrimitiveType>::Native::from_f32(value)));
    columns.push(column("f16", Arc::new(Float16Array::from_iter(halves)) as ArrayRef));
    let fixed =
        FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some(*b"abc"), None].into_iter(), 3).unwrap();
    columns.push(column("fixed_bytes", Arc::new(fixed) as ArrayRef));
    columns.extend(zoned());
    columns.extend(decimals());
    columns.extend(nested());
    columns
}

fn zoned() -> Vec<(String, ArrayRef)> {
    let instants = TimestampMicrosecondArray::from(vec![
        Some(0),
        None,
        Some(1_711_848_600_123_456), // while clocks go forward in Berlin
        Some(1_729_992_600_000_000), // both of the hours that clocks in Berlin show twice
        Some(1_729_989_000_000_000),
        Some(-5_000_000_000_000_000), // local mean time
    ]);
    ["UTC", "Europe/Berlin", "+05:30", "-00:45"]
        .iter()
        .map(|zone| {
            column(&format!("ts {zone}"), Arc::new(instants.clone().with_timezone(*zone)) as ArrayRef)
        })
        .collect()
}

fn decimals() -> Vec<(String, ArrayRef)> {
    let wide = "9".repeat(38).parse::<i128>().unwrap();
    let money = Decimal128Array::from(vec![Some(wide), Some(-wide), Some(0), Some(5), Some(-5), None]);
    let money = |scale| Arc::new(money.clone().with_precision_and_scale(38, scale).unwrap()) as ArrayRef;
    let huge = i256::from_string(&"9".repeat(76)).unwrap();
    let huge = Decimal256Array::from(vec![Some(huge), Some(huge.wrapping_neg()), Some(i256::ONE), None]);
    vec![
        column("money_2", money(2)),
        column("money_0", money(0)),
        column("money_38", money(38)),
        column("money_-2", money(-2)),
        column("huge", Arc::new(huge.with_precision_and_scale(76, 10).unwrap()) as ArrayRef),
    ]
}

fn nested() -> Vec<(String, ArrayRef)> {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), None, Some(3)]),
        Some(vec![]),
        None,
        Some(vec![None]),
    ]);
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
        vec![Some(vec![Some(1), Some(2)]), None, Some(vec![None, Some(4)])],
        2,
    );
    let words =
        StringViewArray::from(vec![Some(""), None, Some("a \"quoted\", long enough word"), Some("x")]);
    let pair = StructArray::from((
        vec![
            (Arc::new(Field::new("x", DataType::Utf8View, true)), Arc::new(words.clone()) as ArrayRef),
            (
                Arc::new(Field::new("the y", DataType::List(list.data_type().clone().into_item()), true)),
                Arc::new(list.clone()) as ArrayRef,
            ),
        ],
        NullBuffer::from(vec![true, true, true, false]).into_inner().into_inner(),
    ));
    let keys = StringArray::from(vec!["b", "a", "", "a"]);
    let pairs = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8View, true),
    ]);
    let entries = StructArray::new(pairs.clone(), vec![Arc::new(keys), Arc::new(words)], None);
    let map = MapArray::new(
        Arc::new(Field::new("entries", DataType::Struct(pairs), false)),
        OffsetBuffer::from_lengths([2, 0, 2, 0]),
        entries,
        Some(NullBuffer::from(vec![true, true, true, false])),
        false,
    );
    let lists_of_lists = {
        let item = Arc::new(Field::new_list_field(list.data_type().clone(), true));
        ListArray::new(item, OffsetBuffer::from_lengths([1, 3]), Arc::new(list.clone()), None)
    };
    let words: I8Dictionary = vec![Some("one"), None, Some("two"), Some("one")].into_iter().collect();
    let mut runs = StringRunBuilder::<Int32Type>::new();
    ["r", "r", "s"].iter().for_each(|word| runs.append_value(word));
    runs.append_null();
    vec![
        column("list", Arc::new(list) as ArrayRef),
        column("fixed_list", Arc::new(fixed) as ArrayRef),
        column("pair", Arc::new(pair) as ArrayRef),
        column("map", Arc::new(map) as ArrayRef),
        column("lists", Arc::new(lists_of_lists) as ArrayRef),
        column("dictionary", Arc::new(words) as ArrayRef),
        column("runs", Arc::new(runs.finish()) as ArrayRef),
        column("nulls", Arc::new(NullArray::new(3)) as ArrayRef),
    ]
}

trait IntoItem {
    fn into_item(self) -> FieldRef;
}

impl IntoItem for DataType {
    fn into_item(self) -> FieldRef {
        match self {
            DataType::List(item) => item,
            other => panic!("{other} is no list"),
        }
    }
}

/// The column as the only one of a batch.
pub(super) fn batch(name: &str, array: &ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, array.clone(), true)]).unwrap()
}

/// The type a column comes back as from a format that writes plain columns.
pub(super) fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        other => other.clone(),
    }
}
