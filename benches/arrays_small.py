"""Tiny programs, for `arrays.py`: what one costs, and how many there are in a second.

The floor is `/healthz` on the same connection. Who asks shares the machine's cores with the server.
"""

import multiprocessing
import os
import socket
import statistics
import time

import latency
import numpy

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "8"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
HEALTH = latency.request("GET", "/healthz")
TITLE = f"milliseconds of {latency.REQUESTS} requests in turns with /healthz, and requests a second on {CONNECTIONS} connections"
HEADER = [
    "", "p50", "p99", "/healthz p50", "ratio", "requests/s", "/healthz/s", "share", "client p50", "dask p50", "NumPy p50"
]  # fmt: skip


def waves(xp):
    x = xp.linspace(0, 1, 100)
    return xp.mean(xp.sqrt(x * x + 1) * xp.sin(x))


# The program, and the same as NumPy and dask are asked.
PROGRAMS = {
    "sum of three": ("xp.sum(xp.asarray([1, 2, 3]))", lambda xp: xp.sum(xp.asarray([1, 2, 3]))),
    "mean of a hundred": ("x = xp.linspace(0, 1, 100)\nxp.mean(xp.sqrt(x * x + 1) * xp.sin(x))", waves),
    "a stored element": ('array("few")[1, 1]', lambda xp: xp.asarray([[1.0, 2.0], [3.0, 4.0]])[1, 1]),
}


def row(server, client, name):
    program, spelled = PROGRAMS[name]
    text = latency.request("POST", "/v1/expressions", program.encode())
    (p50, p99), (floor, _) = latency.times(server.address, text, HEALTH)
    rate, floor_rate = many(server.address, text), many(server.address, HEALTH)
    import dask.array

    asked = (
        lambda: client.run_arrays(program),
        lambda: spelled(dask.array).compute(scheduler="sync"),
        lambda: spelled(numpy),
    )
    return [
        name,
        p50,
        p99,
        floor,
        p50 / floor,
        rate,
        floor_rate,
        f"{100 * rate / floor_rate:.3g} %",
        *map(median_ms, asked),
    ]


def median_ms(ask):
    taken = []
    for _ in range(max(latency.REQUESTS // 10, 10)):
        began = time.perf_counter_ns()
        ask()
        taken.append((time.perf_counter_ns() - began) / 1e6)
    return statistics.median(taken)


def many(address, text):
    """Requests a second over all connections, each with a process of its own."""
    context = multiprocessing.get_context("spawn")
    together, counts = context.Barrier(CONNECTIONS), context.SimpleQueue()
    processes = [context.Process(target=_count, args=(address, text, together, counts)) for _ in range(CONNECTIONS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return sum(counts.get() for _ in processes if not counts.empty()) / SECONDS


def _count(address, text, together, counts):
    """How many answers one connection has in the time."""
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        latency.exchange(connection, text)
        together.wait(60)
        count, until = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            latency.exchange(connection, text)
            count += 1
    counts.put(count)
