"""What is wrong, sent on purpose over Flight: each is refused with a reason, and the server answers afterwards."""

import contextlib
import random
import re
import struct
import threading
import time
from pathlib import Path

import adbc_driver_flightsql.dbapi as adbc
import grpc
import numpy as np
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from flightwire import (
    Refused, Wire, any_of, cmd, fields, flight_data, frames, ingest, path, pb, statement, stream_of, update, varint,
)
from harness import Server
from test_flight import LONG, ROWS, count, refused, running, wait_until
from test_flight_clients import connect
from test_limits import chain, laughs

MB = 1 << 20
BAD = ("INVALID_ARGUMENT", "invalid_data")
# What only the wire itself can say: such messages are refused before they reach the door.
UNREADABLE = ("INTERNAL", None)
# Threads on which panics are caught: the pool's, and those of Polars' streaming engine.
CAUGHT = re.compile(r"thread '(pantile-pool|async-executor)-")


@pytest.fixture(autouse=True, scope="module")
def calm(server, demo):
    """Libraries that panic do so on the pool or on Polars' own threads, where it is caught, and nowhere else."""
    yield
    for running in (server, demo):
        assert [line for line in running.said().splitlines() if "panicked at" in line and not CAUGHT.search(line)] == []


@pytest.fixture
def wire(server):
    with Wire(server) as it:
        yield it
        assert it.rows(statement("SELECT 1 AS x")).to_pylist() == [{"x": 1}], "the server answers afterwards"


@pytest.fixture
def shown(demo):
    with Wire(demo) as it:
        yield it
        assert it.rows(statement("SELECT 1 AS x")).to_pylist() == [{"x": 1}], "the server answers afterwards"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A server that waits a second for the next message."""
    with Server(tmp_path_factory.mktemp("impatient") / "data", "--body-timeout", "1s") as running:
        yield running


def absent(server, name):
    return server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


# Commands and actions that are not there.


@pytest.mark.flight("GetFlightInfo", "PollFlightInfo", "GetSchema", "DoPut")
@pytest.mark.parametrize("url", [
    "type.googleapis.com/arrow.flight.protocol.sql.CommandGetTable", "type.googleapis.com/google.protobuf.Duration",
    "CommandStatementQuery", "type.googleapis.com/CommandStatementQuery", "", "x" * 100_000, "ünï/cödé"])
def test_unknown_commands_are_named(wire, url):
    descriptor = pb({1: 2, 2: pb({1: url, 2: pb({1: "SELECT 1"})})})
    for call in (wire.info, wire.poll, wire.schema, wire.put):
        problem = refused(lambda: call(descriptor), "UNIMPLEMENTED", "unsupported")
        assert url[:100] in problem.message and len(problem.message) < 1000
    if url.endswith("CommandGetTable"):
        assert "did you mean `CommandGetTables`" in problem.message


@pytest.mark.flight("DoAction")
@pytest.mark.parametrize("name", ["CancelFlight", "", "x" * 100_000, "createpreparedstatement"])
def test_unknown_actions_are_named(wire, name):
    problem = refused(lambda: wire.action(name), "UNIMPLEMENTED", "unsupported")
    assert name[:100] in problem.message and len(problem.message) < 1000


@pytest.mark.flight("DoAction")
def test_actions_with_the_message_of_another(wire):
    other = any_of("ActionClosePreparedStatementRequest", pb({1: "x"}))
    problem = refused(lambda: wire.action("CreatePreparedStatement", other), "INVALID_ARGUMENT", "invalid_request")
    assert "ActionClosePreparedStatementRequest" in problem.message
    bare = pb({1: "SELECT 1"})
    refused(lambda: wire.action("CreatePreparedStatement", bare), "INVALID_ARGUMENT", "invalid_request")


# Protobuf that is none.


COMMANDS = {
    "CommandStatementSubstraitPlan": {1: pb({1: b"", 2: "1"}), 2: "x"},
    "CommandStatementQuery": {1: "SELECT 1"}, "CommandStatementUpdate": {1: "SELECT 1"}, "CommandPreparedStatementQuery": {1: "x" * 32},
    "CommandPreparedStatementUpdate": {1: "x" * 32}, "CommandStatementIngest": {1: pb({1: 1, 2: 2}), 2: "t", 3: "main"},
    "CommandGetCatalogs": {}, "CommandGetDbSchemas": {1: "pantile", 2: "%"}, "CommandGetTables": {1: "pantile", 2: "%", 3: "%", 4: ["TABLE"], 5: 1},
    "CommandGetTableTypes": {}, "CommandGetSqlInfo": {1: [1, 2]}, "CommandGetXdbcTypeInfo": {1: 4}, "CommandGetPrimaryKeys": {3: "t"},
    "CommandGetImportedKeys": {3: "t"}, "CommandGetExportedKeys": {3: "t"}, "CommandGetCrossReference": {3: "t", 6: "u"},
}


@pytest.mark.flight(*COMMANDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_that_are_cut_or_damaged(wire, name):
    body = pb(COMMANDS[name])
    cut = [body[:-1]] if body else []
    # A field's length beyond the end, a text that is not UTF-8, a wire type that is none, a number without an end.
    damaged = [b"\x0a\xff\x01x", b"\x1f", b"\x08" + b"\xff" * 11, body + b"\x0a\x05x"]
    put = name in ("CommandStatementUpdate", "CommandPreparedStatementUpdate", "CommandStatementIngest")
    for wrong in cut + damaged:
        descriptor = pb({1: 2, 2: any_of(name, wrong)})
        for call in (lambda: wire.put(descriptor, ROWS),) if put else (lambda: wire.info(descriptor), lambda: wire.schema(descriptor)):
            problem = refused(call, "INVALID_ARGUMENT", "invalid_request")
            assert "protobuf" in problem.message


@pytest.mark.flight("GetFlightInfo", "PollFlightInfo", "GetSchema")
def test_descriptors_that_are_none(wire):
    for wrong in (b"", pb({2: b"no type"}), pb({1: 7, 2: b"x"}), pb({1: 2}), pb({1: 2, 2: b"\xff\xff"}), statement("SELECT 1")[:-3] + b"\xff"):
        for call in (wire.info, wire.poll, wire.schema):
            with pytest.raises(Refused) as problem:
                call(wrong)
            assert problem.value.status in ("INVALID_ARGUMENT", "UNIMPLEMENTED", "INTERNAL"), problem.value
    for name in ("GetFlightInfo", "PollFlightInfo", "GetSchema"):
        assert refused(lambda: wire.one(name, b"\xff\xff\xff"), *UNREADABLE).message


@pytest.mark.flight("GetFlightInfo", "DoAction", "DoGet", "ListFlights", "Handshake")
def test_noise(wire):
    """A few hundred messages of random bytes, and of good ones with some bytes changed."""
    dice = random.Random(7)
    good = [statement("SELECT 1"), cmd("CommandGetTables", COMMANDS["CommandGetTables"]), path("table", "x"), pb({1: "CreatePreparedStatement", 2: b"x"})]
    for number in range(200):
        message = bytearray(dice.choice(good)) if number % 2 else bytearray(dice.randbytes(dice.randrange(1, 80)))
        for _ in range(dice.randrange(1, 4)):
            message[dice.randrange(len(message))] = dice.randrange(256)
        for name, kind in (("GetFlightInfo", "unary_unary"), ("DoAction", "unary_stream"), ("DoGet", "unary_stream"), ("ListFlights", "unary_stream")):
            try:
                (wire.one if kind == "unary_unary" else wire.many)(name, bytes(message))
            except Refused as problem:
                assert problem.status != "UNKNOWN" and "panick" not in problem.message, problem
                assert problem.status != "INTERNAL" or "rotobuf" in problem.message, problem


# Rows that are wrong.


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_puts_without_a_beginning(wire):
    for messages in ([], [flight_data(*frames(ROWS)[0])], [b""], [flight_data(descriptor=pb({2: b"x"}))]):
        refused(lambda: wire.many("DoPut", iter(messages), "stream_stream"), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: wire.many("DoPut", iter([b"\xff\xff\xff"]), "stream_stream"), *UNREADABLE)


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("by", ["ingest", "path"])
def test_a_put_that_changes_its_columns(server, wire, name, by):
    descriptor = ingest(name) if by == "ingest" else path("table", name)
    other = pa.table({"entirely": [1.5]})
    problem = refused(lambda: wire.put(descriptor, frames(ROWS) + frames(other)), *BAD)
    assert "second schema" in problem.message
    assert absent(server, name)
    # The columns of one and the rows of another.
    refused(lambda: wire.put(descriptor, [frames(ROWS)[0], frames(other)[1]]), *BAD)
    assert absent(server, name)


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_puts_that_are_no_arrow_stream(server, wire, name):
    schema, batch = frames(ROWS)
    header, body = batch
    lies = {
        "no schema": [batch],
        "no message": [(b"this is no flatbuffer at all", b"")],
        "schema cut": [(schema[0][: len(schema[0]) // 2], b"")],
        "header cut": [schema, (header[: len(header) // 2], body)],
        "body cut": [schema, (header, body[:-8])],
        "body gone": [schema, (header, b"")],
        "body long": [schema, (header, body + bytes(64))],
        "header changed": [schema, (header[:20] + b"\xff\xff\xff\x7f" + header[24:], body)],
    }
    for what, messages in lies.items():
        with pytest.raises(Refused) as problem:
            wire.put(ingest(name), messages)
        assert (problem.value.status, problem.value.code) == BAD, (what, problem.value)
        assert absent(server, name), what
    assert wire.put_count(ingest(name), [schema]) == 0, "columns alone are a table without rows"
    refused(lambda: wire.put(ingest(name + "_2")), *BAD)


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_noise_in_headers_of_batches(server, wire, name):
    """Each byte of a batch's header changed in turn: what is not refused is a table that can be read."""
    schema, (header, body) = frames(pa.table({"n": [1, 2, 3], "s": ["a", "bb", None], "l": [[1], None, []]}))
    dice = random.Random(11)
    for at in sorted(dice.sample(range(len(header)), 120)):
        bent = header[:at] + bytes([header[at] ^ dice.randrange(1, 256)]) + header[at + 1 :]
        try:
            wire.put(ingest(name, exists="replace"), [schema, (bent, body)])
        except Refused as problem:
            assert (problem.status, problem.code) in (BAD, ("RESOURCE_EXHAUSTED", "too_large")), (at, problem)
        else:
            wire.rows(path("table", name))


def test_noise_in_headers_of_parameters(impatient):
    with Wire(impatient) as wire:
        handle, *_ = wire.prepare("SELECT ?, ?, ?")
        schema, (header, body) = frames(pa.table({"n": [1], "s": ["a"], "d": pa.array([None], pa.int8())}))
        dice = random.Random(13)
        for at in range(len(header)):
            bent = header[:at] + bytes([header[at] ^ dice.randrange(1, 256)]) + header[at + 1 :]
            try:
                wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), [schema, (bent, body)])
            except Refused as problem:
                assert problem.code in ("invalid_data", "invalid_request", "too_large"), (at, problem)


def compressed(table, codec, says=None):
    """The messages of a table with one column of integers, whose compressed values claim to be so many bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    schema, batch = reader.read_next_message(), reader.read_next_message()
    body, is_long = batch.body.to_pybytes(), struct.pack("<q", table.num_rows * 8)
    assert is_long in body
    return [(schema.metadata.to_pybytes(), b""), (batch.metadata.to_pybytes(), body.replace(is_long, struct.pack("<q", says), 1) if says is not None else body)]


ZEROS = pa.table({"n": pa.array([0] * 2000, pa.int64())})
# What the values claim to be; in truth they are 16000 bytes.
CLAIMS = [2**62, 2**40, 2**33, 16_001, 8, 0, -5, -(2**62)]


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("says", CLAIMS)
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_values_that_lie_of_their_size(server, wire, name, codec, says):
    with pytest.raises(Refused) as problem:
        wire.put(ingest(name), compressed(ZEROS, codec, says))
    assert absent(server, name)
    assert (problem.value.status, problem.value.code) in (BAD, ("RESOURCE_EXHAUSTED", "too_large")), problem.value


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_parameters_that_lie_of_their_size(fresh, codec):
    with fresh, Wire(fresh) as wire:
        handle, *_ = wire.prepare("SELECT ?")
        for says in reversed(CLAIMS):
            with pytest.raises(Refused) as problem:
                wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), compressed(ZEROS, codec, says))
            assert problem.value.code in ("invalid_data", "too_large"), (says, problem.value)
        assert fresh.alive() and fresh.value("SELECT 1") == 1


def test_parameters_that_are_a_bomb(impatient):
    """320 MB of zeros in some 30 KB."""
    bomb = compressed(pa.table({"n": np.zeros(40_000_000, dtype="int64")}), "zstd")
    with Wire(impatient) as wire:
        handle, *_ = wire.prepare("SELECT ?")
        impatient.forget_peak()
        before = impatient.resident_bytes()
        with pytest.raises(Refused):
            wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), bomb)
        assert impatient.resident_bytes("VmHWM") - before < 200 * MB


def utf8():
    offsets = pa.py_buffer(struct.pack("<3i", 0, 2, 4))
    return pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"ok\xff\xfe")])


def long_utf8():
    return pa.Array.from_buffers(pa.large_string(), 2, [None, pa.py_buffer(struct.pack("<3q", 0, 2, 4)), pa.py_buffer(b"ok\xff\xfe")])


def view_utf8():
    return pa.Array.from_buffers(pa.string_view(), 1, [None, pa.py_buffer(struct.pack("<i12s", 4, b"ok\xff\xfe"))])


class Bent:
    """An array that is fine, whose bytes are changed when it is sent: pyarrow would not make it."""

    def __init__(self, array, was, now):
        self.array, self.was, self.now = array, struct.pack(f"<{len(was)}i", *was), struct.pack(f"<{len(now)}i", *now)


def sent(lie, nested=False):
    """The messages of a column of that lie."""
    array = lie.array if isinstance(lie, Bent) else lie
    column = pa.StructArray.from_arrays([array], ["x"]) if nested else array
    messages = frames(pa.RecordBatch.from_arrays([column], ["v"]))
    if isinstance(lie, Bent):
        header, body = messages[-1]
        assert lie.was in body
        messages[-1] = (header, body.replace(lie.was, lie.now, 1))
    return messages


def text(*offsets):
    return lambda: pa.Array.from_buffers(
        pa.string(), len(offsets) - 1, [None, pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets)), pa.py_buffer(b"abcd" * 2)])


def numbers(*offsets):
    child = pa.array([1, 2, 3], pa.int64())
    return lambda: pa.Array.from_buffers(
        pa.list_(pa.int64()), len(offsets) - 1, [None, pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))], children=[child])


def keys(*indices):
    def made():
        return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(["a", "b"]), safe=False)
    return made


def view(length, buffer, offset):
    def made():
        views = pa.py_buffer(struct.pack("<i4sii", length, b"abcd", buffer, offset))
        return pa.Array.from_buffers(pa.string_view(), 1, [None, views, pa.py_buffer(b"abcd" * 8)])
    return made


def list_view(offset, size):
    return lambda: pa.Array.from_buffers(
        pa.list_view(pa.int64()), 1, [None, pa.py_buffer(struct.pack("<i", offset)), pa.py_buffer(struct.pack("<i", size))],
        children=[pa.array([1, 2, 3])])


def run_ends(*ends):
    return lambda: pa.Array.from_buffers(
        pa.run_end_encoded(pa.int32(), pa.int64()), 4, [None], children=[pa.array(ends, pa.int32()), pa.array(range(len(ends)), pa.int64())])


def decimals():
    """A number of 39 digits in a decimal of 5."""
    return pa.Array.from_buffers(pa.decimal128(5, 2), 1, [None, pa.py_buffer((10**38).to_bytes(16, "little"))])


def times():
    """A time of day of a hundred hours."""
    return pa.Array.from_buffers(pa.time64("us"), 1, [None, pa.py_buffer(struct.pack("<q", 100 * 3600 * 10**6))])


LIES = {
    "utf8": utf8, "large utf8": long_utf8, "utf8 in a view": view_utf8, "offsets beyond": lambda: Bent(text(0, 4, 8)(), (0, 4, 8), (0, 4, 10**6)), "offsets negative": text(0, -4, 4),
    "offsets falling": text(0, 8, 2), "list beyond": lambda: Bent(numbers(0, 2, 3)(), (0, 2, 3), (0, 2, 10**6)),
    "list negative": lambda: Bent(numbers(0, 1, 2)(), (0, 1, 2), (-1, 1, 2)), "list falling": numbers(0, 3, 1),
    "dictionary beyond": keys(0, 1, 2), "dictionary negative": keys(0, -1), "dictionary far": keys(2**31 - 1),
    "view beyond": view(20, 0, 10**6), "view of no buffer": view(20, 7, 0), "view negative": view(20, 0, -5), "view lies": view(20, 0, 1),
    "list view beyond": list_view(2, 10**6), "list view negative": list_view(-1, 2), "runs falling": run_ends(3, 2, 4), "runs short": lambda: Bent(run_ends(1, 4)(), (1, 4), (1, 2)),
}


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("lie", LIES)
def test_arrays_that_lie(server, wire, name, lie):
    """Built from buffers that nothing checked."""
    array = LIES[lie]()
    if not isinstance(array, Bent):
        with pytest.raises((pa.ArrowInvalid, pa.ArrowIndexError)):
            array.validate(full=True)
    for put in (ingest(name), path("table", name)):
        problem = refused(lambda: wire.put(put, sent(array)), *BAD)
        assert len(problem.message) < 2000
        assert absent(server, name)
    refused(lambda: wire.put(ingest(name), sent(array, nested=True)), *BAD)
    assert absent(server, name)


@pytest.mark.flight("DoPut", "CommandPreparedStatementQuery")
@pytest.mark.parametrize("lie", LIES)
def test_parameters_that_lie(wire, lie):
    handle, *_ = wire.prepare("SELECT ? AS x")
    with pytest.raises(Refused) as problem:
        wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), sent(LIES[lie]()))
    assert problem.value.status in ("INVALID_ARGUMENT", "UNIMPLEMENTED"), problem.value
    refused(lambda: wire.info(cmd("CommandPreparedStatementQuery", {1: handle})), "INVALID_ARGUMENT")


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("made", [decimals, times])
def test_values_beyond_their_type(server, wire, name, made):
    """Refused, or kept and readable: never the end of anything."""
    try:
        wire.put(ingest(name), pa.RecordBatch.from_arrays([made()], ["v"]))
    except Refused as problem:
        assert (problem.status, problem.code) == BAD, problem
        assert absent(server, name)
    else:
        wire.rows(statement(f"SELECT v, v::varchar AS t FROM {name}"))


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_dictionaries_that_never_came(server, wire, name):
    schema, dictionary, batch = frames(pa.table({"v": pa.array(["a", "b"]).dictionary_encode()}))
    refused(lambda: wire.put(ingest(name), [schema, batch]), *BAD)
    refused(lambda: wire.put(ingest(name), [schema, (dictionary[0], dictionary[1][:-8]), batch]), *BAD)
    assert absent(server, name)
    assert wire.put_count(ingest(name), [schema, dictionary, batch]) == 2


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_tables_that_are_too_wide_or_too_deep(server, wire, name):
    problem = refused(lambda: wire.put(ingest(name), pa.table({f"c{number}": [1] for number in range(20_000)})), "RESOURCE_EXHAUSTED", "too_large")
    assert "16384" in problem.message
    deep = pa.int64()
    for _ in range(62):
        deep = pa.struct({"x": deep})
    refused(lambda: wire.put(ingest(name), pa.table({"v": pa.nulls(1, deep)})), *BAD)
    refused(lambda: wire.put(ingest(name), pa.table({"v": pa.nulls(10**9)})), "RESOURCE_EXHAUSTED", "too_large")
    assert absent(server, name)


@pytest.mark.flight("CommandPreparedStatementQuery")
def test_parameters_that_are_too_many(wire):
    handle, *_ = wire.prepare("SELECT ?")
    problem = refused(lambda: wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), pa.table({"v": pa.nulls(10**9)})), "RESOURCE_EXHAUSTED", "too_large")
    assert "1000000 rows" in problem.message


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_columns_that_cannot_be(server, wire, name):
    refused(lambda: wire.put(ingest(name), pa.table([[1], [2]], names=["a", "a"])), "INVALID_ARGUMENT")
    for wrong in ("", "x" * 300, "a\0b"):
        with pytest.raises(Refused) as problem:
            wire.put(ingest(wrong), ROWS)
        assert problem.value.status == "INVALID_ARGUMENT", problem.value
    assert absent(server, name)


# Puts that stop.


def half(descriptor, stop):
    """A schema and a batch, and then nothing until the test says stop."""
    yield from stream_of(descriptor, ROWS)
    stop.wait(30)


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("there", [False, True], ids=["missing", "existing"])
def test_a_put_that_is_cancelled_half_way_is_not_kept(server, wire, name, there):
    if there:
        server.put(name, ROWS)
    stop = threading.Event()
    call = wire.start("DoPut", half(ingest(name, exists="replace"), stop), "stream_stream")
    time.sleep(0.2)
    call.cancel()
    stop.set()
    time.sleep(0.3)
    assert count(server, name) == 3 if there else absent(server, name)


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_a_put_whose_client_is_gone_is_not_kept(server, name):
    """The connection breaks, as when a process is killed."""
    stop = threading.Event()
    going = Wire(server)
    going.start("DoPut", half(ingest(name), stop), "stream_stream")
    time.sleep(0.2)
    going.channel.close()
    stop.set()
    time.sleep(0.3)
    assert absent(server, name)


@pytest.mark.flight("DoPut")
def test_a_put_that_breaks_off_in_pyarrow_is_not_kept(server, name):
    def batches():
        yield ROWS.to_batches()[0]
        raise RuntimeError("out of rows")

    with connect(server) as connection, connection.cursor() as cursor, pytest.raises((adbc.Error, RuntimeError)):
        cursor.adbc_ingest(name, pa.RecordBatchReader.from_batches(ROWS.schema, batches()), mode="create")
    assert absent(server, name)


def silence(server, name):
    """What a put is answered that begins and says no more."""
    with Wire(server) as wire:
        stop = threading.Event()
        call = wire.start("DoPut", half(ingest(name), stop), "stream_stream")
        with pytest.raises(Refused) as problem:
            wire_of(call)
        stop.set()
        assert absent(server, name)
        return problem.value


@pytest.mark.flight("DoPut")
def test_a_put_that_says_nothing_is_given_up(impatient, name):
    assert "body_timeout" in silence(impatient, name).message


def test_a_put_that_says_nothing_is_late_and_not_damaged(impatient, name):
    problem = silence(impatient, name)
    assert (problem.status, problem.code) == ("DEADLINE_EXCEEDED", "timeout")


def wire_of(call):
    try:
        return list(call)
    except grpc.RpcError as error:
        raise Refused(error) from None


# Those who do not read.


@contextlib.contextmanager
def stalled(server, readers):
    """So many clients, each of which asked for gigabytes and has read one message."""
    wires = [Wire(server) for _ in range(readers)]
    calls = []
    try:
        for wire in wires:
            info = wire.info(statement(LONG))
            call = wire.start("DoGet", pb({1: info.endpoints[0].ticket.ticket}), "unary_stream")
            next(call)
            calls.append(call)
        yield
    finally:
        for call in calls:
            call.cancel()
        for wire in wires:
            wire.channel.close()
        wait_until(lambda: not running(server, LONG), 10, "they run on though nobody reads")


@pytest.mark.flight("DoGet")
def test_memory_stays_flat_for_clients_that_stop_reading(demo, shown):
    """Others are served meanwhile."""
    demo.forget_peak()
    before, slowest = demo.resident_bytes(), 0
    with stalled(demo, 2):
        for _ in range(15):
            began = time.monotonic()
            assert demo.value("SELECT count(*) FROM airlines") == 16
            assert shown.rows(statement("SELECT count(*) FROM airlines")).num_rows == 1
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.1)
        peak = demo.resident_bytes("VmHWM") - before
    assert slowest < 5
    assert peak < 300 * MB, f"{peak >> 20} MB more than before"


def test_clients_that_stop_reading_keep_nobody_out(tmp_path_factory):
    flags = ("--demo", "--slots", "2", "--queue-wait", "2s")
    with Server(tmp_path_factory.mktemp("stalled") / "data", *flags) as running, stalled(running, 2):
        assert running.value("SELECT 1") == 1


@pytest.mark.flight("DoGet")
def test_memory_stays_flat_while_a_large_answer_is_got(demo, shown):
    sql = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 8) b"
    info = shown.info(statement(sql))
    demo.forget_peak()
    before, rows = demo.resident_bytes(), 0
    client = flight.connect(demo.url.replace("http", "grpc"))
    for endpoint in info.endpoints:
        for batch in client.do_get(endpoint.ticket):
            rows += batch.data.num_rows
    client.close()
    assert rows == 8 * 336_776
    peak = demo.resident_bytes("VmHWM") - before
    assert peak < 300 * MB, f"{peak >> 20} MB more than before"


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_memory_stays_flat_while_many_rows_are_put(server, wire, name):
    schema, batch = frames(pa.table({"n": pa.array(range(100_000), pa.int64()), "x": [0.5] * 100_000}))
    server.forget_peak()
    before = server.resident_bytes()
    wire.put(ingest(name), [schema] + [batch] * 150)
    assert count(server, name) == 15_000_000
    peak = server.resident_bytes("VmHWM") - before
    assert peak < 600 * MB, f"{peak >> 20} MB more than before, for {150 * len(batch[1]) >> 20} MB"
    server.delete(f"/v1/tables/{name}")


# Too much.


@pytest.mark.flight("GetFlightInfo", "DoPut")
@pytest.mark.parametrize("size", [100_000, 1 * MB, 16 * MB])
def test_metadata_of_a_call_that_is_too_large(server, size):
    """Refused by its size, not by silence; other calls never notice."""
    with Wire(server) as wire, Wire(server) as other:
        with pytest.raises(Refused) as problem:
            wire.info(statement("SELECT 1"), x_large="x" * size)
        assert problem.value.status in ("RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "UNKNOWN"), problem.value
        assert other.rows(statement("SELECT 1 AS x")).num_rows == 1
    with Wire(server) as again:
        assert again.rows(statement("SELECT 1 AS x"), x_large="x" * 8_000).num_rows == 1, "what proxies and drivers send fits"


@pytest.mark.flight("DoPut", "CommandStatementIngest")
@pytest.mark.parametrize("where", ["field", "schema"])
def test_metadata_of_columns_of_16_mb(server, wire, name, where):
    note = {"note": "x" * (16 * MB)}
    schema = pa.schema([pa.field("n", pa.int64(), metadata=note if where == "field" else None)], metadata=note if where == "schema" else None)
    try:
        wire.put(ingest(name), pa.table({"n": [1]}, schema=schema))
    except Refused as problem:
        assert problem.status in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED") and problem.code, problem
        assert "metadata" in problem.message or "header" in problem.message or "bytes" in problem.message, problem
        assert absent(server, name)
    else:
        assert wire.rows(path("table", name)).num_rows == 1
        server.delete(f"/v1/tables/{name}")


@pytest.mark.flight("DoPut", "CommandStatementIngest")
def test_app_metadata_of_16_mb(server, wire, name):
    messages = [flight_data(*frames(ROWS)[0], ingest(name), b"x" * (16 * MB)), flight_data(*frames(ROWS)[1], None, b"x" * (16 * MB))]
    wire.many("DoPut", iter(messages), "stream_stream")
    assert count(server, name) == 3


@pytest.mark.flight("DoPut")
def test_messages_over_the_limit_are_refused(server, wire, name):
    """64 MB is the most of one message; as many messages as one likes make a put."""
    schema, batch = frames(pa.table({"s": ["x" * (80 * MB)]}))
    with pytest.raises(Refused) as problem:
        wire.put(ingest(name), [schema, batch])
    assert problem.value.status in ("OUT_OF_RANGE", "RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"), problem.value
    assert "64" in problem.value.message or "67108864" in problem.value.message, problem.value
    assert absent(server, name)


@pytest.mark.flight("GetFlightInfo")
def test_many_prepared_statements_and_answers_do_not_fill_memory(server, wire):
    before = server.resident_bytes()
    for _ in range(300):
        wire.prepare("SELECT 1 AS x")
        wire.info(statement("SELECT 1 AS x"))
    assert server.resident_bytes() - before < 100 * MB


@pytest.fixture
def narrow(tmp_path):
    """A server that keeps 25 MB for its clients, half of it for one."""
    with Server(tmp_path / "data", "--memory", "256MiB") as running:
        yield running


def kept(server):
    return server.get("/v1/limits").json()["memory"]["accounts"]["kept"]["used"]


def until_refused(ask, most):
    """What is refused at last, which names the limit."""
    for _ in range(most):
        try:
            ask()
        except Refused as problem:
            assert (problem.status, problem.code, problem.more["limit"]) == ("RESOURCE_EXHAUSTED", "limit_memory", "kept_memory"), problem
            return problem
    pytest.fail(f"{most} were taken")


@pytest.mark.flight("CreatePreparedStatement", "ClosePreparedStatement", "CloseSession")
def test_prepared_statements_are_charged_to_their_session(narrow):
    before, handles, text = kept(narrow), [], "SELECT '" + "x" * 500_000 + "'"
    with Wire(narrow) as greedy, Wire(narrow) as neighbour:
        problem = until_refused(lambda: handles.append(greedy.prepare(text)[0]), 100)
        assert "one session's part of `kept_memory`" in problem.message and 10 < len(handles) < 30
        mine = [neighbour.prepare(text)[0] for _ in range(10)]
        assert neighbour.rows(statement("SELECT 1 AS x")).num_rows == 1
        greedy.close(handles.pop())
        handles.append(greedy.prepare(text)[0])
        # Other sessions of the same client have parts of their own; the whole is there for all.
        until_refused(lambda: greedy.prepare(text, pantile_session="other"), 100)
        greedy.close_session(pantile_session="other")
        held = kept(narrow)
        greedy.close_session()
        assert held - kept(narrow) > len(handles) * len(text)
        refused(lambda: greedy.close(handles[0]), "NOT_FOUND")
        for handle in mine:
            neighbour.close(handle)
        assert kept(narrow) < before + 10_000


@pytest.mark.flight("CreatePreparedStatement")
def test_prepared_statements_of_connections_that_are_gone_make_room(narrow):
    text = "SELECT '" + "x" * 500_000 + "'"
    for _ in range(8):
        with Wire(narrow) as wire:
            for _ in range(10):
                wire.prepare(text)
        # The server learns of it when the connection's end comes.
        time.sleep(0.2)
    with Wire(narrow) as wire:
        wire.info(statement("SELECT value, '" + "x" * 300_000 + "' FROM range(0, 10)"))


@pytest.mark.flight("CommandPreparedStatementQuery")
@pytest.mark.parametrize("how", ["plain", "dictionary", "view", "runs"])
def test_parameters_are_charged_to_their_session(narrow, how):
    """20 MB of them; in three of the forms it is one text that is said once."""
    before, text, times = kept(narrow), "x" * 100_000, 200
    values = {
        "plain": lambda: pa.array([text] * times),
        "dictionary": lambda: pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text])),
        "view": lambda: pa.array([text] * times, pa.string_view()),
        "runs": lambda: pa.RunEndEncodedArray.from_arrays(pa.array([times], pa.int32()), pa.array([text])),
    }[how]()
    with Wire(narrow) as wire:
        handle, *_ = wire.prepare("SELECT ?")
        for put in ("CommandPreparedStatementQuery", "CommandPreparedStatementUpdate"):
            until_refused(lambda: wire.put(cmd(put, {1: handle}), pa.table({"0": values})), 1)
        few = pa.table({"0": values.slice(0, 1)})
        wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), few)
        assert before + len(text) < kept(narrow) < before + 2 * len(text)
        assert wire.rows(cmd("CommandPreparedStatementQuery", {1: handle}))[0].to_pylist() == [text]
        wire.close(handle)
        wait_until(lambda: kept(narrow) <= before + 1_000_000, 5, "they are kept on")


@pytest.mark.flight("GetFlightInfo")
def test_answers_that_wait_are_charged_to_their_session(narrow):
    text = "SELECT value, '" + "x" * 50_000 + "' FROM range(0, 100000)"
    with Wire(narrow) as greedy, Wire(narrow) as neighbour:
        infos = []
        until_refused(lambda: infos.append(greedy.info(statement(text))), 100)
        assert infos, "not even one"
        assert neighbour.rows(statement("SELECT value FROM range(0, 5)")).num_rows == 5
        held = kept(narrow)
        greedy.cancel(infos.pop())
        assert kept(narrow) < held
        # Who reads what waits may ask on and on: what was read makes room.
        with Wire(narrow) as reader:
            for _ in range(40):
                [endpoint, *_] = reader.info(statement(text)).endpoints
                call = reader.start("DoGet", pb({1: endpoint.ticket.ticket}), "unary_stream")
                next(call)
                call.cancel()


# What `test_limits` asks over HTTP.

EXPLODING = {
    "sum": "SELECT " + chain("+", 20_000),
    "or": "SELECT 1 WHERE " + " OR ".join(["1=0"] * 10_000),
    "and": "SELECT 1 WHERE " + " AND ".join(["1=1"] * 10_000),
    "parentheses": "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
    "not": "SELECT " + "NOT " * 20_000 + "true",
    "minus": "SELECT -" + " -" * 20_000 + "1",
    "union": " UNION ALL ".join(["SELECT 1"] * 10_000),
    "calls": "SELECT " + "abs(" * 5_000 + "1" + ")" * 5_000,
    "case": "SELECT " + "CASE WHEN true THEN " * 5_000 + "1" + " END" * 5_000,
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 3_000 + "(SELECT 1)" + ")" * 3_000,
    "long": "SELECT '" + "x" * (2 * MB) + "'",
    "laughs20": laughs(20),
    "laughs60": laughs(60),
}


@pytest.mark.flight("CommandStatementQuery", "CommandStatementUpdate", "CreatePreparedStatement")
@pytest.mark.parametrize("kind", EXPLODING)
def test_text_that_explodes_is_refused_quickly(shown, kind):
    sql = EXPLODING[kind]
    calls = {
        "info": lambda: shown.info(statement(sql)), "schema": lambda: shown.schema(statement(sql)), "poll": lambda: shown.poll(statement(sql)),
        "put": lambda: shown.put(update(sql)), "prepare": lambda: shown.prepare(sql),
    }
    for name, call in calls.items():
        began = time.monotonic()
        with pytest.raises(Refused) as problem:
            call()
        assert time.monotonic() - began < 10, name
        assert (problem.value.status, problem.value.code) in (
            ("RESOURCE_EXHAUSTED", "limit_sql"), ("RESOURCE_EXHAUSTED", "too_large"), ("INVALID_ARGUMENT", "invalid_sql")), (name, problem.value)
        assert problem.value.code == "invalid_sql" or problem.value.more.get("limit"), "a limit is named"


@pytest.mark.flight("CommandStatementQuery", "CommandStatementUpdate", "CreatePreparedStatement")
@pytest.mark.parametrize("sql", [
    "COPY (SELECT 1) TO '/tmp/pantile-must-not-exist.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/pantile-must-not-exist.csv'",
    "CREATE EXTERNAL TABLE passwd (a VARCHAR) STORED AS CSV LOCATION '/etc/passwd'",
    "CREATE EXTERNAL TABLE passwd (a VARCHAR) STORED AS CSV LOCATION 'file:///etc/passwd'",
    "CREATE EXTERNAL TABLE meta (a VARCHAR) STORED AS CSV LOCATION 'http://169.254.169.254/latest'",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('file:///etc/passwd')",
    "SET datafusion.runtime.memory_limit = '8G'",
    "SET datafusion.runtime.temp_directory = '/tmp'",
    "SET datafusion.execution.target_partitions = 1000",
    "CREATE FUNCTION f(BIGINT) RETURNS BIGINT RETURN 1",
    "CREATE DATABASE elsewhere",
    "SELECT 1; DROP TABLE flights",
])
def test_nothing_outside_is_touched(shown, sql):
    def prepared():
        """Some statements are only refused when they run."""
        handle, _, _, changes = shown.prepare(sql)
        run = cmd("CommandPreparedStatementUpdate" if changes else "CommandPreparedStatementQuery", {1: handle})
        return shown.put(run) if changes else shown.rows(run)

    for call in (lambda: shown.info(statement(sql)), lambda: shown.poll(statement(sql)), lambda: shown.put(update(sql)), prepared):
        with pytest.raises(Refused) as problem:
            call()
        assert problem.value.code in ("forbidden", "unsupported", "unknown_dataset", "invalid_sql", "invalid_request"), problem.value
        assert "root:" not in str(problem.value) and "No such file" not in str(problem.value)
    assert not Path("/tmp/pantile-must-not-exist.csv").exists()
    assert shown.rows(statement("SELECT count(*) AS n FROM flights")).to_pylist() == [{"n": 336_776}]


@pytest.mark.flight("GetFlightInfo", "DoPut")
@pytest.mark.parametrize("table", ["/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "system.queries", 'x"; DROP TABLE flights; --'])
def test_paths_are_names_and_nothing_else(shown, table):
    problem = refused(lambda: shown.info(path("table", table)), "NOT_FOUND", "unknown_dataset")
    assert "root:" not in problem.message
    refused(lambda: shown.schema(path("table", table)), "NOT_FOUND", "unknown_dataset")
    refused(lambda: shown.put(path("table", table, "rows"), ROWS), "NOT_FOUND", "unknown_dataset")
    assert shown.rows(statement("SELECT count(*) AS n FROM flights")).to_pylist() == [{"n": 336_776}]


@pytest.mark.flight("DoGet")
@pytest.mark.parametrize("sql", [
    "SELECT length(repeat('a', 2000000000))", "SELECT cardinality(array_repeat(1, 400000000))",
    "SELECT max(length(repeat(tailnum, 100000))) FROM flights", "SELECT cardinality(range(0, 2000000000))",
], ids=["repeat", "array_repeat", "repeat-rows", "range"])
def test_values_that_explode_are_refused(demo, shown, sql):
    demo.forget_peak()
    before = demo.resident_bytes()
    problem = refused(lambda: shown.rows(statement(sql)), "RESOURCE_EXHAUSTED", "limit_sql")
    assert problem.more.get("limit") or problem.message
    assert demo.resident_bytes("VmHWM") < before + 1024 * MB


@pytest.mark.flight("DoGet")
def test_values_that_are_bound_explode_no_better(shown):
    handle, *_ = shown.prepare("SELECT length(repeat('a', ?)) AS n")
    shown.put(cmd("CommandPreparedStatementQuery", {1: handle}), pa.table({"n": [2_000_000_000]}))
    refused(lambda: shown.rows(cmd("CommandPreparedStatementQuery", {1: handle})), "RESOURCE_EXHAUSTED", "limit_sql")


def test_helpers_write_what_they_read():
    assert fields(pb({1: "a", 2: [1, 300], 3: None, 4: 1.5}))[2] == [1, 300] and varint(300) == b"\xac\x02"
