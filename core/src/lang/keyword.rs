//! Words of Python's that expressions do not have, and what to write instead.

/// Where a word stands.
pub(super) struct Place<'t> {
    /// Whether a statement begins with it.
    pub(super) opens_statement: bool,
    /// Whether an operand stands on its left.
    pub(super) has_left: bool,
    /// What follows it.
    pub(super) rest: &'t str,
}

/// What a statement's word is refused with.
const STATEMENTS: &str = "write `name = expression` as often as needed, then one expression";
const CHOICE: &str = "write `when(condition).then(x).otherwise(y)`";
const COLUMNS: &str = "write what is done as an expression over columns: `col(\"a\") * 2`";

/// Words that Python keeps for itself, sorted.
const RESERVED: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a word can be no name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether a word is a literal.
pub(super) fn is_literal(word: &str) -> bool {
    matches!(word, "None" | "True" | "False")
}

/// What is said of a reserved word that is no literal, and the hint.
pub(super) fn refusal(word: &str, place: &Place<'_>) -> (String, &'static str) {
    let (form, hint) = match word {
        "and" => ("`and`", "write `&` between conditions in brackets: `(a > 1) & (b < 2)`"),
        "or" => ("`or`", "write `|` between conditions in brackets: `(a > 1) | (b < 2)`"),
        "not" if place.has_left => ("`not in`", "write `~x.is_in([…])`"),
        "not" => ("`not`", "write `~` before a condition in brackets: `~(a > 1)`"),
        "in" => ("`in`", "write `x.is_in([…])`"),
        "is" => identity(place.rest),
        "if" | "else" if !place.opens_statement => ("`x if condition else y`", CHOICE),
        "if" | "elif" | "else" => ("`if` statements", CHOICE),
        "lambda" => ("`lambda`", COLUMNS),
        "def" => ("`def`", COLUMNS),
        "for" if !place.opens_statement => {
            ("comprehensions", "write the list out, or an expression over the whole column")
        }
        "for" | "while" => ("loops", "write an expression over the whole column: it meets every row"),
        "import" | "from" => ("imports", "every verb and function is there without one"),
        "return" => ("`return`", "the last line is the result: write its expression alone"),
        "yield" => ("`yield`", STATEMENTS),
        "await" | "async" => ("`async` and `await`", STATEMENTS),
        "with" => ("`with`", STATEMENTS),
        "try" | "except" | "finally" => ("`try`", STATEMENTS),
        "as" => ("`as`", "write `.alias(\"name\")`, or `name=` before an argument"),
        _ => return (format!("expressions have no `{word}`"), STATEMENTS),
    };
    (format!("expressions have no {form}"), hint)
}

/// `is`, by what it is compared with.
fn identity(rest: &str) -> (&'static str, &'static str) {
    let rest = rest.trim_start();
    let without_not = rest.strip_prefix("not").map(str::trim_start);
    match (without_not.unwrap_or(rest).starts_with("None"), without_not.is_some()) {
        (true, false) => ("`is`", "write `x.is_null()`"),
        (true, true) => ("`is not`", "write `x.is_not_null()`"),
        (false, false) => ("`is`", "write `==`"),
        (false, true) => ("`is not`", "write `!=`"),
    }
}
