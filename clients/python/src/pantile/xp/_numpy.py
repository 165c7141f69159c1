"""NumPy's functions on lazy arrays: `np.sin(x)`, `np.concatenate([x, y])` and `np.mean(x)` are described, not run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ._array import Array

# Where NumPy's name differs from the standard's.
UFUNCS = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "conjugate": "conj",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "power": "pow",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "true_divide": "divide",
    "fabs": "abs",
    "mod": "remainder",
}
FUNCTIONS = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "concatenate": "concat",
    "cumsum": "cumulative_sum",
    "cumprod": "cumulative_prod",
    "around": "round",
    "transpose": "permute_dims",
}
# What is an axis in NumPy's call may stand by its place there, and stands by its name here.
BY_NAME = {
    "permute_dims": (), "reshape": (), "broadcast_to": (), "expand_dims": (), "squeeze": ("axis",), "moveaxis": (),
    "tile": (), "take_along_axis": ("axis",), "take": ("axis",), "repeat": ("axis",), "roll": ("axis",),
    "where": (), "clip": (), "searchsorted": ("side", "sorter"), "tensordot": ("axes",), "full_like": ("dtype",),
    "zeros_like": ("dtype",), "ones_like": ("dtype",), "empty_like": ("dtype",), "flip": ("axis",),
    "isin": (), "diff": ("n", "axis"), "tril": ("k",), "triu": ("k",), "matmul": (), "result_type": (),
    "can_cast": (), "broadcast_arrays": (), "meshgrid": (), "astype": (), "cumulative_sum": ("axis", "dtype"),
    "cumulative_prod": ("axis", "dtype"), "sum": ("axis", "dtype"), "prod": ("axis", "dtype"),
    "argsort": ("axis",), "sort": ("axis",),
    "nansum": ("axis", "dtype"), "nanprod": ("axis", "dtype"), "nancumsum": ("axis", "dtype"),
    "nancumprod": ("axis", "dtype"), "average": ("axis", "weights", "returned"),
    "cov": ("y", "rowvar", "bias", "ddof", "fweights", "aweights"), "corrcoef": ("y", "rowvar"),
    "histogram": ("bins", "range", "density", "weights"), "histogram_bin_edges": ("bins", "range", "weights"),
    "histogram2d": ("bins", "range", "density", "weights"), "histogramdd": ("bins", "range", "density", "weights"),
    "bincount": ("weights", "minlength"), "digitize": ("right",), "interp": ("left", "right", "period"),
}  # fmt: skip
# How many arguments stand by their places.
PLACED = {
    "where": 3, "clip": 3, "take": 2, "take_along_axis": 2, "repeat": 2, "roll": 2, "searchsorted": 2, "tensordot": 2,
    "full_like": 2, "permute_dims": 2, "reshape": 2, "broadcast_to": 2, "expand_dims": 2, "squeeze": 1, "moveaxis": 3,
    "tile": 2, "isin": 2, "matmul": 2, "astype": 2, "quantile": 2, "nanquantile": 2, "percentile": 2,
    "nanpercentile": 2, "digitize": 2, "interp": 3, "histogram2d": 2,
}  # fmt: skip
# Where functions take their arguments as NumPy's do.
AS_NUMPYS = frozenset(
    f"pantile.xp._{name}"
    for name in (
        "einsum", "diagonals", "matrices", "neighbours", "numbers", "padding", "picking", "products", "stacking",
    )
)  # fmt: skip
# Options that say nothing new when they are these.
_IDLE = {"out": None, "order": "C", "casting": "same_kind", "subok": True, "where": True, "kind": None, "initial": None,
         "overwrite_input": False}  # fmt: skip


def ufunc(function: Any, method: str, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """`np.sin(x)` and the like."""
    found = _space().get(UFUNCS.get(function.__name__) or function.__name__)
    if method != "__call__" or found is None or not all(map(_goes, inputs)):
        return NotImplemented
    out = named.pop("out", None)
    dtype = named.pop("dtype", None)
    if out is not None or any(named.get(name, value) not in (value, "K") for name, value in _IDLE.items()):
        return NotImplemented
    made = found(*_ours(inputs))
    return made if dtype is None else made.astype(dtype)


def function(called: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """`np.mean(x)` and the like."""
    name: str = FUNCTIONS.get(called.__name__) or called.__name__
    found = _special(called.__module__).get(name)
    if found is None:
        return NotImplemented
    if found.__module__ in AS_NUMPYS:
        home = next(iter(_arrays([*args, *named.values()])))._home
        said = {key: _brought(value, home) for key, value in named.items() if not _is_idle(key, value)}
        return found(*(_brought(value, home) for value in args), **said)
    placed = PLACED.get(name, 1)
    by_name = dict(zip(BY_NAME.get(name, ("axis",)), args[placed:], strict=False))
    if len(args) > placed + len(by_name):
        return NotImplemented
    named = {key: value for key, value in {**named, **by_name}.items() if not _is_idle(key, value)}
    return _called(name, found, list(_ours(args[:placed])), named)


def _called(name: str, found: Any, args: list[Any], named: dict[str, Any]) -> Any:
    """With what NumPy names otherwise, or leaves out."""
    if name in ("var", "std") and "ddof" in named:
        named["correction"] = named.pop("ddof")
    if name in ("cumulative_sum", "cumulative_prod", "take") and named.get("axis") is None:
        args[0] = args[0].reshape(-1)
    if name == "permute_dims" and len(args) == 1:
        args.append(named.pop("axes", None) or tuple(reversed(range(args[0].ndim))))
    if name == "squeeze" and len(args) == 1:
        return args[0].squeeze(named.get("axis"))
    if name in ("sort", "argsort") and named.pop("stable", None) is False:
        named["stable"] = False
    dtype = named.pop("dtype", None) if name.removeprefix("nan") in ("mean", "var", "std") else None
    made = found(*args, **named)
    return made if dtype is None else made.astype(dtype)


def _is_idle(name: str, value: Any) -> bool:
    """Whether the option says nothing new."""
    return type(value).__name__ == "_NoValueType" or (name in _IDLE and value is _IDLE[name])


def _goes(value: Any) -> bool:
    return isinstance(value, (Array, bool, int, float, complex)) or hasattr(value, "__array_interface__")


def _ours(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """NumPy's arrays among the arguments, in lists of arrays too, as arrays of the client of ours."""
    home = next(iter(_arrays(values)))._home
    return tuple(_brought(value, home) for value in values)


def _arrays(values: Any) -> Any:
    for value in values:
        if isinstance(value, Array):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _arrays(value)


def _brought(value: Any, home: Any) -> Any:
    from ._build import hosted

    if isinstance(value, (list, tuple)) and any(True for _ in _arrays(value)):
        return [_brought(item, home) for item in value]
    if hasattr(value, "__array_interface__") and not isinstance(value, (bool, int, float, complex)):
        return hosted(value, home)
    return value


@lru_cache
def _space() -> dict[str, Any]:
    import pantile.xp as xp

    return {name: getattr(xp, name) for name in xp.__all__ if callable(getattr(xp, name))}


def _special(module: str) -> dict[str, Any]:
    """The functions of NumPy's module of that name."""
    import pantile.xp as xp

    if module == "numpy.linalg":
        return {name: getattr(xp.linalg, name) for name in xp.linalg.__all__}
    if module == "numpy.fft":
        return {name: getattr(xp.fft, name) for name in xp.fft.__all__}
    return _space()
