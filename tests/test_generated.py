"""Programs and frames that nobody thought of: asked over the wire, and of Polars in this process. Both must say the same.

What is called comes from `/v1/ops`, with arguments by their kinds, so that a new function is called without a word here.
What arguments must be to mean anything is in `ARGUMENTS`, what is not called and why in `LEFT_OUT`. Frames have nulls, NaN,
no rows, columns of nulls alone, and lie in one partition or three. Where one of the two refuses, the other must, too.
"""

import json
import math
from datetime import date, datetime

import pandas
import polars
import pytest
import requests
from harness import ARROW_STREAM, Problem
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pages import PAGES, kind
from test_expressions import wait_until
from test_pages import words_of_polars

FRAMES = 30
FRAMES_EACH = 3
PROGRAMS = 6
FAMILIES = sorted(page.stem for page in PAGES if page.parent.name == "functions" and page.stem not in ("name", "selectors"))

TYPES = {
    "i": polars.Int64,
    "j": polars.Int64,
    "f": polars.Float64,
    "g": polars.Float64,
    "s": polars.String,
    "r": polars.String,
    "b": polars.Boolean,
    "c": polars.Boolean,
    "d": polars.Date,
    "t": polars.Datetime("us"),
    "l": polars.List(polars.Int64),
}
VALUES = {
    polars.Int64: st.integers(-4, 9),
    polars.Float64: st.sampled_from([0.0, 0.5, -1.25, 2.0, 3.5, 100.0, math.nan]),
    polars.String: st.sampled_from(["", "a", "b", "ab", "B c", "2024-01-31", "7", "É"]),
    polars.Boolean: st.booleans(),
    polars.Date: st.dates(date(2023, 12, 1), date(2024, 3, 9)),
    polars.Datetime("us"): st.datetimes(datetime(2023, 12, 1), datetime(2024, 3, 9)),
    polars.List(polars.Int64): st.lists(st.one_of(st.none(), st.integers(-2, 3)), max_size=3),
}
LITERALS = {
    polars.Int64: ["0", "1", "-3", "2"],
    polars.Float64: ["0.5", "-1.0", "2.0"],
    polars.String: ['lit("a")', 'lit("B c")'],
    polars.Boolean: ["True", "False"],
    polars.Date: ["date(2024, 1, 31)"],
    polars.Datetime("us"): ["datetime(2024, 1, 31, 12)"],
    polars.List(polars.Int64): ["lit([1, 2])"],
}
# What functions of a namespace are asked of.
ASKED_OF = {
    "arr": ['concat_arr("i", "j")'],
    "bin": ['col("s").cast(Binary)'],
    "cat": ['col("s").cast(Categorical)'],
    "dt": ['col("d")', 'col("t")', '(col("t") - datetime(2024, 1, 1))'],
    "list": ['col("l")'],
    "str": ['col("s")'],
    "struct": ['struct("i", "s")'],
}
KINDS = {
    "bool": ["True", "False"],
    "bools": ["True", "False"],
    "float": ["0.25", "0.5", "1.0"],
    "frame": ["df.head(3)", "df"],
    "floats": ["[0.5]", "[0.0, 1.0]"],
    "int": ["0", "1", "2", "3", "-1"],
    "ints": ["0", "-1"],
    "name": ['"i"', '"f"'],
    "names": ['"i"', '"f"', '["i", "j"]'],
    "span": ['"1d"', '"2h"', '"1mo"', '"1w"'],
    "text": ['"a"', '"b"', '" "'],
    "texts": ['"a"'],
    "type": ["Int64", "Float64", "String"],
    "type_list": ["Int64", "String"],
}
# Arguments that mean something only if they are so: by the function and the argument, or by the argument alone.
ARGUMENTS = {
    "bin.decode encoding": ['"hex"'],
    "a": ['"i"', '"f"'],
    "arr.agg expr": ["element().sum()", "element().last()"],
    "arr.eval expr": ["element() * 2", "element().rank()"],
    "b": ['"j"', '"g"'],
    "ambiguous": ['lit("raise")', 'lit("earliest")'],
    "breaks": ["[0.0, 1.0]"],
    "cs.datetime time_unit": ['"us"'],
    "cs.duration time_unit": ['"us"'],
    "dt.strftime format": ['"%d.%m.%Y"', '"%B"'],
    "dt.to_string format": ['"%Y-%m-%d"'],
    "fill_char": ['"."', '" "'],
    "format f_string": ['"{}-{}"', '"{}"'],
    "from_epoch column": ['"i"'],
    "head n": ["1", "2"],
    "holidays": ["[]"],
    "item": ["1", "-1"],
    "cumulative_eval expr": ["element().sum()", "element().last()"],
    "json_path": ['"$.a"'],
    "labels": ["None"],
    "length": ["0", "1", "3"],
    "list.agg expr": ["element().sum()", "element().max()"],
    "list.concat other": ['"l"'],
    # Built for debugging, the crate panics at `"drop"` of lists that are shorter than `n`.
    "list.diff null_behavior": ['"ignore"'],
    "list.eval expr": ["element() + 1", "element().cum_sum()"],
    "list.filter predicate": ["element() > 0", "element().is_not_null()"],
    "list.gather indices": ["[0]"],
    "list.set_difference other": ['"l"', 'col("l").list.reverse()'],
    "list.set_intersection other": ['"l"', 'col("l").list.reverse()'],
    "list.set_symmetric_difference other": ['"l"', 'col("l").list.reverse()'],
    "list.set_union other": ['"l"', 'col("l").list.reverse()'],
    "list.to_struct fields": ['["x", "y"]'],
    "n": ["0", "1", "2", "-1"],
    "offset": ["0", "1", "-1"],
    "num_samples": ["0", "3"],
    "pattern": ['"a"', '"[a-z]+"', '"(a)|(b)"'],
    "quantiles": ["[0.5]", "[0.25, 0.75]"],
    "repeat_by by": ["2", '"i"'],
    "replace old": ["{1: 2}", '{"a": "z"}', "[1, 2]"],
    "replace_strict old": ["{1: 2, 0: 3}", '{"a": "z"}'],
    "str.json_decode dtype": ["Int64"],
    "str.strptime dtype": ["Date", 'Datetime("us")'],
    "str.strptime format": ['"%Y-%m-%d"'],
    "str.to_date format": ['"%Y-%m-%d"'],
    "str.to_datetime format": ['"%Y-%m-%d"'],
    "str.to_time format": ['"%H:%M"'],
    "struct schema": ["None"],
    "struct.drop names": ['["i"]'],
    "struct.field name": ['"i"', '"s"'],
    "struct.rename_fields names": ['["x", "y"]'],
    "tail n": ["1", "2"],
    "time_range interval": ['"2h"', '"30m"'],
    "time_zone": ['"UTC"', '"Europe/Oslo"'],
    "week_mask": ["[True, True, True, True, True, False, True]"],
    "weights": ["None"],
    "width": ["1", "2"],
    "window_size": ["1", "2", "3"],
}
NUMBERS = (polars.Int64, polars.Float64)
# Families that are about numbers; Polars takes other types, too, and says of some that they are what they are not.
OF_NUMBERS = ("arithmetic", "bits", "cumulative", "ewm", "mathematics", "ranges", "rolling", "rounding", "statistics")
# Lists to be looked for in.
LISTS = {polars.Int64: "[1, None]", polars.Float64: "[0.5, 2.0]", polars.String: '["a", ""]', polars.Boolean: "[True]"}
# What Python has as texts and numbers, and takes by name.
PLAIN = ("bool", "choice", "float", "int", "span", "text", "type")
# What is not called, and why.
LEFT_OUT = {
    "arg_max": "of equal ones, the first here, and any in Polars",
    "arg_min": "of equal ones, the first here, and any in Polars",
    "bottom_k": "in any order",
    "bottom_k_by": "which of equal rows is not said",
    "case": "Polars has it as `when`",
    "element": "stands inside of others",
    "explain": "rows of plans",
    "field": "stands inside of others",
    "hash": "another one in each version of Polars",
    "rle": "the crate has its two fields the other way round",
    "sample": "by chance",
    "search_sorted": "of what is not sorted, it says anything",
    "shuffle": "by chance",
    "top_k": "in any order",
    "top_k_by": "which of equal rows is not said",
    "value_counts": "in any order",
    "sql": "test_expressions.py",
    "store": "test_store.py",
    "table": "every program begins with it",
    "frame": "what it makes is what is generated",
}
# What one of the two refuses by design, and the other answers.
TAKEN_HERE = ("cannot determine upsample boundaries",)
REFUSED_HERE = (
    "which is not from 1 to 65536",
    "rows of `window_size`",
    "`is_not_nan` operation not supported",
    "'is_in' cannot check for List",
    "`interpolate` takes numbers and times",
    "is a value that is no time",
)
# Calls of verbs whose arguments hang together.
CALLS = {
    "cast": ['cast({"i": Float64, "d": String})', "cast(String)"],
    "concat": ["concat([df, df])", 'concat([df.select("i", "s"), df.select("s", "f")], how="diagonal")', 'concat([df.select("i"), df.select("s")], how="horizontal")'],
    # Means of days are rounded to the microsecond, as they come.
    "describe": ['select("i", "f", "s", "b").describe()', 'select("j", "g").describe([0.25, 0.9], interpolation="linear")'],
    "bottom_k": ['select("i").bottom_k(2, by="i")'],
    "top_k": ['select("f").top_k(2, by="f")', 'select("s").top_k(3, by="s", reverse=True)'],
    "explode": ['explode("l")'],
    "group_by_dynamic": ['sort("t", maintain_order=True).drop_nulls("t").group_by_dynamic("t", every="1w").agg(n=len(), i=col("i").sum())', 'sort("d", maintain_order=True).drop_nulls("d").group_by_dynamic("d", every="1mo", group_by="b").agg(col("f").max())'],
    # A column of nulls alone stays what it is in Polars.
    "interpolate": ['select("i", "f", "s", "d").interpolate()'],
    "join": ['join(df.head(4), on="i", how="inner", maintain_order="left_right")', 'join(df.head(4), on="s", how="left", maintain_order="left_right")', 'join(df.head(4), on=["b", "i"], how="full", maintain_order="left_right")', 'join(df.head(4), on="i", how="semi")', 'join(df.head(4), on="s", how="anti")', 'join(df.head(3), on="i", how="inner", nulls_equal=True, maintain_order="left_right")', 'join(df.select("i").head(2), how="cross", maintain_order="left_right")'],
    "join_asof": ['drop_nulls("t").sort("t", maintain_order=True).join_asof(df.drop_nulls("t").sort("t", maintain_order=True).head(3), on="t")', 'drop_nulls("i").sort("i", maintain_order=True).join_asof(df.drop_nulls("i").sort("i", maintain_order=True).unique("i", keep="first", maintain_order=True), on="i", strategy="forward")'],
    "join_where": ['select("i").join_where(df.select("j").head(3), col("i") > col("j")).sort("i", "j")'],
    "merge_sorted": ['select("i").drop_nulls().sort("i").merge_sorted(df.select("i").drop_nulls().sort("i").head(2), "i")'],
    "pivot": ['pivot("b", index="i", values="f", aggregate_function="min", maintain_order=True)', 'pivot("s", ["a", "b"], index="b", values="i", aggregate_function="sum", maintain_order=True)'],
    "quantile": ["quantile(0.25)", 'select("i", "f", "s").quantile(0.5, interpolation="linear")', 'select("b", "i", "f").group_by("b", maintain_order=True).quantile(0.25)'],
    "rename": ['rename({"i": "z"})', 'rename({"i": "j", "j": "i"})'],
    "resample": ['resample("t", "1w").agg(n=len(), i=col("i").sum(), f=col("f").min())', 'resample("d", "1mo", group_by="b").agg(col("j").max(), col("i"))', 'resample("i", "3i", closed="right", origin="start").agg(n=len(), s=col("s").n_unique())', 'resample("t", "37h", group_by=["b", "c"]).len()'],
    "rolling": ['drop_nulls("t").sort("t", maintain_order=True).rolling("t", period="1w").agg(n=len(), i=col("i").sum())'],
    "shift": ["shift(1)", "shift(n=-2)", 'select("i", "j").shift(1, fill_value=0)'],
    "to_dummies": ['select("b", "s", "i").to_dummies()', 'select("s", "f").to_dummies("s", drop_nulls=True)', 'select("i", "b").to_dummies(drop_first=True)'],
    "transpose": ['select("i", "f").transpose()', 'select("s", "r").transpose(include_header=True)'],
    "unnest": ['select("i", n=struct("j", "s")).unnest("n")'],
    # Polars gives the columns in turns where the frame is in parts.
    "unpivot": ['unpivot(["i", "j"], index="s").sort("variable", maintain_order=True)', 'select("f", "g").unpivot().sort("variable", maintain_order=True)'],
    "upsample": ['with_columns(d=col("d").fill_null(date(2024, 1, 1))).unique("d", keep="first", maintain_order=True).sort("d").upsample("d", every="1w")'],
    "value_counts": ['value_counts("b", "s")', 'value_counts("i", name="n", drop_nulls=True)', 'value_counts(col("d").dt.month(), normalize=True, sort=False)', "value_counts()"],
}


@st.composite
def frames(draw):
    """A frame of columns of all types."""
    height = draw(st.one_of(st.integers(0, 12), st.sampled_from([0, 1])))
    columns = []
    for name, dtype in TYPES.items():
        values = draw(st.sampled_from([st.none(), VALUES[dtype], st.one_of(st.none(), VALUES[dtype])]))
        columns.append(polars.Series(name, draw(st.lists(values, min_size=height, max_size=height)), dtype))
    return polars.DataFrame(columns)


class Writer:
    """Writes calls over columns of a schema, as `draw` chooses."""

    def __init__(self, draw, schema):
        self.draw, self.schema = draw, schema

    def one_of(self, choices):
        return self.draw(st.sampled_from(list(choices)))

    def named(self, dtype):
        """The names of the columns of that type."""
        return [name for name, of in self.schema.items() if of == dtype]

    def column(self, dtype=None):
        """A column of that type, or of any, or a value of it."""
        dtype = dtype or self.one_of(LITERALS)
        columns = [f'col("{name}")' for name in self.named(dtype)]
        return self.one_of([*columns, *columns, *LITERALS[dtype]])

    def function(self, function):
        """The function, of a column where it is asked of one."""
        name = function["name"]
        dtype = self.one_of(NUMBERS if function["family"] in OF_NUMBERS else LITERALS)
        if not function["method"]:
            return f"{name}({self.arguments(function, dtype)})"
        asked_of = ASKED_OF.get(name.split(".")[0]) or [f'col("{name}")' for name in self.named(dtype)]
        return f"{self.one_of(asked_of)}.{name}({self.arguments(function, dtype)})"

    def verb(self, verb, of_groups):
        """The verb, of a frame; of groups where it makes some."""
        name = verb["name"]
        if name in CALLS:
            call = self.one_of(CALLS[name])
            return call if verb["on"] == "nothing" else f"df.{call}"
        if verb["on"] == "groups":
            return f'df.select("b", "i", "f").group_by("b", maintain_order=True).{self.groups(verb)}'
        made = f"df.{name}({self.arguments(verb, self.one_of(LITERALS))})"
        # Polars does not take means of texts.
        of_any = [verb for verb in of_groups if verb["name"] not in ("mean", "median")]
        return f"{made}.{self.groups(self.one_of(of_any))}" if name == "group_by" else made

    def groups(self, verb):
        if verb["name"] == "agg":
            aggregates = ["sum", "min", "max", "first", "last", "n_unique", "count", "mean"]
            columns = self.draw(st.lists(st.sampled_from(["i", "f"]), unique=True, min_size=1))
            return f"agg({', '.join(f'col({json.dumps(name)}).{self.one_of(aggregates)}()' for name in columns)})"
        if verb["name"] == "having":
            return "having(len() > 1).agg(n=len())"
        return f"{verb['name']}({self.arguments(verb, self.one_of(LITERALS))})"

    def arguments(self, op, dtype):
        given, by_name = [], False
        has_rest = any(param["given"] == "rest" for param in op["params"])
        for at, param in enumerate(op["params"]):
            name, how = param["name"], param["given"]
            is_known = f"{op['name']} {name}" in ARGUMENTS
            # Where rows may come in any order, Polars is asked for the one that is the rule here.
            if name == "maintain_order":
                given.append("maintain_order=True")
            elif how in ("else", "named") and not is_known and self.draw(st.integers(0, 3)):
                by_name = True
            elif how == "rest_named":
                given += [f'z=col("{self.one_of(self.schema)}")'] if param["kind"] == "column" else []
            else:
                value = self.value(op["name"], param, dtype)
                by_name |= how == "named" or (not has_rest and (at > 0 or param["kind"] in PLAIN))
                given.append(f"{name}={value}" if by_name else value)
        return ", ".join(given)

    def value(self, op, param, dtype):
        name, of = param["name"], param["kind"]
        for known in (f"{op} {name}", name):
            if known in ARGUMENTS:
                return self.one_of(ARGUMENTS[known])
        if op == "is_in":
            return LISTS.get(dtype, "[None]")
        if of == "choice":
            return json.dumps(self.one_of(param["choices"]))
        if of == "names" and param["given"] == "rest":
            return json.dumps(self.one_of(self.schema))
        if of in KINDS:
            return self.one_of(KINDS[of])
        if name in ("predicates", "condition"):
            return self.column(polars.Boolean)
        if of == "columns" or name == "by":
            return f'col("{self.one_of(self.schema)}")'
        return self.column(dtype)


class Both:
    """A frame in this process, and in a table."""

    def __init__(self, server, frame, partitions):
        self.server, self.frame = server, frame
        rows = max(1, -(-frame.height // partitions))
        for start in range(0, max(frame.height, 1), rows):
            part = frame.slice(start, rows).to_arrow()
            server.append("generated", part) if start else server.put("generated", part)

    def check(self, program):
        (ours, here), (theirs, there) = (outcome(ask, program) for ask in (self.here, self.there))
        if ours is None and theirs is not None and self.frame.is_empty():
            # Types are tried over a row of nulls.
            theirs, there = outcome(lambda program: self.there(program, self.frame.clear(1)), program)
        by_design = any(words in str(there) for words in TAKEN_HERE) or any(words in str(here) for words in REFUSED_HERE)
        # Polars panics now and then, and has then nothing to say.
        if by_design or type(there).__name__ == "PanicException":
            return
        rows = self.frame.to_dict(as_series=False)
        assert (ours is None) == (theirs is None), f"{program}\nhere: {here or ours}\nin Polars: {there or theirs}\nof {rows}"
        assert ours is None or not (how := differ(ours, theirs)), f"{program}\n{how}\nof {rows}"

    def here(self, program):
        headers = {"Accept": ARROW_STREAM, "Content-Type": "text/x-python"}
        text = f'df = table("generated")\n{program}'
        try:
            return polars.read_ipc_stream(self.server.post("/v1/expressions", text.encode(), headers=headers).content)
        except requests.exceptions.ChunkedEncodingError as broken:
            # What goes wrong behind the first rows breaks the answer off.
            wait_until(lambda: "an answer broke off" in self.server.said(), 5, "nothing is said of it")
            assert "panicked" not in self.server.said().rsplit("an answer broke off", 1)[1], program
            raise ValueError from broken

    def there(self, program, frame=None):
        return eval(program, {**words_of_polars(), "df": (self.frame if frame is None else frame).lazy()}).collect()


def outcome(ask, program):
    """Rows, or nothing and what was said."""
    try:
        return ask(program), None
    except Problem as problem:
        assert problem.code in ("invalid_program", "invalid_value", "unknown_column", "unsupported"), f"{program}\n{problem}"
        return None, problem
    except (polars.exceptions.PolarsError, TypeError, ValueError, AttributeError, OverflowError) as error:
        return None, error
    except BaseException as panic:
        assert type(panic).__name__ == "PanicException", panic
        return None, panic


def differ(ours, theirs):
    """How the two differ, if they do."""
    if ours.columns != theirs.columns:
        return f"{ours.columns} and {theirs.columns}"
    if not ours.columns:
        return None
    # Where there is no value at all, Polars may forget of what type.
    known = [name for name in ours.columns if theirs[name].null_count() < theirs.height or not theirs.height]
    kinds = [(kind(ours.schema[name]), kind(theirs.schema[name])) for name in known]
    if any(one != other for one, other in kinds):
        return f"{kinds}"
    if ours.height != theirs.height:
        return f"{ours.rows()} and {theirs.rows()}"
    rows = enumerate(zip(ours.rows(), theirs.rows(), strict=True))
    cells = ((row, name, a, b) for row, (one, other) in rows for name, a, b in zip(ours.columns, one, other, strict=True))
    return next((f"{a!r} and {b!r} in row {row} of {name!r}" for row, name, a, b in cells if not alike(a, b)), None)


def alike(one, other):
    match one, other:
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(map(alike, one, other))
        case (dict(), dict()):
            return list(one) == list(other) and alike(list(one.values()), list(other.values()))
        case (float(), float()):
            return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return one == other


def many(examples):
    # What is found is told as it is: to make it smaller takes its time, and a program says enough.
    more = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}
    return settings(max_examples=examples, derandomize=True, **more)


@pytest.fixture(scope="module")
def ops(server):
    return server.get("/v1/ops").json()


@pytest.mark.parametrize("family", FAMILIES)
@many(FRAMES_EACH)
@given(data=st.data(), frame=frames(), partitions=st.sampled_from([1, 3]))
def test_functions(server, ops, family, data, frame, partitions):
    """Calls of each function, on columns and values."""
    both, writer = Both(server, frame, partitions), Writer(data.draw, TYPES)
    for function in ops["functions"]:
        if function["family"] == family and function["name"] not in LEFT_OUT:
            both.check(f"df.select({writer.function(function)})")


@many(FRAMES)
@given(data=st.data(), frame=frames(), partitions=st.sampled_from([1, 3]))
def test_verbs(server, ops, data, frame, partitions):
    """One verb, and another behind it."""
    both, writer = Both(server, frame, partitions), Writer(data.draw, TYPES)
    verbs = [verb for verb in ops["verbs"] if verb["name"] in CALLS or verb["name"] not in LEFT_OUT]
    of_groups = [verb for verb in verbs if verb["on"] == "groups"]
    for _ in range(PROGRAMS):
        first = writer.verb(writer.one_of(verbs), of_groups)
        then = writer.verb(writer.one_of([verb for verb in verbs if verb["on"] == "frame"]), of_groups)
        both.check(first)
        both.check(f"{first}.{then.removeprefix('df.')}")


def test_what_is_said_of_ops_is_of_such_as_there_are(ops):
    names = {one["name"] for one in [*ops["functions"], *ops["verbs"]]}
    assert set(LEFT_OUT) | set(CALLS) <= names
    assert all(known.split(" ")[0] in names for known in ARGUMENTS if " " in known)
    assert set(FAMILIES) | {"name", "selectors"} == {family["name"] for family in ops["families"]}


def test_what_differs_is_seen():
    one = polars.DataFrame({"a": [1.0, None]})
    assert differ(one, one) is None
    for other in ([1.5, None], [1.0, 0.0], [1.0], [1, None], [1.0, math.nan]):
        assert differ(one, polars.DataFrame({"a": other}))
    assert differ(one, one.rename({"a": "b"}))


# What was found so, once: each was wrong, or ended in a panic.
FOUND = [
    'df.select("d", "f", "b", "l").quantile(0.5)',
    'df.select("b", "i", "s", "c").group_by("b").quantile(0.5)',
    'df.select("i", "b").interpolate()',
    'df.sort("d", "d").head(2)',
    'df.select("i", "d").drop_nulls("d").upsample("d", every="1d")',
    'df.select(rolling_cov("f", lit(0.5), window_size=2))',
    'df.select(datetime(col("i"), 1, 1))',
    "df.select(lit([1, 2]))",
    'df.select(col("l").list.to_struct(["x", "y"]))',
    'df.select("n").reverse()',
]
# What Polars panics at.
ANSWERED = [
    ('df.select("m").quantile(0.5)', [(None,)]),
    ('df.select(cov("i", lit(0.5)), r=corr(lit(1), "i"))', [(0.0, math.nan)]),
    ('df.select("i", "b").interpolate()', [(1.0, 1.0), (2.0, 0.5), (3.0, 0.0)]),
]
REFUSED = [
    'df.select(col("i").extend_constant(0, n=-1))',
    'df.select(col("i").extend_constant(0, n=col("i").min() - 5))',
    'df.select(col("i").top_k(2.0))',
    "df.select(date_range(2.0, end=1.0))",
    'df.select(col("b").interpolate())',
    'df.select("i", "s").group_by("i").median()',
]


@pytest.fixture(params=[1, 3])
def both(server, request):
    frame = polars.DataFrame({
        "i": [1, 2, 3], "f": [1.5, None, 2.5], "b": [True, None, False], "c": [None, None, None],
        "d": [date(2024, 1, 1), None, date(2024, 1, 5)], "m": [None] * 3, "l": [[1], None, [2]], "n": [None] * 3, "s": ["a", None, "b"],
    }, schema_overrides={"c": polars.Boolean, "m": polars.Date, "n": polars.List(polars.Int64)})
    return Both(server, frame, request.param)


@pytest.mark.parametrize("program", FOUND)
def test_what_was_found(both, program):
    both.check(program)


@pytest.mark.parametrize(("program", "rows"), ANSWERED)
def test_what_polars_panics_at(both, program, rows):
    assert alike(both.here(program).rows(), rows)


@pytest.mark.parametrize("program", REFUSED)
def test_what_is_refused_and_no_defect(both, program):
    assert outcome(both.here, program)[0] is None


# Where pandas says what is right, too.


AS_PANDAS = {
    'df.select(col("i").sum(), f=col("f").sum())': lambda p: pandas.DataFrame({"i": [p.i.sum()], "f": [p.f.sum()]}),
    'df.select(col("i").mean(), f=col("f").max())': lambda p: pandas.DataFrame({"i": [p.i.mean()], "f": [p.f.max()]}),
    'df.select(col("i").std(), f=col("f").var())': lambda p: pandas.DataFrame({"i": [p.i.std()], "f": [p.f.var()]}),
    'df.select(col("i").median(), f=col("f").quantile(0.3, "linear"))': lambda p: pandas.DataFrame({"i": [p.i.median()], "f": [p.f.quantile(0.3)]}),
    'df.select(col("i").cum_sum(), f=col("f").diff())': lambda p: pandas.DataFrame({"i": p.i.cumsum(), "f": p.f.diff()}),
    'df.select(col("i").shift(2), f=col("f").forward_fill())': lambda p: pandas.DataFrame({"i": p.i.shift(2), "f": p.f.ffill()}),
    'df.select(col("i").rank(), f=col("f").rank("min"))': lambda p: pandas.DataFrame({"i": p.i.rank(), "f": p.f.rank(method="min")}),
    'df.select(col("i").rolling_sum(2), f=col("f").rolling_mean(3))': lambda p: pandas.DataFrame({"i": p.i.rolling(2).sum(), "f": p.f.rolling(3).mean()}),
    'df.select(col("f").clip(0, 2), i=col("i") * 2 - 1)': lambda p: pandas.DataFrame({"f": p.f.clip(0, 2), "i": p.i * 2 - 1}),
    'df.drop_nulls("i").select("i", "f")': lambda p: p.dropna(subset="i")[["i", "f"]],
    'df.sort("i", "f", nulls_last=True).select("i", "f")': lambda p: p.sort_values(["i", "f"], kind="stable")[["i", "f"]],
    'df.unique("s", keep="first").select("s", "i")': lambda p: p.drop_duplicates("s")[["s", "i"]],
    'df.drop_nulls("s").group_by("s").agg(i=col("i").sum(), n=col("f").count()).sort("s")': lambda p: p.groupby("s").agg(i=("i", "sum"), n=("f", "count")).reset_index(),
    'df.drop_nulls("s").group_by("s").agg(col("f").min(), n=len()).sort("s")': lambda p: p.groupby("s").agg(f=("f", "min"), n=("s", "size")).reset_index(),
    'df.value_counts("s", "i", normalize=True, drop_nulls=True).sort("s", "i")': lambda p: p.value_counts(["s", "i"], normalize=True).reset_index().sort_values(["s", "i"]),
    'df.drop_nulls("i").select("i", "f").join(df.drop_nulls("i").select("i", "g").head(3), on="i", how="left")': lambda p: p.dropna(subset="i")[["i", "f"]].merge(p.dropna(subset="i")[["i", "g"]].head(3), on="i", how="left"),
    'df.drop_nulls("d").select(col("d").dt.year(), m=col("d").dt.month())': lambda p: pandas.DataFrame({"d": p.d.dropna().dt.year, "m": p.d.dropna().dt.month}),
    'df.drop_nulls("s").select(col("s").str.to_uppercase(), n=col("s").str.len_chars())': lambda p: pandas.DataFrame({"s": p.s.dropna().str.upper(), "n": p.s.dropna().str.len()}),
}


@many(FRAMES // 2)
@given(frame=frames(), partitions=st.sampled_from([1, 3]))
def test_as_pandas_has_it(server, frame, partitions):
    """NaN is what pandas has for null, so there is none."""
    frame = frame.with_columns(polars.col("f", "g").fill_nan(None))
    both = Both(server, frame, partitions)
    held = pandas.DataFrame({
        "i": frame["i"].to_pandas().astype("Int64"), "f": frame["f"].to_pandas().astype("float64"), "g": frame["g"].to_pandas().astype("float64"),
        "s": frame["s"].to_pandas().astype("str"), "d": pandas.to_datetime(frame["d"].to_pandas()),
    })
    held["s"] = held["s"].where(frame["s"].is_not_null().to_numpy(), None)
    for program, ours in AS_PANDAS.items():
        rows = [tuple(None if pandas.isna(value) else value for value in row) for row in ours(held).itertuples(index=False, name=None)]
        got = both.here(program).rows()
        assert len(got) == len(rows) and all(map(same, got, rows)), f"{program}\n{got} and {rows}"


def same(one, other):
    """Numbers are what they are, whatever their type."""
    pairs = zip(one, other, strict=True)
    return all(a is b is None or a == b or (a is not None and b is not None and not isinstance(a, str) and math.isclose(a, b, abs_tol=1e-9)) for a, b in pairs)
