//! What a setting's value may be: bytes, time, shares, plain text; how each is read and shown.

use std::path::PathBuf;
use std::time::Duration;

/// A type of settings.
pub trait Unit: Sized {
    /// What the reference page calls it.
    const NAME: &'static str;
    /// The value that `text` means, or what is wrong with it.
    fn parse(text: &str) -> Result<Self, String>;
}

/// A number of bytes: `512`, `64KiB`, `1.5GiB`, `10GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

/// A number of bytes, or a share of what there is: `2GiB`, `80%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths.
    Percent(u64),
}

/// A length of time: `250ms`, `30s`, `5m`, `1h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// Text that may be left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub String);

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Amount {
    /// The bytes it means where there are `whole` of them.
    pub fn of(self, whole: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(share) => (whole / 100).saturating_mul(share),
        }
    }
}

impl Unit for ByteSize {
    const NAME: &'static str = "bytes";
    fn parse(text: &str) -> Result<Self, String> {
        bytes(text).map(Self)
    }
}

impl Unit for Amount {
    const NAME: &'static str = "bytes or percent";
    fn parse(text: &str) -> Result<Self, String> {
        match text.trim().strip_suffix('%').map(str::trim_end) {
            None => bytes(text).map(Self::Bytes),
            Some(share) => match share.parse() {
                Ok(share @ 1..=100) => Ok(Self::Percent(share)),
                _ => Err(format!("`{text}` is not a share from 1% to 100%")),
            },
        }
    }
}

impl Unit for Span {
    const NAME: &'static str = "time";
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time such as 250ms, 30s, 5m, 1h or 7d");
        let (number, unit) = split(text);
        let seconds = match unit {
            "ms" => 0.001,
            "s" | "" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return Err(wrong()),
        };
        let number: f64 = number.parse().map_err(|_| wrong())?;
        Duration::try_from_secs_f64(number * seconds).map(Self).map_err(|_| wrong())
    }
}

impl Unit for LogFormat {
    const NAME: &'static str = "text or json";
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is neither text nor json")),
        }
    }
}

impl Unit for Text {
    const NAME: &'static str = "text";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

impl Unit for PathBuf {
    const NAME: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("an empty path".to_owned()) } else { Ok(Self::from(text)) }
    }
}

impl Unit for bool {
    const NAME: &'static str = "true or false";
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" | "" => Ok(false),
            _ => Err(format!("`{text}` is neither true nor false")),
        }
    }
}

impl Unit for usize {
    const NAME: &'static str = "number";
    fn parse(text: &str) -> Result<Self, String> {
        text.replace('_', "").parse().map_err(|_| format!("`{text}` is not a whole number"))
    }
}

fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a number of bytes such as 65536, 64KiB, 1.5GiB or 10GB");
    let (number, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or_else(wrong);
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let product = number * factor as f64;
    // 2^53: beyond it a fraction of a unit says less than it seems to.
    if (0.0..9_007_199_254_740_992.0).contains(&product) { Ok(product as u64) } else { Err(wrong()) }
}

/// The number and the unit after it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_and_times_read_as_people_write_them() {
        assert_eq!(ByteSize::parse("64 KiB").unwrap().0, 65_536);
        assert_eq!(ByteSize::parse("1.5GiB").unwrap().0, 1_610_612_736);
        assert_eq!(Amount::parse("80%").unwrap().of(1000), 800);
        assert_eq!(Span::parse("250ms").unwrap().0, Duration::from_millis(250));
        assert_eq!(Span::parse("7d").unwrap().0, Duration::from_secs(604_800));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x", "-1", "1 furlong", "99999999999999999999", "1e400"] {
            assert!(ByteSize::parse(text).is_err(), "{text}");
            assert!(Span::parse(text).is_err() || text == "99999999999999999999", "{text}");
        }
        assert!(Amount::parse("0%").is_err() && Amount::parse("101%").is_err());
    }
}
