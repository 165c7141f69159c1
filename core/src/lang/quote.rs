//! Literals, as text that reads back the same.

use std::fmt::Write;

/// A string in double quotes.
pub(super) fn string(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len().saturating_add(2));
    quoted.push('"');
    for character in value.chars() {
        match (simple(character), character) {
            (Some(escape), _) => quoted.push_str(escape),
            (None, hidden) if is_hidden(hidden) => push_escaped(&mut quoted, hidden),
            (None, plain) => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// Bytes in double quotes.
pub(super) fn bytes(value: &[u8]) -> String {
    let mut quoted = String::from("b\"");
    for byte in value {
        match (simple(char::from(*byte)), byte) {
            (Some(escape), _) => quoted.push_str(escape),
            (None, b' '..=b'~') => quoted.push(char::from(*byte)),
            (None, other) => write!(quoted, "\\x{other:02x}").unwrap_or_default(),
        }
    }
    quoted.push('"');
    quoted
}

/// A float in the fewest digits, never without a point or an exponent.
pub(super) fn float(value: f64) -> String {
    format!("{value:?}")
}

fn simple(character: char) -> Option<&'static str> {
    match character {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        '\n' => Some("\\n"),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        _ => None,
    }
}

/// Characters that a reader would not see, or that turn what is around them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn push_escaped(quoted: &mut String, character: char) {
    let written = match u32::from(character) {
        byte @ ..=0xff => write!(quoted, "\\x{byte:02x}"),
        other => write!(quoted, "\\u{other:04x}"),
    };
    written.unwrap_or_default();
}
