"""`einsum`: its subscripts read, and the shape that comes of them."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import home_of, made, need, nodes
from ._shape import Shape

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def einsum(*operands: Any, optimize: Any = None) -> Array:
    """The sum of products that the subscripts say: `einsum("ij,jk->ik", a, b)`, or `einsum(a, [0, 1], b, [1, 2])`."""
    subscripts, arrays = _spoken(operands)
    xs = [need(x, "einsum") for x in arrays]
    if not xs:
        raise ValueError("einsum takes one array at least")
    shape = _result(subscripts, [x.shape for x in xs])
    return made(home_of(*xs), "xp.einsum", (subscripts, *nodes(xs)), None, shape, dt.promoted(*(x.dtype for x in xs)))


def _spoken(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The subscripts and the arrays, whichever way they were given."""
    if operands and isinstance(operands[0], str):
        return "".join(operands[0].split()), list(operands[1:])
    pairs = [operands[at : at + 2] for at in range(0, len(operands) - 1, 2)]
    terms = ",".join(_letters(places) for _, places in pairs)
    output = f"->{_letters(operands[-1])}" if len(operands) % 2 else ""
    return terms + output, [array for array, _ in pairs]


def _letters(places: Any) -> str:
    return "".join("..." if place is Ellipsis else LETTERS[place] for place in places)


def _result(subscripts: str, all_shapes: list[Shape]) -> Shape:
    """The shape of what the subscripts make."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(all_shapes):
        raise ValueError(f"einsum {subscripts!r} has {len(terms)} terms for {len(all_shapes)} arrays")
    sides: dict[Any, int] = {}
    for term, shape in zip(terms, all_shapes, strict=True):
        for name, side in zip(_names(subscripts, term, len(shape)), shape, strict=True):
            known = sides.setdefault(name, side)
            if known == 1:
                sides[name] = side
            elif side not in (1, known):
                raise ValueError(f"einsum {subscripts!r}: axes of one letter have lengths {known} and {side}")
    dots = sorted((name for name in sides if isinstance(name, int)), reverse=True)
    if not arrow:
        once = [name for name in sides if isinstance(name, str) and inputs.count(name) == 1]
        return tuple(sides[name] for name in [*dots, *sorted(once)])
    if dots and "..." not in output:
        raise ValueError(f"einsum {subscripts!r}: what stands for `...` has no place behind `->`")
    named = output.replace("...", "")
    if len(set(named)) != len(named) or any(name not in sides for name in named):
        raise ValueError(f"einsum {subscripts!r}: each letter behind `->` comes once, and before it, too")
    front, _, back = output.partition("...")
    return tuple(sides[name] for name in [*front, *(dots if "..." in output else []), *back])


def _names(subscripts: str, term: str, ndim: int) -> list[Any]:
    """The letters of the axes; those behind `...` are numbers, counted from the last."""
    front, dots, back = term.partition("...")
    if not all(name in LETTERS for name in front + back):
        raise ValueError(f"einsum {subscripts!r}: axes are called by letters")
    rest = ndim - len(front) - len(back)
    if rest < 0 or (rest and not dots):
        raise ValueError(f"einsum {subscripts!r}: {term!r} is not of {ndim} axes")
    return [*front, *range(rest - 1, -1, -1), *back]


__all__ = ["einsum"]
