//! Names in messages, and the one somebody probably meant.

/// Names that a message lists.
const LISTED: usize = 20;

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

/// What to write instead of a name that no `what` has, each as `spelt` writes it: the nearest of those that are there, or
/// some of them.
pub fn instead<'a>(
    what: &str,
    name: &str,
    there: impl IntoIterator<Item = &'a str>,
    spelt: impl Fn(&str) -> String,
) -> String {
    let there: Vec<&str> = there.into_iter().collect();
    if let Some(near) = nearest(name, there.iter().copied()) {
        return format!("did you mean `{}`?", spelt(near));
    }
    let listed: Vec<String> = there.iter().take(LISTED).map(|name| spelt(name)).collect();
    match there.len().saturating_sub(LISTED) {
        _ if there.is_empty() => format!("there are no {what}s here"),
        0 => format!("{what}s here: {}", listed.join(", ")),
        more => format!("{what}s here: {}, and {more} more", listed.join(", ")),
    }
}

/// So many characters of a text at most, on one line.
pub fn cut(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for character in text.chars().take(most) {
        match character.is_control() {
            true => kept.extend(character.escape_debug()),
            false => kept.push(character),
        }
    }
    if text.chars().nth(most).is_some() {
        kept.push('…');
    }
    kept
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
