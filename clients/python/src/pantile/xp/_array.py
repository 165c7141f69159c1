"""`Array`: an array that is described here and computed on the server when its values are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import _dtype as dt
from ._chunked import Chunked
from ._dtype import DType
from ._evaluate import own, scalar
from ._home import DEFAULT, Home
from ._methods import Methods
from ._node import Node
from ._operators import Operators
from ._shape import Shape
from ._text import program_of

if TYPE_CHECKING:
    import numpy as np

DEVICE = "server"
# DLPack's number of memory that any process can read.
_DLPACK_CPU = (1, 0)


class Array(Operators, Methods, Chunked):
    """An n-dimensional array on the server. Shape and dtype are known at once; values come when they are asked for.

    Changing it, by `x[…] = …` or `x += …`, makes this name stand for another array: nothing else sees the change.
    """

    __slots__ = ("__weakref__", "_home", "_node")
    # Whether one equals another is asked element by element.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Node, home: Home) -> None:
        self._node = node
        self._home = home

    # What is known at once.

    @property
    def shape(self) -> Shape:
        """The lengths of its axes."""
        return self._node.shape

    @property
    def dtype(self) -> DType:
        """The type of its elements."""
        return self._node.dtype

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self._node.shape)

    @property
    def size(self) -> int:
        """How many elements it has."""
        return self._node.size

    @property
    def nbytes(self) -> int:
        """How many bytes its elements are."""
        return self._node.nbytes

    @property
    def device(self) -> str:
        """Where it is: on the server."""
        return DEVICE

    @property
    def T(self) -> Array:
        """The transpose of a matrix."""
        from ._manipulation import permute_dims

        if self.ndim != 2:
            raise ValueError(f"T is of two axes, and this has shape {self.shape}: use `mT` or `permute_dims`")
        return permute_dims(self, (1, 0))

    @property
    def mT(self) -> Array:
        """The transposes of the matrices in its last two axes."""
        from ._linear import matrix_transpose

        return matrix_transpose(self)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The namespace of functions for it."""
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
            raise ValueError(f"the namespace is of the standard's versions up to 2025.12, and not {api_version!r}")
        return self._home.namespace()

    def to_device(self, device: Any, /, *, stream: Any = None) -> Array:
        """Itself: there is one device."""
        check_device(device)
        if stream is not None:
            raise ValueError("the server has no streams")
        return self

    # Values.

    def compute(self) -> np.ndarray:
        """Its values, as NumPy's array."""
        (value,) = own(self._home, [self._node])
        return value

    to_numpy = compute

    def __await__(self) -> Any:
        """With an asynchronous client, `await x` is its values."""
        from pantile._async import in_thread

        return in_thread(self.compute).__await__()

    def item(self, *index: int) -> Any:
        """The one element, or the one at the index, as a Python number."""
        one = self[tuple(index)] if index else self
        if one.size != 1:
            raise ValueError(f"item is of one element, and there are {one.size}")
        return one.compute().item() if one.ndim else scalar(one._home, one._node)

    def tolist(self) -> Any:
        """Its values as nested lists of Python numbers."""
        return self.compute().tolist()

    def program(self) -> str:
        """The program that computes it."""
        return program_of([self._node])[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the values are on the server: they cannot be had without a copy")
        value = self.compute()
        return value if dtype is None else value.astype(dtype)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        # What is exported is what was fetched: nothing else holds it, so that no copy is a promise kept.
        return self.compute().__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self) -> tuple[Any, int]:
        return _DLPACK_CPU

    def __bool__(self) -> bool:
        if self._node.shape and self.size != 1:
            raise ValueError(f"an array of shape {self.shape} is neither true nor false: ask `any` or `all` of it")
        return bool(self.compute() if self.dtype.is_time else self.item())

    def __int__(self) -> int:
        return int(self._one("int"))

    def __float__(self) -> float:
        return float(self._one("float"))

    def __complex__(self) -> complex:
        return complex(self._one("complex"))

    def __index__(self) -> int:
        if self.dtype.rank != 1:
            raise TypeError(f"an index is an integer, and this is {self.dtype}")
        return self._one("index")

    def _one(self, kind: str) -> Any:
        if self._node.shape:
            raise TypeError(f"{kind} is of one element without axes, and this has shape {self.shape}")
        return scalar(self._home, self._node)

    def __len__(self) -> int:
        if not self._node.shape:
            raise TypeError("an array without axes has no length")
        return self._node.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self._node.shape:
            raise TypeError("an array without axes is not iterated over")
        return (self[at] for at in range(self._node.shape[0]))

    def __contains__(self, item: Any) -> bool:
        from ._statistics import any as any_of

        return bool(any_of(self == item))

    # Elements.

    def __getitem__(self, key: Any, /) -> Array:
        from ._index import got

        return got(self, key)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        from ._index import put

        self._node = put(self, key, value)._node

    # How it looks, and how it is copied.

    def __repr__(self) -> str:
        """Shape and dtype; the values of a small one that are known already."""
        if self._node.value is not None and self.size <= 100:
            import numpy as np

            text = np.array2string(self._node.value, separator=", ", prefix="pantile.xp.Array(")
            return f"pantile.xp.Array({text}, dtype={self.dtype})"
        return f"pantile.xp.Array(shape={self.shape}, dtype={self.dtype})"

    def _repr_html_(self) -> str:
        """A table of shape, dtype and chunks, and beside it a drawing of how it is cut; nothing is fetched."""
        from ._html import drawn

        return drawn(self)

    def __copy__(self) -> Array:
        return Array(self._node, self._home)

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process it is an array of these values, of the same client."""
        return _restored, (None if self._home is DEFAULT else self._home.client, self.compute())

    def __deepcopy__(self, _: Any) -> Array:
        return Array(self._node, self._home)

    # NumPy's functions.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        from ._numpy import ufunc as called

        return called(ufunc, method, inputs, named)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        from ._numpy import function as called

        return called(function, args, named)


def _restored(client: Any, value: np.ndarray) -> Array:
    import pantile.xp

    return (pantile.xp if client is None else client.xp).asarray(value)


def check_device(device: Any) -> None:
    """Refuses any other device than the one."""
    if device not in (None, DEVICE):
        raise ValueError(f"there is one device, {DEVICE!r}, and not {device!r}")


def default_real(dtype: Any) -> DType:
    """The dtype given, or float64."""
    return dt.float64 if dtype is None else dt.as_dtype(dtype)
