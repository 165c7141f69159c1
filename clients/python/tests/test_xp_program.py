"""Programs: how they read, how many are asked, and what is known without asking."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import pantile
from faking import Fake, problem
from pantile._errors import ServerError
from xp_fake import FakeClient

PROGRAMS = {
    "xp.sin(x) + 1": 'xp.sin(xp.asarray([1.0, 2.0], dtype="float64")) + 1',
    "x - x": 't0 = xp.asarray([1.0, 2.0], dtype="float64")\nt0 - t0',
    "-x ** -2.5": '-(xp.asarray([1.0, 2.0], dtype="float64") ** (-2.5))',
    "x[None, ::-1]": 'xp.asarray([1.0, 2.0], dtype="float64")[None, 1::-1]',
    "xp.linalg.qr(xp.ones((2, 2)))[1]": 't0 = xp.linalg.qr(xp.ones((2, 2), dtype="float64"))\nt0[1]',
    "xp.sum(xp.zeros((2, 3)), axis=(0,))": 'xp.sum(xp.zeros((2, 3), dtype="float64"), axis=(0,))',
    "xp.asarray([xp.nan, xp.inf, -0.0])": 'xp.asarray([nan, inf, -0.0], dtype="float64")',
    "xp.asarray(1 + 2j)": 'xp.asarray((1.0+2.0j), dtype="complex128")',
    "xp.asarray([complex(-0.0, 1)], dtype=xp.complex64)": (
        r'xp.frombuffer(b"\x00\x00\x00\x80\x00\x00\x80\x3f", dtype="complex64")'
    ),
    "xp.asarray(complex(0, -2)) * 0": 'xp.asarray((0.0-2.0j), dtype="complex128") * 0',
    "xp.zeros((0, 2))": 'xp.zeros((0, 2), dtype="float64")',
    "xp.asarray([2**63])": r'xp.frombuffer(b"\x00\x00\x00\x00\x00\x00\x00\x80", dtype="uint64")',
    "xp.arange(3) / 2": 'xp.astype(xp.arange(0, 3, 1, dtype="int64"), "float64") / 2',
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_read_like_what_was_written(text: str, fake: FakeClient) -> None:
    made = eval(text, {"xp": fake.xp, "x": fake.xp.asarray([1.0, 2.0])})
    assert made.program() == PROGRAMS[text]


def test_a_chain_of_ten_thousand_is_one_program(fake: FakeClient) -> None:
    x = fake.xp.ones(())
    for _ in range(10_000):
        x = x + 1
    assert float(x) == 10_001
    (program,) = fake.programs
    assert max(line.count("(") for line in program.splitlines()) < 50
    del x


def test_what_many_share_is_computed_once(fake: FakeClient) -> None:
    x = fake.xp.ones(3)
    for _ in range(40):
        x = x + x
    assert len(x.program()) < 2000
    assert float(x[0]) == 2.0**40


def test_a_small_array_is_fetched_once(fake: FakeClient) -> None:
    x = fake.xp.reshape(fake.xp.arange(6), (2, 3)) * 2
    assert [int(x[i, j]) for i in range(2) for j in range(3)] == [0, 2, 4, 6, 8, 10]
    assert float(x[1][0]) == 6
    assert len(fake.programs) == 1


def test_of_a_large_array_one_element_is_fetched(fake: FakeClient) -> None:
    x = fake.xp.arange(2000) * 2
    assert int(x[7]) == 14
    assert fake.programs == ['(xp.arange(0, 2000, 1, dtype="int64") * 2)[7]']


def test_results_of_one_call_come_together(fake: FakeClient) -> None:
    found = fake.xp.linalg.eigh(fake.xp.eye(2))
    found.eigenvalues.compute()
    found.eigenvectors.compute()
    assert len(fake.programs) == 1


def test_several_arrays_are_one_request() -> None:
    import pantile.xp
    from pantile.xp import compute

    one, other = FakeClient(), FakeClient()
    x, y, z = one.xp.ones(2), one.xp.zeros(2) + 1, other.xp.arange(2)
    a, b, c, d = compute(x, y, z, x)
    assert [a.tolist(), b.tolist(), c.tolist(), d.tolist()] == [[1, 1], [1, 1], [0, 1], [1, 1]]
    assert (len(one.programs), len(other.programs)) == (1, 1)
    assert pantile.xp.__array_api_version__ == "2025.12"
    with pytest.raises(ValueError, match="two clients"):
        x + z


def test_what_is_known_is_written_into_later_programs(fake: FakeClient) -> None:
    x = fake.xp.ones(2) + 1
    x.compute()
    assert (x * 3).program() == 'xp.asarray([2.0, 2.0], dtype="float64") * 3'


def test_larger_values_are_sent_beside_the_program(fake: FakeClient) -> None:
    data = np.random.default_rng(1).random(1000)
    x = fake.xp.asarray(data)
    data[0] = 9
    assert (x + x).program() == "d0 + d0"
    assert float(fake.xp.max(x)) < 1


def test_an_answer_that_is_not_what_was_worked_out_is_an_error(fake: FakeClient) -> None:
    fake.run_arrays = lambda program, values=None: [np.zeros(3, "float32")]  # type: ignore[method-assign]
    with pytest.raises(ServerError, match="float32 of shape"):
        fake.xp.zeros(3).compute()


def test_looks_cost_nothing(fake: FakeClient) -> None:
    x = fake.xp.asarray([1, 2]) + fake.xp.zeros(2, dtype="int64")
    assert repr(x) == "pantile.xp.Array(shape=(2,), dtype=int64)"
    assert "(2,)" in x._repr_html_()
    assert not fake.programs
    assert copy.deepcopy(x).tolist() == copy.copy(x).tolist() == [1, 2]
    assert repr(x) == "pantile.xp.Array([1, 2], dtype=int64)"


def test_values_are_copies(fake: FakeClient) -> None:
    x = fake.xp.zeros(2) + 0
    x.compute()[0] = 5
    np.asarray(x)[1] = 5
    assert x.tolist() == [0, 0]
    assert np.from_dlpack(x).tolist() == [0, 0]
    assert fake.xp.from_dlpack(np.arange(3)).tolist() == [0, 1, 2]


def test_numbers_are_read(arrays: Any) -> None:
    assert (int(arrays.asarray(3)), float(arrays.asarray(2)), complex(arrays.asarray(1j))) == (3, 2.0, 1j)
    assert [10, 20, 30][arrays.asarray(1)] == 20
    assert bool(arrays.asarray(0.0)) is False
    assert [int(x) for x in arrays.arange(3)] == [0, 1, 2]
    assert 2 in arrays.arange(3)
    assert arrays.arange(6).reshape(2, 3).sum(axis=0).tolist() == [3, 5, 7]


@pytest.mark.parametrize("text", ["x == -1", "x != 300", "x < 300", "-5 >= x", "x <= -1", "300 > x"])
def test_numbers_beyond_the_dtype_are_compared(text: str, arrays: Any) -> None:
    data = np.array([0, 7, 255], "uint8")
    assert eval(text, {"x": arrays.asarray(data)}).tolist() == eval(text, {"x": data}).tolist()


def test_arrays_go_to_other_processes_as_their_values() -> None:
    with Fake(otherwise=problem("internal", 500)) as server, pantile.connect(server.url) as client:
        x = client.array([1.0, 2.0])
        again = pickle.loads(pickle.dumps(x))
        assert again.__array_namespace__()._home.client.url == client.url
        assert again.tolist() == [1, 2]
    assert not server.asked()
