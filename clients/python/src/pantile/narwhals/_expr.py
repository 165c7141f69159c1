"""narwhals' expressions as nodes of a program: most are asked of a column by the name they have in narwhals.

An `Expr` holds one node and computes nothing. What a name stands for, and how many columns come of it, the server finds
out when it plans the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pantile._operators import ARITHMETIC, COMPARISONS
from pantile._program import Node, binary, col, unary
from pantile._words import literal_node, type_word, values

from . import _accessors as accessors
from ._values import literal

if TYPE_CHECKING:
    from ._namespace import Namespace


class Expr:
    """A column that is made of others, as narwhals builds it."""

    _implementation: Any
    # narwhals keeps here what it knows of the expression.
    _opt_metadata: Any = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Node, version: Any, rename: Callable[[str], str] | None = None) -> None:
        from narwhals import Implementation

        self.node = node
        self._version = version
        self._implementation = Implementation.UNKNOWN
        # What names go through in the end: a function of Python, which no program can have.
        self.rename = rename

    def __narwhals_expr__(self) -> Expr:
        return self

    def __narwhals_namespace__(self) -> Namespace:
        from ._namespace import Namespace

        return Namespace(self._version)

    @property
    def _metadata(self) -> Any:
        return self._opt_metadata

    def _with(self, node: Node) -> Expr:
        return Expr(node, self._version)

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Expr:
        """What comes of asking `name` of this column; expressions among the arguments become nodes."""
        plain = [node_of(argument) for argument in arguments]
        return self._with(self.node.call(name, *plain, **{key: node_of(value) for key, value in named.items()}))

    def broadcast(self) -> Expr:
        """A single value goes beside rows by itself."""
        return self

    def __invert__(self) -> Expr:
        return self._with(unary("~", self.node))

    def __neg__(self) -> Expr:
        return self._with(unary("-", self.node))

    def _is_close_float_promote(self) -> Expr:
        return self._with(binary("+", self.node, 0.0))

    def cast(self, dtype: Any) -> Expr:
        return self.call("cast", type_word(dtype))

    def alias(self, name: str) -> Expr:
        return self.call("alias", name)

    def fill_null(self, value: Any = None, strategy: str | None = None, limit: int | None = None) -> Expr:
        if strategy is None:
            return self.call("fill_null", value)
        return self.call("fill_null", strategy=strategy, limit=limit)

    def is_between(self, lower: Expr, upper: Expr, closed: str) -> Expr:
        return self.call("is_between", lower, upper, closed=closed)

    def is_in(self, other: Any) -> Expr:
        return self._with(self.node.call("is_in", values([literal(value) for value in other])))

    def clip_lower(self, lower: Expr) -> Expr:
        return self.call("clip", lower)

    def clip_upper(self, upper: Expr) -> Expr:
        return self.call("clip", None, upper)

    def any_value(self, *, ignore_nulls: bool) -> Expr:
        return self.call("first", ignore_nulls=ignore_nulls)

    def mode(self, *, keep: str) -> Expr:
        found = self.call("mode")
        return found.call("first") if keep == "any" else found

    def first(self, order_by: Sequence[str] = ()) -> Expr:
        return self._ordered(order_by).call("first")

    def last(self, order_by: Sequence[str] = ()) -> Expr:
        return self._ordered(order_by).call("last")

    def _ordered(self, order_by: Sequence[str]) -> Expr:
        return self._with(self.node.call("sort_by", *map(col, order_by))) if order_by else self

    def over(self, partition_by: Sequence[str], order_by: Sequence[str]) -> Expr:
        """Without groups, all rows are one."""
        keys = [col(name) for name in partition_by]
        if not order_by:
            return self._with(self.node.call("over", *keys))
        return self._with(self.node.call("over", *(keys or [None]), order_by=[col(name) for name in order_by]))

    def replace_strict(self, default: Any, old: Sequence[Any], new: Sequence[Any], *, return_dtype: Any) -> Expr:
        named: dict[str, Any] = {}
        if isinstance(default, Expr):
            named["default"] = default
        if return_dtype is not None:
            named["return_dtype"] = type_word(return_dtype)
        return self.call("replace_strict", list(map(literal, old)), list(map(literal, new)), **named)

    def map_batches(self, *arguments: Any, **named: Any) -> Expr:
        """Refused: a server runs no function of Python's."""
        raise NotImplementedError("`map_batches` wants the rows, and a Pantile frame has them on its server")

    @property
    def str(self) -> accessors.Strings:
        return accessors.Strings(self)

    @property
    def dt(self) -> accessors.Times:
        return accessors.Times(self)

    @property
    def cat(self) -> accessors.Categories:
        return accessors.Categories(self)

    @property
    def list(self) -> accessors.Lists:
        return accessors.Lists(self)

    @property
    def struct(self) -> accessors.Structs:
        return accessors.Structs(self)

    @property
    def name(self) -> accessors.Names:
        return accessors.Names(self)


def node_of(value: Any) -> Any:
    """The node of an expression; anything else as it is."""
    return value.node if isinstance(value, Expr) else value


def _operator(sign: str, is_turned: bool = False) -> Callable[[Expr, Any], Expr]:
    def apply(self: Expr, other: Any) -> Expr:
        node = other.node if isinstance(other, Expr) else literal_node(literal(other))
        return self._with(binary(sign, node, self.node) if is_turned else binary(sign, self.node, _bare(node)))

    return apply


def _bare(node: Node) -> Any:
    """A literal behind an operator, as it is written. One before it stays a column: it names the result."""
    return node.parts[0] if node.kind == "function" and node.name == "lit" else node


for _name, _sign in {**ARITHMETIC, **COMPARISONS}.items():
    setattr(Expr, f"__{_name}__", _operator(_sign))
    setattr(Expr, f"__r{_name}__", _operator(_sign, is_turned=True))

# What has the same name and the same arguments in narwhals and in a program.
_SAME = (
    "abs all any ceil clip cos count cum_count cum_max cum_min cum_prod cum_sum diff drop_nulls ewm_mean exp "
    "fill_nan filter floor is_duplicated is_finite is_first_distinct is_last_distinct is_nan is_null is_unique "
    "kurtosis len log max mean median min n_unique null_count quantile rank rolling_mean rolling_std "
    "rolling_sum rolling_var round shift sin skew sqrt std sum unique var"
)


def _same(name: str) -> Callable[..., Expr]:
    def apply(self: Expr, *arguments: Any, **named: Any) -> Expr:
        return self.call(name, *arguments, **named)

    return apply


for _name in _SAME.split():
    setattr(Expr, _name, _same(_name))
