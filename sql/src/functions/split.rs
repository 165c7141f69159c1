//! Texts cut by a regular expression.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{ScalarFunctionArgs, Signature, Volatility};
use regex::Regex;

use super::guard::Size;
use super::ours::Function;
use super::text::Lengths;

/// Bytes that a piece takes beside its letters.
const PIECE_BYTES: u64 = 16;

pub(super) fn function() -> Function {
    Function {
        name: "regex_split",
        takes: Signature::string(2, Volatility::Immutable),
        makes: |_| Ok(DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))),
        run: split,
    }
}

/// `regex_split(text, pattern)`: a pattern may match at every letter.
pub(super) fn measure(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let texts = Lengths::of(args.args.first());
    let rows = 0..args.number_rows;
    Ok(Size::of(rows.map(|row| texts.at(row).saturating_add(1).saturating_mul(PIECE_BYTES))))
}

fn split(args: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts, patterns] = args else { return exec_err!("two columns are asked for") };
    let (texts, patterns) = (cast(texts, &DataType::Utf8View)?, cast(patterns, &DataType::Utf8View)?);
    let mut made = ListBuilder::with_capacity(StringViewBuilder::new(), texts.len());
    let mut last: Option<(&str, Regex)> = None;
    for (text, pattern) in texts.as_string_view().iter().zip(patterns.as_string_view()) {
        let (Some(text), Some(pattern)) = (text, pattern) else {
            made.append_null();
            continue;
        };
        let known = last.take().filter(|(known, _)| *known == pattern);
        let (_, regex) = last.insert(match known {
            Some(known) => known,
            None => (pattern, parsed(pattern)?),
        });
        pieces(text, regex).for_each(|piece| made.values().append_value(piece));
        made.append(true);
    }
    Ok(Arc::new(made.finish()))
}

fn parsed(pattern: &str) -> Result<Regex> {
    let shown: String = pattern.chars().take(100).collect();
    Regex::new(pattern).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        exec_datafusion_err!("`{shown}` is no regular expression: {why}")
    })
}

/// What stands between the matches. One of nothing cuts nothing.
fn pieces<'t>(text: &'t str, regex: &Regex) -> impl Iterator<Item = &'t str> {
    let mut from = 0;
    let mut cuts: Vec<(usize, usize)> =
        regex.find_iter(text).map(|found| (found.start(), found.end())).collect();
    cuts.retain(|(start, end)| start < end);
    cuts.push((text.len(), text.len()));
    cuts.into_iter().map(move |(start, end)| {
        let piece = text.get(from..start).unwrap_or_default();
        from = end;
        piece
    })
}
