"""A stand-in for the server: programs of arrays evaluated by array-api-strict, in this process."""

from __future__ import annotations

import ast
import operator
from typing import Any

import array_api_strict as strict
import numpy as np
from array_api_strict._array_object import Array as StrictArray

from pantile.xp._namespace import Namespace

strict.set_array_api_strict_flags(api_version="2025.12")
DEVICE = strict.__array_namespace_info__().default_device()

SIGNS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.USub: operator.neg, ast.Invert: operator.inv,
    ast.UAdd: operator.pos,
}  # fmt: skip
# What array-api-strict leaves out, or does otherwise than the standard says: `invert` of `isin`, more axes of `take`.
NUMPYS = frozenset(["take", "meshgrid", "clip", "repeat", "isin"])
CONSTANTS = {"nan": float("nan"), "inf": float("inf")}


def wrapped(value: Any) -> StrictArray:
    return StrictArray._new(np.asarray(value), device=DEVICE)


class FakeClient:
    """Runs programs as `Client.run_arrays` does, and counts them."""

    def __init__(self) -> None:
        self.programs: list[str] = []
        self.xp = Namespace(self)  # pyright: ignore[reportArgumentType]

    def run_arrays(self, program: str, values: Any = None) -> list[np.ndarray]:
        self.programs.append(program)
        names: dict[str, Any] = {name: wrapped(value) for name, value in (values or {}).items()}
        result: Any = None
        tree = ast.parse(program)
        for statement in tree.body[:-1]:
            assert isinstance(statement, ast.Assign), ast.unparse(statement)
            (target,) = statement.targets
            assert isinstance(target, ast.Name) and target.id not in names
            names[target.id] = Evaluation(names).of(statement.value)
        last = tree.body[-1]
        assert isinstance(last, ast.Expr)
        with np.errstate(all="ignore"):
            result = Evaluation(names).of(last.value)
        results = result if isinstance(result, tuple) else (result,)
        return [np.array(one._array, order="C") for one in results]


class Evaluation:
    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def of(self, node: ast.AST) -> Any:
        with np.errstate(all="ignore"):
            return getattr(self, f"_{type(node).__name__}")(node)

    def _Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _Name(self, node: ast.Name) -> Any:
        return CONSTANTS[node.id] if node.id in CONSTANTS else self.names[node.id]

    def _Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self.of(item) for item in node.elts)

    def _List(self, node: ast.List) -> Any:
        return [self.of(item) for item in node.elts]

    def _BinOp(self, node: ast.BinOp) -> Any:
        return SIGNS[type(node.op)](self.of(node.left), self.of(node.right))

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:
        return SIGNS[type(node.op)](self.of(node.operand))

    def _Compare(self, node: ast.Compare) -> Any:
        assert len(node.ops) == 1
        return SIGNS[type(node.ops[0])](self.of(node.left), self.of(node.comparators[0]))

    def _Slice(self, node: ast.Slice) -> Any:
        return slice(*(None if side is None else self.of(side) for side in (node.lower, node.upper, node.step)))

    def _Subscript(self, node: ast.Subscript) -> Any:
        base, index = self.of(node.value), self.of(node.slice)
        return base[index] if isinstance(base, (tuple, list)) else wrapped(base._array[unwrapped(index)])

    def _Call(self, node: ast.Call) -> Any:
        path = ast.unparse(node.func)
        if ".at[" in path:
            return self._put(node)
        args = [self.of(arg) for arg in node.args]
        named = {str(keyword.arg): self.of(keyword.value) for keyword in node.keywords}
        return called(path, args, named)

    def _put(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Subscript)
        place = node.func.value
        assert isinstance(place.value, ast.Attribute)
        base, index, value = self.of(place.value.value), self.of(place.slice), self.of(node.args[0])
        copy = base._array.copy()
        copy[unwrapped(index)] = unwrapped(value)
        return wrapped(copy)


def unwrapped(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(unwrapped, index))
    return index._array if isinstance(index, StrictArray) else index


def called(path: str, args: list[Any], named: dict[str, Any]) -> Any:
    space, *names = path.split(".")
    assert space == "xp", path
    if isinstance(named.get("dtype"), str):
        named["dtype"] = getattr(strict, named["dtype"])
    if names == ["frombuffer"]:
        return wrapped(np.frombuffer(args[0], named["dtype"]._np_dtype))
    if names == ["astype"]:
        return wrapped(args[0]._array.astype(args[1]))
    if names == ["repeat"]:
        args[1] = np.asarray(unwrapped(args[1]), np.int64)
    if names[0] in NUMPYS:
        result = getattr(np, names[0])(*map(unwrapped, args), **{key: unwrapped(value) for key, value in named.items()})
        return tuple(map(wrapped, result)) if isinstance(result, (tuple, list)) else wrapped(result)
    function = strict
    for name in names:
        function = getattr(function, name)
    return function(*args, **named)
