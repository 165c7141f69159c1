"""Gives DataFrame, Series and Index their methods: each module imported here installs the table that it holds."""

from __future__ import annotations

from pantile import (  # noqa: F401
    _accessors,
    _dask,
    _elementwise,
    _framewide,
    _generic,
    _groupby,
    _indexing,
    _more,
    _python,
    _reductions,
    _repr,
    _resample,
    _reshape,
    _verbs,
    _window,
)
from pantile import _index as _index_of

_index_of.install()

from pantile import _align, _index_sets  # noqa: E402, F401, I001
from pantile import _group_more, _steps, _text_more  # noqa: E402, F401
from pantile import _absent  # noqa: E402, F401
from pantile import _docs  # noqa: E402

_docs.install()
