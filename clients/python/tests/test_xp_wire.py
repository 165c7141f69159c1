"""Arrays over HTTP: how programs go out, and what is read of answers."""

import asyncio
import io

import numpy as np
import pytest

import pantile
from faking import Fake, document, hang_up, plain, problem
from pantile import DataError, QuestionError, _npy
from pantile.xp import _dtype

MEDIA = "application/x-npy"


def npy(*arrays: np.ndarray) -> bytes:
    """As NumPy writes them."""
    file = io.BytesIO()
    for array in arrays:
        np.save(file, array, allow_pickle=True)
    return file.getvalue()


SOME = [np.ones(shape, dtype) for dtype in _dtype.NAMES for shape in ((), (0,), (3,), (2, 0, 3), (2, 3, 4))]


def test_what_numpy_writes_is_read() -> None:
    for got, wanted in zip(_npy.read(npy(*SOME)), SOME, strict=True):
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_array_equal(got, wanted)
    (turned,) = _npy.read(npy(np.asfortranarray([[1, 2], [3, 4]])))
    assert turned.tolist() == [[1, 2], [3, 4]]


def test_what_is_written_numpy_reads() -> None:
    for wanted in [*SOME, np.arange(12).reshape(3, 4).T]:
        got = np.load(io.BytesIO(b"".join(_npy.pieces(wanted))))
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    "body", [b"no array", npy(np.ones(3))[:-1], npy(np.ones(3)) + b"x", npy(np.array([None])), npy(np.array(["a"]))]
)
def test_what_is_damaged_or_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(DataError):
        _npy.read(body)


def test_a_program_alone_is_plain_text() -> None:
    with Fake(plain(npy(np.arange(3.0)), media=MEDIA)) as server, pantile.connect(server.url) as client:
        assert client.xp.asarray([0.0, 1.0, 2.0])[:].compute().tolist() == [0, 1, 2]
        x = client.xp.arange(3, dtype=client.xp.float64)
        server.replies.append(plain(npy(np.arange(3.0)), media=MEDIA))
        assert x.compute().tolist() == [0, 1, 2]
    asked = server.asked()[-1]
    assert (asked.method, asked.path) == ("POST", "/v1/expressions")
    assert asked.headers["Content-Type"] == "text/x-python"
    assert asked.headers["Accept"] == MEDIA
    assert asked.body == b'xp.arange(0, 3, 1, dtype="float64")'


def test_larger_arrays_are_parts() -> None:
    data = np.random.default_rng(1).random((50, 20))
    with Fake(plain(npy(data * 2), media=MEDIA)) as server, pantile.connect(server.url) as client:
        x = client.array(data)
        np.testing.assert_array_equal((x * 2).compute(), data * 2)
    (asked,) = server.asked()
    assert asked.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="program"\r\nContent-Type: text/x-python\r\n\r\nd0 * 2\r\n' in asked.body
    assert npy(data) in asked.body
    # Its length is said: of a body in chunks the last one may come when the parts have long been read.
    assert int(asked.headers["Content-Length"]) == len(asked.body)


def test_what_the_server_refuses_is_an_error_of_ours() -> None:
    with Fake(otherwise=problem("invalid_program", 400)) as server, pantile.connect(server.url) as client:
        with pytest.raises(QuestionError):
            client.xp.zeros(3).compute()


def test_several_arrays_are_one_answer() -> None:
    with Fake(plain(npy(np.zeros(2), np.int64(3)), media=MEDIA)) as server, pantile.connect(server.url) as client:
        a, b = client.run_arrays("(xp.zeros((2,)), xp.asarray(3))")
    assert (a.tolist(), b.item()) == ([0, 0], 3)


def test_arrays_can_be_awaited() -> None:
    async def asked(url: str) -> tuple[list[float], list[float]]:
        async with pantile.AsyncClient(url) as client:
            x = await client.array([1.0, 2.0])
            return (await (x + 1)).tolist(), (await client.run_arrays("xp.ones((2,))"))[0].tolist()

    with Fake(otherwise=plain(npy(np.array([2.0, 3.0])), media=MEDIA)) as server:
        assert asyncio.run(asked(server.url)) == ([2, 3], [2, 3])


def test_small_programs_share_one_connection_and_errors_take_the_long_way() -> None:
    answer = plain(npy(np.float64(3)), media=MEDIA)
    with Fake(answer, answer, hang_up, answer, problem("busy", 503, retry=True), otherwise=answer) as server:
        with pantile.connect(server.url) as client:
            for _ in range(4):
                assert client.run_arrays("xp.asarray(3.0)")[0] == 3
            lane = client._transport.lane()
            assert len(lane._idle) <= 1
        assert not lane._idle
    # Two by the short way, one that broke there and was asked again; likewise the busy one.
    assert len(server.asked()) == 6
    assert all("Idempotency-Key" not in seen.headers for seen in server.seen)


def test_all_stored_arrays_take_one_request() -> None:
    one = {"name": "a", "kind": "array", "dtype": "float16", "shape": [2, 3], "chunk": [1, 3], "shard": [2, 3]}
    told = {"datasets": [{"name": "t", "kind": "table"}, one | {"name": "b", "dtype": "datetime64[s]"}, one]}

    async def asked(url: str) -> dict[str, pantile.xp.Array]:
        async with pantile.AsyncClient(url) as client:
            return await client.arrays()

    with Fake(otherwise=document(told)) as server, pantile.connect(server.url) as client:
        for found in [dict(client.arrays.items()), asyncio.run(asked(server.url))]:
            assert [(name, x.shape, str(x.dtype)) for name, x in found.items()] == [
                ("a", (2, 3), "float16"),
                ("b", (2, 3), "datetime64[s]"),
            ]
        assert [str(x.dtype) for x in client.arrays.values()] == ["float16", "datetime64[s]"]
    assert [(seen.method, seen.path) for seen in server.asked()] == [("GET", "/v1/datasets")] * 3
