//! Types in what Polars says, spelt as programs spell them: `list[i64]` is `List(Int64)`.

/// Types that are a word, as Polars spells them and as programs do.
const WORDS: &[(&str, &str)] = &[
    ("bool", "Boolean"),
    ("cat", "Categorical"),
    ("f32", "Float32"),
    ("f64", "Float64"),
    ("i16", "Int16"),
    ("i32", "Int32"),
    ("i64", "Int64"),
    ("i8", "Int8"),
    ("str", "String"),
    ("u16", "UInt16"),
    ("u32", "UInt32"),
    ("u64", "UInt64"),
    ("u8", "UInt8"),
];
/// The same of words that are English, too.
const ENGLISH: &[(&str, &str)] =
    &[("binary", "Binary"), ("date", "Date"), ("null", "Null"), ("time", "Time")];
/// Words before which a type stands, behind a column's name.
const AFTER_TYPES: &[&str] = &[" on left", " on right"];
/// Words behind which a type stands.
const BEFORE_TYPES: &[&str] = &[" and ", " dtype ", " dtypes ", " on "];

/// The text with its types as programs spell them. What stands in quotes stays: names do.
pub(super) fn spelt(text: &str) -> String {
    let (mut made, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let is_quote = matches!(first, '"' | '\'') && !made.ends_with(char::is_alphanumeric);
        let found = if is_quote { quoted(rest, first) } else { typed(&made, rest) };
        let (part, behind) = found.unwrap_or_else(|| {
            let (part, behind) = word(rest).unwrap_or_else(|| rest.split_at(first.len_utf8()));
            (part.to_owned(), behind)
        });
        made.push_str(&part);
        rest = behind;
    }
    made
}

/// What stands in quotes there, if they are closed, and what is behind it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let (held, behind) = text.strip_prefix(quote)?.split_once(quote)?;
    Some((format!("{quote}{held}{quote}"), behind))
}

/// The word that the text begins with, and what is behind it.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The type that the text begins with, where one stands behind what is `before` it.
fn typed<'t>(before: &str, text: &'t str) -> Option<(String, &'t str)> {
    let (_, behind) = word(text)?;
    let is_first = before.ends_with('`');
    // A column between backticks has a colon behind it, where Polars goes on with its type.
    if is_first && behind.starts_with("`:") {
        return None;
    }
    let is_of_column = before.ends_with("`: ") && AFTER_TYPES.iter().any(|words| behind.starts_with(words));
    let is_type = is_first && behind.starts_with('`')
        || is_of_column
        || BEFORE_TYPES.iter().any(|words| before.ends_with(words));
    parsed(text, is_type)
}

/// The type that the text begins with, and what is behind it; `is_type` where it can be nothing else.
fn parsed(text: &str, is_type: bool) -> Option<(String, &str)> {
    let (word, behind) = word(text)?;
    let inside = behind.strip_prefix('[');
    let brackets = || inside.and_then(|inside| inside.split_once(']'));
    match word {
        "list" | "array" => {
            let (inner, behind) = parsed(inside?, true)?;
            let (width, behind) = behind.split_once(']')?;
            Some((format!("{}({inner}{width})", if word == "list" { "List" } else { "Array" }), behind))
        }
        "datetime" | "duration" => {
            let (inside, behind) = brackets()?;
            let parts: Vec<String> =
                inside.split(", ").map(|part| format!("{:?}", part.replace('μ', "u"))).collect();
            let name = if word == "datetime" { "Datetime" } else { "Duration" };
            Some((format!("{name}({})", parts.join(", ")), behind))
        }
        "decimal" => brackets().map(|(digits, behind)| (format!("Decimal({digits})"), behind)),
        "struct" => brackets().map(|(_, behind)| ("Struct".to_owned(), behind)),
        "dyn" => {
            let whole = behind.strip_prefix(" int").map(|behind| ("an integer", behind));
            let number = || behind.strip_prefix(" float").map(|behind| ("a number", behind));
            whole.or_else(number).map(|(shown, behind)| (shown.to_owned(), behind))
        }
        _ => {
            let known = WORDS.iter().chain(ENGLISH.iter().filter(|_| is_type));
            let mut found = known.filter(|(theirs, _)| *theirs == word);
            found.next().map(|(_, ours)| ((*ours).to_owned(), behind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spelt;

    #[test]
    fn types_are_spelt_as_programs_spell_them_and_names_stay() {
        for (theirs, ours) in [
            ("arithmetic on dtypes i64 and str", "arithmetic on dtypes Int64 and String"),
            ("- not allowed on str and date", "- not allowed on String and Date"),
            ("list[datetime[μs, UTC]], got `date`", "List(Datetime(\"us\", \"UTC\")), got `Date`"),
            ("array[list[date], 3], struct[2], decimal[38,2]", "Array(List(Date), 3), Struct, Decimal(38,2)"),
            ("`str`: i64 on left, `date`: str", "`str`: Int64 on left, `date`: String"),
            ("`a`: null on left, `b`: date on right", "`a`: Null on left, `b`: Date on right"),
            ("column 'i64' and \"str\" don't cast str", "column 'i64' and \"str\" don't cast String"),
            ("a date, an open list[i64 and a 'quote", "a date, an open list[Int64 and a 'quote"),
            ("str and dyn int, stri8, dyn", "String and an integer, stri8, dyn"),
            ("é[", "é["),
            ("", ""),
        ] {
            assert_eq!(spelt(theirs), ours);
        }
    }
}
