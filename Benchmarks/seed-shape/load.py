# SPDX-License-Identifier: MIT
"""Places orders over HTTP, as cheaply as Python can, and sums up what became of them."""

import asyncio
import json
import os
import platform
import subprocess
import sys
import time

import psycopg

PRODUCTS, CUSTOMERS = 100, 1000


class Stage:
    """A process of the pipeline."""

    def __init__(self, program, environment, log, errors):
        self.errors = errors
        with open(log, "w") as out, open(errors, "w") as err:
            self.process = subprocess.Popen(
                [sys.executable, *program], env=environment, stdout=out, stderr=err)
        self.pid = self.process.pid

    def is_ready(self):
        with open(self.errors) as file:
            words = file.read()
        if self.process.poll() is not None:
            raise SystemExit(f"a stage has ended: {words}")
        return "ready" in words


def prepare(database, schema):
    """The schema of order-mesh, without the announcement of events, which nobody here listens to: its lock
    would make commits wait for one another. Stock enough for every order."""
    with psycopg.connect(database, autocommit=True) as connection:
        with open(schema) as file:
            connection.execute(file.read())
        connection.execute("DROP TRIGGER order_events_announced ON order_events")
        connection.execute(
            "SELECT stock_receive('p-' || n, 1000000000) FROM generate_series(0, %s) AS n", (PRODUCTS - 1,))


def order(number, run):
    """The mix of Sources/MeshCommands/Bench/Orders/OrderMix.swift."""
    cents = 500 + number % 500
    items = [{"product_id": f"p-{(number + place * 31) % PRODUCTS}", "quantity": 1 + (number + place) % 3,
              "price": cents / 100} for place in range(number % 3 + 1)]
    return json.dumps({"action": "place_order", "tenant_id": "bench", "items": items,
                       "customer_id": f"cust-{number % CUSTOMERS}", "idempotency_key": f"{run}-{number}"})


async def place(port, connections, count, run):
    """([(order, when it was sent)], how many were refused)."""
    numbers, placed, errors = iter(range(1, count + 1)), [], 0

    async def customer():
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            body = order(number, run).encode()
            begun = time.time()
            writer.write(b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
            if head.split(b" ", 2)[1] == b"202":
                placed.append((answer["order_id"], begun))
            else:
                errors += 1
        writer.close()
    await asyncio.gather(*(customer() for _ in range(connections)))
    return placed, errors


def machine():
    with open("/proc/cpuinfo") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def report(options, placed, errors, ends, complaints, medians, spent):
    """The object that `meshctl bench orders --json` prints for a case; null is what is not counted here."""
    latencies = sorted((ends[one] - begun) * 1000 for one, begun in placed if one in ends) or [0]
    elapsed = max(ends.get(one, 0) for one, _ in placed) - min(begun for _, begun in placed)
    count = len(placed)

    def at(percentile):
        return round(latencies[min(len(latencies) - 1, int(len(latencies) * percentile / 100))], 3)

    def each(value):
        return round(value / count, 3)
    server = sum(seconds for name, seconds in spent["cpu"].items() if name != "client")
    return {
        "case": "seed-shape saturated", "connections": options.connections, "window": 1,
        "per_second": round(count / elapsed), "p50_ms": at(50), "p99_ms": at(99), "p999_ms": at(99.9),
        "max_ms": round(latencies[-1], 3), "orders": count,
        "fulfilled": sum(one in ends for one, _ in placed), "errors": errors,
        "refusal": None, "complaints": complaints,
        "server_cpu_us_per_op": each(server * 1e6), "operations_per_fsync": None,
        "cpu_us_per_order": {name: each(seconds * 1e6) for name, seconds in spent["cpu"].items()},
        "stage_median_ms": {status: round(value, 3) for status, value in medians.items()},
        "transactions_per_order": each(spent["transactions"]),
        "wal_kb_per_order": each(spent["wal"] / 1024), "messages_per_order": 6,
        "machine": machine(),
    }
