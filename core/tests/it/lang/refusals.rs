//! What is refused, where, and what is told.

use pantile_core::Code;

use super::refused;

/// Each text, the place it is refused at, and a part of the message and of the hint.
const REFUSED: &[(&str, (u64, u64), &str, &str)] = &[
    ("a and b", (1, 3), "expressions have no `and`", "`(a > 1) & (b < 2)`"),
    ("a or b", (1, 3), "expressions have no `or`", "`|`"),
    ("not a", (1, 1), "expressions have no `not`", "`~(a > 1)`"),
    ("a in b", (1, 3), "expressions have no `in`", "`x.is_in([…])`"),
    ("a not in b", (1, 3), "expressions have no `not in`", "`~x.is_in([…])`"),
    ("a is None", (1, 3), "expressions have no `is`", "`x.is_null()`"),
    ("a is not None", (1, 3), "expressions have no `is not`", "`x.is_not_null()`"),
    ("a is b", (1, 3), "expressions have no `is`", "`==`"),
    ("x = 1 if a else 2", (1, 7), "no `x if condition else y`", "`when(condition).then(x).otherwise(y)`"),
    ("if a:\n  b", (1, 1), "no `if` statements", "when("),
    ("f(lambda x: x)", (1, 3), "no `lambda`", "over columns"),
    ("def f(x):\n  return x", (1, 1), "no `def`", "over columns"),
    ("[x for x in y]", (1, 4), "no comprehensions", "whole column"),
    ("for x in y:\n  f(x)", (1, 1), "no loops", "whole column"),
    ("while a: b", (1, 1), "no loops", ""),
    ("import os", (1, 1), "no imports", "without one"),
    ("from os import path", (1, 1), "no imports", ""),
    ("with a: b", (1, 1), "no `with`", ""),
    ("try:\n  a", (1, 1), "no `try`", ""),
    ("class A: pass", (1, 1), "no `class`", "`name = expression`"),
    ("return x", (1, 1), "no `return`", "last line"),
    ("del x", (1, 1), "no `del`", ""),
    ("global x", (1, 1), "no `global`", ""),
    ("assert x", (1, 1), "no `assert`", ""),
    ("raise x", (1, 1), "no `raise`", ""),
    ("await x", (1, 1), "no `async` and `await`", ""),
    ("yield x", (1, 1), "no `yield`", ""),
    ("match x:\n  case 1: y", (1, 7), "`x` stands behind `match`", "when("),
    ("match(x):\n  y", (1, 9), "no annotations and no blocks", ""),
    ("type X = int", (1, 6), "`X` stands behind `type`", "`name = expression`"),
    ("@a\nb", (1, 1), "no decorators", ""),
    ("f'{x}'", (1, 1), "no f-strings or t-strings", "plain string"),
    ("a + rF\"x\"", (1, 5), "no f-strings or t-strings", ""),
    ("t'{x}'", (1, 1), "no f-strings or t-strings", ""),
    ("x += 1", (1, 3), "no augmented assignment: `+=`", ""),
    ("x **= 1", (1, 3), "no augmented assignment: `**=`", ""),
    ("x: int = 1", (1, 2), "no annotations", "`name = expression`"),
    ("a = b = c", (1, 7), "no assignment to several names", "one name"),
    ("a ~", (1, 3), "`~` stands behind `a`", ""),
    ("~", (1, 2), "nothing follows `~`", ""),
    ("a, b = c", (1, 1), "no assignment to several names: `a, b`", "one name"),
    ("[a] = c\na", (1, 1), "no assignment to several names", ""),
    ("a.b = c", (1, 1), "no assignment to attributes: `a.b`", ""),
    ("a[0] = c", (1, 1), "no assignment to parts: `a[0]`", ""),
    ("f(x) = c", (1, 1), "invalid assignment target", ""),
    ("1 = c", (1, 1), "invalid assignment target", ""),
    ("f((x := 1))", (1, 6), "no assignment inside an expression: `:=`", ""),
    ("f(*x)", (1, 3), "stars: `*`", "each of them"),
    ("f(**x)", (1, 3), "stars", ""),
    ("[*x]", (1, 2), "stars", ""),
    ("{**x}", (1, 2), "stars", ""),
    ("a = *x", (1, 5), "stars", ""),
    ("{1, 2}", (1, 1), "no sets", "`[…]`"),
    ("{a: 1, b}", (1, 1), "no sets", ""),
    ("{a: }", (1, 5), "a value is missing", ""),
    ("f(a=)", (1, 5), "a value is missing", ""),
    (
        "a < b <= c",
        (1, 1),
        "no chained comparisons: `a < b <= c`",
        "`(a < b) & (b <= c)`, or `b.is_between(a, c)`",
    ),
    (
        "c == 'UA' & o == 'JFK'",
        (1, 1),
        "no chained comparisons",
        "write brackets around each comparison: `(c == 'UA') & (o == 'JFK')`",
    ),
    ("a < b | c > d", (1, 1), "no chained comparisons", "`(a < b) | (c > d)`"),
    ("a < (b | c) > d", (1, 1), "no chained comparisons", ".is_between("),
    ("f(a=1, a=2)", (1, 8), "the argument `a` is given twice", ""),
    ("f(a=1, 2)", (1, 8), "positional argument cannot follow keyword argument", ""),
    ("f(a.b=1)", (1, 6), "`=` has no place here", "`==`"),
    ("(a = 1)", (1, 4), "`=` has no place here", "`==`"),
    ("f(a=b=c)", (1, 6), "`=` has no place here", ""),
    ("1\n2", (1, 1), "the value of `1` is never used", "bind it"),
    ("a = 1", (1, 1), "ends with an assignment to `a`", "`a` for one"),
    ("", (1, 1), "the program is empty", ""),
    ("# nothing\n\n", (3, 1), "the program is empty", ""),
    ("a = 1\na = 2\na", (2, 1), "`a` is bound in line 1 already", "another"),
    ("a = 1\nb = 2\nb", (1, 1), "`a` is bound and never used", "delete"),
    ("b = a\na = 1\na + b", (1, 5), "`a` is used here, and bound in line 2", "before"),
    ("x = x + 1\nx", (1, 5), "`x` is used here, and bound in line 1", "another name"),
    ("table('t')\n.head()", (2, 1), "a statement begins with `.`", "brackets around"),
    ("table('t')\n  .head()", (2, 3), "blanks stand before `.`", "brackets around"),
    ("a +\nb", (1, 4), "nothing follows `+`", "brackets around"),
    ("a = ", (1, 5), "nothing follows `=`", ""),
    ("= a", (1, 1), "nothing stands before `=`", ""),
    ("a b", (1, 3), "`b` stands behind `a` with nothing between", "operator"),
    ("SELECT a FROM t", (1, 8), "`a` stands behind `SELECT`", "SQL"),
    ("a && b", (1, 4), "nothing stands before `&`", "`&` once"),
    ("a <> b", (1, 4), "nothing stands before `>`", "`!=`"),
    ("a ~b", (1, 3), "`~` stands behind `a`", ""),
    ("f(a", (1, 2), "`(` is never closed", ""),
    ("f(a]", (1, 4), "`]` stands where `(` should be closed", ""),
    ("a)", (1, 2), "`)` closes nothing", ""),
    ("f(,)", (1, 3), "nothing stands before `,`", ""),
    ("x[]", (1, 3), "nothing stands in the square brackets", ""),
    ("[1:2]", (1, 3), "`:` has no place here", "`x[1:2]`"),
    ("x[1:2:3:4]", (1, 8), "`:` has no place here", ""),
    ("x[(1:2)]", (1, 5), "`:` has no place here", ""),
    ("a;;b", (1, 3), "nothing stands before `;`", ""),
    ("a.", (1, 3), "nothing follows `.`", ""),
    ("a.in", (1, 3), "`in` cannot be a name behind `.`", ""),
    ("a.5", (1, 2), "`.5` stands behind `a`", ""),
    ("'a", (1, 1), "a string begins here and never ends", ""),
    ("'''a\n'", (1, 1), "a string begins here and never ends", ""),
    ("a $ b", (1, 3), "`$` means nothing", ""),
    ("!a", (1, 1), "`!` means nothing", "`~(a > 1)`"),
    ("col(“a”)", (1, 5), "unexpected token", "straight quotes"),
    ("é + 'é' + \"\\ud800\"", (1, 11), "`\\ud800` is half a character", ""),
    ("18446744073709551616", (1, 1), "does not fit an integer of 64 bits", "float"),
    ("1e400", (1, 1), "`1e400` does not fit a float", "`inf`"),
    ("1e400j", (1, 1), "`1e400j` does not fit a float", ""),
    ("ｉｆ", (1, 1), "reads as `if`", ""),
    ("f(ｉｎ=1)", (1, 3), "reads as `in`", ""),
    ("0777", (1, 1), "", ""),
    ("'a' b'b'", (1, 1), "bytes literal cannot be mixed", ""),
    ("'\\N{NO SUCH NAME}'", (1, 5), "", ""),
    ("0xfor 1", (1, 4), "no `or`", ""),
    ("a\u{a0}+ b", (1, 2), "", ""),
];

#[test]
fn each_refusal_tells_where_and_what_instead() {
    for (text, place, said, hint) in REFUSED {
        let error = refused(text);
        let position = error.position().unwrap();
        let told = error.to_string();
        assert!(told.contains(said), "{text:?}: {told}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{text:?}: {told} ({:?})", error.hint());
        assert_eq!((position.line, position.column), *place, "{text:?}: {told}");
        assert_eq!(error.code(), Code::InvalidProgram, "{text:?}");
        assert_eq!(error.limit_met(), None);
        assert!(!told.ends_with('.') && !told.starts_with(char::is_uppercase), "{told}");
    }
}

#[test]
fn words_are_cut() {
    let several = refused("f('''\u{7}\n''')\n1");
    assert_eq!(several.to_string(), "the value of `f('''\\u{7}…` is never used");
    let long = refused(&format!("{}\n1", "x".repeat(100)));
    assert_eq!(long.words(), Some(format!("{}…", "x".repeat(40)).as_str()));
}
