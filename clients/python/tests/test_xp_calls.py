"""Every function on every dtype, against array-api-strict; and what is refused before anything is asked."""

from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

from cases_xp import ALONE, BINARY, CALLS, REFUSED, UNARY
from xp_fake import FakeClient

strict.set_array_api_strict_flags(api_version="2025.12")

MATRIX = [[2, 1, 0], [1, 3, 1], [0, 1, 4]]
DATA = {
    "x": [[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 1]],
    "y": [1, 0, 3, 2],
    "v": [3, 1, 2],
    "m": [MATRIX, MATRIX],
}
CASES = {
    **{f"xp.{name}(x)": dtypes for names, dtypes in UNARY.items() for name in names.split()},
    **{f"xp.{name}(x, y)": dtypes for names, dtypes in BINARY.items() for name in names.split()},
    **CALLS,
}


def side(space: Any, dtype: str) -> dict[str, Any]:
    """The names of a case in one of the namespaces."""
    arrays = {name: space.astype(space.asarray(data), getattr(space, dtype)) for name, data in DATA.items()}
    return {
        **arrays,
        "xp": space,
        "i": space.asarray([2, 0, 1, 2]),
        "b": space.asarray([True, False, True]),
    }


def same(got: Any, wanted: Any) -> None:
    if not hasattr(wanted, "dtype"):
        assert got == wanted
        return
    assert got.shape == wanted.shape
    assert str(got.dtype) == wanted._array.dtype.name
    near = 1e-4 if wanted._array.dtype.itemsize < 8 or str(got.dtype) == "complex64" else 1e-9
    np.testing.assert_allclose(np.asarray(got), wanted._array, rtol=near, atol=near)


@pytest.mark.parametrize("text", CASES)
def test_calls_are_those_of_the_standard(text: str, arrays: Any) -> None:
    """Shape and dtype are known at once, and checked again when the values come."""
    for dtype in CASES[text]:
        with np.errstate(all="ignore"):
            wanted = eval(text, side(strict, dtype))
        same(eval(text, side(arrays, dtype)), wanted)


@pytest.mark.parametrize("text", ALONE)
def test_arrays_begin(text: str, arrays: Any) -> None:
    same(eval(text, {"xp": arrays}), eval(text, {"xp": strict}))


@pytest.mark.parametrize(("text", "kind", "said"), REFUSED)
def test_what_is_wrong_is_refused_at_the_call(text: str, kind: type[Exception], said: str, fake: FakeClient) -> None:
    with pytest.raises(kind, match=said):
        eval(text, {"xp": fake.xp})
    assert not fake.programs
