//! What an answer is to look like: its format, the format's options, its compression.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Version, header};
use pantile_core::format::{self, FORMATS, Format, WriteOptions};
use pantile_core::{Code, did_you_mean, nearest};

use super::coding::Coding;
use super::query::Query;
use crate::error::Problem;

/// Formats in the order in which they are chosen where the caller does not care.
const PREFERRED: &[&str] = &["json", "csv", "ndjson", "text", "arrow"];

/// What an answer is to look like.
#[derive(Clone)]
pub(super) struct Accept {
    /// Its format.
    pub(super) format: &'static dyn Format,
    /// How that is written.
    pub(super) options: WriteOptions,
    /// How the body is compressed.
    pub(super) coding: Coding,
    /// Whether the caller can tell a body of unknown length that broke off from one that ended: not in HTTP/1.0,
    /// where both end with the connection.
    pub(super) sees_breaks: bool,
}

impl Accept {
    /// Names in the query string that speak of the answer's looks.
    pub(super) const KEYS: &'static [&'static str] = &["format"];

    /// The headers that an answer's looks depend on.
    pub(super) const VARY: &'static str = "accept, accept-encoding";

    fn of(headers: &HeaderMap, version: Version, query: &Query) -> Result<Self, Problem> {
        let format = match query.get("format") {
            Some(name) => by_name(name)?,
            None => negotiated(headers)?,
        };
        let options = WriteOptions::parse(query.pairs(WriteOptions::KEYS))?;
        let sees_breaks = version >= Version::HTTP_11;
        Ok(Self { format, options, coding: Coding::of(headers), sees_breaks })
    }

    /// What tells answers of different looks apart.
    pub(super) fn tag(&self) -> String {
        format!("{} {:?} {:?}", self.format.name(), self.options, self.coding)
    }
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(query) = Query::from_request_parts(parts, state).await;
        Self::of(&parts.headers, parts.version, &query)
    }
}

fn writable() -> impl Iterator<Item = &'static dyn Format> + Clone {
    FORMATS.iter().copied().filter(|format| format.writes())
}

fn by_name(name: &str) -> Result<&'static dyn Format, Problem> {
    format::by_name(name).filter(|format| format.writes()).ok_or_else(|| {
        let names: Vec<&str> = writable().map(Format::name).collect();
        let shown: String = name.chars().take(40).collect();
        let meant = did_you_mean(nearest(&shown, names.iter().copied()));
        Problem::new(Code::NotAcceptable, format!("there is no format `{shown}`{meant}"))
            .with("acceptable", names.into())
    })
}

/// The format that `Accept` likes best; of several it likes equally, the one it names first, else the one
/// we prefer.
fn negotiated(headers: &HeaderMap) -> Result<&'static dyn Format, Problem> {
    let ranges = ranges(headers);
    if ranges.is_empty() {
        return by_name("json");
    }
    let preference = |format: &dyn Format| {
        PREFERRED.iter().position(|name| *name == format.name()).unwrap_or(PREFERRED.len())
    };
    writable()
        .filter_map(|format| {
            let (quality, place) = liking(&ranges, format)?;
            (quality > 0).then_some((format, quality, place))
        })
        .min_by_key(|(format, quality, place)| (std::cmp::Reverse(*quality), *place, preference(*format)))
        .map(|(format, ..)| format)
        .ok_or_else(|| {
            let types: Vec<&str> =
                writable().filter_map(|format| format.media_types().first().copied()).collect();
            let asked = ranges.iter().map(|range| range.media.as_str()).collect::<Vec<_>>().join(", ");
            Problem::new(Code::NotAcceptable, format!("no answer can be made as {asked}"))
                .with("acceptable", types.into())
        })
}

/// One range of `Accept`: `text/*;q=0.5`.
struct Range {
    media: String,
    /// In thousandths.
    quality: u16,
}

fn ranges(headers: &HeaderMap) -> Vec<Range> {
    let texts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().filter(|media| !media.is_empty())?.to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some(Range { media, quality: quality.map_or(1000, thousandths) })
        })
        .collect()
}

/// A quality such as `0.8` in thousandths; one that is no quality counts as full.
pub(super) fn thousandths(text: &str) -> u16 {
    match text.trim().parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0) as u16,
        _ => 1000,
    }
}

/// How much the ranges like the format, by the range that is closest to it, and where that one stands.
fn liking(ranges: &[Range], format: &dyn Format) -> Option<(u16, usize)> {
    let closeness = |range: &Range| {
        let types = format.media_types();
        if types.iter().any(|media| *media == range.media) {
            return Some(0);
        }
        let group = |media: &str| {
            range.media.strip_suffix("/*").is_some_and(|group| media.split('/').next() == Some(group))
        };
        // Only the type that would be sent counts for `text/*`: other names of a format are there for uploads.
        if types.first().is_some_and(|media| group(media)) {
            return Some(1);
        }
        (range.media == "*/*" || range.media == "*").then_some(2)
    };
    ranges
        .iter()
        .enumerate()
        .filter_map(|(place, range)| Some((closeness(range)?, place, range.quality)))
        .min_by_key(|(closeness, place, _)| (*closeness, *place))
        .map(|(_, place, quality)| (quality, place))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        negotiated(&headers).ok().map(Format::name)
    }

    #[test]
    fn accept_is_read_as_rfc_9110_says() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, name) in [
            ("*/*", "json"),
            (browser, "json"),
            ("text/csv", "csv"),
            ("text/csv;q=0.5, application/json", "json"),
            ("text/csv, application/json", "csv"),
            ("application/json;q=0, */*", "csv"),
            ("text/*", "csv"),
            ("application/vnd.apache.arrow.stream;q=0.9, application/x-ndjson;q=0.2", "arrow"),
            ("application/vnd.apache.parquet", "parquet"),
        ] {
            assert_eq!(chosen(accept), Some(name), "{accept}");
        }
        assert_eq!(chosen("image/png"), None);
        assert_eq!(chosen("application/json;q=0"), None);
    }
}
