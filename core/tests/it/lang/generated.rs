//! Programs made at random: what is written reads back the same, and what says the same hashes the same.

use pantile_core::lang::{Limits, parse};
use proptest::prelude::*;

use super::read;

/// Names that nothing binds; some are words of Python's where they stand first.
const FREE: &[&str] = &["table", "col", "v1", "v2", "match", "type", "case", "_", "é", "print"];

/// A name that some statement before may have bound: `§2§`.
fn bound() -> impl Strategy<Value = String> {
    (0_usize..5).prop_map(|at| format!("§{at}§"))
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => bound(),
        2 => prop::sample::select(FREE).prop_map(str::to_owned),
        1 => any::<u64>().prop_map(|int| int.to_string()),
        1 => any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(|float| format!("{:?}", float.abs())),
        1 => (0.0..1e9_f64).prop_map(|float| format!("{float:?}j")),
        2 => text(),
        1 => prop::sample::select(&["None", "True", "False", "...", "()", "[]", "{}", "b'\\x00\\'\"é'"][..7])
            .prop_map(str::to_owned),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| {
            format!("b'{}'", bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect::<String>())
        }),
    ]
}

/// A string, in one of Python's spellings.
fn text() -> impl Strategy<Value = String> {
    ("[^§\\r\\x00]{0,8}", 0..4).prop_map(|(value, spelling)| {
        let escaped: String = value.chars().map(|one| format!("\\U{:08x}", u32::from(one))).collect();
        let plain = value.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"");
        match spelling {
            0 => format!("'{escaped}'"),
            1 => format!("\"\"\"{plain}\"\"\""),
            2 => format!("('{}' u\"{escaped}\")", plain.replace('\n', "\\n")),
            _ => format!("'{}'", plain.replace('\n', "\\\n\\n")),
        }
    })
}

/// An expression with brackets around all its parts.
fn expression() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        let sign = prop::sample::select(&["+", "-", "~"][..]);
        let operator = prop::sample::select(
            &["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">="][..],
        );
        prop_oneof![
            4 => (inner.clone(), operator, inner.clone()).prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})")),
            2 => (sign, inner.clone()).prop_map(|(sign, a)| format!("{sign}({a})")),
            2 => inner.clone().prop_map(|a| format!("({a}).name")),
            2 => (inner.clone(), some(), some()).prop_map(|(f, args, named)| {
                let named = named.iter().enumerate().map(|(at, value)| format!("k{at}=({value})"));
                let args = args.iter().map(|arg| format!("({arg})")).chain(named);
                format!("({f})( {} )", args.collect::<Vec<_>>().join(" ,"))
            }),
            2 => (inner.clone(), inner.clone(), some(), 0..8).prop_map(|(of, one, more, form)| {
                let slice = match form {
                    0 => format!("({one})"),
                    1 => ":".to_owned(),
                    2 => format!("({one}):"),
                    3 => format!(":({one})"),
                    4 => format!("::({one})"),
                    5 => format!("({one}):({one}):({one})"),
                    6 => format!("({one}),"),
                    _ => format!("(({one}),)"),
                };
                let more: String = more.iter().map(|index| format!(", ({index})")).collect();
                let more = if form == 6 { String::new() } else { more };
                format!("({of})[{slice}{more}]")
            }),
            1 => some().prop_map(|all| format!("[{}]", all.join(",\n"))),
            1 => some().prop_map(|all| all.iter().fold("(".to_owned(), |text, one| format!("{text}({one}),")) + ")")
                .prop_map(|tuple| if tuple == "(,)" { "()".to_owned() } else { tuple }),
            1 => prop::collection::vec((inner.clone(), inner), 0..3).prop_map(|pairs| {
                let pairs = pairs.iter().map(|(key, value)| format!("({key}): ({value})"));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

/// Expressions, each of which may name those before it; the last names all that is not named else.
fn statements() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(expression(), 1..6).prop_map(|mut statements| {
        for (at, statement) in statements.iter_mut().enumerate() {
            for name in 0..5 {
                let meant = if at == 0 { "t".to_owned() } else { format!("§b{}§", name % at) };
                *statement = statement.replace(&format!("§{name}§"), &meant);
            }
        }
        let last = statements.len() - 1;
        let unused = (0..last).filter(|at| !statements.iter().any(|text| text.contains(&format!("§b{at}§"))));
        let all: Vec<String> = unused.map(|at| format!("§b{at}§")).collect();
        statements[last] = format!("[({}), {}]", statements[last], all.join(", ")).replace(", ]", "]");
        statements
    })
}

/// The program, with the names that are asked for.
fn program(statements: &[String], name: impl Fn(usize) -> String) -> String {
    let named = |text: &str| {
        (0..statements.len()).fold(text.to_owned(), |text, at| text.replace(&format!("§b{at}§"), &name(at)))
    };
    let last = statements.len() - 1;
    let bindings = statements[..last].iter().enumerate();
    let bindings: String = bindings.map(|(at, text)| format!("{} = {}\n", name(at), named(text))).collect();
    bindings + &named(&statements[last])
}

/// The program with what is named once put in the place of its name.
fn in_place(statements: &[String]) -> String {
    let mut statements = statements.to_vec();
    let mut gone = Vec::new();
    for at in 0..statements.len() - 1 {
        let name = format!("§b{at}§");
        let uses: usize = statements.iter().map(|text| text.matches(&name).count()).sum();
        if uses == 1 {
            let put = format!("({})", statements[at]);
            statements.iter_mut().for_each(|text| *text = text.replace(&name, &put));
            gone.push(at);
        }
    }
    let kept: Vec<usize> = (0..statements.len()).filter(|at| !gone.contains(at)).collect();
    let texts = kept.iter().map(|at| {
        let names = kept.iter().enumerate();
        names.fold(statements[*at].clone(), |text, (new, old)| {
            text.replace(&format!("§b{old}§"), &format!("§w{new}§"))
        })
    });
    let texts: Vec<String> = texts.map(|text| text.replace("§w", "§b")).collect();
    program(&texts, |at| format!("w{at}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_reads_back_the_same(statements in statements()) {
        let text = program(&statements, |at| format!("b{at}"));
        let program = read(&text);
        let printed = program.to_string();
        let again = read(&printed);
        prop_assert_eq!(&again, &program, "{}", printed);
        prop_assert_eq!(again.to_string(), &*printed);
        let nodes = program.nodes().len();
        let limits = |nodes| Limits { nodes, ..Limits::default() };
        prop_assert!(parse(&printed, &limits(nodes)).is_ok());
        prop_assert!(parse(&printed, &limits(nodes - 1)).is_err());
    }

    #[test]
    fn what_says_the_same_hashes_the_same(statements in statements()) {
        let one = read(&program(&statements, |at| format!("b{at}")));
        let other = read(&program(&statements, |at| format!("other_{}", 9 - at)));
        let canonical = one.canonical();
        prop_assert_eq!(&canonical, &other.canonical());
        prop_assert_eq!(one.hash(), other.hash());
        prop_assert_eq!(&canonical.canonical(), &canonical);
        prop_assert_eq!(&parse(&canonical.to_string(), &Limits::default()).unwrap(), &canonical);
        prop_assert_eq!(&read(&in_place(&statements)).canonical(), &canonical);
        prop_assert_eq!(canonical.depth(), one.depth());
    }

    #[test]
    fn a_tight_limit_is_kept(statements in statements(), depth in 8_usize..20) {
        let limits = Limits { depth, ..Limits::default() };
        let Ok(one) = parse(&read(&program(&statements, |at| format!("b{at}"))).to_string(), &limits) else {
            return Ok(());
        };
        let canonical = one.canonical();
        let again = parse(&canonical.to_string(), &limits);
        prop_assert_eq!(again.as_ref(), Ok(&canonical));
        prop_assert_eq!(&canonical.canonical(), &canonical);
    }
}
