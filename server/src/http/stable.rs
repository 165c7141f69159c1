//! Whether an answer may be known by a tag: whether the same text over the same snapshot gives the same rows.

use pantile_core::catalog::Snapshot;

/// Words that make an answer depend on more than its snapshot: the clock, chance, the server's own state.
const CHANGING: &[&str] = &[
    "now",
    "today",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "random",
    "uuid",
    "gen_random_uuid",
    "system",
    "information_schema",
    "show",
    "explain",
    "describe",
    "set",
    "version",
];

/// Whether `sql` gives the same rows as long as the snapshot is the same. Decided by its words alone, and
/// those of all views, in doubt against it: a text that only mentions `now` in a string goes without a tag.
pub(super) fn stable(sql: &str, snapshot: &Snapshot) -> bool {
    let external = snapshot.tables.values().any(|table| table.external.is_some());
    // Files of arrays at a location may change, too; a view that reads one says `array`.
    let elsewhere = snapshot.arrays.values().any(|array| array.is_elsewhere());
    let changing = |text: &str| has_word(text, CHANGING) || (elsewhere && has_word(text, &["array"]));
    !external && !changing(sql) && !snapshot.views.values().any(|view| changing(&view.text))
}

fn has_word(text: &str, words: &[&str]) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c| !part(c)).any(|found| words.iter().any(|word| word.eq_ignore_ascii_case(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        let changing = |sql: &str| has_word(sql, CHANGING);
        assert!(!changing("SELECT knows, nowhere FROM flights"));
        assert!(changing("select Now()"));
        assert!(changing("SELECT * FROM system.queries"));
    }
}
