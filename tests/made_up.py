"""Frames and relational programs over them, made up by Hypothesis."""

import datetime
import math
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

FLOATS = [math.nan, math.inf, -math.inf, 0.0, -0.0, 0.5, 1.0, -1.25, 2.5, -2.5, 3.5, 1e300, 7.0]
INTS = [0, 1, -1, 2, 3, -7, 10, 100, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63)]
KINDS = {
    "g": (pa.int64(), st.integers(0, 3)),
    "i": (pa.int64(), st.sampled_from(INTS)),
    "s": (pa.int16(), st.sampled_from([0, 1, -1, 2, -3, 7, 32767, -32768])),
    "u": (pa.uint8(), st.sampled_from([0, 1, 2, 3, 200, 255])),
    "x": (pa.float64(), st.sampled_from(FLOATS)),
    "y": (pa.float64(), st.sampled_from(FLOATS)),
    "t": (pa.string(), st.sampled_from(["", "a", "b", "ab", "Ä", "straße", "A", "aa\n"])),
    "w": (pa.string(), st.sampled_from(["a", "b", "c"])),
    "b": (pa.bool_(), st.booleans()),
    "m": (pa.decimal128(12, 2), st.sampled_from([Decimal(text) for text in ["0", "0.05", "1.15", "-2.50", "9999.99"]])),
    "d": (pa.date32(), st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))),
    "z": (pa.timestamp("us"), st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2050, 1, 1))),
}
TYPES = {"g": "int", "i": "int", "s": "int", "u": "int", "x": "float", "y": "float", "t": "text", "w": "text",
         "b": "bool", "m": "decimal", "d": "date", "z": "time"}


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 12))
    nulls = draw(st.sampled_from([0, 0.2, 1]))
    columns = {}
    for column, (kind, values) in KINDS.items():
        one = values if not nulls else st.one_of(values, st.none(), st.none()) if nulls < 1 else st.none()
        columns[column] = pa.array(draw(st.lists(one, min_size=rows, max_size=rows)), kind)
    return pa.table(columns), draw(st.integers(1, 3))


# Columns, by the kind of their values.

SMALL_INTS = st.sampled_from(["0", "1", "2", "3", "-4", "100"])
SMALL_FLOATS = st.sampled_from(["0.0", "0.5", "2.0", "-0.25", "nan", "inf", "1.0"])


def of_kind(columns, kind):
    return [name for name, known in columns.items() if known == kind]


def column(draw, columns, kind, depth=2):
    """A column of that kind over columns of a frame, each row by itself."""
    plain = [f'col("{name}")' for name in of_kind(columns, kind)]
    if not plain or (depth and draw(st.booleans())):
        made = computed(draw, columns, kind, depth)
        if made:
            return made
    return draw(st.sampled_from(plain)) if plain else None


def computed(draw, columns, kind, depth):
    def part(of):
        return column(draw, columns, of, depth - 1)

    def either(of, literals):
        return draw(literals) if draw(st.booleans()) else part(of)

    if depth <= 0:
        return None
    match kind:
        case "int":
            form = draw(st.sampled_from(
                ["+", "-", "*", "//", "%", "abs", "neg", "len", "fill", "case", "year", "cast", "round"]))
            if form in "+-*//%":
                return text("({} {} {})", part("int"), form, either("int", SMALL_INTS))
            if form == "len":
                return text("{}.str.len_chars()", part("text"))
            if form == "fill":
                return text("{}.fill_null({})", part("int"), either("int", SMALL_INTS))
            if form == "case":
                return text("when({}).then({}).otherwise({})", part("bool"), part("int"), either("int", SMALL_INTS))
            if form == "year":
                of, names = draw(st.sampled_from([
                    ("date", ["year", "month", "day", "quarter", "week", "ordinal_day", "weekday"]),
                    ("time", ["year", "month", "day", "hour", "minute", "second", "quarter", "week", "weekday"]),
                ]))
                return text("{}.dt.{}()", part(of), draw(st.sampled_from(names)))
            if form == "cast":
                kinds = st.sampled_from(["Int64", "Int32", "UInt8", "Int8", "UInt64", "UInt16"])
                strict = "" if draw(st.integers(0, 9)) == 0 else ", strict=False"
                return text("{}.cast({}{})", part(draw(st.sampled_from(["int", "bool", "float"]))), draw(kinds), strict)
            if form == "round":
                return text("{}.{}()", part("int"), draw(st.sampled_from(["round", "floor", "ceil"])))
            if form == "neg":
                return text("(-{})", part("int")) if not any(name in columns for name in "u") else None
            return text("{}.abs()", part("int"))
        case "float":
            form = draw(st.sampled_from(
                ["+", "-", "*", "/", "//", "%", "f/", "neg", "abs", "sqrt", "exp", "log", "round", "floor", "ceil", "fill",
                 "nan", "case", "cast"]))
            if form in ["+", "-", "*", "/", "//", "%"]:
                return text("({} {} {})", part("float"), form, either("float", SMALL_FLOATS))
            if form == "f/":
                return text("({} / {})", part("int"), either("int", SMALL_INTS))
            if form == "neg":
                return text("(-{})", part("float"))
            if form == "log":
                return text("{}.log({})", part("float"), draw(st.sampled_from(["", "2", "10.0"])))
            if form == "round":
                mode = draw(st.sampled_from(["", ', mode="half_away_from_zero"']))
                return text("{}.round({}{})", part("float"), str(draw(st.integers(0, 3))), mode)
            if form == "fill":
                return text("{}.fill_null({})", part("float"), either("float", SMALL_FLOATS))
            if form == "nan":
                return text("{}.fill_nan({})", part("float"), draw(st.sampled_from(["0.5", "None"])))
            if form == "case":
                return text("when({}).then({}).otherwise({})", part("bool"), part("float"), either("float", SMALL_FLOATS))
            if form == "cast":
                return text("{}.cast(Float64)", part(draw(st.sampled_from(["int", "bool", "decimal"]))))
            return text("{}.{}()", part("float"), form)
        case "decimal":
            form = draw(st.sampled_from(["+", "-", "*", "fill", "case", "cast"]))
            if form in "+-*":
                return text("({} {} {})", part("decimal"), form, either("decimal", st.sampled_from(["0", "1", "-3"])))
            if form == "fill":
                return text("{}.fill_null({})", part("decimal"), either("decimal", st.just("0")))
            if form == "case":
                cases = part("bool"), part("decimal"), either("decimal", st.just("0"))
                return text("when({}).then({}).otherwise({})", *cases)
            return text("{}.cast(Decimal(38, {}))", part("decimal"), draw(st.integers(2, 6)))
        case "date":
            if draw(st.booleans()):
                return text("{}.dt.date()", part("time"))
            return text("when({}).then({}).otherwise(date(2024, 2, 29))", part("bool"), part("date"))
        case "text":
            form = draw(st.sampled_from(["lower", "upper", "fill", "case", "cast", "slice", "head"]))
            if form == "fill":
                return text("{}.fill_null({})", part("text"), either("text", st.sampled_from(['"none"', '""'])))
            if form == "slice":
                bounds = st.sampled_from(["0", "1", "0, 1", "1, 2", "2, 0", "7, 1"])
                return text("{}.str.slice({})", part("text"), draw(bounds))
            if form == "head":
                return text("{}.str.head({})", part("text"), draw(st.integers(0, 3)))
            if form == "case":
                return text("when({}).then({}).otherwise({})", part("bool"), part("text"), part("text"))
            if form == "cast":
                return text("{}.cast(String)", part(draw(st.sampled_from(["int", "bool"]))))
            return text(f"{{}}.str.to_{form}case()", part("text"))
        case "bool":
            form = draw(st.sampled_from(
                ["compare", "compare", "logic", "not", "null", "nan", "in", "between", "search", "missing", "fill"]))
            of = draw(st.sampled_from(["int", "float", "text", "date", "time", "bool", "decimal"]))
            literals = {"int": SMALL_INTS, "float": SMALL_FLOATS, "text": st.sampled_from(['"a"', '"b"', '""']),
                        "date": st.sampled_from(["date(2000, 1, 1)", "date(1970, 1, 2)"]),
                        "decimal": st.sampled_from(["0", "1", "0.05", "1.15"])}
            if form == "compare":
                sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
                literal = literals.get(of)
                return text("({} {} {})", part(of), sign, either(of, literal) if literal is not None else part(of))
            if form == "missing":
                return text("{}.{}({})", part(of), draw(st.sampled_from(["eq_missing", "ne_missing"])), part(of))
            if form == "logic":
                return text("({} {} {})", part("bool"), draw(st.sampled_from("&|^")), part("bool"))
            if form == "not":
                return text("~{}", part("bool"))
            if form == "null":
                return text("{}.{}()", part(of), draw(st.sampled_from(["is_null", "is_not_null"])))
            if form == "nan":
                tests = st.sampled_from(["is_nan", "is_not_nan", "is_finite", "is_infinite"])
                return text("{}.{}()", part("float"), draw(tests))
            if form == "in":
                lists = {"int": ["[1, 2, None]", "[3]", "[]"], "float": ["[0.0, nan]", "[0.5, None]"],
                         "text": ['["a", "b"]', '["a", None]']}
                of = draw(st.sampled_from(sorted(lists)))
                plain = [f'col("{name}")' for name in of_kind(columns, of)]
                if not plain:
                    return None
                equal = draw(st.sampled_from(["", ", nulls_equal=True"]))
                return text("{}.is_in({}{})", draw(st.sampled_from(plain)), draw(st.sampled_from(lists[of])), equal)
            if form == "between":
                of = draw(st.sampled_from(["int", "float", "date", "decimal"]))
                closed = draw(st.sampled_from(["both", "left", "right", "none"]))
                bounds = either(of, literals[of]), either(of, literals[of])
                return text('{}.is_between({}, {}, closed="{}")', part(of), *bounds, closed)
            if form == "search":
                how = draw(st.sampled_from(["starts_with", "ends_with", "contains"]))
                sought = ["a", "", "ß"] + (["^a", "a|b", "a.", "^$", "(?i)Ä"] if how == "contains" else [])
                return text('{}.str.{}("{}")', part("text"), how, draw(st.sampled_from(sought)))
            return text("{}.fill_null({})", part("bool"), draw(st.sampled_from(["True", "False"])))
    return None


def text(form, *parts):
    return None if any(part is None for part in parts) else form.format(*parts)


def aggregate(draw, columns):
    """An aggregate, and the kind of its values."""
    # Polars 0.55.2 counts rows of before where all that is asked of one row of totals is `len()`, twice:
    # `.select(a=col("b").any()).select(a=len(), b=len())`. So `len()` is not made up.
    kind = draw(st.sampled_from(["int", "float", "text", "bool", "date", "decimal"]))
    on = column(draw, columns, kind, 1)
    if on is None:
        return None, None
    if draw(st.integers(0, 3)) == 0 and (only := column(draw, columns, "bool", 1)):
        on = f"{on}.filter({only})"
    name = draw(st.sampled_from({
        "int": ["sum", "mean", "min", "max", "count", "n_unique", "null_count", "len", "median", "std", "var"],
        "float": ["sum", "mean", "min", "max", "count", "n_unique", "null_count", "median", "std", "var"],
        "text": ["min", "max", "count", "n_unique"],
        "bool": ["any", "all", "sum", "count", "n_unique"],
        "date": ["min", "max", "count", "n_unique"],
        "decimal": ["sum", "mean", "min", "max", "count", "n_unique"],
    }[kind]))
    made = {"mean": "float", "median": "float", "std": "float", "var": "float", "count": "int", "n_unique": "int",
            "null_count": "int", "len": "int", "any": "bool", "all": "bool"}
    made_kind = "int" if (kind, name) == ("bool", "sum") else made.get(name, kind)
    return f"{on}.{name}()", made_kind


@st.composite
def programs(draw):
    program, columns = 'table("NAME")', dict(TYPES)
    for _ in range(draw(st.integers(1, 4))):
        program, after = step(draw, program, columns)
        if after is None:
            # The types of what comes then depend on which columns there are.
            break
        columns = after
    return program


def named(draw, columns, count, make):
    """Columns under names of their own: as arguments, and by kind."""
    arguments, kinds = [], {}
    for _ in range(draw(st.integers(1, count))):
        made, kind = make()
        if made:
            name = draw(st.sampled_from(["g", "i", "x", "n", "m", "A b.c"]))
            if name not in kinds:
                kinds[name] = kind
                arguments.append(f"{name}={made}" if name.isidentifier() else f'{made}.alias("{name}")')
    # Those that are given by place come first.
    by_place = [argument for argument, name in zip(arguments, kinds) if not name.isidentifier()]
    return by_place + [argument for argument in arguments if argument not in by_place], kinds


def some(draw, columns, least=1, most=3):
    return draw(st.lists(st.sampled_from(sorted(columns)), min_size=least, max_size=most, unique=True))


def quoted(names):
    return ", ".join(f'"{name}"' for name in names)


def step(draw, program, columns):
    def any_column():
        kind = draw(st.sampled_from(["int", "float", "text", "bool", "date", "decimal"]))
        return column(draw, columns, kind), kind

    verb = draw(st.sampled_from(
        ["filter", "select", "with_columns", "drop", "rename", "cast", "sort", "sort", "head", "tail", "slice", "unique",
         "distinct", "group", "group", "lengths", "totals", "join", "join", "cross", "concat", "drop_nulls", "fill_null",
         "index"]))
    if verb == "filter":
        only = column(draw, columns, "bool")
        return (f"{program}.filter({only})", columns) if only else (program, columns)
    if verb == "select":
        kept = some(draw, columns)
        arguments, kinds = named(draw, columns, 2, any_column)
        kept = [name for name in kept if name not in kinds]
        if not kept:
            return program, columns
        after = {**{name: columns[name] for name in kept}, **kinds}
        return f"{program}.select({', '.join([quoted(kept), *arguments])})", after
    if verb == "with_columns":
        arguments, kinds = named(draw, columns, 2, any_column)
        if not arguments:
            return program, columns
        return f"{program}.with_columns({', '.join(arguments)})", {**columns, **kinds}
    if verb == "drop" and len(columns) > 2:
        gone = some(draw, columns, 1, 1)
        return f"{program}.drop({quoted(gone)})", {k: v for k, v in columns.items() if k not in gone}
    if verb == "rename" and "Other Name" not in columns:
        old = some(draw, columns, 1, 1)[0]
        after = {"Other Name" if name == old else name: kind for name, kind in columns.items()}
        return f'{program}.rename({{"{old}": "Other Name"}})', after
    if verb == "sort":
        by = some(draw, columns)
        flags = [draw(st.booleans()) for _ in by]
        nulls = draw(st.booleans())
        return f"{program}.sort([{quoted(by)}], descending={flags}, nulls_last={nulls})", columns
    if verb in ["head", "tail"]:
        return f"{program}.{verb}({draw(st.integers(0, 5))})", columns
    if verb == "cast":
        ints = of_kind(columns, "int")
        chosen = draw(st.sampled_from(ints)) if ints else None
        return (f'{program}.cast({{"{chosen}": Float64}})', {**columns, chosen: "float"}) if ints else (program, columns)
    if verb == "fill_null":
        value = draw(st.sampled_from(["0", "1.5", "True", '"none"']))
        return f"{program}.fill_null({value})", None
    # Polars 0.55.2 counts rows of before where nothing but the index is asked of totals: no totals have column `z`.
    if verb == "index" and "index" not in columns and "z" in columns:
        offset = draw(st.sampled_from(["", ", 5"]))
        return f'{program}.with_row_index("index"{offset})', {"index": "int", **columns}
    if verb == "slice":
        return f"{program}.slice({draw(st.integers(0, 3))}, {draw(st.integers(0, 4))})", columns
    if verb in ["unique", "distinct"]:
        kept = some(draw, columns)
        return f"{program}.select({quoted(kept)}).{verb}()", {name: columns[name] for name in kept}
    if verb == "lengths" and "len" not in columns:
        keys = some(draw, columns, 1, 2)
        return f"{program}.group_by({quoted(keys)}).len()", {**{key: columns[key] for key in keys}, "len": "int"}
    if verb in ["group", "totals"]:
        keys = some(draw, columns, 1, 2) if verb == "group" else []
        arguments, kinds = named(draw, columns, 3, lambda: aggregate(draw, columns))
        if not arguments or set(keys) & set(kinds):
            return program, columns
        after = {**{key: columns[key] for key in keys}, **kinds}
        if not keys:
            return f"{program}.select({', '.join(arguments)})", after
        grouped = f"{program}.group_by({quoted(keys)}).agg({', '.join(arguments)})"
        if draw(st.booleans()):
            return f"{grouped}.sort({quoted(keys)})", after
        return grouped, after
    if verb == "join" and "g" in columns and columns["g"] == "int":
        how = draw(st.sampled_from(["inner", "left", "right", "semi", "anti", "full"]))
        key = draw(st.sampled_from(["w", "x", "b", "d", "m"]))
        if columns.get(key) != TYPES[key]:
            return program, columns
        other = f'table("NAME").select("{key}", "t", k=col("i") // 2).head({draw(st.integers(0, 4))})'
        equal = draw(st.sampled_from(["", ", nulls_equal=True"]))
        merged = ", coalesce=True" if how == "full" and draw(st.booleans()) else ""
        made = f'{program}.join({other}, on="{key}", how="{how}"{equal}{merged})'
        if how in ["semi", "anti"]:
            return made, columns
        if any(name in columns for name in ["k", "t_right", f"{key}_right"]):
            return program, columns
        added = {"t_right" if "t" in columns else "t": "text", "k": "int"}
        if how == "full" and not merged:
            added[f"{key}_right"] = TYPES[key]
        return made, {**columns, **added}
    if verb == "cross" and "k" not in columns:
        other = f'table("NAME").select(k=col("g")).head({draw(st.integers(0, 2))})'
        return f'{program}.join({other}, how="cross")', {**columns, "k": "int"}
    if verb == "concat":
        return f"concat([{program}, {program}.head(2)])", columns
    if verb == "drop_nulls":
        return f"{program}.drop_nulls([{quoted(some(draw, columns, 1, 2))}])", columns
    return program, columns
