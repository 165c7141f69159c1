"""Arrow Flight beside HTTP and beside a bare Flight server that sends the same batches from memory.

    .venv-bench/bin/python benches/flight.py        BENCH_MEGABYTES=1000  BENCH_RUNS=3  BENCH_REQUESTS=2000

The bare server is pyarrow's: it holds the table and does nothing but send it. Ours answers `SELECT * FROM t` out of its hot
cache. One client reads each, in a process of its own, so that they share the machine alike. Best of the runs.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as parquet
from latency import exchange, request
from machine import HERE, Pantile, show

MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "1000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "2000"))
BATCH_ROWS = 8192


def table():
    """The demonstration's flights, over and over, to so many megabytes in memory."""
    flights = parquet.read_table(HERE.parent / "server/demo/flights.parquet")
    copies = max(1, round(MEGABYTES * 1e6 / flights.nbytes))
    return pa.concat_tables([flights] * copies).combine_chunks()


class Bare(flight.FlightServerBase):
    """Sends one table, whatever is asked."""

    def __init__(self, rows):
        super().__init__("grpc://127.0.0.1:0")
        self.rows = pa.Table.from_batches(rows.to_batches(max_chunksize=BATCH_ROWS))

    def do_get(self, context, ticket):
        return flight.RecordBatchStream(self.rows)


def bare():
    """The peer's process: says where it listens, and serves until it is ended."""
    server = Bare(table())
    print(server.port, flush=True)
    server.serve()


def read(client, ticket):
    size = 0
    for chunk in client.do_get(ticket):
        size += chunk.data.nbytes
    return size


def timed(work):
    """Seconds that it took, and what it gave."""
    began = time.perf_counter()
    gave = work()
    return time.perf_counter() - began, gave


def best(work):
    return min(timed(work) for _ in range(RUNS))


def over_flight(server, together):
    client = flight.connect(f"grpc://{server.address[0]}:{server.address[1]}")
    info = client.get_flight_info(flight.FlightDescriptor.for_path("table", "t"))
    if not together:
        return sum(read(client, endpoint.ticket) for endpoint in info.endpoints)
    sizes = []
    readers = [threading.Thread(target=lambda ticket=it.ticket: sizes.append(read(client, ticket))) for it in info.endpoints]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return sum(sizes)


def over_http(server):
    connection = http.client.HTTPConnection(*server.address, timeout=600)
    connection.request("POST", "/v1/sql", "SELECT * FROM t", {"Accept": "application/vnd.apache.arrow.stream"})
    with pa.ipc.open_stream(connection.getresponse()) as reader:
        return sum(batch.nbytes for batch in reader)


def streaming(server, rows):
    peer = subprocess.Popen([sys.executable, __file__, "bare"], stdout=subprocess.PIPE, text=True)
    lines = []
    try:
        client = flight.connect(f"grpc://127.0.0.1:{int(peer.stdout.readline())}")
        works = {
            "bare Flight server": lambda: read(client, flight.Ticket(b"t")),
            "Flight, endpoints in turn": lambda: over_flight(server, together=False),
            "Flight, endpoints together": lambda: over_flight(server, together=True),
            "HTTP, Arrow stream": lambda: over_http(server),
        }
        taken = {name: [] for name in works}
        for _ in range(RUNS):  # In turns: the machine's moods last longer than a run.
            for name, work in works.items():
                taken[name].append(timed(work))
        floor, size = min(taken["bare Flight server"])
        for name, runs in taken.items():
            seconds, got = min(runs)
            lines.append([name, f"{got / 1e6:.0f}", got / 1e6 / seconds, (got / seconds) / (size / floor)])
    finally:
        peer.kill()
    show(f"A table of {rows:,} rows, best of {RUNS}", ["", "MB", "MB/s", "of bare"], lines)


def prepared_handle(client):
    """Prepares a question and gives the command that asks it: written by hand, for pyarrow knows no Flight SQL."""

    def field(number, body):
        return bytes([number << 3 | 2]) + varint(len(body)) + body

    def varint(value):
        low = value & 127
        return bytes([low | 128]) + varint(value >> 7) if value > 127 else bytes([low])

    def packed(name, body):
        return field(1, f"type.googleapis.com/arrow.flight.protocol.sql.{name}".encode()) + field(2, body)

    action = flight.Action("CreatePreparedStatement", packed("ActionCreatePreparedStatementRequest", field(1, b"SELECT 1")))
    [result] = client.do_action(action)
    reply = result.body.to_pybytes()
    # The handle is the first field of the message in the Any; 32 characters of hexadecimal.
    at = reply.index(b"\x0a\x20", reply.index(b"Result")) + 2
    return flight.FlightDescriptor.for_command(packed("CommandPreparedStatementQuery", field(1, reply[at : at + 32])))


def latency(server):
    client = flight.connect(f"grpc://{server.address[0]}:{server.address[1]}")
    descriptor = prepared_handle(client)

    def ask():
        [endpoint] = client.get_flight_info(descriptor).endpoints
        return client.do_get(endpoint.ticket).read_all()

    with socket.create_connection(server.address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = request("POST", "/v1/sql", b"SELECT 1", "application/vnd.apache.arrow.stream")
        taken = [], []
        for turn in range(REQUESTS + REQUESTS // 10):
            for work, found in zip((ask, lambda: exchange(connection, text)), taken, strict=True):
                began = time.perf_counter_ns()
                work()
                if turn >= REQUESTS // 10:
                    found.append((time.perf_counter_ns() - began) / 1e6)
    ours, over = (statistics.median(found) for found in taken)
    show(
        f"Milliseconds of a tiny question, {REQUESTS} each, in turns",
        ["", "p50", "of HTTP"],
        [["prepared over Flight: describe, then get (pyarrow)", ours, ours / over], ["SELECT 1 over HTTP (bare socket)", over, 1.0]],
    )


def ingest(server, rows):
    client = flight.connect(f"grpc://{server.address[0]}:{server.address[1]}")

    def put():
        writer, reader = client.do_put(flight.FlightDescriptor.for_path("table", "into"), rows.schema)
        writer.write_table(rows, max_chunksize=64 * 1024)
        writer.done_writing()
        reader.read()
        writer.close()

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        path = Path(folder) / "rows.parquet"
        parquet.write_table(rows, path, compression="zstd")

        def send():
            with open(path, "rb") as body:
                size = str(path.stat().st_size)
                server.send("PUT", "/v1/tables/into", body, Content_Type="application/vnd.apache.parquet", Content_Length=size)

        lines = []
        for name, work in (("Flight", put), ("Parquet over HTTP", send)):
            seconds, _ = best(work)
            lines.append([name, rows.num_rows / seconds / 1e6])
    show(f"{rows.num_rows:,} rows in, best of {RUNS}", ["", "million rows/s until durable"], lines)


def slow_reader(server):
    before, peak = server.resident_bytes(), 0
    client = flight.connect(f"grpc://{server.address[0]}:{server.address[1]}")
    [first, *_] = client.get_flight_info(flight.FlightDescriptor.for_path("table", "t")).endpoints
    size = 0
    for chunk in client.do_get(first.ticket):
        size += chunk.data.nbytes
        peak = max(peak, server.resident_bytes())
        time.sleep(0.01)
    show(
        "Memory of the server under a slow reader, MB",
        ["read", "before", "at most", "more by"],
        [[f"{value / 1e6:.0f}" for value in (size, before, peak, peak - before)]],
    )


def main():
    rows = table()
    with Pantile("--cache-memory", "4GiB") as server:
        client = flight.connect(f"grpc://{server.address[0]}:{server.address[1]}")
        writer, reader = client.do_put(flight.FlightDescriptor.for_path("table", "t"), rows.schema)
        writer.write_table(rows, max_chunksize=64 * 1024)
        writer.done_writing()
        reader.read()
        writer.close()
        for _ in range(3):  # Columns that were seen twice are kept decoded.
            over_flight(server, together=False)
        streaming(server, rows.num_rows)
        slow_reader(server)
        latency(server)
        ingest(server, rows.slice(0, 5_000_000))


if __name__ == "__main__":
    bare() if sys.argv[1:] == ["bare"] else main()
