//! The names a session sees.

/// The one catalog.
pub(crate) const CATALOG: &str = "pantile";
/// The schema of datasets.
pub(crate) const MAIN: &str = "main";
/// Where names without a schema are looked for in a session with temporary tables, which come first there. It has a name
/// for the planner alone.
pub(crate) const OWN: &str = "main+temporary";
/// The schema of system tables.
pub(crate) const SYSTEM: &str = "system";
/// The schema of the standard's own tables.
pub(crate) const INFORMATION: &str = "information_schema";

/// `name` as SQL must write it: quoted where folding to lower case would change it.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_folding_leaves_alone_stay_bare() {
        assert_eq!(quoted("flights"), "flights");
        assert_eq!(quoted("Flights"), "\"Flights\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("1st"), "\"1st\"");
    }
}
