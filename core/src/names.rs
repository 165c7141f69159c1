//! The name somebody probably meant.

/// The candidate nearest to `name`, where one is near enough to be what was meant: the same but for case,
/// or at most a third of its letters away (Damerau–Levenshtein).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let reach = (lower.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or nothing: the end of a message about a name that is not known.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["flights", "airlines", "airports"];
        assert_eq!(nearest("fligths", names), Some("flights"));
        assert_eq!(nearest("Flights", names), Some("flights"));
        assert_eq!(nearest("weather", names), None);
    }
}
