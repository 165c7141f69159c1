"""Every call, command and action of the Flight door, spoken by hand; clients of others are in `test_flight_clients.py`."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import grpc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight
import pytest
from flightwire import (
    Refused, Wire, any_of, cmd, fields, flight_data, frames, ingest, of_any, one, packed, path, pb, schema_of, statement,
    update,
)
from harness import Server
from test_limits import wait_until

ENDLESS = "SELECT count(*) FROM flights a, flights b, flights c WHERE a.distance + b.distance + c.distance = -1"
LONG = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 1000) b"
ROWS = pa.table({"n": pa.array([1, 2, 3], pa.int64()), "s": ["one", None, "three"]})


@pytest.fixture
def wire(server):
    with Wire(server) as it:
        yield it


@pytest.fixture
def shown(demo):
    """The demonstration, by hand."""
    with Wire(demo) as it:
        yield it


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    """A server whose tickets are good for three seconds."""
    with Server(tmp_path_factory.mktemp("brief") / "data", "--ticket-ttl", "3s", env={"PANTILE_SESSION_TTL": "2s"}) as running:
        running.put("few", ROWS)
        yield running


def refused(call, status, code=None):
    with pytest.raises(Refused) as problem:
        call()
    assert problem.value.status == status, problem.value
    assert code is None or problem.value.code == code, problem.value
    return problem.value


def until(endpoint):
    return endpoint.expiration_time.as_py()


def running(server, text):
    return server.value(f"SELECT count(*) FROM system.queries WHERE state = 'running' AND sql = '{text}'")


def count(server, name):
    return server.value(f'SELECT count(*) FROM "{name}"')


# Calls.


@pytest.mark.flight("Handshake", "authorization")
def test_handshake_gives_a_token_that_names_a_session(server, wire):
    [token] = wire.handshake()
    bearer = wire.initial["authorization"]
    assert bearer == f"Bearer {token.decode()}"
    wire.set_options({"row_limit": 2}, authorization=bearer)
    assert wire.rows(statement("SELECT * FROM range(0, 10)"), authorization=bearer).num_rows == 2
    client = flight.connect(server.url.replace("http", "grpc"))
    name, value = client.authenticate_basic_token("anybody", "anything")
    assert name == b"authorization" and value.startswith(b"Bearer ")
    client.close()


@pytest.mark.flight("ListFlights")
def test_list_flights_names_tables_that_can_be_got(demo, shown):
    flights = {info.descriptor.path[1].decode(): info for info in shown.list_flights()}
    assert {"airlines", "airports", "flights", "planes", "weather"} <= flights.keys()
    airlines = flights["airlines"]
    assert (airlines.total_records, airlines.descriptor.path) == (16, [b"table", b"airlines"]) and airlines.total_bytes > 0
    assert airlines.schema.names == ["carrier", "name"]
    assert [info.descriptor.path[1] for info in shown.list_flights(b"airl")] == [b"airlines"]
    assert shown.list_flights(b"no such name") == []
    refused(lambda: shown.list_flights(b"\xff"), "INVALID_ARGUMENT", "invalid_request")
    client = flight.connect(demo.url.replace("http", "grpc"))
    assert client.do_get(client.get_flight_info(airlines.descriptor).endpoints[0].ticket).read_all().num_rows == 16
    client.close()


@pytest.mark.flight("GetFlightInfo", "DoGet", "CommandStatementQuery")
def test_a_statement_is_asked_for_and_got(wire):
    info = wire.info(statement("SELECT 1 AS a, 'x' AS b"))
    assert info.schema == pa.schema([pa.field("a", pa.int64(), False), pa.field("b", pa.string(), False)])
    assert (info.total_records, info.ordered, len(info.endpoints)) == (1, True, 1)
    assert info.endpoints[0].locations == [], "a ticket is for whom it was got from"
    assert info.descriptor.command == fields(statement("SELECT 1 AS a, 'x' AS b"))[2][0]
    table = wire.get(info.endpoints[0].ticket)
    assert table.schema == info.schema and table.to_pylist() == [{"a": 1, "b": "x"}]


@pytest.mark.flight("PollFlightInfo")
def test_poll_flight_info_ends_with_a_flight(shown):
    descriptor = statement("SELECT count(*) AS n FROM flights")
    deadline = time.monotonic() + 60
    while True:
        info, descriptor, progress = shown.poll(descriptor)
        assert progress is None or 0 <= progress <= 1
        if descriptor is None:
            break
        assert time.monotonic() < deadline
    assert info is not None and info.schema.names == ["n"]
    assert [shown.get(endpoint.ticket).to_pylist() for endpoint in info.endpoints] == [[{"n": 336_776}]]


@pytest.mark.flight("PollFlightInfo")
def test_polls_tell_how_far_a_statement_has_come(shown, demo, name):
    """What it changes is changed once, however often it is polled."""
    cross = "flights a CROSS JOIN (SELECT distance FROM flights LIMIT 200) b"
    info, again, progress = shown.poll(statement(f"CREATE TABLE {name} AS SELECT sum(a.distance * b.distance) AS s FROM {cross}"))
    assert again is not None and info.endpoints == [], "it was there at once"
    while again is not None:
        assert 0 <= progress <= 1
        info, again, progress = shown.poll(again)
    assert progress == 1
    assert shown.get(info.endpoints[0].ticket).column("statement").to_pylist() == ["CREATE TABLE AS"]
    assert demo.value(f"SELECT count(*) FROM {name}") == 1
    demo.sql(f"DROP TABLE {name}")


@pytest.mark.flight("PollFlightInfo", "CancelFlightInfo")
def test_what_is_polled_can_be_cancelled(shown, demo, name):
    info, again, _ = shown.poll(statement(f"CREATE TABLE {name} AS {ENDLESS}"))
    shown.cancel(info)
    refused(lambda: shown.poll(again), "CANCELLED", "cancelled")
    assert demo.value(f"SELECT count(*) FROM information_schema.tables WHERE table_name = '{name}'") == 0
    refused(lambda: shown.poll(again[:-1] + bytes([again[-1] ^ 1])), "PERMISSION_DENIED", "forbidden")


@pytest.mark.flight("PollFlightInfo")
def test_poll_flight_info_refuses_what_get_flight_info_refuses(shown):
    problem = refused(lambda: shown.poll(statement("SELECT nope FROM flights")), "INVALID_ARGUMENT", "unknown_column")
    assert "nope" in problem.message
    refused(lambda: shown.poll(path("table", "no_such_table")), "NOT_FOUND", "unknown_dataset")


@pytest.mark.flight("GetSchema")
def test_get_schema_says_what_will_come_and_runs_nothing(server, wire, name):
    for descriptor in (statement("SELECT 1 AS a, 'x' AS b"), cmd("CommandGetCatalogs"), cmd("CommandGetTables", {5: True})):
        assert wire.schema(descriptor) == wire.info(descriptor).schema
    server.put(name, ROWS)
    assert wire.schema(path("table", name)) == wire.rows(path("table", name)).schema
    made = wire.schema(statement(f"CREATE TABLE {name}_2 AS SELECT 1 AS a"))
    assert made.names == ["statement", "rows", "snapshot"]
    assert server.get(f"/v1/datasets/{name}_2", ok=False).status_code == 404
    handle, columns, _, _ = wire.prepare(f"SELECT * FROM {name}")
    assert wire.schema(cmd("CommandPreparedStatementQuery", {1: handle})) == columns


@pytest.mark.flight("GetSchema")
def test_schemas_over_pyarrow(demo):
    client = flight.connect(demo.url.replace("http", "grpc"))
    assert client.get_schema(flight.FlightDescriptor.for_path("table", "airlines")).schema.names == ["carrier", "name"]
    client.close()


@pytest.mark.flight("DoPut", "DoGet")
def test_tables_by_their_paths(server, wire, name):
    [made] = wire.put(path("table", name), ROWS)
    assert b'"rows":3' in made
    wire.put(path("table", name, "rows"), ROWS)
    assert count(server, name) == 6
    wire.put(path("table", name), ROWS)
    assert wire.rows(path("table", name)).to_pylist() == ROWS.to_pylist()
    refused(lambda: wire.put(path("table", name + "_none", "rows"), ROWS), "NOT_FOUND", "unknown_dataset")
    for wrong in (path("table"), path("table", name, "columns"), path("elsewhere", name), path(), path("table", name, "rows", "more")):
        refused(lambda: wire.put(wrong, ROWS), "NOT_FOUND")
        refused(lambda: wire.info(wrong), "NOT_FOUND")
    assert count(server, name) == 3


@pytest.mark.flight("DoPut")
def test_tables_by_their_paths_over_pyarrow(server, name):
    client = flight.connect(server.url.replace("http", "grpc"))
    writer, answers = client.do_put(flight.FlightDescriptor.for_path("table", name), ROWS.schema)
    with writer:
        writer.write_table(ROWS)
        writer.done_writing()
        assert b'"rows":3' in answers.read().to_pybytes()
    info = client.get_flight_info(flight.FlightDescriptor.for_path("table", name))
    assert client.do_get(info.endpoints[0].ticket).read_all() == ROWS
    client.close()


@pytest.mark.flight("DoAction", "ListActions")
def test_list_actions_names_all_that_do_action_takes(server, wire):
    listed = wire.list_actions()
    assert {"CancelFlightInfo", "CancelQuery", "ClosePreparedStatement", "CloseSession", "CreatePreparedStatement",
            "GetSessionOptions", "RenewFlightEndpoint", "SetSessionOptions"} <= listed.keys()
    assert all("Request: " in about and "Response: " in about for about in listed.values())
    client = flight.connect(server.url.replace("http", "grpc"))
    assert {action.type for action in client.list_actions()} == listed.keys()
    client.close()
    for action in listed:
        try:
            wire.action(action)
        except Refused as problem:
            assert problem.status in ("INVALID_ARGUMENT", "NOT_FOUND"), (action, problem)


@pytest.mark.flight("DoExchange")
def test_do_exchange_is_not_there(wire):
    problem = refused(lambda: wire.many("DoExchange", iter([flight_data(descriptor=path("table", "x"))]), "stream_stream"),
                      "UNIMPLEMENTED", "unsupported")
    assert "put" in problem.message


def test_calls_that_flight_does_not_have(wire):
    refused(lambda: wire.one("GetFlightInformation", b""), "UNIMPLEMENTED")
    with grpc.insecure_channel(wire.address) as channel, pytest.raises(grpc.RpcError) as problem:
        channel.unary_unary("/other.Service/Call")(b"")
    assert problem.value.code() == grpc.StatusCode.UNIMPLEMENTED


# Statements.


@pytest.mark.flight("CommandStatementQuery", "GetFlightInfo", "DoGet")
def test_what_changes_something_does_so_once(server, wire, name):
    """When its flight is described; neither when its ticket is redeemed, nor when it is redeemed again."""
    server.sql(f"CREATE TABLE {name} (n BIGINT)")
    info = wire.info(statement(f"INSERT INTO {name} VALUES (1), (2)"))
    assert count(server, name) == 2
    first, second = (wire.get(info.endpoints[0].ticket) for _ in range(2))
    assert first == second and first.to_pylist()[0]["rows"] == 2
    assert count(server, name) == 2
    assert info.total_records == -1, "the row that says it is done is no row of a table"


@pytest.mark.flight("CommandStatementUpdate", "DoPut")
def test_updates_say_how_many_rows_they_touched(server, wire, name):
    assert wire.put_count(update(f"CREATE TABLE {name} (n BIGINT)")) == -1
    assert wire.put_count(update(f"INSERT INTO {name} VALUES (1), (2), (3)")) == 3
    assert wire.put_count(update(f"DELETE FROM {name} WHERE n > 1")) == 2
    assert wire.put_count(update(f"DELETE FROM {name} WHERE n > 1")) == 0
    assert wire.put_count(update(f"DROP TABLE {name}")) == -1
    refused(lambda: wire.put_count(update("SELECT 1")), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: wire.put_count(update("INSERT INTO no_such VALUES (1)")), "NOT_FOUND", "unknown_dataset")
    refused(lambda: wire.info(update("SELECT 1")), "UNIMPLEMENTED", "unsupported")


@pytest.mark.flight("GetFlightInfo", "DoGet")
def test_a_flight_has_an_endpoint_for_each_partition(server, wire, name):
    """Together they are the table, each row once, whoever fetches them and in whichever order."""
    server.put(name, pa.table({"n": list(range(100))}))
    for part in range(1, 6):
        server.append(name, pa.table({"n": list(range(part * 100, part * 100 + 100))}))
    info = wire.info(statement(f"SELECT n FROM {name} WHERE n % 2 = 0"))
    assert len(info.endpoints) > 1 and not info.ordered
    assert len({endpoint.ticket.ticket for endpoint in info.endpoints}) == len(info.endpoints)
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda endpoint: wire.get(endpoint.ticket), reversed(info.endpoints)))
    assert sorted(pa.concat_tables(tables)["n"].to_pylist()) == list(range(0, 600, 2))
    ordered = wire.info(statement(f"SELECT n FROM {name} ORDER BY n DESC"))
    assert ordered.ordered and len(ordered.endpoints) == 1
    assert wire.get(ordered.endpoints[0].ticket)["n"].to_pylist() == list(range(599, -1, -1))


@pytest.mark.flight("DoGet")
def test_a_flight_keeps_the_snapshot_it_was_asked_of(server, wire, name):
    server.put(name, ROWS)
    info = wire.info(path("table", name))
    server.sql(f"DROP TABLE {name}")
    assert sum(wire.get(endpoint.ticket).num_rows for endpoint in info.endpoints) == 3


@pytest.mark.flight("DoGet")
def test_messages_are_small_enough_for_every_client(demo):
    """gRPC clients refuse messages over 4 MiB unless told otherwise."""
    wide = "SELECT repeat(tailnum, 500) AS r, * FROM flights LIMIT 20000"
    with grpc.insecure_channel(demo.url.removeprefix("http://")) as channel, Wire(demo) as wire:
        for endpoint in wire.info(statement(wide)).endpoints:
            call = channel.unary_stream("/arrow.flight.protocol.FlightService/DoGet")
            sizes = [len(message) for message in call(pb({1: endpoint.ticket.ticket}))]
            assert max(sizes) < 4 << 20


@pytest.mark.flight("DoGet")
def test_a_value_larger_than_any_message_still_arrives(wire):
    table = wire.rows(statement("SELECT repeat('x', 9000000) AS big"))
    assert len(table["big"][0].as_py()) == 9_000_000


# Prepared statements.


def bind(wire, handle, table):
    [answer] = wire.put(cmd("CommandPreparedStatementQuery", {1: handle}), table)
    assert one(answer, 1) == handle


def asked(wire, handle, table=None):
    """The rows of a prepared statement, with a row of parameters."""
    if table is not None:
        bind(wire, handle, table)
    return wire.rows(cmd("CommandPreparedStatementQuery", {1: handle})).to_pylist()


@pytest.mark.flight("CreatePreparedStatement", "CommandPreparedStatementQuery", "ClosePreparedStatement")
def test_prepared_questions(demo, shown):
    handle, columns, parameters, changes = shown.prepare("SELECT name FROM airlines WHERE carrier = ?")
    assert columns.names == ["name"] and len(parameters) == 1 and not changes
    assert parameters.field(0).type == pa.string(), "its type follows from what it is compared with"
    assert asked(shown, handle, pa.table({"p": ["UA"]})) == [{"name": "United Air Lines Inc."}]
    assert asked(shown, handle, pa.table({"p": ["none"]})) == []
    assert asked(shown, handle, pa.table({"p": ["B6"]})) == [{"name": "JetBlue Airways"}]
    assert asked(shown, handle) == [{"name": "JetBlue Airways"}], "what was bound last holds"
    assert shown.close(handle) == []
    for call in (lambda: asked(shown, handle), lambda: bind(shown, handle, pa.table({"p": ["UA"]})), lambda: shown.close(handle),
                 lambda: shown.schema(cmd("CommandPreparedStatementQuery", {1: handle})),
                 lambda: shown.put_count(cmd("CommandPreparedStatementUpdate", {1: handle}))):
        assert "closed" in refused(call, "NOT_FOUND", "not_found").message


@pytest.mark.flight("CreatePreparedStatement", "CommandPreparedStatementUpdate")
def test_prepared_updates(server, wire, name):
    server.sql(f"CREATE TABLE {name} (n BIGINT, s VARCHAR)")
    handle, columns, parameters, changes = wire.prepare(f"INSERT INTO {name} VALUES (?, ?)")
    assert columns is None and parameters.types == [pa.int64(), pa.string()] and changes
    run = cmd("CommandPreparedStatementUpdate", {1: handle})
    assert wire.put_count(run, ROWS) == 3
    bind(wire, handle, pa.table({"a": [7], "b": ["bound before"]}))
    assert wire.put_count(run) == 1
    assert server.rows(f"SELECT n, s FROM {name} ORDER BY n") == [(1, "one"), (2, None), (3, "three"), (7, "bound before")]
    drop, *_, changes = wire.prepare(f"DROP TABLE {name}")
    assert changes and server.get(f"/v1/datasets/{name}", ok=False).status_code == 200, "preparing does nothing"
    assert wire.put_count(cmd("CommandPreparedStatementUpdate", {1: drop})) <= 0
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


def test_prepared_updates_that_fail_half_way_change_nothing(server, wire, name):
    server.sql(f"CREATE TABLE {name} (n BIGINT)")
    handle, *_ = wire.prepare(f"INSERT INTO {name} VALUES (?)")
    run = cmd("CommandPreparedStatementUpdate", {1: handle})
    refused(lambda: wire.put_count(run, pa.table({"n": ["1", "two", "3"]})), "INVALID_ARGUMENT", "invalid_value")
    assert count(server, name) == 0


@pytest.mark.flight("CreatePreparedStatement", "CommandPreparedStatementQuery")
def test_parameters_by_name(wire):
    """`$name` finds the column of its name; a client that knows no names is understood by place."""
    handle, _, parameters, _ = wire.prepare("SELECT $b::int + 1 AS x, $a::varchar AS y")
    assert sorted(parameters.names) == ["a", "b"]
    assert asked(wire, handle, pa.table({"b": [1], "a": ["x"]})) == [{"x": 2, "y": "x"}]
    assert asked(wire, handle, pa.table({"a": ["z"], "b": [2]})) == [{"x": 3, "y": "z"}]
    by_place = {"a": "w", "b": 3}
    unnamed = pa.table([[by_place[name]] for name in parameters.names], names=["0", "1"])
    assert asked(wire, handle, unnamed) == [{"x": 4, "y": "w"}]


@pytest.mark.flight("CommandPreparedStatementQuery")
def test_parameters_that_do_not_fit(wire):
    handle, *_ = wire.prepare("SELECT ?::int AS x, ?::varchar AS y")
    problem = refused(lambda: asked(wire, handle, pa.table({"a": [1]})), "INVALID_ARGUMENT", "invalid_request")
    assert "2 parameters" in problem.message and "1" in problem.message
    refused(lambda: asked(wire, handle, pa.table({"a": [1], "b": ["x"], "c": [2]})), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: asked(wire, handle), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: asked(wire, handle, pa.table({"a": ["abc"], "b": ["x"]})), "INVALID_ARGUMENT", "invalid_value")
    refused(lambda: asked(wire, handle, pa.table({"a": [2**40], "b": ["x"]})), "INVALID_ARGUMENT", "invalid_value")
    refused(lambda: asked(wire, handle, pa.table({"a": [1, 2], "b": ["x", "y"]})), "UNIMPLEMENTED", "unsupported")
    nested = pa.table({"a": [[1]], "b": ["x"]})
    assert "cannot be bound" in refused(lambda: asked(wire, handle, nested), "UNIMPLEMENTED", "unsupported").message
    assert asked(wire, handle, pa.table({"a": [1], "b": ["x"]})) == [{"x": 1, "y": "x"}]


@pytest.mark.flight("CreatePreparedStatement")
def test_statements_that_cannot_be_prepared(wire):
    for sql in ("", "SELECT 1; SELECT 2", "CHOOSE 1", "SELECT nope"):
        refused(lambda: wire.prepare(sql), "INVALID_ARGUMENT")
    refused(lambda: wire.prepare("SELECT * FROM no_such"), "NOT_FOUND", "unknown_dataset")


@pytest.mark.flight("CommandPreparedStatementQuery")
def test_a_prepared_statement_sees_what_came_later(server, wire, name):
    server.put(name, ROWS)
    handle, *_ = wire.prepare(f"SELECT count(*) AS n FROM {name}")
    assert asked(wire, handle) == [{"n": 3}]
    server.append(name, ROWS)
    assert asked(wire, handle) == [{"n": 6}]


# Bulk ingestion.


@pytest.mark.flight("CommandStatementIngest", "DoPut")
@pytest.mark.parametrize("there", [False, True], ids=["missing", "existing"])
@pytest.mark.parametrize("missing", ["create", "fail", "unspecified"])
@pytest.mark.parametrize("exists", ["fail", "append", "replace", "unspecified"])
def test_ingest_in_every_mode(server, wire, name, there, missing, exists):
    if there:
        server.put(name, ROWS)
    descriptor = ingest(name, missing, exists)
    if there and exists in ("fail", "unspecified"):
        refused(lambda: wire.put(descriptor, ROWS), "ALREADY_EXISTS", "already_exists")
        assert count(server, name) == 3
    elif not there and missing == "fail":
        refused(lambda: wire.put(descriptor, ROWS), "NOT_FOUND", "unknown_dataset")
        assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    else:
        assert wire.put_count(descriptor, ROWS) == 3
        assert count(server, name) == (6 if there and exists == "append" else 3)


@pytest.mark.flight("CommandStatementIngest")
def test_ingest_of_rows_that_do_not_fit(server, wire, name):
    """Appending checks; replacing takes the new columns."""
    server.put(name, ROWS)
    for other in (pa.table({"n": ["text"], "s": ["x"]}), pa.table({"n": [1.5]}), pa.table({"n": [1], "s": ["x"], "more": [1]}),
                  pa.table({"m": [1], "s": ["x"]}), pa.table({"n": [1], "s": [5]})):
        problem = refused(lambda: wire.put(ingest(name, exists="append"), other), "FAILED_PRECONDITION", "schema_mismatch")
        assert problem.message
        assert wire.rows(path("table", name)) == ROWS
    assert wire.put_count(ingest(name, exists="append"), pa.table({"s": ["four"], "n": [4]})) == 1, "columns by their names"
    assert wire.put_count(ingest(name, exists="append"), pa.table({"n": pa.array([5], pa.int8())})) == 1
    assert server.rows(f"SELECT n, s FROM {name} WHERE n > 3 ORDER BY n") == [(4, "four"), (5, None)], "what is missing is null"
    server.sql(f"CREATE TABLE {name}_2 (n BIGINT NOT NULL)")
    nulls = pa.table({"n": pa.array([None], pa.int64())})
    refused(lambda: wire.put(ingest(f"{name}_2"), nulls), "FAILED_PRECONDITION", "schema_mismatch")
    assert wire.put_count(ingest(name, exists="replace"), pa.table({"other": [1.5]})) == 1
    assert wire.rows(path("table", name)).to_pylist() == [{"other": 1.5}]


@pytest.mark.flight("CommandStatementIngest")
def test_ingest_goes_into_main_alone(server, wire, name):
    assert wire.put_count(ingest(name, schema="main", catalog="pantile"), ROWS) == 3
    for where in ({"schema": "system"}, {"schema": "other"}, {"catalog": "other"}):
        refused(lambda: wire.put(ingest(name + "_2", **where), ROWS), "PERMISSION_DENIED", "forbidden")
    assert server.get(f"/v1/datasets/{name}_2", ok=False).status_code == 404


@pytest.mark.flight("CommandStatementIngest")
def test_ingest_of_no_rows_makes_a_table(server, wire, name):
    assert wire.put_count(ingest(name), ROWS.slice(0, 0)) == 0
    assert wire.rows(path("table", name)).schema == ROWS.schema
    batches = [ROWS.slice(0, 0), ROWS, ROWS.slice(0, 0)]
    reader = pa.RecordBatchReader.from_batches(ROWS.schema, [batch for table in batches for batch in (
        table.to_batches() or [pa.RecordBatch.from_pylist([], schema=ROWS.schema)])])
    assert wire.put_count(ingest(name), reader) == 3
    assert count(server, name) == 3


@pytest.mark.flight("CommandStatementIngest")
def test_ingest_into_temporary_tables(server, wire, name):
    """Of one session, beside a lasting table of the same name."""
    server.put(name, ROWS)
    assert wire.put_count(ingest(name, exists="fail", temporary=True), pa.table({"other": [1]})) == 1
    assert wire.rows(statement(f"SELECT * FROM {name}")).to_pylist() == [{"other": 1}]
    listed = wire.rows(cmd("CommandGetTables", {3: name, 4: ["LOCAL TEMPORARY"]}))
    assert listed["table_name"].to_pylist() == [name]
    with Wire(server) as other:
        assert other.rows(statement(f"SELECT * FROM {name}")) == ROWS
        assert other.rows(cmd("CommandGetTables", {3: name, 4: ["LOCAL TEMPORARY"]})).num_rows == 0
    refused(lambda: wire.put(ingest(name, exists="fail", temporary=True), pa.table({"other": [1]})), "ALREADY_EXISTS", "already_exists")
    assert wire.put_count(ingest(name, temporary=True), pa.table({"other": [2]})) == 1
    assert wire.put_count(ingest(name, exists="replace", temporary=True), pa.table({"n": [2, 3]})) == 2
    assert server.rows(f"SELECT count(*) FROM {name}") == [(3,)]


@pytest.mark.flight("CommandStatementIngest")
def test_ingest_at_once_by_many(server, name):
    server.put(name, ROWS)

    def one_of_them(number):
        with Wire(server) as wire:
            return wire.put_count(ingest(name), pa.table({"n": [number] * 10, "s": ["x"] * 10}))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one_of_them, range(16))) == [10] * 16
    assert count(server, name) == 163


# Metadata.


@pytest.mark.flight("CommandGetCatalogs", "CommandGetDbSchemas", "CommandGetTableTypes")
def test_catalogs_schemas_and_kinds_of_tables(wire):
    assert wire.rows(cmd("CommandGetCatalogs")).to_pydict() == {"catalog_name": ["pantile"]}
    schemas = ["information_schema", "main", "system"]
    assert wire.rows(cmd("CommandGetDbSchemas")).to_pydict() == {"catalog_name": ["pantile"] * 3, "db_schema_name": schemas}
    for body, found in (({1: "pantile"}, schemas), ({1: "other"}, []), ({2: "%"}, schemas), ({2: "m%"}, ["main"]),
                        ({2: "s_stem"}, ["system"]), ({1: "pantile", 2: "main"}, ["main"]), ({2: "x"}, [])):
        assert wire.rows(cmd("CommandGetDbSchemas", body))["db_schema_name"].to_pylist() == found, body
    assert wire.rows(cmd("CommandGetTableTypes")).to_pydict() == {
        "table_type": ["LOCAL TEMPORARY", "SYSTEM TABLE", "TABLE", "VIEW"]}


@pytest.mark.flight("CommandGetTables")
def test_tables_by_filters(server, wire):
    server.put("ft_apple", ROWS)
    server.put("ft_apricot", ROWS)
    server.put("ftxapple", ROWS)
    server.sql("CREATE VIEW ft_view AS SELECT n FROM ft_apple")

    def names(body):
        return [name for name in wire.rows(cmd("CommandGetTables", body))["table_name"].to_pylist() if name.startswith("ft")]

    everything = wire.rows(cmd("CommandGetTables"))
    assert everything.schema.names == ["catalog_name", "db_schema_name", "table_name", "table_type"]
    assert {"main", "system", "information_schema"} == set(everything["db_schema_name"].to_pylist())
    keys = [pc.sort_indices(everything, [(name, "ascending") for name in everything.schema.names]).to_pylist()]
    assert keys == [list(range(everything.num_rows))], "ordered as Flight SQL says"
    four = ["ft_apple", "ft_apricot", "ftxapple", "ft_view"]
    assert sorted(names({})) == sorted(four)
    for body, found in (
        ({3: "ft%"}, four), ({3: "ft_ap%"}, ["ft_apple", "ft_apricot", "ftxapple"]), ({3: "ft\\_apple"}, ["ft_apple"]),
        ({3: "%cot"}, ["ft_apricot"]), ({3: "ft_apple"}, ["ft_apple", "ftxapple"]), ({3: "FT%"}, []), ({3: ""}, []),
        ({4: ["VIEW"]}, ["ft_view"]), ({4: ["TABLE"]}, ["ft_apple", "ft_apricot", "ftxapple"]), ({4: ["TABLE", "VIEW"]}, four),
        ({4: ["SYSTEM TABLE"]}, []), ({4: ["SEQUENCE"]}, []), ({1: "pantile"}, four), ({1: "other"}, []),
        ({2: "main"}, four), ({2: "m%"}, four), ({2: "system"}, []), ({1: "pantile", 2: "main", 3: "%view", 4: ["VIEW"]}, ["ft_view"]),
    ):
        assert sorted(names(body)) == sorted(found), body


COLUMN_METADATA = [f"ARROW:FLIGHT:SQL:{key}" for key in (
    "CATALOG_NAME", "SCHEMA_NAME", "TABLE_NAME", "TYPE_NAME", "PRECISION", "SCALE", "IS_AUTO_INCREMENT", "IS_CASE_SENSITIVE",
    "IS_READ_ONLY", "IS_SEARCHABLE")]


@pytest.mark.flight("CommandGetTables", *COLUMN_METADATA)
def test_tables_with_their_columns(server, wire, name):
    server.sql(f"CREATE TABLE {name} (n BIGINT NOT NULL, s VARCHAR, d DECIMAL(10, 2), t TIMESTAMP, b BOOLEAN)")
    rows = wire.rows(cmd("CommandGetTables", {3: name, 5: True})).to_pylist()
    assert [row["table_name"] for row in rows] == [name]
    schema = schema_of(rows[0]["table_schema"])
    assert schema.names == ["n", "s", "d", "t", "b"]
    assert schema.field("s").type == pa.string() and schema.field("s").nullable
    said = {field.name: {key.decode(): value.decode() for key, value in field.metadata.items()} for field in schema}
    key = "ARROW:FLIGHT:SQL:".__add__
    assert [said[column][key("TYPE_NAME")] for column in schema.names] == ["BIGINT", "VARCHAR", "DECIMAL(10, 2)", "TIMESTAMP", "BOOLEAN"]
    assert (said["d"][key("PRECISION")], said["d"][key("SCALE")], said["n"][key("PRECISION")]) == ("10", "2", "19")
    assert key("PRECISION") not in said["s"]
    for column in schema.names:
        assert said[column][key("CATALOG_NAME")] == "pantile" and said[column][key("SCHEMA_NAME")] == "main"
        assert said[column][key("TABLE_NAME")] == name
        assert said[column][key("IS_AUTO_INCREMENT")] == "0" and said[column][key("IS_SEARCHABLE")] == "1"
        assert said[column][key("IS_READ_ONLY")] == "0"
        assert said[column][key("IS_CASE_SENSITIVE")] == str(int(column == "s"))
    [system] = wire.rows(cmd("CommandGetTables", {2: "system", 3: "queries", 5: True})).to_pylist()
    assert schema_of(system["table_schema"]).field("sql").metadata[key("IS_READ_ONLY").encode()] == b"1"


@pytest.mark.flight("CommandGetTables")
def test_promised_columns_are_those_that_come(server, wire, name):
    """Drivers compare what was promised with what is sent, nullability and all."""
    server.sql(f"CREATE TABLE {name} (n BIGINT NOT NULL, s VARCHAR)")
    server.sql(f"CREATE VIEW {name}_v AS SELECT n + 1 AS m, s FROM {name}")
    server.sql(f"INSERT INTO {name} VALUES (1, 'x')")
    for table in (name, f"{name}_v"):
        for row in wire.rows(cmd("CommandGetTables", {3: table, 5: True})).to_pylist():
            if row["table_name"] == table:
                promised = schema_of(row["table_schema"]).remove_metadata()
                assert pa.schema([field.remove_metadata() for field in promised]) == wire.rows(statement(f"SELECT * FROM {table}")).schema


@pytest.mark.flight("CommandGetSqlInfo")
def test_sql_info(wire):
    everything = wire.rows(cmd("CommandGetSqlInfo"))
    assert everything.schema.names == ["info_name", "value"]
    told = dict(zip(everything["info_name"].to_pylist(), everything["value"].to_pylist()))
    assert told[0] == "Pantile" and told[1] and told[3] is False and told[4] is True and told[10] is True and told[9] is True
    assert told[504] == '"'
    assert "SELECT" in told[508] and {"abs", "round"} <= set(told[509]) and "upper" in told[510]
    assert 0 in told and 576 in told, "JDBC asks for them"
    some = wire.rows(cmd("CommandGetSqlInfo", {1: packed([0, 504, 99_999])}))
    assert dict(zip(some["info_name"].to_pylist(), some["value"].to_pylist())) == {0: "Pantile", 504: '"'}, "unknown ones are left out"
    unpacked = wire.rows(cmd("CommandGetSqlInfo", {1: [0, 504]}))
    assert unpacked == some


@pytest.mark.flight("CommandGetSqlInfo")
def test_functions_that_are_told_are_there(wire):
    """None of them is a name that a statement may not call."""
    assert "no_such_function" in refused(lambda: wire.prepare("SELECT no_such_function()"), "INVALID_ARGUMENT", "invalid_sql").message
    unknown = refused(lambda: wire.prepare("SELECT no_such_function()"), "INVALID_ARGUMENT").message.split("no_such_function")[0]
    told = {row["info_name"]: row["value"] for row in wire.rows(cmd("CommandGetSqlInfo")).to_pylist()}
    names = [name for group in (509, 510, 511, 512) for name in told[group]]
    assert len(names) > 100 and unknown
    for name in names:
        try:
            wire.prepare(f'SELECT "{name}"()')
        except Refused as problem:
            assert not problem.message.startswith(unknown + name), problem


@pytest.mark.flight("CommandGetXdbcTypeInfo")
def test_xdbc_types(wire):
    types = wire.rows(cmd("CommandGetXdbcTypeInfo"))
    rows = types.to_pylist()
    assert [(row["data_type"], row["type_name"]) for row in rows] == sorted((row["data_type"], row["type_name"]) for row in rows)
    names = {row["type_name"] for row in rows}
    assert {"BIGINT", "INTEGER", "VARCHAR", "DOUBLE", "DECIMAL", "BOOLEAN", "DATE", "TIMESTAMP", "BYTEA"} <= names
    [varchar] = wire.rows(cmd("CommandGetXdbcTypeInfo", {1: 12})).to_pylist()
    assert varchar["type_name"] == "VARCHAR" and varchar["literal_prefix"] == varchar["literal_suffix"] == "'"
    assert wire.rows(cmd("CommandGetXdbcTypeInfo", {1: 12345})).num_rows == 0


@pytest.mark.flight("CommandGetXdbcTypeInfo")
def test_xdbc_types_can_be_cast_to(wire):
    """A type's name is one that SQL takes, unless it takes parameters of its own."""
    for row in wire.rows(cmd("CommandGetXdbcTypeInfo")).to_pylist():
        if row["type_name"] not in ("ARRAY", "MAP", "STRUCT", "INTERVAL"):
            assert wire.rows(statement(f"SELECT CAST(NULL AS {row['type_name']}) AS x")).num_rows == 1, row["type_name"]


@pytest.mark.flight("CommandGetPrimaryKeys", "CommandGetImportedKeys", "CommandGetExportedKeys", "CommandGetCrossReference")
def test_keys_are_none_of_tables_there_are(server, wire, name):
    server.put(name, ROWS)
    server.sql(f"CREATE VIEW {name}_v AS SELECT 1 AS x")
    for command in ("CommandGetPrimaryKeys", "CommandGetImportedKeys", "CommandGetExportedKeys"):
        for body in ({3: name}, {1: "pantile", 2: "main", 3: name}, {3: f"{name}_v"}, {2: "system", 3: "queries"}):
            table = wire.rows(cmd(command, body))
            assert table.num_rows == 0 and "key_sequence" in table.schema.names
        for body in ({3: name + "_none"}, {1: "other", 3: name}, {2: "other", 3: name}):
            refused(lambda: wire.info(cmd(command, body)), "NOT_FOUND", "unknown_dataset")
    assert wire.rows(cmd("CommandGetPrimaryKeys", {3: name})).schema.names == [
        "catalog_name", "db_schema_name", "table_name", "column_name", "key_sequence", "key_name"]
    references = wire.rows(cmd("CommandGetCrossReference", {3: name, 6: f"{name}_v"}))
    assert references.num_rows == 0 and references.schema == wire.rows(cmd("CommandGetImportedKeys", {3: name})).schema
    refused(lambda: wire.info(cmd("CommandGetCrossReference", {3: name, 6: "none"})), "NOT_FOUND", "unknown_dataset")
    refused(lambda: wire.info(cmd("CommandGetCrossReference", {3: "none", 6: name})), "NOT_FOUND", "unknown_dataset")


def test_keys_of_system_tables_that_are_not_there(wire):
    refused(lambda: wire.info(cmd("CommandGetPrimaryKeys", {2: "system", 3: "no_such_table"})), "NOT_FOUND", "unknown_dataset")


# Tickets.


@pytest.mark.flight("DoGet")
def test_tickets_may_be_redeemed_again_and_at_once(shown):
    info = shown.info(statement("SELECT carrier, count(*) AS n FROM flights GROUP BY carrier ORDER BY carrier"))
    [endpoint] = info.endpoints
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: shown.get(endpoint.ticket), range(6)))
    assert all(table == tables[0] for table in tables) and tables[0].num_rows == 16


@pytest.mark.flight("DoGet")
def test_tickets_that_are_not_ours(wire, shown):
    """Not one bit of a ticket may be bent, and another server's is no better."""
    ticket = wire.info(statement("SELECT 1")).endpoints[0].ticket.ticket
    bent = [ticket[:at] + bytes([ticket[at] ^ 1]) + ticket[at + 1 :] for at in range(0, len(ticket), 5)]
    cut = [ticket[:at] for at in (0, 1, 15, 16, 17, len(ticket) - 1)]
    theirs = shown.info(statement("SELECT 1")).endpoints[0].ticket.ticket
    for forged in [*bent, *cut, ticket + b"\0", theirs, b"x" * 100, any_of("CommandGetCatalogs")]:
        refused(lambda: wire.get(forged), "PERMISSION_DENIED", "forbidden")
    assert wire.get(ticket).num_rows == 1


@pytest.mark.flight("GetFlightInfo", "RenewFlightEndpoint")
def test_tickets_expire_unless_they_are_renewed(brief):
    with Wire(brief) as wire:
        began = datetime.now(timezone.utc)
        info = wire.info(statement("SELECT * FROM few"))
        rows = wire.info(cmd("CommandGetCatalogs"))
        [old], [made] = info.endpoints, rows.endpoints
        assert timedelta(seconds=1) < until(old) - began < timedelta(seconds=12)
        assert wire.get(old.ticket).num_rows == 3
        time.sleep(0.5)
        renewed, remade = wire.renew(old), wire.renew(made)
        assert until(renewed) > until(old) and until(remade) > until(made)
        wait_until(lambda: datetime.now(timezone.utc) > until(old) + timedelta(milliseconds=50), 10, "time stands still")
        refused(lambda: wire.get(old.ticket), "NOT_FOUND", "not_found")
        problem = refused(lambda: wire.renew(old), "NOT_FOUND", "not_found")
        assert "expired" in problem.message
        if datetime.now(timezone.utc) < until(renewed) - timedelta(milliseconds=300):
            assert wire.get(renewed.ticket).num_rows == 3 and wire.get(remade.ticket).num_rows == 1
        wait_until(lambda: datetime.now(timezone.utc) > until(renewed), 10, "time stands still")
        refused(lambda: wire.get(renewed.ticket), "NOT_FOUND", "not_found")


@pytest.mark.flight("RenewFlightEndpoint")
def test_renewing_what_is_no_endpoint(wire):
    refused(lambda: wire.action("RenewFlightEndpoint", b""), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: wire.action("RenewFlightEndpoint", pb({1: pb({1: pb({1: b"forged ticket, or not?"})})})), "PERMISSION_DENIED", "forbidden")
    refused(lambda: wire.action("RenewFlightEndpoint", b"\xff\xff"), "INVALID_ARGUMENT", "invalid_request")


@pytest.mark.flight("ClosePreparedStatement")
def test_prepared_statements_are_forgotten(brief):
    with Wire(brief) as wire:
        handle, *_ = wire.prepare("SELECT 1 AS x")
        assert asked(wire, handle) == [{"x": 1}]
        time.sleep(2.2)
        refused(lambda: asked(wire, handle), "NOT_FOUND", "not_found")


# Cancelling.


@pytest.mark.flight("CancelFlightInfo")
def test_cancelled_flights_are_gone(shown):
    info = shown.info(statement("SELECT * FROM flights"))
    assert shown.cancel(info) == 1
    refused(lambda: shown.get(info.endpoints[0].ticket), "NOT_FOUND", "not_found")
    refused(lambda: shown.cancel(info), "NOT_FOUND", "not_found")
    assert shown.cancel(shown.info(cmd("CommandGetCatalogs"))) == 3, "nothing of it runs"
    empty = flight.FlightInfo(pa.schema([]), flight.FlightDescriptor.for_path("x"), [])
    refused(lambda: shown.cancel(empty), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: shown.action("CancelFlightInfo"), "INVALID_ARGUMENT", "invalid_request")


@pytest.mark.flight("CancelQuery")
def test_cancel_query_is_the_old_name_of_it(shown):
    info = shown.info(statement("SELECT * FROM flights"))
    [reply] = shown.action("CancelQuery", any_of("ActionCancelQueryRequest", pb({1: info.serialize()})))
    assert one(of_any(reply, "ActionCancelQueryResult"), 1) == 1
    refused(lambda: shown.get(info.endpoints[0].ticket), "NOT_FOUND", "not_found")


@pytest.mark.flight("CancelFlightInfo", "DoGet")
def test_cancelling_ends_what_runs(demo, shown):
    """Somebody waits for a flight that takes for ever, somebody else cancels it."""
    info = shown.info(statement(ENDLESS))
    ended = []

    def wait():
        try:
            shown.get(info.endpoints[0].ticket)
        except Refused as problem:
            ended.append(problem)

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_until(lambda: running(demo, ENDLESS), 10, "it never ran")
    assert shown.cancel(info) == 1
    wait_until(lambda: not running(demo, ENDLESS), 5, "it runs on though it was cancelled")
    waiting.join(10)
    [problem] = ended
    assert (problem.status, problem.code) == ("CANCELLED", "cancelled")


def state(server, query_id):
    """How far a question has come, asked without a place of its own."""
    return server.get(f"/v1/statements/{query_id}", ok=False).json().get("state")


@pytest.mark.flight("CancelFlightInfo")
def test_cancelling_ends_what_waits_for_its_place(tmp_path):
    with Server(tmp_path / "data", "--demo", "--slots", "1") as server, Wire(server) as wire, ThreadPoolExecutor() as pool:
        info = wire.info(statement("SELECT * FROM flights"), pantile_query_id="waits")
        pool.submit(server.request, "POST", "/v1/sql", ok=False, json={"sql": ENDLESS, "query_id": "busy"})
        wait_until(lambda: state(server, "busy") == "running", 10, "it never ran")
        reading = pool.submit(refused, lambda: wire.get(info.endpoints[0].ticket), "CANCELLED", "cancelled")
        wait_until(lambda: state(server, "waits") == "queued", 10, "it never waited")
        assert wire.cancel(info, timeout=5) == 1
        reading.result(timeout=5)
        server.delete("/v1/statements/busy")


@pytest.mark.flight("DoGet")
def test_a_client_that_leaves_ends_what_runs(demo, shown):
    """Cancelling the call is what clients do that close a result before its end."""
    info = shown.info(statement(LONG))
    call = shown.start("DoGet", pb({1: info.endpoints[0].ticket.ticket}), "unary_stream")
    next(call)
    wait_until(lambda: running(demo, LONG), 10, "it never ran")
    call.cancel()
    wait_until(lambda: not running(demo, LONG), 5, "it runs on though nobody reads")


@pytest.mark.flight("grpc-timeout")
def test_deadlines_of_calls_end_what_runs(demo, shown):
    refused(lambda: shown.rows(statement(ENDLESS), timeout=1), "DEADLINE_EXCEEDED")
    wait_until(lambda: not running(demo, ENDLESS), 5, "it runs on after its deadline")


@pytest.mark.flight("SetSessionOptions")
def test_a_sessions_timeout_ends_what_runs(demo, shown):
    shown.set_options({"timeout_ms": 500}, pantile_session="impatient")
    problem = refused(lambda: shown.rows(statement(ENDLESS), pantile_session="impatient"), "DEADLINE_EXCEEDED", "timeout")
    assert problem.more["limit"] == "timeout" and problem.more["retry"] == "true"
    wait_until(lambda: not running(demo, ENDLESS), 5, "it runs on after its time")


# Sessions.


@pytest.mark.flight("SetSessionOptions", "GetSessionOptions", "CloseSession", "pantile-session")
def test_session_options(wire):
    mine = {"pantile_session": "options.test"}
    before = wire.options(**mine)
    assert before["catalog"] == "pantile" and before["schema"] == "main" and before["row_limit"] == "0"
    assert wire.set_options({"row_limit": 7, "timezone": "Europe/Zurich", "catalog": "pantile", "schema": "main"}, **mine) == {}
    after = wire.options(**mine)
    assert after == {**before, "row_limit": "7", "timezone": "Europe/Zurich"}
    assert wire.rows(statement("SELECT * FROM range(0, 100)"), **mine).num_rows == 7
    handle, *_ = wire.prepare("SELECT * FROM range(0, 100)", **mine)
    assert wire.rows(cmd("CommandPreparedStatementQuery", {1: handle}), **mine).num_rows == 7
    wire.put(update("SET row_limit = 8"), **mine)
    assert wire.options(**mine)["row_limit"] == "8", "SET is the same"
    assert wire.set_options({"row_limit": None}, **mine) == {} and wire.options(**mine)["row_limit"] == "0"
    wire.set_options({"row_limit": "9"}, **mine)
    assert wire.close_session(**mine) == 1
    assert wire.options(**mine) == before
    assert wire.rows(statement("SELECT * FROM range(0, 100)")).num_rows == 100, "others never noticed"


@pytest.mark.flight("SetSessionOptions")
def test_session_options_that_are_none(wire):
    wrong = {"nope": "x", "row_limit": 7.5, "timeout_ms": True, "timezone": "Middle/Earth", "schema": "other", "catalog": "other",
             "batch_rows": ["a", "b"], "datafusion.runtime.memory_limit": "8G"}
    assert wire.set_options({**wrong, "timezone": "Middle/Earth"}, pantile_session="wrong") == {
        "nope": 1, "row_limit": 2, "timeout_ms": 2, "timezone": 2, "schema": 2, "catalog": 2, "batch_rows": 2,
        "datafusion.runtime.memory_limit": 1}
    assert wire.options(pantile_session="wrong") == wire.options()
    refused(lambda: wire.options(pantile_session="two words") and wire.info(statement("SELECT 1"), pantile_session="two words"),
            "INVALID_ARGUMENT", "invalid_request")


@pytest.mark.flight("SetSessionOptions", "CloseSession", "cookie")
def test_sessions_by_cookie(server, wire):
    """Who has no session is given one with the first option that it sets, and nothing before."""
    wire.options()
    assert "set-cookie" not in wire.initial
    wire.set_options({"row_limit": 3})
    cookie = wire.initial["set-cookie"].split(";")[0]
    assert cookie.startswith("arrow_flight_session_id=") and "HttpOnly" in wire.initial["set-cookie"]
    assert wire.rows(statement("SELECT * FROM range(0, 10)"), cookie=f"other=1; {cookie}").num_rows == 3
    with Wire(server) as other:
        assert other.rows(statement("SELECT * FROM range(0, 10)")).num_rows == 10
        assert other.rows(statement("SELECT * FROM range(0, 10)"), cookie=cookie).num_rows == 3
    wire.close_session(cookie=cookie)
    assert "Max-Age=0" in wire.initial["set-cookie"]
    with Wire(server) as other:
        assert other.rows(statement("SELECT * FROM range(0, 10)"), cookie=cookie).num_rows == 10


def test_a_connection_is_a_session_of_those_who_name_none(server, wire):
    wire.put(update("SET row_limit = 3"))
    assert wire.rows(statement("SELECT * FROM range(0, 10)")).num_rows == 3
    with Wire(server) as other:
        assert other.rows(statement("SELECT * FROM range(0, 10)")).num_rows == 10


@pytest.mark.flight("CloseSession")
def test_a_closed_session_of_a_connection_is_forgotten(wire):
    """The next call over the connection begins anew; who names a session closes that one alone."""
    ten = statement("SELECT * FROM range(0, 10)")
    wire.put(update("SET row_limit = 3"))
    wire.put(update("CREATE TEMP TABLE of_the_connection AS SELECT 1 AS x"))
    wire.put(update("SET row_limit = 4"), pantile_session="closed")
    assert wire.close_session(pantile_session="closed") == 1
    assert (wire.rows(ten, pantile_session="closed").num_rows, wire.rows(ten).num_rows) == (10, 3)
    assert wire.close_session() == 1
    assert wire.rows(ten).num_rows == 10
    refused(lambda: wire.rows(statement("SELECT * FROM of_the_connection")), "NOT_FOUND", "unknown_dataset")
    wire.put(update("SET row_limit = 5"))
    assert wire.rows(ten).num_rows == 5


@pytest.mark.flight("pantile-session")
def test_a_session_is_kept_while_somebody_reads_in_it(tmp_path):
    with Server(tmp_path / "data", "--session-ttl", "1s", "--tidy-every", "200ms") as server, Wire(server, pantile_session="mine") as wire:
        wire.put(update("CREATE TEMP TABLE own AS SELECT 1 AS x"))
        info = wire.info(statement("SELECT repeat('x', 1000) AS x FROM range(0, 10000000)"))
        call = wire.start("DoGet", pb({1: info.endpoints[0].ticket.ticket}), "unary_stream")
        next(call)
        time.sleep(2)
        assert wire.rows(statement("SELECT * FROM own")).num_rows == 1, "it was forgotten while it was read in"
        call.cancel()
        wait_until(lambda: server.value("SELECT count(*) FROM system.queries WHERE state = 'running'") == 1, 10, "it is read on")
        time.sleep(1.5)
        refused(lambda: wire.rows(statement("SELECT * FROM own")), "NOT_FOUND", "unknown_dataset")


@pytest.mark.flight("GetSessionOptions")
def test_asking_for_options_makes_no_session(wire):
    """Pools of connections ask it to see who is alive."""
    for number in range(50):
        wire.options(pantile_session=f"probe-{number}")
        assert "set-cookie" not in wire.initial


@pytest.mark.flight("pantile-session")
def test_one_session_over_both_doors(server, wire):
    wire.set_options({"timezone": "Europe/Zurich"}, pantile_session="both-doors")
    shown = server.rows("SHOW timezone", session="both-doors")
    assert "Europe/Zurich" in shown[0]
    server.sql("SET row_limit = 4", session="both-doors")
    assert wire.rows(statement("SELECT * FROM range(0, 10)"), pantile_session="both-doors").num_rows == 4


def test_one_session_over_both_doors_by_header(server, wire):
    wire.set_options({"row_limit": 2}, pantile_session="by-header")
    response = server.post("/v1/sql", b"SELECT * FROM range(0, 10)", headers={"Pantile-Session": "by-header", "Accept": "application/json"})
    assert response.json()["row_count"] == 2


# Metadata of calls.


@pytest.mark.flight("pantile-query-id")
def test_questions_by_their_names(server, wire):
    chosen = f"mine-{time.time_ns()}"
    wire.rows(statement("SELECT 'named' AS x"))
    info = wire.info(statement("SELECT 'named' AS x"), pantile_query_id=chosen)
    wire.get(info.endpoints[0].ticket)
    assert server.value(f"SELECT sql FROM system.queries WHERE query_id = '{chosen}'") == "SELECT 'named' AS x"
    refused(lambda: wire.info(statement("SELECT 1"), pantile_query_id="two words"), "INVALID_ARGUMENT", "invalid_request")


@pytest.mark.flight("pantile-snapshot")
def test_questions_of_the_past(server, wire, name):
    first = server.put(name, ROWS).json()["snapshot"]
    server.append(name, ROWS)
    at = {"pantile_snapshot": str(first)}
    assert wire.rows(path("table", name)).num_rows == 6
    assert wire.rows(path("table", name), **at).num_rows == 3
    assert wire.rows(statement(f"SELECT count(*) AS n FROM {name}"), **at).to_pylist() == [{"n": 3}]
    handle, *_ = wire.prepare(f"SELECT count(*) AS n FROM {name}")
    assert wire.rows(cmd("CommandPreparedStatementQuery", {1: handle}), **at).to_pylist() == [{"n": 3}]
    refused(lambda: wire.info(statement("SELECT 1"), pantile_snapshot="yesterday"), "INVALID_ARGUMENT", "invalid_request")
    refused(lambda: wire.info(path("table", name), pantile_snapshot="999999999"), "NOT_FOUND", "unknown_snapshot")


@pytest.mark.flight("grpc-status-details-bin")
def test_errors_say_the_same_as_over_http(server, wire, name):
    server.put(name, ROWS)
    sql = f"SELECT nn FROM {name}"
    problem = refused(lambda: wire.info(statement(sql)), "INVALID_ARGUMENT", "unknown_column")
    document = server.post("/v1/sql", sql.encode(), ok=False).json()
    assert (problem.domain, problem.code) == ("pantile", document["code"])
    assert problem.message.startswith(document["detail"]) and problem.more["retry"] == "false"
    assert problem.more["hint"] == document["hint"] and document["hint"] in problem.message
    assert problem.whole[1] == [3] and problem.whole[2] == [problem.message.encode()]


# Transactions that are not there.


def test_a_transaction_that_never_was(wire):
    for call in (lambda: wire.info(statement("SELECT 1", b"none")), lambda: wire.put(update("SELECT 1", b"none")),
                 lambda: wire.prepare("SELECT 1", b"none")):
        refused(call, "NOT_FOUND", "not_found")


def test_ingest_into_a_transaction_that_never_was(server, wire, name):
    refused(lambda: wire.put(ingest(name, transaction=b"none"), ROWS), "NOT_FOUND", "not_found")


def test_frames_are_what_the_stream_says():
    """Of the helpers, not of the server: what is sent by hand is what pyarrow would send."""
    header, body = frames(ROWS)[1]
    assert pa.ipc.read_schema(pa.py_buffer(b"\xff\xff\xff\xff" + len(frames(ROWS)[0][0]).to_bytes(4, "little") + frames(ROWS)[0][0])) == ROWS.schema
    assert header and len(body) % 8 == 0
