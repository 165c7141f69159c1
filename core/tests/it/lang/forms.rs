//! What programs look like: read, written, in canonical form.

use pantile_core::lang::{Kind, Limits, Span, parse};

use super::{read, written};

#[test]
fn a_program_is_written_as_people_write_it() {
    for same in [
        "late = table(\"flights\").filter(col(\"dep_delay\") > 60)\n\
         late.group_by(\"carrier\").agg(n=count(), mean=col(\"dep_delay\").mean()).sort(\"n\", descending=True)",
        "mean(hypot(gradient(z, axis=0), gradient(z, axis=1)), axis=1)",
        "x[1:2, ..., ::3, :]",
        "x[()]",
        "x[1,]",
        "x[:]",
        "x[a + 1:b, (1, 2)]",
        "()",
        "(1,)",
        "[]",
        "{}",
        "{\"a\": [1, 2.5], b: None}",
        "-x ** -y ** z",
        "(-x) ** 2",
        "(a ** b) ** c",
        "a - (b - c) - d",
        "~(a > 1) & (b == 2) | c",
        "(a < b) < c",
        "a << 1 + b // c @ d % e",
        "-(-1).abs()",
        "(1).real + 1.5.real + 2.0j.imag",
        "1[0] + \"a\"[0] + ....x",
        "-9223372036854775808",
        "18446744073709551615",
        "1e16 + 1e-7 + 0.1 + 5e-324",
        "b\"\\x00a\\\"\\xff\"",
        "\"\\\"\\\\\\n\\t\\x07\\u202eé😀'\"",
        "match(type, case=_)",
        "match = 1\nmatch[match]",
        "type = 1\ntype - type",
        "(-a)(b)",
        "(a + b)[c].d",
    ] {
        assert_eq!(written(same), same);
    }
}

#[test]
fn spellings_come_to_one() {
    for (text, form) in [
        ("  \n\n# why\n'a' \"b\" '''c\nd'''  # and\n\n", "\"abc\\nd\""),
        ("x=1 ; y = 2;\nx+y", "x = 1\ny = 2\nx + y"),
        ("(a) + ((b))", "a + b"),
        ("r'\\d' + u'\\N{BULLET}' + rb'\\x'", "\"\\\\d\" + \"•\" + b\"\\\\x\""),
        ("0xFF + 0o17 + 0b11 + 1_000 + 1_0.5_0 + 1E3 + 2J", "255 + 15 + 3 + 1000 + 10.5 + 1000.0 + 2.0j"),
        ("f(a,\n  b,  # one\n  c=1,\n)", "f(a, b, c=1)"),
        ("(table('t')\n  .head(5)\n  . tail(1))", "table(\"t\").head(5).tail(1)"),
        ("a + \\\n b", "a + b"),
        ("1, 2", "(1, 2)"),
        ("x[(1, 2)]", "x[1, 2]"),
        ("x[1:2:]", "x[1:2]"),
        ("'''a\r\nb'''\r\n", "\"a\\nb\""),
        ("\u{feff}ﬁ + é", "fi + é"),
    ] {
        assert_eq!(written(text), form, "{text:?}");
    }
}

#[test]
fn nodes_know_what_they_are_and_where() {
    let program = read("# é\nx = col('é') ; y = f(x, b=x.c)\ny + x");
    let names: Vec<&str> = program.bindings().iter().map(|binding| binding.name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
    let free: Vec<(&str, u64, u64)> = program
        .free_names()
        .iter()
        .map(|free| (free.name, program.position(free.span).line, program.position(free.span).column))
        .collect();
    assert_eq!(free, [("col", 2, 5), ("f", 2, 20)]);
    let result = program.node(program.result());
    assert_eq!(program.words(result.span), "y + x");
    let Kind::Binary { left, .. } = &result.kind else { panic!("{result:?}") };
    let Kind::Bound(y) = program.node(*left).kind else { panic!() };
    let y = program.binding(y).unwrap();
    assert_eq!((y.name.as_str(), program.words(y.name_span)), ("y", "y"));
    let Kind::Call { keywords, args, .. } = &program.node(y.node).kind else { panic!() };
    assert_eq!((args.len(), keywords[0].name.as_str()), (1, "b"));
    assert_eq!(program.words(keywords[0].name_span.0), "b");
    assert_eq!(program.words(program.node(keywords[0].value).span), "x.c");
    assert_eq!(program.words(Span { start: 1, end: 3 }), "");
    for (id, node) in program.nodes() {
        assert!(node.kind.children().iter().all(|child| *child < id));
    }
    assert_eq!(program.depth(), 5);
}

fn canonical(text: &str) -> String {
    read(text).canonical().to_string()
}

#[test]
fn the_canonical_form_says_only_what_is_computed() {
    for (text, form) in [
        ("t = table('t')\nt.head(5)", "table(\"t\").head(5)"),
        ("a = x + 1\nb = a\nb * a", "v1 = x + 1\nv1 * v1"),
        ("a = x + 1\na * 2", "(x + 1) * 2"),
        ("i = (1, 2)\nx[i]", "x[1, 2]"),
        ("a = b\nc = a\nc", "b"),
        ("p = f(1)\nq = f(2)\nq + q + p + p", "v1 = f(2)\nv2 = f(1)\nv1 + v1 + v2 + v2"),
        ("p = f(1)\nq = g(p, p)\nq + q", "v1 = f(1)\nv2 = g(v1, v1)\nv2 + v2"),
        ("a = v1\nb = a + v3\nb * b", "v2 = v1 + v3\nv2 * v2"),
        ("n = 5\nf(n, b=n, a=1)", "v1 = 5\nf(v1, b=v1, a=1)"),
        ("f(g(1), g(1))", "f(g(1), g(1))"),
    ] {
        assert_eq!(canonical(text), form, "{text:?}");
    }
}

#[test]
fn what_says_the_same_hashes_the_same() {
    let one = read("t = table('t') # the table\nt.filter( (col('a')>1) ).join(t, on=\"k\")");
    let other =
        read("x = \"t\"\nother = table(x)\ncond = col(\"a\") > 1\nother.filter(cond).join(other, on='k')");
    assert_ne!(one, other);
    assert_eq!(one.hash(), other.hash());
    assert_eq!(one.canonical(), other.canonical());
    assert_eq!(read("p = f(1); q = g(1); p+p+q+q").hash(), read("q = g(1); p = f(1); p+p+q+q").hash());
    for different in ["f(a=1, b=2)", "f(b=2, a=1)", "f(1, b=2)", "f(a=1.0, b=2)"] {
        let same = ["f(a=1, b=2)", "f(b=2, a=1)", "f(1, b=2)", "f(a=1.0, b=2)"].iter();
        assert_eq!(same.filter(|text| read(text).hash() == read(different).hash()).count(), 1);
    }
    let place = one.canonical();
    assert_eq!(place.words(place.node(place.result()).span), one.words(one.node(one.result()).span));
}

#[test]
fn what_would_be_too_deep_in_place_stays_bound() {
    let mut text = "x0 = a + 1\n".to_owned();
    for step in 1..1000 {
        text.push_str(&format!("x{step} = (x{} + {step}) * 2\n", step - 1));
    }
    text.push_str("x999");
    let program = read(&text);
    assert_eq!(program.depth(), 2 + 999 * 2);
    let canonical = program.canonical();
    assert!((10..30).contains(&canonical.bindings().len()), "{}", canonical.bindings().len());
    let again = parse(&canonical.to_string(), &Limits::default()).unwrap();
    assert_eq!(again, canonical);
    assert_eq!(again.canonical(), canonical);
    assert_eq!(again.depth(), program.depth());
}
