//! What texts may not do, however they are made: take long, take the stack, go past a limit.

use std::time::{Duration, Instant};

use pantile_core::Code;
use pantile_core::lang::{Limits, parse};
use proptest::prelude::*;

use super::{read, refused};

const MEGABYTE: usize = 1 << 20;

/// The unit, as often as a megabyte holds it.
fn megabyte(unit: &str) -> String {
    unit.repeat(MEGABYTE / unit.len())
}

/// Reads the text on a small stack, and tells how long that took.
fn timed(text: String) -> (Option<&'static str>, Duration) {
    let work = move || {
        let begun = Instant::now();
        let read = parse(&text, &Limits::default());
        let limit = read.as_ref().err().and_then(|error| error.limit_met().map(|limit| limit.name));
        drop(read);
        (limit, begun.elapsed())
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap()
}

#[test]
fn a_megabyte_of_anything_is_refused_at_once() {
    for unit in [
        "[",
        "(",
        "{",
        "-",
        "~",
        "+",
        "not ",
        "lambda: ",
        "a**",
        "a if b else ",
        "f\"{f'{",
        "x.y",
        ".y",
        "x[",
        "f(",
        "a+",
        "a=",
        "a,",
        "[],",
        "1,",
        "'a' ",
        "''",
        "a;",
        ";",
        ",",
        ":",
        "x[::",
        "{a:",
        "(a,",
        "\\\n",
        "`",
        "\"",
        "'",
        "'''",
        "@",
        "*",
        "=",
        "a<",
        "a:",
        "match a:\n",
        "if a:\n ",
        " ",
        "\t",
        "\n a",
        "a\n",
        "...",
        ".",
        ")",
        "]",
        "0xf",
        "1e",
        "1_",
        "\u{feff}",
        "é",
        "“",
        "\0",
        "\r",
        "async ",
        "await ",
        "a@",
        "a or ",
        "a.b(",
        "a[0]",
        "a()",
        "f(a=",
        "a=a;",
        "type x=",
        "$",
        "\\",
        "a\\\n",
        "#",
        "\\N{",
        "b'",
        "[[]",
        "()",
        "(-",
    ] {
        let (_, took) = timed(megabyte(unit));
        assert!(took < Duration::from_secs(2), "{unit:?} took {took:?}");
    }
}

#[test]
fn depth_is_refused_by_its_name() {
    let nest = |open: &str, close: &str| format!("{}a{}", open.repeat(300), close.repeat(300));
    for text in [
        nest("(", ")"),
        nest("[", "]"),
        nest("f(", ")"),
        nest("x[", "]"),
        nest("{1: ", "}"),
        nest("-", ""),
        nest("a ** ", ""),
        nest("", ".a"),
        nest("", "()"),
        nest("", "[0]"),
        nest("a < ", ""),
        nest("x[:", "]"),
        format!("1{}", " + 1".repeat(10_000)),
        format!("f(a, [b{}])", " | c".repeat(10_000)),
    ] {
        let error = refused(&text);
        let limit = error.limit_met().unwrap();
        assert_eq!((limit.name, limit.max, error.code()), ("program_depth", 200, Code::LimitProgram));
        assert!(limit.got > 200 && error.position().is_some() && error.hint().is_some());
        assert!(error.to_string().contains("limit `program_depth` allows 200"), "{error}");
    }
    // Wide is not deep.
    read(&format!("f({}1)", "a.b().c() + d ** -e, ".repeat(5_000)));
    read(&vec!["col(\"a\").is_null()"; 150].join(" + "));
}

#[test]
fn the_deepest_that_can_be_allowed_fits_a_stack() {
    let deep = |open: &str, close: &str| format!("{}a{}", open.repeat(990), close.repeat(990));
    let texts = [
        deep("(", ")"),
        deep("f(", ")"),
        deep("{1: ", "}"),
        deep("-", ""),
        deep("a ** ", ""),
        deep("", ".a"),
    ];
    let work = move || {
        for text in texts {
            let limits = Limits { depth: usize::MAX, ..Limits::default() };
            let program = parse(&text, &limits).unwrap();
            assert_eq!(parse(&program.to_string(), &limits).as_ref(), Ok(&program.canonical()));
            assert!(parse(&format!("[[[[[[[[[[[[{text}]]]]]]]]]]]]"), &limits).is_err());
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn other_limits_are_refused_by_their_names() {
    let met = |text: &str, limits: &Limits| {
        let limit = parse(text, limits).unwrap_err().limit_met().cloned().unwrap();
        (limit.name, limit.got, limit.max)
    };
    let limits = Limits::default();
    assert_eq!(met(&" ".repeat(MEGABYTE + 1), &limits), ("program_bytes", 1_048_577, 1_048_576));
    assert_eq!(met(&"a,".repeat(60_000), &limits), ("program_literal_elements", 50_001, 50_000));
    assert_eq!(
        met(&format!("f([{}])", "1,".repeat(50_001)), &limits),
        ("program_literal_elements", 50_001, 50_000)
    );
    assert_eq!(met(&format!("f({})", "a,".repeat(150_000)), &limits), ("program_nodes", 100_001, 100_000));
    let wide = Limits { text_bytes: 8 << 20, ..Limits::default() };
    assert_eq!(met(&format!("[{}]", "1, ".repeat(1_000_000)), &wide).0, "program_literal_elements");
    read(&format!("x.is_in([{}])", "1,".repeat(50_000)));
    let small = Limits { nodes: 5, depth: 3, ..Limits::default() };
    parse("f(a.b, 1)", &small).unwrap();
    assert_eq!(met("f(a.b, 1, 2)", &small), ("program_nodes", 6, 5));
    assert_eq!(met("f(-(a))", &small), ("program_depth", 4, 3));
}

const WORDS: &[&str] = &[
    "a", "b", "a", "b", "1", "2.5", "'x'", "b'y'", "\"", "'", "'''", "f'", "{", "}", "(", ")", "[", "]", ",",
    ":", "=", "==", "<", "+", "-", "*", "**", "~", "@", "&", ".", "...", ";", "\n", "\n  ", "\\\n", "#",
    "not", "and", "in", "is", "if", "else", "for", "lambda", "match", "case", "type", "def", "import",
    "yield", "await", "True", "None", ":=", "+=", "->", "!", "0xf", "1e", "2j", "é", "\0", "\r", "\u{feff}",
    "\u{a0}", "\\N{", "\\u", "\\", "r'", "_", "v1",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_words_are_too_strange(words in prop::collection::vec(prop::sample::select(WORDS), 0..40), gap in " ?") {
        steady(&words.join(&gap));
    }

    #[test]
    fn nor_any_characters(text in "(\\PC|[\\n\\r\\t\\x00-\\x1f]){0,80}") {
        steady(&text);
    }

    #[test]
    fn nor_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        steady(&String::from_utf8_lossy(&bytes));
    }
}

/// An answer or a refusal that has a place; never a panic; and what is read can be written.
fn steady(text: &str) {
    match parse(text, &Limits::default()) {
        Ok(program) => {
            assert_eq!(parse(&program.to_string(), &Limits::default()).as_ref(), Ok(&program), "{text:?}");
            let _ = program.hash();
        }
        Err(error) => assert!(error.position().is_some(), "{text:?}: {error}"),
    }
}
