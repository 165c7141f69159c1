"""The examples of the expression language's pages: their programs, the rows that they come to, and how rows are drawn.

Whoever runs the pages reads them here: over the wire, in Polars, on other engines, and through the Python client.
"""

import datetime
import decimal
import re
from pathlib import Path

import polars
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "core/src/frame").glob("*/*.md"))


def examples(page):
    for block in re.findall(r"```pantile\n(.*?)\n```", page.read_text(), re.S):
        program, expected = block.split("\n=\n")
        yield pytest.param(program, expected, id=f"{page.stem}: {program[:60]}")


EXAMPLES = [example for page in PAGES for example in examples(page)]


def held_alike(program):
    """Whether tables hold all types that the program begins with: they know no column of nulls alone."""
    return "[None" not in program or "[None]" not in program


def frames(program):
    """The frames that the program writes out, as text."""
    found, at = [], 0
    while (start := program.find("frame(", at)) >= 0:
        depth, at = 0, start + len("frame")
        while True:
            depth += {"(": 1, ")": -1}.get(program[at], 0)
            at += 1
            if not depth:
                break
        found.append(program[start:at])
    return found


def squeezed(text):
    return "\n".join(" | ".join(cell.strip() for cell in line.split(" | ")) for line in text.split("\n"))


def drawn(frame):
    """Rows as pages write them."""
    lines = [" | ".join(f"{name}: {kind(dtype)}" for name, dtype in frame.schema.items())]
    lines += [" | ".join(cell(value) for value in row) for row in frame.rows()]
    return "\n".join(lines)


def kind(dtype):
    match dtype:
        case polars.Datetime(time_unit=unit, time_zone=None):
            return f"Datetime({unit})"
        case polars.Datetime(time_unit=unit, time_zone=zone):
            return f"Datetime({unit}, {zone})"
        case polars.Duration(time_unit=unit):
            return f"Duration({unit})"
        case polars.Decimal(precision=precision, scale=scale):
            return f"Decimal({precision}, {scale})"
        case polars.List(inner=inner):
            return f"List({kind(inner)})"
        case polars.Array(inner=inner, size=size):
            return f"Array({kind(inner)}, {size})"
        case polars.Struct(fields=fields):
            return f"Struct({', '.join(f'{field.name}: {kind(field.dtype)}' for field in fields)})"
        case polars.Categorical() | polars.Enum():
            return "String"
        case _:
            return str(dtype)


def cell(value, quoted=False):
    match value:
        case None | bool() | int() | float():
            return repr(value)
        case str():
            return f'"{value}"' if quoted else value
        case list():
            return f"[{', '.join(cell(item, True) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{name}: {cell(item, True)}' for name, item in value.items())}}}"
        case datetime.datetime():
            return value.isoformat()
        case decimal.Decimal():
            return str(value)
        case _:
            return str(value)
