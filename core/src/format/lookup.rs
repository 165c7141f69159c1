//! Finding a format by what a request or a file says of itself.

use super::{FORMATS, Format};

/// How a file is compressed as a whole. Taken off before any format sees the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// The format of that media type, whose parameters and letter case do not matter.
pub fn by_media_type(media_type: &str) -> Option<&'static dyn Format> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    FORMATS
        .iter()
        .copied()
        .find(|format| format.media_types().iter().any(|it| it.eq_ignore_ascii_case(essence)))
}

/// The format of that file name extension, with or without its dot, in any letter case.
pub fn by_extension(extension: &str) -> Option<&'static dyn Format> {
    let extension = extension.strip_prefix('.').unwrap_or(extension);
    FORMATS
        .iter()
        .copied()
        .find(|format| format.extensions().iter().any(|it| it.eq_ignore_ascii_case(extension)))
}

/// The format of a file that begins so; `head` should hold its first 64 bytes. Text that is no JSON counts as
/// CSV; bytes of no known format, none at all included, as nothing.
pub fn recognise(head: &[u8]) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.recognises(head))
}

/// How a file that begins so is compressed as a whole.
pub fn compression_of(head: &[u8]) -> Option<Coding> {
    match head {
        [0x1f, 0x8b, ..] => Some(Coding::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Coding::Zstd),
        _ => None,
    }
}

/// `head` as text without its byte order mark and leading white space; none if it is binary. A character
/// that the end of `head` cuts in two does not make it binary.
pub(super) fn text_of(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.contains('\0') {
        return None;
    }
    Some(text.strip_prefix('\u{feff}').unwrap_or(text).trim_start())
}
