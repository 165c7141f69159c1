"""`MaskedArray`: an array some of whose elements are hidden. Two lazy arrays, elements and mask, and a fill value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, made
from ._evaluate import own
from ._masked_methods import MaskedMethods
from ._operators import Operators
from ._shape import Shape

if TYPE_CHECKING:
    import numpy as np

# What stands for a hidden element where nothing else is said, as in NumPy.
FILL = {"bool": True, "int": 999999, "uint": 999999, "float": 1e20, "complex": 1e20 + 0j}


class Hidden:
    """What is assigned to hide elements: `x[0] = ma.masked`."""

    def __repr__(self) -> str:
        return "--"


masked = Hidden()


class MaskedArray(Operators, MaskedMethods):
    """An array on the server of which some elements are hidden; they count in nothing."""

    __slots__ = ("_data", "_fill_value", "_mask")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Array, mask: Array | None = None, fill_value: Any = None) -> None:
        self._data = data
        self._mask = mask
        self._fill_value = fill_value

    @property
    def data(self) -> Array:
        """The elements, hidden ones among them."""
        return self._data

    @property
    def mask(self) -> Array:
        """Where elements are hidden."""
        if self._mask is None:
            return made(self._data._home, "xp.zeros", (self.shape,), {"dtype": dt.boolean}, self.shape, dt.boolean)
        return self._mask

    @property
    def fill_value(self) -> Any:
        """What stands for hidden elements when they are filled."""
        if self._fill_value is not None:
            return self._fill_value
        return FILL[self.dtype.kind]

    @fill_value.setter
    def fill_value(self, value: Any) -> None:
        self._fill_value = value

    @property
    def shape(self) -> Shape:
        """The lengths of its axes."""
        return self._data.shape

    @property
    def dtype(self) -> dt.DType:
        """The type of its elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """How many elements it has, hidden ones among them."""
        return self._data.size

    @property
    def T(self) -> MaskedArray:
        """The transpose of a matrix."""
        return self._both(lambda x: x.T)

    def _both(self, function: Any) -> MaskedArray:
        """The same done to elements and mask."""
        mask = None if self._mask is None else function(self._mask)
        return MaskedArray(function(self._data), mask, self._fill_value)

    # Values.

    def compute(self) -> np.ma.MaskedArray:
        """Its values, as NumPy's masked array."""
        import numpy as np

        if self._mask is None:
            (data,), mask = own(self._data._home, [self._data._node]), np.zeros(self.shape, bool)
        else:
            data, mask = own(self._data._home, [self._data._node, self._mask._node])
        return np.ma.MaskedArray(data, mask=mask, fill_value=self._fill_value)

    to_numpy = compute

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Nothing plain: what is hidden would be lost on the way."""
        raise TypeError("a masked array is no plain one: ask for `compute()`, `filled()` or `data`")

    def tolist(self) -> Any:
        """Its values as nested lists, None where they are hidden."""
        return self.compute().tolist()

    def item(self) -> Any:
        """The one element, or `masked`."""
        if self.size != 1:
            raise ValueError(f"item is of one element, and there are {self.size}")
        value = self.compute().reshape(())[()]
        return masked if getattr(value, "mask", False) else value.item()

    def __bool__(self) -> bool:
        value = self.item()
        return value is not masked and bool(value)

    def __float__(self) -> float:
        value = self.item()
        return float("nan") if value is masked else float(value)

    def __int__(self) -> int:
        value = self.item()
        if value is masked:
            raise ValueError("a hidden element is no integer")
        return int(value)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Any:
        return (self[at] for at in range(len(self)))

    # Elements.

    def __getitem__(self, key: Any, /) -> MaskedArray:
        key = key.filled(False) if isinstance(key, MaskedArray) else key
        return self._both(lambda x: x[key])

    def __setitem__(self, key: Any, value: Any, /) -> None:
        # Nobody else who holds the elements or the mask sees the change.
        data, mask = Array(self._data._node, self._data._home), Array(self.mask._node, self._data._home)
        if is_masked(value):
            mask[key] = True
        elif isinstance(value, MaskedArray):
            data[key], mask[key] = value._data, value.mask
        else:
            data[key], mask[key] = value, False
        self._data, self._mask = data, mask

    def __repr__(self) -> str:
        """Shape and dtype; as NumPy's where the values of a small one are known."""
        nodes = [self._data._node, *([] if self._mask is None else [self._mask._node])]
        if all(node.value is not None for node in nodes) and self.size <= 100:
            return repr(self.compute()).replace("masked_array(", "pantile.xp.ma.MaskedArray(", 1)
        return f"pantile.xp.ma.MaskedArray(shape={self.shape}, dtype={self.dtype}, fill_value={self.fill_value})"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        from ._masked_elements import FUNCTIONS
        from ._numpy import UFUNCS

        function = FUNCTIONS.get(UFUNCS.get(ufunc.__name__) or ufunc.__name__)
        if method != "__call__" or function is None or named:
            return NotImplemented
        return function(*inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        from . import ma

        if function.__name__ not in ma.__all__:
            return NotImplemented
        return getattr(ma, function.__name__)(*args, **named)


def is_masked(value: Any) -> bool:
    """Whether it is the constant that hides, ours or NumPy's."""
    return value is masked or type(value).__name__ == "MaskedConstant"


def goes(value: Any) -> bool:
    """Whether it can stand beside a masked array."""
    return isinstance(value, (MaskedArray, Array, *NUMBERS)) or hasattr(value, "__array__")
