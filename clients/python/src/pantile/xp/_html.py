"""How arrays look in notebooks: a table of what is known, and a drawing of how the last three axes are cut."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from ._chunks import Chunks, Lengths

if TYPE_CHECKING:
    from ._array import Array

# The longest axis in a drawing, the shortest one, and the slant of the third.
LONG, SHORT, SLANT = 120.0, 12.0, 0.5
# Lines that are drawn across an axis at most.
LINES = 24

Point = tuple[float, float]


def drawn(x: Array) -> str:
    """The table, and the drawing beside it; nothing is fetched."""
    chunks = x.chunks
    size = _bytes(x.itemsize * math.prod(x.chunksize))
    count = f"{x.npartitions:,} chunk{'s' * (x.npartitions != 1)}"
    rows = [
        ("Bytes", _bytes(x.nbytes), size),
        ("Shape", x.shape, x.chunksize),
        ("Chunks", count, " × ".join(map(str, x.numblocks)) or "1"),
        ("Data type", x.dtype, ""),
    ]
    head = "<thead><tr><td></td><th>Array</th><th>Chunk</th></tr></thead>"
    body = "".join(f"<tr><th>{name}</th><td>{whole}</td><td>{chunk}</td></tr>" for name, whole, chunk in rows)
    table = f"<table><caption>pantile.xp.Array</caption>{head}<tbody>{body}</tbody></table>"
    picture = svg(chunks)
    return f"<table><tr><td>{table}</td><td>{picture}</td></tr></table>" if picture else table


def svg(chunks: Chunks) -> str:
    """The grid as a drawing: a bar, a rectangle, or a box with three faces to be seen. Of more axes, the last three."""
    axes = chunks[-3:]
    if not axes or any(sum(lengths) == 0 for lengths in axes):
        return ""
    sides = _sides([sum(lengths) for lengths in axes])
    cuts = [_cuts(lengths, side) for lengths, side in zip(axes, sides, strict=True)]
    if len(axes) == 1:
        faces = [_face((0, 0), (sides[0], 0), (0, SHORT * 2), cuts[0], [0, 1])]
        width, height = sides[0], SHORT * 2
    elif len(axes) == 2:
        faces = [_face((0, 0), (sides[1], 0), (0, sides[0]), cuts[1], cuts[0])]
        width, height = sides[1], sides[0]
    else:
        deep = sides[0] * SLANT
        across, down, back = (sides[2], 0.0), (0.0, sides[1]), (deep, deep)
        faces = [
            _face((0, 0), across, back, cuts[2], cuts[0]),
            _face((0, 0), down, back, cuts[1], cuts[0]),
            _face(back, across, down, cuts[2], cuts[1]),
        ]
        width, height = sides[2] + deep, sides[1] + deep
    labels = _labels([sum(lengths) for lengths in axes], width, height)
    box = f'width="{width + 60:.0f}" height="{height + 40:.0f}"'
    style = 'style="stroke:currentColor;stroke-width:1;fill:none"'
    return f'<svg {box} {style}><g transform="translate(5,5)">{"".join(faces)}{labels}</g></svg>'


def _sides(lengths: list[int]) -> list[float]:
    """How long each axis is drawn: short ones longer than they are beside the longest."""
    most = max(lengths)
    return [max(SHORT, LONG * (length / most) ** 0.5) for length in lengths]


def _cuts(lengths: Lengths, side: float) -> list[float]:
    """Where lines cross the axis, as parts of it: where chunks end, or some of those where they are many."""
    ends = [0, *itertools.accumulate(lengths)]
    most = max(2, min(LINES, int(side / 3)))
    if len(ends) > most:
        ends = [*ends[: -1 : math.ceil((len(ends) - 1) / (most - 1))], ends[-1]]
    return [end / ends[-1] for end in ends]


def _face(origin: Point, along: Point, down: Point, columns: list[float], rows: list[float]) -> str:
    """A face of the box: a filled plane, and lines across it."""
    plane = [_at(origin, along, down, *part) for part in ((0, 0), (1, 0), (1, 1), (0, 1))]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in plane)
    lines = [(_at(origin, along, down, part, 0), _at(origin, along, down, part, 1)) for part in columns]
    lines += [(_at(origin, along, down, 0, part), _at(origin, along, down, 1, part)) for part in rows]
    drawn = "".join(f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>' for (a, b), (c, d) in lines)
    return f'<polygon points="{points}" style="fill:#e8a33d;fill-opacity:0.5"/>{drawn}'


def _at(origin: Point, along: Point, down: Point, x: float, y: float) -> Point:
    return origin[0] + along[0] * x + down[0] * y, origin[1] + along[1] * x + down[1] * y


def _labels(lengths: list[int], width: float, height: float) -> str:
    """The last axis below, the one before it beside, the third in the corner."""
    style = 'style="stroke:none;fill:currentColor;font-size:11px"'
    places = [(width / 2, height + 18, "middle"), (width + 6, height / 2, "start"), (0.0, height + 18, "start")]
    texts = zip(reversed(lengths), places, strict=False)
    return "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {style}>{length}</text>'
        for length, (x, y, anchor) in texts
    )


def _bytes(count: int) -> str:
    """A size as people read it."""
    size, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{count} B" if unit == "B" else f"{size:.2f} {unit}"
