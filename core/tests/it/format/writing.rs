//! Columns as text, as readers of an answer see them.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use pantile_core::Code;
use pantile_core::format::{Ending, FORMATS, ReadOptions, WriteOptions};

use super::{named, read, samples, schema_of, write};

fn text(name: &str, batch: &RecordBatch, pairs: &[(&str, &str)]) -> String {
    let options = WriteOptions::parse(pairs.iter().copied()).unwrap();
    String::from_utf8(write(named(name), &schema_of(batch), std::slice::from_ref(batch), &options)).unwrap()
}

fn flights() -> RecordBatch {
    let carriers = StringViewArray::from(vec![Some("HA"), Some("a \"b\", c"), None, Some("")]);
    let delays = Float64Array::from(vec![Some(-4.9), Some(f64::NAN), Some(12.0), None]);
    let numbers = Int64Array::from(vec![Some(1), Some(i64::MAX), Some(-(1 << 53) + 1), None]);
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("carrier", Arc::new(carriers), true),
        ("late", Arc::new(delays), true),
        ("n", Arc::new(numbers), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

#[test]
fn json_is_a_document_with_its_schema() {
    let expected = r#"{"schema":[{"name":"carrier","type":"utf8","nullable":true},{"name":"late","type":"float64","nullable":true},{"name":"n","type":"int64","nullable":true}],"rows":[
{"carrier":"HA","late":-4.9,"n":1},
{"carrier":"a \"b\", c","late":"NaN","n":"9223372036854775807"},
{"carrier":null,"late":12.0,"n":-9007199254740991},
{"carrier":"","late":null,"n":null}
],"row_count":4,"truncated":false}
"#;
    assert_eq!(text("json", &flights(), &[]), expected);
    let strings = text("json", &flights(), &[("numbers", "string")]);
    assert!(strings.contains(r#""late":-4.9,"n":"1"}"#), "{strings}");
    let empty = text("json", &flights().slice(0, 0), &[]);
    assert!(empty.ends_with("\"rows\":[],\"row_count\":0,\"truncated\":false}\n"), "{empty}");
}

#[test]
fn ndjson_is_a_line_a_row() {
    let lines = text("ndjson", &flights(), &[]);
    assert_eq!(lines.lines().count(), 4);
    assert_eq!(lines.lines().next(), Some(r#"{"carrier":"HA","late":-4.9,"n":1}"#));
}

#[test]
fn csv_tells_null_from_empty_text() {
    assert_eq!(
        text("csv", &flights(), &[]),
        "carrier,late,n\nHA,-4.9,1\n\"a \"\"b\"\", c\",NaN,9223372036854775807\n,12.0,-9007199254740991\n\"\",,\n"
    );
    assert_eq!(
        text("csv", &flights().slice(3, 1), &[("header", "false"), ("null", "NA"), ("delimiter", ";")]),
        "\"\";NA;NA\n"
    );
    assert_eq!(text("tsv", &flights().slice(0, 1), &[]), "carrier\tlate\tn\nHA\t-4.9\t1\n");
}

#[test]
fn a_lone_null_is_a_line_that_readers_see() {
    let numbers = Int64Array::from(vec![Some(1), None, Some(3)]);
    let numbers = samples::batch("v", &(Arc::new(numbers) as ArrayRef));
    assert_eq!(text("csv", &numbers, &[]), "v\n1\n\"\"\n3\n");
    assert_eq!(text("tsv", &numbers, &[("null", "NA")]), "v\n1\nNA\n3\n");
    let back = read(named("csv"), b"v\n1\n\"\"\n3\n", &ReadOptions::default()).unwrap();
    assert_eq!(back.column(0).as_ref(), numbers.column(0).as_ref());
    // Nothing is left to tell the empty text by, unless null has a word.
    let words = samples::batch("v", &(Arc::new(StringArray::from(vec![Some(""), None])) as ArrayRef));
    assert_eq!(text("csv", &words, &[]), "v\n\"\"\n\"\"\n");
    assert_eq!(text("csv", &words, &[("null", "NA")]), "v\n\"\"\nNA\n");
}

#[test]
fn what_parquet_cannot_hold_is_named_and_never_null() {
    let far = samples::batch("far", &(Arc::new(TimestampSecondArray::from(vec![i64::MAX])) as ArrayRef));
    let mut encoder = named("parquet").encoder(schema_of(&far), &WriteOptions::default()).unwrap();
    let error = encoder.batch(&far).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(error.to_string().contains("`far`"), "{error}");
}

#[test]
fn markdown_says_what_the_values_are_and_no_more() {
    let expected = "| carrier | late | n |
| --- | ---: | ---: |
| HA | -4.9 | 1 |
| a \"b\", c | NaN | 9223372036854775807 |
| NULL | 12.0 | -9007199254740991 |
|  | NULL | NULL |
";
    assert_eq!(text("markdown", &flights(), &[]), expected);
    let hard: ArrayRef = Arc::new(StringArray::from(vec!["a|b\\*c*", "dep_delay _x_\r\n<b>\u{1b}"]));
    assert_eq!(
        text("markdown", &samples::batch("a_b", &hard), &[]),
        "| a_b |\n| --- |\n| a\\|b\\\\\\*c\\* |\n| dep_delay \\_x\\_<br>\\<b>\\\\u{1b} |\n"
    );
}

#[test]
fn vertical_is_a_line_a_value() {
    let expected = "── row 1 ──
 carrier │ HA
    late │ -4.9
       n │ 1
── row 2 ──
 carrier │ NULL
    late │ 12.0
       n │ -9007199254740991
(2 rows)
";
    let batches = [flights().slice(0, 1), flights().slice(2, 1)];
    let options = WriteOptions::default();
    let bytes = write(named("vertical"), &schema_of(&batches[0]), &batches, &options);
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

/// A column beside itself.
fn twice(array: &ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("a", Arc::clone(array)), ("b", Arc::clone(array))]).unwrap()
}

#[test]
fn text_is_a_table() {
    let expected = " carrier  │ late │                   n
──────────┼──────┼─────────────────────
 HA       │ -4.9 │                   1
 a \"b\", c │  NaN │ 9223372036854775807
 NULL     │ 12.0 │   -9007199254740991
          │ NULL │                NULL
(4 rows)
";
    assert_eq!(text("text", &flights(), &[]), expected);
    let wide =
        StringArray::from(vec!["x".repeat(100), "two\nlines\t\u{1b}[31m".to_owned(), "日本語".to_owned()]);
    let wide = Arc::new(wide) as ArrayRef;
    let table = text("text", &twice(&wide), &[]);
    let lines: Vec<&str> = table.lines().collect();
    // Nothing stands behind the last column, so it is whole, and the rule beneath its name is not.
    assert_eq!(lines[2], format!(" {}… │ {}", "x".repeat(59), "x".repeat(100)));
    assert_eq!(lines[3], format!(" {:60} │ {0}", "two\\nlines\\t\\u{1b}[31m"));
    assert_eq!(lines[4], format!(" 日本語{:54} │ 日本語", ""));
    assert_eq!(lines[1].chars().count(), 62 + 1 + 62);
}

#[test]
fn a_long_table_streams() {
    let batch = twice(&(Arc::new(StringArray::from(vec!["abc"; 600])) as ArrayRef));
    let mut encoder = named("text").encoder(schema_of(&batch), &WriteOptions::default()).unwrap();
    assert!(encoder.start().unwrap().is_empty());
    assert!(encoder.batch(&batch).unwrap().is_empty());
    assert_eq!(encoder.batch(&batch).unwrap().iter().filter(|byte| **byte == b'\n').count(), 1_202);
    let longer = twice(&(Arc::new(StringArray::from(vec!["abcdef"])) as ArrayRef));
    assert_eq!(String::from_utf8(encoder.batch(&longer).unwrap()).unwrap(), " ab… │ abcdef\n");
    let end = encoder.finish(Ending { rows: 1_201, truncated: true }).unwrap();
    assert_eq!(String::from_utf8(end).unwrap(), "(1201 rows, more were cut off)\n");
}

#[test]
fn each_type_has_one_spelling() {
    for (name, expected) in [
        (
            "i64",
            r#"["-9223372036854775808","9223372036854775807",9007199254740991,"9007199254740992","9007199254740993","-9007199254740992",0,null]"#,
        ),
        ("u64", r#"[0,"18446744073709551615","9007199254740992",null]"#),
        (
            "f64",
            r#"[0.1,-0.0,1.0,1e16,1e300,-1.7976931348623157e308,1.7976931348623157e308,5e-324,"NaN","Infinity","-Infinity",null]"#,
        ),
        (
            "date",
            r#"["-5877641-06-23","+5881580-07-11","1970-01-01","1969-12-31","2024-02-29","2000-02-29",null]"#,
        ),
        ("time_ns", r#"["00:00:00","23:59:59.999999999","00:00:00.000000001","00:00:00.000001",null]"#),
        (
            "ts_ms",
            r#"["-292275055-05-16T16:47:04.192","+292278994-08-17T07:12:55.807","1970-01-01T00:00:00","1969-12-31T23:59:59.999","1970-01-01T00:00:01.500",null]"#,
        ),
        (
            "ts UTC",
            r#"["1970-01-01T00:00:00Z",null,"2024-03-31T01:30:00.123456Z","2024-10-27T01:30:00Z","2024-10-27T00:30:00Z","1811-07-23T15:06:40Z"]"#,
        ),
        (
            "ts Europe/Berlin",
            r#"["1970-01-01T01:00:00+01:00",null,"2024-03-31T03:30:00.123456+02:00","2024-10-27T02:30:00+01:00","2024-10-27T02:30:00+02:00","1811-07-23T16:00:08+00:53:28"]"#,
        ),
        (
            "ts -00:45",
            r#"["1969-12-31T23:15:00-00:45",null,"2024-03-31T00:45:00.123456-00:45","2024-10-27T00:45:00-00:45","2024-10-26T23:45:00-00:45","1811-07-23T14:21:40-00:45"]"#,
        ),
        (
            "span_s",
            r#"["-P106751991167300DT15H30M8S","P106751991167300DT15H30M7S","PT0S","-PT1S","P1D","P1DT1H1M1S",null]"#,
        ),
        ("months", r#"["P-2147483648M","P2147483647M","P0M","P14M",null]"#),
        ("days", r#"["P-2147483648DT2147483.647S","PT0S","P1DT-0.001S",null]"#),
        ("interval", r#"["P-2147483648M2147483647DT-9223372036.854775808S","PT0S","P1M-2DT3.500S",null]"#),
        (
            "money_2",
            r#"["999999999999999999999999999999999999.99","-999999999999999999999999999999999999.99","0.00","0.05","-0.05",null]"#,
        ),
        ("bytes", r#"["","AP/+","YWJjZA==",null]"#),
        ("bool", "[true,false,null]"),
        ("list", "[[1,null,3],[],null,[null]]"),
        (
            "pair",
            r#"[{"x":"","the y":[1,null,3]},{"x":null,"the y":[]},{"x":"a \"quoted\", long enough word","the y":null},null]"#,
        ),
        (
            "map",
            r#"[[{"key":"b","value":""},{"key":"a","value":null}],[],[{"key":"","value":"a \"quoted\", long enough word"},{"key":"a","value":"x"}],null]"#,
        ),
        ("dictionary", r#"["one",null,"two","one"]"#),
        ("runs", r#"["r","r","s",null]"#),
        ("nulls", "[null,null,null]"),
    ] {
        let columns = samples::columns();
        let (_, array) = columns.iter().find(|(column, _)| column == name).unwrap();
        let lines = text("ndjson", &samples::batch("a", array), &[]);
        let values: Vec<&str> = lines.lines().map(|line| &line[5..line.len() - 1]).collect();
        assert_eq!(format!("[{}]", values.join(",")), expected, "{name}");
    }
}

fn twins() -> (SchemaRef, RecordBatch) {
    let fields: Vec<Field> =
        ["a", "a", "a:1", "a"].iter().map(|name| Field::new(*name, DataType::Int32, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let columns =
        (1..=4).map(|value| Arc::new(PrimitiveArray::<Int32Type>::from(vec![value])) as ArrayRef).collect();
    (schema.clone(), RecordBatch::try_new(schema, columns).unwrap())
}

#[test]
fn columns_of_one_name_keep_their_values_apart() {
    let (_, batch) = twins();
    assert_eq!(text("ndjson", &batch, &[]), "{\"a\":1,\"a:2\":2,\"a:1\":3,\"a:3\":4}\n");
    assert!(text("json", &batch, &[]).contains(r#"{"name":"a:2","type":"int32","nullable":true}"#));
    assert_eq!(text("csv", &batch, &[]), "a,a:2,a:1,a:3\n1,2,3,4\n");
    let bytes =
        write(named("parquet"), &schema_of(&batch), std::slice::from_ref(&batch), &WriteOptions::default());
    let back = read(named("parquet"), &bytes, &ReadOptions::default()).unwrap();
    let names: Vec<String> = back.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["a", "a:2", "a:1", "a:3"]);
}

#[test]
fn an_answer_that_breaks_is_never_a_whole_file() {
    let batch = flights();
    for format in FORMATS.iter().filter(|format| format.name() != "npy") {
        for rows in [0, batch.num_rows()] {
            let mut encoder = format.encoder(schema_of(&batch), &WriteOptions::default()).unwrap();
            let mut bytes = encoder.start().unwrap();
            bytes.extend(encoder.batch(&batch.slice(0, rows)).unwrap());
            bytes.extend(encoder.broken(Code::LimitMemory, "no \"memory\" left"));
            match format.name() {
                "json" => {
                    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_err());
                    bytes.push(b'}');
                    let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    assert_eq!(body["error"]["message"], "no \"memory\" left");
                }
                "ndjson" => {
                    let text = String::from_utf8(bytes).unwrap();
                    let last =
                        "{\"error\":{\"code\":\"limit_memory\",\"message\":\"no \\\"memory\\\" left\"}}";
                    assert_eq!(text.lines().last(), Some(last));
                }
                "text" | "markdown" | "vertical" => assert!(
                    String::from_utf8(bytes).unwrap().ends_with("error (limit_memory): no \"memory\" left\n")
                ),
                // Rows as good as any: only the cut body tells.
                "csv" | "tsv" => {}
                _ => assert!(read(*format, &bytes, &ReadOptions::default()).is_err(), "{}", format.name()),
            }
        }
    }
}

#[test]
fn a_large_parquet_answer_leaves_in_row_groups() {
    let values = Int64Array::from_iter_values(
        (0..1_u64 << 20).map(|row| (row.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as i64),
    );
    let batch = samples::batch("a", &(Arc::new(values) as ArrayRef));
    let mut encoder = named("parquet").encoder(schema_of(&batch), &WriteOptions::default()).unwrap();
    encoder.start().unwrap();
    assert!(encoder.batch(&batch).unwrap().len() > 4 << 20, "a full row group has left");
}
