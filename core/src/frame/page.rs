//! Pages, read: their first sentence, their parts.

/// The first sentence of a page or a section.
pub(crate) fn first_sentence(page: &str) -> String {
    let paragraph = page.trim_start().split("\n\n").next().unwrap_or_default();
    let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut code = false;
    let end = words.char_indices().find(|(at, c)| {
        code ^= *c == '`';
        let rest = words.get(at.saturating_add(1)..).unwrap_or_default();
        !code && *c == '.' && (rest.is_empty() || rest.starts_with(' '))
    });
    match end {
        Some((at, _)) => words.get(..=at).unwrap_or_default().to_owned(),
        None => words,
    }
}

/// What a page has under its title, before its sections.
pub(crate) fn opening(page: &'static str) -> &'static str {
    let before = page.split("\n## ").next().unwrap_or_default();
    before.split_once('\n').map_or("", |(_, rest)| rest.trim())
}

/// The title of a page.
pub(crate) fn title(page: &'static str) -> &'static str {
    page.lines().next().unwrap_or_default().trim_start_matches("# ")
}

/// The section of that name, without its heading.
pub(crate) fn section(page: &'static str, name: &str) -> Option<&'static str> {
    let sections = page.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.into_iter().find(|(heading, _)| *heading == name).map(|(_, text)| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_outside_of_code() {
        assert_eq!(
            first_sentence("As `a. b`\nhas 0.5 of it. More.\n\nStill more."),
            "As `a. b` has 0.5 of it."
        );
        assert_eq!(first_sentence("No end"), "No end");
    }

    #[test]
    fn a_page_has_its_parts() {
        let page = "# Sums\n\nOf all.\n\n## a\n\nOne.\n\n## b\n\nTwo.\n";
        assert_eq!((title(page), opening(page)), ("Sums", "Of all."));
        assert_eq!((section(page, "a"), section(page, "b")), (Some("One."), Some("Two.")));
        assert_eq!(section(page, "c"), None);
    }
}
