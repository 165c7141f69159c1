"""For tests of code that uses frames: both sides are computed, and compared as pandas' own tests compare.

from pantile.testing import assert_frame_equal

assert_frame_equal(client.table("flights").head(2), expected)
"""

from __future__ import annotations

from typing import Any

from ._lazy import Lazy

__all__ = ["assert_eq", "assert_frame_equal", "assert_index_equal", "assert_series_equal"]


def assert_frame_equal(left: Any, right: Any, **options: Any) -> None:
    """Fails unless two frames, lazy ones or pandas', are equal; `options` are those of `pandas.testing`.

    >>> from pantile.testing import assert_frame_equal
    >>> assert_frame_equal(df[["n"]], df[["n"]].to_pandas())
    """
    from pandas import testing

    testing.assert_frame_equal(_here(left), _here(right), **options)


def assert_series_equal(left: Any, right: Any, **options: Any) -> None:
    """Fails unless two columns, lazy ones or pandas', are equal; `options` are those of `pandas.testing`."""
    from pandas import testing

    testing.assert_series_equal(_here(left), _here(right), **options)


def assert_index_equal(left: Any, right: Any, **options: Any) -> None:
    """Fails unless two indexes, lazy ones or pandas', are equal; `options` are those of `pandas.testing`."""
    from pandas import testing

    testing.assert_index_equal(_here(left), _here(right), **options)


def assert_eq(
    a: Any, b: Any, check_names: bool = True, check_dtype: bool = True, check_divisions: bool = True,
    check_index: bool = True, sort_results: bool = True, scheduler: Any = None, **options: Any,
) -> bool:  # fmt: skip
    """Fails unless both come to the same, in whatever order their rows are; as `assert_eq` of Dask.

    Names and dtypes count unless they are told not to; `check_divisions` and `scheduler` have no meaning here.

    >>> pantile.assert_eq(df.n, pd.Series([3, 2, 1], name="n"), check_index=False)
    True
    """
    import pandas as pd

    left, right = _ordered(_here(a), check_index, sort_results), _ordered(_here(b), check_index, sort_results)
    named = {"check_names": check_names, "check_dtype": check_dtype, **options}
    if isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right, **named)
    elif isinstance(left, pd.Series):
        pd.testing.assert_series_equal(left, right, **named)
    elif isinstance(left, pd.Index):
        pd.testing.assert_index_equal(left, right, exact=check_dtype, check_names=check_names, **options)
    else:
        assert left == right or (pd.isna(left) and pd.isna(right)), f"{left} is not {right}"
    return True


def _here(value: Any) -> Any:
    """What something lazy comes to."""
    return value.compute() if isinstance(value, Lazy) else value


def _ordered(found: Any, with_index: bool, by_values: bool) -> Any:
    """Rows in an order that both sides have: by the labels, and by the values where labels do not count."""
    import pandas as pd

    if isinstance(found, pd.Index):
        return found.sort_values() if by_values else found
    if not isinstance(found, pd.DataFrame | pd.Series):
        return found
    if by_values and with_index:
        found = found.sort_index(kind="stable")
    elif by_values:
        found = found.sort_values(by=list(found.columns)) if isinstance(found, pd.DataFrame) else found.sort_values()
    return found if with_index else found.reset_index(drop=True)
