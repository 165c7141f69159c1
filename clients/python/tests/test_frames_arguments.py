"""Arguments: those that are done come to what pandas comes to, the others are refused with the way round."""

from __future__ import annotations

import pytest

from cases_arguments import ARGUMENTS, MORE, REFUSED
from pantile._errors import Error
from two_sides import Sides, same


@pytest.mark.parametrize("text", ARGUMENTS + MORE)
def test_an_argument_does_what_it_does_in_pandas(sides: Sides, text: str) -> None:
    run = sides.run(text)
    assert not isinstance(run.ours, Exception), run.ours
    same(run.ours, run.theirs)


@pytest.mark.parametrize("text", REFUSED)
def test_an_argument_that_is_not_done_says_so(sides: Sides, text: str) -> None:
    refused = sides.run(text).ours
    assert isinstance(refused, Error), refused
    assert refused.hint
