"""The same calls awaited: results, errors and cancelling are those of the sync client."""

from __future__ import annotations

import asyncio
import inspect
import time

import pyarrow as pa
import pytest

import pantile
from faking import Fake, cut, document, hang_up, plain, problem, rows, stream
from pantile import _wire
from pantile._async import in_thread

ENDLESS = "SELECT count(*) FROM flights a, flights b WHERE a.distance + b.distance = -2"
MANY = "SELECT a.*, b.value FROM flights a CROSS JOIN generate_series(1, 99) b"
TABLE = pa.table({"a": [1, 2, 3]})


def awaited(work):
    """Runs a test that is a coroutine, on a loop of its own."""

    def test(**fixtures):
        asyncio.run(asyncio.wait_for(work(**fixtures), 30))

    test.__name__, test.__doc__ = work.__name__, work.__doc__
    test.__signature__ = inspect.signature(work)
    if hasattr(work, "pytestmark"):
        test.pytestmark = work.pytestmark
    return test


async def ended(client, text: str) -> str:
    """The state of the last question of that text, once it has ended."""
    for _ in range(100):
        [last, *_] = [one for one in await client.queries() if one["sql"] == text]
        if last["state"] not in ("queued", "running"):
            return last["state"]
        await asyncio.sleep(0.02)
    return last["state"]


async def begun(client, text: str) -> None:
    for _ in range(200):
        if any(one["sql"] == text for one in await client.queries(running=True)):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{text} does not run")


def test_what_the_sync_client_has_can_be_awaited():
    ours = {name for name, value in vars(pantile.AsyncClient).items() if inspect.iscoroutinefunction(value)}
    public = {name for kind in pantile.Client.__mro__[:-1] for name in vars(kind) if not name.startswith("_")}
    # The namespace of arrays is the same: only values are waited for.
    theirs = public - {"url", "xp"}
    assert theirs == {name for name in ours if not name.startswith("_")}


@awaited
async def test_statements_and_programs(server):
    async with pantile.AsyncClient(server.url) as client:
        answer = await client.query("SELECT name FROM airlines WHERE carrier = $1", ["UA"])
        assert (await answer.read_all()).to_pydict() == {"name": ["United Air Lines Inc."]}
        answer = await client.run("sent.select(col('a').sum() + least)", {"sent": TABLE, "least": 1})
        assert (await answer.read_all())[0].to_pylist() == [7]
        assert (await client.describe_query("SELECT 1 AS a")).names == ["a"]
        assert (await client.describe('table("airlines")')).names == ["carrier", "name"]


@awaited
async def test_tables_are_kept_and_dropped(server):
    async with pantile.AsyncClient(server.url) as client:
        await client.upload("of_async", TABLE.to_reader())
        await client.upload("of_async", TABLE, append=True)
        answer = await client.query("SELECT count(*) AS n FROM of_async")
        assert (await answer.read_all()).to_pydict() == {"n": [6]}
        assert "of_async" in await client.datasets()
        await client.drop("of_async")
        await client.drop("of_async", missing_ok=True)
        with pytest.raises(pantile.DatasetNotFoundError):
            await client.drop("of_async")
        assert (await client.status())["status"] == "ready"


@awaited
async def test_a_hundred_at_a_time(server):
    async def ask(number: int) -> list:
        return (await (await client.query("SELECT $1 + 0 AS n", [number])).read_all())[0].to_pylist()

    async with pantile.AsyncClient(server.url) as client:
        assert await asyncio.gather(*map(ask, range(100))) == [[number] for number in range(100)]


@awaited
async def test_rows_come_before_all_are_computed(server):
    async with pantile.AsyncClient(server.url) as client:
        began = time.monotonic()
        async with await client.query(MANY) as answer:
            async for batch in answer:
                assert batch.num_rows > 0
                break
        assert time.monotonic() - began < 3
        assert await ended(client, MANY) == "cancelled"


@awaited
async def test_a_cancelled_task_ends_the_question_on_the_server(server):
    async with pantile.AsyncClient(server.url) as client:
        task = asyncio.create_task(client.query(ENDLESS))
        await begun(client, ENDLESS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ended(client, ENDLESS) == "cancelled"


@awaited
async def test_a_time_out_of_asyncio_ends_it_too(server):
    text = ENDLESS + " OR false"
    async with pantile.AsyncClient(server.url) as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.query(text), 0.5)
        assert await ended(client, text) == "cancelled"


@awaited
async def test_a_task_that_is_cancelled_between_batches(server):
    text = MANY + " WHERE true"

    async def read() -> None:
        async for _ in await client.query(text):
            pass

    async with pantile.AsyncClient(server.url) as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.5)
        assert await ended(client, text) == "cancelled"


@awaited
async def test_work_in_a_thread_is_ended_with_its_task(server):
    text = ENDLESS + " OR 1 = 2"
    with pantile.connect(server.url) as blocking:
        async with pantile.AsyncClient(server.url) as client:
            task = asyncio.create_task(in_thread(lambda: blocking.query(text).read_all()))
            await begun(client, text)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await ended(client, text) == "cancelled"


@awaited
async def test_frames_are_awaited(server):
    async with pantile.AsyncClient(server.url) as client:
        airlines = await client.table("airlines")
        assert len(await airlines) == 16
        text = ENDLESS + " OR 1 = 3"
        task = asyncio.ensure_future(asyncio.wait_for(await client.sql(text), 1.0))
        with pytest.raises(asyncio.TimeoutError):
            await task
        states = {one["state"] for one in await client.queries() if "= 3" in one["sql"]}
        assert "cancelled" in states
        assert not [one for one in await client.queries(running=True) if "OR 1 = 3" in one["sql"]]


@awaited
async def test_work_that_was_cancelled_asks_nothing_more():
    asked: list = []

    def work() -> None:
        time.sleep(0.2)
        try:
            blocking.query("SELECT 1")
        except pantile.CancelledError as error:
            asked.append(error.code)

    with Fake() as fake:
        blocking = pantile.connect(fake.url)
        task = asyncio.create_task(in_thread(work))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.4)
    assert (asked, fake.seen) == (["cancelled"], [])


@awaited
async def test_the_servers_time_out(server):
    async with pantile.AsyncClient(server.url) as client:
        with pytest.raises(pantile.TimeoutError):
            await client.query(ENDLESS, timeout=0.2)


WRONG = [
    ("SELECT dep_dely FROM flights", pantile.ColumnNotFoundError),
    ("SELECT * FROM flight", pantile.DatasetNotFoundError),
    ("SELECT CAST(carrier AS INT) FROM flights", pantile.InvalidValueError),
]


@pytest.mark.parametrize(("sql", "kind"), WRONG)
@awaited
async def test_statements_that_are_wrong(server, sql, kind):
    async with pantile.AsyncClient(server.url) as client:
        with pytest.raises(kind):
            await (await client.query(sql)).read_all()


@pytest.mark.parametrize("how", ["closed", "reset", "as if whole"])
@awaited
async def test_an_answer_that_is_cut_never_passes_for_whole(how):
    whole = stream(pa.table({"a": range(100_000)}), 10_000)
    with Fake(cut(whole[:-9], reset=how == "reset", last_chunk=how == "as if whole")) as fake:
        fake.progress = document({"error": "limit_memory", "state": "failed"})
        async with pantile.AsyncClient(fake.url) as client:
            with pytest.raises(pantile.IncompleteAnswerError) as caught:
                await (await client.query("SELECT 1")).read_all()
    assert caught.value.query_id == fake.seen[0].headers["Pantile-Query-Id"]
    assert caught.value.code == "limit_memory"


@pytest.mark.parametrize("ill", [problem("busy", 503, retry=True), hang_up])
@awaited
async def test_trying_again(monkeypatch, ill):
    monkeypatch.setattr(_wire, "_PAUSE_S", 0.001)
    with Fake(ill, ill, rows(TABLE), ill, document({})) as fake:
        async with pantile.AsyncClient(fake.url) as client:
            assert await (await client.query("SELECT 1")).read_all() == TABLE
            await client.upload("t", TABLE)
    assert [seen.method for seen in fake.seen] == ["POST", "POST", "POST", "PUT", "PUT"]
    assert pa.ipc.open_stream(fake.seen[-1].body).read_all() == TABLE


@awaited
async def test_what_is_no_pantile_server():
    with Fake(plain(b"", 200, "text/html")) as fake:
        async with pantile.AsyncClient(fake.url) as client:
            with pytest.raises(pantile.ConnectionError, match="is no Pantile server"):
                await client.query("SELECT 1")


@awaited
async def test_nobody_answers():
    async with pantile.AsyncClient("http://127.0.0.1:9", retries=0) as client:
        with pytest.raises(pantile.ConnectionError, match="no server answers"):
            await client.query("SELECT 1")


@awaited
async def test_a_server_of_another_version_is_warned_of():
    with Fake(rows(TABLE), version="pantile/9.9.9") as fake:
        async with pantile.AsyncClient(fake.url) as client:
            with pytest.warns(pantile.VersionWarning):
                await client.query("SELECT 1")


def test_a_client_outlives_an_event_loop(server):
    client = pantile.AsyncClient(server.url)

    async def ask() -> list:
        return (await (await client.query("SELECT 1 AS a")).read_all())[0].to_pylist()

    assert [asyncio.run(ask()), asyncio.run(ask())] == [[1], [1]]
    asyncio.run(client.close())


@awaited
async def test_a_closed_client(server):
    async with pantile.AsyncClient(server.url) as client:
        await client.query("SELECT 1")
    with pytest.raises(pantile.ClosedError):
        await client.query("SELECT 1")
