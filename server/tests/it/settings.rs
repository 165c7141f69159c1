//! The settings' page is the one their rows make.

use std::path::Path;

#[test]
fn the_reference_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/settings.md");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let page = pantile_server::config::page();
    assert!(written == page, "run: pantile config --page > docs/reference/settings.md");
}
