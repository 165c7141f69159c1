//! Words of pandas, Polars and Dask that are others here: what somebody writes on the first day, and what to write.
//!
//! A new one is a line. What stands between backticks is written as programs have it, of a frame `df` and a frame
//! `other`; a test binds each of them, so that none tells of what there is not.

/// What a word is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// Nothing: it stands alone.
    Nothing,
    /// A frame.
    Frame,
    /// The groups of a frame.
    Groups,
    /// A column.
    Column,
    /// An argument that is one of several texts.
    Choice,
}

use Of::{Choice, Column, Frame, Groups, Nothing};

/// What to write in place of a word, where it is one that is known elsewhere.
pub(super) fn instead(of: Of, word: &str) -> Option<String> {
    let found = WORDS.binary_search_by_key(&(of, word), |(of, word, _)| (*of, *word)).ok()?;
    WORDS.get(found).map(|(_, _, said)| match said.starts_with(['`', '"']) {
        true => format!("write {said}"),
        false => (*said).to_owned(),
    })
}

/// No function of a program's own runs here.
const NO_FUNCTIONS: &str = r#"no functions run row by row: make columns of columns, as in `col("n") * 2`"#;
/// What runs a program elsewhere.
const RUNS: &str = "leave it out: a program runs when it is whole";
/// What hands out rows elsewhere.
const ANSWERS: &str = "leave it out: rows come in the format that is asked for with the program";
/// What describes rows elsewhere.
const TELLS: &str = "leave it out: an answer tells its columns and their types";

/// Each word and what to write, sorted.
const WORDS: &[(Of, &str, &str)] = &[
    (Nothing, "Bool", "`Boolean`"),
    (Nothing, "DataFrame", r#"`frame({"a": [1, 2]})`"#),
    (Nothing, "Float", "`Float64`"),
    (Nothing, "Int", "`Int64`"),
    (Nothing, "LazyFrame", r#"`frame({"a": [1, 2]})`"#),
    (Nothing, "Object", "`String`"),
    (Nothing, "Series", r#"`frame({"a": [1, 2]})`"#),
    (Nothing, "Timedelta", "`duration(days=1)`"),
    (Nothing, "Timestamp", "`datetime(2024, 1, 31)`"),
    (Nothing, "Utf8", "`String`"),
    (Nothing, "bool", "`Boolean`"),
    (Nothing, "bytes", "`Binary`"),
    (Nothing, "case_when", r#"`when(col("n") > 1).then(1).otherwise(0)`"#),
    (Nothing, "da", r#"there are frames and their columns: `frame({"a": [1, 2]})`"#),
    (Nothing, "dask", r#"names stand alone: `table("df")`"#),
    (Nothing, "dd", r#"names stand alone: `table("df")`"#),
    (Nothing, "false", "`False`"),
    (Nothing, "float", "`Float64`"),
    (Nothing, "from_pandas", r#"`table("df")`, once it is loaded"#),
    (Nothing, "get_dummies", r#"`df.to_dummies("k")`"#),
    (Nothing, "if_else", r#"`when(col("n") > 1).then(1).otherwise(0)`"#),
    (Nothing, "int", "`Int64`"),
    (Nothing, "isna", r#"`col("x").is_null()`"#),
    (Nothing, "isnull", r#"`col("x").is_null()`"#),
    (Nothing, "melt", r#"`df.unpivot(["n", "w"], index="k")`"#),
    (Nothing, "merge", r#"`df.join(other, on="k")`"#),
    (Nothing, "np", r#"names stand alone, and functions are asked of columns: `nan`, `col("n").sqrt()`"#),
    (Nothing, "null", "`None`"),
    (Nothing, "numpy", r#"names stand alone, and functions are asked of columns: `nan`, `col("n").sqrt()`"#),
    (Nothing, "object", "`String`"),
    (Nothing, "pandas", r#"names stand alone: `frame({"a": [1, 2]})`, `concat([df, df])`"#),
    (Nothing, "pd", r#"names stand alone: `frame({"a": [1, 2]})`, `concat([df, df])`"#),
    (Nothing, "pivot_table", r#"`df.pivot("k", index="n", values="x", aggregate_function="mean")`"#),
    (Nothing, "pl", r#"names stand alone: `col("n")`, `len()`, `Int64`"#),
    (Nothing, "polars", r#"names stand alone: `col("n")`, `len()`, `Int64`"#),
    (Nothing, "print", "leave it out: a program's last line is its answer"),
    (Nothing, "range", "`int_range(10)`"),
    (Nothing, "read_csv", r#"`table("df")`, once the file is loaded"#),
    (Nothing, "read_json", r#"`table("df")`, once the file is loaded"#),
    (Nothing, "read_parquet", r#"`table("df")`, once the file is loaded"#),
    (Nothing, "read_sql", r#"`table("df")`, or `sql` with a query"#),
    (Nothing, "read_table", r#"`table("df")`"#),
    (Nothing, "scan_csv", r#"`table("df")`, once the file is loaded"#),
    (Nothing, "scan_parquet", r#"`table("df")`, once the file is loaded"#),
    (Nothing, "selectors", r#"`cs.numeric()`"#),
    (Nothing, "str", "`String`"),
    (Nothing, "timedelta", "`duration(days=1)`"),
    (Nothing, "to_datetime", r#"`col("s").str.to_datetime()`"#),
    (Nothing, "to_numeric", r#"`col("s").cast(Float64, strict=False)`"#),
    (Nothing, "to_timedelta", r#"`duration(hours="n")`"#),
    (Nothing, "true", "`True`"),
    (Nothing, "where", r#"`when(col("n") > 1).then(1).otherwise(0)`"#),
    (Frame, "T", "`df.transpose()`"),
    (Frame, "agg", r#"`df.select(col("n").sum())`"#),
    (Frame, "aggregate", r#"`df.select(col("n").sum())`"#),
    (Frame, "append", "`concat([df, df])`"),
    (Frame, "apply", NO_FUNCTIONS),
    (Frame, "assign", r#"`df.with_columns(m=col("n") * 2)`"#),
    (Frame, "astype", r#"`df.cast({"n": Float64})`"#),
    (Frame, "bfill", r#"`df.fill_null(strategy="backward")`"#),
    (Frame, "cache", RUNS),
    (Frame, "clone", "leave it out: nothing changes a frame"),
    (Frame, "collect", RUNS),
    (Frame, "columns", TELLS),
    (Frame, "compute", RUNS),
    (Frame, "copy", "leave it out: nothing changes a frame"),
    (Frame, "corr", r#"`df.select(corr("n", "w"))`"#),
    (Frame, "cov", r#"`df.select(cov("n", "w"))`"#),
    (Frame, "cummax", r#"`df.select(col("n").cum_max())`"#),
    (Frame, "cummin", r#"`df.select(col("n").cum_min())`"#),
    (Frame, "cumprod", r#"`df.select(col("n").cum_prod())`"#),
    (Frame, "cumsum", r#"`df.select(col("n").cum_sum())`"#),
    (Frame, "drop_duplicates", r#"`df.unique("k", keep="first")`"#),
    (Frame, "dropna", "`df.drop_nulls()`"),
    (Frame, "dtypes", TELLS),
    (Frame, "empty", "`df.select(len() == 0)`"),
    (Frame, "eval", r#"`df.with_columns(m=col("n") * 2)`"#),
    (Frame, "extend", "`concat([df, df])`"),
    (Frame, "fetch", r#"`df.head(5)`"#),
    (Frame, "ffill", r#"`df.fill_null(strategy="forward")`"#),
    (Frame, "fillna", "`df.fill_null(0)`"),
    (Frame, "get_column", r#"`df.select("n")`"#),
    (Frame, "get_dummies", r#"`df.to_dummies("k")`"#),
    (Frame, "groupby", r#"`df.group_by("k").agg(col("n").sum())`"#),
    (Frame, "height", "`df.select(len())`"),
    (Frame, "hstack", r#"`concat([df.select("n"), other], how="horizontal")`"#),
    (Frame, "iloc", "`df[1:3]`"),
    (Frame, "index", "rows have no labels: `df.with_row_index()` counts them"),
    (Frame, "info", TELLS),
    (Frame, "isna", "`df.select(all().is_null())`"),
    (Frame, "isnull", "`df.select(all().is_null())`"),
    (Frame, "item", ANSWERS),
    (Frame, "iter_rows", ANSWERS),
    (Frame, "iterrows", ANSWERS),
    (Frame, "itertuples", ANSWERS),
    (Frame, "lazy", RUNS),
    (Frame, "len", "`df.select(len())`"),
    (Frame, "loc", r#"`df.filter(col("n") > 2).select("k", "n")`"#),
    (Frame, "map", NO_FUNCTIONS),
    (Frame, "map_batches", NO_FUNCTIONS),
    (Frame, "map_partitions", NO_FUNCTIONS),
    (Frame, "map_rows", NO_FUNCTIONS),
    (Frame, "melt", r#"`df.unpivot(["n", "w"], index="k")`"#),
    (Frame, "merge", r#"`df.join(other, on="k")`"#),
    (Frame, "nlargest", r#"`df.top_k(2, by="n")`"#),
    (Frame, "nsmallest", r#"`df.bottom_k(2, by="n")`"#),
    (Frame, "nunique", "`df.select(all().n_unique())`"),
    (Frame, "order_by", r#"`df.sort("n", descending=True)`"#),
    (Frame, "partition_by", r#"`df.group_by("k").agg(n=len())`"#),
    (Frame, "persist", RUNS),
    (Frame, "pipe", NO_FUNCTIONS),
    (Frame, "pivot_table", r#"`df.pivot("k", index="n", values="x", aggregate_function="mean")`"#),
    (Frame, "query", r#"`df.filter(col("n") > 2)`"#),
    (Frame, "repartition", "leave it out: the server cuts tables by itself"),
    (Frame, "reset_index", "`df.with_row_index()`"),
    (Frame, "rows", ANSWERS),
    (Frame, "schema", TELLS),
    (Frame, "select_dtypes", "`df.select(cs.numeric())`"),
    (
        Frame,
        "set_index",
        "leave it out: rows have no labels, and `df.join(other, on=\"k\")` says by which columns",
    ),
    (Frame, "shape", "`df.select(len())`"),
    (Frame, "show", "leave it out: a program's last line is its answer"),
    (Frame, "size", "`df.select(len())`"),
    (Frame, "sort_by", r#"`df.sort("n", descending=True)`"#),
    (Frame, "sort_index", r#"`df.sort("n", descending=True)`"#),
    (Frame, "sort_values", r#"`df.sort("n", descending=True)`"#),
    (Frame, "stack", r#"`df.unpivot(["n", "w"], index="k")`"#),
    (Frame, "to_arrow", ANSWERS),
    (Frame, "to_csv", ANSWERS),
    (Frame, "to_dict", ANSWERS),
    (Frame, "to_dicts", ANSWERS),
    (Frame, "to_json", ANSWERS),
    (Frame, "to_numpy", ANSWERS),
    (Frame, "to_pandas", ANSWERS),
    (Frame, "to_parquet", ANSWERS),
    (Frame, "to_sql", r#"`df.store("name")`"#),
    (Frame, "transform", NO_FUNCTIONS),
    (Frame, "union", "`concat([df, df])`"),
    (Frame, "unstack", r#"`df.pivot("k", index="n", values="x", aggregate_function="mean")`"#),
    (Frame, "values", ANSWERS),
    (Frame, "vstack", "`concat([df, df])`"),
    (Frame, "where", r#"`df.filter(col("n") > 2)`"#),
    (Frame, "width", TELLS),
    (Frame, "with_row_count", "`df.with_row_index()`"),
    (Frame, "write_csv", ANSWERS),
    (Frame, "write_parquet", ANSWERS),
    (Groups, "aggregate", r#"`df.group_by("k").agg(col("n").sum())`"#),
    (Groups, "apply", r#"no functions run group by group: `df.group_by("k").agg(col("n").sum())`"#),
    (Groups, "bfill", r#"`df.with_columns(col("x").backward_fill().over("k"))`"#),
    (Groups, "count", r#"`df.group_by("k").len()`, or `df.group_by("k").agg(col("x").count())`"#),
    (Groups, "cumcount", r#"`df.with_columns(i=int_range(len()).over("k"))`"#),
    (Groups, "cumsum", r#"`df.with_columns(col("n").cum_sum().over("k"))`"#),
    (Groups, "describe", r#"`df.group_by("k").agg(mean=col("n").mean(), max=col("n").max())`"#),
    (Groups, "ffill", r#"`df.with_columns(col("x").forward_fill().over("k"))`"#),
    (Groups, "filter", r#"`df.group_by("k").having(len() > 1).len()`, or `df.filter(len().over("k") > 1)`"#),
    (Groups, "get_group", r#"`df.filter(k="a")`"#),
    (Groups, "groups", r#"`df.group_by("k").len()`"#),
    (Groups, "map_groups", r#"no functions run group by group: `df.group_by("k").agg(col("n").sum())`"#),
    (Groups, "ngroups", r#"`df.select(col("k").n_unique())`"#),
    (Groups, "nunique", r#"`df.group_by("k").n_unique()`"#),
    (Groups, "prod", r#"`df.group_by("k").agg(col("n").product())`"#),
    (Groups, "rank", r#"`df.with_columns(col("n").rank().over("k"))`"#),
    (Groups, "select", r#"`df.group_by("k").agg(col("n").sum())`"#),
    (Groups, "shift", r#"`df.with_columns(col("n").shift(1).over("k"))`"#),
    (Groups, "size", r#"`df.group_by("k").len()`"#),
    (Groups, "sort", r#"`df.group_by("k").agg(col("n").sort())`"#),
    (Groups, "std", r#"`df.group_by("k").agg(col("n").std())`"#),
    (Groups, "value_counts", r#"`df.value_counts("k", "w")`"#),
    (Groups, "var", r#"`df.group_by("k").agg(col("n").var())`"#),
    (Groups, "with_columns", r#"`df.with_columns(col("n").sum().over("k"))`"#),
    (Column, "apply", NO_FUNCTIONS),
    (Column, "asc", r#"`df.sort("n")`"#),
    (Column, "astype", r#"`col("n").cast(Float64)`"#),
    (Column, "between", r#"`col("n").is_between(2, 4)`"#),
    (Column, "bfill", r#"`col("x").backward_fill()`"#),
    (Column, "collect", RUNS),
    (Column, "combine_first", r#"`coalesce("x", "n")`"#),
    (Column, "compute", RUNS),
    (Column, "cumcount", r#"`col("n").cum_count()`"#),
    (Column, "cummax", r#"`col("n").cum_max()`"#),
    (Column, "cummin", r#"`col("n").cum_min()`"#),
    (Column, "cumprod", r#"`col("n").cum_prod()`"#),
    (Column, "cumsum", r#"`col("n").cum_sum()`"#),
    (Column, "desc", r#"`df.sort("n", descending=True)`"#),
    (Column, "div", r#"`col("n") / 2`"#),
    (Column, "divide", r#"`col("n") / 2`"#),
    (Column, "drop_duplicates", r#"`col("k").unique()`"#),
    (Column, "dropna", r#"`col("x").drop_nulls()`"#),
    (Column, "dt.ceil", r#"`col("at").dt.offset_by("1d").dt.truncate("1d")`"#),
    (Column, "dt.day_name", r#"`col("at").dt.strftime("%A")`"#),
    (Column, "dt.day_of_week", r#"`col("at").dt.weekday()`, from Monday, which is 1"#),
    (Column, "dt.day_of_year", r#"`col("at").dt.ordinal_day()`"#),
    (Column, "dt.dayofweek", r#"`col("at").dt.weekday()`, from Monday, which is 1"#),
    (Column, "dt.dayofyear", r#"`col("at").dt.ordinal_day()`"#),
    (Column, "dt.days", r#"`col("t").dt.total_days()`"#),
    (Column, "dt.daysinmonth", r#"`col("at").dt.days_in_month()`"#),
    (Column, "dt.floor", r#"`col("at").dt.truncate("1d")`"#),
    (Column, "dt.month_name", r#"`col("at").dt.strftime("%B")`"#),
    (Column, "dt.normalize", r#"`col("at").dt.truncate("1d")`"#),
    (Column, "dt.to_period", r#"`col("at").dt.truncate("1mo")`"#),
    (Column, "dt.tz_convert", r#"`col("z").dt.convert_time_zone("UTC")`"#),
    (Column, "dt.tz_localize", r#"`col("at").dt.replace_time_zone("UTC")`"#),
    (Column, "dt.weekofyear", r#"`col("at").dt.week()`"#),
    (Column, "ffill", r#"`col("x").forward_fill()`"#),
    (Column, "fillna", r#"`col("x").fill_null(0)`"#),
    (Column, "idxmax", r#"`col("n").arg_max()`"#),
    (Column, "idxmin", r#"`col("n").arg_min()`"#),
    (Column, "isin", r#"`col("n").is_in([1, 5])`"#),
    (Column, "isna", r#"`col("x").is_null()`"#),
    (Column, "isnan", r#"`col("x").is_nan()`"#),
    (Column, "isnull", r#"`col("x").is_null()`"#),
    (Column, "kurt", r#"`col("n").kurtosis(bias=False)`"#),
    (Column, "list.lengths", r#"`col("l").list.len()`"#),
    (Column, "list.size", r#"`col("l").list.len()`"#),
    (Column, "log2", r#"`col("n").log(2)`"#),
    (Column, "map", r#"`col("k").replace_strict({"a": 1, "b": 2}, default=None)`"#),
    (Column, "map_batches", NO_FUNCTIONS),
    (Column, "map_elements", NO_FUNCTIONS),
    (Column, "mask", r#"`when(col("n") > 3).then(0).otherwise(col("n"))`"#),
    (Column, "multiply", r#"`col("n") * 2`"#),
    (Column, "nlargest", r#"`col("n").top_k(2)`"#),
    (Column, "notna", r#"`col("x").is_not_null()`"#),
    (Column, "notnull", r#"`col("x").is_not_null()`"#),
    (Column, "nsmallest", r#"`col("n").bottom_k(2)`"#),
    (Column, "nunique", r#"`col("x").drop_nulls().n_unique()`"#),
    (Column, "otherwise", r#"`when(col("n") > 1).then(1).otherwise(0)`"#),
    (Column, "pipe", NO_FUNCTIONS),
    (Column, "prod", r#"`col("n").product()`"#),
    (Column, "rename", r#"`col("n").alias("m")`"#),
    (Column, "size", r#"`col("n").len()`"#),
    (Column, "sort_values", r#"`col("n").sort()`"#),
    (Column, "str.cat", r#"`concat_str("s", "k")`"#),
    (Column, "str.concat", r#"`col("s").str.join()`"#),
    (Column, "str.count", r#"`col("s").str.count_matches("a")`"#),
    (Column, "str.endswith", r#"`col("s").str.ends_with("a")`"#),
    (Column, "str.findall", r#"`col("s").str.extract_all("a")`"#),
    (Column, "str.get", r#"`col("s").str.slice(0, 1)`"#),
    (Column, "str.len", r#"`col("s").str.len_chars()`"#),
    (Column, "str.length", r#"`col("s").str.len_chars()`"#),
    (Column, "str.lengths", r#"`col("s").str.len_chars()`"#),
    (Column, "str.ljust", r#"`col("s").str.pad_end(8)`"#),
    (Column, "str.lower", r#"`col("s").str.to_lowercase()`"#),
    (Column, "str.lstrip", r#"`col("s").str.strip_chars_start()`"#),
    (Column, "str.match", r#"`col("s").str.contains("^a")`"#),
    (Column, "str.n_chars", r#"`col("s").str.len_chars()`"#),
    (Column, "str.pad", r#"`col("s").str.pad_start(8)`"#),
    (Column, "str.rjust", r#"`col("s").str.pad_start(8)`"#),
    (Column, "str.rstrip", r#"`col("s").str.strip_chars_end()`"#),
    (Column, "str.startswith", r#"`col("s").str.starts_with("a")`"#),
    (Column, "str.strip", r#"`col("s").str.strip_chars()`"#),
    (Column, "str.sub", r#"`col("s").str.replace_all("a", "b")`"#),
    (Column, "str.to_integer", r#"`col("s").cast(Int64)`"#),
    (Column, "str.upper", r#"`col("s").str.to_uppercase()`"#),
    (Column, "subtract", r#"`col("n") - 2`"#),
    (Column, "then", r#"`when(col("n") > 1).then(1).otherwise(0)`"#),
    (Column, "to_frame", r#"`df.select("n")`"#),
    (Column, "to_list", ANSWERS),
    (Column, "to_numpy", ANSWERS),
    (Column, "tolist", ANSWERS),
    (Column, "transform", NO_FUNCTIONS),
    (Column, "values", ANSWERS),
    (Column, "where", r#"`when(col("n") > 3).then(col("n")).otherwise(0)`"#),
    (Choice, "bfill", r#""backward""#),
    (Choice, "ffill", r#""forward""#),
    (Choice, "full_outer", r#""full""#),
    (Choice, "left_anti", r#""anti""#),
    (Choice, "left_semi", r#""semi""#),
    (Choice, "m:n", r#""m:m""#),
    (Choice, "many_to_many", r#""m:m""#),
    (Choice, "many_to_one", r#""m:1""#),
    (Choice, "one_to_many", r#""1:m""#),
    (Choice, "one_to_one", r#""1:1""#),
    (Choice, "outer", r#""full""#),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use polars::prelude::{DataType, Schema, TimeUnit, TimeZone};

    use super::*;
    use crate::frame::functions::function;
    use crate::frame::verbs::{On, VERBS};
    use crate::lang::signature::Kind;
    use crate::lang::typed::Source;
    use crate::lang::{Limits, Sources, bind, parse};

    /// The frames that the table's right-hand sides are about.
    fn sources() -> Sources {
        let at = |zone| DataType::Datetime(TimeUnit::Microseconds, zone);
        let df = Schema::from_iter([
            ("k".into(), DataType::String),
            ("s".into(), DataType::String),
            ("n".into(), DataType::Int64),
            ("w".into(), DataType::Int64),
            ("x".into(), DataType::Float64),
            ("at".into(), at(None)),
            ("z".into(), at(Some(TimeZone::UTC))),
            ("t".into(), DataType::Duration(TimeUnit::Microseconds)),
            ("l".into(), DataType::List(Box::new(DataType::Int64))),
        ]);
        let other = Schema::from_iter([("k".into(), DataType::String), ("y".into(), DataType::Int64)]);
        let mut sources = Sources::default();
        sources.schemas.insert(Source::Table("df".into()), Arc::new(df));
        sources.schemas.insert(Source::Table("other".into()), Arc::new(other));
        sources
    }

    /// What stands between backticks.
    fn written(said: &str) -> impl Iterator<Item = &str> {
        said.split('`').skip(1).step_by(2)
    }

    fn binds(written: &str) -> Result<(), String> {
        let program = match written {
            // Of types, columns and values, what a frame makes of them.
            "sql" => return Ok(()),
            "True" | "False" | "None" | "nan" => format!("df.with_columns(b={written})"),
            _ if crate::lang::type_names().any(|name| name == written) => {
                format!("df.cast({{\"n\": {written}}})")
            }
            _ if ["df", "frame(", "table(", "concat("].iter().any(|start| written.starts_with(start)) => {
                written.to_owned()
            }
            _ => format!("df.select({written})"),
        };
        let program = program.replace("df.", "table(\"df\").").replace("df]", "table(\"df\")]");
        let program = program.replace("df,", "table(\"df\"),").replace("df[", "table(\"df\")[");
        let program = program.replace("other,", "table(\"other\"),").replace("other]", "table(\"other\")]");
        let limits = Limits::default();
        let parsed = parse(&program, &limits).map_err(|error| format!("{program}: {error}"))?;
        match bind(&parsed, &sources(), &limits) {
            // Which columns they make is known once rows are seen.
            Err(error)
                if error.to_string().contains("values in rows") || error.to_string().contains("see rows") =>
            {
                Ok(())
            }
            Err(error) => Err(format!("{program}: {error}")),
            Ok(_) => Ok(()),
        }
    }

    #[test]
    fn words_are_sorted_and_are_none_of_ours() {
        assert!(WORDS.is_sorted_by(|(of, word, _), (next, after, _)| (of, word) < (next, after)));
        for (of, word, _) in WORDS {
            let verb = |on| VERBS.iter().any(|verb| verb.on == on && verb.name == *word);
            let is_ours = match of {
                Nothing => verb(On::Nothing) || function(word, false).is_some(),
                Frame => verb(On::Frame),
                Groups => verb(On::Groups),
                Column => function(word, true).is_some(),
                Choice => false,
            };
            assert!(!is_ours, "`{word}` is a word of the language");
        }
    }

    #[test]
    fn what_is_to_be_written_binds() {
        let all = WORDS.iter().flat_map(|(of, word, said)| written(said).map(move |text| (of, word, text)));
        let wrong: Vec<_> = all
            .filter(|(of, ..)| *of != &Choice)
            .filter_map(|(of, word, text)| Some((of, word, binds(text).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(binds("df.no_such_verb()").is_err());
        assert!(binds("col(\"n\").no_such_function()").is_err());
    }

    #[test]
    fn what_is_to_be_chosen_can_be() {
        let params = VERBS.iter().flat_map(|verb| verb.params);
        let choices: Vec<&str> = params
            .filter_map(|param| match param.kind {
                Kind::Choice(choices) => Some(choices),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        for (_, word, said) in WORDS.iter().filter(|(of, ..)| *of == Choice) {
            assert!(choices.contains(&said.trim_matches('"')), "{word}: {said}");
            assert!(!choices.contains(word), "{word}");
        }
    }
}
