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
    !external && !changing(sql) && !snapshot.views.values().any(|view| changing(&view.text))
}

fn changing(sql: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    sql.split(|c| !word(c)).any(|found| CHANGING.iter().any(|changing| changing.eq_ignore_ascii_case(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        assert!(!changing("SELECT knows, nowhere FROM flights"));
        assert!(changing("select Now()"));
        assert!(changing("SELECT * FROM system.queries"));
    }
}
