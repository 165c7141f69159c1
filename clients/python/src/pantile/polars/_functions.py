"""What functions of Polars' plans are called in a program, and what their parameters are.

A function of a plan is a name, parameters, and the expressions it is of: the column that is asked, then arguments. Each
row here says the name in a program and, in order, the arguments that the parameters become; None is a parameter that a
program has no use for.
"""

from __future__ import annotations

Row = tuple[str, tuple[str | None, ...]]


def _same(names: str, *parameters: str | None) -> dict[str, Row]:
    return {name: (name, parameters) for name in names.split()}


def _of(kind: str, prefix: str, names: str, *parameters: str | None) -> dict[str, Row]:
    """Rows of `Kind.Name`, which a program writes as `prefix.name`, or as it says behind a colon."""
    rows = {}
    for name in names.split():
        theirs, _, ours = name.partition(":")
        rows[f"{kind}.{theirs}"] = (prefix + (ours or snake(theirs)), parameters)
    return rows


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


# Asked of a column: `col("a").abs()`.
METHODS: dict[str, Row] = {
    **_same("abs floor ceil sqrt cbrt exp log log1p sin cos tan cot arcsin arccos arctan sinh cosh tanh"),
    **_same("arcsinh arccosh arctanh degrees radians sign reverse drop_nulls drop_nans product null_count shift"),
    **_same("pct_change repeat_by extend_constant interpolate_by max_by min_by to_physical"),
    **_same("shuffle", "seed"),
    **_same("round_sig_figs", "digits"),
    **_same("truncate", "decimals"),
    **_same("entropy", "base", "normalize"),
    **_same("set_sorted", "descending", "nulls_last"),
    **_same("search_sorted", "side", "descending"),
    **_same("hist", "bin_count", "include_category", "include_breakpoint"),
    **_same("qcut", "quantiles", "labels", "left_closed", "allow_duplicates", "include_breaks"),
    **_same("peak_min peak_max arg_unique unique_counts rle rle_id fill_null index_of append approx_n_unique arg_min"),
    **_same("round", "decimals", "mode"),
    **_same("cum_sum cum_prod cum_min cum_max cum_count", "reverse"),
    **_same("rank", "method", "descending", None),
    **_same("diff", "null_behavior"),
    **_same("skew", "bias"),
    **_same("kurtosis", "fisher", "bias"),
    **_same("quantile interpolate", "interpolation"),
    **_same("gather_every", "offset", "n"),
    **_same("cut", "breaks", "labels", "left_closed", "include_breaks"),
    "unique": ("unique", (None,)),
    "mode": ("mode", (None,)),
    "interpolate": ("interpolate", ("method",)),
    "negate": ("neg", ()),
    "fill_null_with_strategy": ("fill_null", ("strategy", "limit")),
    "value_counts": ("value_counts", ("sort", None, "name", "normalize")),
    **_of("BooleanFunction", "", "IsNull IsNotNull IsNan IsNotNan IsFinite IsInfinite IsUnique IsDuplicated HasNulls"),
    **_of("BooleanFunction", "", "IsFirstDistinct IsLastDistinct Not:not_"),
    **_of("BooleanFunction", "", "IsBetween", "closed"),
    **_of("BooleanFunction", "", "Any All", "ignore_nulls"),
    **_of("BooleanFunction", "", "IsEmpty", "ignore_nulls"),
    **_of("BooleanFunction", "", "IsSorted", "descending", "nulls_last"),
    **_of("BitwiseFunction", "bitwise_", "And Or Xor CountOnes CountZeros LeadingOnes LeadingZeros TrailingOnes"),
    **_of("BitwiseFunction", "bitwise_", "TrailingZeros"),
    **_of("EwmFunction", "ewm_", "Mean", "alpha", "adjust", None, "min_samples", "ignore_nulls"),
    **_of("EwmFunction", "ewm_", "Std Var", "alpha", "adjust", "bias", "min_samples", "ignore_nulls"),
    **_of("EwmFunction", "ewm_", "Sum", "alpha", "min_samples", "ignore_nulls"),
    **_of("StringFunction", "str.", "StartsWith EndsWith ExtractAll LenChars LenBytes Lowercase:to_lowercase"),
    **_of("StringFunction", "str.", "Uppercase:to_uppercase StripChars StripCharsStart StripCharsEnd StripPrefix"),
    **_of(
        "StringFunction",
        "str.",
        "StripSuffix ZFill:zfill Titlecase:to_titlecase Slice Head Tail Reverse EscapeRegex JsonPathMatch",
    ),
    **_of("StringFunction", "str.", "Contains", "literal", None),
    **_of("StringFunction", "str.", "Find", "literal", None),
    **_of("StringFunction", "str.", "CountMatches", "literal"),
    **_of("StringFunction", "str.", "Extract", "group_index"),
    **_of("StringFunction", "str.", "PadStart PadEnd", "fill_char"),
    **_of("StringFunction", "str.", "Split", "inclusive"),
    **_of("StringFunction", "str.", "SplitExact", "n", "inclusive"),
    **_of("StringFunction", "str.", "SplitN:splitn", "n"),
    **_of("StringFunction", "str.", "ConcatVertical:join", "delimiter", "ignore_nulls"),
    **_of("StringFunction", "str.", "ToDecimal", "scale"),
    **_of("StringFunction", "str.", "ExtractGroups", None, "pattern"),
    **_of("TemporalFunction", "dt.", "Millennium Century Year IsoYear Quarter Month Week WeekDay:weekday Day"),
    **_of("TemporalFunction", "dt.", "OrdinalDay DaysInMonth IsLeapYear Hour Minute Second Millisecond Microsecond"),
    **_of("TemporalFunction", "dt.", "Nanosecond Date Time Truncate Round OffsetBy MonthStart MonthEnd BaseUtcOffset"),
    **_of("TemporalFunction", "dt.", "DSTOffset:dst_offset"),
    **_of("TemporalFunction", "dt.", "TotalDays TotalHours TotalMinutes TotalSeconds TotalMilliseconds", "fractional"),
    **_of("TemporalFunction", "dt.", "TotalMicroseconds TotalNanoseconds", "fractional"),
    **_of("TemporalFunction", "dt.", "TimeStamp:timestamp CastTimeUnit", "time_unit"),
    **_of("TemporalFunction", "dt.", "ToString", "format"),
    **_of("TemporalFunction", "dt.", "Combine", "time_unit"),
    **_of("TemporalFunction", "dt.", "ConvertTimeZone", "time_zone"),
    **_of("ListFunction", "list.", "Length:len Sum Mean Median Min Max ArgMin ArgMax Slice DropNulls Shift"),
    **_of("ListFunction", "list.", "CountMatches GatherEvery"),
    **_of("ListFunction", "list.", "Get Gather", "null_on_oob"),
    **_of("ListFunction", "list.", "Std Var", "ddof"),
    **_of("ListFunction", "list.", "Diff", "n", "null_behavior"),
    **_of("ListFunction", "list.", "ToArray", "width"),
    **_of("ListFunction", "list.", "ToStruct", "fields"),
    **_of("ListFunction", "list.", "Contains", "nulls_equal"),
    **_of("ListFunction", "list.", "Sort", "descending", "nulls_last"),
    **_of("ListFunction", "list.", "Join", "ignore_nulls"),
    **_of("ArrayFunction", "arr.", "Length:len Sum Mean Median Min Max ArgMin ArgMax Shift CountMatches ToList"),
    **_of("ArrayFunction", "arr.", "Get", "null_on_oob"),
    **_of("ArrayFunction", "arr.", "Std Var", "ddof"),
    **_of("ArrayFunction", "arr.", "Contains", "nulls_equal"),
    **_of("ArrayFunction", "arr.", "Sort", "descending", "nulls_last"),
    **_of("ArrayFunction", "arr.", "Join", "ignore_nulls"),
    **_of("ArrayFunction", "arr.", "Explode", "empty_as_null", "keep_nulls"),
    **_of("StructFunction", "struct.", "FieldByName:field RenameFields", ""),
    **_of("StructFunction", "struct.", "DropFields:drop", "names", "strict"),
    **_of("StructFunction", "name.", "PrefixFields", "prefix"),
    **_of("StructFunction", "name.", "SuffixFields", "suffix"),
}

# Standing alone, with columns as arguments: `coalesce(col("a"), col("b"))`.
FUNCTIONS: dict[str, Row] = {
    **_same("min_horizontal max_horizontal coalesce"),
    **_same("sum_horizontal mean_horizontal", "ignore_nulls"),
    "argwhere": ("arg_where", ()),
    **_of("BooleanFunction", "", "AnyHorizontal AllHorizontal"),
    **_of("StringFunction", "", "ConcatHorizontal:concat_str", "separator", "ignore_nulls"),
    **_of("ListFunction", "", "Concat:concat_list"),
    **_of("ArrayFunction", "", "Concat:concat_arr"),
}

# The signs of operators. The last two are methods.
SIGNS = {
    "And": "&",
    "LogicalAnd": "&",
    "Or": "|",
    "LogicalOr": "|",
    "Xor": "^",
    "Eq": "==",
    "NotEq": "!=",
    "Lt": "<",
    "LtEq": "<=",
    "Gt": ">",
    "GtEq": ">=",
    "Plus": "+",
    "Minus": "-",
    "Multiply": "*",
    "TrueDivide": "/",
    "FloorDivide": "//",
    "Modulus": "%",
}
OPERATORS = {"EqValidity": "eq_missing", "NotEqValidity": "ne_missing"}
