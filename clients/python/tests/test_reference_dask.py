"""`docs/reference/dask.md`: every name of dask.dataframe is run here, and by pandas in Dask's place."""

from __future__ import annotations

import pandas as pd
import pytest

from names import Case, listed
from names.dask import DASK, NAMES
from names.shown import line
from names.tables import TABLES
from pantile._errors import Error
from reference_pages import Line, check, overview, section
from two_sides import Sides

SECTIONS = list(dict.fromkeys(row["section"] for row in NAMES))
OWN = [(title, name, case) for title, cases in DASK.items() for name, each in cases.items() for case in listed(each)]
INTRO = """# Dask

This page is made from tests that ran every name of `dask.dataframe` 2026.8 on pandas {version} and on frames of
[the client](../../clients/python/README.md); `PANTILE_WRITE_DOCS=1 pytest clients/python/tests/test_reference_dask.py`
writes it. What is *same*, *different* and *absent*, and the frames that the names stand for, is said in
[pandas.md](pandas.md); for what pandas has not, *same* is to do what Dask says of it. P0 is what most people use, P3
what hardly anyone does. [Coming from Dask](coming-from-dask.md) has the same names as
[expressions](../guide/expressions.md).

- Nothing is known of partitions here: the server parts its tables, and reads what a question needs.
- `compute` gives pandas' frames, `persist` keeps a frame on the server.
- What Dask approximates is exact: medians, quantiles, counts of different values but for `nunique_approx`.

{overview}
"""


@pytest.mark.parametrize(
    ("title", "name", "case"), [pytest.param(*each, id=f"{each[0]}.{each[1]}: {each[2].ours}") for each in OWN]
)
def test_each_name_of_its_own_is_what_it_is_said_to_be(sides: Sides, title: str, name: str, case: Case) -> None:
    run = sides.run(case.ours, case.theirs)
    assert run.verdict == case.claim, run
    assert not isinstance(run.theirs, Exception), run.theirs
    if case.claim == "absent":
        assert isinstance(run.ours, Error) and run.ours.hint, "an error names the way round"


def test_every_name_of_dask_has_a_case() -> None:
    assert not [row for row in NAMES if not cases_of(row)]
    assert not {(title, name) for title, name, _ in OWN} - {(row["section"], row["name"]) for row in NAMES}


def test_the_page_says_what_the_run_showed(sides: Sides) -> None:
    lines: dict[str, list[Line]] = {title: [] for title in SECTIONS}
    tiers: dict[str, list[Line]] = {tier: [] for tier in ("P0", "P1", "P2", "P3")}
    for row in NAMES:
        made = line(sides, row["name"], cases_of(row), (row["tier"],))
        lines[row["section"]].append(made)
        tiers[row["tier"]].append(made)
    head = INTRO.format(
        version=".".join(pd.__version__.split(".")[:2]), overview=f"{overview(tiers)}\n{overview(lines)}"
    )
    check("dask.md", "\n".join([head, *(section(title, each, more=("tier",)) for title, each in lines.items())]))


def cases_of(row: dict[str, str]) -> list[Case]:
    """The cases of a name: Dask's own, or those of pandas' name."""
    own = DASK.get(row["section"], {}).get(row["name"])
    found = own if own is not None else TABLES.get(row["section"], {}).get(row["name"])
    return [] if found is None else listed(found)
