"""Expressions that Polars' plans do not show, written as ones that they do.

A `NodeTraverser` has no sight of what is computed within lists, of fields, and of functions of bytes, categories and
business days. A query that Polars writes down as JSON has them all. `revealed` puts a choice in the place of each one:
its condition is a text that names what stood there, its two branches are what that was of. Such a choice has the type
and the name of what it stands for, so that the plan around it is the same; `_hidden` reads it. Nothing runs it.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from typing import Any

import polars as pl

from ._functions import snake

# What no text of a query begins with.
MARK = "\0pantile "
_WEEK = "week_mask"


def revealed(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The query with nothing hidden, as far as that can be told. Polars' errors where it cannot be written down."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plan = json.loads(frame.serialize(format="json"))
        return pl.LazyFrame.deserialize(io.StringIO(json.dumps(_steps(plan))), format="json")


def mark_of(text: Any) -> dict[str, Any] | None:
    """What stood in the place of a text, where it is one of ours."""
    return json.loads(text.removeprefix(MARK)) if isinstance(text, str) and text.startswith(MARK) else None


def _steps(plan: Any) -> Any:
    """A step of a plan, those below it first."""
    if isinstance(plan, list):
        return [_steps(part) for part in plan]
    if not isinstance(plan, dict):
        return plan
    return {
        name: _step(part) if isinstance(part, dict) and _is_step(part) else _steps(part) for name, part in plan.items()
    }


def _is_step(part: Mapping[str, Any]) -> bool:
    return isinstance(part.get("input"), dict) and bool({"expr", "exprs", "predicate", "keys", "by_column"} & set(part))


def _step(part: dict[str, Any]) -> dict[str, Any]:
    below = _steps(part["input"])
    schema = _read_frame(below).collect_schema()
    return {name: below if name == "input" else Rewriter(schema).expr(value) for name, value in part.items()}


def _read_frame(plan: Any) -> pl.LazyFrame:
    return pl.LazyFrame.deserialize(io.StringIO(json.dumps(plan)), format="json")


class Rewriter:
    """Writes the expressions of one step, whose columns are those of `schema`, what they are made of first."""

    def __init__(self, schema: Mapping[str, Any], element: Any = None, struct: Any = None) -> None:
        self._schema = schema
        self._element = element
        self._struct = struct

    def expr(self, seen: Any) -> Any:
        if seen == "Element" or (self._element is not None and seen == {"Column": ""}):
            return seen if self._element is None else self._leaf(self._element, call="element")
        if isinstance(seen, list):
            return [self.expr(part) for part in seen]
        if not isinstance(seen, dict):
            return seen
        if "Eval" in seen:
            return self._eval(seen["Eval"])
        if "Field" in seen and self._struct is not None:
            return self._field(*seen["Field"])
        if "StructEval" in seen:
            return self._struct_eval(seen["StructEval"])
        made = {name: self.expr(part) for name, part in seen.items()}
        return self._function(made) if "Function" in made else made

    def _leaf(self, dtype: Any, **mark: Any) -> Any:
        none = pl.lit(None).cast(dtype)
        return _json(pl.when(_is(mark)).then(none).otherwise(none))

    def _field(self, name: str) -> Any:
        dtype = next((field.dtype for field in self._struct.fields if field.name == name), pl.Null())
        return _json(_expr(self._leaf(dtype, call="field", plain=[name])).alias(name))

    def _struct_eval(self, seen: dict[str, Any]) -> Any:
        base = self.expr(seen["expr"])
        inner = Rewriter(self._schema, struct=self._type(base))
        return {"StructEval": {**seen, "expr": base, "evaluation": inner.expr(seen["evaluation"])}}

    def _eval(self, seen: dict[str, Any]) -> Any:
        """What is computed of the items of a list or an array, or of all rows so far."""
        base, variant = self.expr(seen["expr"]), seen["variant"]
        dtype = self._type(base)
        name, named = _within(variant)
        element = dtype if name == "cumulative_eval" else dtype.inner
        body = Rewriter(self._schema, element=element).expr(seen["evaluation"])
        whole = {"Eval": {**seen, "expr": base}}
        return self._choice(self._type(whole), [base, body], call=name, named=named)

    def _function(self, seen: dict[str, Any]) -> Any:
        """A function that is hidden as a choice; others as they are."""
        found = _called(seen["Function"].get("function"))
        if found is None:
            return seen
        name, plain, named = found
        inputs = seen["Function"]["input"]
        if name.startswith(("dt.", "business")):
            named = {**named, "holidays": len(inputs) - 1}
        return self._choice(self._type(seen), inputs, call=name, plain=plain, named=named)

    def _choice(self, dtype: Any, inputs: list[Any], **mark: Any) -> Any:
        first, *rest = map(_expr, inputs)
        others = pl.struct(part.alias(f"_{place}") for place, part in enumerate(rest)) if rest else pl.lit(None)
        return _json(
            pl.when(_is(mark)).then(first.cast(dtype, strict=False)).otherwise(others.cast(dtype, strict=False))
        )

    def _type(self, seen: Any) -> Any:
        """The type of an expression of this step."""
        (dtype,) = pl.LazyFrame(schema=self._schema).select(_expr(seen)).collect_schema().dtypes()
        return dtype


def _within(variant: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(variant, str):
        return {"List": "list.eval", "ListAgg": "list.agg", "ArrayAgg": "arr.agg"}[variant], {}
    ((name, options),) = variant.items()
    return {"Array": "arr.eval", "Cumulative": "cumulative_eval"}[name], options


def _called(function: Any) -> tuple[str, list[Any], dict[str, Any]] | None:
    """The name of a hidden function in a program, and its arguments beside the columns it is of."""
    if not isinstance(function, dict) or not {"BinaryExpr", "Business", "Categorical"} & set(function):
        return None
    ((family, which),) = function.items()
    name, options = (which, None) if isinstance(which, str) else next(iter(which.items()))
    if family == "BinaryExpr":
        return _bytes(name, options)
    if family == "Categorical":
        return f"cat.{snake(name)}", options if isinstance(options, list) else [] if options is None else [options], {}
    return _business(name, options)


def _bytes(name: str, options: Any) -> tuple[str, list[Any], dict[str, Any]]:
    for verb in ("Encode", "Decode"):
        if name.endswith(verb):
            strict = {} if verb == "Encode" else {"strict": options}
            return f"bin.{verb.lower()}", [name.removesuffix(verb).lower()], strict
    if name == "Reinterpret":
        dtype, is_little = options
        return "bin.reinterpret", [], {"dtype": dtype, "endianness": "little" if is_little else "big"}
    return f"bin.{snake(name)}", [], {"null_on_oob": options} if name == "Get" else {}


def _business(name: str, options: Any) -> tuple[str, list[Any], dict[str, Any]]:
    named = {_WEEK: options[_WEEK]} | ({"roll": options["roll"].lower()} if "roll" in options else {})
    names = {"AddBusinessDay": "dt.add_business_days", "IsBusinessDay": "dt.is_business_day"}
    return names.get(name, "business_day_count"), [], named


def _is(mark: dict[str, Any]) -> pl.Expr:
    """A condition that says what stands here."""
    return pl.lit(MARK + json.dumps(mark)).is_null()


def _expr(seen: Any) -> pl.Expr:
    return pl.Expr.deserialize(io.StringIO(json.dumps(seen)), format="json")


def _json(expr: pl.Expr) -> Any:
    return json.loads(expr.meta.serialize(format="json"))
