"""kill -9, over and over: what was acknowledged is there, nothing is half there, and nothing is there twice.

Eight writers work while the server is killed at a random moment, round after round, on one data folder. Every
writer keeps a diary of what it asked for and what it was told. After each restart the server's rows are held
against the diaries:

- an append that was acknowledged is there with all its rows; one that was not is there whole or not at all;
- a transaction over two tables is in both or in neither, and in both if its commit was acknowledged;
- a replaced table holds the last acknowledged version or the one whose answer was lost, never a mixture;
- a request whose answer was lost is sent again under its key, and its rows are there once.
"""

import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import oracle
import pytest
from harness import NDJSON, Server, run, scrubbed

ROUNDS = int(os.environ.get("PANTILE_CRASH_ROUNDS", "200"))
WRITERS = 8
ROWS = 3  # per append: enough to be torn
LIVE_S = (0.05, 0.35)  # how long a round's server lives after its ready line


class Lost(Exception):
    """No answer, or not a whole one: the outcome is not known."""


class Wire:
    """One keep-alive connection. Anything but a whole answer is `Lost`."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def send(self, method, path, body, **headers):
        try:
            kind = "application/json" if body.startswith('{"expected"') else NDJSON
            self.connection.request(method, path, body, {"Content-Type": kind, **headers} if body else headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise Lost from error
        if b'"unknown_outcome"' in text or response.status == 503:
            raise Lost(f"{response.status} {text[:300]}")
        return response.status, text


def lines(round_, writer, number):
    rows = ({"round": round_, "writer": writer, "number": number, "part": part} for part in range(ROWS))
    return "".join(json.dumps(row) + "\n" for row in rows)


class Writer:
    """Does one thing after another, remembers what was acknowledged, and begins each round with what was not."""

    def __init__(self, index, seed):
        self.index = index
        self.random = random.Random(seed)
        self.number = 0
        # Acknowledged, each with the round it began in, which its rows carry.
        self.appended, self.both, self.replaced = {}, {}, {0: 0}
        self.pending = None
        self.wrong = None
        self.retried = 0

    def work(self, url, round_, halt):
        wire = Wire(url)
        try:
            if self.pending:
                self.retried += 1
                self.go_on(wire)
            while not halt.is_set():
                self.number += 1
                steps = self.random.choice((self.append, self.append, self.replace, self.transaction))
                self.pending = Pending(steps(round_, self.number), round_, self.number, steps)
                self.go_on(wire)
        except Lost:
            pass  # `pending` stays, for the next round
        except AssertionError as error:
            self.wrong = error

    def go_on(self, wire):
        """Takes the steps that are not acknowledged yet; a lost one is sent again just as it was."""
        while self.pending.step < len(self.pending.steps):
            method, path, body, key, transactional = self.pending.steps[self.pending.step]
            headers = {"Idempotency-Key": key} if key else {}
            if transactional:
                headers["Pantile-Transaction"] = self.pending.transaction
            status, text = wire.send(method, path.format(self.pending.transaction), body, **headers)
            assert status < 300, f"writer {self.index}: {method} {path} {headers}: {status} {text}"
            if path == "/v1/transactions":
                self.pending.transaction = json.loads(text)["id"]
            self.pending.step += 1
        kept = {self.append: self.appended, self.replace: self.replaced, self.transaction: self.both}
        kept[self.pending.kind][self.pending.number] = self.pending.round
        self.pending = None

    # What there is to do: (method, path, body, key, inside the transaction).

    def append(self, round_, number):
        return [("POST", "/v1/tables/appended/rows", lines(round_, self.index, number), f"a{self.index}-{number}", False)]

    def replace(self, round_, number):
        path = f"/v1/tables/replaced_{self.index}"
        return [("PUT", path, lines(round_, self.index, number), f"r{self.index}-{number}", False)]

    def transaction(self, round_, number):
        body, key = lines(round_, self.index, number), f"b{self.index}-{number}"
        return [
            ("POST", "/v1/transactions", '{"expected": 2}', None, False),
            ("POST", "/v1/tables/left_side/rows", body, f"{key}-left", True),
            ("POST", "/v1/tables/right_side/rows", body, f"{key}-right", True),
            ("POST", "/v1/transactions/{}/commit", "", key, False),
        ]


@dataclass
class Pending:
    steps: list
    round: int
    number: int
    kind: object
    step: int = 0
    transaction: str = ""


def counted(server, since):
    """How many rows each append has in each table, for those begun in this round or later."""
    one = "SELECT '{0}' AS place, writer, number, count(*) AS n, count(DISTINCT part) AS parts FROM {0} WHERE round >= {1} GROUP BY 2, 3"
    counts = {table: {} for table in ("appended", "left_side", "right_side")}
    for place, writer, number, rows, parts in server.rows(" UNION ALL ".join(one.format(table, since) for table in counts)):
        counts[place][writer, number] = (rows, parts)
    return counts.values()


def versions(server):
    """What each writer's replaced table holds."""
    held = [Counter() for _ in range(WRITERS)]
    one = "SELECT {0} AS writer, number FROM replaced_{0}"
    for writer, number in server.rows(" UNION ALL ".join(one.format(writer) for writer in range(WRITERS))):
        held[writer][number] += 1
    return held


def check(server, writers, since):
    """Holds the rows of this round and later against the diaries."""
    appended, left, right = counted(server, since)
    replaced = versions(server)
    for table in (appended, left, right):
        torn = {key: counts for key, counts in table.items() if counts != (ROWS, ROWS)}
        assert not torn, f"torn or doubled: {torn}"
    assert left.keys() == right.keys(), f"torn transactions: {left.keys() ^ right.keys()}"
    for writer in writers:
        for kept, table in ((writer.appended, appended), (writer.both, left)):
            lost = [n for n, began in kept.items() if began >= since and (writer.index, n) not in table]
            assert not lost, f"writer {writer.index}: acknowledged and lost: {lost}"
        allowed = {max(writer.replaced)}
        if writer.pending and writer.pending.kind == writer.replace:
            allowed.add(writer.pending.number)
        held = replaced[writer.index]
        assert held in [Counter({number: ROWS} if number else {}) for number in allowed], (
            f"replaced_{writer.index} holds {held}, where {allowed} may be")


@pytest.mark.timeout(60 + 6 * ROUNDS)
def test_kill_nine(tmp_path):
    seed = int(os.environ.get("PANTILE_CRASH_SEED", random.randrange(2**32)))
    print(f"PANTILE_CRASH_SEED={seed} PANTILE_CRASH_ROUNDS={ROUNDS}")
    chance = random.Random(seed)
    with Server(tmp_path / "data") as server:
        rounds(server, chance)


def rounds(server, chance):
    """The whole of it."""
    for table in ("appended", "left_side", "right_side", *(f"replaced_{index}" for index in range(WRITERS))):
        server.sql(f"CREATE TABLE {table} (round BIGINT, writer BIGINT, number BIGINT, part BIGINT)")
    writers = [Writer(index, chance.random()) for index in range(WRITERS)]
    starts = []
    for round_ in range(1, ROUNDS + 1):
        oldest = min([round_, *(writer.pending.round for writer in writers if writer.pending)])
        halt = threading.Event()
        threads = [threading.Thread(target=writer.work, args=(server.url, round_, halt)) for writer in writers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(*LIVE_S))
        server.kill()
        halt.set()
        for thread in threads:
            thread.join()
        for writer in writers:
            if writer.wrong:
                raise writer.wrong
        began = time.monotonic()
        server.start()
        starts.append(time.monotonic() - began)
        check(server, writers, oldest)
    # What is still pending goes through, and then everything is counted from the first round on.
    for writer in writers:
        if writer.pending:
            writer.go_on(Wire(server.url))
    check(server, writers, 0)
    acknowledged = sum(len(w.appended) + len(w.both) + len(w.replaced) for w in writers) - WRITERS
    rows = server.value("SELECT count(*) FROM appended")
    assert rows == ROWS * sum(len(w.appended) for w in writers)
    print(f"{ROUNDS} rounds: {acknowledged} acknowledged, {sum(w.retried for w in writers)} sent again, 0 lost, 0 torn, "
          f"0 doubled; starts took {sorted(starts)[len(starts) // 2]:.2f} s, at most {max(starts):.2f} s")
    assert acknowledged > ROUNDS, "so few acknowledgements prove little"
    assert server.stop() == 0
    # Both other readers of the folder agree.
    scrubbed(server.data)
    assert oracle.attach(server.data).execute("SELECT count(*) FROM l.appended").fetchone() == (rows,)


def test_a_repeated_request_gets_the_same_answer(fresh):
    fresh.start()
    body = lines(1, 1, 1)
    fresh.put("once", body, NDJSON)
    ask = dict(content_type=NDJSON, headers={"Idempotency-Key": "k1"})
    first = fresh.append("once", body, **ask)
    again = fresh.append("once", body, **ask)
    assert (again.status_code, again.json(), again.headers["Pantile-Snapshot"]) == (
        first.status_code, first.json(), first.headers["Pantile-Snapshot"])
    fresh.kill()
    fresh.start()
    assert fresh.append("once", body, **ask).json() == first.json()
    assert fresh.value("SELECT count(*) FROM once") == 2 * ROWS
    # Statements too, and whatever is tidied away meanwhile.
    delete = dict(headers={"Idempotency-Key": "k2"}, data="DELETE FROM once WHERE true")
    asked = [fresh.post("/v1/sql", **delete) for _ in range(2)]
    assert asked[0].json() == asked[1].json() and asked[0].json()["rows"][0]["rows"] == 2 * ROWS
    assert "Pantile-Replayed" not in asked[0].headers and asked[1].headers["Pantile-Replayed"] == "true"
    fresh.append("once", body, content_type=NDJSON)
    fresh.append("once", body, content_type=NDJSON)
    fresh.stop()
    run("gc", "--horizon", "0s", data=fresh.data)
    fresh.start()
    assert fresh.append("once", body, **ask).json() == first.json()
    assert fresh.post("/v1/sql", **delete).json() == asked[0].json()
    other = fresh.append("once", lines(2, 2, 2), ok=False, **ask)
    assert other.status_code == 422 and other.json()["code"] == "idempotency_mismatch"
    assert fresh.value("SELECT count(*) FROM once") == 2 * ROWS
