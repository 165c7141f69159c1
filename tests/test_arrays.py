"""Programs that come to arrays, over the wire: the pages' examples, in NumPy too; what goes in and out; what is refused."""

import ast
import io
import json
import re
from pathlib import Path

import numpy
import pytest
from harness import JSON, Problem

OPS = Path(__file__).resolve().parent.parent / "core/src/array/ops"
NPY = "application/x-npy"


def examples():
    for page in sorted(OPS.glob("*.md")):
        for block in re.findall(r"```pantile\n(.*?)\n```", page.read_text(), re.S):
            program = []
            for line in block.split("\n"):
                if not line.startswith("= "):
                    program.append(line)
                    continue
                yield pytest.param("\n".join(program), line[2:], id=f"{page.stem}: {program[-1][:60]}")
                program = []


EXAMPLES = list(examples())


def loaded(body):
    """Every array of the body."""
    stream, found = io.BytesIO(body), []
    while stream.tell() < len(body):
        found.append(numpy.load(stream, allow_pickle=False))
    return found


def arrays(server, program, sent=None):
    """What the program comes to."""
    headers = {"Accept": NPY}
    if sent is None:
        response = server.request("POST", "/v1/expressions", data=program.encode(), headers=headers)
    else:
        files = {"program": (None, program), **{name: (f"{name}.npy", npy(array), NPY) for name, array in sent.items()}}
        response = server.request("POST", "/v1/expressions", files=files, headers=headers)
    assert response.headers["Content-Type"] == NPY
    return loaded(response.content)


def npy(array):
    stream = io.BytesIO()
    numpy.save(stream, array)
    return stream.getvalue()


def refused(server, program, code, **sent):
    with pytest.raises(Problem) as problem:
        arrays(server, program, sent or None)
    assert problem.value.code == code and "defect" not in problem.value.body["detail"], problem.value
    return problem.value.body["detail"]


def test_there_are_examples():
    assert len(EXAMPLES) > 200


@pytest.fixture(scope="module")
def small(server):
    """The stored array that pages read."""
    server.request("PUT", "/v1/arrays/small", data=npy(numpy.array([[1, 2], [3, 4]])))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
def test_pages(server, program, expected):
    got = arrays(server, program)
    wanted = ast_value(expected)
    wanted = [numpy.asarray(one) for one in (wanted if isinstance(wanted, tuple) else [wanted])]
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape and (one.dtype == bool) == (other.dtype == bool)
        close = 1e-6 if one.dtype in (numpy.float32, numpy.complex64) else 1e-12
        assert numpy.allclose(one, other, rtol=close, atol=close, equal_nan=True), (one, other)


def ast_value(text):
    return eval(compile(ast.parse(text, mode="eval"), "page", "eval"), {"nan": numpy.nan, "inf": numpy.inf})


@pytest.mark.parametrize(
    "array",
    [
        numpy.arange(6, dtype=dtype).reshape(2, 3)
        for dtype in "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
    ]
    + [
        numpy.array([True, False]),
        numpy.array(3.5),
        numpy.zeros((0, 4)),
        numpy.asfortranarray(numpy.arange(12.0).reshape(3, 4)),
        numpy.arange(5, dtype=">i4"),
        numpy.arange(4, dtype=">c16"),
        numpy.array([numpy.nan, -0.0, numpy.inf]),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_what_is_sent_comes_back(server, array):
    [got] = arrays(server, "a", {"a": array})
    assert got.dtype == array.dtype.newbyteorder("=") and got.shape == array.shape
    assert got.tobytes() == numpy.ascontiguousarray(array.astype(got.dtype)).tobytes()


def test_json_has_lists_in_lists(server):
    def asked(program):
        response = server.request("POST", "/v1/expressions", data=program.encode(), headers={"Accept": JSON})
        return json.loads(response.content)

    assert asked("xp.reshape(xp.arange(6), (2, 3)) / 2") == {
        "dtype": "float64",
        "shape": [2, 3],
        "data": [[0, 0.5, 1], [1.5, 2, 2.5]],
    }
    assert asked("xp.asarray(True)") == {"dtype": "bool", "shape": [], "data": True}
    assert asked("xp.zeros((2, 0))")["data"] == [[], []]
    assert asked("xp.asarray([1+2j])")["data"] == [[1, 2]]
    assert asked("xp.arange(200_000)")["data"] == list(range(200_000))


def test_several_arrays_are_one_body(server):
    a, b, c = arrays(server, "x = xp.arange(300_000)\n(x, xp.sum(x), xp.asarray([True]))")
    assert (a == numpy.arange(300_000)).all() and b == a.sum() and c.tolist() == [True]


def test_tables_hold_the_elements_of_one(server):
    response = server.request("POST", "/v1/expressions", data=b"xp.ones((2, 2))", headers={"Accept": "text/csv"})
    assert response.text == "value\n1.0\n1.0\n1.0\n1.0\n"
    assert response.headers["Pantile-Engine"] == "arrays"


def test_a_table_is_no_npy(server):
    said = refused(server, 'frame({"a": [1, 2]})', "unsupported")
    assert said == "npy holds arrays, and this is a table; ask for `arrow`, `parquet` or `csv`"


def test_shapes_that_depend_on_values(server):
    x = numpy.random.default_rng(0).integers(0, 50, (40, 30))
    values, counts = arrays(server, "t = xp.unique_counts(a)\n(t[0], t[1])", {"a": x})
    expected = numpy.unique(x, return_counts=True)
    assert (values == expected[0]).all() and (counts == expected[1]).all()
    [got] = arrays(server, "b = a[a > 25]\nb[b < 40] * 2", {"a": x})
    assert (got == x[(x > 25) & (x < 40)] * 2).all()


def test_a_truth_is_an_axis(server):
    for x in (numpy.array(5.0), numpy.arange(6.0).reshape(2, 3)):
        for key in (True, False):
            [got] = arrays(server, f"x[xp.asarray({key})]", {"x": x})
            assert got.shape == x[numpy.array(key)].shape and (got == x[numpy.array(key)]).all()


@pytest.mark.parametrize(
    ("index", "numpys"),
    [
        ("0", numpy.s_[0]),
        ("-1, ::-2", numpy.s_[-1, ::-2]),
        ("..., None, 1:3", numpy.s_[..., None, 1:3]),
        ("i, :, i", (numpy.array([0, 1]), slice(None), numpy.array([0, 1]))),
        ("0, :, i", (0, slice(None), numpy.array([0, 1]))),
        (":, i, i", (slice(None), numpy.array([0, 1]), numpy.array([0, 1]))),
        ("i", numpy.array([0, 1])),
        ("xp.reshape(i, (2, 1)), i", (numpy.array([[0], [1]]), numpy.array([0, 1]))),
        ("5:100", numpy.s_[5:100]),
    ],
)
def test_brackets_are_numpys(server, index, numpys):
    x, i = numpy.arange(120.0).reshape(4, 5, 6), numpy.array([0, 1])
    used = {"x": x, "i": i} if "i" in index else {"x": x}
    [got] = arrays(server, f"x[{index}]", used)
    assert numpy.array_equal(got, x[numpys])
    [changed] = arrays(server, f"x.at[{index}].set(-1)", used)
    expected = x.copy()
    expected[numpys] = -1
    assert numpy.array_equal(changed, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int64"])
def test_sums_and_products_of_many(server, dtype):
    rng = numpy.random.default_rng(1)
    x = (rng.standard_normal((60, 70, 80)) * 10).astype(dtype)
    close = 1e-4 if dtype in ("float32", "complex64") else 1e-10
    for axis in (None, 0, 1, 2, (0, 2), (0, 1)):
        said = "" if axis is None else f", axis={axis}"
        total, mean = arrays(server, f"(xp.sum(x{said}), xp.std(x{said}))", {"x": x})
        assert numpy.allclose(total, x.sum(axis=axis), rtol=close, atol=close * 100)
        assert numpy.allclose(mean, x.std(axis=axis), rtol=close)
    a, b = x[:, :, 0], x[:, 0, :]
    [product] = arrays(server, "xp.matrix_transpose(a) @ b", {"a": a, "b": b})
    assert numpy.allclose(product, a.T @ b, rtol=close, atol=close * 1000)


def test_what_is_no_npy_is_refused(server):
    whole = npy(numpy.arange(10))
    objects = npy_of_objects()
    for body, said in [
        (whole[:-1], "takes another number of bytes"),
        (whole + b"\0", "takes another number of bytes"),
        (whole[:20], "its head is cut off"),
        (objects, "pickles: they are never read"),
        (npy(numpy.array(["a"])), "arrays hold numbers, truths and times"),
        (npy(numpy.array([1], dtype="datetime64[10s]")), "times of arrays are in Y, M, W"),
        (npy(numpy.zeros(2, dtype=[("a", "i4")])), "it holds structures"),
    ]:
        with pytest.raises(Problem) as problem:
            files = {"program": (None, "a"), "a": ("a.npy", body, NPY)}
            server.request("POST", "/v1/expressions", files=files)
        assert problem.value.code == "invalid_data" and said in problem.value.body["detail"], problem.value


def npy_of_objects():
    stream = io.BytesIO()
    numpy.save(stream, numpy.array([{}], dtype=object), allow_pickle=True)
    return stream.getvalue()


def test_what_memory_does_not_hold_is_refused_by_plan(server):
    assert "shape [1048576, 1048576, 1048576]" in refused(server, "xp.ones((1048576, 1048576, 1048576))", "limit_memory")
    with pytest.raises(Problem) as problem:
        arrays(server, "xp.sort(xp.reshape(xp.ones((100000, 100000)), (-1,)))")
    assert problem.value.code == "limit_scratch" and "`sort` of shape [10000000000]" in problem.value.body["detail"], problem.value


def test_values_refuse_while_it_runs(server):
    assert "singular" in refused(server, "xp.linalg.inv(xp.zeros((2, 2)))", "invalid_value")
    assert "beyond axis 0" in refused(server, "xp.arange(3)[xp.asarray([0, 7])]", "invalid_program")
    assert "beyond axis 0" in refused(server, "xp.ones((3, 4)).at[xp.asarray([7]), 0:0].set(1)", "invalid_program")


def test_bins_by_rule_in_a_range_of_one_number(server):
    values = numpy.array([2.6, 3.0, 3.4])
    counts, edges = arrays(server, 'xp.histogram(x, bins="sqrt", range=(3, 3))', {"x": values})
    wanted = numpy.histogram(values, bins="sqrt", range=(3, 3))
    assert (counts == wanted[0]).all() and (edges == wanted[1]).all()


def test_names_of_arrays_may_be_those_of_functions(server):
    [got] = arrays(server, "real * 2 + xp.real(real)", {"real": numpy.arange(3.0)})
    assert got.tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        ("xp.histogram(xp.asarray([1.0]), xp.zeros((0,)))[0]", numpy.zeros(0)),
        ("xp.diff(xp.asarray([4.0, 9.0]), n=0, prepend=xp.asarray([0.0]))", [4.0, 9.0]),
        ("xp.linalg.vector_norm(xp.zeros((0,)), ord=inf)", 0.0),
        ("xp.linalg.matrix_norm(xp.zeros((0, 3)), ord=2)", 0.0),
        ("xp.linalg.matrix_norm(xp.zeros((2, 3, 0)), ord=1)", [0.0, 0.0]),
        ("xp.gradient(xp.asarray([[1.0, 2.0], [3.0, 5.0]]), xp.asarray(2.0))[0]", [[1.0, 1.5], [1.0, 1.5]]),
        ("xp.signbit(xp.cumulative_sum(xp.asarray([-0.0, -0.0])))", [True, True]),
    ],
)
def test_edges_are_numpys(server, program, wanted):
    numpy.testing.assert_array_equal(arrays(server, program)[0], wanted)


def test_vectors_of_elements_that_are_nothing_beside_others(server):
    values, vectors = arrays(server, "xp.linalg.eig(xp.asarray([[1.0, 1e-30], [-1.0, 10.0]]))")
    numpy.testing.assert_allclose(numpy.array([[1.0, 1e-30], [-1.0, 10.0]]) @ vectors, vectors * values, atol=1e-14)


def test_an_array_has_no_rows_to_limit(server):
    with pytest.raises(Problem) as problem:
        server.request("POST", "/v1/expressions", json={"program": "xp.arange(10)", "row_limit": 3})
    assert problem.value.code == "invalid_request" and problem.value.body["hint"] == "take a part of it: `x[:10]`"


def test_a_view_holds_no_array(server):
    with pytest.raises(Problem) as problem:
        server.request("PUT", "/v1/views/arrays_of", data=b"xp.ones(3)", headers={"Content-Type": "text/x-python"})
    assert "comes to an array" in problem.value.body["detail"]


def test_ten_thousand_additions(server):
    lines = ["t0 = xp.asarray([0.0, 1.0])"] + [f"t{i + 1} = t{i} + 1" for i in range(4_000)] + ["t4000"]
    [got] = arrays(server, "\n".join(lines))
    assert got.tolist() == [4000, 4001]


def test_describing_runs_nothing(server):
    body = {"program": "xp.ones((100000, 100000)) @ xp.ones((100000, 3), dtype='float32')", "describe": True}
    response = server.request("POST", "/v1/expressions", json=body, headers={"Accept": JSON})
    assert json.loads(response.content)["shape"] == [100000, 3]
