//! Whose order of rows shows in what a program comes to. Joins and groups pay for an order, and where nobody sees it they
//! need not: under a sum of all rows, on the other side of a semi join.
//!
//! What is not known to be blind to order is taken to see it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::verbs::{On, Verb};
use crate::lang::args::{Args, Literal};
use crate::lang::typed::{Column, Frame, From};

mod keys;

pub use keys::tells_apart;

/// Aggregates that come to the same whatever the order of their rows.
const TOTALS: &[&str] = &[
    "all",
    "any",
    "approx_n_unique",
    "corr",
    "count",
    "cov",
    "has_nulls",
    "kurtosis",
    "len",
    "max",
    "mean",
    "median",
    "min",
    "n_unique",
    "nan_max",
    "nan_min",
    "null_count",
    "product",
    "quantile",
    "skew",
    "std",
    "sum",
    "var",
];
/// Functions, besides those of texts and of times, that look at each row by itself.
const BY_ROW: &[&str] = &[
    "abs",
    "add",
    "alias",
    "and_",
    "cast",
    "cbrt",
    "ceil",
    "clip",
    "coalesce",
    "col",
    "eq",
    "eq_missing",
    "exp",
    "fill_nan",
    "floor",
    "floordiv",
    "ge",
    "gt",
    "is_between",
    "is_finite",
    "is_infinite",
    "is_nan",
    "is_not_nan",
    "is_not_null",
    "is_null",
    "le",
    "lit",
    "log",
    "log10",
    "log1p",
    "lt",
    "mod",
    "mul",
    "ne",
    "ne_missing",
    "neg",
    "not_",
    "or_",
    "otherwise",
    "pow",
    "round",
    "sign",
    "sqrt",
    "sub",
    "then",
    "truediv",
    "when",
    "xor",
];
/// Namespaces whose functions look at each row by itself,
const BY_ROW_IN: &[&str] = &["dt.", "str."];
/// but for these: what makes one text of all, and what looks at the first for how they are written.
const BY_ALL: &[&str] = &["str.join", "str.strptime", "str.to_date", "str.to_datetime", "str.to_time"];

/// The frames of a program whose order of rows shows.
#[derive(Debug)]
pub(super) struct Shown(HashSet<*const Frame>);

impl Shown {
    /// Of the program that comes to `result`, whose own order shows.
    pub(super) fn of(result: &Arc<Frame>) -> Self {
        let (mut shown, mut hidden) = (HashSet::new(), HashSet::new());
        let mut open = vec![(result, true)];
        while let Some((frame, shows)) = open.pop() {
            let key = Arc::as_ptr(frame);
            if shown.contains(&key) || !if shows { shown.insert(key) } else { hidden.insert(key) } {
                continue;
            }
            open.extend(inputs(frame, shows));
        }
        Self(shown)
    }

    /// The arguments of the frame's verb, which need keep no order that nobody sees.
    pub(super) fn args<'a>(&self, frame: &Frame, verb: &Verb, args: &'a Args) -> Cow<'a, Args> {
        if self.0.contains(&std::ptr::from_ref(frame)) {
            return Cow::Borrowed(args);
        }
        match verb.name {
            "distinct" | "unique" if !keeps_any(args) => {}
            "group_by" | "sort" => {}
            "join" => return Cow::Owned(args.with("maintain_order", Literal::Text("none".into()))),
            _ => return Cow::Borrowed(args),
        }
        Cow::Owned(args.with("maintain_order", Literal::Bool(false)))
    }
}

/// The frames that it is made of, and whether their order shows where its own does, or does not. The order of groups is
/// that of their rows, too.
fn inputs(frame: &Frame, shows: bool) -> Vec<(&Arc<Frame>, bool)> {
    let From::Verb { verb, on, args } = &frame.from else { return Vec::new() };
    let others = args.iter().flat_map(|(_, arg)| arg.every_frame());
    let (kind, keeps) = (kind(args), shows && args.is("maintain_order"));
    let of_groups = shows && on.as_ref().is_some_and(|groups| has_order(groups));
    let (of_on, of_others) = match verb.name {
        "agg" if matches!(kind, Some(Kind::Total | Kind::Value)) => (of_groups, true),
        "cast" | "drop" | "drop_nans" | "drop_nulls" | "explode" | "fill_nan" | "rename" | "unnest" => {
            (shows, true)
        }
        "concat" => {
            let below = ["diagonal", "diagonal_relaxed", "vertical", "vertical_relaxed"];
            (true, shows || !is_text(args, "how", &below))
        }
        "distinct" | "unique" => (keeps || keeps_any(args) || !is_text(args, "keep", &["any", "none"]), true),
        "filter" | "remove" | "with_columns" => (shows || kind.is_none(), true),
        "group_by" => (shows || kind.is_none(), true),
        // Keys look at each row by itself, or are refused.
        "join" => (shows, shows && !is_text(args, "how", &["anti", "semi"])),
        "select" => (kind.is_none_or(|kind| shows && kind != Kind::Total), true),
        "sort" => (kind.is_none() || keeps && !is_sorted_by_keys(on.as_ref(), args), true),
        // `all` of groups are lists.
        name if TOTALS.contains(&name) && name != "all" => (verb.on == On::Groups && of_groups, true),
        _ => (true, true),
    };
    on.iter().map(|on| (on, of_on)).chain(others.map(|other| (other, of_others))).collect()
}

/// Whether groups are to be in the order of their first rows.
fn has_order(groups: &Frame) -> bool {
    matches!(&groups.from, From::Verb { verb, args, .. } if verb.name != "group_by" || args.is("maintain_order"))
}

/// Whether any of the rows that are equal in some columns is kept: in order, it is the first.
fn keeps_any(args: &Args) -> bool {
    is_text(args, "keep", &["any"]) && !args.is_absent("subset")
}

/// Whether the columns that the frame is sorted by tell all rows apart.
fn is_sorted_by_keys(frame: Option<&Arc<Frame>>, args: &Args) -> bool {
    let by = ["by", "more_by"].into_iter().flat_map(|name| args.columns(name));
    frame.is_some_and(|frame| tells_apart(frame, by))
}

fn is_text(args: &Args, name: &str, texts: &[&str]) -> bool {
    args.text(name).is_some_and(|text| texts.contains(&text.as_ref()))
}

/// What columns are made of, where that does not see the order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Values, the same in every row.
    Value,
    /// All rows, at once.
    Total,
    /// Each row by itself, perhaps beside totals.
    Row,
}

/// That of all columns among the arguments.
fn kind(args: &Args) -> Option<Kind> {
    let mut whole = Kind::Value;
    for (_, arg) in args.iter() {
        for column in arg.every_column() {
            whole = whole.with(kind_of(column)?);
        }
    }
    Some(whole)
}

impl Kind {
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Value, kind) | (kind, Self::Value) => kind,
            (Self::Total, Self::Total) => Self::Total,
            _ => Self::Row,
        }
    }
}

/// Whether all columns among the arguments are aggregates that look at all rows at once, in any order.
pub fn is_total(args: &Args) -> bool {
    kind(args) == Some(Kind::Total)
}

fn kind_of(column: &Column) -> Option<Kind> {
    let Column::Call(call) = column else {
        return Some(if matches!(column, Column::Named(..)) { Kind::Row } else { Kind::Value });
    };
    let name = call.function.name;
    let on = call.on.as_ref().map_or(Some(Kind::Value), kind_of)?;
    let inside = on.with(kind(&call.args)?);
    match name {
        // `max` and its kin may be given columns instead of being asked of one.
        _ if TOTALS.contains(&name) => Some(Kind::Total),
        "col" => Some(Kind::Row),
        _ if is_by_row(name) => Some(inside),
        _ => None,
    }
}

fn is_by_row(name: &str) -> bool {
    let among = BY_ROW_IN.iter().any(|space| name.starts_with(space)) && !BY_ALL.contains(&name);
    among || BY_ROW.contains(&name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use polars::prelude::{DataType, Field};

    use super::*;
    use crate::lang::typed::Source;
    use crate::lang::{self, Limits, Sources, Step, Typed};

    /// The verbs of a program over two frames that need keep no order.
    fn unordered(text: &str) -> Vec<&'static str> {
        let columns = |names: [&str; 2]| {
            Arc::new(names.iter().map(|name| Field::new((*name).into(), DataType::Int64)).collect())
        };
        let schemas = [("f", columns(["k", "v"])), ("g", columns(["k", "w"]))];
        let schemas = schemas.map(|(name, columns)| (Source::Table(name.into()), columns));
        let sources = Sources { schemas: schemas.into(), ..Sources::default() };
        let other = if text.contains("(g") { "g = table(\"g\")\n" } else { "" };
        let text = &format!("f = table(\"f\")\n{other}{text}");
        let program = lang::parse(text, &Limits::default()).expect(text);
        let step = lang::step(&program, &sources, &Limits::default()).expect(text);
        let Step::Done(Typed::Frame(result, _)) = step else { return vec!["asks"] };
        let shown = Shown::of(&result);
        let (mut open, mut names) = (vec![&result], Vec::new());
        while let Some(frame) = open.pop() {
            let From::Verb { verb, args, .. } = &frame.from else { continue };
            if let Cow::Owned(_) = shown.args(frame, verb, args) {
                names.push(verb.name);
            }
            open.extend(inputs(frame, true).into_iter().map(|(input, _)| input));
        }
        names.sort_unstable();
        names
    }

    #[test]
    fn an_order_that_shows_is_kept() {
        for text in [
            r#"f.join(g, on="k")"#,
            r#"f.join(g, on="k").filter(col("v") > 1).with_columns(x=col("v") * 2).select("x", "w")"#,
            r#"f.join(g, on="k").head(1)"#,
            r#"f.join(g, on="k").with_row_index().select(col("index").sum())"#,
            r#"f.join(g, on="k").select(col("v").first())"#,
            r#"f.join(g, on="k").select(col("v").cum_sum().sum())"#,
            r#"f.sort("v").group_by("k").agg(col("v"))"#,
            r#"f.sort("v").group_by("k").first()"#,
            r#"f.sort("v").group_by("k", maintain_order=False).agg(col("v").first()).select(col("v").sum())"#,
            r#"f.group_by("k").agg(col("v").sum()).sort("v")"#,
            r#"f.group_by_dynamic("k", every="2i").agg(n=len()).join(g.group_by("k").len(), on="k").sort("n")"#,
            r#"f.group_by(col("k", "v")).agg(n=len()).sort("k")"#,
            r#"f.sort("v").unique("k").select(col("v").sum())"#,
            r#"f.with_columns(s=col("k").cast(String)).sort("v").select(col("s").str.join())"#,
        ] {
            assert_eq!(unordered(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn an_order_that_nobody_sees_is_not_kept() {
        for (text, verbs) in [
            (r#"f.join(g, on="k").select(col("v").sum(), n=len())"#, vec!["join"]),
            (r#"f.join(g, on="k").filter(col("v") > col("w").mean()).sum()"#, vec!["join"]),
            (r#"f.join(g, on="k").group_by("v").agg(col("w").max()).sort("v")"#, vec!["group_by", "join"]),
            (r#"f.join(g, on="k").group_by("v").len().sort("v")"#, vec!["group_by", "join"]),
            (r#"f.join(g, on="k").group_by("v", maintain_order=False).sum()"#, vec!["group_by", "join"]),
            (r#"f.sort("v").unique("k", keep="first").select(col("v").sum())"#, vec!["unique"]),
            (r#"f.join(g.unique().sort("w"), on="k", how="semi")"#, vec!["sort", "unique"]),
            (r#"concat([f, f]).sort("v").sort("v").sum()"#, vec!["sort", "sort"]),
        ] {
            assert_eq!(unordered(text), verbs, "{text}");
        }
    }

    #[test]
    fn an_order_that_shows_once_is_kept() {
        let text = "both = f.join(g, on=\"k\")\nboth.join(both.select(n=len()), how=\"cross\")";
        assert_eq!(unordered(text), Vec::<&str>::new());
    }
}
