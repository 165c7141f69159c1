"""`docs/reference/pandas.md`: every public name of pandas is run on both sides, and the page says what came of it."""

from __future__ import annotations

import pandas as pd
import pytest

from names import Case, listed
from names.shown import line
from names.tables import PANDAS, TABLES, public
from pantile._errors import Error
from reference_pages import check, overview, section
from two_sides import ROWS, SETUP, Sides

CASES = [
    (section, name, case) for section in PANDAS for name, cases in TABLES[section].items() for case in listed(cases)
]
INTRO = """# pandas

This page is made from tests that ran every public name of pandas {version} on pandas and on frames of
[the client](../../clients/python/README.md);
`PANTILE_WRITE_DOCS=1 pytest clients/python/tests/test_reference_pandas.py` writes it. *Same* is the same to the last
value: index, dtypes, names and order included. *Different* says how, and *absent* why, in the words of the error that
is raised, with the way round. [dask.md](dask.md) has the same for `dask.dataframe`, and
[Coming from Dask](coming-from-dask.md) what its names are in [expressions](../guide/expressions.md).

Throughout, here:

- Values are computed when they are asked for. Where pandas has a number or an array, here is a lazy one; `to_pandas`,
  `float`, `int` or `bool` get it. Names that hand out what is computed, such as `values` or `to_dict`, compute at once.
- A frame of a table has no labels before `set_index`; what was sent by `from_pandas` keeps those it had.
- Columns have names that are texts. Columns of several levels come where pandas has them; programs call them `n_sum`.

```
{rows}
```
`df` is this frame. The other names stand for:

```python
{setup}
```

{overview}"""


@pytest.mark.parametrize(
    ("title", "name", "case"), [pytest.param(*each, id=f"{each[0]}.{each[1]}: {each[2].ours}") for each in CASES]
)
def test_each_name_is_what_it_is_said_to_be(sides: Sides, title: str, name: str, case: Case) -> None:
    run = sides.run(case.ours, case.theirs)
    assert run.verdict == case.claim, run
    assert bool(case.how) == (case.claim == "different")
    if case.claim == "same":
        assert not isinstance(run.theirs, Exception), run.theirs
    if case.claim == "absent":
        assert isinstance(run.ours, Error) and run.ours.hint, "an error names the way round"


@pytest.mark.parametrize("title", PANDAS)
def test_no_public_name_is_missing(title: str) -> None:
    assert set(TABLES[title]) == set(public(title))


def test_the_page_says_what_the_run_showed(sides: Sides) -> None:
    lines = {title: [line(sides, name, listed(cases)) for name, cases in TABLES[title].items()] for title in PANDAS}
    setup = "\n".join(f"{name} = {text}" for name, text in SETUP.items())
    head = INTRO.format(
        version=".".join(pd.__version__.split(".")[:2]), rows=ROWS.to_string(), setup=setup, overview=overview(lines)
    )
    check("pandas.md", "\n".join([head, *(section(title, each) for title, each in lines.items())]))
