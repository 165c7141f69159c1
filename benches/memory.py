"""Resident memory while a 1 GB answer streams, to a quick reader and to a slow one: it must be flat.

    .venv-bench/bin/python benches/memory.py        BENCH_MEGABYTES=1000

The process is looked at every 50 ms. The peer is the answer itself: what a server that gathers before it sends would hold.
"""

import http.client
import os
import threading
import time

from machine import Pantile, show

MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "1000"))
# The flights as CSV are about 31 MB.
QUESTION = f"SELECT f.* FROM flights f CROSS JOIN (SELECT 1 FROM flights LIMIT {-(-MEGABYTES // 31)}) copies"


def watched(server, accept, pause_s):
    """Bytes received, resident memory before and at most, seconds."""
    before, peak, done = server.resident_bytes(), 0, threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, server.resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, received = time.perf_counter(), 0
    connection = http.client.HTTPConnection(*server.address, timeout=600)
    connection.request("POST", "/v1/sql", QUESTION, {"Accept": accept})
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(response.read().decode())
    while part := response.read(1 << 20):
        received += len(part)
        time.sleep(pause_s)
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    connection.close()
    return received, before, peak, seconds


def main():
    rows = []
    with Pantile("--demo") as server:
        server.sql("SELECT * FROM flights")  # So that the hot cache is not taken for the answer's buffers.
        server.sql("SELECT * FROM flights")
        for name, accept, pause_s in (
            ("CSV", "text/csv", 0),
            ("CSV, slow reader", "text/csv", 0.01),
            ("JSON", "application/json", 0),
            ("Arrow", "application/vnd.apache.arrow.stream", 0),
        ):
            received, before, peak, seconds = watched(server, accept, pause_s)
            rows.append([name, *(f"{value / 1e6:.0f}" for value in (received, before, peak, peak - before)), received / 1e6 / seconds])
    show("Memory of the server while an answer streams, MB", ["", "answer", "before", "at most", "more by", "MB/s"], rows)


if __name__ == "__main__":
    main()
