"""What a question costs beyond HTTP itself: `SELECT 1` beside `/healthz`, on one keep-alive connection.

    .venv-bench/bin/python benches/latency.py       BENCH_REQUESTS=5000

A bare socket, one request after the other, each timed from its first byte sent to its last byte received. The peer is the
server itself: `/healthz` passes the same socket, parser and runtime, and asks nothing.
"""

import os
import socket
import statistics
import time

from machine import Pantile, show

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "5000"))


def request(method, path, body=b"", accept="application/json"):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def exchange(connection, text):
    """Sends one request and reads one answer, whichever way its length is given."""
    connection.sendall(text)
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, body = got.split(b"\r\n\r\n", 1)
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
    else:
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
    return head, body


def times(address, asked, floor):
    """Milliseconds of a question and of the floor, in turns, so that both meet the same moods of the machine."""
    taken = [], []
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for text in (asked, floor):
            head, _ = exchange(connection, text)
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise SystemExit(head.decode())
        for turn in range(REQUESTS + REQUESTS // 10):
            for text, found in zip((asked, floor), taken, strict=True):
                began = time.perf_counter_ns()
                exchange(connection, text)
                if turn >= REQUESTS // 10:
                    found.append((time.perf_counter_ns() - began) / 1e6)
    return [(statistics.median(found), statistics.quantiles(found, n=100)[98]) for found in taken]


def main():
    rows = []
    with Pantile("--demo") as server:
        asked = {
            "SELECT 1": request("POST", "/v1/sql", b"SELECT 1"),
            "SELECT 1, Arrow": request("POST", "/v1/sql", b"SELECT 1", "application/vnd.apache.arrow.stream"),
            "one row by filter": request("POST", "/v1/sql", b"SELECT name FROM airlines WHERE carrier = 'UA'"),
        }
        for name, text in asked.items():
            (p50, p99), (floor, _) = times(server.address, text, request("GET", "/healthz"))
            rows.append([name, p50, p99, floor, p50 / floor])
    show(f"Latency, milliseconds, {REQUESTS} requests on one connection, in turns with /healthz", ["", "p50", "p99", "/healthz p50", "ratio"], rows)


if __name__ == "__main__":
    main()
