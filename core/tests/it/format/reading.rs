//! Text to columns: what is inferred, what is refused, and in which words.

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use pantile_core::Code;
use pantile_core::format::{Error, ReadOptions, type_name};

use super::{named, options, read};

/// Names and types of what is read.
fn types(batch: &RecordBatch) -> String {
    let fields = batch
        .schema()
        .fields()
        .iter()
        .map(|it| format!("{}:{}", it.name(), type_name(it.data_type())))
        .collect::<Vec<_>>();
    fields.join(" ")
}

/// The rows, a line each, with ∅ for null.
fn rows(batch: &RecordBatch) -> Vec<String> {
    let options = arrow::util::display::FormatOptions::default().with_null("∅");
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|array| arrow::util::display::ArrayFormatter::try_new(array.as_ref(), &options).unwrap())
        .collect();
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|"))
        .collect()
}

fn csv(text: &str, pairs: &[(&str, &str)]) -> Result<RecordBatch, Error> {
    read(named("csv"), text.as_bytes(), &options(pairs))
}

fn ndjson(text: &str, pairs: &[(&str, &str)]) -> Result<RecordBatch, Error> {
    read(named("ndjson"), text.as_bytes(), &options(pairs))
}

#[track_caller]
fn refused(result: Result<RecordBatch, Error>, code: Code, words: &[&str]) {
    let error = match result {
        Ok(batch) => panic!("was read:\n{}", pretty_format_batches(&[batch]).unwrap()),
        Err(error) => error,
    };
    assert_eq!(error.code(), code, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is missing: {error}");
    }
}

#[test]
fn csv_finds_types() {
    let batch = csv(
        "b,i,f,d,t,z,s,n,u\ntrue,1,1.5,2013-01-31,2013-01-31 10:00,2013-01-31T10:00:00Z,x,,18446744073709551615\n\
         FALSE,-2,3,2013-02-01,2013-01-31 10:00:00.25,2013-01-31T10:00:00+01:00,1,,1\n",
        &[],
    )
    .unwrap();
    assert_eq!(
        types(&batch),
        "b:bool i:int64 f:float64 d:date t:timestamp(us) z:timestamp(us,UTC) s:utf8 n:utf8 u:uint64"
    );
    assert_eq!(rows(&batch)[1], "false|-2|3.0|2013-02-01|2013-01-31T10:00:00.250|2013-01-31T09:00:00Z|1|∅|1");
}

#[test]
fn csv_reads_what_spreadsheets_and_old_programs_write() {
    for (text, pairs, expected) in [
        ("\u{feff}a,b\r\n1,x\r\n2,\"y\r\nz\"\r\n", &[][..], &["1|x", "2|y\r\nz"][..]),
        ("a;b\n1;2,5\n", &[("delimiter", ";")], &["1|2,5"]),
        ("a\tb\n1\t2\n", &[("delimiter", "tab")], &["1|2"]),
        ("a,b\n'1,5','it''s'\n", &[("quote", "'")], &["1,5|it's"]),
        ("a,b\n\"x\\\"y\",\"\\n\"\n", &[("escape", "\\")], &["x\"y|\\n"]),
        ("a,b\n5\" pipe,\"\n", &[("quote", "none")], &["5\" pipe|\""]),
        ("a,b\n5\" pipe,2\n", &[], &["5\" pipe|2"]),
        ("1,x\n2,y\n", &[("header", "false")], &["1|x", "2|y"]),
        ("a,b\nNA,NA\n1,\"NA\"\n", &[("null", "NA")], &["∅|∅", "1|NA"]),
        ("a,b\n,\n1,\"\"\n", &[], &["∅|∅", "1|"]),
        ("a,b\n\"\",x\n\"1\",y\n", &[], &["∅|x", "1|y"]),
        ("a\n1\n\n2\n", &[], &["1", "∅", "2"]),
        ("a,b\n\n1,2\n\n\n3,4", &[], &["1|2", "3|4"]),
        ("a,b\r1,2\r3,4\r", &[], &["1|2", "3|4"]),
        ("a,b\n1,\n2,", &[], &["1|∅", "2|∅"]),
        (" a ,b\n x , 1\n", &[], &[" x |1"]),
    ] {
        let batch = csv(text, pairs).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(rows(&batch), expected, "{text:?} {pairs:?}");
    }
    assert_eq!(types(&csv("1,x\n", &[("header", "false")]).unwrap()), "column_1:int64 column_2:utf8");
    assert_eq!(types(&csv(",a\n0,x\n", &[]).unwrap()), "column_1:int64 a:utf8");
    assert_eq!(types(&csv("a,b\n", &[]).unwrap()), "a:utf8 b:utf8");
}

#[test]
fn a_value_that_is_not_of_the_table_is_the_rows_fault() {
    let hints = options(&[("schema", "a:int64,b:struct<x:int64>")]).schema;
    let hinted = ReadOptions { hints, ..ReadOptions::default() };
    for (format, text) in [
        ("csv", "a\n1\nfoo\n"),
        ("ndjson", "{\"a\":1}\n{\"a\":\"foo\"}\n"),
        ("ndjson", "{\"a\":1}\n{\"b\":{\"y\":1}}\n"),
    ] {
        let error = read(named(format), text.as_bytes(), &hinted).unwrap_err();
        assert_eq!(error.code(), Code::SchemaMismatch, "{error}");
        assert!(error.to_string().ends_with("the type is the table's: correct the value"), "{error}");
    }
    let given = ReadOptions { schema: hinted.hints.clone(), ..hinted };
    let error = read(named("ndjson"), b"{\"a\":\"foo\"}", &given).unwrap_err();
    assert_eq!(error.code(), Code::InvalidData);
}

#[test]
fn whole_numbers_in_a_column_of_floats_keep_their_digits() {
    for (kind, text) in
        [("float64", "9007199254740993"), ("float32", "9007199254740993"), ("float32", "16777217")]
    {
        let schema = format!("a:{kind}");
        refused(
            csv(&format!("a\n{text}\n"), &[("schema", &schema)]),
            Code::InvalidData,
            &["line 2", text, kind],
        );
        assert!(
            csv(&format!("a\n{text}.0\n"), &[("schema", &schema)]).is_ok(),
            "a float says that it is one"
        );
    }
}

#[test]
fn csv_takes_types_that_are_named() {
    let batch = csv(
        "id,when,price,note\n007,2013-01-31,1.50,x\n",
        &[("schema", "id:utf8,when:timestamp(ms,Europe/Berlin),price:decimal(15,2)")],
    )
    .unwrap();
    assert_eq!(types(&batch), "id:utf8 when:timestamp(ms,Europe/Berlin) price:decimal(15,2) note:utf8");
    assert_eq!(rows(&batch), ["007|2013-01-31T00:00:00+01:00|1.50|x"]);
    let batch = csv("1,x\n", &[("header", "false"), ("schema", "a:int32,b:utf8")]).unwrap();
    assert_eq!(types(&batch), "a:int32 b:utf8");
    let batch =
        csv("l,m\n\"[1,null]\",\"{\"\"k\"\":2.5}\"\n", &[("schema", "l:list<int64>,m:map<utf8,float64>")])
            .unwrap();
    assert_eq!(rows(&batch), ["[1, ∅]|{k: 2.5}"]);
    let hints = options(&[("schema", "b:int32,c:int64")]).schema;
    let hinted = read(named("csv"), b"a,b\n1,2\n", &ReadOptions { hints, ..ReadOptions::default() }).unwrap();
    assert_eq!(types(&hinted), "a:int64 b:int32");
}

#[test]
fn csv_says_what_is_wrong_and_where() {
    let data = Code::InvalidData;
    refused(csv("a,b\n1,2\n3,4\n5,6,7\n", &[]), data, &["line 4 has 3 fields, expected 2"]);
    refused(csv("a,b\n\"x\ny\",2\n3\n", &[]), data, &["line 4 has 1 fields, expected 2"]);
    refused(csv("a,b\n1,\"2\n3,4\n", &[]), data, &["line 2", "never ends"]);
    refused(csv("a,b\n1,\"2\"x\n", &[]), data, &["line 2", "closing quote"]);
    refused(csv("a,b,a,b,c\n", &[]), data, &["more than one column named `a`, `b`"]);
    refused(csv("\n\n", &[]), data, &["no columns"]);
    refused(
        read(named("csv"), b"a,b\n1,\xff\n", &ReadOptions::default()),
        data,
        &["line 2", "field 2", "UTF-8"],
    );
    // Two halves of one character, each in a field of its own.
    refused(
        read(named("csv"), b"a,b\n\xc3,\xa9\n", &ReadOptions::default()),
        data,
        &["line 2", "field 1", "UTF-8"],
    );
    let text = "n,s\n".to_owned() + &"1,a\n".repeat(50) + "1.5,b\n";
    refused(
        csv(&text, &[("infer_rows", "50")]),
        data,
        &["line 52", "column `n`", "\"1.5\" is not int64", "first 50 rows", "schema=n:utf8", "infer_rows"],
    );
    assert_eq!(types(&csv(&text, &[]).unwrap()), "n:float64 s:utf8");
    refused(csv("n\nx\n", &[("schema", "n:int32")]), data, &["line 2", "\"x\" is not int32", "was given"]);
    refused(csv("n\n1\n\n", &[("schema", "n:int32 not null")]), data, &["line 3", "int32 not null"]);
    refused(csv("n\n1.005\n", &[("schema", "n:decimal(5,2)")]), data, &["is not decimal(5,2)"]);
    refused(csv("n\n300\n", &[("schema", "n:int8")]), data, &["is not int8"]);
    refused(csv("n\n1e999\n", &[("schema", "n:float64")]), data, &["is not float64"]);
    refused(
        csv("n\n2013-01-31T00:00:00.0000001\n", &[("schema", "n:timestamp(us)")]),
        data,
        &["is not timestamp(us)"],
    );
    let asked = Code::InvalidRequest;
    refused(csv("a,b\n", &[("schema", "c:int64")]), asked, &["`c`", "`a`, `b`"]);
    refused(csv("a,b\n", &[("quote", ",")]), asked, &["differ from the delimiter"]);
    for (name, value) in [
        ("delimiter", ",,"),
        ("delimiter", "ž"),
        ("header", "maybe"),
        ("infer_rows", "many"),
        ("colour", "red"),
        ("schema", "a"),
        ("schema", "a:int64,a:utf8"),
    ] {
        let error = ReadOptions::parse([(name, value)]).unwrap_err();
        assert_eq!(error.code(), asked, "{error}");
        assert!(error.to_string().contains(name) && error.to_string().contains(value), "{error}");
    }
}

#[test]
fn ndjson_finds_types() {
    let text = r#"{"id":1,"tags":["a","b"],"at":{"x":1,"y":null},"when":"2013-01-31T10:00:00Z","big":9223372036854775808}
{"id":2,"tags":[],"at":{"y":2.5,"z":"q"},"extra":true,"big":"7"}

{"id":3,"tags":null,"at":null,"mixed":[1]}
{"mixed":{"a":1}}"#;
    let batch = ndjson(text, &[]).unwrap();
    assert_eq!(
        types(&batch),
        "id:int64 tags:list<utf8> at:struct<x:int64,y:float64,z:utf8> when:timestamp(us,UTC) big:utf8 extra:bool mixed:utf8"
    );
    assert_eq!(
        rows(&batch),
        [
            "1|[a, b]|{x: 1, y: ∅, z: ∅}|2013-01-31T10:00:00Z|9223372036854775808|∅|∅",
            "2|[]|{x: ∅, y: 2.5, z: q}|∅|7|true|∅",
            "3|∅|∅|∅|∅|∅|[1]",
            "∅|∅|∅|∅|∅|∅|{\"a\":1}"
        ]
    );
}

#[test]
fn ndjson_takes_types_that_are_named() {
    let batch = ndjson(
        "{\"b\":\"x\",\"m\":{\"k\":1},\"n\":12345678901234567890.5}\n{\"a\":7,\"m\":[{\"key\":\"k\",\"value\":null}]}",
        &[("schema", "a:int8,m:map<utf8,int64>,n:decimal(30,1)")],
    )
    .unwrap();
    assert_eq!(types(&batch), "a:int8 m:map<utf8,int64> n:decimal(30,1) b:utf8");
    assert_eq!(rows(&batch), ["∅|{k: 1}|12345678901234567890.5|x", "7|{k: ∅}|∅|∅"]);
}

#[test]
fn strings_in_json_are_read_to_the_letter() {
    let batch = ndjson(r#"{"s":"\"\\\/\b\f\n\r\t\u00e9\ud83e\udd80 é"}"#, &[]).unwrap();
    assert_eq!(rows(&batch), ["\"\\/\u{8}\u{c}\n\r\té🦀 é"]);
    for wrong in [
        r#""\x""#,
        r#""\ud83e""#,
        r#""\ud83ex""#,
        r#""\udd80""#,
        "\"\u{1}\"",
        r#""\u12""#,
        r#""x"#,
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "tru",
        "nul",
        "NaN",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\" 1}",
        "1 2",
        "'x'",
    ] {
        for infer in ["1", "0"] {
            let result =
                ndjson(&format!("{{\"s\":{wrong}}}"), &[("infer_rows", infer), ("schema", "s:utf8")]);
            refused(result, Code::InvalidData, &["line 1 is not valid ndjson"]);
        }
    }
}

#[test]
fn ndjson_says_what_is_wrong_and_where() {
    let data = Code::InvalidData;
    refused(ndjson("{\"a\":1}\n\n{\"a\":1", &[]), data, &["line 3", "expected `}`", "character 7"]);
    refused(ndjson("{\"a\":1}\n[1]\n", &[]), data, &["line 2", "must be an object"]);
    refused(ndjson("{\"a\":1} {\"a\":2}\n", &[]), data, &["line 1", "follows"]);
    refused(ndjson("{\"a\":1,\"a\":2}\n", &[("schema", "a:int8")]), data, &["\"a\" is given twice"]);
    let many = "{\"a\":{\"b\":[1]}}\n".repeat(5);
    let pairs = &[("infer_rows", "5")][..];
    refused(
        ndjson(&(many.clone() + "{\"a\":{\"b\":[1,2.5]}}"), pairs),
        data,
        &["line 6", "column `a.b[1]`", "2.5 is not list<int64>", "first 5 rows", "schema=a:utf8"],
    );
    refused(
        ndjson(&(many.clone() + "{\"a\":{\"c\":1}}"), pairs),
        data,
        &["line 6", "field `a.c`", "schema=a:utf8"],
    );
    refused(ndjson(&(many.clone() + "{\"d\":1}"), pairs), data, &["line 6", "field `d`", "infer_rows"]);
    refused(
        ndjson(&(many + "{\"a\":3}"), pairs),
        data,
        &["line 6", "column `a`", "3 is not struct<b:list<int64>>"],
    );
    refused(
        ndjson("{\"a\":null}", &[("schema", "a:int8 not null")]),
        data,
        &["column `a`", "null is not int8 not null"],
    );
    refused(
        ndjson("{}", &[("schema", "a:int8 not null")]),
        data,
        &["column `a`", "null is not int8 not null"],
    );
    refused(ndjson("{}\n{}\n", &[]), data, &["no columns"]);
    refused(read(named("ndjson"), b"{\"a\":\"\xff\"}", &ReadOptions::default()), data, &["line 1", "UTF-8"]);
}

#[test]
fn json_is_one_array_of_objects() {
    let json = |text: &str| read(named("json"), text.as_bytes(), &ReadOptions::default());
    let batch =
        json("\u{feff} [\n {\"a\": 1, \"s\": \"],}\\\"\"},\n\n {\"a\": 2,\n  \"s\": \"\"} ]\n").unwrap();
    assert_eq!(rows(&batch), ["1|],}\"", "2|"]);
    let data = Code::InvalidData;
    refused(json("{\"a\":1}"), data, &["one array of objects", "use ndjson"]);
    refused(json("[]"), data, &["no columns"]);
    refused(json("[{\"a\":1},"), data, &["never closed"]);
    refused(json("[{\"a\":1}\n\n{\"a\":1}]"), data, &["line 1"]);
    refused(json("[{\"a\":1},\n\n{\"a\":x}]"), data, &["line 3", "expected a value"]);
    refused(json("[{\"a\":1},]"), data, &["line 1"]);
    refused(json("[{\"a\":1}]]"), data, &["follows the end"]);
}

#[test]
fn batches_are_bounded() {
    let text = "a\n".to_owned() + &"1\n".repeat(100);
    let options = ReadOptions { batch_rows: 7, ..ReadOptions::default() };
    let reader = named("csv").read(super::file(text.as_bytes()), &options).unwrap();
    let sizes: Vec<usize> = reader.map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!((sizes.len(), sizes[0], sizes[14]), (15, 7, 2));
    // Rows of a megabyte: batches end by bytes.
    let row = format!("{}\n", "x".repeat(1 << 20));
    let text = "a\n".to_owned() + &row.repeat(70);
    let reader = named("csv").read(super::file(text.as_bytes()), &ReadOptions::default()).unwrap();
    let sizes: Vec<usize> = reader.map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!(sizes, [32, 32, 6]);
}
