//! What every format in `FORMATS` promises.

use std::sync::Arc;

use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use pantile_core::Code;
use pantile_core::format::{
    Compression, Error, FORMATS, Format, ReadOptions, WriteOptions, by_extension, by_media_type, by_name,
    compression_of, parse_type, recognise, type_name,
};
use proptest::prelude::*;

use super::{read, rows_of_document, samples, schema_of, with_schema, write};

/// What the format's own reader makes of what its encoder wrote.
fn there_and_back(
    format: &dyn Format,
    batches: &[RecordBatch],
    schema: &Arc<Schema>,
    options: &WriteOptions,
) -> RecordBatch {
    // In a lone column of text, null and the empty text are one unless null has a word.
    let lone = matches!(format.name(), "csv" | "tsv") && schema.fields().len() == 1;
    let options = &WriteOptions { null: if lone { "NA" } else { "" }.to_owned(), ..options.clone() };
    let mut bytes = write(format, schema, batches, options);
    if format.name() == "json" {
        bytes = rows_of_document(&bytes);
    }
    let fields = schema.fields().iter();
    let plain: Vec<Field> =
        fields.map(|it| it.as_ref().clone().with_data_type(samples::plain(it.data_type()))).collect();
    let reading = ReadOptions {
        null: lone.then(|| options.null.clone()),
        ..with_schema(&Arc::new(Schema::new(plain)))
    };
    read(format, &bytes, &reading).unwrap_or_else(|error| {
        panic!(
            "{} of {schema}: {error:?}\n{}",
            format.name(),
            String::from_utf8_lossy(&bytes[..bytes.len().min(4_000)])
        )
    })
}

/// Text in views, dictionaries unfolded: how a column is laid out is not part of its value.
fn plain_values(array: &ArrayRef) -> ArrayRef {
    fn plain(data_type: &DataType) -> DataType {
        let field = |field: &Arc<Field>| {
            Arc::new(Field::new(field.name(), plain(field.data_type()), field.is_nullable()))
        };
        match data_type {
            DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
            DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
            DataType::Dictionary(_, values) => plain(values),
            DataType::RunEndEncoded(_, values) => plain(values.data_type()),
            DataType::List(item) => DataType::List(field(item)),
            DataType::FixedSizeList(item, length) => DataType::FixedSizeList(field(item), *length),
            DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
            DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
            other => other.clone(),
        }
    }
    cast(array, &plain(array.data_type())).unwrap()
}

/// What Parquet holds for types that it has not.
fn in_parquet(array: &ArrayRef) -> ArrayRef {
    let held = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Decimal128(38, -2) => DataType::Decimal256(40, 0),
        other => other.clone(),
    };
    cast(array, &held).unwrap()
}

fn assert_same(format: &dyn Format, expected: &RecordBatch, found: &RecordBatch) {
    assert_eq!(expected.num_rows(), found.num_rows(), "{}", format.name());
    for (field, array) in expected.schema().fields().iter().zip(expected.columns()) {
        let back =
            found.column_by_name(field.name()).unwrap_or_else(|| panic!("{} lost {field}", format.name()));
        let array = if format.name() == "parquet" { in_parquet(array) } else { Arc::clone(array) };
        let (array, back) = (plain_values(&array), plain_values(back));
        // A column of nulls has no type that text could tell.
        if array.data_type() == &DataType::Null {
            assert_eq!(back.logical_null_count(), array.len());
            continue;
        }
        assert_eq!(
            back.data_type(),
            array.data_type(),
            "{} changed the type of {}",
            format.name(),
            field.name()
        );
        assert_eq!(back.to_data(), array.to_data(), "{} changed a value of {}", format.name(), field.name());
    }
}

fn both_ways() -> impl Iterator<Item = &'static dyn Format> {
    FORMATS.iter().copied().filter(|format| format.reads() && format.writes())
}

/// The rows that the format can hold: Parquet's milliseconds do not reach as far as seconds.
fn in_range(format: &dyn Format, name: &str, batch: RecordBatch) -> RecordBatch {
    let first = if (format.name(), name) == ("parquet", "ts_s") { 2 } else { 0 };
    batch.slice(first, batch.num_rows() - first)
}

#[test]
fn every_column_a_format_takes_comes_back_the_same() {
    for format in both_ways() {
        for (name, array) in samples::columns() {
            let batch = samples::batch(&name, &array);
            match format.encoder(schema_of(&batch), &WriteOptions::default()) {
                Ok(_) => {}
                Err(Error::UnsupportedType { column, .. }) => {
                    assert_eq!(column, name);
                    assert_eq!(format.name(), "parquet", "{} refuses {name}", format.name());
                    continue;
                }
                Err(other) => panic!("{}, {name}: {other:?}", format.name()),
            }
            let batch = in_range(format, &name, batch);
            for rows in [batch.num_rows(), 1, 0] {
                let batch = batch.slice(0, rows);
                let schema = schema_of(&batch);
                let back =
                    there_and_back(format, std::slice::from_ref(&batch), &schema, &WriteOptions::default());
                assert_same(format, &batch, &back);
            }
        }
    }
}

#[test]
fn slices_and_several_batches_come_back_in_order() {
    for format in both_ways() {
        for (name, array) in samples::columns() {
            let batch = samples::batch(&name, &array);
            let schema = schema_of(&batch);
            if format.encoder(schema.clone(), &WriteOptions::default()).is_err() {
                continue;
            }
            let batch = in_range(format, &name, batch);
            // Cut in odd places, an empty one among them: offsets that are not zero find most mistakes.
            let rows = batch.num_rows();
            let parts = [batch.slice(0, 1), batch.slice(1, 0), batch.slice(1, rows - 1)];
            assert_same(format, &batch, &there_and_back(format, &parts, &schema, &WriteOptions::default()));
        }
    }
}

#[test]
fn buffers_inside_may_be_compressed() {
    let numbers = Arc::new(Int64Array::from_iter_values((0..10_000).map(|row| row % 7))) as ArrayRef;
    let batch = samples::batch("a", &numbers);
    for name in ["arrow", "arrow-file", "parquet"] {
        let format = by_name(name).unwrap();
        let size = |compression| {
            let options = WriteOptions { compression: Some(compression), ..WriteOptions::default() };
            let schema = schema_of(&batch);
            assert_same(
                format,
                &batch,
                &there_and_back(format, std::slice::from_ref(&batch), &schema, &options),
            );
            write(format, &schema, std::slice::from_ref(&batch), &options).len()
        };
        let (none, lz4, zstd) = (size(Compression::None), size(Compression::Lz4), size(Compression::Zstd));
        assert!(lz4 <= none && zstd <= none, "{name}: {none}, {lz4}, {zstd}");
    }
}

#[test]
fn formats_are_found_by_what_they_are_called() {
    let names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut spoken = std::collections::BTreeSet::new();
    for format in FORMATS {
        assert_eq!(by_name(format.name()).unwrap().name(), format.name());
        assert!(format.doc().len() > 400, "{} has a page that says something", format.name());
        for media_type in format.media_types() {
            assert!(spoken.insert(*media_type), "{media_type} is said twice");
            let with_parameter = format!("{}; charset=utf-8", media_type.to_uppercase());
            assert_eq!(by_media_type(&with_parameter).unwrap().name(), format.name());
        }
        for extension in format.extensions() {
            assert!(spoken.insert(*extension), "{extension} is said twice");
            assert_eq!(by_extension(extension).unwrap().name(), format.name());
        }
    }
    assert!(
        by_name("excel").is_none() && by_media_type("image/png").is_none() && by_extension("xlsx").is_none()
    );
}

#[test]
fn files_are_recognised_by_how_they_begin() {
    let batch = samples::batch("a", &(Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef));
    for format in both_ways() {
        let mut bytes =
            write(format, &schema_of(&batch), std::slice::from_ref(&batch), &WriteOptions::default());
        if format.name() == "json" {
            bytes = rows_of_document(&bytes);
        }
        let found = recognise(&bytes[..bytes.len().min(64)]).map(|format| format.name());
        // Nothing tells tabs from commas for certain.
        let expected = if format.name() == "tsv" { "csv" } else { format.name() };
        assert_eq!(found, Some(expected));
    }
    for (head, expected) in [
        (&b""[..], None),
        (b"\xef\xbb\xbf  \n {\"a\":1}", Some("ndjson")),
        (b" [1", Some("json")),
        (b"a\xc5", Some("csv")),
        (b"a\xc5b", None),
        (b"a\0b", None),
        (b"   ", None),
        (b"\x1f\x8b\x08\x00", None),
        (b"\x28\xb5\x2f\xfd\x04", None),
    ] {
        assert_eq!(recognise(head).map(|format| format.name()), expected, "{head:?}");
    }
    assert!(compression_of(b"\x1f\x8b\x08").is_some() && compression_of(b"\x28\xb5\x2f\xfd").is_some());
    assert!(compression_of(b"PAR1").is_none());
}

#[test]
fn every_type_has_a_name_that_reads_back() {
    for (name, array) in samples::columns() {
        let text = type_name(array.data_type());
        let back = parse_type(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(type_name(&back), text, "{name}");
    }
    for (sql, expected) in [
        ("BIGINT", "int64"),
        ("double precision", "float64"),
        ("varchar(20)", "utf8"),
        ("numeric(15, 2)", "decimal(15,2)"),
        ("decimal(50,2)", "decimal(50,2)"),
        ("timestamp", "timestamp(us)"),
        ("timestamp with time zone", "timestamp(us,UTC)"),
        ("timestamp(ns, Europe/Berlin)", "timestamp(ns,Europe/Berlin)"),
        ("struct<a: int, \"b c\": list<text> not null>", "struct<a:int32,\"b c\":list<utf8>>"),
    ] {
        assert_eq!(type_name(&parse_type(sql).unwrap()), expected, "{sql}");
    }
    for wrong in [
        "",
        "number",
        "decimal(77,1)",
        "decimal(5,9)",
        "list<",
        "list<int64",
        "struct<>",
        "timestamp(h)",
        "timestamp(us,Mars)",
        "int64 x",
        "binary(-1)",
    ] {
        assert_eq!(parse_type(wrong).unwrap_err().code(), Code::InvalidRequest, "{wrong}");
    }
    let deep = "list<".repeat(1_000) + "int64" + &">".repeat(1_000);
    assert!(parse_type(&deep).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn formats_that_are_not_read_say_so() {
    let refused = super::named("text").read(super::file(b"x"), &ReadOptions::default());
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(error.to_string().contains("parquet"), "{error}");
}

/// Columns of a few types with nulls, and where to cut them into batches.
fn batches() -> impl Strategy<Value = (RecordBatch, usize)> {
    let row = (
        any::<Option<i64>>(),
        proptest::option::of(any::<u64>().prop_map(f64::from_bits)),
        proptest::option::of(".{0,20}|[\"',\r\n\\\\ ]{0,6}"),
        any::<Option<bool>>(),
        proptest::option::of(any::<i64>()),
        proptest::option::of(any::<i128>().prop_map(|value| value % 10_i128.pow(30))),
        proptest::option::of(proptest::collection::vec(any::<Option<i32>>(), 0..4)),
        proptest::option::of((any::<Option<u16>>(), proptest::option::of(".{0,8}"))),
    );
    (proptest::collection::vec(row, 1..20), any::<proptest::sample::Index>()).prop_map(|(rows, cut)| {
        let longs = Int64Array::from_iter(rows.iter().map(|row| row.0));
        // A NaN has many bit patterns, and text but one word for them.
        let floats = Float64Array::from_iter(
            rows.iter().map(|row| row.1.map(|it| if it.is_nan() { f64::NAN } else { it })),
        );
        let words = StringViewArray::from_iter(rows.iter().map(|row| row.2.as_deref()));
        let flags = BooleanArray::from_iter(rows.iter().map(|row| row.3));
        let times = TimestampNanosecondArray::from_iter(rows.iter().map(|row| row.4)).with_timezone("UTC");
        let money =
            Decimal128Array::from_iter(rows.iter().map(|row| row.5)).with_precision_and_scale(38, 9).unwrap();
        let lists = ListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>(
            rows.iter().map(|row| row.6.clone()),
        );
        let x = UInt16Array::from_iter(rows.iter().map(|row| row.7.as_ref().and_then(|pair| pair.0)));
        let y = StringArray::from_iter(rows.iter().map(|row| row.7.as_ref().and_then(|pair| pair.1.clone())));
        let valid: Vec<bool> = rows.iter().map(|row| row.7.is_some()).collect();
        let fields = vec![Field::new("x", DataType::UInt16, true), Field::new("y", DataType::Utf8, true)];
        let pairs = StructArray::new(fields.into(), vec![Arc::new(x), Arc::new(y)], Some(valid.into()));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("longs", Arc::new(longs)),
            ("floats", Arc::new(floats)),
            ("words", Arc::new(words)),
            ("flags", Arc::new(flags)),
            ("times", Arc::new(times)),
            ("money", Arc::new(money)),
            ("lists", Arc::new(lists)),
            ("pairs", Arc::new(pairs)),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        (batch.unwrap(), cut.index(rows.len()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_come_back_the_same((batch, cut) in batches()) {
        let parts = [batch.slice(0, cut), batch.slice(cut, batch.num_rows() - cut)];
        for format in both_ways() {
            let back = there_and_back(format, &parts, &schema_of(&batch), &WriteOptions::default());
            assert_same(format, &batch, &back);
        }
    }
}
