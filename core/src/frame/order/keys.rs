//! Which columns tell the rows of a frame apart: sorted by them, rows have one order, whatever it was before.

use crate::lang::args::Args;
use crate::lang::typed::{Column, Frame, From};

/// Whether no two rows of the frame are equal in these columns.
pub fn tells_apart<'a>(frame: &Frame, by: impl IntoIterator<Item = &'a Column> + Clone) -> bool {
    unique_in(frame).is_some_and(|keys| keys.iter().all(|key| is_among(key, by.clone())))
}

/// Whether the column of that name is one of these.
fn is_among<'a>(key: &str, columns: impl IntoIterator<Item = &'a Column>) -> bool {
    columns.into_iter().any(|column| column.name() == Some(key))
}

/// Whether no two rows of a join's other frame are equal in its keys.
fn has_unique_keys(args: &Args) -> bool {
    let keys = ["on", "right_on"].into_iter().flat_map(|name| args.columns(name));
    args.frame("other").is_some_and(|other| tells_apart(other, keys))
}

/// Columns in which no two rows of the frame are equal, where some are known.
fn unique_in(frame: &Frame) -> Option<Vec<String>> {
    let From::Verb { verb, on, args } = &frame.from else { return None };
    let of = || on.as_ref().and_then(|on| unique_in(on));
    match verb.name {
        "agg" | "len" => {
            // Windows may have equal rows: they are no groups by keys.
            let From::Verb { verb, args, .. } = &on.as_ref()?.from else { return None };
            if verb.name != "group_by" {
                return None;
            }
            let by = args.columns("by");
            // Any other may stand for several.
            if by.iter().any(|column| column.name().is_none()) {
                return None;
            }
            let keys = by.len().saturating_add(args.named("named_by").len());
            Some(frame.schema.iter_names().take(keys).map(|name| name.to_string()).collect())
        }
        "distinct" | "unique" if args.is_absent("subset") => {
            Some(frame.schema.iter_names().map(|name| name.to_string()).collect())
        }
        "drop_nulls" | "filter" | "head" | "limit" | "slice" | "sort" | "tail" => of(),
        "join" => match args.text("how")?.as_ref() {
            "anti" | "semi" => of(),
            // Each row finds one of the others at most.
            "inner" | "left" if has_unique_keys(args) => of(),
            _ => None,
        },
        "rename" => {
            let names: Vec<_> = on.as_ref()?.schema.iter_names().zip(frame.schema.iter_names()).collect();
            let renamed = |key: String| names.iter().find(|(old, _)| old.as_str() == key);
            of()?.into_iter().map(|key| renamed(key).map(|(_, new)| new.to_string())).collect()
        }
        "select" => {
            let columns = args.columns("columns");
            of().filter(|keys| keys.iter().all(|key| is_among(key, columns)))
        }
        // Columns that stay under their names are what they were.
        "drop" => of().filter(|keys| keys.iter().all(|key| frame.schema.contains(key.as_str()))),
        "with_columns" => {
            let (columns, named) = (args.columns("columns"), args.named("named"));
            let kept = |key: &String| !named.iter().any(|(name, _)| **name == **key);
            of().filter(|keys| columns.is_empty() && keys.iter().all(kept))
        }
        _ => None,
    }
}
