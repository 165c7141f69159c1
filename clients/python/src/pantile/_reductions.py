"""Methods of a Series that come to one value, or to few: `REDUCTIONS` is the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import COUNT, ROW, Column, clean, place, settled
from pantile._program import Node, binary, case, col, data, fn, lit
from pantile._refusals import needs_python, only, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, flat, only_level, same_rows
from pantile._scalar import Scalar
from pantile._series import Series

IGNORED = {"axis": 0, "numeric_only": False, "level": None, "min_count": 0, "skipna": True, "split_every": False}


def reduced(column: Column, name: str, **options: Any) -> Column:
    """One value of the column, as pandas reckons it."""
    if name not in REDUCERS:
        wrong(f"there is no reduction {name!r}", f"there are: {', '.join(REDUCERS)}")
    skipna, least = options.pop("skipna", True), options.pop("min_count", 0)
    found = REDUCERS[name](clean(column), **options)
    if not skipna:
        return _unless(clean(column).node.call("has_nulls"), found)
    if least and least > 0:
        return _unless(binary("<", clean(column).node.call("count"), least), found)
    return found


def _unless(condition: Node, found: Column) -> Column:
    return Column(case(condition, None, found.node), found.type)


def _sum(column: Column) -> Column:
    kind = column.type
    assert kind is not None
    if pa.types.is_duration(kind):
        return column.same("sum")
    if types.is_text(kind):
        return column.call("str.join", "", type=types.STRING)
    if not types.is_summable(kind):
        wrong(f"there is no sum of {kind}", "numeric_only=True leaves such columns out")
    return _widened(column).same("sum")


def _widened(column: Column) -> Column:
    """Integers of few bits are added up as pandas does, in 64."""
    kind = column.type
    if kind is None or types.is_float(kind) or pa.types.is_decimal(kind):
        return column
    wide = pa.uint64() if pa.types.is_unsigned_integer(kind) else types.INT64
    return column if kind == wide else column.cast(wide)


def _product(column: Column) -> Column:
    return _widened(column).same("product")


def _numeric(name: str) -> Callable[..., Column]:
    def build(column: Column, **options: Any) -> Column:
        kind = column.type
        if kind is None or (not types.is_summable(kind) and not types.is_time(kind)):
            wrong(f"there is no {name} of {kind}", "numeric_only=True leaves such columns out")
        timed = types.is_time(kind) or pa.types.is_duration(kind)
        base = column.cast(types.FLOAT64) if pa.types.is_boolean(kind) else column
        if name == "median" and not timed:
            return Column(base.node.call("median"), types.FLOAT64 if kind != pa.float32() else None)
        return Column(
            base.node.call(name, **options), kind if timed else types.FLOAT64 if kind != pa.float32() else None
        )

    return build


def _ddof(name: str) -> Callable[..., Column]:
    plain = _numeric(name)

    def build(column: Column, ddof: int = 1) -> Column:
        named = {} if ddof == 1 else {"ddof": ddof}
        kind = column.type
        if kind is None or not (types.is_time(kind) or pa.types.is_duration(kind)):
            return plain(column, **named)
        if name != "std" or pa.types.is_date(kind):
            wrong(f"there is no {name} of {kind}", "numeric_only=True leaves such columns out")
        length = pa.duration(kind.unit)
        return Column(column.cast(types.INT64).node.call(name, **named)).cast(types.INT64).cast(length)

    return build


def _sem(column: Column, ddof: int = 1) -> Column:
    spread = _ddof("std")(column, ddof)
    return Column(binary("/", spread.node, column.node.call("count").call("sqrt")), types.FLOAT64)


def _extreme(name: str) -> Callable[[Column], Column]:
    def build(column: Column) -> Column:
        if not types.is_category(column.type):
            return column.same(name)
        if not types.is_ordered(column.type):
            wrong(f"there is no {name} of categories without an order", ".cat.as_ordered() gives them one")
        return Column(column.node.call("get", place(column).node.call(f"arg_{name}")), column.type)

    return build


def _counted(name: str) -> Callable[[Column], Column]:
    return lambda column: column.call(name).cast(types.INT64)


def _nunique(column: Column, dropna: bool = True) -> Column:
    base = Column(column.node.call("drop_nulls")) if dropna else column
    return base.call("n_unique").cast(types.INT64)


def _truth(name: str) -> Callable[[Column], Column]:
    def build(column: Column) -> Column:
        if column.type is not None and not pa.types.is_boolean(column.type):
            empty = "" if types.is_text(column.type) else 0
            column = Column(binary("!=", column.node, empty), types.BOOL)
        return column.call(name, type=types.BOOL)

    return build


def _moment(name: str, least: int) -> Callable[[Column], Column]:
    """Skewness and kurtosis, of which pandas has none of fewer than `least` values, and 0 of equal ones."""

    def build(column: Column) -> Column:
        found = _numeric(name)(column, bias=False)
        few = binary("<", column.node.call("count"), least)
        even = binary("==", column.node.call("min"), column.node.call("max"))
        return Column(case(few, None, case(even, 0.0, found.node)), types.FLOAT64)

    return build


def _quantile(column: Column, q: float = 0.5, interpolation: str = "linear") -> Column:
    base = column.cast(types.FLOAT64) if pa.types.is_boolean(column.type) else column  # type: ignore[arg-type]
    kind = types.FLOAT64 if types.is_number(column.type) and column.type != pa.float32() else None  # type: ignore[arg-type]
    return base.call("quantile", q, interpolation, type=kind)


REDUCERS: dict[str, Callable[..., Column]] = {
    "sum": _sum, "prod": _product, "product": _product, "mean": _numeric("mean"), "median": _numeric("median"),
    "min": _extreme("min"), "max": _extreme("max"), "std": _ddof("std"), "var": _ddof("var"), "sem": _sem,
    "count": _counted("count"), "nunique": _nunique, "any": _truth("any"), "all": _truth("all"),
    "skew": _moment("skew", 3), "kurt": _moment("kurtosis", 4), "kurtosis": _moment("kurtosis", 4),
    "quantile": _quantile, "median_approximate": _numeric("median"), "nunique_approx": _counted("approx_n_unique"),
    "first": lambda column: column.same("first", ignore_nulls=True),
    "last": lambda column: column.same("last", ignore_nulls=True),
    "size": lambda column: COUNT,
}  # fmt: skip
SCALARS = [name for name in REDUCERS if name not in ("quantile", "first", "last", "size")]
OWN = {"std": ("ddof",), "var": ("ddof",), "sem": ("ddof",), "nunique": ("dropna",)}


def reduction(name: str) -> Callable[..., Scalar]:
    """The method of a Series for a row of the table."""
    own = OWN.get(name, ())

    def method(s: Series, *given: Any, **options: Any) -> Scalar:
        order = ("dropna",) if name == "nunique" else ("axis", "skipna", *own)
        options = {**dict(zip(order, given, strict=False)), **options}
        taken = {key: options[key] for key in (*own, "skipna", "min_count") if key in options}
        only(
            name,
            {**IGNORED, "ddof": 1, "dropna": True},
            {k: v for k, v in options.items() if k not in taken and k != "axis"},
        )
        if name in ("any", "all"):
            taken.pop("skipna", None)
        return Scalar(s._rows, reduced(s._column, name, **taken))

    method.__name__ = name
    method.__doc__ = f"The {name} of the column, as a scalar that is still to be computed."
    return method


def quantile(s: Series, q: Any = 0.5, interpolation: str = "linear", **_: Any) -> Any:
    """The exact quantile: a scalar, or of a list a Series by quantile."""
    if isinstance(q, int | float):
        return Scalar(s._rows, reduced(s._column, "quantile", q=q, interpolation=interpolation))
    parts = {float(each): reduced(s._column, "quantile", q=float(each), interpolation=interpolation) for each in q}
    return stacked(s, parts, s._name)


def stacked(s: Series, parts: dict[Any, Column], name: Any) -> Series:
    """Values of the same rows, one below the other, labelled by the keys."""
    items = [s._rows.node.call("select", __index0=lit(label), value=column.node) for label, column in parts.items()]
    node = fn("concat", items, how="vertical_relaxed") if len(items) > 1 else items[0]
    rows = Rows(s.client, node, ("__index0", "value"))
    kind = types.STRING if isinstance(next(iter(parts)), str) else types.FLOAT64
    return Series(
        rows, Column(col("value"), next(iter(parts.values())).type), name, (Level(None, Column(col("__index0"), kind)),)
    )


def label_of(name: str) -> Callable[..., Scalar]:
    """`idxmin` and `idxmax`: the label of the first such row."""

    def method(s: Series, axis: Any = 0, skipna: bool = True, **_: Any) -> Scalar:
        level = only_level(s._index)
        place = clean(s._column).node.call(name)
        if level.is_range:
            return Scalar(s._rows, Column(place).cast(types.INT64))
        return Scalar(s._rows, Column(level.column.node.call("get", place), level.column.type))

    return method


def place_of(name: str) -> Callable[..., Scalar]:
    return lambda s, axis=0, skipna=True: Scalar(s._rows, Column(clean(s._column).node.call(name)).cast(types.INT64))


def of_two(name: str) -> Callable[..., Scalar]:
    """`corr` and `cov` with another column of the same rows; rows that miss one of the two are left out."""

    def method(s: Series, other: Series, method: str = "pearson", min_periods: Any = None, **options: Any) -> Scalar:
        rows = same_rows(s._rows, other._rows, "the two columns")
        more = {} if min_periods in (None, 1) else {"min_periods": min_periods}
        return Scalar(rows, two(name, s._column, other._column, method, **options, **more))

    return method


def two(name: str, left: Column, right: Column, method: str = "pearson", **options: Any) -> Column:
    """The correlation or the covariance of two columns over the rows that have both."""
    if name == "corr" and method not in ("pearson", "spearman"):
        unsupported(f"corr(method={method!r}) is not done here", "'pearson' and 'spearman' are")
    sides = [clean(side).cast(types.FLOAT64).node for side in (left, right)]
    pair = [case(other.call("is_not_null"), side, None) for side, other in (sides, sides[::-1])]
    least = options.pop("min_periods", None)
    named = {key: value for key, value in options.items() if key == "ddof" and value != 1}
    if name == "corr" and method != "pearson":
        named["method"] = method
    found = fn(name, *pair, **named)
    if least is not None:
        found = case(binary(">=", binary("+", pair[0], pair[1]).call("count"), least), found, None)
    return Column(found, types.FLOAT64, True)


def agg(s: Series, func: Any = None, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
    """One reduction by its name, or several as a Series by their names."""
    if isinstance(func, str):
        return getattr(s, func)(*args, **kwargs)
    if callable(func):
        found = name_of(func)
        return getattr(s, found)() if found else needs_python("Series.agg", "name the reduction: 'sum', 'mean', 'max'")
    if isinstance(func, Mapping):
        return stacked(s, {name: reduced(s._column, str(name_of(how))) for name, how in func.items()}, s._name)
    names = {name_of(each): each for each in func}
    if not all(isinstance(name, str) and name in REDUCERS for name in names):
        needs_python("Series.agg", f"name reductions: {', '.join(SCALARS)}")
    return stacked(s, {name: reduced(s._column, str(name)) for name in names}, s._name)


def name_of(func: Any) -> str | None:
    """The reduction that a name or a function of Python or NumPy stands for."""
    if isinstance(func, str):
        return func
    name = getattr(func, "__name__", "")
    home = getattr(func, "__module__", "") or ""
    if home.partition(".")[0] in ("builtins", "numpy") and name:
        return {"amax": "max", "amin": "min", "len": "size"}.get(name, name if name in REDUCERS else None)
    return None


def is_sorted(descending: bool) -> Callable[[Series], Scalar]:
    def ordered(s: Series) -> Scalar:
        node = clean(s._column).node
        good = binary("&", node.call("is_sorted", descending=descending), binary("==", node.call("null_count"), 0))
        return Scalar(s._rows, Column(good, types.BOOL))

    return ordered


def describe(s: Series, percentiles: Any = None, include: Any = None, exclude: Any = None) -> Series:
    """Count, mean, deviation, extremes and quantiles; of texts count, unique, top and freq are refused."""
    if not types.is_number(s.arrow_type):
        unsupported(f"describe of {s.arrow_type} mixes types in one column", "value_counts tells what is in it")
    return stacked(s, described(s._column, percentiles), s._name)


def described(column: Column, percentiles: Any) -> dict[str, Column]:
    """The statistics of `describe`, by their names."""
    shares = sorted({*(percentiles if percentiles is not None else [0.25, 0.5, 0.75]), 0.5})
    if percentiles is not None:
        shares = sorted(set(percentiles))
    parts = {"count": reduced(column, "count"), "mean": reduced(column, "mean"), "std": reduced(column, "std")}
    parts["min"] = reduced(column, "min")
    parts |= {f"{round(100 * q, 4):g}%": reduced(column, "quantile", q=float(q)) for q in shares}
    parts["max"] = reduced(column, "max")
    return {name: part.cast(types.FLOAT64) for name, part in parts.items()}


def unique(s: Series) -> Series:
    """The different values, in the order of their first rows."""
    name = next(iter(s._visible()))
    rows = Rows(s.client, s._rows.node.call("select", **{name: clean(s._column).node.call("unique")}), (name,))
    return Series(rows, Column(col(name), s.arrow_type), s._name, RANGE)


def mode(s: Series, dropna: bool = True) -> Series:
    """The values that are there most often, in order."""
    name = next(iter(s._visible()))
    base = clean(s._column).node.call("drop_nulls") if dropna else clean(s._column).node
    rows = Rows(s.client, s._rows.node.call("select", **{name: base.call("mode").call("sort")}), (name,))
    return Series(rows, Column(col(name), s.arrow_type), s._name, RANGE)


def _with_none(node: Node, kind: types.Category, name: str, dropna: bool) -> Node:
    """The counts of all categories in their order, of those that no row has as well."""
    text = node.call("with_columns", __index0=col("__index0").call("cast", types.type_node(types.STRING)))
    table = pa.table({"__index0": pa.array(kind.categories, types.STRING)})
    whole = data(table, "categories").call("join", text, on="__index0", how="left").call("fill_null", 0)
    if dropna:
        return whole
    return fn("concat", [whole, text.call("filter", col("__index0").call("is_null"))])


def value_counts(
    s: Series,
    normalize: bool = False,
    sort: bool = True,
    ascending: bool = False,
    bins: Any = None,
    dropna: bool = True,
) -> Series:
    """How often each value is there, the most frequent first."""
    if bins is not None:
        unsupported(
            "value_counts(bins=…) is not done here", "cut the column first: pantile.cut(s, bins).value_counts()"
        )
    name = "proportion" if normalize else "count"
    base = flat(s._rows, {}, (), Column(clean(s._column).node))
    key = Column(clean(s._column).node).node
    node = base.rows.node.call("select", __index0=key)
    node = node.call("drop_nulls") if dropna else node
    node = node.call("group_by", "__index0").call("agg", **{name: COUNT.node})
    if isinstance(s.arrow_type, types.Category):
        node = _with_none(node, s.arrow_type, name, dropna)
    if normalize:
        node = node.call("with_columns", proportion=binary("/", col(name), col(name).call("sum")))
    if sort:
        node = node.call("sort", name, **({} if ascending else {"descending": True}))
    level = Level(s._name, Column(col("__index0"), s.arrow_type))
    return Series(
        Rows(s.client, node, ("__index0", name)),
        Column(col(name), types.FLOAT64 if normalize else types.INT64),
        name,
        (level,),
    )


METHODS: dict[str, Callable[..., Any]] = {
    **{name: reduction(name) for name in SCALARS},
    "quantile": quantile, "idxmax": label_of("arg_max"), "idxmin": label_of("arg_min"), "argmax": place_of("arg_max"),
    "argmin": place_of("arg_min"), "corr": of_two("corr"), "cov": of_two("cov"), "agg": agg, "aggregate": agg,
    "describe": describe, "unique": unique, "mode": mode, "value_counts": value_counts,
    "autocorr": lambda s, lag=1: s.corr(s.shift(lag)),
}  # fmt: skip
PROPERTIES: dict[str, Callable[[Series], Any]] = {
    "size": lambda s: Scalar(s._rows, COUNT),
    "empty": lambda s: Scalar(s._rows, Column(binary("==", fn("len"), 0), types.BOOL)),
    "is_monotonic_increasing": is_sorted(False), "is_monotonic_decreasing": is_sorted(True),
    "is_unique": lambda s: Scalar(s._rows, Column(clean(s._column).node.call("is_unique").call("all"), types.BOOL)),
    "hasnans": lambda s: Scalar(s._rows, Column(clean(s._column).node.call("has_nulls"), types.BOOL)),
}  # fmt: skip


def install() -> None:
    """Gives Series the methods of the tables."""
    for name, method in METHODS.items():
        setattr(Series, name, method)
    for name, method in PROPERTIES.items():
        setattr(Series, name, property(method))


install()
__all__ = ["REDUCERS", "ROW", "reduced", "settled"]
